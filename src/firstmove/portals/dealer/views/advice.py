"""The advice ledger: what was proposed, and what became of it."""

import datetime as dt
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from firstmove.domains.network import queries as network
from firstmove.domains.planning import queries as planning
from firstmove.kernel.tenancy import Actor
from firstmove.portals.dealer.tables import ADVICE
from firstmove.portals.pages import reads
from firstmove.portals.paging import page_of

PERIOD_DAYS = 28
# The tone of a badge for each state of a proposal.
TONES = {"ready": "accent", "accepted": "good", "rejected": "bad", "expired": "warn", "superseded": "neutral"}


@reads("dealer")
def advice(request: HttpRequest, actor: Actor) -> HttpResponse:
    dealer_id = actor.dealer_id
    assert dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    on = network.enterprise(now=timezone.now()).business_on
    page = page_of(partial(planning.proposals, dealer_id=dealer_id), query=request.GET)
    became = planning.decisions(proposal_ids=[proposal.id for proposal in page.object_list])
    return TemplateResponse(
        request,
        "dealer/advice.html",
        {
            "page": page,
            "columns": ADVICE,
            "rows": [(one, became.get(one.id), TONES.get(one.state, "neutral")) for one in page.object_list],
            "taken": planning.acceptance(since=on - dt.timedelta(days=PERIOD_DAYS - 1), until=on, dealer_id=dealer_id),
        },
    )
