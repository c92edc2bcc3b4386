from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("trade", "0003_numbers_of_other_systems")]

    operations = [
        migrations.AddField("order", "automatic", models.BooleanField(default=False)),
        migrations.AddIndex(
            "order",
            models.Index(
                fields=["buyer_dealer", "-id"], name="order_automatic", condition=models.Q(("automatic", True))
            ),
        ),
    ]
