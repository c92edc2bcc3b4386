"""What a dealer is told: news of products, and how far what it waits for is."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from firstmove.api.auth import access
from firstmove.api.once import once
from firstmove.api.problems import REFUSALS
from firstmove.domains.network import queries as network
from firstmove.domains.planning import operations
from firstmove.domains.planning import queries as planning
from firstmove.domains.trade import queries as trade
from firstmove.kernel import tenancy
from firstmove.kernel.errors import NotAllowed
from firstmove.kernel.tenancy import Actor

router = Router(tags=["sharing"])


class NewsItemOut(Schema):
    """News about one product.

    `kind`: launch, range (a price of the dealer begins where there was none), promotion, price, promise (the day of an
    order became later: `was_on`, `now_on`). `on_hand` in sales
    units and `cover_days` are the dealer's own; empty is not known. `meaning` is a code: not_held, held, ends_before,
    ends_within, lasts, dearer, can_wait.
    """

    key: str
    kind: str
    product_id: int
    sku: str
    product_name: str
    starts_on: dt.date
    ends_on: dt.date | None
    name: str
    before: Decimal | None
    price: Decimal | None
    on_hand: float | None
    cover_days: float | None
    stock_assumed: bool
    meaning: str
    read: bool
    order_id: int | None
    was_on: dt.date | None
    now_on: dt.date | None


class NewsOut(Schema):
    """What was not read stands first. `read` is the account's own."""

    on: dt.date
    currency: str
    items: list[NewsItemOut]


class ReadingIn(Schema):
    """The keys of the news that was read; empty: all there is."""

    model_config = ConfigDict(extra="forbid")

    keys: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]] | None, Field(max_length=1000)
    ] = None


class ReadOut(Schema):
    """How many were not read before."""

    read: int


class PartOut(Schema):
    """`stage`: planned, in_production, on_the_way, at_warehouse. `due_on` is empty for what is there."""

    stage: str
    units: Decimal
    due_on: dt.date | None
    share: float


class WaitingOut(Schema):
    """A line that waits for goods; `unknown` units of it have no day yet."""

    order_id: int
    order_number: str
    product_id: int
    sku: str
    product_name: str
    unit: str
    wanted: Decimal
    waiting: Decimal
    unknown: Decimal
    complete_on: dt.date | None
    parts: list[PartOut]


class BackOrdersOut(Schema):
    on: dt.date
    items: list[WaitingOut]


@router.get("/back-orders", response={200: BackOrdersOut, **REFUSALS}, auth=access("orders:read", "dealer"))
def read_back_orders(request: HttpRequest) -> dict[str, Any]:
    """What the dealer waits for, and how far the goods are that are meant for it; who waits longest first."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    if actor.dealer_id is None:
        raise NotAllowed()
    with tenancy.scope(actor):
        on = network.enterprise(now=timezone.now()).business_on
        lines = trade.waiting_lines(dealer_id=actor.dealer_id, on=on)
    names = ("product_id", "sku", "product_name", "unit", "wanted", "waiting", "unknown", "complete_on", "parts")
    return {
        "on": on,
        "items": [
            {"order_id": line.order.id, "order_number": line.order.number}
            | {name: getattr(line, name) for name in names}
            for line in lines
        ],
    }


@router.get("/news", response={200: NewsOut, **REFUSALS}, auth=access("news:read", "dealer"))
def read_news(request: HttpRequest) -> dict[str, Any]:
    """Launches, new products of the dealer's range, promotions and prices, four weeks back and ahead."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    if actor.dealer_id is None:
        raise NotAllowed()
    with tenancy.scope(actor):
        installation = network.enterprise(now=timezone.now())
        items = planning.dealer_news(
            dealer_id=actor.dealer_id, user_id=actor.user_id, on=installation.business_on
        )  # fmt: skip
        return {"on": installation.business_on, "currency": installation.currency, "items": items}


@router.post("/news/reading", response={200: ReadOut, **REFUSALS}, auth=access("news:write", "dealer"))
@once(ReadOut)
def mark_news(request: HttpRequest, reading: ReadingIn) -> dict[str, int]:
    """Mark news as read. Repeating it changes nothing."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return {"read": operations.read_news(actor=actor, now=timezone.now(), keys=reading.keys)}
