"""Orders."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from firstmove.api.auth import SessionOf
from firstmove.api.problems import REFUSALS
from firstmove.api.requests import Id, Page, Search
from firstmove.domains.trade import queries
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import Actor

router = Router(tags=["trade"])
_READERS = SessionOf("dealer", "enterprise")


class OrderOut(Schema):
    """An order. `origin_kind` and `origin_id` say what it grew from, such as a proposal."""

    id: int
    number: str
    buyer_dealer_id: int | None
    buyer_name: str
    state: str
    currency: str
    amount: Decimal
    line_count: int
    price_assumed: bool
    ordered_on: dt.date
    expected_on: dt.date | None
    received_on: dt.date | None
    origin_kind: str
    origin_id: int | None


class OrderLineOut(Schema):
    """Quantities are in the product's sales unit; `received_quantity` is empty until the goods came."""

    number: int
    product_id: int
    sku: str
    product_name: str
    unit: str
    category: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    received_quantity: Decimal | None


class StepOut(Schema):
    """One of the six steps; `at` is empty for those still to come."""

    state: str
    at: dt.datetime | None
    automatic: bool
    by: str
    current: bool


class OrderDetailOut(Schema):
    order: OrderOut
    lines: list[OrderLineOut]
    steps: list[StepOut]


class OrdersOut(Schema):
    items: list[OrderOut]
    count: int


@router.get("", response={200: OrdersOut, **REFUSALS}, auth=_READERS)
def read_orders(request: HttpRequest, page: Query[Page], search: Search = "", open: bool = False) -> dict[str, Any]:
    """Orders, the latest first: a dealer's own, the enterprise's all. `search`: a number, a dealer or a product."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        items, count = queries.orders(
            dealer_id=actor.dealer_id, open_only=open, search=search, offset=page.offset, limit=page.limit
        )
    return {"items": items, "count": count}


@router.get("/{order_id}", response={200: OrderDetailOut, **REFUSALS}, auth=_READERS)
def read_order(request: HttpRequest, order_id: Id) -> queries.OrderDetail:
    """An order with its lines and its six steps."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        return queries.order(order_id=order_id, dealer_id=actor.dealer_id)
