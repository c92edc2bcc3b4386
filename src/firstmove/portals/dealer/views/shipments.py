"""A shipment as the dealer sees it: what is in it, and its receipt with what differs."""

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
from firstmove.domains.trade import queries as trade
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.kernel.tenancy import Actor
from firstmove.portals import line_fields, shipment_sheet
from firstmove.portals.pages import reads, writes


@reads("dealer")
def shipment(request: HttpRequest, actor: Actor, *, shipment_id: int) -> HttpResponse:
    """The delivery note; on its way, with fields for what came of each line."""
    today = network.enterprise(now=timezone.now()).business_on
    found = trade.shipment(shipment_id=shipment_id, dealer_id=actor.dealer_id)
    may_receive = found.is_on_its_way and network.role_of(actor=actor) in network.ORDERING_ROLES
    state, tone = shipment_sheet.state_of(found, today=today)
    keep = (0, 2, 3, 4, 5, 6) if may_receive else (0, 2, 3, 4, 5)
    return TemplateResponse(
        request,
        "dealer/shipment.html",
        {
            "shipment": found,
            "state": state,
            "tone": tone,
            "may_receive": may_receive,
            "columns": [shipment_sheet.NOTE_LINES[place] for place in keep],
        },
    )


@writes("dealer")
def shipment_receipt(request: HttpRequest, actor: Actor, *, shipment_id: int) -> HttpResponse:
    """The shipment came: as the fields say, or all of it where there are none."""
    now = timezone.now()
    try:
        order_id = operations.receive_shipment(
            actor=actor,
            shipment_id=shipment_id,
            received_on=network.enterprise(now=now).business_on,
            now=now,
            came=_came(request.POST),
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
        return redirect("dealer:shipment", shipment_id=shipment_id)
    messages.success(request, _("Received and added to your stock."))
    return redirect("dealer:order", order_id=order_id)


def _came(posted: Mapping[str, str]) -> dict[int, operations.Came]:
    good = line_fields.quantities(posted, prefix="good-", may_be_empty=True)
    damaged = line_fields.quantities(posted, prefix="damaged-", may_be_empty=True)
    return {
        number: operations.Came(units, damaged.get(number, Decimal(0)), posted.get(f"cause-{number}", ""))
        for number, units in good.items()
    }
