"""Reads of stock. Call them inside a `tenancy.scope`."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count as DbCount
from django.db.models import F, Max, Min, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from firstmove.domains.stock.models import (
    Arrival,
    Balance,
    Batch,
    Count,
    CountLine,
    Movement,
    MovementKind,
    Policy,
    Reason,
    Reservation,
    Share,
    Warehouse,
)
from firstmove.domains.stock.promise import Availability
from firstmove.kernel.errors import NotFound
from firstmove.kernel.paging import Slice, after, sliced

_ZERO = Decimal(0)


@dataclass(frozen=True)
class BalanceView:
    """Over all warehouses of a party. `reserved` is promised to orders, `waiting` ordered beyond what is there."""

    product_id: int
    on_hand: Decimal
    moved_on: dt.date
    reserved: Decimal = _ZERO
    waiting: Decimal = _ZERO


@dataclass(frozen=True)
class WarehouseView:
    id: int
    dealer_id: int | None
    code: str
    own_name: str
    is_default: bool
    is_open: bool

    @property
    def name(self) -> str:
        return self.own_name or _("Main warehouse")


@dataclass(frozen=True)
class PlaceView:
    """What lies of a product in a warehouse."""

    warehouse_id: int
    on_hand: Decimal
    reserved: Decimal
    waiting: Decimal
    moved_on: dt.date

    @property
    def free(self) -> Decimal:
        return self.on_hand - self.reserved


@dataclass(frozen=True)
class StockView:
    """A product that a party keeps."""

    product_id: int
    sku: str
    product_name: str
    category: str
    unit: str
    on_hand: Decimal
    reserved: Decimal
    waiting: Decimal


@dataclass(frozen=True)
class CountView:
    """A count sheet. `differed`: how many of its lines found something else than the ledger said."""

    id: int
    warehouse_id: int
    counted_on: dt.date
    posted_at: dt.datetime | None
    lines: int
    differed: int
    user_name: str


@dataclass(frozen=True)
class CountLineView:
    """A product on a count sheet. `expected` and `counted` are empty until somebody writes them down."""

    product_id: int
    sku: str
    product_name: str
    unit: str
    on_hand: Decimal
    expected: Decimal | None
    counted: Decimal | None
    reason: str

    @property
    def difference(self) -> Decimal | None:
        return None if self.counted is None or self.expected is None else self.counted - self.expected

    @property
    def reason_name(self) -> str:
        return str(Reason(self.reason).label) if self.reason else ""


@dataclass(frozen=True)
class BatchView:
    warehouse_id: int
    code: str
    expires_on: dt.date | None
    on_hand: Decimal


@dataclass(frozen=True)
class MovementView:
    quantity: Decimal
    kind: str
    occurred_on: dt.date
    cause: str
    warehouse_id: int = 0
    batch: str = ""
    reason: str = ""
    user_name: str = ""

    @property
    def kind_name(self) -> str:
        return str(MovementKind(self.kind).label)

    @property
    def reason_name(self) -> str:
        return str(Reason(self.reason).label) if self.reason else ""


@dataclass(frozen=True)
class HolderView:
    """Who holds or waits for units of a product, such as ("order:12", 4, 6)."""

    holder: str
    buyer_dealer_id: int | None
    reserved: Decimal
    waiting: Decimal


def balances(*, dealer_id: int | None, product_ids: Collection[int] | None = None) -> dict[int, BalanceView]:
    """What lies at a dealer (None: at the enterprise), by product id. Never moved: absent, not known."""
    rows = Balance.objects.filter(dealer_id=dealer_id)
    if product_ids is not None:
        rows = rows.filter(product_id__in=product_ids)
    sums = (
        rows.order_by()
        .values("product_id")
        .annotate(lies=Sum("on_hand"), moved=Max("moved_on"), promised=Sum("reserved"), ahead=Sum("waiting"))
    )
    return {
        row["product_id"]: BalanceView(row["product_id"], row["lies"], row["moved"], row["promised"], row["ahead"])
        for row in sums
    }


@dataclass(frozen=True)
class PositionView:
    """What lies of a product in a warehouse of a dealer (None: of the enterprise), and what is promised of it."""

    dealer_id: int | None
    warehouse_id: int
    product_id: int
    sku: str
    on_hand: Decimal
    reserved: Decimal
    moved_on: dt.date
    changed_at: dt.datetime


def position_slice(
    *, dealer_id: int | None, since: dt.datetime | None = None, place: Sequence[Any] | None = None, limit: int = 50
) -> Slice[PositionView]:
    """Positions of a party behind a place, or with `since` those that changed from then on (see `kernel.paging`)."""

    def view(row: Balance) -> PositionView:
        return PositionView(
            dealer_id=row.dealer_id,
            warehouse_id=row.warehouse_id,
            product_id=row.product_id,
            sku=row.product.sku,
            on_hand=row.on_hand,
            reserved=row.reserved,
            moved_on=row.moved_on,
            changed_at=row.changed_at,
        )

    rows = Balance.objects.filter(dealer_id=dealer_id).select_related("product")
    return sliced(rows, by=("product_id", "warehouse_id"), since=since, place=place, limit=limit, view=view)


def movements(*, dealer_id: int | None, product_id: int, limit: int = 50) -> list[MovementView]:
    """The latest movements of a product, newest first."""
    rows = Movement.objects.filter(dealer_id=dealer_id, product_id=product_id).order_by("-id")
    columns = ("quantity", "kind", "occurred_on", "cause", "warehouse_id", "batch", "reason", "user__name")
    return [MovementView(*row[:7], user_name=row[7] or "") for row in rows.values_list(*columns)[:limit]]


@dataclass(frozen=True)
class LedgerLine:
    """A movement as a program reads it."""

    id: int
    warehouse_id: int
    product_id: int
    sku: str
    batch: str
    expires_on: dt.date | None
    quantity: Decimal
    kind: str
    reason: str
    occurred_on: dt.date
    cause: str


def movement_slice(
    *, dealer_id: int | None, product_id: int | None = None, place: Sequence[Any] | None = None, limit: int = 50
) -> Slice[LedgerLine]:
    """A party's movements behind a place, newest first, of all products or one (see `kernel.paging`)."""

    def view(row: Movement) -> LedgerLine:
        names = [name for name in LedgerLine.__dataclass_fields__ if name not in ("id", "sku")]
        return LedgerLine(id=row.pk, sku=row.product.sku, **{name: getattr(row, name) for name in names})

    rows = Movement.objects.filter(dealer_id=dealer_id).select_related("product")
    if product_id is not None:
        rows = rows.filter(product_id=product_id)
    return after(rows, by=("-id",), place=place, limit=limit, view=view)


