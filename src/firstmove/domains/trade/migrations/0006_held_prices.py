from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("trade", "0005_automatic_default")]

    operations = [
        migrations.AddField(
            model_name="orderline",
            name="price_basis",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="orderline",
            name="tax_rate",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=5, null=True),
        ),
    ]
