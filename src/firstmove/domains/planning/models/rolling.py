"""The rolling order plan of a dealer: what it means to order, by category and week, agreed with the enterprise."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from firstmove.domains.planning.models.runs import Run


class PlanState(models.TextChoices):
    """Whose answer it waits for, or agreed."""

    PROPOSED = "proposed", _("Waits for the dealer")
    CHANGED = "changed", _("Changed by the dealer")
    COUNTERED = "countered", _("Countered by the enterprise")
    AGREED = "agreed", _("Agreed")


class RollingPlan(models.Model):
    """One a dealer, rolled on every week. `version` counts every change: who writes has to know the latest."""

    dealer = models.OneToOneField("network.Dealer", on_delete=models.CASCADE)
    run = models.ForeignKey(Run, on_delete=models.PROTECT)
    state = models.CharField(max_length=10, choices=PlanState.choices, default=PlanState.PROPOSED)
    version = models.PositiveIntegerField(default=1)
    # The Monday of the first of its weeks, and how many there are.
    first_week_on = models.DateField()
    weeks = models.PositiveSmallIntegerField()
    currency = models.CharField(max_length=3)
    assumed = models.JSONField(default=list)
    # How many years of sales its season was learned from; 0: no season.
    season_years = models.PositiveSmallIntegerField(default=0)
    rolled_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")
    dealer_note = models.CharField(max_length=500, blank=True)
    enterprise_note = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state"], name="rolling_plan_state")]


class RollingPlanLine(models.Model):
    """A category in a week. Amounts are at the dealer's purchase prices; past weeks stay, as they were planned."""

    plan = models.ForeignKey(RollingPlan, on_delete=models.CASCADE, related_name="lines")
    dealer_id = models.BigIntegerField()
    category = models.CharField(max_length=200, blank=True)
    week_on = models.DateField()
    # What the latest roll expects; its 80 % band; the units that the amount stands for.
    system_amount = models.FloatField()
    system_low = models.FloatField()
    system_high = models.FloatField()
    system_units = models.FloatField()
    # Ordered by the end of this week ahead of its season, and what holding it for the week costs.
    ahead_amount = models.FloatField(default=0)
    holding_cost = models.FloatField(default=0)
    # What was ordered in the same week a year before; empty where no orders of that time are known.
    last_year_amount = models.FloatField(null=True)
    dealer_amount = models.FloatField(null=True)
    enterprise_amount = models.FloatField(null=True)
    agreed_amount = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "category", "week_on"], name="one_line_a_category_and_week"),
            models.CheckConstraint(
                condition=Q(system_amount__gte=0) & Q(system_low__gte=0) & Q(system_high__gte=models.F("system_low")),
                name="plan_band_holds",
            ),
            models.CheckConstraint(
                condition=(Q(dealer_amount__isnull=True) | Q(dealer_amount__gte=0))
                & (Q(enterprise_amount__isnull=True) | Q(enterprise_amount__gte=0))
                & (Q(agreed_amount__isnull=True) | Q(agreed_amount__gte=0)),
                name="plan_figures_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["dealer_id", "week_on"], name="plan_line_of_week")]


class PlanStep(models.TextChoices):
    ROLLED = "rolled", _("Rolled on by a week")
    CHANGED = "changed", _("Changed by the dealer")
    COUNTERED = "countered", _("Countered by the enterprise")
    AGREED = "agreed", _("Agreed")


class RollingPlanVersion(models.Model):
    """A plan as it stood after a change: who, when, why, and the figures. Kept for ever."""

    plan = models.ForeignKey(RollingPlan, on_delete=models.CASCADE, related_name="versions")
    dealer_id = models.BigIntegerField()
    number = models.PositiveIntegerField()
    step = models.CharField(max_length=10, choices=PlanStep.choices)
    at = models.DateTimeField()
    user = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    first_week_on = models.DateField()
    # By category, amounts of its weeks as they then stood: {"Tea": [120.0, …]}.
    figures = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="one_version_a_number")]
        indexes = [models.Index(fields=["dealer_id", "step", "first_week_on"], name="plan_version_of_week")]
