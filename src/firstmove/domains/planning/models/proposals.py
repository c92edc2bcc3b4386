"""Proposals and their lines, kept for ever as the advice ledger."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from firstmove.domains.planning.models.runs import Run


class ProposalState(models.TextChoices):
    READY = "ready", _("Ready")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")
    SUPERSEDED = "superseded", _("Superseded")
    EXPIRED = "expired", _("Expired")


class RejectCause(models.TextChoices):
    TOO_MUCH = "too_much", _("Too much")
    WRONG_TIME = "wrong_time", _("Not the right time")
    NO_CASH = "no_cash", _("No cash or credit")
    NO_ROOM = "no_room", _("No room in the warehouse")
    BAD_DATA = "bad_data", _("Stock or sales figures are wrong")
    OTHER = "other", _("Another reason")


class Proposal(models.Model):
    """An order ready to confirm. At most one a dealer is ready at any time."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT)
    dealer = models.ForeignKey("network.Dealer", on_delete=models.PROTECT)
    state = models.CharField(max_length=12, choices=ProposalState.choices, default=ProposalState.READY)
    as_of = models.DateField()
    # The business day it is for; the last day on which it can be accepted; when the goods would come.
    for_on = models.DateField()
    expires_on = models.DateField()
    expected_on = models.DateField()
    # How long orders take, as it was known then: low, median and high in days, orders, source.
    lead_time = models.JSONField(default=dict)
    review_days = models.PositiveSmallIntegerField()
    assumed = models.JSONField(default=list)
    assumptions = models.JSONField(default=dict)
    # The method by which the demand of each segment was seen: the run's, which dealers do not read.
    methods = models.JSONField(default=dict)
    currency = models.CharField(max_length=3)
    # The order's terms and what came of them, as `dealer_terms` writes them; empty where nothing was agreed.
    terms = models.JSONField(default=dict)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")
    reject_cause = models.CharField(max_length=12, choices=RejectCause.choices, blank=True)
    order_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dealer"], condition=Q(state="ready"), name="one_ready_proposal"),
            models.UniqueConstraint(fields=["run", "dealer"], name="one_proposal_a_run"),
        ]
        indexes = [models.Index(fields=["dealer", "-for_on"], name="proposal_of_dealer")]


class Attention(models.TextChoices):
    STOCKOUT = "stockout", _("Runs out")
    NEW = "new", _("New")
    UNUSUAL = "unusual", _("Unusual")
    LARGE = "large", _("Large")
    NONE = "", _("Ordinary")


class Decision(models.TextChoices):
    OPEN = "", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    CHANGED = "changed", _("Changed")
    REMOVED = "removed", _("Removed")
    REJECTED = "rejected", _("Rejected")
    IGNORED = "ignored", _("Ignored")


class ProposalLine(models.Model):
    """One advice: what was proposed and why, what the dealer made of it. Units are the product's sales unit."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="lines")
    dealer_id = models.BigIntegerField()
    number = models.PositiveIntegerField()
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT)
    quantity = models.IntegerField()
    # What the line alone would order, before the terms of the whole order; and which of them changed it.
    wished_quantity = models.IntegerField(null=True)
    cause = models.CharField(max_length=12, blank=True)
    # What the dealer put in its place so far; empty: as proposed; 0: taken out.
    chosen_quantity = models.IntegerField(null=True)
    order_multiple = models.PositiveIntegerField()
    order_minimum = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    # What a unit costs now, where that is no longer what we said.
    current_price = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    # Of the price as it now is.
    price_assumed = models.BooleanField()
    sale_price = models.DecimalField(max_digits=14, decimal_places=4)
    holding_rate_per_year = models.FloatField()
    on_hand = models.FloatField()
    in_transit = models.FloatField()
    rate_per_day = models.FloatField()
    rate_recent_per_day = models.FloatField()
    level = models.FloatField()
    safety_stock = models.FloatField()
    # As in the outlook of that morning.
    lead_share = models.FloatField(default=0)
    service_quantile = models.FloatField(default=0)
    stock_class = models.CharField(max_length=2, blank=True)
    cover_before_days = models.FloatField(null=True)
    cover_after_days = models.FloatField(null=True)
    stockout_probability = models.FloatField()
    lost_units_if_skipped = models.FloatField()
    # The band of the next seven days, four weeks of five; empty on lines from before it was kept.
    week_low = models.FloatField(null=True)
    week_mean = models.FloatField(null=True)
    week_high = models.FloatField(null=True)
    profit = models.FloatField()
    profit_low = models.FloatField()
    profit_high = models.FloatField()
    # Equally likely demands of the lead time and of the review period: enough to value another quantity.
    lead_nodes = ArrayField(models.FloatField())
    review_nodes = ArrayField(models.FloatField())
    # What season and holidays multiply the demand of lead time and review by; empty on older lines.
    season_factor = models.FloatField(null=True)
    holiday_factor = models.FloatField(null=True)
    holiday = models.CharField(max_length=80, blank=True)
    holiday_on = models.DateField(null=True)
    # The same for the prices of that morning and for promotions; the one that runs or begins in that time.
    price_factor = models.FloatField(null=True)
    promotion_factor = models.FloatField(null=True)
    promotion = models.CharField(max_length=200, blank=True)
    promotion_on = models.DateField(null=True)
    # Where goods are scarce: what it would have been, what the dealer gets until more comes, and why, as numbers.
    scarce = models.JSONField(null=True)
    # Where a new dealer or product was believed to sell: from what, what was expected, sold so far, corrected to.
    cold = models.JSONField(null=True)
    reason = models.CharField(max_length=20)
    attention = models.CharField(max_length=10, choices=Attention.choices, blank=True)
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    decided_quantity = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["proposal", "number"], name="one_advice_a_number"),
            models.UniqueConstraint(fields=["proposal", "product"], name="one_advice_a_product"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="advice_orders_something"),
            models.CheckConstraint(
                condition=Q(chosen_quantity__isnull=True) | Q(chosen_quantity__gte=0), name="choice_not_negative"
            ),
        ]
        indexes = [models.Index(fields=["dealer_id", "product"], name="advice_on_product")]
