"""Reads of shipments, back-orders, promises and claims. Call them inside a `tenancy.scope`."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, QuerySet

from firstmove.domains.trade.models import (
    FEED,
    Claim,
    ClaimState,
    Fault,
    Moved,
    Order,
    OrderLine,
    OrderPromise,
    Shipment,
    ShipmentLine,
    State,
)
from firstmove.kernel.errors import NotFound
from firstmove.kernel.paging import Slice, sliced


@dataclass(frozen=True)
class ShipmentLineView:
    """Units of an order line in a shipment; `received` is empty until it came. `batches` are (batch, units)."""

    number: int
    product_id: int
    sku: str
    product_name: str
    unit: str
    quantity: Decimal
    received: Decimal | None
    damaged: Decimal
    batches: tuple[tuple[str, Decimal], ...] = ()
    warehouse_ids: tuple[int, ...] = ()

    @property
    def short(self) -> Decimal:
        """Units that left and did not come; nothing while it is on its way."""
        return Decimal(0) if self.received is None else self.quantity - self.received - self.damaged


@dataclass(frozen=True)
class ShipmentView:
    """`number` is the first, second, … of its order; `lines` are empty where they were not asked for."""

    id: int
    order_id: int
    order_number: str
    buyer_dealer_id: int | None
    buyer_name: str
    number: int
    warehouse_id: int | None
    carrier: str
    tracking_number: str
    shipped_on: dt.date
    expected_on: dt.date | None
    received_on: dt.date | None
    carrier_status: str
    carrier_status_at: dt.datetime | None
    by: str
    changed_at: dt.datetime
    lines: tuple[ShipmentLineView, ...] = ()

    @property
    def is_on_its_way(self) -> bool:
        return self.received_on is None

    @property
    def is_short(self) -> bool:
        return any(line.short > 0 or line.damaged > 0 for line in self.lines)


@dataclass(frozen=True)
class PromiseView:
    """What was told of a back-order and when; `promised_on` is empty where no day is known."""

    line_id: int
    promised_on: dt.date | None
    quantity: Decimal
    cause: str
    source: str
    told_at: dt.datetime
    slipped: bool

    @property
    def cause_name(self) -> str:
        return str(Moved(self.cause).label)


@dataclass(frozen=True)
class BackOrder:
    """What of an order line did not leave yet. `promises` are all that was told, the latest first."""

    line_id: int
    number: int
    product_id: int
    sku: str
    product_name: str
    unit: str
    quantity: Decimal
    promises: tuple[PromiseView, ...] = ()

    @property
    def promise(self) -> PromiseView | None:
        return self.promises[0] if self.promises else None

    @property
    def before(self) -> PromiseView | None:
        """What was told before the latest, if anything was."""
        return self.promises[1] if len(self.promises) > 1 else None


@dataclass(frozen=True)
class ClaimView:
    id: int
    order_id: int
    order_number: str
    buyer_dealer_id: int
    buyer_name: str
    line_number: int
    product_name: str
    unit: str
    fault: str
    quantity: Decimal
    amount: Decimal
    currency: str
    cause: str
    state: str
    opened_at: dt.datetime
    decided_at: dt.datetime | None
    decided_by: str
    note: str

    @property
    def fault_name(self) -> str:
        return str(Fault(self.fault).label)

    @property
    def state_name(self) -> str:
        return str(ClaimState(self.state).label)

    @property
    def is_open(self) -> bool:
        return self.state == ClaimState.OPEN


def _shipments(dealer_id: int | None) -> QuerySet[Shipment]:
    rows = Shipment.objects.select_related("order__buyer_dealer", "user")
    return rows if dealer_id is None else rows.filter(buyer_dealer_id=dealer_id)


def _view(row: Shipment, lines: Sequence[ShipmentLine] = ()) -> ShipmentView:
    return ShipmentView(
        id=row.pk,
        order_id=row.order_id,
        order_number=row.order.number,
        buyer_dealer_id=row.buyer_dealer_id,
        buyer_name=row.order.buyer_dealer.name if row.order.buyer_dealer else "",
        number=row.number,
        warehouse_id=row.warehouse_id,
        carrier=row.carrier,
        tracking_number=row.tracking_number,
        shipped_on=row.shipped_on,
        expected_on=row.expected_on,
        received_on=row.received_on,
        carrier_status=row.carrier_status,
        carrier_status_at=row.carrier_status_at,
        by=row.user.name if row.user else "",
        changed_at=row.changed_at,
        lines=tuple(_line_view(line) for line in lines),
    )


def _line_view(row: ShipmentLine) -> ShipmentLineView:
    product = row.line.product
    return ShipmentLineView(
        number=row.line.number,
        product_id=product.pk,
        sku=product.sku,
        product_name=product.name,
        unit=product.unit,
        quantity=row.quantity,
        received=row.received_quantity,
        damaged=row.damaged_quantity,
        batches=tuple((batch, Decimal(units)) for _place, batch, units in row.parcels if batch),
        warehouse_ids=tuple(dict.fromkeys(place for place, _batch, _units in row.parcels)),
    )


def _with_lines(rows: Sequence[Shipment]) -> list[ShipmentView]:
    lines: dict[int, list[ShipmentLine]] = {}
    found = ShipmentLine.objects.filter(shipment__in=[row.pk for row in rows]).select_related("line__product")
    for line in found.order_by("line__number"):
        lines.setdefault(line.shipment_id, []).append(line)
    return [_view(row, lines.get(row.pk, [])) for row in rows]


def shipments_of(*, order_id: int) -> list[ShipmentView]:
    """An order's shipments with their lines, the first one first."""
    rows = list(_shipments(None).filter(order_id=order_id).order_by("number"))
    return _with_lines(rows) if rows else []


