"""An order is placed, let go and taken back: one transaction each."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from firstmove.domains.catalog.queries import ProductView, products_by_id
from firstmove.domains.network.queries import ORDERING_ROLES, DealerView, enterprise, role_of
from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.trade import pricing
from firstmove.domains.trade.models import FEED, REVIEWED, STEPS, Order, OrderLine, OrderStep, State
from firstmove.domains.trade.operations import accounts, addresses, goods, steps
from firstmove.domains.trade.operations.credit_checks import check_credit
from firstmove.domains.trade.operations.numbers import next_number
from firstmove.domains.trade.pricing import Known
from firstmove.kernel import outbox, tenancy, writing
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.money import rounded
from firstmove.kernel.tenancy import SYSTEM, Actor

PLACED, RECEIVED, CANCELLED = "trade.order_placed", "trade.order_received", "trade.order_cancelled"


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
    address_id: int | None = None,
) -> Placed:
    """A dealer's order from the enterprise. One origin makes one order: placing it again returns the first.

    An `automatic` one waits at its first step until `release`, so that its buyer can still cancel it.

    Prices are held: what lists say later changes nothing of it, and each line keeps why it cost what it cost. All units
    of a product together reach the steps of its price.

    It goes as far as the rules of its steps let it: where no step is on, what is there is on its way at once, and an
    order of which nothing is there waits for its shipment.

    It goes to the dealer's address `address_id`, or to its default one, and keeps what that says now.

    Raises NotAllowed in another dealer's name, Invalid without lines, for a line of nothing, for unlisted products or
    where no price is given nor listed, OverCredit where the dealer's limit does not carry it, OutOfStock where the
    enterprise has less and takes no back-orders. Its stock is reserved last, so that others wait for these balances no
    longer than they must.
    """
    with tenancy.scope(actor):
        return place_within(
            actor=actor,
            order=NewOrder(
                buyer_dealer_id, origin, tuple(lines), currency, ordered_on, expected_on, price_assumed, address_id
            ),
            now=now,
            automatic=automatic,
        )


@dataclass(frozen=True)
class NewOrder:
    """What is to be ordered, by whom and why; see `place`."""

    buyer_dealer_id: int
    origin: tuple[str, int | None]
    lines: tuple[NewLine, ...]
    currency: str
    ordered_on: dt.date
    expected_on: dt.date | None
    price_assumed: bool = False
    address_id: int | None = None


def _known(order: NewOrder) -> Known:
    return Known(
        dealer_view(dealer_id=order.buyer_dealer_id),
        order.currency,
        products_by_id(ids=[line.product_id for line in order.lines]),
        pricing.quotes_of(order.lines, dealer_id=order.buyer_dealer_id, on=order.ordered_on),
    )


def place_within(
    *, actor: Actor, order: NewOrder, now: dt.datetime, automatic: bool = False, known: Known | None = None
) -> Placed:
    """`place` as a part of the caller's scope, and undone with it. `known`: what need not be read again."""
    if actor.kind == "dealer" and actor.dealer_id != order.buyer_dealer_id:
        raise NotAllowed()
    if not order.lines:
        raise Invalid(_("An order needs at least one line."))
    if not all(line.quantity > 0 and (line.unit_price is None or line.unit_price >= 0) for line in order.lines):
        raise Invalid(_("Every line of an order needs a quantity above zero and a price."))
    account = accounts.locked(order.buyer_dealer_id)
    kind, origin_id = order.origin
    if origin_id is not None:
        present = Order.objects.filter(
            origin_kind=kind, origin_id=origin_id, buyer_dealer_id=order.buyer_dealer_id
        ).first()
        if present is not None:
            return Placed(present.pk, present.number)
    known = known or _known(order)
    products = known.products
    for line in order.lines:
        if line.product_id not in products or not products[line.product_id].is_listed:
            raise Invalid(
                _("A product of this order is no longer listed."), _("Take it out and order again."), code="unlisted"
            )
    held = pricing.held(order.lines, quotes=known.quotes, names=products)
    amount = rounded(sum((line.quantity * line.unit_price for line in held), Decimal(0)), currency=order.currency)
    credit = check_credit(dealer=known.dealer, account=account, amount=amount, on=order.ordered_on)
    terms = known.dealer.terms_days
    rules = steps.rules_on()
    row = Order(
        number=next_number("SO", on=order.ordered_on),
        buyer_dealer_id=order.buyer_dealer_id,
        origin_kind=kind,
        origin_id=origin_id,
        state=STEPS[0],
        currency=order.currency,
        amount=amount,
        line_count=len(held),
        price_assumed=order.price_assumed,
        ordered_on=order.ordered_on,
        expected_on=order.expected_on,
        due_on=None if terms is None else order.ordered_on + dt.timedelta(days=terms),
        placed_by_id=actor.user_id,
        automatic=automatic,
        deliver_to=addresses.kept(order.buyer_dealer_id, order.address_id),
    )
    facts = steps.Facts(row, on=order.ordered_on, credit_checked=True, held={})
    reached = [steps.Entered(STEPS[0])] if automatic else None
    if reached is None and not any(rule.asks_of_lines for rule in rules.values()):
        # No rule looks at what is written below, so the order is written once, as where it comes to stand.
        reached = steps.course(row, start=STEPS[0], rules=rules, facts=facts)
        row.state = reached[-1].state
    row.save(force_insert=True)
    writing.insert(
        OrderLine(
            order=row,
            buyer_dealer_id=order.buyer_dealer_id,
            number=number,
            product_id=line.product_id,
            quantity=line.quantity,
            unit_price=line.unit_price,
            price_basis=line.basis,
            tax_rate=products[line.product_id].tax_rate,
        )
        for number, line in enumerate(held, start=1)
    )
    accounts.charge(row, account, has_advance=credit.has_advance, now=now)
    _tell_placed(row, known.dealer, held, products)
    wanted = [(line.product_id, line.quantity) for line in order.lines]
    reserved = goods.reserve(row, actor=actor, lines=wanted, products=products)
    if reached is None or (not automatic and any(one.waiting for one in reserved.values())):
        facts = steps.Facts(row, on=order.ordered_on, credit_checked=True, held=reserved)
        reached = steps.course(row, start=STEPS[0], rules=rules, facts=facts)
    steps.walk(row, reached, actor=actor, now=now, on=order.ordered_on, first_by_hand=not automatic, held=reserved)
    return Placed(row.pk, row.number)


