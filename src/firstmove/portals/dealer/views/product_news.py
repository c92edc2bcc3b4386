"""News of products: launches, the dealer's new range, promotions and prices, and what they mean for its stock."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from firstmove.domains.network import queries as network
from firstmove.domains.planning import operations
from firstmove.domains.planning import queries as planning
from firstmove.kernel.errors import NotFound
from firstmove.kernel.tenancy import Actor
from firstmove.portals import words
from firstmove.portals.dealer.product_news import NAMES, told
from firstmove.portals.dealer.tables import PRODUCT_NEWS
from firstmove.portals.design import figures
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.pages import reads, writes
from firstmove.portals.paging import listed, page_of


@reads("dealer")
def news(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What was not read stands first; `?kind=` shows one kind alone."""
    installation = network.enterprise(now=timezone.now())
    dealer_id, on = actor.dealer_id, installation.business_on
    assert dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    items = planning.dealer_news(dealer_id=dealer_id, user_id=actor.user_id, on=on)
    kind = request.GET.get("kind", "")
    chosen = [item for item in items if item.kind == kind] if kind in NAMES else items
    page = page_of(listed(chosen), query=request.GET)
    page.object_list = [told(item, on=on, currency=installation.currency) for item in page.object_list]
    assumed = any(row.item.stock_assumed for row in page.object_list)
    scenario = planning.assumptions(dealer_id=dealer_id).scenario if assumed else {}
    return TemplateResponse(
        request,
        "dealer/product_news.html",
        {
            "page": page,
            "columns": PRODUCT_NEWS,
            "on": on,
            "count": len(items),
            "unread": sum(not item.read for item in items),
            "kind": kind,
            "stock_note": words.assumed_sentence(["stock"], scenario) if assumed else "",
            "chips": [
                Chip(value="", label=_("All"), count=len(items)),
                *(
                    Chip(value=value, label=str(label), count=sum(item.kind == value for item in items))
                    for value, label in NAMES.items()
                ),
            ],
        },
    )


@writes("dealer")
def reading(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One piece of news by its key, or all of them."""
    key = request.POST.get("key", "")
    try:
        count = operations.read_news(actor=actor, now=timezone.now(), keys=[key] if key else None)
    except NotFound:
        messages.error(request, _("This news is no longer told. Look at the page again."))
        return redirect("dealer:news")
    if not key:
        messages.success(
            request,
            ngettext("%(count)s piece of news is read.", "%(count)s pieces of news are read.", count)
            % {"count": figures.number(count)},
        )
    return redirect("dealer:news")
