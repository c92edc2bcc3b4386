"""The dealer's returns: what it asks to send back, what became of it, and what was credited."""

from collections.abc import Mapping

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
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.kernel.tenancy import Actor
from firstmove.portals import credit_note_pdf, line_fields, return_sheet
from firstmove.portals.pages import reads, writes


@reads("dealer")
def returns(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Newest first; the search takes a number, an order or a product."""
    found = return_sheet.listed(request.GET, dealer_id=actor.dealer_id)
    return TemplateResponse(
        request, "shared/returns.html", {"place": "dealer", "columns": return_sheet.RETURNS, **found}
    )


@reads("dealer")
def goods_return(request: HttpRequest, actor: Actor, *, return_id: int) -> HttpResponse:
    sheet = return_sheet.sheet(return_id=return_id, dealer_id=actor.dealer_id)
    state = sheet["goods_return"].state
    may_act = network.role_of(actor=actor) in network.ORDERING_ROLES
    return TemplateResponse(
        request,
        "shared/goods_return.html",
        {
            "place": "dealer",
            **sheet,
            "may_send": may_act and state == "approved",
            "may_withdraw": may_act and state in ("requested", "approved"),
        },
    )


@reads("dealer")
def new_return(request: HttpRequest, actor: Actor, *, order_id: int) -> HttpResponse:
    """The lines of an order that was received, with a field for what goes back of each."""
    detail = trade.order(order_id=order_id, dealer_id=actor.dealer_id)
    return TemplateResponse(
        request,
        "dealer/new_return.html",
        {
            "order": detail.order,
            "lines": [line for line in trade.returnable(order=detail) if line.left],
            "columns": return_sheet.RETURNABLE,
            "causes": trade.RETURN_CAUSES.items(),
            "may_ask": network.role_of(actor=actor) in network.ORDERING_ROLES,
        },
    )


@writes("dealer")
def asking(request: HttpRequest, actor: Actor, *, order_id: int) -> HttpResponse:
    try:
        return_id = operations.ask_return(
            actor=actor,
            order_id=order_id,
            lines=_backs(request.POST),
            cause=request.POST.get("cause", ""),
            words=request.POST.get("words", ""),
            now=timezone.now(),
        )
    except Invalid as problem:
        messages.error(request, str(problem))
        return redirect("dealer:new-return", order_id=order_id)
    messages.success(request, _("Asked for. Keep the goods until the enterprise has decided."))
    return redirect("dealer:goods-return", return_id=return_id)


def _backs(posted: Mapping[str, str]) -> list[operations.Back]:
    units = line_fields.quantities(posted, may_be_empty=True)
    return [
        operations.Back(number, quantity, posted.get(f"batch-{number}", "").strip())
        for number, quantity in units.items()
        if quantity
    ]


@writes("dealer")
def dispatch(request: HttpRequest, actor: Actor, *, return_id: int) -> HttpResponse:
    """The goods have left; the dealer's stock falls by them."""
    try:
        operations.send_return(
            actor=actor,
            return_id=return_id,
            carrier=request.POST.get("carrier", ""),
            tracking=request.POST.get("tracking", ""),
            quantities=line_fields.quantities(request.POST, may_be_empty=True),
            now=timezone.now(),
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("On its way. What was sent left your stock."))
    return redirect("dealer:goods-return", return_id=return_id)


@writes("dealer")
def withdrawal(request: HttpRequest, actor: Actor, *, return_id: int) -> HttpResponse:
    try:
        operations.withdraw_return(actor=actor, return_id=return_id, now=timezone.now())
    except Conflict as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Withdrawn. You keep the goods."))
    return redirect(reverse("dealer:goods-return", args=[return_id]))


@reads("dealer")
def credit_note_file(_request: HttpRequest, actor: Actor, *, note_id: int) -> HttpResponse:
    return credit_note_pdf.file(
        note_id=note_id, dealer_id=actor.dealer_id, installation=network.enterprise(now=timezone.now())
    )
