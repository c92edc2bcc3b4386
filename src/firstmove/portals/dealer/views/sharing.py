"""What the enterprise sees of this dealer right now: read as the enterprise, and shown to the dealer."""

import datetime as dt
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.network import queries as network
from firstmove.domains.planning import queries as planning
from firstmove.domains.planning.queries import SeenByEnterprise
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import Actor
from firstmove.portals.dealer.tables import SEEN_CUSTOMERS, SEEN_ORDERS, SEEN_SALES, SEEN_STOCK
from firstmove.portals.design.tables import Column
from firstmove.portals.pages import opens, within

# Nobody's eyes in particular: what every person of the enterprise sees.
_ENTERPRISE = Actor("enterprise")


@dataclass(frozen=True)
class Preview:
    """One kind of rows: what it is, how many the enterprise sees, and the first of them."""

    id: str
    title: str
    count: int
    columns: tuple[Column, ...]


@opens("dealer")
def sharing(request: HttpRequest, actor: Actor) -> HttpResponse:
    dealer_id = actor.dealer_id
    assert dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    on = network.enterprise(now=timezone.now()).business_on
    with tenancy.scope(_ENTERPRISE):
        seen = planning.seen_by_enterprise(dealer_id=dealer_id, on=on)
    return within(actor, _page, request, seen=seen, on=on)


def _page(request: HttpRequest, actor: Actor, seen: SeenByEnterprise, on: dt.date) -> TemplateResponse:
    dealer_id = actor.dealer_id
    assert dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    return TemplateResponse(
        request,
        "dealer/sharing.html",
        {
            "seen": seen,
            "on": on,
            "currency": network.currency(),
            "consent": network.consent(dealer_id=dealer_id),
            "is_owner": request.user.role == "owner",  # type: ignore[union-attr]
            "sales_days": planning.SALES_DAYS,
            "customers": Preview("customers", _("Your customers"), seen.customer_count, SEEN_CUSTOMERS),
            "sales": Preview("sales", _("Your sales"), seen.sales_count, SEEN_SALES),
            "stock": Preview("stock", _("Your stock"), seen.stock_count, SEEN_STOCK),
            "supplier_orders": Preview(
                "supplier-orders", _("Your orders from suppliers"), seen.supplier_order_count, SEEN_ORDERS
            ),
            "orders": Preview("orders", _("Your orders"), seen.order_count, SEEN_ORDERS),
        },
    )
