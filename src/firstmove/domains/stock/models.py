"""Warehouses, movements and reservations, and the balance that database triggers keep equal to their sums."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class MovementKind(models.TextChoices):
    FEED = "feed", _("Brought to the figure of a stock file")
    RECEIPT = "receipt", _("Goods received")
    SHIPMENT = "shipment", _("Goods shipped")
    CORRECTION = "correction", _("Counted or corrected")
    TRANSFER = "transfer", _("Moved between warehouses")
    RETURN = "return", _("Goods sent back")


class Reason(models.TextChoices):
    """Why a count or a correction found something else than the ledger said."""

    MISCOUNT = "miscount", _("Counted wrongly before")
    DAMAGED = "damaged", _("Damaged")
    EXPIRED = "expired", _("Expired")
    LOST = "lost", _("Lost or stolen")
    FOUND = "found", _("Found")
    MISBOOKED = "misbooked", _("Booked wrongly")
    SAMPLE = "sample", _("Sample or own use")


class Warehouse(models.Model):
    """Where goods lie. Every party has one from its first day; without a dealer it is the enterprise's."""

    dealer = models.ForeignKey("network.Dealer", null=True, blank=True, on_delete=models.PROTECT)
    code = models.CharField(max_length=40)
    # The one that every party begins with has none, and is called by the reader's language.
    name = models.CharField(max_length=120, blank=True)
    # Goods whose warehouse nobody names lie here.
    is_default = models.BooleanField(default=False, db_default=False)
    # A closed one gives nothing to orders any more.
    is_open = models.BooleanField(default=True, db_default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dealer", "code"], nulls_distinct=False, name="one_warehouse_a_code"),
            models.UniqueConstraint(
                fields=["dealer"], nulls_distinct=False, condition=Q(is_default=True), name="one_default_warehouse"
            ),
            models.CheckConstraint(condition=Q(is_open=True) | Q(is_default=False), name="default_warehouse_is_open"),
        ]


class Movement(models.Model):
    """Append-only. Without a dealer, the goods are the enterprise's own."""

    dealer = models.ForeignKey("network.Dealer", null=True, blank=True, on_delete=models.PROTECT)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT)
    # Empty for a product that is kept without batches.
    batch = models.CharField(max_length=60, blank=True, default="", db_default="")
    expires_on = models.DateField(null=True, blank=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    kind = models.CharField(max_length=12, choices=MovementKind.choices)
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True, default="", db_default="")
    occurred_on = models.DateField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    # What caused it, such as "order:12/3" or "batch:…"; one cause moves one product of one place once.
    cause = models.CharField(max_length=120)
    user = models.ForeignKey("network.User", null=True, blank=True, on_delete=models.SET_NULL)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(quantity=0), name="movement_moves"),
            models.UniqueConstraint(
                fields=["product", "warehouse", "batch", "cause"], name="one_movement_a_place_and_cause"
            ),
        ]
        indexes = [models.Index(fields=["cause"], name="movement_of_cause")]


class Reservation(models.Model):
    """Append-only: what a holder, such as an order, may take of the enterprise's stock, and what it waits for.

    The sum of a holder's rows is what it holds now. Written by the functions of the database alone, which lock first.
    """

    buyer_dealer = models.ForeignKey("network.Dealer", null=True, blank=True, on_delete=models.PROTECT)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT)
    holder = models.CharField(max_length=60)
    cause = models.CharField(max_length=120)
    reserved = models.DecimalField(max_digits=14, decimal_places=3)
    # Ordered beyond what was there: the next goods are for those who wait longest.
    waiting = models.DecimalField(max_digits=14, decimal_places=3)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reserved=0) | ~Q(waiting=0), name="reservation_changes"),
            models.UniqueConstraint(
                fields=["holder", "product", "warehouse", "cause"], name="one_reservation_a_place_and_cause"
            ),
        ]
        indexes = [models.Index(fields=["product", "warehouse"], name="reservation_of_product")]


class Balance(models.Model):
    """What lies in a warehouse and what is promised of it: sums kept by triggers; nobody else may write them."""

    dealer = models.ForeignKey("network.Dealer", null=True, blank=True, on_delete=models.PROTECT)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT)
    on_hand = models.DecimalField(max_digits=14, decimal_places=3)
    reserved = models.DecimalField(max_digits=14, decimal_places=3, default=0, db_default=0)
    waiting = models.DecimalField(max_digits=14, decimal_places=3, default=0, db_default=0)
    moved_on = models.DateField()
    # When the row last changed, kept by the database (see `kernel.policies.Tracked`).
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "warehouse"], name="one_balance_a_place"),
            models.CheckConstraint(condition=Q(reserved__gte=0, waiting__gte=0), name="balance_promises"),
        ]
        indexes = [models.Index(fields=["changed_at", "id"], name="balance_changed")]


class Batch(models.Model):
    """What lies of a batch in a warehouse, kept by the same trigger."""

    dealer = models.ForeignKey("network.Dealer", null=True, blank=True, on_delete=models.PROTECT)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT)
    code = models.CharField(max_length=60)
    expires_on = models.DateField(null=True, blank=True)
    on_hand = models.DecimalField(max_digits=14, decimal_places=3)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "warehouse", "code"], name="one_batch_a_place")]


class Arrival(models.Model):
    """Goods that the enterprise expects: of production or of a purchase, replaced whenever its source tells anew."""

    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT)
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    due_on = models.DateField()
    source = models.CharField(max_length=60)
    # Finished, and on its way to the warehouse.
    has_left = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="arrival_brings"),
            models.UniqueConstraint(fields=["source", "product", "warehouse", "due_on"], name="one_arrival_a_day"),
        ]


class Share(models.Model):
    """A dealer's weight when goods come that several wait for; without rows, who waits longest is first."""

    product = models.ForeignKey("catalog.Product", on_delete=models.CASCADE)
    dealer = models.ForeignKey("network.Dealer", on_delete=models.CASCADE)
    weight = models.DecimalField(max_digits=14, decimal_places=3)
    shared_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "dealer"], name="one_share_a_dealer"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="share_of_something"),
        ]


class Policy(models.Model):
    """How the enterprise sells its stock. One row, or none for what holds by default."""

    # Whether an order may hold more than there is; if not, it is refused.
    back_orders = models.BooleanField(default=True, db_default=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_stock_policy")]


class Count(models.Model):
    """A count sheet of a warehouse: filled in, then posted once."""

    dealer = models.ForeignKey("network.Dealer", null=True, blank=True, on_delete=models.PROTECT)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    counted_on = models.DateField()
    opened_at = models.DateTimeField()
    posted_at = models.DateTimeField(null=True, blank=True)
    user = models.ForeignKey("network.User", null=True, blank=True, on_delete=models.SET_NULL)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["warehouse"], condition=Q(posted_at__isnull=True), name="one_open_count_a_warehouse"
            )
        ]


class CountLine(models.Model):
    """What was counted of a product, and what the ledger said at that moment: goods may move before it is posted."""

    count = models.ForeignKey(Count, on_delete=models.CASCADE, related_name="lines")
    dealer_id = models.BigIntegerField(null=True)
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT)
    counted = models.DecimalField(max_digits=14, decimal_places=3)
    expected = models.DecimalField(max_digits=14, decimal_places=3)
    # Empty where the count agrees with the ledger.
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["count", "product"], name="one_count_a_product"),
            models.CheckConstraint(condition=Q(counted__gte=0), name="count_finds_something_or_nothing"),
        ]
