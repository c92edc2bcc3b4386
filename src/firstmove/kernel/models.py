"""News between rooms, and the record of every change that matters."""

from django.db import models
from django.utils.translation import gettext_lazy as _


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


class GivenAnswer(models.Model):
    """What a request with an idempotency key was answered, so that repeating it changes nothing (see `idempotency`)."""

    user_id = models.BigIntegerField()
    dealer_id = models.BigIntegerField(null=True)
    supplier_id = models.BigIntegerField(null=True)
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    # Empty only inside the transaction that does the work.
    status = models.PositiveSmallIntegerField(null=True)
    content_type = models.CharField(max_length=60, default="")
    body = models.TextField(default="")
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user_id", "key"], name="one_answer_a_key")]
        indexes = [models.Index(fields=["expires_at"], name="answer_expires")]


class WebhookSubscription(models.Model):
    """An address to which a party wants its news sent. Without dealer and supplier it is the enterprise's.

    The secret that signs is made of the installation's own secret and `nonce`, and stands nowhere.
    """

    dealer_id = models.BigIntegerField(null=True)
    supplier_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    topics = models.JSONField()
    nonce = models.CharField(max_length=32)
    # After a rotation the old secret signs too, until then.
    old_nonce = models.CharField(max_length=32, default="", blank=True)
    old_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.BigIntegerField(null=True)
    paused_at = models.DateTimeField(null=True, blank=True)


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    DEAD = "dead", _("Given up")


class WebhookDelivery(models.Model):
    """An event on its way to a subscription, with the body as it is sent, since its signature depends on every byte."""

    subscription = models.ForeignKey(WebhookSubscription, on_delete=models.CASCADE, related_name="deliveries")
    dealer_id = models.BigIntegerField(null=True)
    supplier_id = models.BigIntegerField(null=True)
    event_id = models.BigIntegerField()
    topic = models.CharField(max_length=80)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    # When it is tried next; while it is being sent, when somebody else may believe that the sender died.
    next_at = models.DateTimeField()
    created_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "event_id"], name="one_delivery_an_event"),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="delivery_due", condition=models.Q(state="waiting")),
            models.Index(fields=["subscription", "-id"], name="delivery_of_subscription"),
        ]
