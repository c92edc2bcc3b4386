"""Price lists and their prices, what a dealer pays of the catalogue, and why; offers to end customers."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field

from firstmove.api.auth import access
from firstmove.api.catalog import which_dealer
from firstmove.api.network import own_dealer
from firstmove.api.once import once
from firstmove.api.paging import ChangesPage, Page, Paged, paged
from firstmove.api.problems import REFUSALS
from firstmove.api.requests import CodeIn, Id, IdAsked, IdIn, Search, product_of
from firstmove.domains.catalog import operations, queries
from firstmove.domains.network import queries as network
from firstmove.kernel import tenancy
from firstmove.kernel.paging import Slice
from firstmove.kernel.tenancy import Actor

router = Router(tags=["prices"])
_READERS = access("prices:read", "dealer", "enterprise")
_PRODUCTS = access("catalog:read", "dealer", "enterprise")
_LISTS = access("prices:read", "enterprise")
_PRICERS = access("prices:write", "enterprise")
_Name = Annotated[str, Field(max_length=60, pattern=r"^[^\x00]*$")]


class WhyOut(Schema):
    """Why a unit costs that: the `rule` that makes its list go before others (`contract`, `dealer`, `tier`, `region`,
    `everybody`), the list's name and conditions, and the days and quantity from which the price holds.
    """

    rule: str
    list_name: str
    contract: str
    tier: str
    region: str
    from_quantity: int
    valid_from: dt.date | None
    valid_to: dt.date | None


class QuoteOut(Schema):
    """What a unit costs at `quantity` units; `price` and `why` are empty where no price holds, so that it cannot be
    ordered. From `next_from` units on, one costs `next_price`.
    """

    product_id: int
    sku: str
    quantity: int
    price: Decimal | None
    why: WhyOut | None
    next_from: int | None
    next_price: Decimal | None


class PriceStepOut(Schema):
    """What a unit costs from a quantity on."""

    from_quantity: int
    price: Decimal
    why: WhyOut


class PriceOfOut(Schema):
    """A product's price for a dealer on the day `on`, in `currency`, and every step of it."""

    dealer_id: int
    currency: str
    on: dt.date
    quote: QuoteOut
    steps: list[PriceStepOut]


class CatalogueItemOut(Schema):
    """A listed product with what the dealer pays. Ordered are at least `minimum`, in steps of `multiple`, in whole
    cartons of `carton`."""

    product_id: int
    sku: str
    name: str
    category: str
    supplier_name: str
    unit: str
    minimum: int
    multiple: int
    carton: int
    barcode: str
    life_cycle: str
    customer_price: Decimal | None
    quote: QuoteOut


class CatalogueOut(Paged):
    """In `currency`, of the day `on`."""

    dealer_id: int
    currency: str
    on: dt.date
    items: list[CatalogueItemOut]


class PriceListOut(Schema):
    """A list and the conditions that a dealer has to meet for it, empty ones by all. `coming` prices start later,
    `dealers` is how many get it."""

    id: int
    name: str
    contract: str
    dealer_id: int | None
    dealer_name: str
    tier: str
    region: str
    rule: str
    prices: int
    products: int
    coming: int
    dealers: int


class PriceListsOut(Paged):
    items: list[PriceListOut]


class ListPriceOut(Schema):
    """A price of a list; `state` is `now`, `later` or `over`."""

    id: int
    product_id: int
    sku: str
    product_name: str
    unit: str
    from_quantity: int
    price: Decimal
    valid_from: dt.date | None
    valid_to: dt.date | None
    state: str
    changed_at: dt.datetime


class ListPricesOut(Paged):
    items: list[ListPriceOut]


class PriceListIn(Schema):
    """Whom it is for: who meets every condition that is given; none: every dealer. A contract names with whom."""

    model_config = ConfigDict(extra="forbid")

    name: _Name = ""
    contract: _Name = ""
    dealer_id: IdIn | None = None
    tier: Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")] = ""
    region: Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")] = ""


class MadeListOut(Schema):
    id: int


class ListPriceIn(Schema):
    """The price of a product by its code, from a quantity on, between two days; without days always."""

    model_config = ConfigDict(extra="forbid")

    sku: CodeIn
    price: Annotated[Decimal, Field(ge=0, lt=10**9, decimal_places=4)]
    from_quantity: Annotated[int, Field(ge=1, le=10**9)] = 1
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


