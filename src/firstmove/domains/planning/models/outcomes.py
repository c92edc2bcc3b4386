"""What came of every advice, once its time was over."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from firstmove.domains.planning.models.hold_out import HeldAdvice
from firstmove.domains.planning.models.proposals import ProposalLine


class Reckoning(models.Model):
    """One pass over what had come due. `versions` pins the lake; `until` is the last day that it knew."""

    at = models.DateTimeField()
    until = models.DateField()
    versions = models.JSONField()
    looked_at = models.PositiveIntegerField()
    # Outcomes that were new or that late-arriving history corrected.
    written = models.PositiveIntegerField()
    seconds = models.FloatField()


class Answer(models.TextChoices):
    """What the dealer made of an advice; as `Decision`, and what the ledger of decisions does not know."""

    ACCEPTED = "accepted", _("Accepted")
    CHANGED = "changed", _("Changed")
    REMOVED = "removed", _("Removed")
    REJECTED = "rejected", _("Rejected")
    IGNORED = "ignored", _("Ignored")
    # Nobody answered here, and yet it was ordered: in another system, or past the proposal.
    ELSEWHERE = "elsewhere", _("Ordered elsewhere")
    HELD = "held", _("Held out")


class Verdict(models.TextChoices):
    """Where the profit that following would have brought lies against what was said."""

    BETTER = "better", _("Better than said")
    AS_SAID = "as_said", _("As said")
    WORSE = "worse", _("Less than said")
    # A loss that the range allowed for: goods against a demand that did not come, as insurance is.
    UNNEEDED = "unneeded", _("Not needed this time")
    LOST = "lost", _("Lost more than said")


class Outcome(models.Model):
    """The outcome of an advice, or of one that was held out: units are the product's, profit the installation's money.

    `advised_profit` is what the advised quantity would have brought against ordering nothing, `ordered_profit` what
    the ordered one brought by the same valuation; both are worked out, not measured (`engine.measure.outcome`).
    """

    line = models.OneToOneField(ProposalLine, null=True, on_delete=models.PROTECT)
    held = models.OneToOneField(HeldAdvice, null=True, on_delete=models.CASCADE)
    reckoning = models.ForeignKey(Reckoning, on_delete=models.PROTECT)
    dealer_id = models.BigIntegerField()
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT)
    for_on = models.DateField()
    # The last day of lead time and review.
    due_on = models.DateField()
    answer = models.CharField(max_length=10, choices=Answer.choices)
    # Mornings of one review period advise the same goods again; one of them stands for all in sums of money.
    counts = models.BooleanField()
    advised = models.IntegerField()
    ordered = models.FloatField()
    received = models.FloatField()
    # Days from order to receipt, mean over the lines that came; empty where nothing was ordered or came.
    cycle_days = models.FloatField(null=True)
    unit_price = models.FloatField()
    sold_lead = models.FloatField()
    sold_review = models.FloatField()
    sold_week = models.FloatField()
    stock_known = models.BooleanField()
    out_days = models.FloatField(null=True)
    lost_units = models.FloatField(null=True)
    week_low = models.FloatField(null=True)
    week_mean = models.FloatField(null=True)
    week_high = models.FloatField(null=True)
    # -1 below the band, 0 in it, 1 above; empty where the week was out of stock or had no band.
    week_place = models.SmallIntegerField(null=True)
    level_held = models.BooleanField(null=True)
    said_profit = models.FloatField()
    said_low = models.FloatField()
    said_high = models.FloatField()
    advised_profit = models.FloatField()
    ordered_profit = models.FloatField()
    verdict = models.CharField(max_length=8, choices=Verdict.choices)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(line__isnull=False, held__isnull=True) | Q(line__isnull=True, held__isnull=False),
                name="outcome_of_one_advice",
            ),
            models.CheckConstraint(condition=Q(due_on__gte=models.F("for_on")), name="outcome_after_advice"),
        ]
        indexes = [
            models.Index(fields=["dealer_id", "-for_on"], name="outcome_of_dealer"),
            models.Index(fields=["dealer_id", "product"], name="outcome_on_product"),
        ]
