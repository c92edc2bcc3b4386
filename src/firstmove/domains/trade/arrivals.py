"""What suppliers promised, as goods that the enterprise expects: the ledger of stock follows the news of purchases."""

from collections.abc import Sequence

from firstmove.domains.stock.operations import Due, expect
from firstmove.domains.stock.reserving import cover
from firstmove.domains.trade.models import Order, OrderLine, State
from firstmove.kernel.outbox import Event

_COMING = (State.TO_SHIP, State.IN_TRANSIT)


def follow(events: Sequence[Event]) -> None:
    """Expect of each order what is still to come of it; what came covers those who wait. Told twice, it is the same."""
    ids = sorted({event.payload["order_id"] for event in events})
    received: set[int] = set()
    for order in Order.objects.filter(id__in=ids).order_by("id"):
        lines = OrderLine.objects.filter(order=order)
        due = []
        if order.state in _COMING and order.promised_on is not None:
            due = [
                Due(
                    line.product_id,
                    line.confirmed_quantity,
                    order.promised_on,
                    has_left=order.state == State.IN_TRANSIT,
                )
                for line in lines
                if line.confirmed_quantity
            ]
        expect(source=f"purchase:{order.pk}", arrivals=due)
        if order.state == State.COMPLETE:
            received |= {line.product_id for line in lines}
    if received:
        cover(product_ids=received)
