"""What dealers owe: an account each, its entries, and which of them settle which."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class EntryKind(models.TextChoices):
    OPENING = "opening", _("Opening balance")
    ORDER = "order", _("Order")
    CANCELLED = "cancelled", _("Order cancelled")
    DIFFERENCE = "difference", _("Difference of an order")
    CREDIT_NOTE = "credit_note", _("Credit note")
    PAYMENT = "payment", _("Payment")
    CORRECTION = "correction", _("Payment corrected")


# What an order itself says; everything else is said by the enterprise.
OF_ORDERS = (EntryKind.ORDER, EntryKind.CANCELLED, EntryKind.DIFFERENCE)


class CreditAccount(models.Model):
    """One row a dealer: whoever changes what it owes, or relies on it, locks this row first."""

    dealer = models.OneToOneField("network.Dealer", on_delete=models.PROTECT)
    # From when payments are known; empty: none are, and what is due is assumed to be paid.
    opened_on = models.DateField(null=True, blank=True)
    # The sum of its entries, written by their trigger alone.
    balance = models.DecimalField(max_digits=18, decimal_places=3, default=0)


class AccountEntry(models.Model):
    """Above zero the dealer owes it, below zero it is the dealer's. Entries are added and never changed, but for what
    of them is still open."""

    dealer = models.ForeignKey("network.Dealer", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=EntryKind.choices)
    entry_on = models.DateField()
    due_on = models.DateField(null=True, blank=True)
    amount = models.DecimalField(max_digits=18, decimal_places=3)
    open_amount = models.DecimalField(max_digits=18, decimal_places=3)
    order = models.ForeignKey("trade.Order", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # The payment's number at the bank or in the books, the credit note's own number.
    reference = models.CharField(max_length=60, blank=True, default="", db_default="")
    # Numbers of the orders that a payment is meant for, as its payer gave them.
    meant_for = models.CharField(max_length=500, blank=True, default="", db_default="")
    at = models.DateTimeField()
    user = models.ForeignKey("network.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, open_amount__gte=0, open_amount__lte=F("amount"))
                | Q(amount__lt=0, open_amount__lte=0, open_amount__gte=F("amount")),
                name="open_is_a_part_of_the_amount",
            ),
            models.UniqueConstraint(fields=["order"], condition=Q(kind="order"), name="one_charge_an_order"),
            models.UniqueConstraint(
                fields=["dealer", "kind", "reference"],
                condition=Q(kind__in=["opening", "payment", "credit_note"]),
                name="one_entry_a_reference",
            ),
        ]
        indexes = [
            models.Index(fields=["dealer", "entry_on", "id"], name="entry_by_day"),
            models.Index(fields=["dealer", "due_on"], condition=~Q(open_amount=0), name="entry_open"),
            models.Index(fields=["dealer"], condition=Q(open_amount__lt=0), name="entry_advance"),
        ]


class Allocation(models.Model):
    """How much of a charge was settled by which credit."""

    dealer_id = models.BigIntegerField()
    charge = models.ForeignKey(AccountEntry, on_delete=models.PROTECT, related_name="+")
    credit = models.ForeignKey(AccountEntry, on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=18, decimal_places=3)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="allocates_something")]


class DunningRule(models.Model):
    """From so many days overdue on, a dealer stands at this level; from a blocking one on it orders no more."""

    level = models.PositiveSmallIntegerField(unique=True)
    days = models.PositiveSmallIntegerField()
    blocks = models.BooleanField(default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(level__gte=1, days__gte=1), name="dunning_from_one_day")]