def shipment(*, shipment_id: int, dealer_id: int | None = None) -> ShipmentView:
    """One with its lines. Raises NotFound, also for another dealer's."""
    row = _shipments(dealer_id).filter(id=shipment_id).first()
    if row is None:
        raise NotFound()
    return _with_lines([row])[0]


def shipments(
    *, dealer_id: int | None = None, state: str = "", search: str = "", offset: int = 0, limit: int = 50
) -> tuple[list[ShipmentView], int]:
    """A page of shipments with their lines, the latest first, and how many there are.

    `state`: "open" for those on their way. `search`: an order's number, a tracking number or a dealer.
    """
    rows = _shipments(dealer_id).order_by("-id")
    if state == "open":
        rows = rows.filter(received_on__isnull=True)
    if search:
        by_order = rows.filter(order__number__icontains=search)
        rows = (
            by_order
            | rows.filter(tracking_number__icontains=search)
            | rows.filter(order__buyer_dealer__name__icontains=search)
        )
    return _with_lines(rows[offset : offset + limit]), rows.count()


def shipment_slice(
    *,
    dealer_id: int | None = None,
    order_id: int | None = None,
    since: dt.datetime | None = None,
    place: Sequence[Any] | None = None,
    limit: int = 50,
) -> Slice[ShipmentView]:
    """Shipments behind a place, latest first, or with `since` those that changed from then on (see `kernel.paging`)."""
    rows = _shipments(dealer_id).prefetch_related("lines__line__product")
    if order_id is not None:
        rows = rows.filter(order_id=order_id)

    def view(row: Shipment) -> ShipmentView:
        return _view(row, sorted(row.lines.all(), key=lambda line: line.line.number))

    return sliced(rows, by=("-id",), since=since, place=place, limit=limit, view=view)


