"""The enterprise and its dealers."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema

from firstmove.api.auth import access
from firstmove.api.paging import ChangesPage, Paged, paged
from firstmove.api.problems import REFUSALS
from firstmove.api.requests import Id
from firstmove.domains.network import queries
from firstmove.kernel import tenancy
from firstmove.kernel.errors import NotFound
from firstmove.kernel.tenancy import Actor

router = Router(tags=["network"])


class EnterpriseOut(Schema):
    """Whose installation this is. `business_on` is the day that orders bear."""

    name: str
    currency: str
    time_zone: str
    business_on: dt.date


class DealerOut(Schema):
    """A dealer and its terms; empty is not known. Weekdays are ISO numbers, such as "14": Monday and Thursday."""

    id: int
    code: str
    name: str
    region: str
    city: str
    tier: str
    credit_limit: Decimal | None
    terms_days: int | None
    lead_time_min_days: int | None
    lead_time_max_days: int | None
    review_days: int | None
    minimum_order_amount: Decimal | None
    minimum_order_kg: float | None
    order_weekdays: str
    delivery_weekdays: str
    is_active: bool
    changed_at: dt.datetime


class DealersOut(Paged):
    items: list[DealerOut]


@router.get(
    "/enterprise",
    response={200: EnterpriseOut, **REFUSALS},
    auth=access("network:read", "enterprise", "dealer", "supplier"),
)
def read_enterprise(request: HttpRequest) -> queries.EnterpriseView:
    """The enterprise of this installation, its currency and its business day."""
    with tenancy.scope(request.auth):  # type: ignore[attr-defined]
        return queries.enterprise(now=timezone.now())


@router.get("/dealers", response={200: DealersOut, **REFUSALS}, auth=access("network:read", "enterprise", "dealer"))
def read_dealers(request: HttpRequest, page: Query[ChangesPage]) -> dict[str, Any]:
    """Dealers, in the order in which they came. A dealer sees itself alone."""
    with tenancy.scope(request.auth):  # type: ignore[attr-defined]
        return paged(
            "dealers",
            page,
            lambda place: queries.dealer_slice(since=page.updated_after, place=place, limit=page.limit),
        )


@router.get(
    "/dealers/{dealer_id}", response={200: DealerOut, **REFUSALS}, auth=access("network:read", "enterprise", "dealer")
)
def read_dealer(request: HttpRequest, dealer_id: Id) -> queries.DealerView:
    """A dealer with its terms."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        return queries.dealer(dealer_id=own_dealer(actor, dealer_id))


def own_dealer(actor: Actor, dealer_id: int) -> int:
    """The dealer, where the actor may ask about it. A dealer is told of others that there is nothing."""
    if actor.dealer_id not in (None, dealer_id):
        raise NotFound()
    return dealer_id
