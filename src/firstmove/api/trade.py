"""Orders."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import ConfigDict, Field

from firstmove.api.auth import access
from firstmove.api.catalog import which_dealer
from firstmove.api.once import once
from firstmove.api.paging import ChangesPage, Paged, paged
from firstmove.api.problems import REFUSALS
from firstmove.api.requests import Id, Note, Search
from firstmove.domains.network import queries as network
from firstmove.domains.planning import operations as planning
from firstmove.domains.trade import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid
from firstmove.kernel.tenancy import Actor

router = Router(tags=["trade"])
_READERS = access("orders:read", "dealer", "enterprise")
_WRITERS = access("orders:write", "dealer", "enterprise")
_BUYERS = access("orders:write", "dealer")
_LATEST_RECEIPT = dt.timedelta(days=60)


class OrderOut(Schema):
    """An order. `origin_kind` and `origin_id` say what it grew from, such as a proposal."""

    id: int
    number: str
    buyer_dealer_id: int | None
    buyer_name: str
    state: str
    currency: str
    amount: Decimal
    line_count: int
    price_assumed: bool
    ordered_on: dt.date
    expected_on: dt.date | None
    received_on: dt.date | None
    origin_kind: str
    origin_id: int | None
    changed_at: dt.datetime


class OrderLineOut(Schema):
    """Quantities are in the product's sales unit; `received_quantity` is empty until the goods came."""

    number: int
    product_id: int
    sku: str
    product_name: str
    unit: str
    category: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    received_quantity: Decimal | None


class StepOut(Schema):
    """One of the six steps; `at` is empty for those still to come.

    `took_seconds` is how long the order was there in all, empty where it still is. `note` is what the person wrote who
    last brought it there, `held_by` (codes) why it then did not pass by itself.
    """

    state: str
    at: dt.datetime | None
    automatic: bool
    by: str
    current: bool
    took_seconds: float | None
    note: str
    held_by: list[str]

    @staticmethod
    def resolve_took_seconds(step: Any) -> float | None:
        # What was answered already is told again as it was.
        if isinstance(step, dict):
            return step["took_seconds"]
        return None if step.took is None else step.took.total_seconds()


class OrderDetailOut(Schema):
    order: OrderOut
    lines: list[OrderLineOut]
    steps: list[StepOut]


class OrdersOut(Paged):
    items: list[OrderOut]


class NewLineIn(Schema):
    """A product by its code, and how many sales units of it."""

    sku: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00]*$")]
    quantity: Annotated[int, Field(ge=1, le=1_000_000)]


class NewOrderIn(Schema):
    """`dealer_id` is for the enterprise, which orders in a dealer's name; a dealer orders for itself."""

    model_config = ConfigDict(extra="forbid")

    dealer_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    lines: Annotated[list[NewLineIn], Field(min_length=1, max_length=2000)]
    # Where it goes; left out: to the default address.
    address_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None


class PlacedOut(Schema):
    id: int
    number: str


class ReceiptIn(Schema):
    """What came, by line number, where it differs from what was ordered; a line that is left out came whole."""

    model_config = ConfigDict(extra="forbid")

    received_on: dt.date | None = None
    quantities: dict[Annotated[str, Field(pattern=r"^[1-9][0-9]{0,5}$")], Annotated[Decimal, Field(ge=0, le=10**9)]] = (
        Field({}, max_length=2000)
    )


class CancellationIn(Schema):
    """The enterprise says why."""

    model_config = ConfigDict(extra="forbid")

    note: Note = ""


@router.get("", response={200: OrdersOut, **REFUSALS}, auth=_READERS)
def read_orders(
    request: HttpRequest, page: Query[ChangesPage], search: Search = "", open: bool = False
) -> dict[str, Any]:
    """Orders, the latest first: a dealer's own, the enterprise's all. `search`: a number, a dealer or a product."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        return paged(
            "orders",
            page,
            lambda place: queries.order_slice(
                dealer_id=actor.dealer_id,
                open_only=open,
                search=search,
                since=page.updated_after,
                place=place,
                limit=page.limit,
            ),
            search=search,
            open=open,
        )


@router.post("", response={201: PlacedOut, **REFUSALS}, auth=_WRITERS)
@once(PlacedOut, status=201, required=True)
def place_order(request: HttpRequest, order: NewOrderIn) -> operations.Placed:
    """Order at the prices of the business day, which the order keeps.

    Nothing is rounded: 422 `lines` names what does not fit minimum, multiple and carton, with the next quantity that
    does, and what is more than the dealer's share of something scarce; 422 `under-minimum` an order under the agreed
    minimum. An order over the credit that is left is refused with 409 `over-credit`, one of more than there is, where
    no back-orders are taken, with 409 `out-of-stock`.
    """
    actor: Actor = request.auth  # type: ignore[attr-defined]
    quantities: dict[str, int] = {}
    for line in order.lines:
        quantities[line.sku] = quantities.get(line.sku, 0) + line.quantity
    return planning.order_by_code(
        actor=actor,
        dealer_id=which_dealer(actor, order.dealer_id),
        quantities=quantities,
        address_id=order.address_id,
        now=timezone.now(),
    )


@router.get("/{order_id}", response={200: OrderDetailOut, **REFUSALS}, auth=_READERS)
def read_order(request: HttpRequest, order_id: Id) -> queries.OrderDetail:
    """An order with its lines and its six steps."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        return queries.order(order_id=order_id, dealer_id=actor.dealer_id)


@router.post("/{order_id}/cancellation", response={200: OrderDetailOut, **REFUSALS}, auth=_WRITERS)
@once(OrderDetailOut)
def cancel_order(request: HttpRequest, order_id: Id, why: CancellationIn | None = None) -> queries.OrderDetail:
    """Take back an order: its dealer at its first step, the enterprise, with a note that says why, until the goods
    leave. Later it is on its way: 409 `not-cancellable`.
    """
    actor: Actor = request.auth  # type: ignore[attr-defined]
    operations.cancel(actor=actor, order_id=order_id, note=why.note if why else "", now=timezone.now())
    return read_order(request, order_id)


@router.post("/{order_id}/receipt", response={200: OrderDetailOut, **REFUSALS}, auth=_BUYERS)
@once(OrderDetailOut)
def receive_order(request: HttpRequest, order_id: Id, receipt: ReceiptIn) -> queries.OrderDetail:
    """The goods came: into the dealer's stock, and the order is complete. Receiving it again changes nothing."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    now = timezone.now()
    operations.receive(
        actor=actor,
        order_id=order_id,
        received_on=receipt_day(receipt.received_on, now=now),
        quantities={int(number): quantity for number, quantity in receipt.quantities.items()},
        now=now,
    )
    return read_order(request, order_id)


def receipt_day(named: dt.date | None, *, now: dt.datetime) -> dt.date:
    today = network.enterprise(now=now).business_on
    if named is None or today - _LATEST_RECEIPT <= named <= today:
        return named or today
    raise Invalid(
        _("The day of a receipt lies within the last %(days)s days.") % {"days": _LATEST_RECEIPT.days},
        field="received_on",
    )
