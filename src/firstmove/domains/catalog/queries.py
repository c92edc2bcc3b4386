"""Reads of the catalogue. Call them inside a `tenancy.scope`."""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet

from firstmove.domains.catalog.models import LifeCycle, LineCapacity, Price, Product, Promotion, SupplyTerms
from firstmove.kernel.errors import NotFound


@dataclass(frozen=True)
class ProductView:
    id: int
    sku: str
    name: str
    category: str
    supplier_name: str
    unit: str
    pack: int
    minimum: int
    multiple: int
    # What the end customer pays; the enterprise's own cost stays out of this view.
    unit_price: Decimal | None
    barcode: str
    listed_on: dt.date | None
    life_cycle: str

    @property
    def is_listed(self) -> bool:
        return self.life_cycle != LifeCycle.UNLISTED

    @property
    def life_cycle_name(self) -> str:
        return str(LifeCycle(self.life_cycle).label)


@dataclass(frozen=True)
class PlanProduct:
    """What a plan needs of a product."""

    id: int
    sku: str
    category: str
    pack: int
    minimum: int
    multiple: int
    unit_price: Decimal | None
    weight_kg: float | None
    units_per_pallet: int | None
    shelf_life_days: int | None
    listed_on: dt.date | None
    proposable: bool


@dataclass(frozen=True)
class PriceOf:
    """What a dealer pays for a unit; `dealer_id` is empty where every dealer pays it."""

    product_id: int
    dealer_id: int | None
    price: Decimal


@dataclass(frozen=True)
class PromotionView:
    code: str
    name: str
    product_id: int
    product_name: str
    starts_on: dt.date
    ends_on: dt.date
    discount: float | None


def _view(row: Product) -> ProductView:
    return ProductView(
        id=row.pk,
        sku=row.sku,
        name=row.name,
        category=row.category,
        supplier_name=row.supplier.name if row.supplier else "",
        unit=row.unit,
        pack=row.pack,
        minimum=row.minimum,
        multiple=row.multiple,
        unit_price=row.unit_price,
        barcode=row.barcode,
        listed_on=row.listed_on,
        life_cycle=row.life_cycle,
    )


def _matching(search: str, category: str, listed_only: bool, life_cycle: str = "") -> QuerySet[Product]:
    rows = Product.objects.order_by("category", "name", "id")
    for word in search.lower().split():
        rows = rows.filter(search__contains=word)
    if category:
        rows = rows.filter(category=category)
    if listed_only:
        rows = rows.exclude(life_cycle=LifeCycle.UNLISTED)
    if life_cycle:
        rows = rows.filter(life_cycle=life_cycle)
    return rows


def products(
    *,
    search: str = "",
    category: str = "",
    life_cycle: str = "",
    listed_only: bool = False,
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[ProductView], int]:
    """A page of products and how many there are in all. `search` takes words, codes, pinyin or pinyin initials."""
    rows = _matching(search, category, listed_only, life_cycle)
    return [_view(row) for row in rows.select_related("supplier")[offset : offset + limit]], rows.count()


def product(*, product_id: int) -> ProductView:
    row = Product.objects.select_related("supplier").filter(id=product_id).first()
    if row is None:
        raise NotFound()
    return _view(row)


def products_by_id(*, ids: Collection[int]) -> dict[int, ProductView]:
    return {row.pk: _view(row) for row in Product.objects.select_related("supplier").filter(id__in=ids)}


def categories() -> list[str]:
    """Categories with a listed product."""
    rows = Product.objects.exclude(category="").exclude(life_cycle=LifeCycle.UNLISTED)
    return list(rows.order_by("category").values_list("category", flat=True).distinct())


def counts() -> dict[str, int]:
    """How many products there are by life cycle."""
    found = Product.objects.values_list("life_cycle").annotate(n=Count("id"))
    return dict.fromkeys(LifeCycle.values, 0) | dict(found)


def life_cycles() -> list[tuple[str, str]]:
    """(code, name) of the states of a product, in their order."""
    return [(value, str(label)) for value, label in LifeCycle.choices]


def product_ids_by_sku() -> dict[str, int]:
    return dict(Product.objects.values_list("sku", "id"))


def plan_products() -> list[PlanProduct]:
    columns = (
        "id", "sku", "category", "pack", "minimum", "multiple", "unit_price", "weight_kg", "units_per_pallet",
        "shelf_life_days", "listed_on", "life_cycle",
    )  # fmt: skip
    return [
        PlanProduct(*row[:-1], proposable=row[-1] != LifeCycle.UNLISTED and row[6] is not None)
        for row in Product.objects.values_list(*columns)
    ]


