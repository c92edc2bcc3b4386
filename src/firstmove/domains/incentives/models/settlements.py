"""How what was earned is put right, paid out and argued about."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from firstmove.domains.incentives.models.ledger import RebateEntry
from firstmove.domains.incentives.models.programmes import Participation, Period


class ClaimState(models.TextChoices):
    OPEN = "open", _("Waiting for an answer")
    GRANTED = "granted", _("Granted")
    DECLINED = "declined", _("Declined")


class RebateClaim(models.Model):
    """A dealer says that something is missing, and shows what it rests on."""

    participation = models.ForeignKey(Participation, on_delete=models.PROTECT, related_name="claims")
    dealer = models.ForeignKey("network.Dealer", on_delete=models.PROTECT, related_name="+")
    words = models.CharField(max_length=1000)
    # What it points at: the number of an order, an invoice, a sale.
    evidence = models.CharField(max_length=200)
    amount = models.DecimalField(max_digits=18, decimal_places=3)
    state = models.CharField(max_length=10, choices=ClaimState.choices, default=ClaimState.OPEN)
    answer = models.CharField(max_length=1000, blank=True, db_default="")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="claims_something")]


class AdjustmentState(models.TextChoices):
    ASKED = "asked", _("Waiting for a second person")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")


class Adjustment(models.Model):
    """An amount that the rules do not give, asked for by one person and approved by another."""

    participation = models.ForeignKey(Participation, on_delete=models.PROTECT, related_name="adjustments")
    dealer = models.ForeignKey("network.Dealer", on_delete=models.PROTECT, related_name="+")
    claim = models.ForeignKey(RebateClaim, null=True, blank=True, on_delete=models.PROTECT, related_name="adjustments")
    amount = models.DecimalField(max_digits=18, decimal_places=3)
    cause = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=AdjustmentState.choices, default=AdjustmentState.ASKED)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="adjusts_something"),
            models.UniqueConstraint(fields=["claim"], condition=~Q(state="declined"), name="claim_is_granted_once"),
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(asked_by=F("decided_by")), name="four_eyes_approve"
            ),
        ]


class RebateStatement(models.Model):
    """What a dealer gets for a period, and the entries behind it; never changed once it is made.

    What comes after it, such as a return, stands in another of the same period.
    """

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="statements")
    dealer = models.ForeignKey("network.Dealer", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=40, unique=True)
    effect = models.CharField(max_length=10)
    amount = models.DecimalField(max_digits=18, decimal_places=3)
    made_on = models.DateField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")
    # When it was entered in the dealer's account; empty: the account was not open, or it is of points.
    credited_at = models.DateTimeField(null=True, blank=True)
    # When the row last changed, kept by the database (see `kernel.policies.Tracked`).
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="settles_something")]
        indexes = [
            models.Index(fields=["dealer", "-made_on", "-id"], name="rebate_statement_of_dealer"),
            models.Index(fields=["changed_at", "id"], name="rebate_statement_changed"),
        ]


class StatementRow(models.Model):
    """An entry that a statement settles; no entry is settled twice."""

    statement = models.ForeignKey(RebateStatement, on_delete=models.PROTECT, related_name="rows")
    entry = models.OneToOneField(RebateEntry, on_delete=models.PROTECT, related_name="row")
    dealer_id = models.BigIntegerField()


class DisputeState(models.TextChoices):
    OPEN = "open", _("Waiting for an answer")
    ANSWERED = "answered", _("Answered")
    SETTLED = "settled", _("Agreed")


class RebateDispute(models.Model):
    """A dealer does not agree with a statement; one a statement."""

    statement = models.OneToOneField(RebateStatement, on_delete=models.PROTECT, related_name="dispute")
    dealer = models.ForeignKey("network.Dealer", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=DisputeState.choices, default=DisputeState.OPEN)
    opened_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)


class DisputeMessage(models.Model):
    """What one side wrote to the other."""

    dispute = models.ForeignKey(RebateDispute, on_delete=models.PROTECT, related_name="messages")
    dealer_id = models.BigIntegerField()
    words = models.CharField(max_length=2000)
    # True where the dealer's people wrote it.
    by_dealer = models.BooleanField()
    at = models.DateTimeField()
    user = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")


class PointsAccount(models.Model):
    """The points that a dealer has: the sum of its entries, written by their trigger alone."""

    dealer = models.OneToOneField("network.Dealer", on_delete=models.PROTECT, related_name="+")
    balance = models.DecimalField(max_digits=18, decimal_places=3, default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(balance__gte=0), name="points_not_below_zero")]


class PointsEntry(models.Model):
    """Points that a statement gave (above zero), or that were redeemed (below)."""

    dealer = models.ForeignKey("network.Dealer", on_delete=models.PROTECT, related_name="+")
    statement = models.OneToOneField(RebateStatement, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=18, decimal_places=3)
    words = models.CharField(max_length=300, blank=True, db_default="")
    on = models.DateField()
    at = models.DateTimeField()
    user = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="points_move")]
