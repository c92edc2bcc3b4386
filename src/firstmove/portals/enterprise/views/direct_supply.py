"""Which dealers may order from which suppliers directly, and what became of it as far as dealers share it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.network import direct_supply as permits
from firstmove.domains.network import queries as network
from firstmove.domains.trade import queries as trade
from firstmove.kernel.tenancy import Actor
from firstmove.portals.enterprise.tables import DEALERS_PURCHASES, PERMISSIONS
from firstmove.portals.pages import reads, writes
from firstmove.portals.paging import listed, page_of

_ORDERS = 50
_MANAGERS = ("admin", "channel")


@reads("enterprise")
def direct_supply(request: HttpRequest, _actor: Actor) -> HttpResponse:
    found, count = trade.dealers_purchases(limit=_ORDERS)
    return TemplateResponse(
        request,
        "enterprise/direct_supply.html",
        {
            "page": page_of(listed(permits.permissions()), query=request.GET),
            "columns": PERMISSIONS,
            "orders": found,
            "order_count": count,
            "order_columns": DEALERS_PURCHASES,
            "may_allow": request.user.role in _MANAGERS,  # type: ignore[union-attr]
            "dealers": network.dealers(active_only=True),
            "suppliers": network.suppliers(),
            "categories": catalog.categories(),
        },
    )


@writes("enterprise")
def allowing(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A dealer and a supplier; categories where not all is allowed. What was allowed between them is replaced."""
    ids = [request.POST.get(name, "") for name in ("dealer", "supplier")]
    if not all(one.isascii() and one.isdecimal() and len(one) < 19 for one in ids):
        messages.error(request, _("Choose a dealer and a supplier."))
        return redirect("enterprise:direct-supply")
    categories = [name for name in request.POST.getlist("category") if name][:200]
    permits.allow(
        actor=actor, dealer_id=int(ids[0]), supplier_id=int(ids[1]), categories=categories, now=timezone.now()
    )
    messages.success(request, _("Allowed. The dealer sees the supplier among its suppliers."))
    return redirect("enterprise:direct-supply")


@writes("enterprise")
def withdrawal(request: HttpRequest, actor: Actor, *, dealer_id: int, supplier_id: int) -> HttpResponse:
    permits.withdraw(actor=actor, dealer_id=dealer_id, supplier_id=supplier_id)
    messages.success(request, _("Nothing new is ordered between them. Orders that were placed go on."))
    return redirect("enterprise:direct-supply")
