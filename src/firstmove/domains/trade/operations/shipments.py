"""The enterprise sends an order in parts, says what will not come any more, and what is covered leaves by itself."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.network.queries import enterprise, role_of
from firstmove.domains.stock.queries import held_by, warehouses
from firstmove.domains.trade.models import FEED, Order, OrderLine, OrderStep, Shipment, State, StepRule
from firstmove.domains.trade.operations import accounts, carriers, goods, sending, steps
from firstmove.domains.trade.operations.credit_checks import over_credit
from firstmove.domains.trade.operations.receipts import close_if_done
from firstmove.domains.trade.queries.holders import holder_of
from firstmove.domains.trade.queries.leaving import shippable
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.money import rounded
from firstmove.kernel.tenancy import SYSTEM, Actor

REDUCED = "trade.order_reduced"
_LONGEST_NAME = 60
_LATEST_DAYS = 400
_SMALLEST = Decimal("0.001")


def ship(
    *,
    actor: Actor,
    order_id: int,
    now: dt.datetime,
    quantities: Mapping[int, Decimal] | None = None,
    transport: sending.Transport | None = None,
    seen: int | None = None,
    note: str = "",
) -> int:
    """Send `quantities` by line number, or all that may leave, as one shipment; returns its id.

    `seen` is how many shipments the order had when the sender looked at it. The first one takes the order into transit.

    Raises NotAllowed for who is not asked about shipping, NotFound, Invalid for more than may leave, a warehouse that
    is not the enterprise's, a day that is over, or where a rule holds the order and no note says why it goes all the
    same; Conflict `step-passed` where somebody was quicker, NothingToShip, OverCredit.
    """
    note = steps.note_of(note)
    how = transport or sending.Transport()
    with tenancy.scope(actor):
        order = _locked(actor, order_id)
        on = enterprise(now=now).business_on
        _check(how, on)
        if seen is not None and Shipment.objects.filter(order=order).count() != seen:
            raise Conflict(
                _("A shipment of order %(number)s was just sent.") % {"number": order.number},
                _("Somebody was quicker. Look at it again."),
                code="step-passed",
            )
        _let_pass(actor, order, on=on, note=note)
        if quantities is not None:
            _check_quantities(order, quantities)
        shipment = sending.send_out(
            order, actor=actor, on=on, now=now, quantities=quantities, transport=how
        )  # fmt: skip
        if order.state == State.TO_SHIP:
            order.state = State.IN_TRANSIT
            order.save(update_fields=["state"])
            OrderStep.objects.create(
                order=order,
                buyer_dealer_id=order.buyer_dealer_id,
                state=State.IN_TRANSIT,
                at=now,
                user_id=actor.user_id,
                automatic=False,
                note=note,
            )
        return shipment.pk


def _locked(actor: Actor, order_id: int) -> Order:
    """An order that can be shipped, behind its account's lock. Raises NotAllowed, NotFound, Conflict."""
    if actor.kind != "enterprise":
        raise NotAllowed()
    accounts.locked_of(order_id)
    order = Order.objects.select_for_update().filter(id=order_id, seller_supplier_id__isnull=True).first()
    if order is None:
        raise NotFound()
    if order.origin_kind == FEED:
        raise Conflict(_("This order changes with the files of the system that took it."), code="elsewhere")
    if order.state not in (State.TO_SHIP, State.IN_TRANSIT):
        raise Conflict(
            _("Order %(number)s is not to be shipped now.") % {"number": order.number},
            _("An order leaves once its reviews are passed, and until it is complete or cancelled."),
            code="not-to-ship",
        )
    return order


def _let_pass(actor: Actor, order: Order, *, on: dt.date, note: str) -> None:
    """What the step of shipping asks, of the first shipment and of each that follows."""
    rule = StepRule.objects.filter(step=State.TO_SHIP, is_on=True).first()
    if rule is not None and not steps.may_decide(role_of(actor=actor), rule.asked_role):
        raise NotAllowed(_("Somebody else is asked about this step."))
    causes = set(steps.broken(order, State.TO_SHIP, rule, steps.Facts(order, on=on)))
    if steps.CREDIT in causes:
        raise over_credit(dealer_id=order.buyer_dealer_id, on=on)
    # That some of it waits for goods is what parts are for.
    if causes - {steps.STOCK} and order.state == State.TO_SHIP and not note:
        raise Invalid(
            _("A rule holds this order. Say in a note why it passes all the same."), field="note", code="note"
        )