def _tell_placed(
    order: Order, dealer: DealerView, lines: Sequence[pricing.HeldLine], products: Mapping[int, ProductView]
) -> None:
    outbox.publish(
        topic=PLACED,
        dealer_id=dealer.id,
        payload={
            "order": order.number,
            "dealer": dealer.code,
            "ordered_on": order.ordered_on.isoformat(),
            "expected_on": order.expected_on.isoformat() if order.expected_on else None,
            "lines": [
                {
                    "line": number,
                    "sku": products[line.product_id].sku,
                    "quantity": float(line.quantity),
                    "price": float(line.unit_price),
                }
                for number, line in enumerate(lines, start=1)
            ],
        },
    )


def release(*, placed_before: dt.datetime, now: dt.datetime) -> int:
    """Let automatic orders that were placed before a time go their way; from then on nobody cancels them.

    Each in a transaction of its own, as each takes its balances in their order.
    """
    with tenancy.scope(SYSTEM):
        waiting = list(_waiting(placed_before).order_by("id").values_list("id", flat=True))
    released = 0
    for order_id in waiting:
        with tenancy.scope(SYSTEM):
            accounts.locked_of(order_id)
            order = _waiting(placed_before).select_for_update(of=("self",)).filter(id=order_id).first()
            if order is None:
                continue
            on = enterprise(now=now).business_on
            reached = steps.course(order, start=STEPS[0], rules=steps.rules_on(), facts=steps.Facts(order, on=on))
            if len(reached) == 1:
                OrderStep.objects.filter(order=order, state=STEPS[0]).update(held_by=list(reached[0].held_by))
                continue
            steps.walk(order, reached[1:], actor=SYSTEM, now=now, on=on)
            released += 1
    return released


