"""What dealers owe: all of them, one account, its payments, its statement, and when orders stop."""

import datetime as dt

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.network import queries as network
from firstmove.domains.trade import operations
from firstmove.domains.trade import queries as trade
from firstmove.kernel.errors import Conflict, Invalid, Problem
from firstmove.kernel.tenancy import Actor
from firstmove.portals import account_sheet, statement_checks, statements
from firstmove.portals.enterprise.forms import DunningForm, OpeningForm, PaymentForm
from firstmove.portals.enterprise.tables import ACCOUNTS
from firstmove.portals.pages import reads, within, writes
from firstmove.portals.paging import listed, page_of


@reads("enterprise")
def accounts(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _accounts_page(request, actor, None)


def _accounts_page(request: HttpRequest, actor: Actor, form: DunningForm | None, *, status: int = 200) -> HttpResponse:
    installation = network.enterprise(now=timezone.now())
    lines = trade.accounts(on=installation.business_on, search=request.GET.get("q", "").strip())
    levels = trade.dunning_levels()
    return TemplateResponse(
        request,
        "enterprise/accounts.html",
        {
            "columns": ACCOUNTS,
            "page": page_of(listed(lines), query=request.GET),
            "overdue": sum(line.overdue for line in lines),
            "late": sum(1 for line in lines if line.overdue),
            "known": sum(1 for line in lines if line.balance is not None),
            "owed": sum(line.balance for line in lines if line.balance is not None),
            "levels": levels,
            "disputed": trade.disputed_statements(),
            "form": form or DunningForm.of(levels),
            "may_keep": network.role_of(actor=actor) in operations.KEEPERS,
        },
        status=status,
    )


@writes("enterprise")
def dunning(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = DunningForm(request.POST)
    if form.is_valid():
        try:
            operations.set_dunning_rules(actor=actor, **form.rules())
        except Problem as problem:
            form.add_problem(problem)
        else:
            messages.success(request, _("The levels hold from now on."))
            return redirect("enterprise:accounts")
    return within(actor, lambda request, actor: _accounts_page(request, actor, form, status=422), request)


@reads("enterprise")
def account(request: HttpRequest, actor: Actor, *, dealer_id: int) -> HttpResponse:
    return _account_page(request, actor, dealer_id=dealer_id)


def _account_page(
    request: HttpRequest,
    actor: Actor,
    *,
    dealer_id: int,
    payment: PaymentForm | None = None,
    opening: OpeningForm | None = None,
    status: int = 200,
) -> HttpResponse:
    installation = network.enterprise(now=timezone.now())
    on = installation.business_on
    return TemplateResponse(
        request,
        "shared/account.html",
        {
            "place": "enterprise",
            "payment": payment or PaymentForm(initial={"paid_on": on}),
            "opening": opening or OpeningForm(initial={"opened_on": on}),
            "may_keep": network.role_of(actor=actor) in operations.KEEPERS,
            **account_sheet.sheet(dealer_id=dealer_id, on=on, currency=installation.currency, query=request.GET),
        },
        status=status,
    )


@writes("enterprise")
def opening(request: HttpRequest, actor: Actor, *, dealer_id: int) -> HttpResponse:
    form = OpeningForm(request.POST)
    if form.is_valid():
        try:
            operations.open_account(actor=actor, dealer_id=dealer_id, now=timezone.now(), **form.cleaned_data)
        except Problem as problem:
            form.add_problem(problem)
        else:
            return redirect("enterprise:account", dealer_id=dealer_id)
    return within(actor, _account_page, request, dealer_id=dealer_id, opening=form, status=422)


@writes("enterprise")
def new_payment(request: HttpRequest, actor: Actor, *, dealer_id: int) -> HttpResponse:
    form = PaymentForm(request.POST)
    if form.is_valid():
        try:
            operations.record_payment(actor=actor, dealer_id=dealer_id, now=timezone.now(), **form.cleaned_data)
        except Problem as problem:
            form.add_problem(problem)
        else:
            messages.success(request, _("The payment is recorded, and what it settles is settled."))
            return redirect("enterprise:account", dealer_id=dealer_id)
    return within(actor, _account_page, request, dealer_id=dealer_id, payment=form, status=422)


@writes("enterprise")
def payment_removal(request: HttpRequest, actor: Actor, *, dealer_id: int, entry_id: int) -> HttpResponse:
    operations.take_back_payment(actor=actor, dealer_id=dealer_id, entry_id=entry_id, now=timezone.now())
    messages.success(request, _("The payment is taken back; its amount is owed again."))
    return redirect("enterprise:account", dealer_id=dealer_id)


@reads("enterprise")
def statement(request: HttpRequest, actor: Actor, *, dealer_id: int) -> HttpResponse:
    installation = network.enterprise(now=timezone.now())
    sheet = statements.sheet(dealer_id=dealer_id, query=request.GET, on=installation.business_on)
    return TemplateResponse(
        request,
        "shared/statement.html",
        {
            "place": "enterprise",
            "dealer": network.dealer(dealer_id=dealer_id),
            "currency": installation.currency,
            **sheet,
            **statement_checks.sheet(
                sheet["statement"],
                on=installation.business_on,
                place="enterprise",
                may_speak=network.role_of(actor=actor) in operations.KEEPERS,
            ),
            "writing_url": reverse("enterprise:statement-message", args=[dealer_id]),
            "settling_url": reverse("enterprise:statement-settlement", args=[dealer_id]),
        },
    )


@reads("enterprise")
def statement_file(request: HttpRequest, _actor: Actor, *, dealer_id: int) -> HttpResponse:
    return statements.file(dealer_id=dealer_id, query=request.GET, installation=network.enterprise(now=timezone.now()))


@writes("enterprise")
def statement_message(request: HttpRequest, actor: Actor, *, dealer_id: int) -> HttpResponse:
    """An answer to what the dealer disputes."""
    chosen = statement_checks.month(request.POST)
    try:
        operations.write_about_statement(
            actor=actor, dealer_id=dealer_id, month_on=chosen, text=request.POST.get("text", ""), now=timezone.now()
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Sent. The dealer reads it with its statement."))
    return _back(dealer_id, chosen)


@writes("enterprise")
def statement_settlement(request: HttpRequest, actor: Actor, *, dealer_id: int) -> HttpResponse:
    chosen = statement_checks.month(request.POST)
    try:
        operations.settle_statement(actor=actor, dealer_id=dealer_id, month_on=chosen)
    except Conflict as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Settled. The dealer can confirm the month."))
    return _back(dealer_id, chosen)


def _back(dealer_id: int, month: dt.date) -> HttpResponse:
    return redirect(f"{reverse('enterprise:statement', args=[dealer_id])}?month={month:%Y-%m}")
