import django.db.models.deletion
from django.db import migrations, models

from firstmove.kernel.policies import TenantPolicy


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0005_supply_terms"),
        ("network", "0005_order_terms"),
        ("planning", "0021_cold_start"),
    ]

    operations = [
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.FloatField()),
                ("giver_on_hand", models.FloatField()),
                ("giver_kept", models.FloatField()),
                ("taker_position", models.FloatField()),
                ("taker_lead_days", models.PositiveSmallIntegerField()),
                ("saved", models.FloatField()),
                ("margin", models.FloatField()),
                ("value", models.FloatField()),
                ("freight", models.FloatField()),
                ("worth", models.FloatField()),
                ("distance_km", models.FloatField(null=True)),
                (
                    "giver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="network.dealer"
                    ),
                ),
                ("product", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="catalog.product")),
                ("run", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="planning.run")),
                (
                    "taker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="network.dealer"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["-worth", "id"], name="transfer_by_worth")],
                "constraints": [
                    models.UniqueConstraint(fields=("product", "giver", "taker"), name="one_transfer_of_a_product"),
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="transfer_of_something"),
                    models.CheckConstraint(
                        condition=models.Q(("giver", models.F("taker")), _negated=True), name="transfer_to_another"
                    ),
                ],
            },
        ),
        # It tells what a dealer has in stock: no other dealer reads it, and the giver hears it from the enterprise.
        TenantPolicy("planning_transfer", enterprise="true", write=()),
    ]
