"""Goods that a dealer sends back: asked for, decided about, on their way, counted."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ReturnState(models.TextChoices):
    """Four steps in order, and two early ends."""

    REQUESTED = "requested", _("Awaiting a decision")
    APPROVED = "approved", _("Awaiting dispatch")
    SENT = "sent", _("On its way back")
    RECEIVED = "received", _("Counted and credited")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


RETURN_STEPS = (ReturnState.REQUESTED, ReturnState.APPROVED, ReturnState.SENT, ReturnState.RECEIVED)
# Whose units count as returned no more.
RETURN_ENDED = (ReturnState.DECLINED, ReturnState.WITHDRAWN)


class ReturnCause(models.TextChoices):
    DAMAGED = "damaged", _("Damaged")
    FAULTY = "faulty", _("Faulty quality")
    WRONG = "wrong", _("Wrong goods")
    SHORT_LIFE = "short_life", _("Shelf life too short or over")
    UNSOLD = "unsold", _("Does not sell")
    RECALL = "recall", _("Recalled by the enterprise")
    OTHER = "other", _("Something else")


class Return(models.Model):
    """Of one order of one dealer."""

    number = models.CharField(max_length=60, unique=True)
    dealer = models.ForeignKey("network.Dealer", on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey("trade.Order", on_delete=models.PROTECT, related_name="returns")
    state = models.CharField(max_length=10, choices=ReturnState.choices, default=ReturnState.REQUESTED)
    cause = models.CharField(max_length=10, choices=ReturnCause.choices)
    words = models.CharField(max_length=500, blank=True, default="")
    asked_on = models.DateField()
    carrier = models.CharField(max_length=80, blank=True, default="")
    tracking = models.CharField(max_length=80, blank=True, default="")
    sent_on = models.DateField(null=True, blank=True)
    received_on = models.DateField(null=True, blank=True)
    # Empty where nothing that was worth anything came back.
    credit_note = models.OneToOneField(
        "trade.CreditNote", null=True, blank=True, on_delete=models.PROTECT, related_name="goods_return"
    )
    # When the row last changed, kept by the database (see `kernel.policies.Tracked`).
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["changed_at", "id"], name="return_changed"),
            models.Index(fields=["dealer", "-asked_on", "-id"], name="return_by_dealer"),
            models.Index(fields=["-asked_on", "-id"], name="return_by_day"),
            models.Index(fields=["order"], name="return_of_order"),
        ]


class ReturnLine(models.Model):
    """Units of one line of the order. Each figure is at most the one before it; empty until it is known."""

    returned = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="lines")
    dealer_id = models.BigIntegerField()
    order_line = models.ForeignKey("trade.OrderLine", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT)
    # What the order holds, so that a credit is of the price that was paid.
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    tax_rate = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    batch = models.CharField(max_length=60, blank=True, default="")
    asked = models.DecimalField(max_digits=14, decimal_places=3)
    approved = models.DecimalField(max_digits=14, decimal_places=3, null=True, blank=True)
    sent = models.DecimalField(max_digits=14, decimal_places=3, null=True, blank=True)
    # What was counted: good again, and what can only be thrown away.
    restocked = models.DecimalField(max_digits=14, decimal_places=3, null=True, blank=True)
    scrapped = models.DecimalField(max_digits=14, decimal_places=3, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["returned", "number"], name="one_return_line_a_number"),
            models.CheckConstraint(condition=Q(asked__gt=0), name="return_line_asks_something"),
            models.CheckConstraint(
                condition=Q(approved__gte=0, approved__lte=F("asked")), name="approves_what_is_asked"
            ),
            models.CheckConstraint(condition=Q(sent__gte=0, sent__lte=F("approved")), name="sends_what_is_approved"),
            models.CheckConstraint(
                condition=Q(restocked__gte=0, scrapped__gte=0, sent__gte=F("restocked") + F("scrapped")),
                name="counts_what_was_sent",
            ),
        ]
        indexes = [models.Index(fields=["order_line"], name="return_of_order_line")]


class ReturnStep(models.Model):
    """When a return entered a state, by whom, and what they wrote: its timeline."""

    returned = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="steps")
    dealer_id = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=ReturnState.choices)
    at = models.DateTimeField()
    user = models.ForeignKey("network.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["returned", "state"], name="a_return_enters_a_state_once")]
