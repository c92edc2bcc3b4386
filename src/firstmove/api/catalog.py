"""Products, and what they cost a dealer."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from firstmove.api.auth import access
from firstmove.api.network import own_dealer
from firstmove.api.paging import ChangesPage, Page, Paged, paged
from firstmove.api.problems import REFUSALS
from firstmove.api.requests import Id, Search
from firstmove.domains.catalog import queries
from firstmove.domains.network import queries as network
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid
from firstmove.kernel.tenancy import Actor

router = Router(tags=["catalog"])
_READERS = access("catalog:read", "dealer", "enterprise")


class ProductOut(Schema):
    """Quantities are in the sales unit: orders of at least `minimum`, in steps of `multiple`. `life_cycle` is a code.

    `unit_price` is what the end customer pays; what a dealer pays stands in the prices.
    """

    id: int
    sku: str
    name: str
    category: str
    supplier_name: str
    unit: str
    pack: int
    minimum: int
    multiple: int
    unit_price: Decimal | None
    barcode: str
    listed_on: dt.date | None
    life_cycle: str
    changed_at: dt.datetime


class ProductsOut(Paged):
    items: list[ProductOut]


class PriceOut(Schema):
    """What the dealer pays for a unit; empty where no price holds, so that it cannot be ordered."""

    product_id: int
    sku: str
    price: Decimal | None


class PricesOut(Paged):
    """In `currency`, of the day `on`."""

    dealer_id: int
    currency: str
    on: dt.date
    items: list[PriceOut]


@router.get("/products", response={200: ProductsOut, **REFUSALS}, auth=_READERS)
def read_products(
    request: HttpRequest, page: Query[ChangesPage], search: Search = "", category: Search = "", listed: bool = False
) -> dict[str, Any]:
    """Products, in the order in which they came. `search`: words of the name, code, pinyin or its initials.

    `listed` leaves out what is no longer sold.
    """
    with tenancy.scope(request.auth):  # type: ignore[attr-defined]
        return paged(
            "products",
            page,
            lambda place: queries.product_slice(
                search=search,
                category=category,
                listed_only=listed,
                since=page.updated_after,
                place=place,
                limit=page.limit,
            ),
            search=search,
            category=category,
            listed=listed,
        )


@router.get("/products/{product_id}", response={200: ProductOut, **REFUSALS}, auth=_READERS)
def read_product(request: HttpRequest, product_id: Id) -> queries.ProductView:
    """A product."""
    with tenancy.scope(request.auth):  # type: ignore[attr-defined]
        return queries.product(product_id=product_id)


@router.get("/prices", response={200: PricesOut, **REFUSALS}, auth=access("prices:read", "dealer", "enterprise"))
def read_prices(
    request: HttpRequest,
    page: Query[Page],
    dealer_id: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    on: Annotated[dt.date | None, Field(description="Empty: the business day.")] = None,
) -> dict[str, Any]:
    """What a dealer pays for every listed product on a day. The enterprise names the dealer."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        asked = which_dealer(actor, dealer_id)
        installation = network.enterprise(now=timezone.now())
        day = on or installation.business_on
        network.dealer(dealer_id=asked)
        facts = paged(
            "prices",
            page,
            lambda place: queries.paid_price_slice(dealer_id=asked, on=day, place=place, limit=page.limit),
            dealer_id=asked,
            on=day,
        )
        return facts | {"dealer_id": asked, "currency": installation.currency, "on": day}


def which_dealer(actor: Actor, dealer_id: int | None) -> int:
    """A dealer's own, or the one that the enterprise names. Raises NotFound for another's, Invalid for none."""
    if actor.dealer_id is not None:
        return own_dealer(actor, actor.dealer_id if dealer_id is None else dealer_id)
    if dealer_id is None:
        raise Invalid(_("Name the dealer."), _("Send dealer_id."), code="dealer-missing", field="dealer_id")
    return dealer_id
