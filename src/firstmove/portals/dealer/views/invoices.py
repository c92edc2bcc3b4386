"""The dealer's invoices: to whom they are made out, what is asked for, what was issued."""

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.network import queries as network
from firstmove.domains.trade import operations
from firstmove.domains.trade import queries as trade
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.kernel.tenancy import Actor
from firstmove.portals import invoice_sheet
from firstmove.portals.pages import reads, within, writes


@reads("dealer")
def invoices(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What was asked for, newest first, and the received orders that can be."""
    dealer_id = _dealer(actor)
    return TemplateResponse(
        request,
        "dealer/invoices.html",
        {
            "columns": invoice_sheet.INVOICES,
            **invoice_sheet.listed(request.GET, dealer_id=dealer_id),
            "open_columns": invoice_sheet.TO_INVOICE,
            "open": trade.invoiceable(dealer_id=dealer_id),
            "buyer": trade.invoice_profile(dealer_id=dealer_id),
            "currency": network.currency(),
            "may_ask": network.role_of(actor=actor) in network.ORDERING_ROLES,
        },
    )


@writes("dealer")
def requesting(request: HttpRequest, actor: Actor) -> HttpResponse:
    texts = request.POST.getlist("order")
    try:
        made = operations.request_invoice(
            actor=actor,
            order_ids=[int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 19],
            now=timezone.now(),
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
        return redirect("dealer:invoices")
    messages.success(request, _("Asked for. The enterprise issues it in its tax system."))
    return redirect("dealer:invoice", invoice_id=made)


@reads("dealer")
def invoice(request: HttpRequest, actor: Actor, *, invoice_id: int) -> HttpResponse:
    sheet = invoice_sheet.sheet(invoice_id=invoice_id, dealer_id=_dealer(actor))
    return TemplateResponse(request, "shared/invoice.html", {"place": "dealer", **sheet})


@reads("dealer")
def invoice_data(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _data_page(request, actor, None)


def _data_page(
    request: HttpRequest, actor: Actor, form: invoice_sheet.InvoiceDataForm | None, *, status: int = 200
) -> HttpResponse:
    kept = trade.invoice_profile(dealer_id=_dealer(actor))
    return TemplateResponse(
        request,
        "dealer/invoice_data.html",
        {
            "form": form or invoice_sheet.InvoiceDataForm(initial=asdict(kept) if kept else None),
            "known": kept is not None,
            "may_ask": network.role_of(actor=actor) in network.ORDERING_ROLES,
        },
        status=status,
    )


@writes("dealer")
def keeping(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = invoice_sheet.InvoiceDataForm(request.POST)
    if form.is_valid():
        try:
            operations.keep_invoice_profile(actor=actor, buyer=trade.Buyer(**form.cleaned_data))
        except Invalid as problem:
            form.add_problem(problem)
        else:
            messages.success(request, _("Kept. Invoices are made out to this from now on."))
            return redirect("dealer:invoices")
    return within(actor, lambda request, actor: _data_page(request, actor, form, status=422), request)


def _dealer(actor: Actor) -> int:
    assert actor.dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    return actor.dealer_id
