"""Products and prices."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class LifeCycle(models.TextChoices):
    NEW = "new", _("New")
    ACTIVE = "active", _("Active")
    PHASE_OUT = "phase_out", _("Phasing out")
    UNLISTED = "unlisted", _("No longer listed")


class Product(models.Model):
    """Quantities everywhere are in this product's sales unit. Unlisted products are kept and never proposed."""

    sku = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=300)
    # Lower case name, pinyin initials and pinyin, so that search needs no database extension.
    search = models.TextField(blank=True)
    category = models.CharField(max_length=120, blank=True)
    supplier = models.ForeignKey("network.Supplier", null=True, blank=True, on_delete=models.PROTECT)
    unit = models.CharField(max_length=20, blank=True)
    pack = models.PositiveIntegerField(default=1)
    minimum = models.PositiveIntegerField(default=1)
    multiple = models.PositiveIntegerField(default=1)
    # Units of a carton that is never opened; 1: single units can be had, whatever `pack` says.
    carton = models.PositiveIntegerField(default=1, db_default=1)
    unit_cost = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    unit_price = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    barcode = models.CharField(max_length=40, blank=True)
    volume_ml = models.FloatField(null=True, blank=True)
    weight_kg = models.FloatField(null=True, blank=True)
    units_per_pallet = models.PositiveIntegerField(null=True, blank=True)
    # From receipt by the dealer to the last day on which it can be sold; empty: it keeps.
    shelf_life_days = models.PositiveSmallIntegerField(null=True, blank=True)
    listed_on = models.DateField(null=True, blank=True)
    life_cycle = models.CharField(max_length=12, choices=LifeCycle.choices, default=LifeCycle.ACTIVE)
    # Share of the net price that prices include as tax, such as 0.13; empty: not known.
    tax_rate = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    # When the row last changed, kept by the database (see `kernel.policies.Tracked`).
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(tax_rate__isnull=True) | Q(tax_rate__gte=0, tax_rate__lte=1), name="tax_rate_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(pack__gte=1) & Q(minimum__gte=1) & Q(multiple__gte=1), name="order_steps_positive"
            ),
            models.CheckConstraint(condition=Q(carton__gte=1), name="carton_positive"),
            models.CheckConstraint(
                condition=(Q(units_per_pallet__isnull=True) | Q(units_per_pallet__gte=1))
                & (Q(shelf_life_days__isnull=True) | Q(shelf_life_days__gte=1)),
                name="pallet_and_shelf_positive",
            ),
        ]
        indexes = [
            models.Index(fields=["changed_at", "id"], name="product_changed"),
            models.Index(fields=["category", "name"], name="product_category"),
        ]


class PriceList(models.Model):
    """Whom prices are for: the dealers who meet every condition that is filled; none filled: everybody.

    A contract is a list of its own that goes before all others. Two lists may have the same conditions and differ by
    name, such as a season's.
    """

    name = models.CharField(max_length=120, blank=True)
    contract = models.CharField(max_length=60, blank=True)
    dealer = models.ForeignKey("network.Dealer", null=True, blank=True, on_delete=models.CASCADE)
    tier = models.CharField(max_length=40, blank=True)
    region = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name", "contract", "dealer", "tier", "region"], nulls_distinct=False, name="one_list_a_party"
            ),
            models.CheckConstraint(
                condition=Q(contract="") | Q(dealer__isnull=False) | ~Q(tier="") | ~Q(region=""),
                name="contract_names_a_party",
            ),
        ]


class Price(models.Model):
    """What dealers pay the enterprise for a unit, tax included, from a quantity on, between two days."""

    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE)
    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    # The list's, so that row-level security and the audit see whose it is.
    dealer = models.ForeignKey("network.Dealer", null=True, blank=True, on_delete=models.CASCADE)
    from_quantity = models.PositiveIntegerField(default=1)
    price = models.DecimalField(max_digits=14, decimal_places=4)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    # When the row last changed, kept by the database (see `kernel.policies.Tracked`).
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "price_list", "from_quantity", "valid_from"],
                nulls_distinct=False,
                name="one_price_a_start",
            ),
            models.CheckConstraint(condition=Q(price__gte=0), name="price_not_negative"),
            models.CheckConstraint(condition=Q(from_quantity__gte=1), name="price_from_one_unit"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_to__gte=models.F("valid_from")),
                name="price_days",
            ),
        ]
        indexes = [models.Index(fields=["changed_at", "id"], name="price_changed")]


class Promotion(models.Model):
    """An offer to end customers on a product for some days; without a dealer, at every dealer."""

    code = models.CharField(max_length=60)
    name = models.CharField(max_length=200, blank=True)
    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    dealer = models.ForeignKey("network.Dealer", null=True, blank=True, on_delete=models.CASCADE)
    starts_on = models.DateField()
    ends_on = models.DateField()
    discount = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "product", "dealer", "starts_on"], nulls_distinct=False, name="one_promotion_line"
            ),
            models.CheckConstraint(condition=Q(ends_on__gte=models.F("starts_on")), name="promotion_days"),
        ]


class SupplierPrice(models.Model):
    """What a supplier asks of dealers who may order from it directly; without a dealer, of each of them."""

    supplier = models.ForeignKey("network.Supplier", on_delete=models.CASCADE)
    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    dealer = models.ForeignKey("network.Dealer", null=True, blank=True, on_delete=models.CASCADE)
    price = models.DecimalField(max_digits=14, decimal_places=4)
    valid_from = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "supplier", "dealer", "valid_from"],
                nulls_distinct=False,
                name="one_supplier_price_a_start",
            ),
            models.CheckConstraint(condition=Q(price__gt=0), name="supplier_price_above_zero"),
        ]


class SupplyTerms(models.Model):
    """How the enterprise gets a product, from its own production or a supplier. Empty numbers are not known."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE)
    supply_days = models.PositiveSmallIntegerField()
    lot_minimum = models.PositiveIntegerField(null=True, blank=True)
    lot_multiple = models.PositiveIntegerField(null=True, blank=True)
    production_line = models.CharField(max_length=60, blank=True)
    # Capacity that a unit uses on its line, in what the line's capacity counts; empty: one.
    use_per_unit = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lot_multiple__isnull=True) | Q(lot_multiple__gte=1), name="lot_multiple_positive"
            ),
            models.CheckConstraint(
                condition=Q(use_per_unit__isnull=True) | Q(use_per_unit__gte=0), name="use_not_negative"
            ),
        ]


class LineCapacity(models.Model):
    """What a production line can make in a week, from a day on; without a day, from the beginning."""

    production_line = models.CharField(max_length=60)
    starts_on = models.DateField(null=True, blank=True)
    a_week = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["production_line", "starts_on"], nulls_distinct=False, name="one_capacity_a_start"
            ),
            models.CheckConstraint(condition=Q(a_week__gte=0), name="capacity_not_negative"),
        ]
