"""What the supplier delivers."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.trade import queries as trade
from firstmove.kernel.tenancy import Actor
from firstmove.portals.pages import reads
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
    page.object_list = [(product, coming.get(product.id)) for product in page.object_list]
    return TemplateResponse(request, "supplier/products.html", {"columns": PRODUCTS, "page": page, "search": search})
