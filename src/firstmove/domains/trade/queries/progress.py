"""How far the goods are that a dealer's orders wait for. Call it inside a `tenancy.scope`."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from firstmove.domains.catalog.queries import products_by_id
from firstmove.domains.stock import queries as stock
from firstmove.domains.trade.queries.holders import order_of, orders_by_id
from firstmove.domains.trade.queries.orders import OrderView

# The stages of goods, in their order.
STAGES = ("planned", "in_production", "on_the_way", "at_warehouse")


@dataclass(frozen=True)
class Part:
    """Units of a line at one stage; `due_on` is the day on which they come to the warehouse, None once they are there.

    `share` is theirs of all units that the line still wants.
    """

    stage: str
    units: Decimal
    due_on: dt.date | None
    share: float


@dataclass(frozen=True)
class WaitingLine:
    """A product of an order that waits for goods. `unknown` units wait for goods of which no day is known."""

    order: OrderView
    product_id: int
    sku: str
    product_name: str
    unit: str
    wanted: Decimal
    waiting: Decimal
    parts: list[Part]
    unknown: Decimal

    @property
    def complete_on(self) -> dt.date | None:
        """The day on which the last of it comes to the warehouse; None where that is not known."""
        if self.unknown:
            return None
        return max(part.due_on for part in self.parts if part.due_on is not None)


def waiting_lines(*, dealer_id: int, on: dt.date) -> list[WaitingLine]:
    """Back-orders of a dealer, who waits longest first, with the stages of the goods that are meant for them.

    What is reserved is at the warehouse; what comes is told as it will be given out: by the
    enterprise's shares of a scarce product, else first come, first served.
    """
    held = [(found, product_id) for found, product_id in stock.back_orders_of(dealer_id=dealer_id)]
    orders = orders_by_id(ids={order_id for found, _product in held if (order_id := order_of(found.holder))})
    products = products_by_id(ids={product_id for _found, product_id in held})
    coming: dict[tuple[str, int], list[stock.Coming]] = {}
    for row in stock.coming(dealer_id=dealer_id, on=on) if held else ():
        coming.setdefault((row.holder, row.product_id), []).append(row)
    lines = []
    for found, product_id in held:
        order = orders.get(order_of(found.holder) or 0)
        if order is None:
            continue
        wanted, product = found.reserved + found.waiting, products[product_id]
        rows = coming.get((found.holder, product_id), [])
        parts = [Part(row.stage, row.units, row.due_on, float(row.units / wanted)) for row in rows]
        if found.reserved > 0:
            parts.insert(0, Part("at_warehouse", found.reserved, None, float(found.reserved / wanted)))
        unknown = found.waiting - sum((row.units for row in rows), Decimal(0))
        names = (product.sku, product.name, product.unit)
        lines.append(WaitingLine(order, product_id, *names, wanted, found.waiting, parts, unknown))
    return lines
