"""Programmes: what they cost so far, what one would have cost last year, and the periods of each."""

import contextlib
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from procrastinate.exceptions import AlreadyEnqueued

from firstmove.domains.incentives import operations
from firstmove.domains.incentives import queries as incentives
from firstmove.domains.incentives.queries import PeriodSum, Preview, ProgrammeView
from firstmove.domains.incentives.rules import Rules
from firstmove.domains.incentives.tasks import follow_incentives_now
from firstmove.domains.network import queries as network
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Problem
from firstmove.kernel.tenancy import Actor
from firstmove.portals import incentive_words as words
from firstmove.portals.design.charts import Bars, Series
from firstmove.portals.enterprise.incentive_forms import ProgrammeForm, RulesForm
from firstmove.portals.enterprise.tables import PARTS, PREVIEW_DEALERS, PROGRAMME_PERIODS, PROGRAMMES
from firstmove.portals.pages import reads, within, writes
from firstmove.portals.paging import page_of

_SHOWN_DEALERS = 20
_SHOWN_PERIODS = 12


@dataclass(frozen=True)
class Row:
    """A programme, and what is said of it."""

    view: ProgrammeView
    counts: str
    running: str
    earned: str


@reads("enterprise")
def programmes(request: HttpRequest, actor: Actor) -> HttpResponse:
    installation = network.enterprise(now=timezone.now())
    found = incentives.programmes(on=installation.business_on)
    rebates = [one for one in found if one.rules.effect == "rebate"]
    return TemplateResponse(
        request,
        "enterprise/programmes.html",
        {
            "columns": PROGRAMMES,
            "rows": [_row(one, installation.currency) for one in found],
            "running": sum(1 for one in found if one.period),
            "cost": sum(one.running for one in rebates if one.period),
            "all_time": sum(one.earned for one in rebates),
            "earning": sum(one.earning for one in found if one.period),
            "taking_part": sum(one.taking_part for one in found if one.period),
            "chart": _costs(rebates, installation.currency),
            "waiting": len(incentives.adjustments(state="asked")) + len(incentives.claims(open_only=True)),
            "disputed": sum(1 for one in incentives.disputes(open_only=True) if one.state == "open"),
            "may_keep": network.role_of(actor=actor) in operations.KEEPERS,
        },
    )


def _row(view: ProgrammeView, currency: str) -> Row:
    return Row(
        view,
        f"{words.basis(view.rules)} · {words.goods(view.rules)}",
        words.amount(view.rules.effect, view.running, currency=currency),
        words.amount(view.rules.effect, view.earned, currency=currency),
    )


def _costs(rebates: list[ProgrammeView], currency: str) -> Bars | None:
    running = [one for one in rebates if one.period]
    if not running:
        return None
    return Bars(
        categories=[one.name for one in running],
        series=[Series(name=_("Cost so far"), values=[float(one.running) for one in running])],
        format="money",
        currency=currency,
    )


@reads("enterprise")
def programme(request: HttpRequest, actor: Actor, *, programme_id: int) -> HttpResponse:
    """`?period=7` shows the dealers of that period; without, of the one that runs, or the last."""
    installation = network.enterprise(now=timezone.now())
    view = incentives.programme(programme_id=programme_id, on=installation.business_on)
    found = incentives.periods(programme_id=programme_id)
    asked = request.GET.get("period", "")
    latest = found[0] if found else None
    shown = next((one for one in found if str(one.period.id) == asked), latest)
    context: dict[str, Any] = {}
    if shown is not None:
        context["parts"] = page_of(partial(incentives.parts_of_period, period_id=shown.period.id), query=request.GET)
        context["shown_steps"] = words.steps(shown.period.rules, currency=installation.currency)
    return TemplateResponse(
        request,
        "enterprise/programme.html",
        {
            **context,
            "view": view,
            "today": installation.business_on,
            "shown": shown,
            "period_columns": PROGRAMME_PERIODS,
            "periods": found[:_SHOWN_PERIODS],
            "part_columns": PARTS,
            "chart": _periods_chart(found, view.rules, installation.currency),
            "basis": words.basis(view.rules),
            "goods": words.goods(view.rules, names=_names(view.rules)),
            "who": words.dealers(view.rules),
            "effect": words.name_of("effect", view.rules.effect),
            "mode": words.name_of("mode", view.rules.mode),
            "cadence": words.name_of("cadence", view.rules.cadence),
            "steps": words.steps(view.rules, currency=installation.currency),
            "versions": incentives.versions(programme_id=programme_id),
            "may_keep": network.role_of(actor=actor) in operations.KEEPERS,
        },
    )


def _names(rules: Rules) -> dict[int, str]:
    from firstmove.domains.catalog.queries import products_by_id

    return {one.id: one.name for one in products_by_id(ids=rules.product_ids).values()}


def _periods_chart(found: list[PeriodSum], rules: Rules, currency: str) -> Bars | None:
    shown = list(reversed(found[:_SHOWN_PERIODS]))
    if len(shown) < 2:
        return None
    return Bars(
        categories=[one.period.starts_on for one in shown],
        series=[Series(name=_("Earned by dealers"), values=[float(one.earned) for one in shown])],
        format="number" if rules.effect == "points" else "money",
        currency=currency,
    )


