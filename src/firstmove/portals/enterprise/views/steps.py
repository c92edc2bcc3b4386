"""Orders that wait for somebody: who is asked, what holds them, passing, sending back, and the rules of each step."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from firstmove.domains.network import queries as network
from firstmove.domains.trade import operations
from firstmove.domains.trade import queries as trade
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotFound
from firstmove.kernel.tenancy import Actor
from firstmove.portals import step_words
from firstmove.portals.design import figures
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.enterprise.forms import CycleTargetForm, StepRuleForm
from firstmove.portals.enterprise.tables import CYCLE_TARGETS, WAITING
from firstmove.portals.pages import reads, within, writes
from firstmove.portals.paging import listed, page_of

CYCLE_DAYS = 91
_MOST_PEOPLE = 3


@dataclass(frozen=True)
class WaitingRow:
    """An order that waits: `why` holds it, `asked` decides, `due` is when it was to be decided, if that was agreed."""

    found: trade.WaitingOrder
    why: str
    asked: str
    waited: str
    due: dt.datetime | None
    may_pass: bool

    @property
    def value(self) -> str:
        """What a box of the list sends: the order and the step at which it is seen."""
        return f"{self.found.order.id}:{self.found.at.step}"


def waiting_rows(found: list[trade.WaitingOrder], *, role: str) -> list[WaitingRow]:
    """The rows of orders that wait, as somebody of a role sees them."""
    people = asked_people() if found else {}
    return [
        WaitingRow(
            one,
            step_words.why_held(one.at.held_by),
            people.get(one.at.asked_role, ""),
            figures.days(one.at.waited_days, 1),
            one.at.due_at,
            operations.may_decide(role, one.at.asked_role),
        )
        for one in found
    ]


def asked_people() -> dict[str, str]:
    """Who is asked, by role: its people by name, else what the role is called; everybody for no role."""
    names: dict[str, list[str]] = {}
    for user in network.users():
        if user.left_at is None:
            names.setdefault(user.role, []).append(user.name)
    found = {"": _("anybody of the enterprise")}
    for role, called in network.roles_of("enterprise").items():
        people = names.get(role, [])
        found[role] = _(", ").join(people) if 0 < len(people) <= _MOST_PEOPLE else called
    return found


@reads("enterprise")
def waiting(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Orders that somebody has to pass, the late ones first. `?step=finance_review` shows those of one step."""
    now = timezone.now()
    names = {rule.step: rule.name for rule in trade.step_rules()}
    counts = trade.waiting_counts()
    step = request.GET.get("step", "")
    step = step if step in names else ""
    found = trade.waiting_orders(now=now, step=step)
    page = page_of(listed(found), query=request.GET)
    today = network.enterprise(now=now).business_on
    return TemplateResponse(
        request,
        "enterprise/waiting.html",
        {
            "columns": WAITING,
            "page": page,
            "rows": waiting_rows(page.object_list, role=network.role_of(actor=actor)),
            "late": sum(one.is_late for one in found),
            "total": sum(counts.values()),
            "cycle": trade.order_cycle(since=today - dt.timedelta(days=CYCLE_DAYS), until=today),
            "chips": [
                Chip(value="", label=_("All"), count=sum(counts.values())),
                *(Chip(value=key, label=names[key], count=counts[key]) for key in names if key in counts),
            ],
        },
    )


