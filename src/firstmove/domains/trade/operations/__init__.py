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
from firstmove.domains.trade.operations.credit_checks import Blocked, OverCredit
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
from firstmove.domains.trade.operations.payments import (
    KEEPERS,
    credit_note,
    open_account,
    record_payment,
    set_dunning_rules,
    take_back_payment,
    upsert_payments,
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
    "KEEPERS",
    "LATE",
    "MOVED",
    "PLACED",
    "RECEIVED",
    "Added",
    "AddedLine",
    "Blocked",
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
    "credit_note",
    "forget_list",
    "keep_list",
    "may_decide",
    "open_account",
    "order_cart",
    "pass_step",
    "pass_steps",
    "place",
    "place_direct",
    "receive",
    "record_payment",
    "release",
    "send_back",
    "set_cycle_target",
    "set_dunning_rules",
    "set_quantity",
    "set_step_rule",
    "take_back_payment",
    "take_out",
    "tell_late",
    "upsert_payments",
]
