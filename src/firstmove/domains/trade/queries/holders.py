"""Orders as the ledger of reservations knows them."""

from collections.abc import Collection

from firstmove.domains.trade.models import Order
from firstmove.domains.trade.queries.orders import OrderView, order_view


def holder_of(order_id: int) -> str:
    """The name under which an order reserves stock."""
    return f"order:{order_id}"


def order_of(holder: str) -> int | None:
    """The order behind a holder, if it is one."""
    kind, _colon, number = holder.partition(":")
    return int(number) if kind == "order" and number.isascii() and number.isdecimal() else None


def orders_by_id(*, ids: Collection[int]) -> dict[int, OrderView]:
    return {row.pk: order_view(row) for row in Order.objects.filter(id__in=ids).select_related("buyer_dealer")}
