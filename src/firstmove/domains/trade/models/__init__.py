"""Orders and what follows from them; a module for each noun."""

from firstmove.domains.trade.models.accounts import (
    OF_ORDERS,
    AccountEntry,
    Allocation,
    CreditAccount,
    DunningRule,
    EntryKind,
)
from firstmove.domains.trade.models.carts import Cart, CartLine, LostDemand, Missed, OrderList, OrderListLine
from firstmove.domains.trade.models.orders import FEED, OPEN_STATES, STEPS, Order, OrderLine, OrderStep, State
from firstmove.domains.trade.models.steps import REVIEWED, CycleTarget, StepRule

__all__ = [
    "FEED",
    "OF_ORDERS",
    "OPEN_STATES",
    "REVIEWED",
    "STEPS",
    "AccountEntry",
    "Allocation",
    "Cart",
    "CartLine",
    "CreditAccount",
    "CycleTarget",
    "DunningRule",
    "EntryKind",
    "LostDemand",
    "Missed",
    "Order",
    "OrderLine",
    "OrderList",
    "OrderListLine",
    "OrderStep",
    "State",
    "StepRule",
]
