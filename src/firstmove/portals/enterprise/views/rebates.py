"""What a dealer earns by a programme and why, statements, and what two people have to agree on."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.incentives import operations
from firstmove.domains.incentives import queries as incentives
from firstmove.domains.incentives.queries import AdjustmentView, ClaimView
from firstmove.domains.network import queries as network
from firstmove.kernel.errors import Problem
from firstmove.kernel.tenancy import Actor
from firstmove.portals import incentive_words as words
from firstmove.portals.enterprise.incentive_forms import AdjustmentForm, MessageForm
from firstmove.portals.enterprise.tables import (
    ASKED_ADJUSTMENTS,
    EVIDENCE,
    REBATE_CLAIMS,
    REBATE_DISPUTES,
    REBATE_ENTRIES,
    REBATE_STATEMENTS,
)
from firstmove.portals.pages import reads, within, writes
from firstmove.portals.paging import page_of

_TONES = {"open": "warn", "asked": "warn", "answered": "accent", "granted": "good", "approved": "good"}


@reads("enterprise")
def part(request: HttpRequest, actor: Actor, *, part_id: int) -> HttpResponse:
    return _part_page(request, actor, part_id=part_id)


def _part_page(
    request: HttpRequest, actor: Actor, *, part_id: int, form: AdjustmentForm | None = None, status: int = 200
) -> HttpResponse:
    currency = network.enterprise(now=timezone.now()).currency
    view = incentives.part(part_id=part_id)
    terms = view.schedule
    effect = view.rules.effect
    return TemplateResponse(
        request,
        "enterprise/part.html",
        {
            "view": view,
            "basis": words.basis(view.rules),
            "goods": words.goods(view.rules),
            "mode": words.name_of("mode", view.rules.mode),
            "steps": words.steps(view.rules, currency=currency, terms=terms.steps if terms else None),
            "earned": words.amount(effect, view.earned, currency=currency),
            "balance": words.amount(effect, view.balance, currency=currency),
            "gain": words.amount(effect, view.ahead.gain, currency=currency) if view.ahead else "",
            "evidence_columns": EVIDENCE,
            "page": page_of(partial(incentives.evidence, part_id=part_id), query=request.GET),
            "entry_columns": REBATE_ENTRIES,
            "entries": incentives.entries(part_id=part_id, limit=20)[0],
            "adjustments": [
                (one, _TONES.get(one.state, "neutral"), words.amount(effect, one.amount, currency=currency))
                for one in incentives.adjustments(part_id=part_id)
            ],
            "claims": [
                (one, _TONES.get(one.state, "neutral"), words.amount(effect, one.amount, currency=currency))
                for one in incentives.claims(part_id=part_id)
            ],
            "form": form or AdjustmentForm(),
            "may_keep": network.role_of(actor=actor) in operations.KEEPERS and effect != "priority",
        },
        status=status,
    )


@writes("enterprise")
def adjustment(request: HttpRequest, actor: Actor, *, part_id: int) -> HttpResponse:
    """Ask for an amount that the rules do not give."""
    form = AdjustmentForm(request.POST)
    if form.is_valid():
        try:
            operations.ask_adjustment(actor=actor, part_id=part_id, now=timezone.now(), **form.cleaned_data)
        except Problem as problem:
            form.add_problem(problem)
        else:
            messages.success(request, _("It waits for a second person, who finds it under approvals."))
            return redirect("enterprise:incentive-part", part_id=part_id)
    return within(actor, _part_page, request, part_id=part_id, form=form, status=422)


@reads("enterprise")
def approvals(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What waits for somebody: adjustments for a second person, claims for an answer."""
    currency = network.enterprise(now=timezone.now()).currency
    return TemplateResponse(
        request,
        "enterprise/approvals.html",
        {
            "adjustment_columns": ASKED_ADJUSTMENTS,
            "adjustments": [
                (one, words.amount(one.effect, one.amount, currency=currency), one.asked_by_id == actor.user_id)
                for one in incentives.adjustments(state="asked")
            ],
            "claim_columns": REBATE_CLAIMS,
            "claims": [_claim_row(one, currency) for one in incentives.claims()],
            "may_keep": network.role_of(actor=actor) in operations.KEEPERS,
        },
    )


def _claim_row(one: ClaimView, currency: str) -> tuple[ClaimView, str, str]:
    return one, words.amount(one.effect, one.amount, currency=currency), _TONES.get(one.state, "neutral")


@writes("enterprise")
def adjustment_decision(request: HttpRequest, actor: Actor, *, adjustment_id: int) -> HttpResponse:
    approved = request.POST.get("decision") == "approve"
    try:
        operations.decide_adjustment(actor=actor, adjustment_id=adjustment_id, approved=approved, now=timezone.now())
    except Problem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Approved and entered.") if approved else _("Declined; nothing is entered."))
    return redirect("enterprise:incentive-approvals")


@reads("enterprise")
def claim(request: HttpRequest, actor: Actor, *, rebate_claim_id: int) -> HttpResponse:
    return _claim_page(request, actor, claim_id=rebate_claim_id)


