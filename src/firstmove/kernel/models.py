"""News between rooms, and the record of every change that matters."""

from django.db import models


class OutboxEvent(models.Model):
    """Something that happened, written in the transaction in which it happened, delivered at least once."""

    topic = models.CharField(max_length=80)
    payload = models.JSONField()
    dealer_id = models.BigIntegerField(null=True)
    supplier_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(default="", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="outbox_undelivered", condition=models.Q(delivered_at__isnull=True))
        ]


class AuditEvent(models.Model):
    """Who changed which row, when, from what to what. Written by database triggers alone (see `policies.Audited`)."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=20)
    user_id = models.BigIntegerField(null=True)
    dealer_id = models.BigIntegerField(null=True)
    supplier_id = models.BigIntegerField(null=True)
    table_name = models.CharField(max_length=80)
    row_id = models.BigIntegerField()
    action = models.CharField(max_length=10)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["table_name", "row_id", "-at"], name="audit_row"),
            models.Index(fields=["dealer_id", "-at"], name="audit_dealer"),
        ]
