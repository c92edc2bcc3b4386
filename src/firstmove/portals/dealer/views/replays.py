"""The dealer's last year played again under other ways of ordering."""

from functools import partial

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from firstmove.domains.network import queries as network
from firstmove.domains.planning import operations
from firstmove.domains.planning import queries as planning
from firstmove.domains.planning.tasks import carry_out_replay
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.kernel.tenancy import Actor
from firstmove.portals import replay_sheet
from firstmove.portals.pages import reads, writes
from firstmove.portals.paging import page_of


@reads("dealer")
def replays(request: HttpRequest, actor: Actor) -> HttpResponse:
    page = page_of(partial(planning.replays, dealer_id=actor.dealer_id), query=request.GET)
    assert actor.dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    on = network.enterprise(now=timezone.now()).business_on
    gate = planning.gate(dealer_id=actor.dealer_id, on=on)
    return TemplateResponse(
        request,
        "dealer/replays.html",
        {
            "page": page,
            "rows": replay_sheet.listed(page.object_list, address="dealer:replay"),
            "list_columns": replay_sheet.REPLAYS,
            "windows": replay_sheet.window_options(),
            "gate": gate,
            "gate_sentence": replay_sheet.gate_sentence(gate),
        },
    )


@reads("dealer")
def replay(request: HttpRequest, actor: Actor, *, replay_id: int) -> HttpResponse:
    """One replay. While it is under way the page asks every two seconds how far it is."""
    view = planning.replay(replay_id=replay_id, dealer_id=actor.dealer_id)
    context = replay_sheet.sheet(view, currency=network.enterprise(now=timezone.now()).currency)
    if request.htmx:  # type: ignore[attr-defined]
        if view.is_open:
            return TemplateResponse(request, "shared/_replay_progress.html", context)
        return HttpResponse(headers={"HX-Refresh": "true"})
    return TemplateResponse(request, "dealer/replay.html", context)


@writes("dealer")
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    weeks = request.POST.get("weeks", "52")
    try:
        with transaction.atomic():
            replay_id = operations.request_replay(
                actor=actor,
                dealer_id=actor.dealer_id,
                weeks=int(weeks) if weeks.isascii() and weeks.isdigit() and len(weeks) < 4 else 0,
                now=timezone.now(),
            )
            carry_out_replay.defer(replay_id=replay_id)
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
        return redirect("dealer:replays")
    return redirect("dealer:replay", replay_id=replay_id)
