"""The past of a dealer, or of the whole network, played again under other ways of ordering."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from firstmove.domains.network import queries as network
from firstmove.domains.planning import operations
from firstmove.domains.planning import queries as planning
from firstmove.domains.planning.tasks import carry_out_replay
from firstmove.kernel.errors import Conflict, Invalid, NotFound
from firstmove.kernel.tenancy import Actor
from firstmove.portals import replay_sheet
from firstmove.portals.enterprise.tables import REPLAYED_DEALERS
from firstmove.portals.pages import reads, writes
from firstmove.portals.paging import listed, page_of


@reads("enterprise")
def replays(request: HttpRequest, _actor: Actor) -> HttpResponse:
    page = page_of(planning.replays, query=request.GET)
    return TemplateResponse(
        request,
        "enterprise/replays.html",
        {
            "page": page,
            "rows": replay_sheet.listed(page.object_list, address="enterprise:replay"),
            "list_columns": replay_sheet.REPLAYS,
            "windows": replay_sheet.window_options(),
            "dealers": network.dealers(active_only=True),
            "chosen": request.GET.get("dealer", ""),
        },
    )


@reads("enterprise")
def replay(request: HttpRequest, _actor: Actor, *, replay_id: int) -> HttpResponse:
    """One replay; that of the network lists its dealers. While it is under way the page asks how far it is."""
    view = planning.replay(replay_id=replay_id)
    context = replay_sheet.sheet(view, currency=network.enterprise(now=timezone.now()).currency)
    if request.htmx:  # type: ignore[attr-defined]
        if view.is_open:
            return TemplateResponse(request, "shared/_replay_progress.html", context)
        return HttpResponse(headers={"HX-Refresh": "true"})
    if view.dealer_id is None and view.is_complete:
        own = planning.dealers_of_replay(replay_id=replay_id)
        context |= {
            "page": page_of(
                listed([(one, reverse("enterprise:replay", args=[one.id])) for one in own]), query=request.GET
            ),
            "gaining": sum(bool(one.gains) for one in own),
            "dealer_columns": REPLAYED_DEALERS,
        }
    return TemplateResponse(request, "enterprise/replay.html", context)


@writes("enterprise")
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Replay a dealer, or the whole network where none is chosen."""
    weeks, dealer = request.POST.get("weeks", "52"), request.POST.get("dealer", "")
    try:
        with transaction.atomic():
            replay_id = operations.request_replay(
                actor=actor, dealer_id=_number(dealer) if dealer else None, weeks=_number(weeks), now=timezone.now()
            )
            carry_out_replay.defer(replay_id=replay_id)
    except (Conflict, Invalid, NotFound) as problem:
        messages.error(request, str(problem))
        return redirect("enterprise:replays")
    return redirect("enterprise:replay", replay_id=replay_id)


def _number(text: str) -> int:
    """A number as it was posted; 0, which names nothing, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