def warehouses(*, dealer_id: int | None, open_only: bool = False) -> list[WarehouseView]:
    """A party's warehouses, the first one first."""
    rows = Warehouse.objects.filter(dealer_id=dealer_id).order_by("-is_default", "-is_open", "code")
    if open_only:
        rows = rows.filter(is_open=True)
    return [WarehouseView(row.pk, row.dealer_id, row.code, row.name, row.is_default, row.is_open) for row in rows]


def stock_page(
    *,
    dealer_id: int | None,
    warehouse_id: int | None = None,
    search: str = "",
    show: str = "",
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[StockView], int]:
    """Products that a party keeps, summed over its warehouses or in one, and how many there are.

    `show`: "reserved" for what orders hold, "short" for what is promised beyond what lies there.
    """
    sums = _summed(dealer_id, warehouse_id, search)
    if show in _SHOWN:
        sums = sums.filter(**_SHOWN[show])
    rows = sums.order_by("product__name", "product_id")[offset : offset + limit]
    return [
        StockView(
            product_id=row["product_id"],
            sku=row["product__sku"],
            product_name=row["product__name"],
            category=row["product__category"],
            unit=row["product__unit"],
            on_hand=row["lies"],
            reserved=row["promised"],
            waiting=row["ahead"],
        )
        for row in rows
    ], sums.count()


