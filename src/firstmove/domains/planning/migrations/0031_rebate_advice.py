import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from firstmove.kernel.policies import MY_DEALER, TenantPolicy


class Migration(migrations.Migration):
    dependencies = [
        ("incentives", "0002_policies"),
        ("network", "0007_api_key_policies"),
        ("planning", "0030_news_read"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RebateAdvice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("for_on", models.DateField()),
                ("step", models.PositiveSmallIntegerField()),
                ("threshold", models.DecimalField(decimal_places=3, max_digits=18)),
                ("basis", models.DecimalField(decimal_places=3, max_digits=18)),
                ("coming", models.FloatField(default=0)),
                ("days_left", models.SmallIntegerField()),
                ("silent", models.CharField(blank=True, max_length=20)),
                ("waits_days", models.PositiveSmallIntegerField(default=0)),
                ("ordinary", models.FloatField(default=0)),
                ("short", models.FloatField(default=0)),
                ("amount", models.FloatField(default=0)),
                ("gain", models.FloatField(default=0)),
                ("holding", models.FloatField(default=0)),
                ("overstock", models.FloatField(default=0)),
                ("picks", models.JSONField(default=list)),
                ("most_amount", models.FloatField(null=True)),
                ("overstock_share", models.FloatField()),
                ("lines", models.JSONField(default=dict)),
                ("taken_at", models.DateTimeField(null=True)),
                (
                    "dealer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="network.dealer"
                    ),
                ),
                (
                    "participation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incentives.participation"
                    ),
                ),
                ("run", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="planning.run")),
                (
                    "taken_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["dealer"], name="rebate_advice_of_dealer")],
            },
        ),
        # The dealer marks what it put into its order.
        TenantPolicy("planning_rebateadvice", enterprise="true", dealer=f"dealer_id = {MY_DEALER}", write=("dealer",)),
    ]
