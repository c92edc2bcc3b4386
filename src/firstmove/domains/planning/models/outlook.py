"""What the latest run thinks of every pair, and of dealers in sum."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from firstmove.domains.planning.models.runs import Run


class Outlook(models.Model):
    """What the latest run thinks of a dealer × product: stock, demand, risk. One row a pair, replaced by each run.

    The database does not check its keys again: a run writes ids that it has just read, a million rows at once, and
    checking them row by row took more time than writing them.
    """

    dealer = models.ForeignKey("network.Dealer", on_delete=models.CASCADE, db_constraint=False, db_index=False)
    product = models.ForeignKey("catalog.Product", on_delete=models.CASCADE, db_constraint=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    on_hand = models.FloatField()
    in_transit = models.FloatField()
    stock_assumed = models.BooleanField()
    rate_per_day = models.FloatField()
    rate_recent_per_day = models.FloatField()
    cover_days = models.FloatField(null=True)
    stockout_probability = models.FloatField()
    level = models.FloatField()
    safety_stock = models.FloatField()
    # Of the safety stock: the part that a lead time that varies asks for, 0 to 1.
    lead_share = models.FloatField(default=0)
    service_quantile = models.FloatField(default=0)
    # "AX" to "CZ", and the stage of life: see engine.inventory.classes. Empty where the run knew none yet.
    stock_class = models.CharField(max_length=2, blank=True)
    life_cycle = models.CharField(max_length=10, blank=True)
    week_low = models.FloatField()
    week_mean = models.FloatField()
    week_high = models.FloatField()
    unit_price = models.FloatField()
    price_assumed = models.BooleanField()
    proposed_quantity = models.IntegerField()
    # In the comparison group: gets no advice.
    is_held = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dealer", "product"], name="one_outlook_a_pair")]
        indexes = [models.Index(fields=["dealer", "-stockout_probability"], name="outlook_risk")]


class WaitingOrder(models.Model):
    """A dealer for whom the latest run proposes nothing now although there is something to order, why, until when."""

    dealer = models.OneToOneField("network.Dealer", on_delete=models.CASCADE)
    run = models.ForeignKey(Run, on_delete=models.PROTECT)
    until_on = models.DateField()
    # As a proposal's: what the dealer's terms are, which of them bind, and what waiting and topping up would cost.
    terms = models.JSONField()


# A product is at risk where it more likely than not runs out before the next order could arrive.
AT_RISK = 0.5


class DealerOutlook(models.Model):
    """The outlook of a dealer's pairs in sum, so that a page about the network reads one row a dealer.

    Written with the outlook by each run. Values are at the dealer's purchase price.
    """

    dealer = models.OneToOneField("network.Dealer", on_delete=models.CASCADE)
    pairs = models.PositiveIntegerField()
    at_risk = models.PositiveIntegerField()
    stock_value = models.FloatField()
    # What sells in a day, in all and of the products at risk.
    day_value = models.FloatField()
    day_value_at_risk = models.FloatField()
    stock_assumed = models.BooleanField()


class DealerLeadTime(models.Model):
    """How long a dealer's orders take by the latest run, in days, and on which weekdays goods come (0 is Monday).

    `source`: "learned" from its own orders, "given" by master data, "network" (learned from all dealers' orders) or
    "assumed" by the scenario; `orders` are those it was learned from.
    """

    dealer = models.OneToOneField("network.Dealer", on_delete=models.CASCADE)
    run = models.ForeignKey(Run, on_delete=models.PROTECT)
    low = models.PositiveSmallIntegerField()
    median = models.PositiveSmallIntegerField()
    high = models.PositiveSmallIntegerField()
    orders = models.PositiveIntegerField()
    source = models.CharField(max_length=10)
    weekdays = ArrayField(models.PositiveSmallIntegerField())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(low__lte=models.F("high")), name="lead_time_low_to_high")
        ]
