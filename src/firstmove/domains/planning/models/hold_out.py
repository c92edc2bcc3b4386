"""The comparison group: which pairs are drawn to stay without advice, who takes part, what would have been advised."""

from django.db import models
from django.db.models import Q

from firstmove.domains.planning.models.runs import Run

# What an installation begins with, and the most that an enterprise may hold out.
DEFAULT_SHARE, LARGEST_SHARE = 0.05, 0.2


class HoldOut(models.Model):
    """A share of dealer × product pairs that get no advice, in force from a day until the next version's.

    Pairs are drawn by `engine.measure.draw.lots` from its `HoldOutSalt`. A version is never changed: a new share is a
    new one.
    """

    version = models.PositiveIntegerField(unique=True)
    share = models.FloatField()
    from_on = models.DateField()
    set_at = models.DateTimeField()
    set_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(share__gte=0, share__lte=LARGEST_SHARE), name="share_held_out")
        ]


class HoldOutSalt(models.Model):
    """What a version's lots are drawn from. The enterprise's alone: who knows it knows every dealer's lots."""

    hold_out = models.OneToOneField(HoldOut, on_delete=models.CASCADE)
    salt = models.CharField(max_length=32)


class Participation(models.Model):
    """Whether a dealer takes part in the comparison. Without a row: yes. One that opts out gets all advice."""

    dealer = models.OneToOneField("network.Dealer", on_delete=models.CASCADE)
    takes_part = models.BooleanField()
    since_on = models.DateField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")


class HeldAdvice(models.Model):
    """What would have been proposed for a pair of the comparison group: recorded, and shown when its time is over."""

    hold_out = models.ForeignKey(HoldOut, on_delete=models.PROTECT)
    run = models.ForeignKey(Run, on_delete=models.PROTECT)
    dealer = models.ForeignKey("network.Dealer", on_delete=models.PROTECT)
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT)
    for_on = models.DateField()
    lead_days = models.PositiveSmallIntegerField()
    review_days = models.PositiveSmallIntegerField()
    quantity = models.IntegerField()
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    sale_price = models.DecimalField(max_digits=14, decimal_places=4)
    holding_rate_per_year = models.FloatField()
    on_hand = models.FloatField()
    in_transit = models.FloatField()
    rate_per_day = models.FloatField()
    level = models.FloatField()
    week_low = models.FloatField()
    week_mean = models.FloatField()
    week_high = models.FloatField()
    profit = models.FloatField()
    profit_low = models.FloatField()
    profit_high = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dealer", "product", "for_on"], name="one_held_advice_a_morning"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="held_advice_orders_something"),
        ]