@reads("enterprise")
def new_programme(request: HttpRequest, actor: Actor) -> HttpResponse:
    today = network.enterprise(now=timezone.now()).business_on
    form = ProgrammeForm(initial={"from_on": today, "cadence": "quarter", "mode": "retroactive", "effect": "rebate"})
    return _form_page(request, actor, form=form)


@writes("enterprise")
def promising(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Promise a programme, or, where that was asked for, show what it would have cost."""
    with tenancy.scope(actor):
        form = ProgrammeForm(request.POST)
        complete = form.is_valid()
    if complete and "preview" not in request.POST:
        try:
            programme_id = operations.promise(
                actor=actor, name=form.cleaned_data["name"], rules=form.rules(), now=timezone.now()
            )
        except Problem as problem:
            form.add_problem(problem)
        else:
            _reckon_soon()
            messages.success(request, _("The programme is promised. What counts already is being reckoned."))
            return redirect("enterprise:programme", programme_id=programme_id)
    return _shown_again(request, actor, form, complete=complete)


@reads("enterprise")
def rules(request: HttpRequest, actor: Actor, *, programme_id: int) -> HttpResponse:
    today = network.enterprise(now=timezone.now()).business_on
    view = incentives.programme(programme_id=programme_id, on=today)
    starts_on = operations.next_start(programme_id=programme_id, today=today)
    form = RulesForm(initial={**RulesForm.initial_of(view.rules), "from_on": starts_on})
    return _form_page(request, actor, form=form, programme_id=programme_id)


@writes("enterprise")
def changing(request: HttpRequest, actor: Actor, *, programme_id: int) -> HttpResponse:
    """Other rules from the next period on, or what they would have cost."""
    with tenancy.scope(actor):
        form = RulesForm(request.POST)
        complete = form.is_valid()
    if complete and "preview" not in request.POST:
        try:
            operations.change(actor=actor, programme_id=programme_id, rules=form.rules(), now=timezone.now())
        except Problem as problem:
            form.add_problem(problem)
        else:
            messages.success(request, _("The new rules hold from their first day on; what runs keeps its own."))
            return redirect("enterprise:programme", programme_id=programme_id)
    return _shown_again(request, actor, form, complete=complete, programme_id=programme_id)


@writes("enterprise")
def programme_end(request: HttpRequest, actor: Actor, *, programme_id: int) -> HttpResponse:
    operations.end(actor=actor, programme_id=programme_id, now=timezone.now())
    messages.success(request, _("No further period begins. The one that runs goes on to its end."))
    return redirect("enterprise:programme", programme_id=programme_id)


@writes("enterprise")
def settlement(request: HttpRequest, actor: Actor, *, period_id: int) -> HttpResponse:
    """Settle a period, or what came since it was."""
    with tenancy.scope(actor):
        programme_id = incentives.period(period_id=period_id).programme_id
    try:
        made = operations.settle(actor=actor, period_id=period_id, now=timezone.now())
    except Problem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(
            request, ngettext("%(n)s statement is made.", "%(n)s statements are made.", made) % {"n": made}
        )
    return redirect("enterprise:programme", programme_id=programme_id)


@writes("enterprise")
def following(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """Bring every ledger to what the evidence says, in the background."""
    _reckon_soon()
    messages.success(request, _("Everything is being brought up to date; look again in a minute."))
    return redirect("enterprise:incentives")


def _reckon_soon() -> None:
    """The worker brings the ledgers up to date; one time that waits already is enough."""
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        follow_incentives_now.defer()


def _shown_again(
    request: HttpRequest, actor: Actor, form: RulesForm, *, complete: bool, programme_id: int | None = None
) -> HttpResponse:
    """The form with its errors, or with what its rules would have cost."""
    looked = None
    if complete and form.is_valid():
        try:
            operations.check(form.rules())
            with tenancy.scope(actor):
                looked = incentives.preview(rules=form.rules())
        except Problem as problem:
            form.add_problem(problem)
    status = 200 if form.is_valid() else 422
    return within(actor, _form_page, request, form=form, programme_id=programme_id, looked=looked, status=status)


def _form_page(
    request: HttpRequest,
    actor: Actor,
    *,
    form: RulesForm,
    programme_id: int | None = None,
    looked: Preview | None = None,
    status: int = 200,
) -> HttpResponse:
    installation = network.enterprise(now=timezone.now())
    view = incentives.programme(programme_id=programme_id, on=installation.business_on) if programme_id else None
    effect = form.rules().effect if looked else ""
    return TemplateResponse(
        request,
        "enterprise/programme_form.html",
        {
            "form": form,
            "view": view,
            "looked": looked,
            "asked": request.method == "POST" and form.is_valid(),
            "cost": words.amount(effect, looked.cost, currency=installation.currency) if looked else "",
            "columns": PREVIEW_DEALERS,
            "dealers": [
                (one, words.amount(effect, one.earned, currency=installation.currency))
                for one in (looked.dealers if looked else ())[:_SHOWN_DEALERS]
            ],
            "chart": _reached(looked) if looked else None,
            "may_keep": network.role_of(actor=actor) in operations.KEEPERS,
        },
        status=status,
    )


def _reached(looked: Preview) -> Bars:
    names = [_("no step"), *(_("step %(n)s") % {"n": number} for number in range(1, len(looked.reached)))]
    return Bars(
        categories=names, series=[Series(name=_("Dealers"), values=[float(n) for n in looked.reached])], unit=""
    )
