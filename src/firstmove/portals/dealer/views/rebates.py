"""Rebates: what a dealer earns, what it rests on, what the next step would take, and what it says against it."""

import datetime as dt
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.incentives import operations as incentives_operations
from firstmove.domains.incentives import queries as incentives
from firstmove.domains.incentives.queries import PartView
from firstmove.domains.network import queries as network
from firstmove.domains.planning import operations
from firstmove.domains.planning import queries as planning
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.kernel.tenancy import Actor
from firstmove.portals import rebate_words
from firstmove.portals.dealer.rebate_forms import ClaimForm, ObjectionForm
from firstmove.portals.dealer.rebate_strip import strip
from firstmove.portals.dealer.tables import REBATE_CLAIMS, REBATE_EVIDENCE, REBATE_STATEMENTS, REBATE_STEPS
from firstmove.portals.design import figures
from firstmove.portals.design.charts import Bars, Series
from firstmove.portals.download import MOST_ROWS, table_file
from firstmove.portals.pages import reads, within, writes
from firstmove.portals.paging import page_of


@reads("dealer")
def rebates(request: HttpRequest, actor: Actor) -> HttpResponse:
    installation = network.enterprise(now=timezone.now())
    dealer_id, on, currency = _dealer(actor), installation.business_on, installation.currency
    running = incentives.parts_running(on=on, dealer_id=dealer_id)
    steps = {step.part_id: step for step in planning.steps_ahead(dealer_id=dealer_id, on=on)}
    money = [part for part in running if part.rules.effect == "rebate"]
    reach = sum(step.net for step in steps.values() if not step.silent)
    return TemplateResponse(
        request,
        "dealer/rebates.html",
        {
            "finding": _finding(money, reach, currency),
            "earned": sum((part.earned for part in money), Decimal(0)),
            "reach": reach,
            "points": incentives.points(dealer_id=dealer_id),
            "currency": currency,
            "parts": [_card(part, steps.get(part.id), currency) for part in running],
            "chart": _chart(money, steps, currency),
            "page": page_of(partial(incentives.statements, dealer_id=dealer_id), query=request.GET),
            "statement_columns": REBATE_STATEMENTS,
            "claims": incentives.claims(dealer_id=dealer_id),
            "claim_columns": REBATE_CLAIMS,
        },
    )


def _finding(money: list[PartView], reach: float, currency: str) -> str:
    if not money:
        return _("No rebate runs for you now")
    earned = figures.money(sum(part.earned for part in money), currency)
    if reach:
        return _("%(earned)s are earned, %(reach)s net more are within reach") % {
            "earned": earned,
            "reach": figures.money(reach, currency),
        }
    return _("%(earned)s are earned in the programmes that run") % {"earned": earned}


def _card(part: PartView, step: planning.StepAhead | None, currency: str) -> dict[str, Any]:
    now, goal, words = rebate_words.progress_of(part, currency=currency)
    return {
        "part": part,
        "now": min(now, goal),
        "goal": goal,
        "words": words,
        "counts": rebate_words.counts_words(part),
        "earned": rebate_words.worth(part.earned, effect=part.rules.effect, currency=currency),
        "title": rebate_words.step_title(step, currency=currency) if step else "",
        "text": rebate_words.step_text(step, currency=currency) if step else "",
    }


def _chart(money: list[PartView], steps: dict[int, planning.StepAhead], currency: str) -> Bars | None:
    """What each programme has earned, and what its next step would add."""
    if len(money) < 2:
        return None
    gains = [steps[part.id].gain if part.id in steps else 0.0 for part in money]
    return Bars(
        categories=[part.period.name for part in money],
        series=[
            Series(name=_("Earned so far"), values=[float(part.earned) for part in money]),
            Series(name=_("The next step adds"), values=gains),
        ],
        format="money",
        currency=currency,
    )


@reads("dealer")
def rebate(request: HttpRequest, actor: Actor, *, part_id: int) -> HttpResponse:
    return _rebate_page(request, actor, part_id=part_id)


