"""Orders from a supplier: proposed, sent, confirmed with day and quantity, shipped, received.

The enterprise buys; a dealer too, where the enterprise allows it: see `supplier_orders`.

They are orders like those of dealers and pass the same states; what differs is whose hand moves them: a supplier
confirms where a dealer's order awaits its release, and ships; the enterprise receives into its own stock.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from firstmove.domains.catalog.queries import products_by_id, supplier_ids, unit_costs
from firstmove.domains.network.queries import ORDERING_ROLES, enterprise, role_of
from firstmove.domains.stock.operations import Move, MovementKind
from firstmove.domains.stock.operations import record as record_movements
from firstmove.domains.trade.models import Order, OrderLine, State
from firstmove.domains.trade.operations.line_quantities import said_quantities
from firstmove.domains.trade.operations.numbers import next_number
from firstmove.domains.trade.operations.steps import Entered, note_of, walk
from firstmove.domains.trade.queries.purchases import NOT_SENT
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.money import rounded
from firstmove.kernel.tenancy import Actor

PURCHASE_SENT, PURCHASE_CONFIRMED = "trade.purchase_sent", "trade.purchase_confirmed"
PURCHASE_SHIPPED, PURCHASE_RECEIVED = "trade.purchase_shipped", "trade.purchase_received"
PURCHASE_CANCELLED = "trade.purchase_cancelled"
# A dealer's order from a supplier changed its state.
SUPPLIER_ORDER_MOVED = "trade.supplier_order_moved"
BY_HAND = "purchase"
# Who of the enterprise buys; an administrator and the supply planner.
BUYING_ROLES = ("admin", "planner")
_LATEST_DAYS = 400
_SMALLEST = Decimal("0.001")


@dataclass(frozen=True)
class Wanted:
    """A line to buy; without a price the product's unit cost is taken and the order marked as assumed."""

    product_id: int
    quantity: Decimal
    unit_price: Decimal | None = None


def propose_purchase(
    *,
    actor: Actor,
    supplier_id: int,
    lines: Sequence[Wanted],
    expected_on: dt.date,
    now: dt.datetime,
    origin: tuple[str, int | None] = (BY_HAND, None),
) -> int:
    """A purchase order that nobody has sent yet; returns its id. One origin makes one order.

    Raises NotAllowed, NotFound for a supplier that there is not, Invalid without lines, for a line of nothing, a
    product that this supplier does not deliver or has no price, and for a day that is over.
    """
    with tenancy.scope(actor):
        require_buyer(actor)
        installation = enterprise(now=now)
        on = installation.business_on
        check_day(expected_on, on)
        kind, origin_id = origin
        if (present := _of_origin(origin, supplier_id)) is not None:
            return present
        if not lines:
            raise Invalid(_("An order needs at least one line."), field="lines")
        ids = [line.product_id for line in lines]
        products, sources, costs = products_by_id(ids=ids), supplier_ids(product_ids=ids), unit_costs()
        priced: list[tuple[int, Decimal, Decimal]] = []
        for line in lines:
            if sources.get(line.product_id) != supplier_id:
                raise Invalid(_("This supplier does not deliver one of the products."), field="lines")
            if not (line.quantity.is_finite() and _SMALLEST <= line.quantity <= 10**9):
                raise Invalid(_("Every line of an order needs a quantity above zero and a price."), field="lines")
            price = line.unit_price if line.unit_price is not None else costs.get(line.product_id)
            if price is None or not price.is_finite() or price < 0:
                raise Invalid(
                    _("There is no price for %(product)s.") % {"product": products[line.product_id].name},
                    _("Its unit cost comes with the feed of products; or enter what the supplier asks."),
                    field="lines",
                    code="no-price",
                )
            priced.append((line.product_id, line.quantity, price))
        amount = sum((quantity * price for _product, quantity, price in priced), Decimal(0))
        try:
            with transaction.atomic():
                order = Order.objects.create(
                    number=next_number("PO", on=on),
                    seller_supplier_id=supplier_id,
                    origin_kind=kind,
                    origin_id=origin_id,
                    state=State.ORDER_REVIEW,
                    currency=installation.currency,
                    amount=rounded(amount, currency=installation.currency),
                    line_count=len(priced),
                    price_assumed=any(line.unit_price is None for line in lines),
                    ordered_on=on,
                    expected_on=expected_on,
                    placed_by_id=actor.user_id,
                )
        except IntegrityError:
            # Somebody else proposed it at the same moment, and was first.
            if (present := _of_origin(origin, supplier_id)) is not None:
                return present
            raise
        OrderLine.objects.bulk_create(
            OrderLine(
                order=order,
                seller_supplier_id=supplier_id,
                number=number,
                product_id=product_id,
                quantity=quantity,
                unit_price=price,
                tax_rate=products[product_id].tax_rate,
            )
            for number, (product_id, quantity, price) in enumerate(priced, start=1)
        )
        walk(order, [Entered(State.ORDER_REVIEW)], actor=actor, now=now, on=on, first_by_hand=actor.user_id is not None)
        return order.pk


