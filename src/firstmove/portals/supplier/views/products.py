"""What the supplier delivers, and what it asks of dealers that may order from it directly."""

from decimal import Decimal, InvalidOperation
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.catalog.direct_prices import set_supplier_price, supplier_quotes
from firstmove.domains.network import direct_supply
from firstmove.domains.network import queries as network
from firstmove.domains.trade import queries as trade
from firstmove.kernel.errors import Invalid
from firstmove.kernel.tenancy import Actor
from firstmove.portals.pages import reads, writes
from firstmove.portals.paging import page_of
from firstmove.portals.supplier.tables import PRODUCTS


@reads("supplier")
def products(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Its own products alone, with what is still to come of them."""
    search = request.GET.get("q", "").strip()
    page = page_of(
        partial(catalog.supplied_products, supplier_id=actor.supplier_id or 0, search=search), query=request.GET
    )
    coming = trade.units_on_purchase(
        product_ids=[product.id for product in page.object_list], supplier_id=actor.supplier_id
    )
    installation = request.installation  # type: ignore[attr-defined]
    dealers = direct_supply.permissions(supplier_id=actor.supplier_id)
    asked = supplier_quotes(
        supplier_id=actor.supplier_id or 0,
        dealer_id=None,
        on=installation.business_on,
        product_ids=[product.id for product in page.object_list],
    )
    page.object_list = [(product, coming.get(product.id), asked.get(product.id)) for product in page.object_list]
    return TemplateResponse(
        request,
        "supplier/products.html",
        {
            "columns": PRODUCTS if dealers else PRODUCTS[:-1],
            "page": page,
            "search": search,
            "dealers": dealers,
            "currency": installation.currency,
        },
    )


@writes("supplier")
def price(request: HttpRequest, actor: Actor, *, product_id: int) -> HttpResponse:
    """What is asked of a product from today on: of every dealer that may order here, or of one."""
    dealer, now = request.POST.get("dealer", ""), timezone.now()
    try:
        set_supplier_price(
            actor=actor,
            product_id=product_id,
            price=_number(request.POST.get("price", "")),
            valid_from=network.enterprise(now=now).business_on,
            dealer_id=int(dealer) if dealer.isascii() and dealer.isdecimal() and len(dealer) < 19 else None,
        )
    except Invalid as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("From today on that is your price. Orders that were placed keep theirs."))
    return redirect("supplier:products")


def _number(text: str) -> Decimal:
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        return Decimal("nan")