def _rebate_page(
    request: HttpRequest, actor: Actor, *, part_id: int, form: ClaimForm | None = None, status: int = 200
) -> HttpResponse:
    installation = network.enterprise(now=timezone.now())
    on, currency = installation.business_on, installation.currency
    part = incentives.part(part_id=part_id, dealer_id=_dealer(actor))
    step, problem, asked = _simulated(request, part, on)
    adjustments = incentives.adjustments(dealer_id=part.dealer_id, part_id=part.id)
    page = page_of(partial(incentives.evidence, part_id=part.id), query=request.GET)
    may_order = request.user.role in network.ORDERING_ROLES  # type: ignore[union-attr]
    return TemplateResponse(
        request,
        "dealer/rebate.html",
        {
            **_card(part, None, currency),
            "currency": currency,
            "effect": part.rules.effect,
            "runs": part.period.runs_on(on),
            "steps": rebate_words.step_rows(part, currency=currency),
            "step_columns": REBATE_STEPS,
            "evidence": [
                (one, rebate_words.worth(one.amount, effect=part.rules.effect, currency=currency)) for one in page
            ],
            "page": page,
            "evidence_columns": REBATE_EVIDENCE,
            "adjustments": [
                (one, rebate_words.worth(one.amount, effect=part.rules.effect, currency=currency))
                for one in adjustments
            ],
            "claims": incentives.claims(dealer_id=part.dealer_id, part_id=part.id),
            "claim_columns": REBATE_CLAIMS,
            "strip": strip(step, day_act=may_order and not asked and step.is_for(on), currency=currency)
            if step
            else None,
            "unsold": step.unsold_at_end if step and not step.silent else None,
            "asked": asked,
            "problem": problem,
            "may_claim": may_order,
            "form": form or ClaimForm(),
        },
        status=status,
    )


def _simulated(request: HttpRequest, part: PartView, on: dt.date) -> tuple[planning.StepAhead | None, str, str]:
    """The next step, or what `?amount=` would bring; what was wrong with it; and the amount as it was typed."""
    if not part.period.runs_on(on):
        return None, "", ""
    asked = request.GET.get("amount", "").strip()
    try:
        amount = Decimal(asked.replace(",", "")) if asked else None
        if amount is not None and not amount.is_finite():
            raise InvalidOperation
        return planning.simulate(part=part, on=on, amount=amount), "", asked
    except InvalidOperation:
        return planning.simulate(part=part, on=on), _("An amount is a number, such as 12000."), asked
    except Invalid as problem:
        return planning.simulate(part=part, on=on), str(problem), asked


@writes("dealer")
def order(request: HttpRequest, actor: Actor, *, part_id: int) -> HttpResponse:
    """Put what reaches the next step into today's order."""
    installation = network.enterprise(now=timezone.now())
    try:
        done = operations.order_for_step(
            actor=actor, part_id=part_id, seen=_amount(request, "seen"), today=installation.business_on,
            now=timezone.now(),
        )  # fmt: skip
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
        return redirect("dealer:rebate", part_id=part_id)
    if done.in_cart:
        messages.success(
            request,
            _("%(lines)s lines of today's order are larger now, %(cart)s products are in the cart.")
            % {"lines": done.in_proposal, "cart": done.in_cart},
        )
    else:
        messages.success(request, _("%(lines)s lines of today's order are larger now.") % {"lines": done.in_proposal})
    return redirect("dealer:today" if done.in_proposal else "dealer:cart")


@writes("dealer")
def claim(request: HttpRequest, actor: Actor, *, part_id: int) -> HttpResponse:
    """Say that something is missing."""
    form = ClaimForm(request.POST)
    if form.is_valid():
        try:
            incentives_operations.claim(actor=actor, part_id=part_id, now=timezone.now(), **form.cleaned_data)
        except Invalid as problem:
            form.add_problem(problem)
        else:
            messages.success(request, _("Your claim is on its way; the answer stands here."))
            return redirect("dealer:rebate", part_id=part_id)
    return within(actor, _rebate_page, request, part_id=part_id, form=form, status=422)


@reads("dealer")
def statement(request: HttpRequest, actor: Actor, *, rebate_statement_id: int) -> HttpResponse:
    return _statement_page(request, actor, statement_id=rebate_statement_id)