def _check(how: sending.Transport, on: dt.date) -> None:
    for name, text in (("carrier", how.carrier), ("tracking_number", how.tracking_number)):
        if len(text) > _LONGEST_NAME or "\x00" in text:
            raise Invalid(_("At most %(most)s characters.") % {"most": _LONGEST_NAME}, field=name)
    if how.expected_on is not None and not on <= how.expected_on <= on + dt.timedelta(days=_LATEST_DAYS):
        raise Invalid(
            _("The day must lie between today and %(days)s days from now.") % {"days": _LATEST_DAYS},
            field="expected_on",
        )
    if how.warehouse_id is not None and how.warehouse_id not in {one.id for one in warehouses(dealer_id=None)}:
        raise Invalid(_("The enterprise has no such warehouse."), field="warehouse_id")


def _check_quantities(order: Order, quantities: Mapping[int, Decimal]) -> None:
    """Raises Invalid for a line that is not there, or more than may leave of it."""
    lines = {line.number: line for line in OrderLine.objects.filter(order=order).order_by("number")}
    if unknown := sorted(set(quantities) - set(lines)):
        raise Invalid(_("This order has no line %(line)s.") % {"line": unknown[0]}, field=f"line-{unknown[0]}")
    may = shippable(list(lines.values()), held=held_by(holder=holder_of(order.pk)), quantities=quantities)
    for number, units in quantities.items():
        most = may.get(number, Decimal(0))
        if not (units.is_finite() and units >= 0) or units.quantize(_SMALLEST) > most:
            raise Invalid(
                _("Line %(line)s: at most %(most)s can leave now.") % {"line": number, "most": f"{most.normalize():f}"},
                _("No more leaves than is reserved for the order; the rest is its back-order."),
                field=f"line-{number}",
            )


def set_transport(
    *,
    actor: Actor,
    shipment_id: int,
    carrier: str,
    tracking_number: str,
    expected_on: dt.date | None,
    now: dt.datetime,
) -> None:
    """Who carries a shipment, under which number, for which day, where that was known later than it left.

    Raises NotAllowed, NotFound, Invalid, Conflict for one that was received.
    """
    how = sending.Transport(None, carrier.strip(), tracking_number.strip(), expected_on)
    with tenancy.scope(actor):
        if actor.kind != "enterprise":
            raise NotAllowed()
        carriers.hold_notices()
        shipment = Shipment.objects.select_for_update().filter(id=shipment_id).first()
        if shipment is None:
            raise NotFound()
        if shipment.received_on is not None:
            raise Conflict(_("This shipment was received."), code="received")
        if expected_on != shipment.expected_on:
            _check(how, enterprise(now=now).business_on)
        else:
            _check(sending.Transport(None, how.carrier, how.tracking_number), shipment.shipped_on)
        if (shipment.carrier, shipment.tracking_number) != (how.carrier, how.tracking_number):
            # What was told is of other goods.
            shipment.carrier_status, shipment.carrier_status_at = "", None
        shipment.carrier, shipment.tracking_number = how.carrier, how.tracking_number
        shipment.expected_on = expected_on
        shipment.save(
            update_fields=["carrier", "tracking_number", "expected_on", "carrier_status", "carrier_status_at"]
        )
        carriers.find_notices([shipment])


