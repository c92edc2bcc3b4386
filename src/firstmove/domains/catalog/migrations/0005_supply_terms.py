import django.db.models.deletion
from django.db import migrations, models

from firstmove.kernel.policies import Audited, TenantPolicy


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_logistics"),
    ]

    operations = [
        migrations.CreateModel(
            name="LineCapacity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("production_line", models.CharField(max_length=60)),
                ("starts_on", models.DateField(blank=True, null=True)),
                ("a_week", models.FloatField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("production_line", "starts_on"), name="one_capacity_a_start", nulls_distinct=False
                    ),
                    models.CheckConstraint(condition=models.Q(("a_week__gte", 0)), name="capacity_not_negative"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SupplyTerms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("supply_days", models.PositiveSmallIntegerField()),
                ("lot_minimum", models.PositiveIntegerField(blank=True, null=True)),
                ("lot_multiple", models.PositiveIntegerField(blank=True, null=True)),
                ("production_line", models.CharField(blank=True, max_length=60)),
                ("use_per_unit", models.FloatField(blank=True, null=True)),
                ("product", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to="catalog.product")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("lot_multiple__isnull", True), ("lot_multiple__gte", 1), _connector="OR"),
                        name="lot_multiple_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("use_per_unit__isnull", True), ("use_per_unit__gte", 0), _connector="OR"),
                        name="use_not_negative",
                    ),
                ],
            },
        ),
        TenantPolicy("catalog_supplyterms", enterprise="true"),
        TenantPolicy("catalog_linecapacity", enterprise="true"),
        Audited("catalog_supplyterms"),
        Audited("catalog_linecapacity"),
    ]
