"""The transfers that a run suggests: which dealer could give another what waits for it."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from firstmove.domains.planning import queries as planning
from firstmove.kernel.tenancy import Actor
from firstmove.portals.design.tables import sort_from_query
from firstmove.portals.enterprise.tables import TRANSFERS
from firstmove.portals.pages import reads
from firstmove.portals.paging import page_of
from firstmove.portals.words import assumed_sentence


@reads("enterprise")
def transfers(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """Goods that one dealer has too much of and another waits for, the most worthwhile first."""
    plan = planning.supply_plan()
    search = request.GET.get("q", "").strip()
    sort = sort_from_query(request.GET, columns=TRANSFERS, default="-worth")
    return TemplateResponse(
        request,
        "enterprise/transfers.html",
        {
            "sums": planning.transfer_sums(),
            "search": search,
            "columns": TRANSFERS,
            "sort": sort,
            "page": page_of(partial(planning.transfers, search=search, sort=sort.param), query=request.GET),
            "assumed": assumed_sentence(["transfer_freight"], plan.scenario) if plan else "",
        },
    )
