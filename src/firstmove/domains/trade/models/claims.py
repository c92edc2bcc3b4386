"""What was wrong with goods that came, as the dealer says, and how the enterprise settled it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Fault(models.TextChoices):
    SHORT = "short", _("Came short")
    DAMAGED = "damaged", _("Came damaged")


class ClaimState(models.TextChoices):
    OPEN = "open", _("To be decided")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")


class Claim(models.Model):
    """One difference of one shipment line. Accepted, it becomes a credit note under its reference."""

    shipment_line = models.ForeignKey("trade.ShipmentLine", on_delete=models.PROTECT, related_name="claims")
    order = models.ForeignKey("trade.Order", on_delete=models.PROTECT, related_name="+")
    buyer_dealer_id = models.BigIntegerField()
    fault = models.CharField(max_length=8, choices=Fault.choices)
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    # Tax included, at the price of the order line.
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    cause = models.CharField(max_length=500, blank=True, default="")
    state = models.CharField(max_length=8, choices=ClaimState.choices, default=ClaimState.OPEN)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey("network.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey("network.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shipment_line", "fault"], name="one_claim_a_fault"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="claim_of_something"),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True) | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="claim_is_decided_at",
            ),
        ]
        indexes = [
            models.Index(fields=["buyer_dealer_id", "-id"], name="claim_by_dealer"),
            models.Index(fields=["opened_at"], name="claim_open", condition=Q(state="open")),
        ]
