"""How the steps of an order go: which are on, what passes by itself, who is asked, and how long it may take."""

from django.db import models
from django.db.models import Q

from firstmove.domains.trade.models.orders import STEPS, State

# Steps at which an order can wait for somebody of the enterprise; the receipt is always its buyer's.
REVIEWED = STEPS[: STEPS.index(State.IN_TRANSIT)]


class StepRule(models.Model):
    """One of the steps before transit. Without a row, or switched off, every order passes it by itself."""

    step = models.CharField(max_length=16, choices=[(state.value, state.label) for state in REVIEWED], unique=True)
    is_on = models.BooleanField(default=False)
    # Whether an order that keeps all the rules below passes without anybody; else each waits for somebody.
    automatic = models.BooleanField(default=True)
    within_credit = models.BooleanField(default=False)
    in_stock = models.BooleanField(default=False)
    most_amount = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    # Share by which a line's price may differ from what the lists say for that day and quantity.
    most_deviation = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    # Working days that an order may wait here; empty: it is never late.
    target_days = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    # The role of the enterprise whose people are asked; empty: any of them. An administrator may always.
    asked_role = models.CharField(max_length=20, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("network.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    @property
    def asks_of_lines(self) -> bool:
        """Whether it looks at an order's lines or goods, which are there only once it is written."""
        return self.in_stock or self.most_deviation is not None

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(step__in=REVIEWED), name="rule_of_a_reviewed_step"),
            models.CheckConstraint(
                condition=Q(most_amount__isnull=True) | Q(most_amount__gte=0), name="rule_amount_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(most_deviation__isnull=True) | Q(most_deviation__gte=0), name="rule_deviation_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(target_days__isnull=True) | Q(target_days__gt=0), name="rule_target_positive"
            ),
        ]


class CycleTarget(models.Model):
    """Working days from an order to its receipt that were agreed: with a dealer, or without one for all."""

    dealer = models.ForeignKey("network.Dealer", null=True, blank=True, on_delete=models.CASCADE)
    working_days = models.PositiveSmallIntegerField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("network.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dealer"], nulls_distinct=False, name="one_cycle_target_a_dealer"),
            models.CheckConstraint(condition=Q(working_days__gte=1), name="cycle_target_positive"),
        ]
