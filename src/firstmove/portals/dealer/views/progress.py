"""What the dealer waits for, and how far the goods are: planned, in production, on their way, at the warehouse."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from firstmove.domains.network import queries as network
from firstmove.domains.trade import queries as trade
from firstmove.kernel.tenancy import Actor
from firstmove.portals.dealer.tables import PROGRESS
from firstmove.portals.pages import reads
from firstmove.portals.paging import listed, page_of

NAMES = {
    "planned": _("planned"),
    "in_production": _("in production"),
    "on_the_way": _("finished, on its way to the warehouse"),
    "at_warehouse": _("at the warehouse, reserved for you"),
}
_TONES = {"planned": "neutral", "in_production": "warn", "on_the_way": "accent", "at_warehouse": "good"}


@dataclass(frozen=True)
class StageOf:
    """A part of a line, worded."""

    part: trade.Part
    name: str | Promise
    tone: str


@reads("dealer")
def progress(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who waits longest stands first."""
    on = network.enterprise(now=timezone.now()).business_on
    dealer_id = actor.dealer_id
    assert dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    lines = trade.waiting_lines(dealer_id=dealer_id, on=on)
    page = page_of(listed(lines), query=request.GET)
    page.object_list = [
        (line, [StageOf(part, NAMES[part.stage], _TONES[part.stage]) for part in line.parts])
        for line in page.object_list
    ]
    return TemplateResponse(
        request,
        "dealer/progress.html",
        {
            "page": page,
            "columns": PROGRESS,
            "count": len(lines),
            "without_day": sum(line.unknown > 0 for line in lines),
            "on": on,
        },
    )
