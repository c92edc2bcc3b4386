"""What the enterprise took off what a dealer owes: a paper with a number, and what of it stands at which tax rate."""

from django.db import models
from django.db.models import Q


class CreditNote(models.Model):
    """Kept whether or not the dealer's account is open: an invoice has to know of it either way."""

    dealer = models.ForeignKey("network.Dealer", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=60)
    noted_on = models.DateField()
    amount = models.DecimalField(max_digits=18, decimal_places=3)
    order = models.ForeignKey("trade.Order", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    user = models.ForeignKey("network.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="credit_note_credits"),
            models.UniqueConstraint(fields=["dealer", "number"], name="one_credit_note_a_number"),
        ]
        indexes = [models.Index(fields=["dealer", "-noted_on", "-id"], name="credit_note_by_day")]


class CreditNotePart(models.Model):
    """What of a note stands at one tax rate; the parts of a note add up to its amount."""

    note = models.ForeignKey(CreditNote, on_delete=models.CASCADE, related_name="parts")
    dealer_id = models.BigIntegerField()
    # Share of the net price; empty where it is not known.
    tax_rate = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    # Tax included.
    amount = models.DecimalField(max_digits=18, decimal_places=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["note", "tax_rate"], nulls_distinct=False, name="one_part_a_rate"),
        ]