def stock_counts(*, dealer_id: int | None, warehouse_id: int | None = None, search: str = "") -> dict[str, int]:
    """How many products `stock_page` lists, by what it may show."""
    sums = _summed(dealer_id, warehouse_id, search)
    return {"": sums.count()} | {show: sums.filter(**kept).count() for show, kept in _SHOWN.items()}


_SHOWN: dict[str, dict[str, Any]] = {"reserved": {"promised__gt": 0}, "short": {"missing__gt": 0}}


def _summed(dealer_id: int | None, warehouse_id: int | None, search: str) -> QuerySet[Balance, dict[str, Any]]:
    rows = Balance.objects.filter(dealer_id=dealer_id)
    if warehouse_id is not None:
        rows = rows.filter(warehouse_id=warehouse_id)
    if search:
        rows = rows.filter(product__search__contains=search.lower())
    return rows.values("product_id", "product__sku", "product__name", "product__category", "product__unit").annotate(
        lies=Sum("on_hand"),
        promised=Sum("reserved"),
        ahead=Sum("waiting"),
        missing=Sum("reserved") + Sum("waiting") - Sum("on_hand"),
    )


def places(*, dealer_id: int | None, product_id: int) -> list[PlaceView]:
    """What lies of a product in each of a party's warehouses, the first one first."""
    rows = Balance.objects.filter(dealer_id=dealer_id, product_id=product_id).order_by(
        "-warehouse__is_default", "warehouse__code"
    )
    return [PlaceView(*row) for row in rows.values_list("warehouse_id", "on_hand", "reserved", "waiting", "moved_on")]


def products_in(*, dealer_id: int | None) -> dict[int, int]:
    """How many products lie in each of a party's warehouses, by its id."""
    rows = Balance.objects.filter(dealer_id=dealer_id, on_hand__gt=0).values("warehouse_id")
    return {row["warehouse_id"]: row["n"] for row in rows.annotate(n=DbCount("id")).order_by()}


def counts(*, dealer_id: int | None, limit: int = 20) -> list[CountView]:
    """A party's count sheets, open ones first, then the latest."""
    ordered = _sheets(dealer_id).order_by(F("posted_at").desc(nulls_first=True), "-id")
    return [_count_view(row) for row in ordered[:limit]]


def count_slice(*, dealer_id: int | None, place: Sequence[Any] | None = None, limit: int = 50) -> Slice[CountView]:
    """A party's count sheets behind a place, the latest first (see `kernel.paging`)."""
    return after(_sheets(dealer_id), by=("-id",), place=place, limit=limit, view=_count_view)


def count(*, count_id: int, dealer_id: int | None) -> CountView:
    """Raises NotFound, also for a sheet of somebody else."""
    row = _sheets(dealer_id).filter(id=count_id).first()
    if row is None:
        raise NotFound()
    return _count_view(row)


def _sheets(dealer_id: int | None) -> QuerySet[Count]:
    differs = ~Q(lines__counted=F("lines__expected"))
    rows = Count.objects.filter(dealer_id=dealer_id).select_related("user")
    return rows.annotate(n=DbCount("lines"), differed=DbCount("lines", filter=differs))


def _count_view(row: Any) -> CountView:
    return CountView(
        id=row.pk,
        warehouse_id=row.warehouse_id,
        counted_on=row.counted_on,
        posted_at=row.posted_at,
        lines=row.n,
        differed=row.differed,
        user_name=row.user.name if row.user else "",
    )


