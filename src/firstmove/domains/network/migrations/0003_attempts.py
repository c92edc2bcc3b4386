from django.db import migrations, models

from firstmove.kernel.policies import TenantPolicy


class Migration(migrations.Migration):
    dependencies = [("network", "0002_policies")]
    operations = [
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=10)),
                ("email", models.CharField(max_length=254)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["kind", "email", "at"], name="attempts_at_address")],
            },
        ),
        # Read and written by the system alone.
        TenantPolicy("network_attempt"),
    ]
