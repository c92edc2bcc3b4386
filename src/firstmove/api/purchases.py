"""What the enterprise buys: proposed, sent, confirmed by the supplier, shipped, received."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import ConfigDict, Field

from firstmove.api.auth import access
from firstmove.api.once import once
from firstmove.api.paging import ChangesPage, Page, Paged, paged
from firstmove.api.problems import REFUSALS
from firstmove.api.requests import CodeIn, Id, IdIn, Note, Search, products_of
from firstmove.api.trade import ReceiptIn, StepOut, receipt_day
from firstmove.domains.catalog import queries as catalog
from firstmove.domains.planning import operations as planning
from firstmove.domains.trade import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.errors import NotAllowed
from firstmove.kernel.paging import Slice
from firstmove.kernel.tenancy import Actor

router = Router(tags=["purchases"])
_READERS = access("purchases:read", "enterprise", "supplier")
_BUYERS = access("purchases:write", "enterprise")
_SUPPLIERS = access("purchases:write", "supplier")
_BOTH = access("purchases:write", "enterprise", "supplier")
State = Literal["order_review", "release_review", "to_ship", "in_transit", "complete", "cancelled"]


class PurchaseOut(Schema):
    """An order of the enterprise from a supplier. `state`: `order_review` proposed, `release_review` sent, `to_ship`
    confirmed, `in_transit`, `complete`, `cancelled`. `expected_on` was asked for, `promised_on` is confirmed.
    """

    id: int
    number: str
    supplier_id: int
    supplier_name: str
    state: str
    currency: str
    amount: Decimal
    line_count: int
    price_assumed: bool
    ordered_on: dt.date
    expected_on: dt.date | None
    promised_on: dt.date | None
    received_on: dt.date | None
    changed_at: dt.datetime


class PurchaseLineOut(Schema):
    """Quantities are in the product's sales unit; those that nobody said yet are empty."""

    number: int
    product_id: int
    sku: str
    product_name: str
    unit: str
    quantity: Decimal
    confirmed_quantity: Decimal | None
    received_quantity: Decimal | None
    unit_price: Decimal
    amount: Decimal


class PurchaseDetailOut(Schema):
    order: PurchaseOut
    lines: list[PurchaseLineOut]
    steps: list[StepOut]


class PurchasesOut(Paged):
    items: list[PurchaseOut]


class NewPurchaseLineIn(Schema):
    """Without a price the product's unit cost is taken, and the order says that it is assumed."""

    model_config = ConfigDict(extra="forbid")

    sku: CodeIn
    quantity: Annotated[Decimal, Field(gt=0, le=10**9, decimal_places=3)]
    unit_price: Annotated[Decimal, Field(ge=0, lt=10**9, decimal_places=4)] | None = None


class NewPurchaseIn(Schema):
    model_config = ConfigDict(extra="forbid")

    supplier_id: IdIn
    expected_on: dt.date
    lines: Annotated[list[NewPurchaseLineIn], Field(min_length=1, max_length=2000)]


class ProposedOut(Schema):
    """Ids of the orders; none where the plan orders nothing that is not on its way."""

    order_ids: list[int]


_Quantities = Annotated[
    dict[Annotated[str, Field(pattern=r"^[1-9][0-9]{0,5}$")], Annotated[Decimal, Field(ge=0, le=10**9)]],
    Field(max_length=2000),
]


class PurchaseConfirmationIn(Schema):
    """The day that is promised, and by line number what can be had where it is less than ordered."""

    model_config = ConfigDict(extra="forbid")

    promised_on: dt.date
    quantities: _Quantities = {}
    note: Note = ""


class PurchaseShipmentIn(Schema):
    """The note can name carrier and number."""

    model_config = ConfigDict(extra="forbid")

    note: Note = ""


class PurchaseCancellationIn(Schema):
    """The note says why."""

    model_config = ConfigDict(extra="forbid")

    note: Note


class SuppliedOut(Schema):
    """A listed product that the supplier delivers; `coming` units are on purchase orders that were sent and not
    received."""

    product_id: int
    sku: str
    product_name: str
    unit: str
    coming: Decimal


class SuppliesOut(Paged):
    items: list[SuppliedOut]


@router.get("/purchases", response={200: PurchasesOut, **REFUSALS}, auth=_READERS)
def read_purchases(
    request: HttpRequest,
    page: Query[ChangesPage],
    search: Search = "",
    state: Annotated[State | None, Query()] = None,
) -> dict[str, Any]:
    """Purchase orders, the latest first: the enterprise's all, a supplier's own from when they were sent."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        return paged(
            "purchases",
            page,
            lambda place: queries.purchase_slice(
                supplier_id=actor.supplier_id,
                state=state or "",
                search=search,
                since=page.updated_after,
                place=place,
                limit=page.limit,
            ),
            search=search,
            state=state,
        )


@router.post("/purchases", response={201: PurchaseDetailOut, **REFUSALS}, auth=_BUYERS)
@once(PurchaseDetailOut, status=201, required=True)
def propose_purchase(request: HttpRequest, order: NewPurchaseIn) -> queries.PurchaseDetail:
    """Propose an order; the supplier sees it when it is sent. Of an administrator's or a supply planner's account."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        products = products_of({line.sku for line in order.lines})
        order_id = operations.propose_purchase(
            actor=actor,
            supplier_id=order.supplier_id,
            lines=[operations.Wanted(products[line.sku].id, line.quantity, line.unit_price) for line in order.lines],
            expected_on=order.expected_on,
            now=timezone.now(),
        )
    return read_purchase(request, order_id)


