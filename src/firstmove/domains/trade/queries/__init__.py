"""Reads of orders and credit, inside a `tenancy.scope`; a module for each noun, and here what other rooms call."""

from firstmove.domains.trade.pricing import PriceBasis
from firstmove.domains.trade.queries.credit_limits import Credit, credit, credits_left
from firstmove.domains.trade.queries.orders import (
    AutomaticOrder,
    DayOfOrders,
    OrderDetail,
    OrderLineView,
    OrderView,
    ProductOrder,
    StepView,
    TaxOf,
    WeekOfOrders,
    automatic_orders,
    by_day,
    by_week,
    dealers_ordered_on,
    open_count,
    order,
    ordered_after,
    orders,
    orders_of_product,
)

__all__ = [
    "AutomaticOrder",
    "Credit",
    "DayOfOrders",
    "OrderDetail",
    "OrderLineView",
    "OrderView",
    "PriceBasis",
    "ProductOrder",
    "StepView",
    "TaxOf",
    "WeekOfOrders",
    "automatic_orders",
    "by_day",
    "by_week",
    "credit",
    "credits_left",
    "dealers_ordered_on",
    "open_count",
    "order",
    "ordered_after",
    "orders",
    "orders_of_product",
]
