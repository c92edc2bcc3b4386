"""Programmes, the rules that each version of one has, its periods, and who takes part."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Basis(models.TextChoices):
    """What counts: evidence of one kind."""

    PLACED = "placed", _("Orders placed")
    RECEIVED = "received", _("Goods received")
    SELL_OUT = "sell_out", _("Sell-out")
    PROPOSALS = "proposals", _("Use of proposals")


class Effect(models.TextChoices):
    REBATE = "rebate", _("Rebate")
    POINTS = "points", _("Points")
    PRIORITY = "priority", _("Priority supply")


class Mode(models.TextChoices):
    """What the rate of a step holds for: all that counts, or the part beyond the step."""

    RETROACTIVE = "retroactive", _("the whole, from the first unit on")
    MARGINAL = "marginal", _("the part beyond the step")


class Cadence(models.TextChoices):
    MONTH = "month", _("Month")
    QUARTER = "quarter", _("Quarter")
    HALF_YEAR = "half_year", _("Half-year")
    YEAR = "year", _("Year")
    ONCE = "once", _("Once, between two days")


class Programme(models.Model):
    """What the enterprise promises; its rules stand in its versions."""

    name = models.CharField(max_length=120, unique=True)
    # No period begins after this day.
    ended_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")


class Version(models.Model):
    """Rules of a programme for the periods that begin on a day or later; never changed, only followed by another."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    from_on = models.DateField()
    # The last day, of a programme that runs once.
    until_on = models.DateField(null=True, blank=True)
    cadence = models.CharField(max_length=10, choices=Cadence.choices)
    basis = models.CharField(max_length=10, choices=Basis.choices)
    # Steps are shares over the same period a year before, such as 0.10; of proposals, shares of lines taken.
    growth = models.BooleanField(default=False)
    # Products count for so many days from their listing on; empty: for ever.
    new_within_days = models.PositiveSmallIntegerField(null=True, blank=True)
    # For whom and for what; an empty list excludes nobody and nothing.
    tiers = ArrayField(models.CharField(max_length=40), default=list)
    regions = ArrayField(models.CharField(max_length=100), default=list)
    categories = ArrayField(models.CharField(max_length=120), default=list)
    product_ids = ArrayField(models.BigIntegerField(), default=list)
    effect = models.CharField(max_length=10, choices=Effect.choices)
    mode = models.CharField(max_length=12, choices=Mode.choices)
    # Ascending: {"level": from where on, "rate": share of what counts, "amount": fixed}, as text of decimals.
    steps = models.JSONField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="one_number_a_version"),
            models.UniqueConstraint(fields=["programme", "from_on"], name="one_start_a_version"),
            models.CheckConstraint(
                condition=Q(cadence="once", until_on__gte=models.F("from_on"))
                | (~Q(cadence="once") & Q(until_on__isnull=True)),
                name="once_ends_others_go_on",
            ),
        ]


class NamedDealer(models.Model):
    """A dealer that a version names; a version that names none is for all of its tiers and regions.

    A table of its own, so that no dealer reads the names of others.
    """

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="named")
    dealer = models.ForeignKey("network.Dealer", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "dealer"], name="named_once")]


class Period(models.Model):
    """Days of a programme under the rules with which they began."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="periods")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="periods")
    starts_on = models.DateField()
    ends_on = models.DateField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "starts_on"], name="one_period_a_start"),
            models.CheckConstraint(condition=Q(ends_on__gte=models.F("starts_on")), name="period_days"),
        ]
        indexes = [models.Index(fields=["ends_on", "starts_on"], name="period_by_days")]


class Participation(models.Model):
    """A dealer in a period. What it earned is the sum of its entries, written by their trigger alone."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="participations")
    dealer = models.ForeignKey("network.Dealer", on_delete=models.PROTECT, related_name="+")
    joined_at = models.DateTimeField()
    # What the dealer did in the same period a year before, where growth counts.
    base = models.DecimalField(max_digits=18, decimal_places=3, null=True, blank=True)
    # Sum of what counts, of what it is worth, and of what of that was not settled yet.
    basis = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    earned = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    balance = models.DecimalField(max_digits=18, decimal_places=3, default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["period", "dealer"], name="takes_part_once")]
        indexes = [models.Index(fields=["dealer", "period"], name="part_of_dealer")]
