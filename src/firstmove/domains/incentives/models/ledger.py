"""What dealers earn, amount by amount, each with the evidence that it rests on."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from firstmove.domains.incentives.models.programmes import Participation


class EntryKind(models.TextChoices):
    COUNTED = "counted", _("New evidence")
    CHANGED = "changed", _("Evidence changed")
    STEP = "step", _("Another step")
    ADJUSTED = "adjusted", _("Adjusted")
    SETTLED = "settled", _("Settled by a statement")


class RebateEntry(models.Model):
    """One amount, added and never changed: of a currency, or of points.

    Its evidence is an order line, a product's sell-out of a month, or an adjustment that two people agreed on.
    """

    participation = models.ForeignKey(Participation, on_delete=models.PROTECT, related_name="entries")
    dealer_id = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=EntryKind.choices)
    # The day of the evidence.
    on = models.DateField()
    order_id = models.BigIntegerField(null=True, blank=True)
    order_number = models.CharField(max_length=60, blank=True, db_default="")
    line = models.PositiveIntegerField(null=True, blank=True)
    product = models.ForeignKey("catalog.Product", null=True, on_delete=models.PROTECT, related_name="+")
    # The first day of the month of a sell-out.
    month = models.DateField(null=True, blank=True)
    adjustment = models.ForeignKey(
        "incentives.Adjustment", null=True, blank=True, on_delete=models.PROTECT, related_name="entries"
    )
    statement = models.ForeignKey(
        "incentives.RebateStatement", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # By how much what counts rose, and what that and the step are worth.
    basis = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    amount = models.DecimalField(max_digits=18, decimal_places=3)
    # The step that held when it was written, from 1 on; 0: none.
    step = models.PositiveSmallIntegerField(default=0)
    # When it was written, kept by the database (see `kernel.policies.Tracked`).
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["counted", "changed", "step"], order_id__isnull=False, line__isnull=False)
                | Q(kind__in=["counted", "changed", "step"], month__isnull=False, product__isnull=False)
                | Q(kind="adjusted", adjustment__isnull=False)
                | Q(kind="settled", statement__isnull=False),
                name="entry_has_evidence",
            ),
            models.UniqueConstraint(fields=["adjustment"], name="one_entry_an_adjustment"),
        ]
        indexes = [
            models.Index(fields=["participation", "-on", "-id"], name="rebate_entry_of_part"),
            models.Index(fields=["dealer_id", "-id"], name="rebate_entry_of_dealer"),
            models.Index(fields=["changed_at", "id"], name="rebate_entry_changed"),
            models.Index(
                fields=["dealer_id", "order_number"], name="rebate_entry_by_number", condition=Q(order_id__isnull=False)
            ),
        ]


class ProposalUse(models.Model):
    """How much of a proposal its dealer took: lines that were proposed, and lines that it ordered."""

    dealer = models.ForeignKey("network.Dealer", on_delete=models.PROTECT, related_name="+")
    proposal_id = models.BigIntegerField(unique=True)
    on = models.DateField()
    proposed = models.PositiveIntegerField()
    taken = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(taken__lte=models.F("proposed")), name="takes_what_was_proposed")
        ]
        indexes = [models.Index(fields=["dealer", "on"], name="proposal_use_by_day")]
