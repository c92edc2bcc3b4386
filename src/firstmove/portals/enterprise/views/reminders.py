"""The log of what was sent to whom, and trying again what was given up."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from firstmove.domains.network import keys as network_keys
from firstmove.domains.reminders import operations, queries
from firstmove.kernel.tenancy import Actor
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.enterprise.tables import REMINDER_LOG
from firstmove.portals.pages import reads, writes
from firstmove.portals.paging import page_of

_STATES = ("waiting", "sent", "dead", "dropped")
TONES = {"sent": "good", "dead": "bad", "dropped": "neutral", "waiting": "neutral"}


@reads("enterprise")
def log(request: HttpRequest, actor: Actor) -> HttpResponse:
    currency = request.installation.currency  # type: ignore[attr-defined]
    state = request.GET.get("state", "")
    state = state if state in _STATES else ""
    counts = queries.delivery_counts()
    page = page_of(partial(queries.deliveries, currency=currency, state=state), query=request.GET)
    facts = {
        "columns": REMINDER_LOG,
        "page": page,
        "rows": [{"delivery": row, "tone": TONES[row.state]} for row in page.object_list],
        "dead": counts.get("dead", 0),
        "sent": counts.get("sent", 0),
        "manages": network_keys.may_manage_services(actor=actor),
        "state": state,
        "states": [
            Chip(value="", label=_("all")),
            Chip(value="waiting", label=_("waiting"), count=counts.get("waiting", 0)),
            Chip(value="sent", label=_("sent"), count=counts.get("sent", 0)),
            Chip(value="dead", label=_("given up"), count=counts.get("dead", 0)),
            Chip(value="dropped", label=_("not sent"), count=counts.get("dropped", 0)),
        ],
    }
    return TemplateResponse(request, "enterprise/reminder_log.html", facts)


@writes("enterprise")
def replay(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One delivery that the form names, or all that were given up."""
    named = request.POST.get("delivery", "")
    count = operations.replay(
        actor=actor,
        now=timezone.now(),
        delivery_id=int(named) if named.isascii() and named.isdigit() and len(named) < 19 else None,
    )
    told = ngettext("%(n)s reminder is sent again.", "%(n)s reminders are sent again.", count) % {"n": count}
    messages.success(request, told)
    return redirect("enterprise:reminder-log")
