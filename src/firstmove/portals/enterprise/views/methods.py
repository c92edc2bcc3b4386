"""Methods of seeing demand: which one plans what, since when, and the trials that say so."""

from collections.abc import Sequence

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.planning import operations
from firstmove.domains.planning import queries as planning
from firstmove.domains.planning.queries import RoundView, TrialView
from firstmove.domains.planning.tasks import carry_out_trials
from firstmove.kernel.errors import Conflict
from firstmove.kernel.tenancy import Actor
from firstmove.portals.design.charts import Interval, Intervals
from firstmove.portals.enterprise.tables import PROMOTIONS, ROUNDS, SEGMENTS, TRIALS
from firstmove.portals.pages import reads, writes
from firstmove.portals.paging import page_of
from firstmove.portals.words import method_words, segment_words

STATE_TONES = {"waiting": "neutral", "running": "accent", "complete": "good", "failed": "bad"}
VERDICT_TONES = {"promoted": "good", "second": "accent", "lower_fill": "warn", "uneven": "warn"}


@reads("enterprise")
def methods(request: HttpRequest, _actor: Actor) -> HttpResponse:
    standings = planning.method_standings()
    latest, found = planning.latest_trials()
    page = page_of(planning.trial_rounds, query=request.GET)
    page.object_list = [(one, STATE_TONES[one.state]) for one in page.object_list]
    return TemplateResponse(
        request,
        "enterprise/methods.html",
        {
            "standings": [(one, segment_words(one.segment), method_words(one.method)) for one in standings],
            "proved": sum(one.method != "pooled" for one in standings),
            "fell_back": [one.segment_name for one in standings if one.fell_back],
            "segment_columns": SEGMENTS,
            "promotions": planning.promotions(),
            "promotion_columns": PROMOTIONS,
            "page": page,
            "round_columns": ROUNDS,
            "explained": [method_words(method) for method in ("pooled", "textbook", "boosted")],
            **_evidence(latest, found),
        },
    )


@reads("enterprise")
def trials(request: HttpRequest, _actor: Actor, *, round_id: int) -> HttpResponse:
    """One round. While it is under way the page asks how far it is."""
    view = planning.trial_round(round_id=round_id)
    context = {"round": view, "tone": STATE_TONES[view.state], "percent_done": round(100 * view.progress)}
    if request.htmx:  # type: ignore[attr-defined]
        if view.is_open:
            return TemplateResponse(request, "enterprise/_trials_progress.html", context)
        return HttpResponse(headers={"HX-Refresh": "true"})
    found = planning.trials_of(round_id=round_id) if view.is_complete else []
    return TemplateResponse(request, "enterprise/trials.html", context | _evidence(view, found))


@writes("enterprise")
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Try the methods now, not at the end of the week."""
    try:
        with transaction.atomic():
            round_id = operations.request_trials(actor=actor, now=timezone.now())
            carry_out_trials.defer(round_id=round_id)
    except Conflict as problem:
        messages.error(request, str(problem))
        return redirect("enterprise:methods")
    return redirect("enterprise:trials", round_id=round_id)


def _evidence(view: RoundView | None, found: Sequence[TrialView]) -> dict[str, object]:
    """The trials of a round: their chart, and the table with the figures."""
    return {
        "evidence": view,
        "left_out": ", ".join(view.left_out_names) if view else "",
        "trial_columns": TRIALS,
        "trials": [(one, VERDICT_TONES.get(one.verdict, "neutral")) for one in found],
        "confidence": found[0].confidence if found else None,
        "chart": Intervals(
            name=_("Cost saved, simulated"),
            low_name=_("At least"),
            high_name=_("At most"),
            estimates=[
                Interval(
                    name=_("%(segment)s: %(challenger)s")
                    % {"segment": one.segment_name, "challenger": one.challenger_name},
                    value=one.saving,
                    low=one.saving_low,
                    high=one.saving_high,
                    sure=one.is_promoted,
                )
                for one in found
            ],
        )
        if found
        else None,
    }
