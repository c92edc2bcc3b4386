"""What a dealer orders again and again: its named lists, and the guide out of its own orders."""

import datetime as dt
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field

from firstmove.api.auth import access
from firstmove.api.once import once
from firstmove.api.paging import Page, Paged, paged
from firstmove.api.problems import REFUSALS
from firstmove.api.requests import Id, own_dealer_id, products_of
from firstmove.api.trade import NewLineIn
from firstmove.domains.catalog import queries as catalog
from firstmove.domains.network import queries as network
from firstmove.domains.trade import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.paging import Slice
from firstmove.kernel.tenancy import Actor

router = Router(tags=["cart"])
_READERS = access("cart:read", "dealer")
_WRITERS = access("cart:write", "dealer")


class OrderListOut(Schema):
    id: int
    name: str
    line_count: int
    changed_at: dt.datetime
    changed_by: str


class OrderListsOut(Paged):
    items: list[OrderListOut]


class OrderListLineOut(Schema):
    product_id: int
    sku: str
    product_name: str
    unit: str
    is_listed: bool
    quantity: int


class OrderListDetailOut(Schema):
    list: OrderListOut
    lines: list[OrderListLineOut]


class OrderListIn(Schema):
    """A list by its name; one of that name is replaced."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
    lines: Annotated[list[NewLineIn], Field(min_length=1, max_length=2000)]


class HabitOut(Schema):
    """A product of the dealer's orders: how many held it, the usual (median) quantity, the last day."""

    product_id: int
    sku: str
    product_name: str
    unit: str
    is_listed: bool
    orders: int
    usual: int
    last_on: dt.date


class GuideOut(Paged):
    """Orders from `since` to `until`."""

    since: dt.date
    until: dt.date
    items: list[HabitOut]


@router.get("/order-lists", response={200: OrderListsOut, **REFUSALS}, auth=_READERS)
def read_order_lists(request: HttpRequest, page: Query[Page]) -> dict[str, Any]:
    """The dealer's named lists, in the order in which they were made."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        dealer_id = own_dealer_id(actor)
        return paged(
            "order-lists",
            page,
            lambda place: queries.order_list_slice(dealer_id=dealer_id, place=place, limit=page.limit),
        )


@router.post("/order-lists", response={201: OrderListDetailOut, **REFUSALS}, auth=_WRITERS)
@once(OrderListDetailOut, status=201)
def keep_order_list(request: HttpRequest, kept: OrderListIn) -> dict[str, Any]:
    """Keep products and quantities under a name. Units of a code that stands twice are added up."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        products = products_of({line.sku for line in kept.lines})
        quantities: dict[int, int] = {}
        for line in kept.lines:
            product_id = products[line.sku].id
            quantities[product_id] = quantities.get(product_id, 0) + line.quantity
        list_id = operations.keep_list(actor=actor, name=kept.name, quantities=quantities, now=timezone.now())
    return read_order_list(request, list_id)


@router.get("/order-lists/{list_id}", response={200: OrderListDetailOut, **REFUSALS}, auth=_READERS)
def read_order_list(request: HttpRequest, list_id: Id) -> dict[str, Any]:
    """A list with its products. `POST /cart/order-lists/{list_id}` puts them into the cart."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        shown, lines = queries.order_list(dealer_id=own_dealer_id(actor), list_id=list_id)
        return {"list": shown, "lines": [_named(line.product) | {"quantity": line.quantity} for line in lines]}


@router.delete("/order-lists/{list_id}", response={204: None, **REFUSALS}, auth=_WRITERS)
def forget_order_list(request: HttpRequest, list_id: Id) -> Status[None]:
    """Forget a list."""
    operations.forget_list(actor=request.auth, list_id=list_id)  # type: ignore[attr-defined]
    return Status(204, None)


@router.get("/order-guide", response={200: GuideOut, **REFUSALS}, auth=_READERS)
def read_order_guide(request: HttpRequest, page: Query[Page]) -> dict[str, Any]:
    """What the dealer ordered in the last half year, most often ordered first."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        dealer_id = own_dealer_id(actor)
        until = network.enterprise(now=timezone.now()).business_on
        since = until - dt.timedelta(weeks=queries.GUIDE_WEEKS)

        def read(place: Any) -> Slice[dict[str, Any]]:
            found = queries.habit_slice(dealer_id=dealer_id, since=since, until=until, place=place, limit=page.limit)
            products = catalog.products_by_id(ids=[habit.product_id for habit in found.items])
            items = [
                _named(products[habit.product_id])
                | {"orders": habit.orders, "usual": habit.usual, "last_on": habit.last_on}
                for habit in found.items
            ]
            return Slice(items, found.last, found.more)

        return paged("order-guide", page, read, since=since) | {"since": since, "until": until}


def _named(product: catalog.ProductView) -> dict[str, Any]:
    return {
        "product_id": product.id,
        "sku": product.sku,
        "product_name": product.name,
        "unit": product.unit,
        "is_listed": product.is_listed,
    }