@writes("enterprise")
def passing(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Let those pass that were ticked and break no rule; the others are named with what holds them."""
    wanted = []
    for text in request.POST.getlist("order"):
        order_id, _colon, step = text.partition(":")
        if order_id.isascii() and order_id.isdigit() and len(order_id) < 19:
            wanted.append((int(order_id), step))
    try:
        outcomes = operations.pass_steps(actor=actor, orders=wanted, now=timezone.now())
    except Invalid as problem:
        messages.error(request, str(problem))
        return redirect("enterprise:waiting")
    passed = sum(not one.problem for one in outcomes)
    if passed:
        messages.success(
            request, ngettext("%(n)s order passed.", "%(n)s orders passed.", passed) % {"n": figures.number(passed)}
        )
    for one in [one for one in outcomes if one.problem][:10]:
        messages.error(request, one.problem)
    if not outcomes:
        messages.error(request, _("Tick the orders that are to pass."))
    return redirect("enterprise:waiting")


def _decided(request: HttpRequest, actor: Actor, order_id: int, act: str) -> HttpResponse:
    given = {
        "actor": actor,
        "order_id": order_id,
        "note": request.POST.get("note", ""),
        "now": timezone.now(),
    }
    try:
        if act == "cancel":
            operations.cancel(**given)
            messages.success(request, _("The order is cancelled. What it had reserved is free."))
        elif act == "back":
            operations.send_back(step=request.POST.get("step", ""), **given)
            messages.success(request, _("The order went back. It waits there until somebody passes it."))
        else:
            operations.pass_step(step=request.POST.get("step", ""), **given)
            messages.success(request, _("The order passed this step."))
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
    return redirect("enterprise:order", order_id=order_id)


@writes("enterprise")
def order_passing(request: HttpRequest, actor: Actor, *, order_id: int) -> HttpResponse:
    return _decided(request, actor, order_id, "pass")


@writes("enterprise")
def order_return(request: HttpRequest, actor: Actor, *, order_id: int) -> HttpResponse:
    return _decided(request, actor, order_id, "back")


@writes("enterprise")
def order_cancellation(request: HttpRequest, actor: Actor, *, order_id: int) -> HttpResponse:
    return _decided(request, actor, order_id, "cancel")


@reads("enterprise")
def steps(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _steps_page(request, actor)


def _steps_page(
    request: HttpRequest,
    actor: Actor,
    *,
    refused: StepRuleForm | None = None,
    target: CycleTargetForm | None = None,
    status: int = 200,
) -> HttpResponse:
    rules = trade.step_rules()
    people = asked_people()
    forms = [refused if refused is not None and refused.step == rule.step else StepRuleForm.of(rule) for rule in rules]
    return TemplateResponse(
        request,
        "enterprise/steps.html",
        {
            "rules": list(zip(rules, forms, [people[rule.asked_role] for rule in rules], strict=True)),
            "on": sum(rule.is_on for rule in rules),
            "targets": trade.cycle_targets(),
            "columns": CYCLE_TARGETS,
            "form": target or CycleTargetForm(),
            "may_change": network.role_of(actor=actor) == "admin",
        },
        status=status,
    )


@writes("enterprise")
def rule(request: HttpRequest, actor: Actor, *, step: str) -> HttpResponse:
    form = StepRuleForm(request.POST, step=step)
    if form.is_valid():
        try:
            operations.set_step_rule(actor=actor, step=step, now=timezone.now(), **form.rule())
        except Invalid as problem:
            if problem.facts.get("field") == "step":
                raise NotFound() from problem
            form.add_problem(problem)
        else:
            messages.success(request, _("Saved. Orders that wait already stay until somebody passes them."))
            return redirect("enterprise:steps")
    return within(actor, lambda request, actor: _steps_page(request, actor, refused=form, status=422), request)


@writes("enterprise")
def target(request: HttpRequest, actor: Actor) -> HttpResponse:
    def page(request: HttpRequest, actor: Actor) -> HttpResponse:
        return _steps_page(request, actor, target=form, status=422)

    with tenancy.scope(actor):
        form = CycleTargetForm(request.POST)
        complete = form.is_valid()
    if complete:
        try:
            operations.set_cycle_target(actor=actor, now=timezone.now(), **form.cleaned_data)
        except Invalid as problem:
            form.add_problem(problem)
        else:
            messages.success(request, _("Saved."))
            return redirect("enterprise:steps")
    return within(actor, page, request)
