"""Tiers of dealers: the rules by which a dealer stands in one, and when it came there."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class TierBasis(models.TextChoices):
    HAND = "hand", _("set by hand")
    PLACED = "placed", _("Orders placed")
    SELL_OUT = "sell_out", _("Sell-out")


class Tier(models.Model):
    """A tier by the name that price lists, shares of scarce goods and programmes know it by."""

    name = models.CharField(max_length=40, unique=True)
    # The highest rank whose rule a dealer meets is its tier.
    rank = models.PositiveSmallIntegerField(unique=True)
    basis = models.CharField(max_length=10, choices=TierBasis.choices)
    # From so much on within the last `months` whole months; empty where it is set by hand.
    least_amount = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    months = models.PositiveSmallIntegerField(default=12)
    # What it gives beyond prices, shares and programmes, in words.
    gives = models.CharField(max_length=500, blank=True, db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(basis="hand", least_amount__isnull=True)
                | (~Q(basis="hand") & Q(least_amount__gte=0, months__gte=1)),
                name="tier_has_a_rule_or_none",
            )
        ]


class TierChange(models.Model):
    """A dealer came into a tier: by its rule, with the figure that decided, or by hand, with words."""

    dealer = models.ForeignKey("network.Dealer", on_delete=models.PROTECT, related_name="+")
    before = models.CharField(max_length=40, blank=True)
    tier = models.CharField(max_length=40)
    by_hand = models.BooleanField()
    amount = models.DecimalField(max_digits=18, decimal_places=3, null=True, blank=True)
    words = models.CharField(max_length=300, blank=True, db_default="")
    # A dealer whose tier was set by hand keeps it until this day; empty: until somebody sets another.
    kept_until = models.DateField(null=True, blank=True)
    at = models.DateTimeField()
    user = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["dealer", "-at"], name="tier_change_of_dealer")]
