import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from firstmove.kernel.policies import MY_DEALER, Audited, TenantPolicy


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0005_supply_terms"),
        ("network", "0005_order_terms"),
        ("planning", "0014_live_policies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="proposalline",
            name="scarce",
            field=models.JSONField(null=True),
        ),
        migrations.CreateModel(
            name="SupplyPlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_on", models.DateField()),
                ("weeks", models.PositiveSmallIntegerField()),
                ("products", models.PositiveIntegerField()),
                ("to_order", models.PositiveIntegerField()),
                ("at_risk", models.PositiveIntegerField()),
                ("scarce", models.PositiveIntegerField()),
                ("order_value", models.FloatField()),
                ("assumed", models.JSONField(default=list)),
                ("swing_orders", models.FloatField(null=True)),
                ("swing_sales", models.FloatField(null=True)),
                ("swing_plan", models.FloatField(null=True)),
                ("seconds", models.FloatField(default=0)),
                ("run", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to="planning.run")),
            ],
        ),
        migrations.CreateModel(
            name="TierPriority",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tier", models.CharField(max_length=40, unique=True)),
                ("bonus", models.FloatField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("bonus__gte", 0), ("bonus__lte", 0.25)), name="tier_bonus_bounded"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Allocation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("wanted", models.FloatField()),
                ("need", models.FloatField()),
                ("granted", models.FloatField()),
                ("covered", models.FloatField()),
                ("tier", models.CharField(blank=True, max_length=40)),
                ("bonus", models.FloatField()),
                ("available", models.FloatField()),
                ("needed", models.FloatField()),
                ("more_on", models.DateField(null=True)),
                ("published_at", models.DateTimeField(null=True)),
                ("dealer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="network.dealer")),
                ("product", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="catalog.product")),
                (
                    "published_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("run", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="planning.run")),
            ],
            options={
                "indexes": [models.Index(fields=["dealer", "product", "-run"], name="allocation_of_dealer")],
                "constraints": [
                    models.UniqueConstraint(fields=("run", "dealer", "product"), name="one_allocation_a_run"),
                    models.CheckConstraint(condition=models.Q(("granted__gte", 0)), name="allocation_not_negative"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SupplyLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dealers", models.PositiveIntegerField()),
                ("on_hand", models.FloatField()),
                ("unshipped", models.FloatField()),
                ("stock_known", models.BooleanField()),
                ("counted_on", models.DateField(null=True)),
                ("supply_days", models.PositiveSmallIntegerField()),
                ("supply_days_assumed", models.BooleanField()),
                ("lot_minimum", models.FloatField()),
                ("lot_multiple", models.FloatField()),
                ("production_line", models.CharField(blank=True, max_length=60)),
                ("capacity_binds", models.BooleanField()),
                ("unit_value", models.FloatField()),
                ("safety_stock", models.FloatField()),
                ("order_now", models.FloatField()),
                ("order_value", models.FloatField()),
                ("need_total", models.FloatField()),
                ("shortage_risk", models.FloatField()),
                ("shortage_risk_later", models.FloatField()),
                ("need", django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ("need_low", django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ("need_high", django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ("due", django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ("planned", django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ("ordered", django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ("projected", django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ("risk", django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ("covered", models.FloatField()),
                ("more_on", models.DateField(null=True)),
                ("product", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to="catalog.product")),
                ("run", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="planning.run")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-shortage_risk", "product"], name="supply_by_risk"),
                    models.Index(fields=["-order_value", "product"], name="supply_by_value"),
                ],
            },
        ),
        TenantPolicy("planning_supplyplan", enterprise="true", write=()),
        TenantPolicy("planning_supplyline", enterprise="true", write=()),
        TenantPolicy(
            "planning_allocation",
            enterprise="true",
            # Before the supply planner publishes it, an allocation is a draft and nobody else's business.
            dealer=f"dealer_id = {MY_DEALER} and published_at is not null",
            write=("enterprise",),
        ),
        TenantPolicy("planning_tierpriority", enterprise="true"),
        Audited("planning_tierpriority"),
    ]
