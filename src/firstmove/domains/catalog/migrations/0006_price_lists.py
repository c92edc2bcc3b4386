import django.db.models.deletion
from django.db import migrations, models

from firstmove.kernel.policies import ACTOR, MY_DEALER, Audited, TenantPolicy

_MINE = f"(select {{0}} from network_dealer where id = {MY_DEALER})"  # noqa: S608 (names alone)
# A dealer reads the lists that are for it: a rival's list, tier, region or contract is not there.
FOR_ME = (
    f"(dealer_id is null or dealer_id = {MY_DEALER}) "
    f"and (tier = '' or tier = {_MINE.format('tier')}) and (region = '' or region = {_MINE.format('region')})"
)
OWN_OR_ALL = f"(dealer_id is null or dealer_id = {MY_DEALER})"
OF_MY_LISTS = f"{OWN_OR_ALL} and price_list_id in (select id from catalog_pricelist)"  # noqa: S608 (names alone)
MAY_READ = f"{ACTOR} = 'system' or {ACTOR} = 'enterprise' or ({ACTOR} = 'dealer' and {OF_MY_LISTS})"
# Prices so far were everybody's or one dealer's: each gets the list that says so. Not a change that anybody made, so
# the audit is not told.
LISTS = [
    "select set_config('app.actor', 'system', true)",
    "alter table catalog_price disable trigger user",
    # Days that end before they begin never held.
    "delete from catalog_price where valid_to < valid_from",
    "insert into catalog_pricelist (name, contract, dealer_id, tier, region) "
    "select distinct '', '', dealer_id, '', '' from catalog_price",
    "update catalog_price p set price_list_id = l.id from catalog_pricelist l "
    "where l.dealer_id is not distinct from p.dealer_id",
    "set constraints all immediate",
    "alter table catalog_price enable trigger user",
    "select set_config('app.actor', '', true)",
]


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_supply_terms"), ("network", "0005_order_terms")]

    operations = [
        migrations.AddField(
            model_name="product",
            name="tax_rate",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=5, null=True),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("tax_rate__isnull", True),
                    models.Q(("tax_rate__gte", 0), ("tax_rate__lte", 1)),
                    _connector="OR",
                ),
                name="tax_rate_is_a_share",
            ),
        ),
        migrations.CreateModel(
            name="PriceList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(blank=True, max_length=120)),
                ("contract", models.CharField(blank=True, max_length=60)),
                ("tier", models.CharField(blank=True, max_length=40)),
                ("region", models.CharField(blank=True, max_length=100)),
                (
                    "dealer",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to="network.dealer"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("name", "contract", "dealer", "tier", "region"),
                        name="one_list_a_party",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("contract", ""),
                            ("dealer__isnull", False),
                            models.Q(("tier", ""), _negated=True),
                            models.Q(("region", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="contract_names_a_party",
                    ),
                ],
            },
        ),
        migrations.RemoveConstraint(model_name="price", name="one_price_a_start"),
        migrations.AddField(model_name="price", name="from_quantity", field=models.PositiveIntegerField(default=1)),
        migrations.AddField(
            model_name="price",
            name="price_list",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to="catalog.pricelist"),
        ),
        migrations.RunSQL(LISTS),
        migrations.AlterField(
            model_name="price",
            name="price_list",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="catalog.pricelist"),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.UniqueConstraint(
                fields=("product", "price_list", "from_quantity", "valid_from"),
                name="one_price_a_start",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.CheckConstraint(
                condition=models.Q(("from_quantity__gte", 1)), name="price_from_one_unit"
            ),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_from__isnull", True),
                    ("valid_to__isnull", True),
                    ("valid_to__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="price_days",
            ),
        ),
        TenantPolicy("catalog_pricelist", enterprise="true", dealer=FOR_ME, write=("enterprise",)),
        Audited("catalog_pricelist", dealer="r.dealer_id"),
        migrations.RunSQL(f"alter policy tenant_read on catalog_price using ({MAY_READ})"),
    ]
