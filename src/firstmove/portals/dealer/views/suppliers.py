"""Orders from suppliers directly, where the enterprise allows them: of whom, at which price, and what came."""

import datetime as dt
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.catalog.direct_prices import supplier_quotes
from firstmove.domains.network import direct_supply
from firstmove.domains.network import queries as network
from firstmove.domains.trade import operations
from firstmove.domains.trade import queries as trade
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.kernel.tenancy import Actor
from firstmove.portals import line_fields, purchase_sheet
from firstmove.portals.dealer.tables import SUPPLIER_ORDERS, SUPPLIER_PRODUCTS
from firstmove.portals.pages import reads, writes
from firstmove.portals.paging import page_of
from firstmove.portals.timeline import order_steps

# When goods are wanted, unless the dealer says another day.
_WANTED_IN_DAYS = 7


def _dealer_of(actor: Actor) -> int:
    assert actor.dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    return actor.dealer_id


@reads("dealer")
def suppliers(request: HttpRequest, actor: Actor) -> HttpResponse:
    dealer_id = _dealer_of(actor)
    today = network.enterprise(now=timezone.now()).business_on
    page = page_of(partial(trade.purchases, dealer_id=dealer_id), query=request.GET)
    page.object_list = [(one, one.is_late(today=today)) for one in page.object_list]
    return TemplateResponse(
        request,
        "dealer/suppliers.html",
        {
            "permissions": direct_supply.permissions(dealer_id=dealer_id),
            "page": page,
            "columns": SUPPLIER_ORDERS,
            "shares": network.consent(dealer_id=dealer_id).shares_supplier_orders,
        },
    )


@reads("dealer")
def supplier(request: HttpRequest, actor: Actor, *, supplier_id: int) -> HttpResponse:
    """What may be ordered of a supplier, as a grid to fill."""
    dealer_id = _dealer_of(actor)
    allowed = direct_supply.permission(dealer_id=dealer_id, supplier_id=supplier_id)
    installation = network.enterprise(now=timezone.now())
    search = request.GET.get("q", "").strip()
    found, _count = catalog.supplied_products(supplier_id=supplier_id, search=search, limit=None)
    products = [product for product in found if allowed.covers(product.category)]
    quotes = supplier_quotes(
        supplier_id=supplier_id,
        dealer_id=dealer_id,
        on=installation.business_on,
        product_ids=[product.id for product in products],
    )
    return TemplateResponse(
        request,
        "dealer/supplier.html",
        {
            "allowed": allowed,
            "columns": SUPPLIER_PRODUCTS,
            "rows": [(product, quotes[product.id]) for product in products if product.id in quotes],
            "without_price": sum(product.id not in quotes for product in products),
            "currency": installation.currency,
            "today": installation.business_on,
            "suggested": installation.business_on + dt.timedelta(days=_WANTED_IN_DAYS),
            "search": search,
            "may_order": request.user.role in network.ORDERING_ROLES,  # type: ignore[union-attr]
        },
    )


@writes("dealer")
def placing(request: HttpRequest, actor: Actor, *, supplier_id: int) -> HttpResponse:
    """All that was filled in, as one order."""
    try:
        placed = operations.order_from_supplier(
            actor=actor,
            supplier_id=supplier_id,
            quantities=line_fields.quantities(request.POST, prefix="product-", may_be_empty=True),
            expected_on=purchase_sheet.day(request.POST.get("day", "")),
            now=timezone.now(),
        )
    except Invalid as problem:
        messages.error(request, str(problem))
        return redirect("dealer:supplier", supplier_id=supplier_id)
    messages.success(request, _("The supplier is asked. It confirms a day and quantities."))
    return redirect("dealer:supplier-order", purchase_id=placed.id)


@reads("dealer")
def order(request: HttpRequest, actor: Actor, *, purchase_id: int) -> HttpResponse:
    today = network.enterprise(now=timezone.now()).business_on
    detail = trade.purchase(order_id=purchase_id, dealer_id=_dealer_of(actor))
    may_order = request.user.role in network.ORDERING_ROLES  # type: ignore[union-attr]
    return TemplateResponse(
        request,
        "dealer/supplier_order.html",
        {
            "order": detail.order,
            "late": detail.order.is_late(today=today),
            "lines": detail.lines,
            "columns": purchase_sheet.LINES,
            "steps": order_steps(detail.steps),
            "to_receive": may_order and detail.order.state == "in_transit",
            "to_cancel": may_order and detail.order.state == "release_review",
        },
    )


@writes("dealer")
def receipt(request: HttpRequest, actor: Actor, *, purchase_id: int) -> HttpResponse:
    now = timezone.now()
    try:
        operations.receive_purchase(
            actor=actor,
            order_id=purchase_id,
            received_on=network.enterprise(now=now).business_on,
            quantities=line_fields.quantities(request.POST, may_be_empty=True),
            now=now,
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Received and added to your stock."))
    return redirect("dealer:supplier-order", purchase_id=purchase_id)


@writes("dealer")
def cancellation(request: HttpRequest, actor: Actor, *, purchase_id: int) -> HttpResponse:
    try:
        operations.cancel_purchase(
            actor=actor, order_id=purchase_id, note=request.POST.get("note", ""), now=timezone.now()
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Cancelled. The supplier reads why."))
    return redirect("dealer:supplier-order", purchase_id=purchase_id)
