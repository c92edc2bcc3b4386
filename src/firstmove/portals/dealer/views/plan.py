"""The order plan of the coming thirteen weeks: look at it, change figures, agree."""

from collections.abc import Mapping
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
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.kernel.tenancy import Actor
from firstmove.portals import order_plan
from firstmove.portals.pages import reads, within, writes
from firstmove.portals.words import assumed_sentence


@reads("dealer")
def plan(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _page(request, actor)


def _page(
    request: HttpRequest,
    actor: Actor,
    *,
    typed: Mapping[str, str] | None = None,
    problem: Conflict | Invalid | None = None,
) -> TemplateResponse:
    """The page, or what somebody typed into it with the reason why it was not taken."""
    dealer_id = actor.dealer_id
    assert dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    found = planning.order_plan(dealer_id=dealer_id)
    context: dict[str, object] = {"plan": found, "problem": problem}
    if found is not None:
        today = network.enterprise(now=timezone.now()).business_on
        may = request.user.role in network.ORDERING_ROLES  # type: ignore[union-attr]
        asked = request.POST.get("category", request.GET.get("category"))
        context |= order_plan.sheet(
            found, today=today, query=request.GET, category=asked, editable=may, typed=typed or {},
            address=reverse("dealer:plan"),
        )  # fmt: skip
        resting = planning.assumptions(dealer_id=dealer_id)
        context |= {
            "may": may,
            "tone": order_plan.TONES[found.state],
            "assumed": assumed_sentence(found.assumed, resting.scenario),
            "finding": _finding(found),
        }
    return TemplateResponse(request, "dealer/plan.html", context, status=problem.status if problem else 200)


def _finding(found: planning.PlanView) -> str:
    return {
        "proposed": _("What you are likely to order over the next 13 weeks: agree, or say what will be different"),
        "changed": _("Your figures wait for the enterprise's answer"),
        "countered": _("The enterprise answered with other figures: agree, or say what will be different"),
        "agreed": _("Your plan of the next 13 weeks is agreed"),
    }[found.state]


@writes("dealer")
def changes(request: HttpRequest, actor: Actor) -> HttpResponse:
    typed = order_plan.typed(request.POST)
    try:
        operations.change_plan(
            actor=actor,
            dealer_id=actor.dealer_id or 0,
            version=order_plan.asked_version(request.POST),
            figures=order_plan.amounts(typed),
            note=request.POST.get("note", "").strip(),
            now=timezone.now(),
        )
    except (Conflict, Invalid) as problem:
        return within(actor, partial(_page, typed=typed, problem=problem), request)
    messages.success(request, _("Your figures are on their way; the enterprise answers."))
    return redirect("dealer:plan")


@writes("dealer")
def agreement(request: HttpRequest, actor: Actor) -> HttpResponse:
    version = order_plan.asked_version(request.POST)
    try:
        operations.agree_plan(actor=actor, dealer_id=actor.dealer_id or 0, version=version, now=timezone.now())
    except Conflict as problem:
        return within(actor, partial(_page, problem=problem), request)
    messages.success(request, _("The plan is agreed. Weeks that begin stay as they are; later ones can still change."))
    return redirect("dealer:plan")
