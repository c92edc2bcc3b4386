"""The dealer's cart: by code, by list, by paste, from an old order; and the order that it becomes."""

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
from firstmove.api.requests import Code, CodeIn, Id, IdIn, own_dealer_id, product_of
from firstmove.api.trade import PlacedOut
from firstmove.domains.network import queries as network
from firstmove.domains.planning import operations as planning
from firstmove.domains.planning import queries as plans
from firstmove.domains.trade import operations, queries
from firstmove.domains.trade.entry import MOST_LETTERS, MOST_ROWS, Wish, read_text
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import Actor

router = Router(tags=["cart"])
_WRITERS = access("cart:write", "dealer")


class CartLineOut(Schema):
    """A product in the cart. `quantity` is what will be ordered for what was `asked`: `rules` (`minimum`, `multiple`,
    `carton`) raised it. `trouble` keeps it from being ordered: `unlisted`, `unpriced`, or `share`, where something is
    scarce and no more than `share` units are the dealer's. From `next_from` units on, one costs `next_price`.
    """

    product_id: int
    sku: str
    product_name: str
    unit: str
    asked: int
    quantity: int
    rules: list[str]
    unit_price: Decimal | None
    price_assumed: bool
    amount: Decimal | None
    next_from: int | None
    next_price: Decimal | None
    share: int | None
    trouble: str
    changed_at: dt.datetime | None
    changed_by: str


class CartOut(Schema):
    """The dealer's cart, which its people and programs share; `id` is empty before anything was put in.

    `token` is equal as long as products, quantities and prices are: who orders sends the one of the cart that was
    looked at. `missing_amount` and `missing_kg` are missing from the agreed minimum. `credit_left` is empty without a
    limit, `arrives_on` before it is known how long goods take.
    """

    id: int | None
    token: str
    currency: str
    amount: Decimal
    price_assumed: bool
    minimum_amount: Decimal | None
    missing_amount: Decimal
    minimum_kg: float | None
    missing_kg: float
    credit_left: Decimal | None
    arrives_on: dt.date | None
    lines: list[CartLineOut]


class WishIn(Schema):
    """Units of a product, by its code or barcode."""

    model_config = ConfigDict(extra="forbid")

    code: CodeIn
    quantity: Annotated[int, Field(ge=1, le=1_000_000)]


class WishesIn(Schema):
    model_config = ConfigDict(extra="forbid")

    lines: Annotated[list[WishIn], Field(min_length=1, max_length=MOST_ROWS)]


class RowsIn(Schema):
    """What was pasted: a row a product, its code and quantity with a tab, comma, semicolon or space between."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=MOST_LETTERS, pattern=r"^[^\x00]*$")]


class UnitsIn(Schema):
    """How many units of a product; 0 takes it out."""

    model_config = ConfigDict(extra="forbid")

    quantity: Annotated[int, Field(ge=0, le=1_000_000)]


class AddedLineOut(Schema):
    """What now stands in the cart for a product."""

    product_id: int
    sku: str
    asked: int
    quantity: int
    rules: list[str]


class MissedOut(Schema):
    """A row that put nothing into the cart. `cause`: `unknown`, `unlisted`, `several` (products of this code), `unit`
    (not the one in which it is counted), `formula`, `letters` (damaged), `code`, `quantity` or `columns`.

    `substitutes` are codes of what is sold instead.
    """

    row: int
    code: str
    quantity: int
    cause: str
    substitutes: list[str]


class AddedOut(Schema):
    """`repeated` rows named a product that another row named too; their quantities were added up."""

    lines: list[AddedLineOut]
    missed: list[MissedOut]
    repeated: int


class SubmissionIn(Schema):
    """The cart as it was looked at: its `id` and its `token`."""

    model_config = ConfigDict(extra="forbid")

    cart_id: IdIn
    token: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[0-9a-f]+$")]


@router.get("/cart", response={200: CartOut, **REFUSALS}, auth=access("cart:read", "dealer"))
def read_cart(request: HttpRequest) -> dict[str, Any]:
    """The cart at today's prices and rules."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        dealer_id = own_dealer_id(actor)
        on = network.enterprise(now=timezone.now()).business_on
        beside = plans.own_order(dealer_id=dealer_id, on=on)
        cart = queries.cart(dealer_id=dealer_id, on=on, terms=beside.terms)
        told = {name: getattr(cart, name) for name in CartOut.model_fields if hasattr(cart, name)}
        return told | {
            "credit_left": queries.credit(dealer_id=dealer_id, on=on).left,
            "arrives_on": beside.arrives_on,
            "lines": [_line(line) for line in cart.lines],
        }


