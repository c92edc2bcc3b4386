"""What a dealer orders again and again: the guide out of its own orders, and its named lists, each a grid to fill."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.catalog.queries import ProductView
from firstmove.domains.network import queries as network
from firstmove.domains.trade import operations
from firstmove.domains.trade import queries as trade
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid
from firstmove.kernel.tenancy import Actor
from firstmove.portals.dealer.tables import GUIDE
from firstmove.portals.dealer.views.cart import grid_quantities
from firstmove.portals.pages import reads, writes
from firstmove.portals.paging import listed, page_of


@dataclass(frozen=True)
class GuideRow:
    """A product of the grid. `proposed` is what its field says at first: nothing in the guide, the list's quantity."""

    product: ProductView
    usual: int
    orders: int | None
    last_on: dt.date | None
    proposed: int


@reads("dealer")
def guide(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Products of the dealer's orders of the last half year, most often ordered first."""
    dealer_id = actor.dealer_id
    assert dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    on = network.enterprise(now=timezone.now()).business_on
    habits = trade.habits(dealer_id=dealer_id, since=on - dt.timedelta(weeks=trade.GUIDE_WEEKS), until=on)
    page = page_of(listed(habits), query=request.GET)
    products = catalog.products_by_id(ids=[habit.product_id for habit in page.object_list])
    page.object_list = [
        GuideRow(products[habit.product_id], habit.usual, habit.orders, habit.last_on, 0)
        for habit in page.object_list
        if products[habit.product_id].is_listed
    ]
    return TemplateResponse(
        request,
        "dealer/guide.html",
        {
            "page": page,
            "columns": GUIDE,
            "weeks": trade.GUIDE_WEEKS,
            "lists": trade.order_lists(dealer_id=dealer_id),
            "may_order": request.user.role in network.ORDERING_ROLES,  # type: ignore[union-attr]
        },
    )


@reads("dealer")
def order_list(request: HttpRequest, actor: Actor, *, list_id: int) -> HttpResponse:
    dealer_id = actor.dealer_id
    assert dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    shown, lines = trade.order_list(dealer_id=dealer_id, list_id=list_id)
    return TemplateResponse(
        request,
        "dealer/order_list.html",
        {
            "list": shown,
            "rows": _rows(lines),
            "columns": GUIDE,
            "may_order": request.user.role in network.ORDERING_ROLES,  # type: ignore[union-attr]
        },
    )


def _rows(lines: Sequence[trade.ListLine]) -> list[GuideRow]:
    return [GuideRow(line.product, line.quantity, None, None, line.quantity) for line in lines]


@writes("dealer")
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Keep what stands in the cart, or in a grid of a page, under a name."""
    quantities = grid_quantities(request)
    if not quantities:
        with tenancy.scope(actor):
            quantities = trade.cart_quantities(dealer_id=actor.dealer_id)  # type: ignore[arg-type]
    keep = partial(operations.keep_list, actor=actor, name=request.POST.get("name", ""), now=timezone.now())
    try:
        list_id = keep(quantities=quantities)
    except Invalid as problem:
        messages.error(request, str(problem))
        return redirect("dealer:cart")
    messages.success(request, _("Kept as a list."))
    return redirect("dealer:order-list", list_id=list_id)


@writes("dealer")
def removal(_request: HttpRequest, actor: Actor, *, list_id: int) -> HttpResponse:
    operations.forget_list(actor=actor, list_id=list_id)
    return redirect("dealer:guide")
