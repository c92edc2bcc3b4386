"""Carriers whose programs tell where shipments are, and what they told."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class CarrierStatus(models.TextChoices):
    """Where goods are by the carrier's word, in the order in which that usually happens."""

    PICKED_UP = "picked_up", _("Picked up")
    IN_TRANSIT = "in_transit", _("On the road")
    EXCEPTION = "exception", _("Delayed by the carrier")
    OUT_FOR_DELIVERY = "out_for_delivery", _("Out for delivery")
    DELIVERED = "delivered", _("Delivered")
    RETURNED = "returned", _("Goes back")


class Heard(models.TextChoices):
    """What became of a notice."""

    APPLIED = "applied", _("shown on the shipment")
    OLDER = "older", _("older than what was known")
    UNKNOWN = "unknown", _("no shipment has this number")


class Carrier(models.Model):
    """Who carries goods and tells by signed requests where they are.

    The secret that signs its requests is made of the installation's own secret and `nonce`, and stands nowhere.
    """

    # As shipments name it, without regard to case.
    name = models.CharField(max_length=60)
    nonce = models.CharField(max_length=32)
    # After a rotation the old secret signs too, until then.
    old_nonce = models.CharField(max_length=32, default="", blank=True)
    old_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    # Nothing is heard from it any more.
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.functions.Lower("name"), name="one_carrier_a_name", condition=Q(ended_at__isnull=True)
            ),
        ]


class CarrierNotice(models.Model):
    """What a carrier told once; kept whatever became of it."""

    carrier = models.ForeignKey(Carrier, on_delete=models.CASCADE, related_name="notices")
    # The sender's own; a message that comes again has the same.
    message_id = models.CharField(max_length=100)
    tracking_number = models.CharField(max_length=60)
    status = models.CharField(max_length=20, choices=CarrierStatus.choices)
    # When it happened, by the carrier's clock.
    at = models.DateTimeField()
    heard_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Heard.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["carrier", "message_id"], name="one_notice_a_message")]
        indexes = [
            models.Index(fields=["tracking_number"], name="notice_unknown", condition=Q(outcome="unknown")),
            models.Index(fields=["carrier", "-heard_at"], name="notice_heard"),
        ]
