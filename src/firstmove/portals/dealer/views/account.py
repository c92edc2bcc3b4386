"""The dealer's own account: what it owes, what it paid, and its statement."""

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
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.kernel.tenancy import Actor
from firstmove.portals import account_sheet, statement_checks, statements
from firstmove.portals.pages import reads, writes


@reads("dealer")
def account(request: HttpRequest, actor: Actor) -> HttpResponse:
    installation = network.enterprise(now=timezone.now())
    return TemplateResponse(
        request,
        "shared/account.html",
        {
            "place": "dealer",
            **account_sheet.sheet(
                dealer_id=_dealer(actor),
                on=installation.business_on,
                currency=installation.currency,
                query=request.GET,
            ),
        },
    )


@reads("dealer")
def statement(request: HttpRequest, actor: Actor) -> HttpResponse:
    installation = network.enterprise(now=timezone.now())
    sheet = statements.sheet(dealer_id=_dealer(actor), query=request.GET, on=installation.business_on)
    return TemplateResponse(
        request,
        "shared/statement.html",
        {
            "place": "dealer",
            "dealer": network.dealer(dealer_id=_dealer(actor)),
            "currency": installation.currency,
            **sheet,
            **statement_checks.sheet(
                sheet["statement"],
                on=installation.business_on,
                place="dealer",
                may_speak=network.role_of(actor=actor) in network.ORDERING_ROLES,
            ),
            "writing_url": reverse("dealer:statement-message"),
            "settling_url": reverse("dealer:statement-settlement"),
        },
    )


@reads("dealer")
def statement_file(request: HttpRequest, actor: Actor) -> HttpResponse:
    return statements.file(
        dealer_id=_dealer(actor), query=request.GET, installation=network.enterprise(now=timezone.now())
    )


@writes("dealer")
def statement_confirmation(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The month is right as the page showed it."""
    chosen = statement_checks.month(request.POST)
    try:
        operations.confirm_statement(
            actor=actor, month_on=chosen, closing=statement_checks.amount(request.POST), now=timezone.now()
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Confirmed. Who, when and which balance stand with the statement."))
    return _back(chosen)


@writes("dealer")
def statement_message(request: HttpRequest, actor: Actor) -> HttpResponse:
    chosen = statement_checks.month(request.POST)
    try:
        operations.write_about_statement(
            actor=actor,
            dealer_id=_dealer(actor),
            month_on=chosen,
            text=request.POST.get("text", ""),
            now=timezone.now(),
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Sent. The enterprise answers here."))
    return _back(chosen)


@writes("dealer")
def statement_settlement(request: HttpRequest, actor: Actor) -> HttpResponse:
    chosen = statement_checks.month(request.POST)
    try:
        operations.settle_statement(actor=actor, dealer_id=_dealer(actor), month_on=chosen)
    except Conflict as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Settled. Confirm the month when its balance is right."))
    return _back(chosen)


def _back(month: dt.date) -> HttpResponse:
    return redirect(f"{reverse('dealer:statement')}?month={month:%Y-%m}")


def _dealer(actor: Actor) -> int:
    assert actor.dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    return actor.dealer_id
