"""Writes of orders and what follows from them; a module for each noun, and here what other rooms call."""

from firstmove.domains.trade.operations.carts import (
    Added,
    AddedLine,
    CartChanged,
    NotAdded,
    add,
    add_products,
    order_cart,
    set_quantity,
    take_out,
)
from firstmove.domains.trade.operations.direct import place_direct
from firstmove.domains.trade.operations.goods import OutOfStock
from firstmove.domains.trade.operations.order_lists import forget_list, keep_list
from firstmove.domains.trade.operations.orders import (
    CANCELLED,
    PLACED,
    RECEIVED,
    NewLine,
    OverCredit,
    Placed,
    cancel,
    place,
    release,
)
from firstmove.domains.trade.operations.receipts import receive

__all__ = [
    "CANCELLED",
    "PLACED",
    "RECEIVED",
    "Added",
    "AddedLine",
    "CartChanged",
    "NewLine",
    "NotAdded",
    "OutOfStock",
    "OverCredit",
    "Placed",
    "add",
    "add_products",
    "cancel",
    "forget_list",
    "keep_list",
    "order_cart",
    "place",
    "place_direct",
    "receive",
    "release",
    "set_quantity",
    "take_out",
]
