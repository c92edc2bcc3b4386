"""New dealers and launches in their first 13 weeks, as the latest run sees them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from firstmove.domains.planning.models.runs import Run


class StartState(models.TextChoices):
    """What its plan rests on, or why there is none."""

    PLANNED = "planned", _("Planned from its like")
    NO_MARKET = "no_market", _("Its market is not known")
    FEW_KNOWN = "few_known", _("Too little is known to plan it")


class DealerStart(models.Model):
    """A new dealer; replaced by each run. Units are summed over the products of its first plan.

    No dealer reads it: it tells whom a dealer is like, and how they sell.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE)
    newcomer = models.OneToOneField("network.Dealer", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=StartState.choices)
    # Day of the first sale; empty where nothing sold yet.
    opened_on = models.DateField(null=True)
    days = models.PositiveSmallIntegerField()
    # How much of its level its own sell-out decides, 0 to 1.
    own_share = models.FloatField()
    # Customers over those of the dealers like it; empty without a plan.
    market = models.FloatField(null=True)
    # A week each: {"on", "initial", "planned", "low", "high", "came"}; "came" is null until the week is over.
    weeks = models.JSONField(default=list)
    # Known dealers, the most alike first: {"dealer", "weight", "market", "km", "week"}.
    likes = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(own_share__gte=0) & Q(own_share__lte=1), name="own_share_is_a_share")
        ]


class ProductStart(models.Model):
    """A launch in the whole network; replaced by each run."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE)
    product = models.OneToOneField("catalog.Product", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=StartState.choices)
    listed_on = models.DateField()
    # Day of the first sale anywhere; empty where nothing sold yet.
    began_on = models.DateField(null=True)
    days = models.PositiveSmallIntegerField()
    # Past launches of its category and price band, and of all.
    launches = models.PositiveIntegerField()
    all_launches = models.PositiveIntegerField()
    # Sales of each week over their mean, as launches of its kind sold.
    curve = models.JSONField(default=list)
    weeks = models.JSONField(default=list)


class StartPair(models.Model):
    """A product at a dealer of which one is new; replaced by each run. Units a week, units sold.

    The enterprise's: a dealer reads the reason on its own order's lines.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE)
    seller = models.ForeignKey("network.Dealer", on_delete=models.CASCADE, related_name="+")
    product = models.ForeignKey("catalog.Product", on_delete=models.CASCADE, related_name="+")
    # Whether the product is in its launch; else the dealer is new.
    is_launch = models.BooleanField()
    expected_week = models.FloatField()
    week = models.FloatField()
    sold = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "product"], name="one_start_of_a_pair")]
