"""Reads of the supply plan and of how scarce goods are shared."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum

from firstmove.domains.planning.models import Allocation, Outlook, SupplyLine, SupplyPlan, TierPriority
from firstmove.kernel.errors import NotFound
from firstmove.kernel.paging import Slice, after

SUPPLY_AT_RISK = 0.1
"""A product is at risk where dealers' need exceeds supply with one chance in ten or more before new goods can come."""

_SORTS = {
    "value": "order_value",
    "quantity": "order_now",
    "risk": "shortage_risk",
    "need": "need_total",
    "covered": "covered",
    "name": "product__name",
}


@dataclass(frozen=True)
class SupplyPlanView:
    """The plan of the latest run in sum. `assumed`: of "supply_stock", "supply_days", "supply_capacity"."""

    run_id: int
    starts_on: dt.date
    weeks: int
    products: int
    to_order: int
    at_risk: int
    scarce: int
    order_value: float
    assumed: tuple[str, ...]
    scenario: dict[str, Any]
    swing_orders: float | None
    swing_sales: float | None
    swing_plan: float | None
    seconds: float


@dataclass(frozen=True)
class BuiltAhead:
    """Units that are made before the week (0 is the first) that wants them; `load`: what the line is asked for then,
    a share of what it can do. Below 1 the week gives way to a later one that is full."""

    week: int
    units: float
    load: float


@dataclass(frozen=True)
class SupplyLineView:
    """A product in the plan; weekly figures are units, week 0 first. `available` is on hand less what is owed."""

    product_id: int
    sku: str
    product_name: str
    category: str
    unit: str
    supplier_name: str
    dealers: int
    on_hand: float
    unshipped: float
    stock_known: bool
    counted_on: dt.date | None
    supply_days: int
    supply_days_assumed: bool
    lot_minimum: float
    lot_multiple: float
    production_line: str
    capacity_binds: bool
    ahead_total: float
    ahead_cost: float
    unit_value: float
    safety_stock: float
    order_now: float
    order_value: float
    need_total: float
    shortage_risk: float
    shortage_risk_later: float
    need: list[float]
    need_low: list[float]
    need_high: list[float]
    due: list[float]
    planned: list[float]
    ordered: list[float]
    projected: list[float]
    risk: list[float]
    ahead: list[float]
    line_load: list[float]
    covered: float
    more_on: dt.date | None

    @property
    def available(self) -> float:
        return self.on_hand - self.unshipped

    @property
    def is_scarce(self) -> bool:
        return self.covered < 1

    @property
    def built_ahead(self) -> list[BuiltAhead]:
        """The weeks for which something is built ahead, the first of them first."""
        return [BuiltAhead(week, units, self.line_load[week]) for week, units in enumerate(self.ahead) if units > 0]

    @property
    def is_made(self) -> bool:
        """Whether a production line of the enterprise makes it; else it is bought."""
        return bool(self.production_line)


@dataclass(frozen=True)
class AllocationView:
    """What a dealer gets of a scarce product, and the numbers behind it; units."""

    product_id: int
    product_name: str
    sku: str
    unit: str
    dealer_id: int
    dealer_name: str
    wanted: float
    need: float
    granted: float
    covered: float
    tier: str
    bonus: float
    available: float
    needed: float
    more_on: dt.date | None
    published_at: dt.datetime | None

    @property
    def share(self) -> float | None:
        """Of the dealer's own need."""
        return self.granted / self.need if self.need > 0 else None


@dataclass(frozen=True)
class SharedProduct:
    """A scarce product over all dealers."""

    product_id: int
    product_name: str
    sku: str
    unit: str
    dealers: int
    needed: float
    granted: float
    available: float
    covered: float
    more_on: dt.date | None
    published_at: dt.datetime | None


