"""Invoices (发票) as dealers ask for them and the enterprise's tax system issues them."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class InvoiceKind(models.TextChoices):
    ORDINARY = "ordinary", _("Ordinary VAT invoice")
    SPECIAL = "special", _("Special VAT invoice")


class InvoiceState(models.TextChoices):
    REQUESTED = "requested", _("Requested")
    ISSUED = "issued", _("Issued")
    DECLINED = "declined", _("Declined")
    CREDITED = "credited", _("Credited before it was issued")


class InvoiceProfile(models.Model):
    """To whom a dealer's invoices are made out."""

    dealer = models.OneToOneField("network.Dealer", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=InvoiceKind.choices, default=InvoiceKind.ORDINARY)
    title = models.CharField(max_length=120)
    tax_number = models.CharField(max_length=20, blank=True, default="")
    address = models.CharField(max_length=200, blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    bank = models.CharField(max_length=120, blank=True, default="")
    bank_account = models.CharField(max_length=40, blank=True, default="")
    email = models.EmailField(max_length=254, blank=True, default="")


class Invoice(models.Model):
    """A request and what became of it; below zero it is a red letter that takes back a part of another."""

    number = models.CharField(max_length=60, unique=True)
    dealer = models.ForeignKey("network.Dealer", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=InvoiceState.choices, default=InvoiceState.REQUESTED)
    kind = models.CharField(max_length=10, choices=InvoiceKind.choices)
    # The profile as it was when it was asked for.
    buyer = models.JSONField()
    corrects = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="red_letters")
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=18, decimal_places=3)
    requested_on = models.DateField()
    requested_by = models.ForeignKey(
        "network.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )  # fmt: skip
    decided_by = models.ForeignKey("network.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # What the tax system gave: its number, the day, and where the file lies.
    invoice_number = models.CharField(max_length=40, blank=True, default="")
    issued_on = models.DateField(null=True, blank=True)
    link = models.URLField(max_length=500, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="")
    # When the row last changed, kept by the database (see `kernel.policies.Tracked`).
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(corrects__isnull=True, amount__gte=0) | Q(corrects__isnull=False, amount__lt=0),
                name="red_is_below_zero",
            ),
            models.CheckConstraint(
                condition=~Q(state="issued") | Q(issued_on__isnull=False) & ~Q(invoice_number=""),
                name="issued_has_a_number",
            ),
            models.UniqueConstraint(
                fields=["invoice_number"], condition=~Q(invoice_number=""), name="one_invoice_a_number"
            ),
        ]
        indexes = [
            models.Index(fields=["changed_at", "id"], name="invoice_changed"),
            models.Index(fields=["dealer", "-requested_on", "-id"], name="invoice_by_dealer"),
            models.Index(fields=["-requested_on", "-id"], name="invoice_by_day"),
        ]


class InvoicePart(models.Model):
    """What of an order stands on an invoice at one tax rate, tax included."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="parts")
    dealer_id = models.BigIntegerField()
    order = models.ForeignKey("trade.Order", on_delete=models.PROTECT, related_name="+")
    tax_rate = models.DecimalField(max_digits=5, decimal_places=4)
    amount = models.DecimalField(max_digits=18, decimal_places=3)
    # False once the invoice was declined: the amount can be asked for again.
    is_live = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "order", "tax_rate"], name="one_invoice_part"),
            # An amount is invoiced once, whoever asks at the same moment.
            models.UniqueConstraint(
                fields=["order", "tax_rate"], condition=Q(is_live=True, amount__gt=0), name="one_live_invoice_an_order"
            ),
        ]
        indexes = [models.Index(fields=["order"], name="invoice_part_of_order")]
