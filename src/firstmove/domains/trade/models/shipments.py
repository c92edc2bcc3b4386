"""How an order leaves: in one or more shipments, each received for itself, and what was promised of the rest."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Moved(models.TextChoices):
    """Why the day that a back-order is promised for is what it is."""

    FIRST = "first", _("first told")
    SUPPLIER = "supplier", _("the supplier's order moved")
    PRODUCTION = "production", _("the production plan moved")
    SHARED = "shared", _("goods are shared out anew")
    QUEUE = "queue", _("what others wait for changed")


class Shipment(models.Model):
    """A part of an order, or all of it, that left at once. Carries its order's dealer for row-level security."""

    order = models.ForeignKey("trade.Order", on_delete=models.CASCADE, related_name="shipments")
    buyer_dealer_id = models.BigIntegerField(null=True)
    # The first, second, … of its order.
    number = models.PositiveIntegerField()
    # The one that it was packed in, where somebody chose one; its lines know where each unit came from.
    warehouse = models.ForeignKey("stock.Warehouse", null=True, blank=True, on_delete=models.PROTECT)
    carrier = models.CharField(max_length=60, blank=True, default="")
    tracking_number = models.CharField(max_length=60, blank=True, default="")
    shipped_on = models.DateField()
    expected_on = models.DateField(null=True, blank=True)
    received_on = models.DateField(null=True, blank=True)
    at = models.DateTimeField()
    user = models.ForeignKey("network.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # What the carrier told last, by its own clock; empty until it does.
    carrier_status = models.CharField(max_length=20, blank=True, default="")
    carrier_status_at = models.DateTimeField(null=True, blank=True)
    # When the row last changed, kept by the database (see `kernel.policies.Tracked`).
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="one_shipment_a_number")]
        indexes = [
            models.Index(fields=["changed_at", "id"], name="shipment_changed"),
            models.Index(fields=["tracking_number"], name="shipment_tracked", condition=~Q(tracking_number="")),
            models.Index(fields=["buyer_dealer_id", "-id"], name="shipment_by_dealer"),
        ]


class ShipmentLine(models.Model):
    """Units of an order line in a shipment, and what came of them; damaged units are no part of the received ones."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines")
    buyer_dealer_id = models.BigIntegerField(null=True)
    line = models.ForeignKey("trade.OrderLine", on_delete=models.CASCADE, related_name="+")
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    # Where the units were taken, as [warehouse id, batch, quantity]; empty where stock is not kept here.
    parcels = models.JSONField(default=list, db_default=[])
    received_quantity = models.DecimalField(max_digits=14, decimal_places=3, null=True, blank=True)
    damaged_quantity = models.DecimalField(max_digits=14, decimal_places=3, default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shipment", "line"], name="one_shipment_line_a_line"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="shipment_line_carries"),
            models.CheckConstraint(
                condition=Q(damaged_quantity__gte=0)
                & (Q(received_quantity__isnull=True) | Q(received_quantity__gte=0))
                & Q(quantity__gte=models.functions.Coalesce("received_quantity", 0) + models.F("damaged_quantity")),
                name="no_more_comes_than_left",
            ),
        ]


class OrderPromise(models.Model):
    """The day for which the rest of an order line was promised, as it was told to the dealer. Added, never changed."""

    line = models.ForeignKey("trade.OrderLine", on_delete=models.CASCADE, related_name="promises")
    order = models.ForeignKey("trade.Order", on_delete=models.CASCADE, related_name="+")
    buyer_dealer_id = models.BigIntegerField(null=True)
    # Empty: no day is known.
    promised_on = models.DateField(null=True, blank=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    cause = models.CharField(max_length=12, choices=Moved.choices)
    # The arrival that it waits for, such as "purchase:12"; empty for goods that lie there.
    source = models.CharField(max_length=60, blank=True, default="")
    told_at = models.DateTimeField()
    # Later than what was told before, or no longer known.
    slipped = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["line", "-id"], name="promise_of_line"),
            models.Index(fields=["buyer_dealer_id", "-told_at"], name="promise_slipped", condition=Q(slipped=True)),
        ]