def supply_plan() -> SupplyPlanView | None:
    """None before the first run."""
    row = SupplyPlan.objects.select_related("run").defer("run__pooled").order_by("-run_id").first()
    if row is None:
        return None
    names = (
        "run_id", "starts_on", "weeks", "products", "to_order", "at_risk", "scarce", "order_value",
        "swing_orders", "swing_sales", "swing_plan", "seconds",
    )  # fmt: skip
    values = {name: getattr(row, name) for name in names}
    return SupplyPlanView(**values, assumed=tuple(row.assumed), scenario=row.run.scenario)


def supply_lines(
    *, search: str = "", show: str = "", sort: str = "-value", offset: int = 0, limit: int | None = 50
) -> tuple[list[SupplyLineView], int]:
    """A page of products and how many there are. `show`: "order" (something to make or buy), "risk",
    "scarce", "ahead" (built before its week) or all.

    `sort` is one of value, quantity, risk, need, covered, name, with "-" for the largest first.
    """
    rows = _matching(search=search, show=show)
    key = _SORTS[sort.removeprefix("-")]
    by = F(key).desc() if sort.startswith("-") else F(key).asc()
    ordered = rows.order_by(by, "product_id").select_related("product__supplier")
    chosen = ordered[offset : None if limit is None else offset + limit]
    return [_line_view(row) for row in chosen], rows.count()


def supply_counts(*, search: str = "") -> dict[str, int]:
    """How many products each `show` of `supply_lines` has."""
    conditions = {show: Count("id", filter=condition) for show, condition in _SHOWN.items()}
    return dict(_matching(search=search, show="").aggregate(all=Count("id"), **conditions))


_SHOWN = {
    "order": Q(order_now__gt=0),
    "risk": Q(shortage_risk__gte=SUPPLY_AT_RISK),
    "scarce": Q(covered__lt=1),
    "ahead": Q(ahead_total__gt=0),
}


def _matching(*, search: str, show: str) -> QuerySet[SupplyLine]:
    rows = SupplyLine.objects.all()
    for word in search.lower().split():
        rows = rows.filter(product__search__contains=word)
    return rows.filter(_SHOWN[show]) if show in _SHOWN else rows


def supply_line(*, product_id: int) -> SupplyLineView | None:
    """None for a product that no dealer sold within a year."""
    row = SupplyLine.objects.filter(product_id=product_id).select_related("product__supplier").first()
    return None if row is None else _line_view(row)


_COPIED = [
    name
    for name in SupplyLineView.__dataclass_fields__
    if name not in {"sku", "product_name", "category", "unit", "supplier_name"}
]


def _line_view(row: SupplyLine) -> SupplyLineView:
    product = row.product
    return SupplyLineView(
        **{name: getattr(row, name) for name in _COPIED},
        sku=product.sku,
        product_name=product.name,
        category=product.category,
        unit=product.unit,
        supplier_name=product.supplier.name if product.supplier else "",
    )


def shared_products() -> list[SharedProduct]:
    """The scarce products of the latest run, those covered least first. The enterprise's."""
    latest = _latest()
    rows = (
        Allocation.objects.filter(run_id=latest)
        .values("product_id", "product__name", "product__sku", "product__unit", "covered", "available", "more_on")
        .annotate(
            dealers=Count("id"), needed_units=Sum("need"), granted_units=Sum("granted"), told_at=Max("published_at")
        )
        .order_by("covered", "product_id")
    )
    return [
        SharedProduct(
            product_id=row["product_id"],
            product_name=row["product__name"],
            sku=row["product__sku"],
            unit=row["product__unit"],
            dealers=row["dealers"],
            needed=row["needed_units"],
            granted=row["granted_units"],
            available=row["available"],
            covered=row["covered"],
            more_on=row["more_on"],
            published_at=row["told_at"],
        )
        for row in rows
    ]


def allocations(*, product_id: int, offset: int = 0, limit: int = 50) -> tuple[list[AllocationView], int]:
    """Who gets what of a product by the latest run, the largest need first. The enterprise's."""
    rows = Allocation.objects.filter(run_id=_latest(), product_id=product_id)
    ordered = rows.order_by("-need", "dealer_id").select_related("dealer", "product")
    return [_allocation_view(row) for row in ordered[offset : offset + limit]], rows.count()


