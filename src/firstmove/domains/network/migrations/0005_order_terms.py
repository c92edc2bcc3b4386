from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("network", "0004_who_may_be_whom"),
    ]

    operations = [
        migrations.AddField(
            model_name="dealer",
            name="delivery_weekdays",
            field=models.CharField(blank=True, max_length=7),
        ),
        migrations.AddField(
            model_name="dealer",
            name="freight_per_pallet",
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True),
        ),
        migrations.AddField(
            model_name="dealer",
            name="freight_per_truck",
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True),
        ),
        migrations.AddField(
            model_name="dealer",
            name="minimum_order_kg",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="dealer",
            name="order_budget",
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="dealer",
            name="order_weekdays",
            field=models.CharField(blank=True, max_length=7),
        ),
        migrations.AddField(
            model_name="dealer",
            name="truck_kg",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="dealer",
            name="truck_pallets",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="dealer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("delivery_weekdays__regex", "^1?2?3?4?5?6?7?$"), ("order_weekdays__regex", "^1?2?3?4?5?6?7?$")
                ),
                name="weekdays_iso",
            ),
        ),
        migrations.AddConstraint(
            model_name="dealer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("truck_pallets__isnull", True), ("truck_pallets__gt", 0), _connector="OR"),
                    models.Q(("truck_kg__isnull", True), ("truck_kg__gt", 0), _connector="OR"),
                ),
                name="truck_takes_something",
            ),
        ),
    ]
