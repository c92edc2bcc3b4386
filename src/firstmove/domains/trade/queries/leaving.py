"""What of an order may leave now."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from firstmove.domains.stock.queries import HolderView, held_by
from firstmove.domains.stock.reserving import Held
from firstmove.domains.trade.models import FEED, Order, OrderLine, State
from firstmove.domains.trade.queries.holders import holder_of


def shippable(
    lines: Sequence[OrderLine],
    *,
    held: Mapping[int, Held | HolderView],
    quantities: Mapping[int, Decimal] | None = None,
) -> dict[int, Decimal]:
    """Units that may leave now, by line number: all, or at most `quantities`. Lines of which nothing may are absent.

    Of a product that the enterprise keeps here no more leaves than the order has reserved, its first lines first; a
    product that is not in `held` is not kept here, and all that was ordered may leave.
    """
    left = {product_id: one.reserved for product_id, one in held.items()}
    found = {}
    for line in lines:
        units = line.open_quantity
        if quantities is not None:
            units = min(units, quantities.get(line.number, Decimal(0)))
        if line.product_id in left:
            units = min(units, left[line.product_id])
            left[line.product_id] -= units
        if units > 0:
            found[line.number] = units
    return found


def may_leave(*, order_id: int) -> dict[int, Decimal]:
    """Units that the enterprise can send now, by line number; empty for an order that is not to be shipped."""
    order = Order.objects.filter(
        id=order_id, state__in=(State.TO_SHIP, State.IN_TRANSIT), seller_supplier_id__isnull=True
    )
    if not order.exclude(origin_kind=FEED).exists():
        return {}
    lines = list(OrderLine.objects.filter(order_id=order_id).order_by("number"))
    if not any(line.open_quantity for line in lines):
        return {}
    return shippable(lines, held=held_by(holder=holder_of(order_id)))
