"""An order is placed, let go and taken back: one transaction each."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from firstmove.domains.catalog.queries import products_by_id
from firstmove.domains.network.queries import ORDERING_ROLES, enterprise, role_of
from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.trade import pricing
from firstmove.domains.trade.models import FEED, STEPS, Order, OrderLine, OrderStep, State
from firstmove.domains.trade.operations import goods
from firstmove.domains.trade.queries.credit_limits import credit
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.money import rounded
from firstmove.kernel.tenancy import SYSTEM, Actor

PLACED, RECEIVED, CANCELLED = "trade.order_placed", "trade.order_received", "trade.order_cancelled"
# Who waits for whom when two orders draw on one dealer's credit; the number is arbitrary and known only here.
_CREDIT_LOCK = 7_215_002
# The steps that pass by themselves: all between submission and receipt.
_AUTOMATIC = STEPS[1 : STEPS.index(State.IN_TRANSIT) + 1]


@dataclass(frozen=True)
class NewLine:
    """`unit_price` is what the buyer was shown; None takes what the lists say at the ordered quantity."""

    product_id: int
    quantity: Decimal
    unit_price: Decimal | None = None


@dataclass(frozen=True)
class Placed:
    id: int
    number: str


class OverCredit(Conflict):
    """The order is larger than the credit that is left."""

    code = "over-credit"


def place(
    *,
    actor: Actor,
    buyer_dealer_id: int,
    origin: tuple[str, int | None],
    lines: Sequence[NewLine],
    currency: str,
    ordered_on: dt.date,
    expected_on: dt.date | None,
    now: dt.datetime,
    price_assumed: bool = False,
    automatic: bool = False,
) -> Placed:
    """A dealer's order from the enterprise. One origin makes one order: placing it again returns the first.

    An `automatic` one waits at its first step until `release`, so that its buyer can still cancel it.

    Prices are held: what lists say later changes nothing of it, and each line keeps why it cost what it cost. All units
    of a product together reach the steps of its price.

    Raises NotAllowed in another dealer's name, Invalid without lines, for a line of nothing, for unlisted products or
    where no price is given nor listed, OverCredit where the dealer's limit does not carry it, OutOfStock where the
    enterprise has less and takes no back-orders. Its stock is reserved last, so that others wait for these balances no
    longer than they must.
    """
    if actor.kind == "dealer" and actor.dealer_id != buyer_dealer_id:
        raise NotAllowed()
    if not lines:
        raise Invalid(_("An order needs at least one line."))
    if not all(line.quantity > 0 and (line.unit_price is None or line.unit_price >= 0) for line in lines):
        raise Invalid(_("Every line of an order needs a quantity above zero and a price."))
    with tenancy.scope(actor):
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_CREDIT_LOCK, buyer_dealer_id])
        kind, origin_id = origin
        if origin_id is not None:
            present = Order.objects.filter(
                origin_kind=kind, origin_id=origin_id, buyer_dealer_id=buyer_dealer_id
            ).first()
            if present is not None:
                return Placed(present.pk, present.number)
        products = products_by_id(ids=[line.product_id for line in lines])
        for line in lines:
            if line.product_id not in products or not products[line.product_id].is_listed:
                raise Invalid(
                    _("A product of this order is no longer listed."),
                    _("Take it out and order again."),
                    code="unlisted",
                )
        held = pricing.held(lines, dealer_id=buyer_dealer_id, on=ordered_on, names=products)
        amount = rounded(sum((line.quantity * line.unit_price for line in held), Decimal(0)), currency=currency)
        _check_credit(buyer_dealer_id, amount, ordered_on)
        dealer = dealer_view(dealer_id=buyer_dealer_id)
        order = Order.objects.create(
            number=_number(ordered_on),
            buyer_dealer_id=buyer_dealer_id,
            origin_kind=kind,
            origin_id=origin_id,
            state=STEPS[0] if automatic else _AUTOMATIC[-1],
            currency=currency,
            amount=amount,
            line_count=len(lines),
            price_assumed=price_assumed,
            ordered_on=ordered_on,
            expected_on=expected_on,
            due_on=None if dealer.terms_days is None else ordered_on + dt.timedelta(days=dealer.terms_days),
            placed_by_id=actor.user_id,
            automatic=automatic,
        )
        OrderLine.objects.bulk_create(
            OrderLine(
                order=order,
                buyer_dealer_id=buyer_dealer_id,
                number=number,
                product_id=line.product_id,
                quantity=line.quantity,
                unit_price=line.unit_price,
                price_basis=line.basis,
                tax_rate=products[line.product_id].tax_rate,
            )
            for number, line in enumerate(held, start=1)
        )
        enter(order, STEPS[0], now, actor, automatic=automatic)
        for state in () if automatic else _AUTOMATIC:
            enter(order, state, now, actor, automatic=True)
        outbox.publish(
            topic=PLACED,
            dealer_id=buyer_dealer_id,
            payload={
                "order": order.number,
                "dealer": dealer.code,
                "ordered_on": ordered_on.isoformat(),
                "expected_on": expected_on.isoformat() if expected_on else None,
                "lines": [
                    {
                        "line": number,
                        "sku": products[line.product_id].sku,
                        "quantity": float(line.quantity),
                        "price": float(line.unit_price),
                    }
                    for number, line in enumerate(held, start=1)
                ],
            },
        )
        goods.reserve(order, actor=actor, lines=[(line.product_id, line.quantity) for line in lines], products=products)
        if not automatic:
            goods.ship(order, actor=actor, on=ordered_on)
        return Placed(order.pk, order.number)


def release(*, placed_before: dt.datetime, now: dt.datetime) -> int:
    """Let automatic orders that were placed before a time go their way; from then on nobody cancels them.

    Each in a transaction of its own, as each takes its balances in their order.
    """
    with tenancy.scope(SYSTEM):
        waiting = list(_waiting(placed_before).order_by("id").values_list("id", flat=True))
    released = 0
    for order_id in waiting:
        with tenancy.scope(SYSTEM):
            order = _waiting(placed_before).select_for_update(of=("self",)).filter(id=order_id).first()
            if order is None:
                continue
            order.state = _AUTOMATIC[-1]
            order.save(update_fields=["state"])
            for state in _AUTOMATIC:
                enter(order, state, now, SYSTEM, automatic=True)
            goods.ship(order, actor=SYSTEM, on=enterprise(now=now).business_on)
            released += 1
    return released


def _waiting(placed_before: dt.datetime) -> QuerySet[Order]:
    """Automatic orders at their first step since before a time."""
    return Order.objects.filter(automatic=True, state=STEPS[0], steps__state=STEPS[0], steps__at__lte=placed_before)


def cancel(*, actor: Actor, order_id: int, now: dt.datetime) -> None:
    """The buyer takes back an order that waits at its first step. Cancelling it again changes nothing.

    Raises NotFound, NotAllowed for a dealer's staff, Conflict for an order that is past its first step.
    """
    if actor.kind != "dealer":
        raise NotAllowed(_("Only the dealer's owner and buyers decide about orders."))
    with tenancy.scope(actor):
        if role_of(actor=actor) not in ORDERING_ROLES:
            raise NotAllowed(_("Only the dealer's owner and buyers decide about orders."))
        order = Order.objects.select_for_update().filter(id=order_id, buyer_dealer_id=actor.dealer_id).first()
        if order is None or order.buyer_dealer_id is None:
            raise NotFound()
        if order.state == State.CANCELLED:
            return
        if order.state != STEPS[0] or order.origin_kind == FEED:
            raise Conflict(
                _("Order %(number)s can no longer be cancelled.") % {"number": order.number},
                _("It is on its way. Talk to the enterprise, or order less next time."),
                code="not-cancellable",
            )
        order.state = State.CANCELLED
        order.save(update_fields=["state"])
        goods.give_back(order, actor=actor)
        enter(order, State.CANCELLED, now, actor)
        outbox.publish(
            topic=CANCELLED,
            dealer_id=order.buyer_dealer_id,
            payload={
                "order": order.number,
                "order_id": order.pk,
                "dealer": dealer_view(dealer_id=order.buyer_dealer_id).code,
                "ordered_on": order.ordered_on.isoformat(),
                "expected_on": order.expected_on.isoformat() if order.expected_on else None,
                "lines": [
                    {"line": line.number, "sku": line.product.sku, "quantity": 0.0, "price": float(line.unit_price)}
                    for line in OrderLine.objects.filter(order=order).select_related("product").order_by("number")
                ],
            },
        )


def _check_credit(dealer_id: int, amount: Decimal, on: dt.date) -> None:
    left = credit(dealer_id=dealer_id, on=on).left
    if left is not None and amount > left:
        raise OverCredit(
            _("This order of %(amount)s is over the credit of %(left)s that is left.")
            % {"amount": amount, "left": left},
            _("Take out what can wait, or ask for a higher limit."),
            amount=str(amount),
            left=str(left),
        )


def _number(ordered_on: dt.date) -> str:
    with connection.cursor() as cursor:
        cursor.execute("select nextval('trade_order_number')")
        return f"SO{ordered_on:%y%m%d}-{cursor.fetchone()[0]:05d}"


def enter(order: Order, state: State, now: dt.datetime, actor: Actor, *, automatic: bool = False) -> None:
    OrderStep.objects.create(
        order=order,
        buyer_dealer_id=order.buyer_dealer_id,
        seller_supplier_id=order.seller_supplier_id,
        state=state,
        at=now,
        user_id=None if automatic else actor.user_id,
        automatic=automatic,
    )