class SetPriceOut(Schema):
    """One row was added, changed, or stood there already."""

    added: int
    changed: int
    unchanged: int


class PromotionOut(Schema):
    """An offer to end customers; `discount` is a share of the price."""

    code: str
    name: str
    product_id: int
    product_name: str
    starts_on: dt.date
    ends_on: dt.date
    discount: float | None


class PromotionsOut(Paged):
    items: list[PromotionOut]


@router.get("/catalogue", response={200: CatalogueOut, **REFUSALS}, auth=_READERS)
def read_catalogue(
    request: HttpRequest, page: Query[Page], search: Search = "", category: Search = "", dealer_id: IdAsked = None
) -> dict[str, Any]:
    """What a dealer can order, by category and name, at the prices of the business day. The enterprise names it.

    `search` takes words of the name, a code or barcode, pinyin or its initials.
    """
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        asked, facts = _asked(actor, dealer_id, None)

        def read(place: Any) -> Slice[dict[str, Any]]:
            found = queries.catalogue_slice(search=search, category=category, place=place, limit=page.limit)
            quotes = queries.prices_for(
                dealer_id=asked, on=facts["on"], product_ids=[product.id for product in found.items]
            )
            return Slice([_item(product, quotes.get(product.id)) for product in found.items], found.last, found.more)

        return facts | paged("catalogue", page, read, search=search, category=category, dealer_id=asked)


def _asked(actor: Actor, dealer_id: int | None, on: dt.date | None) -> tuple[int, dict[str, Any]]:
    """Whose prices, and of which day in which currency."""
    asked = which_dealer(actor, dealer_id)
    network.dealer(dealer_id=asked)
    installation = network.enterprise(now=timezone.now())
    return asked, {"dealer_id": asked, "currency": installation.currency, "on": on or installation.business_on}


def _item(product: queries.ProductView, quote: queries.PriceQuote | None) -> dict[str, Any]:
    told = {name: getattr(product, name) for name in CatalogueItemOut.model_fields if hasattr(product, name)}
    return told | {
        "product_id": product.id,
        "customer_price": product.unit_price,
        "quote": _quote(product, quote, 1),
    }


def _quote(product: queries.ProductView, quote: queries.PriceQuote | None, quantity: int) -> dict[str, Any]:
    return {
        "product_id": product.id,
        "sku": product.sku,
        "quantity": quantity,
        "price": quote.price if quote else None,
        "why": _why(quote) if quote else None,
        "next_from": quote.next_from if quote else None,
        "next_price": quote.next_price if quote else None,
    }


def _why(quote: queries.PriceQuote) -> dict[str, Any]:
    party = quote.price_list
    return {
        "rule": party.rule,
        "list_name": party.name,
        "contract": party.contract,
        "tier": party.tier,
        "region": party.region,
        "from_quantity": quote.from_quantity,
        "valid_from": quote.valid_from,
        "valid_to": quote.valid_to,
    }


