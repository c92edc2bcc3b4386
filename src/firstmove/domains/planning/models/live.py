"""Measures of what really happened since advice is given, against the past and against the comparison group."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Comparison(models.TextChoices):
    HOLD_OUT = "hold_out", _("Against the comparison group")
    LAST_YEAR = "last_year", _("Against the same weeks a year before")
    BEFORE = "before", _("Against the weeks before the first advice")


class Metric(models.TextChoices):
    """Shares are 0..1, margins the installation's money: a day of a dealer, or a day of a pair in the experiment."""

    MARGIN = "margin", _("Margin a day")
    FILL = "fill", _("Fill rate (estimate)")
    STOCKED = "stocked", _("In-stock rate")
    CYCLE = "cycle", _("Order to receipt")


class LiveMeasure(models.Model):
    """A difference that was seen, with its interval; replaced by each night's. Without a dealer: the network."""

    dealer = models.ForeignKey("network.Dealer", null=True, on_delete=models.CASCADE)
    comparison = models.CharField(max_length=10, choices=Comparison.choices)
    metric = models.CharField(max_length=10, choices=Metric.choices)
    from_on = models.DateField()
    until_on = models.DateField()
    base_from_on = models.DateField()
    base_until_on = models.DateField()
    base = models.FloatField()
    difference = models.FloatField()
    # Empty where too little is known for an interval.
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    verdict = models.CharField(max_length=8)
    # What was drawn for the interval: dealers, or weeks of one dealer.
    clusters = models.PositiveIntegerField()
    # Of the experiment alone: pairs with and without advice, what it can see, and how many it takes to see 5 %.
    advised = models.PositiveIntegerField(null=True)
    held = models.PositiveIntegerField(null=True)
    detectable = models.FloatField(null=True)
    held_needed = models.BigIntegerField(null=True)
    measured_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dealer", "comparison", "metric"], nulls_distinct=False, name="one_live_measure"
            ),
            models.CheckConstraint(condition=Q(until_on__gte=models.F("from_on")), name="measured_span"),
        ]
