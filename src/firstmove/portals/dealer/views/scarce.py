"""What is scarce: the dealer's share of it, and the rule by which everybody is treated."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from firstmove.domains.planning import queries as planning
from firstmove.kernel.tenancy import Actor
from firstmove.portals.dealer.tables import SCARCE
from firstmove.portals.pages import reads
from firstmove.portals.paging import page_of


@reads("dealer")
def scarce(request: HttpRequest, actor: Actor) -> HttpResponse:
    dealer_id = actor.dealer_id
    assert dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    page = page_of(partial(planning.allocations_of_dealer, dealer_id=dealer_id), query=request.GET)
    return TemplateResponse(request, "dealer/scarce.html", {"page": page, "columns": SCARCE})
