from django.db import migrations, models


class Migration(migrations.Migration):
    """Orders of other systems are written by SQL, which knows no default of the code."""

    dependencies = [("trade", "0004_automatic_orders")]

    operations = [
        migrations.AlterField("order", "automatic", models.BooleanField(db_default=False, default=False)),
    ]
