"""What needs the dealer today: the dearest exceptions, the rest folded, what was put off, what is solved."""

import datetime as dt
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.network import queries as network
from firstmove.domains.planning import operations
from firstmove.domains.planning import queries as planning
from firstmove.domains.planning.queries import AlertView
from firstmove.kernel.tenancy import Actor
from firstmove.portals import words
from firstmove.portals.alert_words import Places, Told, told, week_chart
from firstmove.portals.dealer.tables import ALERTS
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.pages import reads, writes
from firstmove.portals.paging import page_of

# So many a morning can be worked on; the others wait behind "all".
BUDGET = 10
SOLVED_DAYS = 7
_TOPICS = ("short", "excess", "demand", "feed")


@reads("dealer")
def attention(request: HttpRequest, actor: Actor) -> HttpResponse:
    dealer_id = actor.dealer_id
    assert dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    installation = network.enterprise(now=timezone.now())
    on, currency = installation.business_on, installation.currency
    counts = planning.alert_counts(dealer_id=dealer_id, on=on)
    count = sum(number for number, _money in counts.values())
    shown = request.GET.get("show", "")
    topic = shown if shown in _TOPICS else ""
    category = request.GET.get("category") if shown == "all" else None
    read = partial(planning.alerts, dealer_id=dealer_id, on=on, topic=topic, category=category, asleep=shown == "later")
    page = None
    if shown:
        page = page_of(read, query=request.GET)
        found = list(page.object_list)
    else:
        found, _count = read(limit=BUDGET)
    proposal = planning.todays_proposal(dealer_id=dealer_id, on=on)
    order = reverse("dealer:proposal", args=[proposal.id]) if proposal is not None and proposal.is_ready else ""
    _later, later_count = planning.alerts(dealer_id=dealer_id, on=on, asleep=True, limit=0)
    own = planning.network(dealer_id=dealer_id)
    scenario = planning.assumptions(dealer_id=dealer_id).scenario
    return TemplateResponse(
        request,
        "dealer/attention.html",
        {
            "on": on,
            "currency": currency,
            "count": count,
            "money": sum(money for _number, money in counts.values()),
            "rows": [_told(alert, currency, order) for alert in found],
            "folded": count - len(found) if not shown else 0,
            "groups": planning.folded_alerts(dealer_id=dealer_id, on=on, shown=found) if not shown else [],
            "category": category,
            "week": week_chart(planning.week_of_run_outs(on=on, dealer_id=dealer_id), currency=currency),
            "shown": shown,
            "page": page,
            "columns": ALERTS,
            "snooze_days": operations.SNOOZE_DAYS,
            "solved": planning.solved_alerts(dealer_id=dealer_id, since=on - dt.timedelta(days=SOLVED_DAYS)),
            "note": words.assumed_sentence(["stock"], scenario) if own.stock_assumed else "",
            "chips": [
                Chip(value="", label=_("Dearest")),
                Chip(value="all", label=_("All"), count=count),
                *(
                    Chip(value=name, label=label, count=counts[name][0])
                    for name, label in zip(_TOPICS, planning.topic_names(), strict=True)
                    if name in counts
                ),
                Chip(value="later", label=_("Put off or answered"), count=later_count),
            ],
        },
    )


def _told(alert: AlertView, currency: str, order: str) -> Told:
    subject = reverse("dealer:product", args=[alert.product_id]) if alert.product_id else ""
    return told(alert, currency=currency, places=Places(subject, orders=reverse("dealer:orders"), order=order))


@writes("dealer")
def answer(request: HttpRequest, actor: Actor, *, alert_id: int) -> HttpResponse:
    asked = request.POST.get("days", "")
    days = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else None
    verdict = request.POST.get("verdict", "")
    operations.answer_alert(actor=actor, alert_id=alert_id, now=timezone.now(), snooze_days=days, verdict=verdict)
    if verdict:
        messages.success(request, _("Your answer is kept."))
    elif days is None:
        messages.success(request, _("Marked as seen."))
    else:
        messages.success(request, _("It comes back when that time is over, or earlier if it gets worse."))
    return redirect("dealer:attention")