def prices(
    *, on: dt.date, dealer_id: int | None = None, product_ids: Collection[int] | None = None
) -> Iterator[PriceOf]:
    """The prices that hold on a day, at most one a product and dealer: the latest start wins."""
    rows = Price.objects.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=on)).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=on)
    )
    if dealer_id is not None:
        rows = rows.filter(Q(dealer_id=dealer_id) | Q(dealer_id__isnull=True))
    if product_ids is not None:
        rows = rows.filter(product_id__in=product_ids)
    latest = {}
    # A price without a start is the oldest, so it is looked at first and any dated one replaces it.
    for product_id, dealer, price in rows.order_by(F("valid_from").asc(nulls_first=True)).values_list(
        "product_id", "dealer_id", "price"
    ):
        latest[product_id, dealer] = price
    return (PriceOf(product_id, dealer, price) for (product_id, dealer), price in latest.items())


def dealer_prices(*, dealer_id: int, on: dt.date, product_ids: Collection[int] | None = None) -> dict[int, Decimal]:
    """What this dealer pays on that day, by product id: its own price before everybody's. Unpriced: absent."""
    own, common = {}, {}
    for row in prices(on=on, dealer_id=dealer_id, product_ids=product_ids):
        (common if row.dealer_id is None else own)[row.product_id] = row.price
    return common | own


@dataclass(frozen=True)
class PriceChange:
    """A price of a dealer that starts on a day; `before` is empty where none was known."""

    product_id: int
    product_name: str
    starts_on: dt.date
    before: Decimal | None
    price: Decimal


def price_changes(*, dealer_id: int, since: dt.date, until: dt.date, limit: int = 20) -> list[PriceChange]:
    """Days of the period on which a start of a price changes what this dealer pays, latest first.

    Everybody's new price changes nothing for a dealer with a price of its own.
    """
    starting = Price.objects.filter(
        Q(dealer_id=dealer_id) | Q(dealer_id__isnull=True), valid_from__range=(since, until)
    )
    starts = starting.order_by("-valid_from", "product__name", "product_id").distinct()
    paid: dict[dt.date, dict[int, Decimal]] = {}
    found: list[PriceChange] = []
    rows = list(starts.values_list("product_id", "product__name", "valid_from"))
    product_ids = {row[0] for row in rows}
    for product_id, name, start in rows:
        for day in (start, start - dt.timedelta(days=1)):
            if day not in paid:
                paid[day] = dealer_prices(dealer_id=dealer_id, on=day, product_ids=product_ids)
        before, price = paid[start - dt.timedelta(days=1)].get(product_id), paid[start].get(product_id)
        if price is not None and price != before:
            found.append(PriceChange(product_id, name, start, before, price))
        if len(found) == limit:
            break
    return found


def promotions(*, on: dt.date, dealer_id: int | None = None, horizon_days: int = 28) -> list[PromotionView]:
    """Offers that run on that day or start within the horizon."""
    rows = Promotion.objects.filter(ends_on__gte=on, starts_on__lte=on + dt.timedelta(days=horizon_days))
    if dealer_id is not None:
        rows = rows.filter(Q(dealer_id=dealer_id) | Q(dealer_id__isnull=True))
    columns = ("code", "name", "product_id", "product__name", "starts_on", "ends_on", "discount")
    return [PromotionView(*row) for row in rows.order_by("starts_on", "code").values_list(*columns)]


@dataclass(frozen=True)
class SupplyTermsOf:
    """How the enterprise gets a product; None is not known."""

    product_id: int
    supply_days: int
    lot_minimum: int | None
    lot_multiple: int | None
    production_line: str
    use_per_unit: float | None


@dataclass(frozen=True)
class CapacityFrom:
    """What a production line makes in a week, from a day on; without a day, from the beginning."""

    production_line: str
    starts_on: dt.date | None
    a_week: float


def supply_terms() -> list[SupplyTermsOf]:
    """Of every product whose terms are known; the enterprise's alone."""
    columns = ("product_id", "supply_days", "lot_minimum", "lot_multiple", "production_line", "use_per_unit")
    return [SupplyTermsOf(*row) for row in SupplyTerms.objects.order_by("product_id").values_list(*columns)]


def capacities() -> list[CapacityFrom]:
    """By line, the earliest start first; the enterprise's alone."""
    rows = LineCapacity.objects.order_by("production_line", F("starts_on").asc(nulls_first=True))
    return [CapacityFrom(*row) for row in rows.values_list("production_line", "starts_on", "a_week")]


def unit_costs() -> dict[int, Decimal]:
    """What a unit costs the enterprise, by product id; the enterprise's alone. Unknown: absent."""
    return dict(Product.objects.filter(unit_cost__isnull=False).values_list("id", "unit_cost"))