def cancel_rest(*, actor: Actor, order_id: int, line_number: int, note: str, now: dt.datetime) -> None:
    """What of a line did not leave will not come: the dealer owes it no more, and what it held is free.

    Where nothing is left to wait for, the order is complete. Cancelling it again changes nothing. Raises NotAllowed,
    NotFound, Invalid without a note, Conflict before the first shipment.
    """
    note = steps.note_of(note)
    with tenancy.scope(actor):
        if actor.kind != "enterprise":
            raise NotAllowed()
        accounts.locked_of(order_id)
        order = Order.objects.select_for_update().filter(id=order_id, seller_supplier_id__isnull=True).first()
        lines = {} if order is None else {line.number: line for line in _lines(order)}
        if order is None or order.buyer_dealer_id is None or line_number not in lines:
            raise NotFound()
        line = lines[line_number]
        rest = line.open_quantity
        if rest == 0:
            return
        if order.state != State.IN_TRANSIT or order.origin_kind == FEED:
            raise Conflict(
                _("Nothing of order %(number)s has left.") % {"number": order.number},
                _("Cancel the order, or send what is there first."),
                code="not-shipped",
            )
        if not note:
            raise Invalid(_("Say in a note why it is cancelled."), field="note", code="note")
        line.cancelled_quantity += rest
        line.save(update_fields=["cancelled_quantity"])
        kept = sum(((one.quantity - one.cancelled_quantity) * one.unit_price for one in lines.values()), Decimal(0))
        order.amount = min(order.amount, rounded(kept, currency=order.currency))
        order.save(update_fields=["amount"])
        accounts.follow(order, now=now)
        goods.give_back_part(
            order, actor=actor, product_id=line.product_id, units=rest, cause=f"cancelled/{line_number}"
        )
        close_if_done(order, actor=actor, now=now)
        outbox.publish(
            topic=REDUCED,
            dealer_id=order.buyer_dealer_id,
            payload={
                "order": order.number,
                "order_id": order.pk,
                "dealer": dealer_view(dealer_id=order.buyer_dealer_id).code,
                "ordered_on": order.ordered_on.isoformat(),
                "expected_on": order.expected_on.isoformat() if order.expected_on else None,
                "note": note,
                "lines": [
                    {
                        "line": line.number,
                        "sku": line.product.sku,
                        "quantity": float(line.quantity - line.cancelled_quantity),
                        "price": float(line.unit_price),
                    }
                ],
            },
        )


def _lines(order: Order) -> QuerySet[OrderLine]:
    return OrderLine.objects.filter(order=order).select_related("product").order_by("number")


def ship_covered(*, now: dt.datetime) -> int:
    """Let back-orders leave whose goods have come, where nobody is asked about shipping; returns how many left.

    Each in a transaction of its own. What the dealer's credit does not carry stays.
    """
    with tenancy.scope(SYSTEM):
        if StepRule.objects.filter(step=State.TO_SHIP, is_on=True).exists():
            return 0
        waiting = OrderLine.objects.filter(
            order__state__in=(State.TO_SHIP, State.IN_TRANSIT),
            order__seller_supplier_id__isnull=True,
            order__shipments__isnull=False,
            quantity__gt=F("shipped_quantity") + F("cancelled_quantity"),
        ).exclude(order__origin_kind=FEED)
        held = OrderStep.objects.filter(
            state=State.TO_SHIP,
            order__state=State.TO_SHIP,
            held_by=[steps.STOCK],
            order__seller_supplier_id__isnull=True,
        )
        ids = sorted({*waiting.values_list("order_id", flat=True), *held.values_list("order_id", flat=True)})
    sent = 0
    for order_id in ids:
        with tenancy.scope(SYSTEM):
            accounts.locked_of(order_id)
            order = Order.objects.select_for_update().get(id=order_id)
            on = enterprise(now=now).business_on
            facts = steps.Facts(order, on=on)
            if steps.broken(order, State.TO_SHIP, None, facts):
                continue
            if order.state == State.TO_SHIP:
                steps.walk(order, [steps.Entered(State.IN_TRANSIT)], actor=SYSTEM, now=now, on=on)
            elif order.state == State.IN_TRANSIT and _something_left(order):
                sending.send_out(order, actor=SYSTEM, on=on, now=now)
            else:
                continue
            sent += 1
    return sent


def _something_left(order: Order) -> bool:
    lines = list(OrderLine.objects.filter(order=order).order_by("number"))
    return bool(shippable(lines, held=held_by(holder=holder_of(order.pk))))
