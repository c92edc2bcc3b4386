from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_promotion_windows"),
        ("network", "0005_order_terms"),
    ]

    operations = [
        migrations.AddField(
            model_name="product",
            name="shelf_life_days",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="product",
            name="units_per_pallet",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="product",
            name="weight_kg",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("units_per_pallet__isnull", True), ("units_per_pallet__gte", 1), _connector="OR"),
                    models.Q(("shelf_life_days__isnull", True), ("shelf_life_days__gte", 1), _connector="OR"),
                ),
                name="pallet_and_shelf_positive",
            ),
        ),
    ]
