"""The dealers' own customers: each dealer's own, and the enterprise's to see where the dealer agrees."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from firstmove.api.auth import access
from firstmove.api.catalog import which_dealer
from firstmove.api.paging import Page, Paged, paged
from firstmove.api.problems import REFUSALS
from firstmove.api.requests import IdAsked, Search
from firstmove.domains.customers import queries
from firstmove.domains.network import queries as network
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import Actor

router = Router(tags=["customers"])


class CustomerOut(Schema):
    """`kind` is `store` or `person`; what nobody told is empty."""

    id: int
    code: str
    name: str
    kind: str
    city: str
    age_band: str
    segment: str


class CustomersOut(Paged):
    items: list[CustomerOut]


@router.get(
    "/customers", response={200: CustomersOut, **REFUSALS}, auth=access("customers:read", "dealer", "enterprise")
)
def read_customers(
    request: HttpRequest, page: Query[Page], search: Search = "", dealer_id: IdAsked = None
) -> dict[str, Any]:
    """A dealer's customers, in the order in which they came. The enterprise names the dealer, and sees none where the
    dealer does not share them."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        asked = which_dealer(actor, dealer_id)
        network.dealer(dealer_id=asked)
        return paged(
            "customers",
            page,
            lambda place: queries.customer_slice(dealer_id=asked, search=search, place=place, limit=page.limit),
            search=search,
            dealer_id=asked,
        )
