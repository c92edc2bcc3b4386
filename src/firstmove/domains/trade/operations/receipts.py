"""The receipt of what left for a dealer: each shipment for itself, or all that is on its way at once."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from firstmove.domains.network.queries import ORDERING_ROLES, role_of
from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.stock.operations import Move, MovementKind
from firstmove.domains.stock.operations import record as record_movements
from firstmove.domains.trade.models import FEED, Order, OrderLine, Shipment, ShipmentLine, State
from firstmove.domains.trade.operations import accounts, claims, goods
from firstmove.domains.trade.operations.orders import RECEIVED, enter
from firstmove.domains.trade.operations.steps import note_of
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.tenancy import Actor

_SMALLEST = Decimal("0.001")  # as quantities are stored


@dataclass(frozen=True)
class Came:
    """What came of a shipment's line: `good` units that can be sold, `damaged` ones, and in words why it differs."""

    good: Decimal
    damaged: Decimal = Decimal(0)
    cause: str = ""


def receive(
    *,
    actor: Actor,
    order_id: int,
    received_on: dt.date,
    now: dt.datetime,
    quantities: Mapping[int, Decimal] | None = None,
) -> None:
    """All that is on its way came: into the ledger, each shipment for itself. `quantities` by line number where they
    differ; what is missing is missing of the last shipment, and claimed.

    The order is complete unless a back-order is left. Receiving a complete order again changes nothing. Raises
    NotFound, NotAllowed for a dealer's staff, Conflict for an order of which nothing is on its way, Invalid for a line
    that is not, more than left or less than nothing.
    """
    with tenancy.scope(actor):
        order = _locked(actor, order_id)
        if order.state == State.COMPLETE:
            return
        shipments = list(Shipment.objects.filter(order=order, received_on__isnull=True).order_by("number"))
        if order.state != State.IN_TRANSIT or not shipments:
            raise Conflict(_("This order is not on its way."), _("Only goods in transit can be received."))
        rows = _rows(shipments)
        numbers = OrderLine.objects.filter(order=order).values_list("number", flat=True)
        sent = dict.fromkeys(numbers, Decimal(0))
        for row in rows:
            sent[row.line.number] += row.quantity
        left = _checked({number: Came(units) for number, units in (quantities or {}).items()}, sent)
        for shipment in shipments:
            mine = [row for row in rows if row.shipment_id == shipment.pk]
            came = {}
            for row in mine:
                number = row.line.number
                if number in left:
                    came[number] = Came(min(row.quantity, left[number].good))
                    left[number] = Came(left[number].good - came[number].good)
            _write_down(order, shipment, mine, came, actor=actor, on=received_on, now=now)
        # Before the dealer's shelf: the enterprise's balances are locked first, wherever both are.
        close_if_done(order, actor=actor, now=now)
        for shipment in shipments:
            _put_away(order, shipment, [row for row in rows if row.shipment_id == shipment.pk], actor=actor)


def receive_shipment(
    *,
    actor: Actor,
    shipment_id: int,
    received_on: dt.date,
    now: dt.datetime,
    came: Mapping[int, Came] | None = None,
) -> int:
    """One shipment came; `came` by line number where it differs from what left. Returns its order's id.

    A difference opens a claim. Receiving it again changes nothing. Raises NotFound, NotAllowed for a dealer's staff,
    Invalid for a line that is not in it, more than left, or less than nothing.
    """
    with tenancy.scope(actor):
        order_id = Shipment.objects.filter(id=shipment_id).values_list("order_id", flat=True).first()
        if order_id is None:
            raise NotFound()
        order = _locked(actor, order_id)
        shipment = Shipment.objects.get(id=shipment_id)
        if shipment.received_on is not None:
            return order.pk
        rows = _rows([shipment])
        told = _checked(came or {}, {row.line.number: row.quantity for row in rows})
        _write_down(order, shipment, rows, told, actor=actor, on=received_on, now=now)
        close_if_done(order, actor=actor, now=now)
        _put_away(order, shipment, rows, actor=actor)
        return order.pk


def _locked(actor: Actor, order_id: int) -> Order:
    """A dealer's order for who may receive it; its account is locked before it, as wherever both are."""
    orders = Order.objects.select_for_update().filter(buyer_dealer_id__isnull=False, seller_supplier_id__isnull=True)
    if actor.kind == "dealer":
        if role_of(actor=actor) not in ORDERING_ROLES:
            raise NotAllowed(_("Only the dealer's owner and buyers decide about orders."))
        orders = orders.filter(buyer_dealer_id=actor.dealer_id)
    accounts.locked_of(order_id)
    order = orders.filter(id=order_id).first()
    if order is None:
        raise NotFound()
    if order.origin_kind == FEED and order.state != State.COMPLETE:
        raise Conflict(_("The receipt of this order comes with the files of the system that took it."))
    return order


