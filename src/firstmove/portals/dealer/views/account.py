"""The dealer's own account: what it owes, what it paid, and its statement."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from firstmove.domains.network import queries as network
from firstmove.kernel.tenancy import Actor
from firstmove.portals import account_sheet, statements
from firstmove.portals.pages import reads


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
    return TemplateResponse(
        request,
        "shared/statement.html",
        {
            "place": "dealer",
            "dealer": network.dealer(dealer_id=_dealer(actor)),
            "currency": installation.currency,
            **statements.sheet(dealer_id=_dealer(actor), query=request.GET, on=installation.business_on),
        },
    )


@reads("dealer")
def statement_file(request: HttpRequest, actor: Actor) -> HttpResponse:
    return statements.file(
        dealer_id=_dealer(actor), query=request.GET, installation=network.enterprise(now=timezone.now())
    )


def _dealer(actor: Actor) -> int:
    assert actor.dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    return actor.dealer_id
