"""What lies where."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from firstmove.api.auth import access
from firstmove.api.network import own_dealer
from firstmove.api.paging import ChangesPage, Paged, paged
from firstmove.api.problems import REFUSALS
from firstmove.domains.stock import queries
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import Actor

router = Router(tags=["stock"])


class PositionOut(Schema):
    """In a warehouse, in the product's sales unit: on hand, and promised to orders of it.

    A product that never moved is not in the list: it is not known.
    """

    dealer_id: int | None
    warehouse_id: int
    product_id: int
    sku: str
    on_hand: Decimal
    reserved: Decimal
    moved_on: dt.date
    changed_at: dt.datetime


class PositionsOut(Paged):
    items: list[PositionOut]


@router.get("/stock", response={200: PositionsOut, **REFUSALS}, auth=access("stock:read", "dealer", "enterprise"))
def read_stock(
    request: HttpRequest,
    page: Query[ChangesPage],
    dealer_id: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> dict[str, Any]:
    """What lies at a dealer, by product and warehouse. The enterprise names one, or reads its own without."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        asked = dealer_id if actor.dealer_id is None else own_dealer(actor, dealer_id or actor.dealer_id)
        return paged(
            "stock",
            page,
            lambda place: queries.position_slice(
                dealer_id=asked, since=page.updated_after, place=place, limit=page.limit
            ),
            dealer_id=asked,
        )