def count_lines(
    *, sheet: CountView, search: str = "", written_only: bool = False, offset: int = 0, limit: int = 50
) -> tuple[list[CountLineView], int]:
    """The products of the sheet's warehouse with what was written down, and how many there are.

    A posted sheet shows what was written down alone.
    """
    written = {line.product_id: line for line in CountLine.objects.filter(count_id=sheet.id)}
    rows = Balance.objects.filter(warehouse_id=sheet.warehouse_id)
    if search:
        rows = rows.filter(product__search__contains=search.lower())
    if written_only or sheet.posted_at is not None:
        rows = rows.filter(product_id__in=list(written))
    found = []
    for row in rows.select_related("product").order_by("product__name", "product_id")[offset : offset + limit]:
        line = written.get(row.product_id)
        found.append(
            CountLineView(
                product_id=row.product_id,
                sku=row.product.sku,
                product_name=row.product.name,
                unit=row.product.unit,
                on_hand=row.on_hand,
                expected=None if line is None else line.expected,
                counted=None if line is None else line.counted,
                reason="" if line is None else line.reason,
            )
        )
    return found, rows.count()


def reasons() -> list[tuple[str, str]]:
    """(code, name) of the causes of a difference."""
    return [(value, str(label)) for value, label in Reason.choices]


def batches(*, dealer_id: int | None, product_id: int) -> list[BatchView]:
    """What lies of each batch, in the order in which it should go: what expires first, first (FEFO)."""
    rows = Batch.objects.filter(dealer_id=dealer_id, product_id=product_id).exclude(on_hand=0)
    ordered = rows.order_by(F("expires_on").asc(nulls_last=True), "id")
    return [BatchView(*row) for row in ordered.values_list("warehouse_id", "code", "expires_on", "on_hand")]


def holders(*, product_id: int, limit: int = 100) -> list[HolderView]:
    """Who holds or waits for a product of the enterprise's, those who came first first."""
    sums = (
        Reservation.objects.filter(product_id=product_id)
        .values("holder", "buyer_dealer_id")
        .annotate(held=Sum("reserved"), ahead=Sum("waiting"), since=Min("id"))
        .filter(~Q(held=0) | ~Q(ahead=0))
        .order_by("since")
    )
    return [HolderView(row["holder"], row["buyer_dealer_id"], row["held"], row["ahead"]) for row in sums[:limit]]


def held_by(*, holder: str) -> dict[int, HolderView]:
    """What a holder has reserved and waits for now, by product id; what it was given or let go is absent."""
    sums = (
        Reservation.objects.filter(holder=holder)
        .values("product_id", "buyer_dealer_id")
        .annotate(held=Sum("reserved"), ahead=Sum("waiting"))
        .filter(~Q(held=0) | ~Q(ahead=0))
        .order_by()
    )
    return {row["product_id"]: HolderView(holder, row["buyer_dealer_id"], row["held"], row["ahead"]) for row in sums}


def held_by_many(*, holders: Collection[str]) -> set[tuple[str, int]]:
    """(holder, product id) of whatever holders have reserved or wait for now."""
    sums = (
        Reservation.objects.filter(holder__in=holders)
        .values("holder", "product_id")
        .annotate(held=Sum("reserved"), ahead=Sum("waiting"))
        .filter(~Q(held=0) | ~Q(ahead=0))
        .order_by()
    )
    return {(row["holder"], row["product_id"]) for row in sums}


def availability(*, product_ids: Collection[int] | None = None, after: dt.date) -> dict[int, Availability]:
    """What the enterprise can promise of each product, and from when on: see `Availability`.

    By product id; products whose stock it does not keep here are absent. Arrivals up to `after` are taken for missed.
    """
    arrivals = Arrival.objects.filter(due_on__gt=after)
    if product_ids is not None:
        arrivals = arrivals.filter(product_id__in=product_ids)
    due: dict[int, list[tuple[dt.date, Decimal]]] = {}
    days = arrivals.values("product_id", "due_on").annotate(units=Sum("quantity")).order_by("product_id", "due_on")
    for row in days:
        due.setdefault(row["product_id"], []).append((row["due_on"], row["units"]))
    return {
        product_id: Availability(
            on_hand=row.on_hand, reserved=row.reserved, waiting=row.waiting, arrivals=tuple(due.get(product_id, ()))
        )
        for product_id, row in balances(dealer_id=None, product_ids=product_ids).items()
    }


