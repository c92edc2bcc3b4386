"""Automatic ordering of all dealers: who has it on, what it did, and the switch that stops it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.network import queries as network
from firstmove.domains.planning import operations
from firstmove.domains.planning import queries as planning
from firstmove.kernel.tenancy import Actor
from firstmove.portals.enterprise.tables import AUTOMATIC, AUTOMATIC_ATTEMPTS
from firstmove.portals.pages import reads, writes
from firstmove.portals.paging import page_of
from firstmove.portals.words import attempt_sentence


@reads("enterprise")
def automatic(request: HttpRequest, _actor: Actor) -> HttpResponse:
    installation = network.enterprise(now=timezone.now())
    consents = planning.all_automatic()
    gates = planning.gates(dealer_ids=[one.dealer_id for one in consents], on=installation.business_on)
    page = page_of(planning.attempts, query=request.GET)
    return TemplateResponse(
        request,
        "enterprise/automatic.html",
        {
            "pause": planning.pause(),
            "consents": [(one, gates[one.dealer_id]) for one in consents],
            "switched_on": sum(one.is_on for one in consents),
            "columns": AUTOMATIC,
            "attempt_columns": AUTOMATIC_ATTEMPTS,
            "page": page,
            "attempts": [(one, attempt_sentence(one, installation.currency)) for one in page.object_list],
            "currency": installation.currency,
        },
    )


@writes("enterprise")
def pause(request: HttpRequest, actor: Actor) -> HttpResponse:
    operations.set_pause(actor=actor, paused=True, now=timezone.now())
    messages.success(request, _("Automatic ordering is paused for all dealers."))
    return redirect("enterprise:automatic")


@writes("enterprise")
def resumption(request: HttpRequest, actor: Actor) -> HttpResponse:
    operations.set_pause(actor=actor, paused=False, now=timezone.now())
    messages.success(request, _("Automatic ordering goes on where dealers have switched it on."))
    return redirect("enterprise:automatic")
