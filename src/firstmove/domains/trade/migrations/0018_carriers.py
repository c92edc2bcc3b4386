import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

from firstmove.kernel.policies import Audited, TenantPolicy


class Migration(migrations.Migration):
    dependencies = [
        ("trade", "0017_search_orders"),
    ]

    operations = [
        migrations.CreateModel(
            name="Carrier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("nonce", models.CharField(max_length=32)),
                ("old_nonce", models.CharField(blank=True, default="", max_length=32)),
                ("old_until", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        condition=models.Q(("ended_at__isnull", True)),
                        name="one_carrier_a_name",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CarrierNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("message_id", models.CharField(max_length=100)),
                ("tracking_number", models.CharField(max_length=60)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("picked_up", "Picked up"),
                            ("in_transit", "On the road"),
                            ("exception", "Delayed by the carrier"),
                            ("out_for_delivery", "Out for delivery"),
                            ("delivered", "Delivered"),
                            ("returned", "Goes back"),
                        ],
                        max_length=20,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("heard_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("applied", "shown on the shipment"),
                            ("older", "older than what was known"),
                            ("unknown", "no shipment has this number"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "carrier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notices", to="trade.carrier"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("outcome", "unknown")), fields=["tracking_number"], name="notice_unknown"
                    ),
                    models.Index(fields=["carrier", "-heard_at"], name="notice_heard"),
                ],
                "constraints": [models.UniqueConstraint(fields=("carrier", "message_id"), name="one_notice_a_message")],
            },
        ),
        TenantPolicy("trade_carrier", enterprise="true"),
        # Programs of carriers write as the system; the enterprise finds the shipment to what was told too early.
        TenantPolicy("trade_carriernotice", enterprise="true"),
        Audited("trade_carrier"),
    ]