@dataclass(frozen=True)
class Offered:
    """Whether the enterprise has some of a product that nobody else was promised, or from which day on; never how much.

    Without a day and not free: nothing is known to come beyond what is promised.
    """

    is_free: bool
    from_on: dt.date | None


def offered(*, dealer_id: int, after: dt.date) -> dict[int, Offered]:
    """By product id, as a dealer may know it; products whose stock the enterprise does not keep here are absent.

    As `Availability`: on hand − reserved − waited for, then with the arrivals after `after`, day by day. Example: 8 on
    hand and 10 reserved or waited for, 20 due on Friday: not free, and from Friday on.
    """
    with connection.cursor() as cursor:
        cursor.execute("select of_product, of_free, of_from from stock_offered(%s, %s)", [dealer_id, after])
        return {product_id: Offered(is_free, from_on) for product_id, is_free, from_on in cursor.fetchall()}


@dataclass(frozen=True)
class Coming:
    """Units of what a holder waits for, by the day and the stage of the goods that are meant for it.

    `stage`: "planned", "in_production" (due within the days that the enterprise takes for the product), "on_the_way",
    "at_warehouse" (free today, and about to be given out).
    """

    holder: str
    product_id: int
    due_on: dt.date
    stage: str
    units: Decimal


def coming(*, dealer_id: int, on: dt.date) -> list[Coming]:
    """A dealer's own part of what is due to the enterprise after a day, as `reserving.cover` will give it out.

    Nothing of others is told; warehouses are taken as one. Example without shares: somebody waits for 10, then this
    dealer for 5; 12 are due on Friday and 9 on Monday: 2 of Friday's and 3 of Monday's.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select of_holder, of_product, of_due, of_stage, of_units from stock_coming(%s, %s)", [dealer_id, on]
        )
        return [Coming(*row) for row in cursor.fetchall()]


def back_orders_of(*, dealer_id: int) -> list[tuple[HolderView, int]]:
    """(what a holder of this dealer has reserved and waits for, product id) where it waits for some, longest first."""
    rows = (
        Reservation.objects.filter(buyer_dealer_id=dealer_id)
        .values("holder", "product_id")
        .annotate(held=Sum("reserved"), ahead=Sum("waiting"), since=Min("id"))
        .filter(ahead__gt=0)
        .order_by("since")
    )
    return [(HolderView(row["holder"], dealer_id, row["held"], row["ahead"]), row["product_id"]) for row in rows]


@dataclass(frozen=True)
class ComingDay:
    """When the last unit that a holder waits for is there, and out of which arrival; None where none brings it."""

    day: dt.date | None
    source: str


def coming_to(*, product_ids: Collection[int], today: dt.date) -> dict[tuple[str, int], ComingDay]:
    """By (holder, product id): when what it waits for comes, as `reserving.cover` will give it out. For the enterprise.

    Arrivals up to `today` are taken for missed. Holders that wait for nothing are absent.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select of_holder, of_product, of_due, of_source from stock_come(%s, %s) with ordinality "
            "order by ordinality",
            [list(product_ids), today],
        )
        return {(holder, product_id): ComingDay(day, source) for holder, product_id, day, source in cursor.fetchall()}


def expected_on(*, product_ids: Collection[int]) -> set[tuple[int, str, dt.date]]:
    """(product id, source, day) of every arrival that is expected."""
    return set(Arrival.objects.filter(product_id__in=product_ids).values_list("product_id", "source", "due_on"))


def shared_products(*, product_ids: Collection[int]) -> set[int]:
    """Products whose arrivals are given out by shares."""
    return set(Share.objects.filter(product_id__in=product_ids).values_list("product_id", flat=True))


def back_orders_allowed() -> bool:
    """Whether an order may hold more than there is; yes, unless the enterprise said no."""
    return Policy.objects.filter(id=1).values_list("back_orders", flat=True).first() is not False
