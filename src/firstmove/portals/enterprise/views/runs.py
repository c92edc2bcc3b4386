"""Planning runs: what they looked at, what they assumed, and a new one."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from procrastinate.exceptions import AlreadyEnqueued

from firstmove.domains.intake.words import feed_name
from firstmove.domains.planning import queries as planning
from firstmove.domains.planning.tasks import plan_now
from firstmove.kernel.tenancy import Actor
from firstmove.portals.enterprise import words
from firstmove.portals.enterprise.tables import RUNS
from firstmove.portals.pages import reads, writes
from firstmove.portals.paging import page_of
from firstmove.portals.words import assumed_sentence

STATE_TONES = {"running": "accent", "complete": "good", "failed": "bad"}
# What the lake calls its tables, as readers know them; others keep their name.
TABLE_FEEDS = {"stock_daily": "stock"}


@reads("enterprise")
def runs(request: HttpRequest, _actor: Actor) -> HttpResponse:
    page = page_of(planning.runs, query=request.GET)
    page.object_list = [(run, STATE_TONES[run.state]) for run in page.object_list]
    latest = planning.latest_run()
    return TemplateResponse(
        request,
        "enterprise/runs.html",
        {
            "columns": RUNS,
            "page": page,
            "latest": latest,
            "latest_sentence": words.run_sentence(latest) if latest else "",
        },
    )


@reads("enterprise")
def run(request: HttpRequest, _actor: Actor, *, run_id: int) -> HttpResponse:
    view = planning.run(run_id=run_id)
    return TemplateResponse(
        request,
        "enterprise/run.html",
        {
            "run": view,
            "tone": STATE_TONES[view.state],
            "sentence": words.run_sentence(view),
            "assumed": assumed_sentence(view.assumed, view.scenario),
            "stale": [feed_name(feed) for feed in view.stale],
            "versions": [
                (feed_name(TABLE_FEEDS.get(table, table)), version) for table, version in sorted(view.versions.items())
            ],
        },
    )


@writes("enterprise")
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Ask for a run; the worker carries it out. One that waits already is enough."""
    try:
        with transaction.atomic():
            plan_now.defer(user_id=actor.user_id)
    except AlreadyEnqueued:
        messages.info(request, _("A run waits already and starts in a moment."))
    else:
        messages.success(request, _("The run starts in a moment. Reload this page to see it."))
    return redirect("enterprise:runs")