def _of_origin(origin: tuple[str, int | None], supplier_id: int) -> int | None:
    """The order that an origin already made of this supplier."""
    kind, origin_id = origin
    if origin_id is None:
        return None
    rows = Order.objects.filter(origin_kind=kind, origin_id=origin_id, seller_supplier_id=supplier_id)
    return rows.values_list("id", flat=True).first()


def send_purchase(*, actor: Actor, order_id: int, now: dt.datetime) -> None:
    """The supplier sees it from now on and is asked to confirm. Raises NotAllowed, NotFound, Conflict."""
    with tenancy.scope(actor):
        require_buyer(actor)
        order = _locked(actor, order_id, State.ORDER_REVIEW)
        reached = [Entered(State.RELEASE_REVIEW, ("supplier",))]
        walk(order, reached, actor=actor, now=now, on=order.ordered_on, first_by_hand=True)
        _tell(PURCHASE_SENT, order)


def confirm_purchase(
    *,
    actor: Actor,
    order_id: int,
    promised_on: dt.date,
    now: dt.datetime,
    quantities: Mapping[int, Decimal] | None = None,
    note: str = "",
) -> None:
    """The supplier promises a day, and quantities by line number where they are less than what was ordered.

    Raises NotAllowed, NotFound, Conflict where it is not asked, Invalid for a day that is over or quantities that
    cannot be; an order of which nothing will come is declined.
    """
    note = note_of(note)
    with tenancy.scope(actor):
        order = _locked(actor, order_id, State.RELEASE_REVIEW, kind="supplier")
        check_day(promised_on, enterprise(now=now).business_on)
        own = OrderLine.objects.filter(order=order).order_by("number")
        lines = said_quantities(own, quantities, most=lambda line: line.quantity)
        if not any(came for _line, came in lines):
            raise Invalid(_("Nothing of it would come: decline the order."), field="quantities")
        for line, units in lines:
            line.confirmed_quantity = units
        OrderLine.objects.bulk_update([line for line, _units in lines], ["confirmed_quantity"])
        order.promised_on = promised_on
        order.save(update_fields=["promised_on"])
        reached = [Entered(State.TO_SHIP)]
        walk(order, reached, actor=actor, now=now, on=order.ordered_on, note=note, first_by_hand=True)
        _tell(PURCHASE_CONFIRMED, order)


def ship_purchase(*, actor: Actor, order_id: int, now: dt.datetime, note: str = "") -> None:
    """The goods left the supplier; the note can name carrier and number. Raises NotAllowed, NotFound, Conflict."""
    note = note_of(note)
    with tenancy.scope(actor):
        order = _locked(actor, order_id, State.TO_SHIP, kind="supplier")
        walk(order, [Entered(State.IN_TRANSIT)], actor=actor, now=now, on=order.ordered_on, note=note,
             first_by_hand=True)  # fmt: skip
        _tell(PURCHASE_SHIPPED, order)


def receive_purchase(
    *,
    actor: Actor,
    order_id: int,
    received_on: dt.date,
    now: dt.datetime,
    quantities: Mapping[int, Decimal] | None = None,
) -> None:
    """The goods came into the buyer's first warehouse; `quantities` by line number where they differ.

    Receiving it again changes nothing. Raises NotAllowed, NotFound, Conflict, Invalid.
    """
    with tenancy.scope(actor):
        _only_buyers(actor)
        order = _purchases(actor).filter(id=order_id).first()
        if order is not None and order.state == State.COMPLETE:
            return
        order = _locked(actor, order_id, State.IN_TRANSIT, kind="dealer" if actor.kind == "dealer" else "enterprise")
        own = OrderLine.objects.filter(order=order).order_by("number")
        lines = said_quantities(
            own,
            quantities,
            most=_coming,
        )
        units: dict[int, Decimal] = {}
        for line, came in lines:
            line.received_quantity = came
            units[line.product_id] = units.get(line.product_id, Decimal(0)) + came
        OrderLine.objects.bulk_update([line for line, _came in lines], ["received_quantity"])
        order.received_on = received_on
        order.save(update_fields=["received_on"])
        walk(order, [Entered(State.COMPLETE)], actor=actor, now=now, on=received_on, first_by_hand=True)
        _tell(PURCHASE_RECEIVED, order)
        record_movements(
            actor=actor,
            kind=MovementKind.RECEIPT,
            cause=f"order:{order.number}",
            moves=[
                Move(product_id=product_id, quantity=came, dealer_id=order.buyer_dealer_id)
                for product_id, came in units.items()
                if came
            ],
            occurred_on=received_on,
        )