def _rows(shipments: Sequence[Shipment]) -> list[ShipmentLine]:
    rows = ShipmentLine.objects.filter(shipment__in=shipments).select_related("line__product")
    return list(rows.order_by("shipment__number", "line__number"))


def _checked(came: Mapping[int, Came], sent: Mapping[int, Decimal]) -> dict[int, Came]:
    """What came, in quantities as they are stored. Raises Invalid."""
    if unknown := sorted(set(came) - set(sent)):
        raise Invalid(_("This order has no line %(line)s.") % {"line": unknown[0]}, field=f"line-{unknown[0]}")
    found = {}
    for number, told in came.items():
        good, damaged = Decimal(told.good), Decimal(told.damaged)
        if not (good.is_finite() and damaged.is_finite() and good >= 0 <= damaged and good + damaged <= sent[number]):
            raise Invalid(
                _("Line %(line)s: the quantity must lie between 0 and %(most)s.")
                % {"line": number, "most": f"{sent[number].normalize():f}"},
                _("More than left cannot be received: send it back, or ask the enterprise for an order of it."),
                field=f"line-{number}",
            )
        found[number] = Came(good.quantize(_SMALLEST), damaged.quantize(_SMALLEST), note_of(told.cause))
    return found


def _write_down(
    order: Order,
    shipment: Shipment,
    rows: Sequence[ShipmentLine],
    came: Mapping[int, Came],
    *,
    actor: Actor,
    on: dt.date,
    now: dt.datetime,
) -> None:
    """What came of a shipment, and claims for what did not."""
    for row in rows:
        told = came.get(row.line.number, Came(row.quantity))
        row.received_quantity, row.damaged_quantity = told.good, told.damaged
    ShipmentLine.objects.bulk_update(rows, ["received_quantity", "damaged_quantity"])
    shipment.received_on = on
    shipment.save(update_fields=["received_on"])
    lines = list(OrderLine.objects.filter(id__in=[row.line_id for row in rows]))
    sums = ShipmentLine.objects.filter(line__in=lines, received_quantity__isnull=False).values("line_id")
    total = dict(sums.annotate(units=Sum("received_quantity")).values_list("line_id", "units"))
    for line in lines:
        line.received_quantity = total[line.pk]
    OrderLine.objects.bulk_update(lines, ["received_quantity"])
    claims.open_claims(
        order, rows, actor=actor, now=now, causes={number: told.cause for number, told in came.items()}
    )  # fmt: skip


def _put_away(order: Order, shipment: Shipment, rows: Sequence[ShipmentLine], *, actor: Actor) -> None:
    """Goods that came stand on the dealer's shelf, and whoever waits for the news is told."""
    on = shipment.received_on
    if order.buyer_dealer_id is None or on is None:
        return
    record_movements(
        actor=actor,
        kind=MovementKind.RECEIPT,
        cause=f"order:{order.number}" if shipment.number == 1 else f"order:{order.number}/{shipment.number}",
        moves=_summed(rows, order.buyer_dealer_id),
        occurred_on=on,
    )
    outbox.publish(
        topic=RECEIVED,
        dealer_id=order.buyer_dealer_id,
        payload={
            "order": order.number,
            "order_id": order.pk,
            "dealer": dealer_view(dealer_id=order.buyer_dealer_id).code,
            "shipment": shipment.number,
            "shipped_on": shipment.shipped_on.isoformat(),
            "received_on": on.isoformat(),
            "lines": [
                {
                    "line": row.line.number,
                    "sku": row.line.product.sku,
                    "quantity": float(row.received_quantity or 0),
                    "damaged": float(row.damaged_quantity),
                }
                for row in rows
            ],
        },
    )


def close_if_done(order: Order, *, actor: Actor, now: dt.datetime) -> bool:
    """The order is complete once all that left was received and the rest was sent or cancelled; whether it is."""
    days = list(Shipment.objects.filter(order=order).values_list("received_on", flat=True))
    if not days or None in days or order.state != State.IN_TRANSIT:
        return False
    if any(line.open_quantity > 0 for line in OrderLine.objects.filter(order=order)):
        return False
    order.state, order.received_on = State.COMPLETE, max(day for day in days if day is not None)
    order.save(update_fields=["state", "received_on"])
    accounts.follow(order, now=now)
    # What the ledger still held for it, or it waited for, is free.
    goods.give_back(order, actor=actor)
    enter(order, State.COMPLETE, now, actor)
    return True


def _summed(rows: Sequence[ShipmentLine], dealer_id: int) -> list[Move]:
    total: dict[int, Decimal] = {}
    for row in rows:
        product_id = row.line.product_id
        total[product_id] = total.get(product_id, Decimal(0)) + (row.received_quantity or Decimal(0))
    return [Move(product_id=product, quantity=quantity, dealer_id=dealer_id) for product, quantity in total.items()]
