"""Order plans: who has answered, what to produce for them, and one dealer's plan to compare and answer."""

from collections import Counter
from collections.abc import Mapping
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from firstmove.domains.network import queries as network
from firstmove.domains.planning import operations
from firstmove.domains.planning import queries as planning
from firstmove.domains.planning.queries import PlanStanding
from firstmove.kernel.errors import Conflict, Invalid, NotFound
from firstmove.kernel.tenancy import Actor
from firstmove.portals import order_plan as plans
from firstmove.portals.design import figures
from firstmove.portals.design.tables import sort_from_query
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.enterprise.tables import ORDER_PLANS, PLANNED_CATEGORIES
from firstmove.portals.pages import reads, within, writes
from firstmove.portals.paging import listed, page_of
from firstmove.portals.words import assumed_sentence


@reads("enterprise")
def order_plans(request: HttpRequest, _actor: Actor) -> HttpResponse:
    installation = network.enterprise(now=timezone.now())
    every = planning.plan_standings()
    search, state = request.GET.get("q", "").strip().casefold(), request.GET.get("state", "")
    found = [one for one in every if search in one.plan.dealer_name.casefold()]
    counts = Counter(one.plan.state for one in found)
    sort = sort_from_query(request.GET, columns=ORDER_PLANS, default="state")
    rows = sorted(
        (one for one in found if state in ("", one.plan.state)),
        key=partial(_key, sort.key),
        reverse=sort.descending,
    )
    weeks = planning.plan_weeks(today=installation.business_on)
    ahead = [week for week in weeks if every and week.week_on >= max(one.plan.first_week_on for one in every)]
    agreed = sum(one.plan.state == "agreed" for one in every)
    return TemplateResponse(
        request,
        "enterprise/order_plans.html",
        {
            "every": every,
            "title": _title(every),
            "currency": installation.currency,
            "agreed": agreed,
            "amount": sum(one.amount for one in every),
            "system": sum(one.system for one in every),
            "deviation": _share(sum(one.amount for one in every), sum(one.system for one in every)),
            "waiting": sum(one.plan.waits_for == "enterprise" for one in every),
            "units": sum(week.units for week in ahead),
            "columns": ORDER_PLANS,
            "sort": sort,
            "page": page_of(listed([(one, plans.TONES[one.plan.state]) for one in rows]), query=request.GET),
            "chips": [
                Chip(value="", label=_("All"), count=len(found)),
                Chip(value="changed", label=_("Changed by the dealer"), count=counts["changed"]),
                Chip(value="countered", label=_("Countered by us"), count=counts["countered"]),
                Chip(value="proposed", label=_("No answer yet"), count=counts["proposed"]),
                Chip(value="agreed", label=_("Agreed"), count=counts["agreed"]),
            ],
            "chart": plans.chart(weeks, currency=installation.currency),
            "accuracy": [
                (one, plans.horizon_name(one)) for one in planning.plan_accuracy(today=installation.business_on)
            ],
            "accuracy_columns": plans.ACCURACY,
        },
    )


def _title(every: list[PlanStanding]) -> str:
    if not every:
        return _("There is no order plan yet")
    waiting = sum(one.plan.waits_for == "enterprise" for one in every)
    if waiting:
        return ngettext(
            "%(count)s dealer changed its plan and waits for an answer",
            "%(count)s dealers changed their plans and wait for an answer",
            waiting,
        ) % {"count": figures.number(waiting)}
    agreed = sum(one.plan.state == "agreed" for one in every)
    return _("%(agreed)s of %(all)s dealers agreed to their plan of 13 weeks") % {
        "agreed": figures.number(agreed),
        "all": figures.number(len(every)),
    }


def _share(amount: float, system: float) -> float | None:
    return amount / system - 1 if system else None


# Who waits for us first, then who has not answered.
_STATES = ("changed", "proposed", "countered", "agreed")


def _key(sort: str, one: PlanStanding) -> tuple[object, ...]:
    values: dict[str, object] = {
        "name": one.plan.dealer_name.casefold(),
        "amount": one.amount,
        "system": one.system,
        "deviation": one.deviation or 0.0,
        "changed": one.plan.changed_at,
    }
    return values.get(sort, _STATES.index(one.plan.state)), one.plan.dealer_name.casefold(), one.plan.dealer_id


@reads("enterprise")
def categories(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """What production and purchasing read: units and money of each category, or of one of them week by week."""
    installation = network.enterprise(now=timezone.now())
    asked = request.GET.get("category")
    search = request.GET.get("q", "").strip()
    weeks = planning.plan_weeks(today=installation.business_on, category=asked)
    page = page_of(partial(planning.plan_categories, search=search), query=request.GET)
    page.object_list = [(one, plans.category_name(one.category)) for one in page.object_list]
    return TemplateResponse(
        request,
        "enterprise/order_plan_categories.html",
        {
            "currency": installation.currency,
            "category": None if asked is None else plans.category_name(asked),
            "weeks": [week for week in weeks if week.week_on > installation.business_on or week.ordered is not None],
            "chart": plans.chart(weeks, currency=installation.currency),
            "columns": PLANNED_CATEGORIES,
            "week_columns": plans.NETWORK_WEEKS,
            "page": page,
        },
    )


@reads("enterprise")
def order_plan(request: HttpRequest, actor: Actor, *, dealer_id: int) -> HttpResponse:
    return _page(request, actor, dealer_id=dealer_id)


def _page(
    request: HttpRequest,
    _actor: Actor,
    *,
    dealer_id: int,
    typed: Mapping[str, str] | None = None,
    problem: Conflict | Invalid | None = None,
) -> TemplateResponse:
    found = planning.order_plan(dealer_id=dealer_id)
    if found is None:
        raise NotFound()
    today = network.enterprise(now=timezone.now()).business_on
    asked = request.POST.get("category", request.GET.get("category"))
    resting = planning.assumptions(dealer_id=dealer_id)
    return TemplateResponse(
        request,
        "enterprise/order_plan.html",
        {
            "plan": found,
            "problem": problem,
            "tone": plans.TONES[found.state],
            "assumed": assumed_sentence(found.assumed, resting.scenario),
            **plans.sheet(
                found, today=today, query=request.GET, category=asked, editable=True, typed=typed or {},
                address=reverse("enterprise:order-plan", args=[dealer_id]),
            ),
        },
        status=problem.status if problem else 200,
    )  # fmt: skip


@writes("enterprise")
def changes(request: HttpRequest, actor: Actor, *, dealer_id: int) -> HttpResponse:
    typed = plans.typed(request.POST)
    try:
        operations.change_plan(
            actor=actor,
            dealer_id=dealer_id,
            version=plans.asked_version(request.POST),
            figures=plans.amounts(typed),
            note=request.POST.get("note", "").strip(),
            now=timezone.now(),
        )
    except (Conflict, Invalid) as problem:
        return within(actor, partial(_page, typed=typed, problem=problem), request, dealer_id=dealer_id)
    messages.success(request, _("The dealer sees your figures and answers."))
    return redirect("enterprise:order-plan", dealer_id=dealer_id)


@writes("enterprise")
def agreement(request: HttpRequest, actor: Actor, *, dealer_id: int) -> HttpResponse:
    version = plans.asked_version(request.POST)
    try:
        operations.agree_plan(actor=actor, dealer_id=dealer_id, version=version, now=timezone.now())
    except Conflict as problem:
        return within(actor, partial(_page, problem=problem), request, dealer_id=dealer_id)
    messages.success(request, _("The plan is agreed. Production can count on it."))
    return redirect("enterprise:order-plans")
