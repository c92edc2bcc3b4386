"""Writes of orders and what follows from them; a module for each noun, and here what other rooms call."""

from firstmove.domains.trade.operations.direct import place_direct
from firstmove.domains.trade.operations.goods import OutOfStock
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
    "NewLine",
    "OutOfStock",
    "OverCredit",
    "Placed",
    "cancel",
    "place",
    "place_direct",
    "receive",
    "release",
]
