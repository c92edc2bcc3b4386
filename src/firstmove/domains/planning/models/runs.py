"""A planning run: what it read, what came of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from firstmove.domains.planning.models.service import ServicePolicy


class RunState(models.TextChoices):
    RUNNING = "running", _("Running")
    COMPLETE = "complete", _("Complete")
    FAILED = "failed", _("Failed")


class Run(models.Model):
    """One planning run. `versions` pins the lake, so that every proposal can be computed again."""

    as_of = models.DateField()
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.RUNNING)
    scenario = models.JSONField()
    # Which inputs no feed gave and the scenario supplied, for any dealer: "stock", "lead_time", "price".
    assumed = models.JSONField(default=list)
    versions = models.JSONField(default=dict)
    pooled = models.JSONField(null=True)
    # Which quantile each class of stock got; empty: the scenario's for all.
    service_policy = models.ForeignKey(ServicePolicy, null=True, on_delete=models.PROTECT, related_name="runs")
    # Which method saw the demand of each segment, by which round and with which trees: `operations.trials.pinned`.
    methods = models.JSONField(default=dict)
    stale = models.JSONField(default=list)
    # Dealers that were looked at, and those of them for whom an order was proposed.
    dealers = models.PositiveIntegerField(default=0)
    proposals = models.PositiveIntegerField(default=0)
    pairs = models.PositiveIntegerField(default=0)
    lines = models.PositiveIntegerField(default=0)
    quantity = models.DecimalField(max_digits=16, decimal_places=3, default=0)
    amount = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    seconds = models.FloatField(default=0)
    error = models.TextField(blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    requested_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")
