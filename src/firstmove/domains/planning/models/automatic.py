"""Automatic ordering: a dealer's consent and its limits, what became of each morning, and the enterprise's pause."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from firstmove.domains.planning.models.proposals import Proposal
from firstmove.domains.planning.models.replays import Replay


class ClosedBecause(models.TextChoices):
    """Why automatic ordering is off where it once was on."""

    OWNER = "owner", _("The owner switched it off")
    NO_GAIN = "no_gain", _("The latest replay no longer gains")
    OLD_PROOF = "old_proof", _("The latest replay is too old")
    OWNER_LEFT = "owner_left", _("The owner who switched it on has left")
    CANCELLED = "cancelled", _("Two automatic orders in a row were cancelled")


class AutomaticOrdering(models.Model):
    """The owner's consent that proposals become orders by themselves, within limits. One row a dealer."""

    dealer = models.OneToOneField("network.Dealer", on_delete=models.CASCADE)
    is_on = models.BooleanField(default=False)
    # The replay that stood for it when it was switched on.
    replay = models.ForeignKey(Replay, null=True, on_delete=models.PROTECT)
    most_per_order = models.DecimalField(max_digits=16, decimal_places=2)
    most_per_month = models.DecimalField(max_digits=16, decimal_places=2)
    # Lines that are new, unusual or large wait for a person.
    stops_at_unusual = models.BooleanField(default=True)
    at_hour = models.PositiveSmallIntegerField(default=9)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")
    closed_because = models.CharField(max_length=12, choices=ClosedBecause.choices, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(most_per_order__gt=0, most_per_month__gte=models.F("most_per_order")),
                name="automatic_limits",
            ),
            models.CheckConstraint(condition=Q(at_hour__range=(6, 18)), name="automatic_hour"),
            models.CheckConstraint(
                condition=Q(is_on=False) | Q(replay__isnull=False, closed_because=""), name="automatic_on_proof"
            ),
        ]


class AttemptOutcome(models.TextChoices):
    """What became of a morning's automatic ordering."""

    ORDERED = "ordered", _("Ordered")
    OVER_ORDER = "over_order", _("Over the limit of an order")
    OVER_MONTH = "over_month", _("Over the limit of the month")
    OVER_CREDIT = "over_credit", _("Over the credit that is left")
    UNUSUAL = "unusual", _("Lines to look at")
    EDITED = "edited", _("Somebody was editing it")
    CHANGED = "changed", _("Something changed since the night")
    STALE = "stale", _("Feeds came late")
    EMPTY = "empty", _("Nothing was left to order")


class AutomaticAttempt(models.Model):
    """A proposal that automatic ordering took up, once: ordered, or left to a person and why."""

    dealer = models.ForeignKey("network.Dealer", on_delete=models.CASCADE)
    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT)
    outcome = models.CharField(max_length=12, choices=AttemptOutcome.choices)
    # What the outcome is about: "amount" and "limit" in money, "lines" a count.
    facts = models.JSONField(default=dict)
    order_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="ordered", order_id__isnull=False)
                | (~Q(outcome="ordered") & Q(order_id__isnull=True)),
                name="attempt_and_order",
            )
        ]
        indexes = [models.Index(fields=["dealer", "-id"], name="attempt_of_dealer")]


class AutomaticPause(models.Model):
    """The enterprise's switch that stops all automatic ordering. One row; without it nothing is paused."""

    is_paused = models.BooleanField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_pause")]
