"""The transfers that a run suggests: which dealer could give another what waits for it, trip by trip."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from firstmove.domains.planning import queries as planning
from firstmove.kernel.tenancy import Actor
from firstmove.portals.design.tables import sort_from_query
from firstmove.portals.enterprise.tables import TRANSFERS, TRIPS
from firstmove.portals.pages import reads
from firstmove.portals.paging import page_of
from firstmove.portals.words import assumed_sentence


@reads("enterprise")
def transfers(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """Trips between dealers with what one has too much of and another waits for, the largest gain first."""
    search = request.GET.get("q", "").strip()
    sort = sort_from_query(request.GET, columns=TRIPS, default="-gain")
    return TemplateResponse(
        request,
        "enterprise/transfers.html",
        {
            "sums": planning.transfer_sums(),
            "search": search,
            "columns": TRIPS,
            "sort": sort,
            "page": page_of(partial(planning.trips, search=search, sort=sort.param), query=request.GET),
            "assumed": _assumed(),
        },
    )


@reads("enterprise")
def trip(request: HttpRequest, _actor: Actor, *, giver_id: int, taker_id: int) -> HttpResponse:
    """What one trip carries, the most worthwhile line first."""
    return TemplateResponse(
        request,
        "enterprise/trip.html",
        {
            "trip": planning.trip(giver_id=giver_id, taker_id=taker_id),
            "columns": TRANSFERS,
            "page": page_of(partial(planning.transfers, route=(giver_id, taker_id)), query=request.GET),
            "assumed": _assumed(),
        },
    )


def _assumed() -> str:
    plan = planning.supply_plan()
    return assumed_sentence(["transfer_freight"], plan.scenario) if plan else ""
