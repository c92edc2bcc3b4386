from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("planning", "0002_policies")]

    operations = [
        migrations.AddField("run", "proposals", models.PositiveIntegerField(default=0)),
    ]