def _statement_page(
    request: HttpRequest, actor: Actor, *, statement_id: int, form: ObjectionForm | None = None, status: int = 200
) -> HttpResponse:
    found = incentives.statement(statement_id=statement_id, dealer_id=_dealer(actor))
    currency = network.enterprise(now=timezone.now()).currency
    page = page_of(partial(incentives.statement_rows, statement_id=found.id), query=request.GET)
    dispute = None
    if found.dispute_id is not None:
        dispute = incentives.dispute(dispute_id=found.dispute_id, dealer_id=found.dealer_id)
    return TemplateResponse(
        request,
        "dealer/rebate_statement.html",
        {
            "statement": found,
            "amount": rebate_words.worth(found.amount, effect=found.effect, currency=currency),
            "currency": currency,
            "page": page,
            "rows": [(row, rebate_words.worth(row.amount, effect=found.effect, currency=currency)) for row in page],
            "columns": REBATE_EVIDENCE,
            "dispute": dispute,
            "may_dispute": request.user.role in network.ORDERING_ROLES,  # type: ignore[union-attr]
            "form": form or ObjectionForm(),
        },
        status=status,
    )


@reads("dealer")
def statement_file(request: HttpRequest, actor: Actor, *, rebate_statement_id: int) -> HttpResponse:
    """Every entry of a statement with what it rests on, and their sum."""
    found = incentives.statement(statement_id=rebate_statement_id, dealer_id=_dealer(actor))
    rows, _count = incentives.statement_rows(statement_id=found.id, limit=MOST_ROWS)
    head = [_("Day"), _("Order"), _("Line"), _("Product"), _("Month"), _("Why"), _("Counts"), _("Earned")]
    cells = [
        (
            row.on, row.order_number, row.line, row.product_name, row.month, row.cause or row.kind_name, row.basis,
            row.amount,
        )
        for row in rows
    ]  # fmt: skip
    cells.append((found.made_on, "", None, "", None, _("In all"), sum(row.basis for row in rows), found.amount))
    return table_file(name=found.number, form=request.GET.get("form", "xlsx"), head=head, rows=cells)


@writes("dealer")
def objection(request: HttpRequest, actor: Actor, *, rebate_statement_id: int) -> HttpResponse:
    """Dispute a statement, or write again in its dispute."""
    form, now = ObjectionForm(request.POST), timezone.now()
    if form.is_valid():
        words = form.cleaned_data["words"]
        try:
            found = _statement(actor, rebate_statement_id)
            if found.dispute_id is None or found.dispute_state == "settled":
                incentives_operations.dispute(actor=actor, statement_id=rebate_statement_id, words=words, now=now)
            else:
                incentives_operations.answer(actor=actor, dispute_id=found.dispute_id, words=words, now=now)
        except (Conflict, Invalid) as problem:
            form.add_problem(problem)
        else:
            messages.success(request, _("Your message is on its way; the answer stands here."))
            return redirect("dealer:rebate-statement", rebate_statement_id=rebate_statement_id)
    return within(actor, _statement_page, request, statement_id=rebate_statement_id, form=form, status=422)


@writes("dealer")
def agreement(request: HttpRequest, actor: Actor, *, rebate_statement_id: int) -> HttpResponse:
    """The dispute of a statement is over."""
    found = _statement(actor, rebate_statement_id)
    if found.dispute_id is not None:
        incentives_operations.agree(actor=actor, dispute_id=found.dispute_id, now=timezone.now())
        messages.success(request, _("The statement stands as it is."))
    return redirect("dealer:rebate-statement", rebate_statement_id=rebate_statement_id)


def _statement(actor: Actor, statement_id: int) -> incentives.StatementView:
    with tenancy.scope(actor):
        return incentives.statement(statement_id=statement_id, dealer_id=_dealer(actor))


def _amount(request: HttpRequest, name: str) -> Decimal:
    """Raises Invalid for what is no amount."""
    try:
        amount = Decimal(request.POST.get(name, "").replace(",", "").strip())
        if amount.is_finite():
            return amount
    except InvalidOperation:
        pass
    raise Invalid(_("An amount is a number, such as 12000."), field=name)


def _dealer(actor: Actor) -> int:
    assert actor.dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    return actor.dealer_id