def shares_of_dealer(*, dealer_id: int) -> dict[int, int]:
    """The most units that a dealer was told it gets of each scarce product, by product id; others are not shared."""
    rows = _told(dealer_id).values_list("product_id", "granted")
    return {product_id: int(granted) for product_id, granted in rows}


def _told(dealer_id: int) -> QuerySet[Allocation]:
    """Shares that the latest run, which is the one that left the dealer's outlook, gave and that were published."""
    latest = Outlook.objects.filter(dealer_id=dealer_id).values("run_id")[:1]
    return Allocation.objects.filter(dealer_id=dealer_id, published_at__isnull=False, run_id__in=latest)


def allocations_of_dealer(*, dealer_id: int, offset: int = 0, limit: int = 50) -> tuple[list[AllocationView], int]:
    """What a dealer was told of scarce goods by the latest run, which is the one that left the dealer's outlook.

    Of goods that are no longer scarce nothing stands here, whatever was told on earlier days.
    """
    rows = _told(dealer_id)
    ordered = rows.order_by("covered", "product__name", "id").select_related("dealer", "product")
    return [_allocation_view(row) for row in ordered[offset : offset + limit]], rows.count()


def allocation_slice(*, dealer_id: int, place: Sequence[Any] | None = None, limit: int = 50) -> Slice[AllocationView]:
    """As `allocations_of_dealer`, behind a place, by product (see `kernel.paging`)."""
    rows = _told(dealer_id).select_related("dealer", "product")
    return after(rows, by=("product_id", "id"), place=place, limit=limit, view=_allocation_view)


def _allocation_view(row: Allocation) -> AllocationView:
    return AllocationView(
        product_id=row.product_id,
        product_name=row.product.name,
        sku=row.product.sku,
        unit=row.product.unit,
        dealer_id=row.dealer_id,
        dealer_name=row.dealer.name,
        wanted=row.wanted,
        need=row.need,
        granted=row.granted,
        covered=row.covered,
        tier=row.tier,
        bonus=row.bonus,
        available=row.available,
        needed=row.needed,
        more_on=row.more_on,
        published_at=row.published_at,
    )


def _latest() -> int | None:
    return SupplyPlan.objects.order_by("-run_id").values_list("run_id", flat=True).first()


def tier_bonuses() -> dict[str, float]:
    """By how much each tier is preferred when goods are scarce; tiers that are not named: not at all."""
    return dict(TierPriority.objects.order_by("tier").values_list("tier", "bonus"))


@dataclass(frozen=True)
class Scarcity:
    """Why a proposed line is smaller than wanted: what would have been ordered, and the numbers of the rule."""

    wanted: int
    granted: int
    covered: float
    bonus: float
    tier: str
    more_on: dt.date | None
    # What of the bonus a programme gave.
    reached: float = 0.0


def scarcity(stored: Mapping[str, Any] | None) -> Scarcity | None:
    """What a run stored with a line, or None where nothing was scarce."""
    if not stored:
        return None
    more_on = stored.get("more_on")
    return Scarcity(
        wanted=stored["wanted"],
        granted=stored["granted"],
        covered=stored["covered"],
        bonus=stored["bonus"],
        tier=stored["tier"],
        more_on=dt.date.fromisoformat(more_on) if more_on else None,
        reached=stored.get("reached") or 0.0,
    )


def require_shared(product_ids: Collection[int]) -> int:
    """The run whose allocations hold all of `product_ids`. Raises NotFound."""
    latest = _latest()
    found = set(
        Allocation.objects.filter(run_id=latest, product_id__in=product_ids).values_list("product_id", flat=True)
    )
    if latest is None or found != set(product_ids):
        raise NotFound()
    return latest
