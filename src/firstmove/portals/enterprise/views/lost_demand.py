"""What dealers asked for by a code and could not have, summed over them."""

import datetime as dt
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from firstmove.domains.network import queries as network
from firstmove.domains.trade import queries as trade
from firstmove.kernel.tenancy import Actor
from firstmove.portals.enterprise.tables import LOST_DEMAND
from firstmove.portals.pages import reads
from firstmove.portals.paging import page_of

LOST_WEEKS = 26


@reads("enterprise")
def lost_demand(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """Codes of the last half year, those that most dealers asked for first."""
    search = request.GET.get("q", "").strip()
    since = network.enterprise(now=timezone.now()).business_on - dt.timedelta(weeks=LOST_WEEKS)
    page = page_of(partial(trade.lost_demand, since=since, search=search), query=request.GET)
    return TemplateResponse(
        request, "enterprise/lost_demand.html", {"page": page, "columns": LOST_DEMAND, "search": search}
    )