@router.get("/prices/{product_id}", response={200: PriceOfOut, **REFUSALS}, auth=_READERS)
def read_price(
    request: HttpRequest,
    product_id: Id,
    quantity: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    dealer_id: IdAsked = None,
    on: Annotated[dt.date | None, Query(description="Empty: the business day.")] = None,
) -> dict[str, Any]:
    """Why a product costs a dealer what it does at a quantity, and every step of its price."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        asked, facts = _asked(actor, dealer_id, on)
        product = queries.product(product_id=product_id)
        found = queries.prices_for(
            dealer_id=asked, on=facts["on"], product_ids=[product_id], quantities={product_id: quantity}
        )
        steps = queries.price_steps(dealer_id=asked, product_id=product_id, on=facts["on"])
        return facts | {
            "quote": _quote(product, found.get(product_id), quantity),
            "steps": [{"from_quantity": one.from_quantity, "price": one.price, "why": _why(one)} for one in steps],
        }


@router.get("/price-lists", response={200: PriceListsOut, **REFUSALS}, auth=_LISTS)
def read_price_lists(request: HttpRequest, page: Query[Page], search: Search = "") -> dict[str, Any]:
    """The lists, in the order in which they were made. `search`: a part of a name, contract, tier, region or dealer."""
    on = network.enterprise(now=timezone.now()).business_on

    def read(place: Any) -> Slice[dict[str, Any]]:
        found = queries.price_list_slice(on=on, search=search, place=place, limit=page.limit)
        return Slice([_list(view) for view in found.items], found.last, found.more)

    with tenancy.scope(request.auth):  # type: ignore[attr-defined]
        return paged("price-lists", page, read, search=search)


def _list(view: queries.PriceListView) -> dict[str, Any]:
    party = view.party
    named = {name: getattr(party, name) for name in PriceListOut.model_fields if hasattr(party, name)}
    return named | {name: getattr(view, name) for name in PriceListOut.model_fields if hasattr(view, name)}


@router.post("/price-lists", response={201: MadeListOut, **REFUSALS}, auth=_PRICERS)
@once(MadeListOut, status=201)
def make_price_list(request: HttpRequest, made: PriceListIn) -> dict[str, int]:
    """A list for those who meet its conditions; one that is there already is answered with."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        if made.dealer_id is not None:
            network.dealer(dealer_id=made.dealer_id)
        return {"id": operations.make_price_list(actor=actor, **made.dict())}


@router.get("/price-lists/{price_list_id}", response={200: PriceListOut, **REFUSALS}, auth=_LISTS)
def read_price_list(request: HttpRequest, price_list_id: Id) -> dict[str, Any]:
    """A list."""
    with tenancy.scope(request.auth):  # type: ignore[attr-defined]
        on = network.enterprise(now=timezone.now()).business_on
        return _list(queries.price_list(price_list_id=price_list_id, on=on))


@router.get("/price-lists/{price_list_id}/prices", response={200: ListPricesOut, **REFUSALS}, auth=_LISTS)
def read_list_prices(request: HttpRequest, price_list_id: Id, page: Query[ChangesPage]) -> dict[str, Any]:
    """The prices of a list, in the order in which they were made. One that was taken out is told to nobody."""
    with tenancy.scope(request.auth):  # type: ignore[attr-defined]
        on = network.enterprise(now=timezone.now()).business_on
        queries.price_list(price_list_id=price_list_id, on=on)
        return paged(
            "list-prices",
            page,
            lambda place: queries.price_slice(
                price_list_id=price_list_id, on=on, since=page.updated_after, place=place, limit=page.limit
            ),
            price_list_id=price_list_id,
        )


@router.post("/price-lists/{price_list_id}/prices", response={200: SetPriceOut, **REFUSALS}, auth=_PRICERS)
@once(SetPriceOut)
def set_price(request: HttpRequest, price_list_id: Id, price: ListPriceIn) -> Any:
    """Set one price: the row of this product, quantity and first day is added or changed, and no other.

    Orders that were placed keep theirs. Of an administrator's or a channel manager's account.
    """
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        product = product_of(price.sku)
        return operations.put_price(
            actor=actor,
            price_list_id=price_list_id,
            product_id=product.id,
            price=price.price,
            from_quantity=price.from_quantity,
            valid_from=price.valid_from,
            valid_to=price.valid_to,
        )


@router.delete("/price-lists/{price_list_id}/prices/{price_id}", response={204: None, **REFUSALS}, auth=_PRICERS)
def remove_price(request: HttpRequest, price_list_id: Id, price_id: Id) -> Status[None]:
    """Take one price out of a list."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    operations.remove_price(actor=actor, price_list_id=price_list_id, price_id=price_id)
    return Status(204, None)


@router.get("/promotions", response={200: PromotionsOut, **REFUSALS}, auth=_PRODUCTS)
def read_promotions(request: HttpRequest, page: Query[Page], dealer_id: IdAsked = None) -> dict[str, Any]:
    """Offers to end customers that run or begin later: a dealer's own and everybody's; the enterprise's all, or those
    of one dealer."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        asked = dealer_id if actor.dealer_id is None else own_dealer(actor, dealer_id or actor.dealer_id)
        on = network.enterprise(now=timezone.now()).business_on
        return paged(
            "promotions",
            page,
            lambda place: queries.promotion_slice(on=on, dealer_id=asked, place=place, limit=page.limit),
            dealer_id=asked,
        )