def _claim_page(
    request: HttpRequest, actor: Actor, *, claim_id: int, form: AdjustmentForm | None = None, status: int = 200
) -> HttpResponse:
    currency = network.enterprise(now=timezone.now()).currency
    view = incentives.claim(claim_id=claim_id)
    waits: list[AdjustmentView] = [
        one for one in incentives.adjustments(part_id=view.part_id, state="asked") if one.claim_id == claim_id
    ]
    return TemplateResponse(
        request,
        "enterprise/claim.html",
        {
            "view": view,
            "amount": words.amount(view.effect, view.amount, currency=currency),
            "tone": _TONES.get(view.state, "neutral"),
            "waits": waits,
            "form": form or AdjustmentForm(initial={"amount": view.amount}),
            "may_keep": network.role_of(actor=actor) in operations.KEEPERS,
        },
        status=status,
    )


@writes("enterprise")
def claim_answer(request: HttpRequest, actor: Actor, *, rebate_claim_id: int) -> HttpResponse:
    """Grant a claim, which a second person approves, or decline it with words."""
    now = timezone.now()
    form = AdjustmentForm(request.POST)
    declined = request.POST.get("decision") == "decline"
    try:
        if declined:
            operations.decline_claim(
                actor=actor, claim_id=rebate_claim_id, answer=request.POST.get("cause", ""), now=now
            )
            messages.success(request, _("The claim is declined, and the dealer sees why."))
            return redirect("enterprise:incentive-approvals")
        if form.is_valid():
            operations.grant_claim(actor=actor, claim_id=rebate_claim_id, now=now, **form.cleaned_data)
            messages.success(request, _("It waits for a second person, who finds it under approvals."))
            return redirect("enterprise:incentive-approvals")
    except Problem as problem:
        form.is_valid()
        form.add_problem(problem)
    return within(actor, _claim_page, request, claim_id=rebate_claim_id, form=form, status=422)


@reads("enterprise")
def statements(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """All statements, the latest first."""
    currency = network.enterprise(now=timezone.now()).currency
    page = page_of(incentives.statements, query=request.GET)
    page.object_list = [
        (one, words.amount(one.effect, one.amount, currency=currency), _TONES.get(one.dispute_state, "good"))
        for one in page.object_list
    ]
    return TemplateResponse(
        request,
        "enterprise/rebate_statements.html",
        {
            "columns": REBATE_STATEMENTS,
            "page": page,
            "dispute_columns": REBATE_DISPUTES,
            "disputes": [(one, _TONES.get(one.state, "neutral")) for one in incentives.disputes(open_only=True)],
        },
    )


@reads("enterprise")
def statement(request: HttpRequest, actor: Actor, *, rebate_id: int) -> HttpResponse:
    currency = network.enterprise(now=timezone.now()).currency
    view = incentives.statement(statement_id=rebate_id)
    return TemplateResponse(
        request,
        "enterprise/rebate_statement.html",
        {
            "view": view,
            "amount": words.amount(view.effect, view.amount, currency=currency),
            "columns": REBATE_ENTRIES,
            "page": page_of(partial(incentives.statement_rows, statement_id=rebate_id), query=request.GET),
            "may_keep": network.role_of(actor=actor) in operations.KEEPERS,
        },
    )


@writes("enterprise")
def crediting(request: HttpRequest, actor: Actor, *, rebate_id: int) -> HttpResponse:
    """Enter a statement in an account that was not open when it was made."""
    if operations.credit_statement(actor=actor, statement_id=rebate_id, now=timezone.now()):
        messages.success(request, _("The amount stands in the dealer's account."))
    else:
        messages.error(request, _("The dealer's account is not open yet. Open it on the page of the account."))
    return redirect("enterprise:rebate-statement", rebate_id=rebate_id)


@reads("enterprise")
def dispute(request: HttpRequest, actor: Actor, *, rebate_dispute_id: int) -> HttpResponse:
    return _dispute_page(request, actor, dispute_id=rebate_dispute_id)


def _dispute_page(
    request: HttpRequest, actor: Actor, *, dispute_id: int, form: MessageForm | None = None, status: int = 200
) -> HttpResponse:
    view = incentives.dispute(dispute_id=dispute_id)
    return TemplateResponse(
        request,
        "enterprise/rebate_dispute.html",
        {
            "view": view,
            "tone": _TONES.get(view.state, "good"),
            "form": form or MessageForm(),
            "may_keep": network.role_of(actor=actor) in operations.KEEPERS,
        },
        status=status,
    )


@writes("enterprise")
def dispute_message(request: HttpRequest, actor: Actor, *, rebate_dispute_id: int) -> HttpResponse:
    form = MessageForm(request.POST)
    if form.is_valid():
        try:
            operations.answer(actor=actor, dispute_id=rebate_dispute_id, now=timezone.now(), **form.cleaned_data)
        except Problem as problem:
            form.add_problem(problem)
        else:
            return redirect("enterprise:rebate-dispute", rebate_dispute_id=rebate_dispute_id)
    return within(actor, _dispute_page, request, dispute_id=rebate_dispute_id, form=form, status=422)
