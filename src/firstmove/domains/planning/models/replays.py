"""A dealer's past played again under several policies, and what came of it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ReplayState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    COMPLETE = "complete", _("Complete")
    FAILED = "failed", _("Failed")


class ReplayError(models.TextChoices):
    """Why a replay came to nothing."""

    STOPPED = "stopped", _("The process was stopped before it finished.")
    TOO_LITTLE = "too_little", _("There is too little history before the window.")
    BROKEN = "broken", _("Something went wrong; the log says what.")


class Replay(models.Model):
    """The days `since` to `until` of a dealer, or of the whole network (no dealer), under each policy.

    Simulated: nothing here is a measure of what happened, except `results["actual"]`, which says so. Written by the
    system alone, since automatic ordering rests on it.
    """

    dealer = models.ForeignKey("network.Dealer", null=True, blank=True, on_delete=models.CASCADE)
    # The network's replay that this dealer's came with.
    network = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="dealers")
    since = models.DateField()
    until = models.DateField()
    state = models.CharField(max_length=10, choices=ReplayState.choices, default=ReplayState.WAITING)
    progress = models.FloatField(default=0)
    scenario = models.JSONField()
    # Which inputs no feed gave, as of a run.
    assumed = models.JSONField(default=list)
    versions = models.JSONField(default=dict)
    results = models.JSONField(null=True)
    # Of the engine's proof that decisions gain: saving as a share, with its interval, and fill beside the base's.
    saving = models.FloatField(null=True)
    saving_low = models.FloatField(null=True)
    saving_high = models.FloatField(null=True)
    fill = models.FloatField(null=True)
    fill_of_base = models.FloatField(null=True)
    gains = models.BooleanField(null=True)
    error = models.CharField(max_length=12, choices=ReplayError.choices, blank=True)
    error_facts = models.JSONField(default=dict)
    requested_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    seconds = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="replay_has_days"),
            models.CheckConstraint(
                condition=~Q(state="complete") | Q(results__isnull=False), name="complete_replay_has_results"
            ),
        ]
        indexes = [models.Index(fields=["dealer", "-id"], name="replay_of_dealer")]
