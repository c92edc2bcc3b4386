"""Returns of all dealers: decided about, counted, credited."""

from collections.abc import Mapping
from decimal import Decimal

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
from firstmove.portals import credit_note_pdf, line_fields, return_sheet
from firstmove.portals.pages import reads, writes


@reads("enterprise")
def returns(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """Newest first; the search takes a number, an order, a dealer or a product."""
    found = return_sheet.listed(request.GET)
    return TemplateResponse(
        request, "shared/returns.html", {"place": "enterprise", "columns": return_sheet.RETURNS_OF_ALL, **found}
    )


@reads("enterprise")
def goods_return(request: HttpRequest, actor: Actor, *, return_id: int) -> HttpResponse:
    sheet = return_sheet.sheet(return_id=return_id)
    state, role = sheet["goods_return"].state, network.role_of(actor=actor)
    return TemplateResponse(
        request,
        "shared/goods_return.html",
        {
            "place": "enterprise",
            **sheet,
            "may_decide": state == "requested" and role in operations.RETURN_DECIDERS,
            "may_count": state == "sent" and role in operations.RETURN_COUNTERS,
        },
    )


@writes("enterprise")
def approval(request: HttpRequest, actor: Actor, *, return_id: int) -> HttpResponse:
    try:
        operations.approve_return(
            actor=actor,
            return_id=return_id,
            quantities=line_fields.quantities(request.POST, may_be_empty=True),
            note=request.POST.get("note", ""),
            now=timezone.now(),
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Approved. The dealer is asked to send the goods."))
    return redirect("enterprise:goods-return", return_id=return_id)


@writes("enterprise")
def refusal(request: HttpRequest, actor: Actor, *, return_id: int) -> HttpResponse:
    try:
        operations.decline_return(
            actor=actor, return_id=return_id, note=request.POST.get("note", ""), now=timezone.now()
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Declined. The dealer keeps the goods and reads why."))
    return redirect("enterprise:goods-return", return_id=return_id)


@writes("enterprise")
def return_receipt(request: HttpRequest, actor: Actor, *, return_id: int) -> HttpResponse:
    try:
        operations.receive_return(
            actor=actor,
            return_id=return_id,
            counted=_counted(request.POST),
            note=request.POST.get("note", ""),
            now=timezone.now(),
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Counted. What came is credited to the dealer."))
    return redirect("enterprise:goods-return", return_id=return_id)


def _counted(posted: Mapping[str, str]) -> dict[int, operations.Counted]:
    good = line_fields.quantities(posted, may_be_empty=True)
    bad = line_fields.quantities(posted, prefix="scrap-", may_be_empty=True)
    none = Decimal(0)
    return {number: operations.Counted(good.get(number, none), bad.get(number, none)) for number in good | bad}


@reads("enterprise")
def credit_note_file(_request: HttpRequest, _actor: Actor, *, note_id: int) -> HttpResponse:
    return credit_note_pdf.file(note_id=note_id, dealer_id=None, installation=network.enterprise(now=timezone.now()))