def back_orders(*, order_id: int) -> list[BackOrder]:
    """Lines of an order that began to leave or waits to, of which something is still to be sent; with what was told."""
    lines = OrderLine.objects.filter(
        order_id=order_id,
        order__state__in=(State.TO_SHIP, State.IN_TRANSIT),
        order__seller_supplier_id__isnull=True,
        quantity__gt=F("shipped_quantity") + F("cancelled_quantity"),
    ).exclude(order__origin_kind=FEED)
    rows = list(lines.select_related("product").order_by("number"))
    told = promises_of(line_ids=[row.pk for row in rows]) if rows else {}
    return [
        BackOrder(
            line_id=row.pk,
            number=row.number,
            product_id=row.product_id,
            sku=row.product.sku,
            product_name=row.product.name,
            unit=row.product.unit,
            quantity=row.open_quantity,
            promises=tuple(told.get(row.pk, ())),
        )
        for row in rows
    ]


def promises_of(*, line_ids: Collection[int]) -> dict[int, list[PromiseView]]:
    """All that was told of order lines, the latest first, by line id."""
    found: dict[int, list[PromiseView]] = {}
    for row in OrderPromise.objects.filter(line__in=line_ids).order_by("line_id", "-id"):
        told = (row.promised_on, row.quantity, row.cause, row.source, row.told_at, row.slipped)
        found.setdefault(row.line_id, []).append(PromiseView(row.line_id, *told))
    return found


def waiting_to_ship(*, limit: int = 200) -> list[tuple[int, str, str, int, dt.date]]:
    """Orders in transit with a back-order, as (id, number, dealer, lines, ordered on); the oldest first."""
    rows = (
        OrderLine.objects.filter(
            order__state=State.IN_TRANSIT,
            order__seller_supplier_id__isnull=True,
            quantity__gt=F("shipped_quantity") + F("cancelled_quantity"),
        )
        .exclude(order__origin_kind=FEED)
        .values("order_id", "order__number", "order__buyer_dealer__name", "order__ordered_on")
        .annotate(lines=Count("id"))
        .order_by("order__ordered_on", "order_id")
    )
    columns = ("order_id", "order__number", "order__buyer_dealer__name", "lines", "order__ordered_on")
    return list(rows.values_list(*columns)[:limit])


def _claim_view(row: Claim) -> ClaimView:
    line = row.shipment_line.line
    return ClaimView(
        id=row.pk,
        order_id=row.order_id,
        order_number=row.order.number,
        buyer_dealer_id=row.buyer_dealer_id,
        buyer_name=row.order.buyer_dealer.name if row.order.buyer_dealer else "",
        line_number=line.number,
        product_name=line.product.name,
        unit=line.product.unit,
        fault=row.fault,
        quantity=row.quantity,
        amount=row.amount,
        currency=row.order.currency,
        cause=row.cause,
        state=row.state,
        opened_at=row.opened_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by.name if row.decided_by else "",
        note=row.note,
    )


def claims(
    *, order_id: int | None = None, open_only: bool = False, offset: int = 0, limit: int = 50
) -> tuple[list[ClaimView], int]:
    """Claims that the scope shows, the oldest open first, and how many there are."""
    rows = Claim.objects.select_related("order__buyer_dealer", "shipment_line__line__product", "decided_by")
    if order_id is not None:
        rows = rows.filter(order_id=order_id)
    if open_only:
        rows = rows.filter(state=ClaimState.OPEN)
    return [_claim_view(row) for row in rows.order_by("id")[offset : offset + limit]], rows.count()


def version_of(*, order_id: int) -> str:
    """A text that changes whenever something of the order does that its page shows: for pages that ask again."""
    row = (
        Order.objects.filter(id=order_id)
        .values_list("changed_at", "shipments__changed_at", "state")
        .annotate(told=Max("lines__promises__id"))
        .order_by(F("shipments__changed_at").desc(nulls_last=True))
        .first()
    )
    if row is None:
        raise NotFound()
    settled = Claim.objects.filter(order_id=order_id).aggregate(at=Max("decided_at"), last=Max("id"))
    moments = (row[0], row[1], settled["at"])
    told = "-".join("" if at is None else f"{at.timestamp():.6f}" for at in moments)
    return f"{told}-{row[3] or 0}-{settled['last'] or 0}"