def _waiting(placed_before: dt.datetime) -> QuerySet[Order]:
    """Automatic orders at their first step since before a time that no rule holds there."""
    return Order.objects.filter(
        automatic=True,
        state=STEPS[0],
        steps__state=STEPS[0],
        steps__at__lte=placed_before,
        steps__held_by=[],
    )


def cancel(*, actor: Actor, order_id: int, now: dt.datetime, note: str = "") -> None:
    """Take back an order: its buyer while it waits at its first step, the enterprise, with a note, until it leaves.

    Cancelling it again changes nothing. Raises NotFound, NotAllowed for a dealer's staff, Invalid for the enterprise
    without a note, Conflict for an order that is past that.
    """
    with tenancy.scope(actor):
        order = _own_to_cancel(actor, order_id)
        note = steps.note_of(note)
        if order.state == State.CANCELLED:
            return
        until = STEPS[:1] if actor.kind == "dealer" else REVIEWED
        if order.state not in until or order.origin_kind == FEED:
            raise Conflict(
                _("Order %(number)s can no longer be cancelled.") % {"number": order.number},
                _("It is on its way. Talk to the enterprise, or order less next time."),
                code="not-cancellable",
            )
        if actor.kind == "enterprise" and not note:
            raise Invalid(_("Say in a note why it is cancelled."), field="note", code="note")
        order.state = State.CANCELLED
        order.save(update_fields=["state"])
        accounts.follow(order, now=now)
        goods.give_back(order, actor=actor)
        enter(order, State.CANCELLED, now, actor, note=note)
        _tell_cancelled(order, note)


def _own_to_cancel(actor: Actor, order_id: int) -> Order:
    """A dealer's order, locked, for who may take it back."""
    orders = Order.objects.select_for_update().filter(id=order_id, seller_supplier_id__isnull=True)
    accounts.locked_of(order_id)
    if actor.kind == "dealer":
        if role_of(actor=actor) not in ORDERING_ROLES:
            raise NotAllowed(_("Only the dealer's owner and buyers decide about orders."))
        orders = orders.filter(buyer_dealer_id=actor.dealer_id)
    elif actor.kind != "enterprise":
        raise NotAllowed(_("Only the dealer's owner and buyers decide about orders."))
    order = orders.first()
    if order is None:
        raise NotFound()
    return order


def _tell_cancelled(order: Order, note: str) -> None:
    dealer_id = order.buyer_dealer_id
    if dealer_id is None:
        raise NotFound()
    outbox.publish(
        topic=CANCELLED,
        dealer_id=dealer_id,
        payload={
            "order": order.number,
            "order_id": order.pk,
            "dealer": dealer_view(dealer_id=dealer_id).code,
            "ordered_on": order.ordered_on.isoformat(),
            "expected_on": order.expected_on.isoformat() if order.expected_on else None,
            "note": note,
            "lines": [
                {"line": line.number, "sku": line.product.sku, "quantity": 0.0, "price": float(line.unit_price)}
                for line in OrderLine.objects.filter(order=order).select_related("product").order_by("number")
            ],
        },
    )


def enter(order: Order, state: State, now: dt.datetime, actor: Actor, *, note: str = "") -> None:
    OrderStep.objects.create(
        order=order,
        buyer_dealer_id=order.buyer_dealer_id,
        seller_supplier_id=order.seller_supplier_id,
        state=state,
        at=now,
        user_id=actor.user_id,
        note=note,
    )
