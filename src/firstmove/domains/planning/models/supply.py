"""The enterprise's supply plan by the latest run, and how scarce goods are shared among dealers."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from firstmove.domains.planning.models.runs import Run


class SupplyPlan(models.Model):
    """The supply plan of a run in sum. One row a run that made one; its lines are those of the latest."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE)
    # Week 0 begins on this day.
    starts_on = models.DateField()
    weeks = models.PositiveSmallIntegerField()
    products = models.PositiveIntegerField()
    # Products with something to make or buy this week; that at risk of a shortage; that are shared.
    to_order = models.PositiveIntegerField()
    at_risk = models.PositiveIntegerField()
    scarce = models.PositiveIntegerField()
    order_value = models.FloatField()
    # Of "supply_stock", "supply_days", "supply_capacity": what no feed told for some product.
    assumed = models.JSONField(default=list)
    # How weekly orders and sales of the last half year swing, and how the planned need does; empty without orders.
    swing_orders = models.FloatField(null=True)
    swing_sales = models.FloatField(null=True)
    swing_plan = models.FloatField(null=True)
    seconds = models.FloatField(default=0)


class SupplyLine(models.Model):
    """A product in the supply plan of the latest run; replaced by each run. Weekly figures are units, week 0 first."""

    product = models.OneToOneField("catalog.Product", on_delete=models.CASCADE)
    run = models.ForeignKey(Run, on_delete=models.CASCADE)
    dealers = models.PositiveIntegerField()
    on_hand = models.FloatField()
    # Ordered by dealers and not shipped yet.
    unshipped = models.FloatField()
    stock_known = models.BooleanField()
    counted_on = models.DateField(null=True)
    supply_days = models.PositiveSmallIntegerField()
    supply_days_assumed = models.BooleanField()
    lot_minimum = models.FloatField()
    lot_multiple = models.FloatField()
    production_line = models.CharField(max_length=60, blank=True)
    # The line cannot make all that the plan wants.
    capacity_binds = models.BooleanField()
    # Units made before the week that wants them, since the line cannot make them then; and what holding them costs.
    ahead_total = models.FloatField(default=0)
    ahead_cost = models.FloatField(default=0)
    unit_value = models.FloatField()
    safety_stock = models.FloatField()
    order_now = models.FloatField()
    order_value = models.FloatField()
    need_total = models.FloatField()
    # The chance that dealers' need exceeds supply before an order placed now arrives; and in any week of the plan.
    shortage_risk = models.FloatField()
    shortage_risk_later = models.FloatField()
    need = ArrayField(models.FloatField())
    need_low = ArrayField(models.FloatField())
    need_high = ArrayField(models.FloatField())
    due = ArrayField(models.FloatField())
    planned = ArrayField(models.FloatField())
    ordered = ArrayField(models.FloatField())
    projected = ArrayField(models.FloatField())
    risk = ArrayField(models.FloatField())
    # What is built ahead, by the week that it is for; what its line is asked for, as a share of what it can do.
    ahead = ArrayField(models.FloatField(), default=list)
    line_load = ArrayField(models.FloatField(), default=list)
    # Of what is needed until more comes, the share that is there; below 1 the product is shared.
    covered = models.FloatField()
    more_on = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-shortage_risk", "product"], name="supply_by_risk"),
            models.Index(fields=["-order_value", "product"], name="supply_by_value"),
        ]


class Allocation(models.Model):
    """What a dealer gets of a scarce product by a run, with the numbers that explain it. Kept as evidence."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE)
    dealer = models.ForeignKey("network.Dealer", on_delete=models.PROTECT)
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT)
    # What today's order would have been; what the dealer needs until more comes; what it gets until then.
    wanted = models.FloatField()
    need = models.FloatField()
    granted = models.FloatField()
    # Of the network's need the share that is there; the bonus of the dealer's tier; the tier as it was called.
    covered = models.FloatField()
    tier = models.CharField(max_length=40, blank=True)
    bonus = models.FloatField()
    # Of the whole network, units.
    available = models.FloatField()
    needed = models.FloatField()
    # When more comes; empty where no receipt is in sight.
    more_on = models.DateField(null=True)
    # The dealer sees its row from then on.
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "dealer", "product"], name="one_allocation_a_run"),
            models.CheckConstraint(condition=Q(granted__gte=0), name="allocation_not_negative"),
        ]
        indexes = [models.Index(fields=["dealer", "product", "-run"], name="allocation_of_dealer")]


class TierPriority(models.Model):
    """By how much a tier of dealers is preferred when goods are scarce: 0 to a quarter of its share."""

    tier = models.CharField(max_length=40, unique=True)
    bonus = models.FloatField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(bonus__gte=0) & Q(bonus__lte=0.25), name="tier_bonus_bounded"),
        ]
