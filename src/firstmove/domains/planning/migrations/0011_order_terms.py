import django.db.models.deletion
from django.db import migrations, models

from firstmove.kernel.policies import MY_DEALER, TenantPolicy


class Migration(migrations.Migration):
    dependencies = [
        ("network", "0005_order_terms"),
        ("planning", "0010_outlook_without_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="proposal",
            name="terms",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="proposalline",
            name="cause",
            field=models.CharField(blank=True, max_length=12),
        ),
        migrations.AddField(
            model_name="proposalline",
            name="wished_quantity",
            field=models.IntegerField(null=True),
        ),
        migrations.CreateModel(
            name="WaitingOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("until_on", models.DateField()),
                ("terms", models.JSONField()),
                ("dealer", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to="network.dealer")),
                ("run", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="planning.run")),
            ],
        ),
        TenantPolicy("planning_waitingorder", enterprise="true", dealer=f"dealer_id = {MY_DEALER}", write=()),
    ]
