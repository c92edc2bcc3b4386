"""What a dealer says to the statement of a month: that it is right, or that it is not."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CheckState(models.TextChoices):
    OPEN = "open", _("Disputed, awaiting the enterprise")
    ANSWERED = "answered", _("Disputed, awaiting the dealer")
    SETTLED = "settled", _("Dispute settled")
    CONFIRMED = "confirmed", _("Confirmed")


class StatementCheck(models.Model):
    """One row a dealer and month. `closing` is the balance that was confirmed, whatever it became later."""

    dealer = models.ForeignKey("network.Dealer", on_delete=models.PROTECT, related_name="+")
    month_on = models.DateField()
    state = models.CharField(max_length=10, choices=CheckState.choices)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey("network.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    closing = models.DecimalField(max_digits=18, decimal_places=3, null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dealer", "month_on"], name="one_check_a_month")]


class StatementMessage(models.Model):
    """What one side wrote to the other about a month."""

    check_of = models.ForeignKey(StatementCheck, on_delete=models.CASCADE, related_name="messages")
    dealer_id = models.BigIntegerField()
    at = models.DateTimeField()
    user = models.ForeignKey("network.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by_dealer = models.BooleanField()
    text = models.CharField(max_length=1000)
