"""Shipments of the enterprise: sending an order in parts, the delivery note, what will not come, and claims."""

import datetime as dt
from collections.abc import Mapping
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.network import queries as network
from firstmove.domains.stock import queries as stock
from firstmove.domains.trade import operations
from firstmove.domains.trade import queries as trade
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.kernel.tenancy import Actor
from firstmove.portals import line_fields, shipment_sheet
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.enterprise.tables import CLAIMS, SHIPMENTS, WAITING_TO_SHIP
from firstmove.portals.pages import reads, writes
from firstmove.portals.paging import page_of


@reads("enterprise")
def shipments(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`?state=open` shows what is on its way. The search takes an order, a tracking number or a dealer."""
    today = network.enterprise(now=timezone.now()).business_on
    asked = request.GET.get("state", "")
    read = partial(trade.shipments, state=asked, search=request.GET.get("q", "").strip())
    page = page_of(read, query=request.GET)
    page.object_list = shipment_sheet.shipment_rows(page.object_list, today=today)
    claims, claim_count = trade.claims(open_only=True)
    waiting = trade.waiting_to_ship()
    return TemplateResponse(
        request,
        "enterprise/shipments.html",
        {
            "columns": SHIPMENTS,
            "page": page,
            "claims": claims,
            "claim_count": claim_count,
            "claim_columns": CLAIMS,
            "may_settle": network.role_of(actor=actor) in operations.KEEPERS,
            "waiting": waiting,
            "waiting_columns": WAITING_TO_SHIP,
            "chips": [Chip(value="", label=_("All")), Chip(value="open", label=_("On their way"))],
        },
    )


@reads("enterprise")
def shipment(request: HttpRequest, _actor: Actor, *, shipment_id: int) -> HttpResponse:
    """The delivery note, to print and go along; before it is picked, the list to pick it by."""
    today = network.enterprise(now=timezone.now()).business_on
    found = trade.shipment(shipment_id=shipment_id)
    names = {one.id: one.name for one in stock.warehouses(dealer_id=None)}
    state, tone = shipment_sheet.state_of(found, today=today)
    return TemplateResponse(
        request,
        "enterprise/shipment.html",
        {
            "shipment": found,
            "state": state,
            "tone": tone,
            "columns": shipment_sheet.NOTE_LINES[:-1],
            "lines": [
                (line, _(", ").join(names.get(place, "") for place in line.warehouse_ids)) for line in found.lines
            ],
            "today": today,
        },
    )


@writes("enterprise")
def new_shipment(request: HttpRequest, actor: Actor, *, order_id: int) -> HttpResponse:
    """All that may leave, or as much as the fields say."""
    posted = request.POST
    try:
        units = line_fields.quantities(posted, prefix="ship-", may_be_empty=True)
        shipment_id = operations.ship(
            actor=actor,
            order_id=order_id,
            now=timezone.now(),
            quantities={number: quantity for number, quantity in units.items() if quantity} if units else None,
            transport=_transport(posted),
            seen=_whole_number(posted.get("seen", "")),
            note=posted.get("note", ""),
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
        return redirect("enterprise:order", order_id=order_id)
    messages.success(request, _("It is on its way. Print the delivery note to go along."))
    return redirect("enterprise:shipment", shipment_id=shipment_id)


def _transport(posted: Mapping[str, str]) -> operations.Transport:
    return operations.Transport(
        warehouse_id=_whole_number(posted.get("warehouse", "")),
        carrier=posted.get("carrier", "").strip(),
        tracking_number=posted.get("tracking_number", "").strip(),
        expected_on=_day(posted.get("expected_on", "")),
    )


def _whole_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _day(text: str) -> dt.date | None:
    """A day of a date field that may be empty. Raises Invalid for what is none."""
    if not text.strip():
        return None
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(_("Choose a day."), field="expected_on") from None


@writes("enterprise")
def transport(request: HttpRequest, actor: Actor, *, shipment_id: int) -> HttpResponse:
    try:
        operations.set_transport(
            actor=actor,
            shipment_id=shipment_id,
            carrier=request.POST.get("carrier", ""),
            tracking_number=request.POST.get("tracking_number", ""),
            expected_on=_day(request.POST.get("expected_on", "")),
            now=timezone.now(),
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Saved. The dealer sees it on the order."))
    return redirect("enterprise:shipment", shipment_id=shipment_id)


@writes("enterprise")
def rest_cancellation(request: HttpRequest, actor: Actor, *, order_id: int) -> HttpResponse:
    """What of a line did not leave will not come."""
    try:
        operations.cancel_rest(
            actor=actor,
            order_id=order_id,
            line_number=_whole_number(request.POST.get("line", "")) or 0,
            note=request.POST.get("note", ""),
            now=timezone.now(),
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("It will not come, and the dealer does not owe it."))
    return redirect("enterprise:order", order_id=order_id)


@writes("enterprise")
def settlement(request: HttpRequest, actor: Actor, *, claim_id: int) -> HttpResponse:
    accepted = request.POST.get("answer") == "accept"
    try:
        operations.settle_claim(
            actor=actor, claim_id=claim_id, accepted=accepted, now=timezone.now(), note=request.POST.get("note", "")
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
    else:
        said = _("Accepted: the dealer owes it no more.") if accepted else _("Declined. The dealer reads why.")
        messages.success(request, said)
    back = _whole_number(request.POST.get("order", ""))
    return redirect(reverse("enterprise:order", args=[back]) if back else reverse("enterprise:shipments"))


def sending_facts(*, detail: trade.OrderDetail) -> dict[str, object]:
    """What the form that sends an order needs: lines with what may leave of each; empty where nothing may."""
    units = trade.may_leave(order_id=detail.order.id) if detail.order.state in ("to_ship", "in_transit") else {}
    if not units:
        return {}
    rows = [(line, units[line.number]) for line in detail.lines if line.number in units]
    return {"to_send": rows, "warehouses": stock.warehouses(dealer_id=None, open_only=True)}
