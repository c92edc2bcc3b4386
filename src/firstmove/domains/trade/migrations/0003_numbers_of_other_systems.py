from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("trade", "0002_policies")]

    operations = [
        migrations.AlterField("order", "number", models.CharField(max_length=60)),
        migrations.AddConstraint(
            "order",
            models.UniqueConstraint(
                fields=["number", "buyer_dealer", "seller_supplier"], nulls_distinct=False, name="one_number_a_pair"
            ),
        ),
    ]
