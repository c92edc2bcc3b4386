"""Invoices that dealers ask for, and red letters that are owed: issued or declined."""

import datetime as dt
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.network import queries as network
from firstmove.domains.trade import operations
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.kernel.tenancy import Actor
from firstmove.portals import invoice_sheet
from firstmove.portals.pages import reads, writes


@reads("enterprise")
def invoices(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """Newest first; the search takes a number, an order or a dealer."""
    return TemplateResponse(
        request,
        "enterprise/invoices.html",
        {"columns": invoice_sheet.INVOICES_OF_ALL, **invoice_sheet.listed(request.GET)},
    )


@reads("enterprise")
def invoice(request: HttpRequest, actor: Actor, *, invoice_id: int) -> HttpResponse:
    sheet = invoice_sheet.sheet(invoice_id=invoice_id)
    may_issue = sheet["invoice"].state == "requested" and network.role_of(actor=actor) in operations.INVOICE_KEEPERS
    return TemplateResponse(
        request,
        "shared/invoice.html",
        {
            "place": "enterprise",
            **sheet,
            "may_issue": may_issue,
            "may_decline": may_issue and not sheet["invoice"].is_red,
            "today": network.enterprise(now=timezone.now()).business_on,
        },
    )


@writes("enterprise")
def issue(request: HttpRequest, actor: Actor, *, invoice_id: int) -> HttpResponse:
    try:
        operations.issue_invoice(
            actor=actor,
            invoice_id=invoice_id,
            invoice_number=request.POST.get("invoice_number", ""),
            issued_on=_day(request.POST.get("issued_on", "")),
            link=request.POST.get("link", ""),
            amount=_amount(request.POST.get("amount", "")),
            now=timezone.now(),
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Issued. The dealer sees number and day."))
    return redirect("enterprise:invoice", invoice_id=invoice_id)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(_("Choose a day."), field="issued_on") from None


def _amount(text: str) -> Decimal | None:
    """What the page showed; None where it said nothing that is an amount."""
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None


@writes("enterprise")
def refusal(request: HttpRequest, actor: Actor, *, invoice_id: int) -> HttpResponse:
    try:
        operations.decline_invoice(actor=actor, invoice_id=invoice_id, note=request.POST.get("note", ""))
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Declined. The dealer reads why and can ask again."))
    return redirect("enterprise:invoice", invoice_id=invoice_id)
