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
from firstmove.domains.trade.operations.credit_checks import OverCredit
from firstmove.domains.trade.operations.direct import place_direct
from firstmove.domains.trade.operations.goods import OutOfStock
from firstmove.domains.trade.operations.order_lists import forget_list, keep_list
from firstmove.domains.trade.operations.orders import (
    CANCELLED,
    PLACED,
    RECEIVED,
    NewLine,
    Placed,
    cancel,
    place,
    release,
)
from firstmove.domains.trade.operations.receipts import receive
from firstmove.domains.trade.operations.step_rules import set_cycle_target, set_step_rule
from firstmove.domains.trade.operations.steps import (
    LATE,
    MOVED,
    Held,
    Outcome,
    may_decide,
    pass_step,
    pass_steps,
    send_back,
    tell_late,
)

__all__ = [
    "CANCELLED",
    "LATE",
    "MOVED",
    "PLACED",
    "RECEIVED",
    "Added",
    "AddedLine",
    "CartChanged",
    "Held",
    "NewLine",
    "NotAdded",
    "OutOfStock",
    "Outcome",
    "OverCredit",
    "Placed",
    "add",
    "add_products",
    "cancel",
    "forget_list",
    "keep_list",
    "may_decide",
    "order_cart",
    "pass_step",
    "pass_steps",
    "place",
    "place_direct",
    "receive",
    "release",
    "send_back",
    "set_cycle_target",
    "set_quantity",
    "set_step_rule",
    "take_out",
    "tell_late",
]