def _line(line: queries.CartLineView) -> dict[str, Any]:
    product = line.product
    told = {name: getattr(line, name) for name in CartLineOut.model_fields if hasattr(line, name)}
    named = {"product_id": product.id, "sku": product.sku, "product_name": product.name, "unit": product.unit}
    return told | named


@router.put("/cart/lines/{path:code}", response={200: CartOut, **REFUSALS}, auth=_WRITERS)
def put_line(request: HttpRequest, code: Code, units: UnitsIn) -> dict[str, Any]:
    """Ask for so many units of a product instead of what stood in the cart; 0 takes it out."""
    return _set(request, code, units.quantity)


@router.delete("/cart/lines/{path:code}", response={200: CartOut, **REFUSALS}, auth=_WRITERS)
def take_line_out(request: HttpRequest, code: Code) -> dict[str, Any]:
    """Take a product out of the cart. One that is not in it changes nothing."""
    return _set(request, code, 0)


def _set(request: HttpRequest, code: str, quantity: int) -> dict[str, Any]:
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        product = product_of(code)
        operations.set_quantity(actor=actor, product_id=product.id, quantity=quantity, now=timezone.now())
    return read_cart(request)


@router.delete("/cart/lines", response={200: CartOut, **REFUSALS}, auth=_WRITERS)
def empty_cart(request: HttpRequest) -> dict[str, Any]:
    """Take everything out."""
    operations.take_out(actor=request.auth, now=timezone.now())  # type: ignore[attr-defined]
    return read_cart(request)


@router.post("/cart/lines", response={200: AddedOut, **REFUSALS}, auth=_WRITERS)
@once(AddedOut, required=True)
def add_lines(request: HttpRequest, wishes: WishesIn) -> dict[str, Any]:
    """Add units to what stands in the cart. Codes that cannot be had are told, and kept as lost demand."""
    return _add(request, [Wish(row, line.code, line.quantity) for row, line in enumerate(wishes.lines, start=1)])


@router.post("/cart/rows", response={200: AddedOut, **REFUSALS}, auth=_WRITERS)
@once(AddedOut, required=True)
def paste_rows(request: HttpRequest, rows: RowsIn) -> dict[str, Any]:
    """Add what was pasted, as the page does: nothing is guessed, a row that can be read in two ways is told."""
    return _add(request, read_text(rows.text))


def _add(request: HttpRequest, wishes: list[Wish]) -> dict[str, Any]:
    now = timezone.now()
    on = network.enterprise(now=now).business_on
    return _added(operations.add(actor=request.auth, wishes=wishes, on=on, now=now))  # type: ignore[attr-defined]


@router.post("/cart/orders/{order_id}", response={200: AddedOut, **REFUSALS}, auth=_WRITERS)
@once(AddedOut, required=True)
def repeat_order(request: HttpRequest, order_id: Id) -> dict[str, Any]:
    """Add what an old order held, at today's prices; what is gone comes back with substitutes."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return _added(operations.repeat_order(actor=actor, order_id=order_id, now=timezone.now()))


@router.post("/cart/order-lists/{list_id}", response={200: AddedOut, **REFUSALS}, auth=_WRITERS)
@once(AddedOut, required=True)
def add_order_list(request: HttpRequest, list_id: Id) -> dict[str, Any]:
    """Add what a list holds."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return _added(operations.add_list(actor=actor, list_id=list_id, now=timezone.now()))


def _added(added: operations.Added) -> dict[str, Any]:
    return {
        "lines": [
            {
                "product_id": line.product.id,
                "sku": line.product.sku,
                "asked": line.asked,
                "quantity": line.quantity,
                "rules": line.rules,
            }
            for line in added.lines
        ],
        "missed": [
            {
                "row": one.row,
                "code": one.code,
                "quantity": one.quantity,
                "cause": one.cause,
                "substitutes": [product.sku for product in one.substitutes],
            }
            for one in added.missed
        ],
        "repeated": added.repeated,
    }


@router.post("/cart/order", response={201: PlacedOut, **REFUSALS}, auth=access("orders:write", "dealer"))
@once(PlacedOut, status=201, required=True)
def order_cart(request: HttpRequest, submission: SubmissionIn) -> operations.Placed:
    """Order the cart that was looked at. 409 `cart-changed` where a price, a rule or somebody else's hand changed it
    meanwhile: nothing is ordered; read it, and order it with a new key. Ordering one cart twice makes one order.

    422 `empty-cart`, `not-orderable` (a line has a trouble), `under-minimum`; 409 `over-credit`, `out-of-stock`.
    """
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return planning.order_cart(actor=actor, cart_id=submission.cart_id, seen=submission.token, now=timezone.now())
