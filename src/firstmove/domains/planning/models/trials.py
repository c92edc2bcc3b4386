"""Methods of seeing demand: which one is in force where, and the trials that it rests on."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from firstmove.domains.planning.models.replays import ReplayState


class Method(models.TextChoices):
    POOLED = "pooled", _("Pooled history")
    TEXTBOOK = "textbook", _("Textbook")
    BOOSTED = "boosted", _("Learned trees")


class Segment(models.TextChoices):
    """How evenly a product sells at a dealer: the second letter of its class of stock."""

    STEADY = "X", _("Steady sellers")
    VARYING = "Y", _("Varying sellers")
    LUMPY = "Z", _("Lumpy sellers")


class TrialVerdict(models.TextChoices):
    PROMOTED = "promoted", _("Promoted")
    SECOND = "second", _("Better, but another is better still")
    NOT_SURE = "not_sure", _("Not surely better")
    UNEVEN = "uneven", _("Not better in every window")
    LOWER_FILL = "lower_fill", _("Cheaper, but sells less")
    TOO_FEW = "too_few", _("Too few dealers to tell")


class TrialError(models.TextChoices):
    """Why a round came to nothing."""

    STOPPED = "stopped", _("The process was stopped before it finished.")
    TOO_LITTLE = "too_little", _("There is too little history before the windows.")
    BROKEN = "broken", _("Something went wrong; the log says what.")


class TrialRound(models.Model):
    """All methods tried on the same days. Simulated; written by the system alone, since champions rest on it."""

    as_of = models.DateField()
    state = models.CharField(max_length=10, choices=ReplayState.choices, default=ReplayState.WAITING)
    progress = models.FloatField(default=0)
    scenario = models.JSONField(default=dict)
    # The lake's, pinned.
    versions = models.JSONField(default=dict)
    # Of each origin: from_on, until_on (both counted), pairs, dealers.
    windows = models.JSONField(default=list)
    # Methods that could not be tried, as there was too little to learn them from.
    left_out = models.JSONField(default=list)
    # The memory that the process held at most until then, MB.
    seconds = models.FloatField(default=0)
    cpu_seconds = models.FloatField(default=0)
    peak_megabytes = models.FloatField(default=0)
    error = models.CharField(max_length=12, choices=TrialError.choices, blank=True)
    requested_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)


class Trial(models.Model):
    """A challenger beside the champion of a segment, in one round. Interval absent where a single dealer took part."""

    round = models.ForeignKey(TrialRound, on_delete=models.CASCADE, related_name="trials")
    segment = models.CharField(max_length=1, choices=Segment.choices)
    champion = models.CharField(max_length=10, choices=Method.choices)
    challenger = models.CharField(max_length=10, choices=Method.choices)
    champion_cost = models.FloatField()
    challenger_cost = models.FloatField()
    saving = models.FloatField()
    saving_low = models.FloatField(null=True)
    saving_high = models.FloatField(null=True)
    # Of each origin alone, the earliest first.
    savings = models.JSONField()
    fill_of_champion = models.FloatField()
    fill = models.FloatField()
    dealers = models.PositiveIntegerField()
    # Pairs of all origins together: one that takes part in both counts twice.
    pairs = models.PositiveIntegerField()
    confidence = models.FloatField()
    verdict = models.CharField(max_length=12, choices=TrialVerdict.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "segment", "challenger"], name="one_trial_a_challenger"),
            models.CheckConstraint(condition=~Q(challenger=F("champion")), name="challenger_is_another"),
            models.CheckConstraint(
                condition=~Q(verdict="promoted") | Q(saving_low__gt=0), name="promoted_with_confidence"
            ),
        ]


class Champion(models.Model):
    """The method of a segment from a day on, until a later row says otherwise. Rows are added, never changed.

    A segment without a row is planned by the pooled history.
    """

    segment = models.CharField(max_length=1, choices=Segment.choices)
    method = models.CharField(max_length=10, choices=Method.choices)
    in_force_from = models.DateField()
    trial = models.OneToOneField(Trial, on_delete=models.PROTECT, related_name="promotion")

    class Meta:
        indexes = [models.Index(fields=["segment", "-in_force_from", "-id"], name="champion_in_force")]


class GrownTrees(models.Model):
    """What a round learned for the runs after it: zipped JSON and its SHA-256.

    In the database and not in a file: it comes with the verdict in one transaction, is in every backup and is there for
    a worker on any machine. About a megabyte; only the newest few are kept.
    """

    round = models.OneToOneField(TrialRound, on_delete=models.CASCADE, related_name="trees")
    as_of = models.DateField()
    span = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64)
    content = models.BinaryField()
