"""Units of an order leave: what may go, out of which warehouse, as a shipment of it.

Called inside the transaction that holds the order's row, after it and before nothing else: stock is locked last. So two
people never send the same units, and what is cancelled meanwhile does not leave.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext_lazy as _

from firstmove.domains.stock.queries import HolderView, held_by
from firstmove.domains.stock.reserving import Held, Parcel
from firstmove.domains.trade.models import Order, OrderLine, Shipment, ShipmentLine
from firstmove.domains.trade.operations import goods
from firstmove.domains.trade.queries.holders import holder_of
from firstmove.domains.trade.queries.leaving import shippable
from firstmove.kernel import outbox, writing
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.kernel.tenancy import Actor

SHIPPED = "trade.order_shipped"

_SET_SHIPPED = """
update trade_orderline l set shipped_quantity = l.shipped_quantity + s.quantity
from trade_shipmentline s where s.shipment_id = %s and s.line_id = l.id
"""


class NothingToShip(Conflict):
    """All of it left, or nothing of what is left has come in."""

    code = "nothing-to-ship"


@dataclass(frozen=True)
class Transport:
    """How a shipment goes: out of one warehouse if it is named, by whom, under which number, and for which day."""

    warehouse_id: int | None = None
    carrier: str = ""
    tracking_number: str = ""
    expected_on: dt.date | None = None


def send_out(
    order: Order,
    *,
    actor: Actor,
    on: dt.date,
    now: dt.datetime,
    quantities: Mapping[int, Decimal] | None = None,
    transport: Transport | None = None,
    first_of: Mapping[int, Held] | None = None,
) -> Shipment:
    """One shipment of all that may leave, or of `quantities` by line number, which may leave: see `shippable`.

    `first_of`: what an order that was placed just now has reserved, so that it need not be read again.

    Raises NothingToShip, and Invalid where a named warehouse holds less than `quantities` of it.
    """
    how = transport or Transport()
    lines = list(
        OrderLine.objects.filter(order=order).select_related("product", "order__buyer_dealer").order_by("number")
    )
    held: Mapping[int, Held | HolderView]
    held = held_by(holder=holder_of(order.pk)) if first_of is None else first_of
    units = shippable(lines, held=held, quantities=quantities)
    if not units:
        raise _nothing(order)
    number = 1 if first_of is not None else Shipment.objects.filter(order=order).count() + 1
    asked: dict[int, Decimal] = {}
    for line in lines:
        if line.number in units:
            asked[line.product_id] = asked.get(line.product_id, Decimal(0)) + units[line.number]
    taken = goods.ship(order, actor=actor, on=on, quantities=asked, number=number, warehouse_id=how.warehouse_id)
    if how.warehouse_id is not None:
        units = _out_of_one(lines, units, taken, kept=set(held), exact=quantities is not None)
    expected_on = order.expected_on if order.expected_on and order.expected_on >= on else None
    shipment = Shipment.objects.create(
        order=order,
        buyer_dealer_id=order.buyer_dealer_id,
        number=number,
        warehouse_id=how.warehouse_id,
        carrier=how.carrier,
        tracking_number=how.tracking_number,
        shipped_on=on,
        expected_on=how.expected_on or expected_on,
        at=now,
        user_id=actor.user_id,
    )
    writing.insert(_lines_of(shipment, [line for line in lines if line.number in units], units, taken))
    with connection.cursor() as cursor:
        cursor.execute(_SET_SHIPPED, [shipment.pk])
    _tell(order, shipment, lines, units)
    return shipment


def _out_of_one(
    lines: Sequence[OrderLine],
    units: Mapping[int, Decimal],
    taken: Sequence[Parcel],
    *,
    kept: set[int],
    exact: bool,
) -> dict[int, Decimal]:
    """What left of each line where one warehouse was named: the rest of what is reserved lies in others."""
    left: dict[int, Decimal] = {}
    for parcel in taken:
        left[parcel.product_id] = left.get(parcel.product_id, Decimal(0)) + parcel.quantity
    found = {}
    for line in lines:
        wanted = units.get(line.number, Decimal(0))
        came = min(wanted, left.get(line.product_id, Decimal(0))) if line.product_id in kept else wanted
        left[line.product_id] = left.get(line.product_id, Decimal(0)) - came
        if exact and came < wanted:
            raise Invalid(
                _("Line %(line)s: at most %(most)s can leave now.")
                % {"line": line.number, "most": f"{came.normalize():f}"},
                _("The rest is reserved in another warehouse: send it from there."),
                field=f"line-{line.number}",
            )
        if came > 0:
            found[line.number] = came
    if not found:
        raise _nothing(lines[0].order)
    return found


def _nothing(order: Order) -> NothingToShip:
    return NothingToShip(
        _("Nothing of order %(number)s can leave now.") % {"number": order.number},
        _("It waits for goods, or all of it is on its way."),
    )


def _lines_of(
    shipment: Shipment, lines: Sequence[OrderLine], units: Mapping[int, Decimal], taken: Sequence[Parcel]
) -> list[ShipmentLine]:
    """The shipment's lines; where one product stands in several, its parcels fill the first of them first."""
    shelves: dict[int, list[list]] = {}
    for parcel in taken:
        shelves.setdefault(parcel.product_id, []).append([parcel.warehouse_id, parcel.batch, parcel.quantity])
    made = []
    for line in lines:
        wanted, parcels = units[line.number], []
        for shelf in shelves.get(line.product_id, []):
            part = min(wanted, shelf[2])
            if part > 0:
                parcels.append([shelf[0], shelf[1], str(part)])
                shelf[2] -= part
                wanted -= part
        made.append(
            ShipmentLine(
                shipment=shipment,
                buyer_dealer_id=shipment.buyer_dealer_id,
                line=line,
                quantity=units[line.number],
                parcels=parcels,
            )
        )
    return made


def _tell(order: Order, shipment: Shipment, lines: Sequence[OrderLine], units: Mapping[int, Decimal]) -> None:
    buyer = lines[0].order.buyer_dealer
    outbox.publish(
        topic=SHIPPED,
        dealer_id=order.buyer_dealer_id,
        payload={
            "order": order.number,
            "order_id": order.pk,
            "dealer": buyer.code if buyer is not None else None,
            "shipment": shipment.number,
            "carrier": shipment.carrier,
            "tracking_number": shipment.tracking_number,
            "shipped_on": shipment.shipped_on.isoformat(),
            "expected_on": shipment.expected_on.isoformat() if shipment.expected_on else None,
            "lines": [
                {
                    "line": line.number,
                    "sku": line.product.sku,
                    "quantity": float(units.get(line.number, 0)),
                    "back_order": float(line.open_quantity - units.get(line.number, Decimal(0))),
                }
                for line in lines
                if line.number in units or line.open_quantity > 0
            ],
        },
    )