@router.post("/purchases/proposals", response={200: ProposedOut, **REFUSALS}, auth=_BUYERS)
@once(ProposedOut)
def propose_purchases(request: HttpRequest) -> dict[str, Any]:
    """An order a supplier of what the latest supply plan orders now. The same plan again makes no second order."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return {"order_ids": planning.propose_purchases(actor=actor, now=timezone.now())}


@router.get("/purchases/{purchase_id}", response={200: PurchaseDetailOut, **REFUSALS}, auth=_READERS)
def read_purchase(request: HttpRequest, purchase_id: Id) -> queries.PurchaseDetail:
    """A purchase order with its lines and steps."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        return queries.purchase(order_id=purchase_id, supplier_id=actor.supplier_id)


@router.post("/purchases/{purchase_id}/sending", response={200: PurchaseDetailOut, **REFUSALS}, auth=_BUYERS)
@once(PurchaseDetailOut)
def send_purchase(request: HttpRequest, purchase_id: Id) -> queries.PurchaseDetail:
    """Ask the supplier to confirm. 409 `step-passed` where it was sent already."""
    operations.send_purchase(actor=request.auth, order_id=purchase_id, now=timezone.now())  # type: ignore[attr-defined]
    return read_purchase(request, purchase_id)


@router.post("/purchases/{purchase_id}/confirmation", response={200: PurchaseDetailOut, **REFUSALS}, auth=_SUPPLIERS)
@once(PurchaseDetailOut)
def confirm_purchase(
    request: HttpRequest, purchase_id: Id, confirmation: PurchaseConfirmationIn
) -> queries.PurchaseDetail:
    """The supplier promises a day, and less than was ordered where it has to. 409 `step-passed` where it is not
    asked."""
    operations.confirm_purchase(
        actor=request.auth,  # type: ignore[attr-defined]
        order_id=purchase_id,
        promised_on=confirmation.promised_on,
        quantities={int(number): quantity for number, quantity in confirmation.quantities.items()},
        note=confirmation.note,
        now=timezone.now(),
    )
    return read_purchase(request, purchase_id)


@router.post("/purchases/{purchase_id}/shipment", response={200: PurchaseDetailOut, **REFUSALS}, auth=_SUPPLIERS)
@once(PurchaseDetailOut)
def ship_purchase(
    request: HttpRequest, purchase_id: Id, shipment: PurchaseShipmentIn | None = None
) -> queries.PurchaseDetail:
    """The goods left the supplier."""
    operations.ship_purchase(
        actor=request.auth,  # type: ignore[attr-defined]
        order_id=purchase_id,
        note=shipment.note if shipment else "",
        now=timezone.now(),
    )
    return read_purchase(request, purchase_id)


@router.post("/purchases/{purchase_id}/receipt", response={200: PurchaseDetailOut, **REFUSALS}, auth=_BUYERS)
@once(PurchaseDetailOut)
def receive_purchase(request: HttpRequest, purchase_id: Id, receipt: ReceiptIn) -> queries.PurchaseDetail:
    """The goods came into the enterprise's first warehouse. Receiving them again changes nothing."""
    now = timezone.now()
    operations.receive_purchase(
        actor=request.auth,  # type: ignore[attr-defined]
        order_id=purchase_id,
        received_on=receipt_day(receipt.received_on, now=now),
        quantities={int(number): quantity for number, quantity in receipt.quantities.items()},
        now=now,
    )
    return read_purchase(request, purchase_id)


@router.post("/purchases/{purchase_id}/cancellation", response={200: PurchaseDetailOut, **REFUSALS}, auth=_BOTH)
@once(PurchaseDetailOut)
def cancel_purchase(request: HttpRequest, purchase_id: Id, why: PurchaseCancellationIn) -> queries.PurchaseDetail:
    """The enterprise takes it back until it is confirmed, the supplier declines what it is asked to confirm."""
    operations.cancel_purchase(actor=request.auth, order_id=purchase_id, note=why.note, now=timezone.now())  # type: ignore[attr-defined]
    return read_purchase(request, purchase_id)


@router.get("/supplied-products", response={200: SuppliesOut, **REFUSALS}, auth=access("catalog:read", "supplier"))
def read_supplied_products(request: HttpRequest, page: Query[Page], search: Search = "") -> dict[str, Any]:
    """What the supplier delivers, and how much of it is ordered."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        supplier_id = actor.supplier_id
        if supplier_id is None:
            raise NotAllowed()

        def read(place: Any) -> Slice[dict[str, Any]]:
            found = catalog.supplied_slice(supplier_id=supplier_id, search=search, place=place, limit=page.limit)
            coming = queries.units_on_purchase(
                product_ids=[product.id for product in found.items], supplier_id=supplier_id
            )
            items = [
                {
                    "product_id": product.id,
                    "sku": product.sku,
                    "product_name": product.name,
                    "unit": product.unit,
                    "coming": coming.get(product.id, Decimal(0)),
                }
                for product in found.items
            ]
            return Slice(items, found.last, found.more)

        return paged("supplied-products", page, read, search=search)
