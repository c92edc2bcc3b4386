"""The receipt of what was ordered."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from firstmove.domains.network.queries import ORDERING_ROLES, role_of
from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.stock.operations import Move, MovementKind
from firstmove.domains.stock.operations import record as record_movements
from firstmove.domains.trade.models import FEED, Order, OrderLine, State
from firstmove.domains.trade.operations import accounts, goods
from firstmove.domains.trade.operations.line_quantities import said_quantities
from firstmove.domains.trade.operations.orders import RECEIVED, enter
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, NotAllowed, NotFound
from firstmove.kernel.tenancy import Actor


def receive(
    *,
    actor: Actor,
    order_id: int,
    received_on: dt.date,
    now: dt.datetime,
    quantities: Mapping[int, Decimal] | None = None,
) -> None:
    """The goods came: into the ledger, and the order is complete. `quantities` by line number where they differ.

    Receiving a complete order again changes nothing. Raises NotFound, NotAllowed for a dealer's staff, Conflict for an
    order that is not on its way, Invalid for a line that is not there, more than was ordered or less than nothing.
    """
    with tenancy.scope(actor):
        orders = Order.objects.select_for_update().filter(buyer_dealer_id__isnull=False)
        if actor.kind == "dealer":
            if role_of(actor=actor) not in ORDERING_ROLES:
                raise NotAllowed(_("Only the dealer's owner and buyers decide about orders."))
            orders = orders.filter(buyer_dealer_id=actor.dealer_id)
        # The account is locked before the order, as wherever both are.
        accounts.locked_of(order_id)
        order = orders.filter(id=order_id).first()
        if order is None or order.buyer_dealer_id is None:
            raise NotFound()
        if order.state == State.COMPLETE:
            return
        if order.origin_kind == FEED:
            raise Conflict(_("The receipt of this order comes with the files of the system that took it."))
        if order.state != State.IN_TRANSIT:
            raise Conflict(_("This order is not on its way."), _("Only goods in transit can be received."))
        lines = list(OrderLine.objects.filter(order=order).select_related("product").order_by("number"))
        for line, came in said_quantities(lines, quantities, most=lambda line: line.quantity):
            line.received_quantity = came
        OrderLine.objects.bulk_update(lines, ["received_quantity"])
        order.state, order.received_on = State.COMPLETE, received_on
        order.save(update_fields=["state", "received_on"])
        accounts.follow(order, now=now)
        # All came, or was said not to: what the ledger still held for it, or it waited for, is free. First, as the
        # enterprise's balances are locked before a dealer's.
        goods.give_back(order, actor=actor)
        record_movements(
            actor=actor,
            kind=MovementKind.RECEIPT,
            cause=f"order:{order.number}",
            moves=_summed(lines, order.buyer_dealer_id),
            occurred_on=received_on,
        )
        enter(order, State.COMPLETE, now, actor)
        outbox.publish(
            topic=RECEIVED,
            dealer_id=order.buyer_dealer_id,
            payload={
                "order": order.number,
                "dealer": dealer_view(dealer_id=order.buyer_dealer_id).code,
                "shipped_on": order.ordered_on.isoformat(),
                "received_on": received_on.isoformat(),
                "lines": [
                    {"line": line.number, "sku": line.product.sku, "quantity": float(line.received_quantity or 0)}
                    for line in lines
                ],
            },
        )


def _summed(lines: Sequence[OrderLine], dealer_id: int) -> list[Move]:
    total: dict[int, Decimal] = {}
    for line in lines:
        total[line.product_id] = total.get(line.product_id, Decimal(0)) + (line.received_quantity or Decimal(0))
    return [Move(product_id=product, quantity=quantity, dealer_id=dealer_id) for product, quantity in total.items()]
