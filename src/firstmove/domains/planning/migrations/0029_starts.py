import django.db.models.deletion
from django.db import migrations, models

from firstmove.kernel.policies import TenantPolicy


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0008_cartons"),
        ("network", "0007_api_key_policies"),
        ("planning", "0028_demand_alerts"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProductStart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "Planned from its like"),
                            ("no_market", "Its market is not known"),
                            ("few_known", "Too little is known to plan it"),
                        ],
                        max_length=10,
                    ),
                ),
                ("listed_on", models.DateField()),
                ("began_on", models.DateField(null=True)),
                ("days", models.PositiveSmallIntegerField()),
                ("launches", models.PositiveIntegerField()),
                ("all_launches", models.PositiveIntegerField()),
                ("curve", models.JSONField(default=list)),
                ("weeks", models.JSONField(default=list)),
                (
                    "product",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="catalog.product"
                    ),
                ),
                ("run", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="planning.run")),
            ],
        ),
        migrations.CreateModel(
            name="DealerStart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "Planned from its like"),
                            ("no_market", "Its market is not known"),
                            ("few_known", "Too little is known to plan it"),
                        ],
                        max_length=10,
                    ),
                ),
                ("opened_on", models.DateField(null=True)),
                ("days", models.PositiveSmallIntegerField()),
                ("own_share", models.FloatField()),
                ("market", models.FloatField(null=True)),
                ("weeks", models.JSONField(default=list)),
                ("likes", models.JSONField(default=list)),
                (
                    "newcomer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="network.dealer"
                    ),
                ),
                ("run", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="planning.run")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("own_share__gte", 0), ("own_share__lte", 1)), name="own_share_is_a_share"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StartPair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_launch", models.BooleanField()),
                ("expected_week", models.FloatField()),
                ("week", models.FloatField()),
                ("sold", models.FloatField()),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="catalog.product"
                    ),
                ),
                ("run", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="planning.run")),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="network.dealer"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("seller", "product"), name="one_start_of_a_pair")],
            },
        ),
        # They tell whom a dealer is like and how that one sells: no dealer reads them, not even its own.
        TenantPolicy("planning_dealerstart", enterprise="true", write=()),
        TenantPolicy("planning_productstart", enterprise="true", write=()),
        TenantPolicy("planning_startpair", enterprise="true", write=()),
    ]
