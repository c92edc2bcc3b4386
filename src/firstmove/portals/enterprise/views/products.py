"""Products over the network: who sells them, how long the stock lasts."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.network import queries as network
from firstmove.domains.planning import queries as planning
from firstmove.kernel.tenancy import Actor
from firstmove.portals.alert_words import Places, told
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.enterprise.tables import PRODUCTS, SELLERS
from firstmove.portals.pages import reads
from firstmove.portals.paging import listed, page_of
from firstmove.portals.words import assumed_sentence

FOUR_WEEKS = 28
LIFE_CYCLE_TONES = {"new": "accent", "active": "neutral", "phase_out": "warn", "unlisted": "neutral"}


@reads("enterprise")
def products(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """Those that can be ordered, or of one state; the search takes words, codes, barcodes, pinyin or its initials."""
    category, state = request.GET.get("category", ""), request.GET.get("state", "")
    read = partial(
        catalog.products,
        search=request.GET.get("q", "").strip(),
        category=category,
        life_cycle=state,
        listed_only=not state,
    )
    page = page_of(read, query=request.GET)
    standings = planning.product_standings(product_ids=[product.id for product in page.object_list])
    page.object_list = [
        (
            product,
            standing,
            FOUR_WEEKS * standing.rate_per_day if standing else 0.0,
            LIFE_CYCLE_TONES[product.life_cycle],
        )
        for product in page.object_list
        for standing in (standings.get(product.id),)
    ]
    counts = catalog.counts()
    return TemplateResponse(
        request,
        "enterprise/products.html",
        {
            "columns": PRODUCTS,
            "page": page,
            "total": sum(counts.values()),
            "listed": sum(counts.values()) - counts["unlisted"],
            "chips": [
                Chip(value="", label=_("Can be ordered"), count=sum(counts.values()) - counts["unlisted"]),
                *(
                    Chip(value=value, label=label, count=counts[value])
                    for value, label in catalog.life_cycles()
                    if counts[value]
                ),
            ],
            "category_chips": [Chip(value="", label=_("All categories")), Chip(value=category, label=category)]
            if category
            else [],
        },
    )


@reads("enterprise")
def product(request: HttpRequest, _actor: Actor, *, product_id: int) -> HttpResponse:
    view = catalog.product(product_id=product_id)
    installation = network.enterprise(now=timezone.now())
    names = {dealer.id: dealer for dealer in network.dealers()}
    sellers = [
        (names[dealer_id], outlook, FOUR_WEEKS * outlook.rate_per_day)
        for dealer_id, outlook in planning.outlooks_of_product(product_id=product_id)
        if dealer_id in names
    ]
    standing = planning.product_standings(product_ids=[product_id]).get(product_id)
    scenario = planning.assumptions().scenario
    offers = catalog.promotions(on=installation.business_on)
    return TemplateResponse(
        request,
        "enterprise/product.html",
        {
            "product": view,
            "tone": LIFE_CYCLE_TONES[view.life_cycle],
            "standing": standing,
            "noticed": [
                (one, told(one.alert, currency=installation.currency, places=Places("")))
                for one in planning.demand_of_product(product_id=product_id)
            ],
            "sold": FOUR_WEEKS * standing.rate_per_day if standing else None,
            "stock_note": assumed_sentence(["stock"], scenario) if standing and standing.stock_assumed else "",
            "columns": SELLERS,
            "page": page_of(listed(sellers), query=request.GET),
            "offers": [offer for offer in offers if offer.product_id == product_id],
        },
    )
