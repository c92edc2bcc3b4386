"""The dealer's stock: what is likely to run out first, then everything else."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from firstmove.domains.planning import queries as planning
from firstmove.domains.trade import queries as trade
from firstmove.kernel.tenancy import Actor
from firstmove.portals import words
from firstmove.portals.dealer.order_sheet import COVER_SCALE_DAYS
from firstmove.portals.dealer.tables import STOCK
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.pages import reads
from firstmove.portals.paging import page_of

LIFE_CYCLES = ("new", "growing", "declining", "dead")


@reads("dealer")
def stock(request: HttpRequest, actor: Actor) -> HttpResponse:
    dealer_id = actor.dealer_id
    assert dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    only_risk = request.GET.get("show") == "risk"
    read = planning.stock_at_risk if only_risk else planning.outlook_page
    chosen = request.GET.get("class", "")
    kept = {"life_cycle": chosen} if chosen in LIFE_CYCLES else {"stock_class": chosen}
    page = page_of(partial(read, dealer_id=dealer_id, **kept), query=request.GET)
    own = planning.network(dealer_id=dealer_id)
    ordered = trade.ordered_after(dealer_id=dealer_id, day=own.as_of) if own.as_of else {}
    scenario = planning.assumptions(dealer_id=dealer_id).scenario
    return TemplateResponse(
        request,
        "dealer/stock.html",
        {
            "page": page,
            "columns": STOCK,
            "rows": [
                (item, words.whole_units(item.rate_per_day * 28), ordered.get(item.product_id))
                for item in page.object_list
            ],
            "scale": COVER_SCALE_DAYS,
            "own": own,
            "note": words.assumed_sentence(["stock"], scenario) if own.stock_assumed else "",
            "likely": planning.AT_RISK,
            "chosen": chosen,
            "class_chips": [
                Chip(value="", label=_("All classes")),
                *(Chip(value=name, label=name) for name in ("A", "B", "C")),
                *(Chip(value=name, label=words.stage_name(name)[0]) for name in LIFE_CYCLES),
            ],
            "chips": [
                Chip(value="", label=words.all_products(), count=own.pairs),
                Chip(value="risk", label=words.at_risk(), count=own.at_risk),
            ],
        },
    )
