"""Orders. An order has two parties: a buyer (dealer or enterprise) and a seller (enterprise or supplier)."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """The six steps of an order, in order, and its one early end."""

    ORDER_REVIEW = "order_review", _("Awaiting order review")
    FINANCE_REVIEW = "finance_review", _("Awaiting finance review")
    RELEASE_REVIEW = "release_review", _("Awaiting release from stock")
    TO_SHIP = "to_ship", _("Awaiting shipment")
    IN_TRANSIT = "in_transit", _("Awaiting receipt")
    COMPLETE = "complete", _("Complete")
    CANCELLED = "cancelled", _("Cancelled")


STEPS = (
    State.ORDER_REVIEW,
    State.FINANCE_REVIEW,
    State.RELEASE_REVIEW,
    State.TO_SHIP,
    State.IN_TRANSIT,
    State.COMPLETE,
)
OPEN_STATES = STEPS[:-1]
# The origin of orders that another system took: they are shown here and change with its files alone.
FEED = "feed"


class Order(models.Model):
    """Buyer without a dealer: the enterprise buys. Seller without a supplier: the enterprise sells."""

    number = models.CharField(max_length=60)
    buyer_dealer = models.ForeignKey(
        "network.Dealer",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="orders_bought",
        db_index=False,  # below, with the day
    )
    seller_supplier = models.ForeignKey(
        "network.Supplier", null=True, blank=True, on_delete=models.PROTECT, related_name="orders_sold"
    )
    # What it grew from, such as ("proposal", 12), so that trade needs to know no proposal.
    origin_kind = models.CharField(max_length=20)
    origin_id = models.BigIntegerField(null=True, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.ORDER_REVIEW)
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    line_count = models.PositiveIntegerField()
    price_assumed = models.BooleanField(default=False)
    ordered_on = models.DateField()
    expected_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    received_on = models.DateField(null=True, blank=True)
    # The day that a supplier confirmed; empty until it did.
    promised_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    placed_by = models.ForeignKey("network.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # Where it goes, copied when it was placed: see `queries.addresses.Destination`; empty where no address was known.
    deliver_to = models.JSONField(null=True, blank=True)
    # When the row last changed, kept by the database (see `kernel.policies.Tracked`).
    changed_at = models.DateTimeField(db_default=Now(), editable=False)
    # Placed by the system within limits that the buyer set, and by nobody's hand.
    automatic = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(buyer_dealer__isnull=False) | Q(seller_supplier__isnull=False), name="two_parties"
            ),
            # Another system may have given its own orders the numbers that a third gave.
            models.UniqueConstraint(
                fields=["number", "buyer_dealer", "seller_supplier"], nulls_distinct=False, name="one_number_a_pair"
            ),
            models.UniqueConstraint(
                fields=["origin_kind", "origin_id"], condition=Q(origin_id__isnull=False), name="one_order_an_origin"
            ),
        ]
        indexes = [
            models.Index(fields=["changed_at", "id"], name="order_changed"),
            models.Index(fields=["buyer_dealer", "-ordered_on", "-id"], name="order_by_dealer"),
            models.Index(fields=["-ordered_on", "-id"], name="order_by_day"),
            models.Index(fields=["buyer_dealer", "-id"], name="order_automatic", condition=Q(automatic=True)),
            models.Index(fields=["state", "buyer_dealer"], name="order_open", condition=~Q(state="complete")),
        ]


class OrderLine(models.Model):
    """Carries the parties of its order, so that row-level security needs no join; a composite key keeps them equal."""

    # Indexes of both stand below, with what they are asked with.
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    buyer_dealer_id = models.BigIntegerField(null=True)
    seller_supplier_id = models.BigIntegerField(null=True)
    number = models.PositiveIntegerField()
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, db_index=False)
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    # Tax included, and held: later lists change nothing here.
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    # Why it was that price: the list, its dates and the quantity from which it held; empty where no list said so.
    price_basis = models.JSONField(null=True, blank=True)
    # Share of the net price, as it was for the product on that day; empty: not known.
    tax_rate = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    received_quantity = models.DecimalField(max_digits=14, decimal_places=3, null=True, blank=True)
    # What a supplier confirmed of it; empty until it did.
    confirmed_quantity = models.DecimalField(max_digits=14, decimal_places=3, null=True, blank=True)
    # What left for the dealer in shipments, and what the enterprise will not send any more; the rest is a back-order.
    shipped_quantity = models.DecimalField(max_digits=14, decimal_places=3, default=0, db_default=0)
    cancelled_quantity = models.DecimalField(max_digits=14, decimal_places=3, default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="one_line_a_number"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="line_orders_something"),
            models.CheckConstraint(
                condition=Q(shipped_quantity__gte=0, cancelled_quantity__gte=0)
                & Q(quantity__gte=F("shipped_quantity") + F("cancelled_quantity")),
                name="no_more_leaves_than_ordered",
            ),
        ]
        indexes = [
            models.Index(fields=["product", "order"], name="line_of_product"),
            models.Index(fields=["buyer_dealer_id", "product", "order"], name="line_of_dealer"),
        ]

    @property
    def open_quantity(self) -> Decimal:
        """What is neither shipped nor cancelled; of an order that began to leave, its back-order."""
        return self.quantity - self.shipped_quantity - self.cancelled_quantity


class OrderStep(models.Model):
    """When an order entered a state, and by whom: its timeline."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="steps", db_index=False)
    buyer_dealer_id = models.BigIntegerField(null=True)
    seller_supplier_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=16, choices=State.choices)
    at = models.DateTimeField()
    user = models.ForeignKey("network.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # True where the step passed by itself.
    automatic = models.BooleanField(default=False)
    # What the person who brought it here wrote: why it was passed, sent back or cancelled.
    note = models.CharField(max_length=500, blank=True, db_default="")
    # Why it did not pass this step by itself, as codes: see `operations.steps.broken`.
    held_by = models.JSONField(default=list, db_default=[])
    # When those who are asked were told that it waits here for too long.
    late_told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["order", "at"], name="step_of_order")]