def cancel_purchase(*, actor: Actor, order_id: int, note: str, now: dt.datetime) -> None:
    """The buyer takes it back until the supplier confirmed; the supplier declines what it is asked to confirm.

    A note says why. Cancelling it again changes nothing. Raises NotAllowed, NotFound, Conflict, Invalid.
    """
    note = note_of(note)
    with tenancy.scope(actor):
        if actor.kind != "supplier":
            _only_buyers(actor)
        order = _purchases(actor).filter(id=order_id).first()
        if order is None:
            raise NotFound()
        if order.state == State.CANCELLED:
            return
        if order.state not in (*NOT_SENT, State.RELEASE_REVIEW):
            raise Conflict(
                _("Order %(number)s can no longer be cancelled.") % {"number": order.number},
                _("It is confirmed. Talk to each other first."),
                code="not-cancellable",
            )
        if not note:
            raise Invalid(_("Say in a note why it is cancelled."), field="note", code="note")
        walk(order, [Entered(State.CANCELLED)], actor=actor, now=now, on=order.ordered_on, note=note,
             first_by_hand=True)  # fmt: skip
        _tell(PURCHASE_CANCELLED, order)


def tell_moved(order: Order) -> None:
    """Of an order between a dealer and a supplier: what stands in it is theirs alone, and no program is sent it."""
    outbox.publish(
        topic=SUPPLIER_ORDER_MOVED,
        dealer_id=order.buyer_dealer_id,
        supplier_id=order.seller_supplier_id,
        payload={"order": order.number, "order_id": order.pk, "state": order.state},
    )


def _only_buyers(actor: Actor) -> None:
    if actor.kind != "dealer":
        require_buyer(actor)
    elif role_of(actor=actor) not in ORDERING_ROLES:
        raise NotAllowed(_("Only the dealer's owner and buyers decide about orders."))


def require_buyer(actor: Actor) -> None:
    """Raises NotAllowed for anybody but who buys for the enterprise. Call it inside a scope."""
    if actor.kind == "system":
        return
    if actor.kind != "enterprise" or role_of(actor=actor) not in BUYING_ROLES:
        raise NotAllowed(_("Only administrators and supply planners of the enterprise buy."))


def _purchases(actor: Actor) -> QuerySet[Order]:
    """Orders from suppliers that the actor may touch, to be locked; a supplier's own from when they were sent."""
    rows = Order.objects.select_for_update().filter(seller_supplier_id__isnull=False)
    if actor.kind == "supplier":
        return rows.filter(seller_supplier_id=actor.supplier_id).exclude(state__in=NOT_SENT)
    if actor.kind == "dealer":
        return rows.filter(buyer_dealer_id=actor.dealer_id)
    return rows.filter(buyer_dealer_id__isnull=True)


def _locked(actor: Actor, order_id: int, state: State, *, kind: str = "enterprise") -> Order:
    if actor.kind != kind and not (actor.kind == "system" and kind == "enterprise"):
        raise NotAllowed()
    order = _purchases(actor).filter(id=order_id).first()
    if order is None:
        raise NotFound()
    if order.state != state:
        raise Conflict(
            _("Order %(number)s no longer waits at this step.") % {"number": order.number},
            _("Somebody was quicker. Look at it again."),
            code="step-passed",
        )
    return order


def _coming(line: OrderLine) -> Decimal:
    """What is to come of a line: what was confirmed, else what was ordered."""
    return line.quantity if line.confirmed_quantity is None else line.confirmed_quantity


def check_day(day: dt.date, today: dt.date) -> None:
    if not today <= day <= today + dt.timedelta(days=_LATEST_DAYS):
        raise Invalid(
            _("The day must lie between today and %(days)s days from now.") % {"days": _LATEST_DAYS}, field="day"
        )


def _tell(topic: str, order: Order) -> None:
    if order.buyer_dealer_id is not None:
        tell_moved(order)
        return
    outbox.publish(
        topic=topic,
        supplier_id=order.seller_supplier_id,
        payload={
            "order": order.number,
            "order_id": order.pk,
            "state": order.state,
            "expected_on": order.expected_on.isoformat() if order.expected_on else None,
            "promised_on": order.promised_on.isoformat() if order.promised_on else None,
            "lines": [
                {
                    "line": line.number,
                    "sku": line.product.sku,
                    "quantity": float(line.quantity),
                    "confirmed": None if line.confirmed_quantity is None else float(line.confirmed_quantity),
                    "received": None if line.received_quantity is None else float(line.received_quantity),
                }
                for line in OrderLine.objects.filter(order=order).select_related("product").order_by("number")
            ],
        },
    )
