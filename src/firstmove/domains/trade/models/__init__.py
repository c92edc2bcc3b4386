"""Orders and what follows from them; a module for each noun."""

from firstmove.domains.trade.models.accounts import (
    OF_ORDERS,
    AccountEntry,
    Allocation,
    CreditAccount,
    DunningRule,
    EntryKind,
)
from firstmove.domains.trade.models.addresses import DeliveryAddress
from firstmove.domains.trade.models.carriers import Carrier, CarrierNotice, CarrierStatus, Heard
from firstmove.domains.trade.models.carts import Cart, CartLine, LostDemand, Missed, OrderList, OrderListLine
from firstmove.domains.trade.models.claims import Claim, ClaimState, Fault
from firstmove.domains.trade.models.credit_notes import CreditNote, CreditNotePart
from firstmove.domains.trade.models.invoices import Invoice, InvoiceKind, InvoicePart, InvoiceProfile, InvoiceState
from firstmove.domains.trade.models.orders import FEED, OPEN_STATES, STEPS, Order, OrderLine, OrderStep, State
from firstmove.domains.trade.models.returns import (
    RETURN_ENDED,
    RETURN_STEPS,
    Return,
    ReturnCause,
    ReturnLine,
    ReturnState,
    ReturnStep,
)
from firstmove.domains.trade.models.shipments import Moved, OrderPromise, Shipment, ShipmentLine
from firstmove.domains.trade.models.statements import CheckState, StatementCheck, StatementMessage
from firstmove.domains.trade.models.steps import REVIEWED, CycleTarget, StepRule

__all__ = [
    "FEED",
    "OF_ORDERS",
    "OPEN_STATES",
    "RETURN_ENDED",
    "RETURN_STEPS",
    "REVIEWED",
    "STEPS",
    "AccountEntry",
    "Allocation",
    "Carrier",
    "CarrierNotice",
    "CarrierStatus",
    "Cart",
    "CartLine",
    "CheckState",
    "Claim",
    "ClaimState",
    "CreditAccount",
    "CreditNote",
    "CreditNotePart",
    "CycleTarget",
    "DeliveryAddress",
    "DunningRule",
    "EntryKind",
    "Fault",
    "Heard",
    "Invoice",
    "InvoiceKind",
    "InvoicePart",
    "InvoiceProfile",
    "InvoiceState",
    "LostDemand",
    "Missed",
    "Moved",
    "Order",
    "OrderLine",
    "OrderList",
    "OrderListLine",
    "OrderPromise",
    "OrderStep",
    "Return",
    "ReturnCause",
    "ReturnLine",
    "ReturnState",
    "ReturnStep",
    "Shipment",
    "ShipmentLine",
    "State",
    "StatementCheck",
    "StatementMessage",
    "StepRule",
]
