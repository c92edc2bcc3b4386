"""Orders that the supplier got: to confirm with a day and quantities, to ship, and what became of them."""

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
from firstmove.portals import line_fields, purchase_sheet
from firstmove.portals.pages import reads, writes
from firstmove.portals.timeline import order_steps


@reads("supplier")
def orders(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What waits for the supplier is said first; then all that were sent to it, newest first."""
    today = network.enterprise(now=timezone.now()).business_on
    found = purchase_sheet.listed(request.GET, today=today, supplier_id=actor.supplier_id)
    return TemplateResponse(
        request,
        "supplier/orders.html",
        {
            "columns": purchase_sheet.ORDERS_OF_SUPPLIER,
            "enterprise": request.installation.name,  # type: ignore[attr-defined]
            **found,
            "to_confirm": found["counts"].get("release_review", 0),
            "to_ship": found["counts"].get("to_ship", 0),
        },
    )


@reads("supplier")
def order(request: HttpRequest, actor: Actor, *, purchase_id: int) -> HttpResponse:
    today = network.enterprise(now=timezone.now()).business_on
    detail = trade.purchase(order_id=purchase_id, supplier_id=actor.supplier_id)
    return TemplateResponse(
        request,
        "supplier/order.html",
        {
            "order": detail.order,
            "enterprise": request.installation.name,  # type: ignore[attr-defined]
            "late": detail.order.is_late(today=today),
            "lines": detail.lines,
            "columns": purchase_sheet.LINES,
            "steps": order_steps(detail.steps),
            "to_confirm": detail.order.state == "release_review",
            "to_ship": detail.order.state == "to_ship",
            "today": today,
            "suggested": max(detail.order.expected_on or today, today),
        },
    )


@writes("supplier")
def confirmation(request: HttpRequest, actor: Actor, *, purchase_id: int) -> HttpResponse:
    try:
        operations.confirm_purchase(
            actor=actor,
            order_id=purchase_id,
            promised_on=purchase_sheet.day(request.POST.get("day", "")),
            quantities=line_fields.quantities(request.POST, may_be_empty=True),
            note=request.POST.get("note", ""),
            now=timezone.now(),
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Confirmed. Ship it in time for the day that you promised."))
    return redirect("supplier:order", purchase_id=purchase_id)


@writes("supplier")
def refusal(request: HttpRequest, actor: Actor, *, purchase_id: int) -> HttpResponse:
    try:
        operations.cancel_purchase(
            actor=actor, order_id=purchase_id, note=request.POST.get("note", ""), now=timezone.now()
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Declined. The buyer reads why."))
    return redirect("supplier:order", purchase_id=purchase_id)


@writes("supplier")
def shipment(request: HttpRequest, actor: Actor, *, purchase_id: int) -> HttpResponse:
    try:
        operations.ship_purchase(
            actor=actor, order_id=purchase_id, note=request.POST.get("note", ""), now=timezone.now()
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Shipped. The buyer receives it."))
    return redirect("supplier:order", purchase_id=purchase_id)
