"""Shipments: what left of orders, and what came of it."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import ConfigDict, Field

from firstmove.api.auth import access
from firstmove.api.once import once
from firstmove.api.paging import ChangesPage, Paged, paged
from firstmove.api.problems import REFUSALS
from firstmove.api.requests import Id
from firstmove.api.trade import receipt_day
from firstmove.domains.trade import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import Actor

router = Router(tags=["trade"])
_READERS = access("orders:read", "dealer", "enterprise")
_BUYERS = access("orders:write", "dealer")
_SHIPPERS = access("orders:write", "enterprise")


class ShipmentLineOut(Schema):
    """Units of an order line in a shipment; `received` is empty until it came, `damaged` came and cannot be sold."""

    number: int
    product_id: int
    sku: str
    product_name: str
    unit: str
    quantity: Decimal
    received: Decimal | None
    damaged: Decimal
    batches: list[tuple[str, Decimal]]


class ShipmentOut(Schema):
    """A part of an order that left at once; `number` is the first, second, … of its order."""

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
    changed_at: dt.datetime
    lines: list[ShipmentLineOut]


class ShipmentsOut(Paged):
    items: list[ShipmentOut]


_LineNumber = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,5}$")]
_Units = Annotated[Decimal, Field(ge=0, le=10**9)]
_Name = Annotated[str, Field(max_length=60, pattern=r"^[^\x00]*$")]


class NewShipmentIn(Schema):
    """`quantities` by line number; without them all that may leave does. `warehouse_id`: out of that one alone."""

    model_config = ConfigDict(extra="forbid")

    quantities: dict[_LineNumber, _Units] = Field({}, max_length=2000)
    warehouse_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    carrier: _Name = ""
    tracking_number: _Name = ""
    expected_on: dt.date | None = None


class CameIn(Schema):
    """What came of a line: `good` units, `damaged` ones, and why it differs from what left."""

    model_config = ConfigDict(extra="forbid")

    good: _Units
    damaged: _Units = Decimal(0)
    cause: Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")] = ""


class ShipmentReceiptIn(Schema):
    """What came, by line number, where it differs from what left; a line that is left out came whole."""

    model_config = ConfigDict(extra="forbid")

    received_on: dt.date | None = None
    lines: dict[_LineNumber, CameIn] = Field({}, max_length=2000)


@router.get("/shipments", response={200: ShipmentsOut, **REFUSALS}, auth=_READERS)
def read_shipments(
    request: HttpRequest, page: Query[ChangesPage], order_id: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None
) -> dict[str, Any]:
    """Shipments with their lines, the latest first: a dealer's own, the enterprise's all, or those of one order."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        return paged(
            "shipments",
            page,
            lambda place: queries.shipment_slice(
                dealer_id=actor.dealer_id,
                order_id=order_id,
                since=page.updated_after,
                place=place,
                limit=page.limit,
            ),
            order_id=order_id,
        )


@router.get("/shipments/{shipment_id}", response={200: ShipmentOut, **REFUSALS}, auth=_READERS)
def read_shipment(request: HttpRequest, shipment_id: Id) -> queries.ShipmentView:
    """A shipment with its lines."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        return queries.shipment(shipment_id=shipment_id, dealer_id=actor.dealer_id)


@router.post("/orders/{order_id}/shipments", response={201: ShipmentOut, **REFUSALS}, auth=_SHIPPERS)
@once(ShipmentOut, status=201, required=True)
def ship_order(request: HttpRequest, order_id: Id, shipment: NewShipmentIn) -> queries.ShipmentView:
    """Send an order, or a part of it. No more leaves than is reserved for it: 422; nothing to send: 409."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    units = {int(number): quantity for number, quantity in shipment.quantities.items()}
    made = operations.ship(
        actor=actor,
        order_id=order_id,
        now=timezone.now(),
        quantities=units or None,
        transport=operations.Transport(
            shipment.warehouse_id, shipment.carrier, shipment.tracking_number, shipment.expected_on
        ),
    )
    return read_shipment(request, made)


@router.post("/shipments/{shipment_id}/receipt", response={200: ShipmentOut, **REFUSALS}, auth=_BUYERS)
@once(ShipmentOut)
def receive_shipment(request: HttpRequest, shipment_id: Id, receipt: ShipmentReceiptIn) -> queries.ShipmentView:
    """The shipment came. What is missing or damaged opens a claim. Receiving it again changes nothing."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    now = timezone.now()
    operations.receive_shipment(
        actor=actor,
        shipment_id=shipment_id,
        received_on=receipt_day(receipt.received_on, now=now),
        now=now,
        came={int(number): operations.Came(one.good, one.damaged, one.cause) for number, one in receipt.lines.items()},
    )
    return read_shipment(request, shipment_id)
