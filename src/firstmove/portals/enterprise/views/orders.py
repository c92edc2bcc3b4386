"""Orders of all dealers, and one order; both to read."""

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.network import queries as network
from firstmove.domains.trade import operations
from firstmove.domains.trade import queries as trade
from firstmove.kernel.tenancy import Actor
from firstmove.portals import return_sheet, shipment_sheet
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.enterprise.tables import ORDER_LINES, ORDERS
from firstmove.portals.enterprise.views.shipments import sending_facts
from firstmove.portals.enterprise.views.steps import waiting_rows
from firstmove.portals.order_prices import explained
from firstmove.portals.pages import reads
from firstmove.portals.paging import listed, page_of
from firstmove.portals.timeline import order_steps

SHOWN_LATE = 5


@reads("enterprise")
def orders(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Newest first; the search takes a number, a dealer, or a product in the order."""
    now = timezone.now()
    installation = network.enterprise(now=now)
    on = installation.business_on
    read = partial(trade.orders, open_only=request.GET.get("state") == "open", search=request.GET.get("q", "").strip())
    today = trade.by_day(since=on, until=on)
    held = sum(trade.waiting_counts().values())
    late = trade.late_steps(now=now) if held else []
    return TemplateResponse(
        request,
        "enterprise/orders.html",
        {
            "columns": ORDERS,
            "page": page_of(read, query=request.GET),
            "today": today[0] if today else None,
            "held": held,
            "late": _first_late(late, role=network.role_of(actor=actor)) if late else [],
            "late_count": len(late),
            "currency": installation.currency,
            "chips": [
                Chip(value="", label=_("All")),
                Chip(value="open", label=_("Under way"), count=trade.open_count()),
            ],
        },
    )


def _first_late(late: list[trade.WaitingStep], *, role: str) -> list[Any]:
    shown = late[:SHOWN_LATE]
    orders = trade.orders_by_id(ids=[at.order_id for at in shown])
    return waiting_rows([trade.WaitingOrder(orders[at.order_id], at, True) for at in shown], role=role)


@reads("enterprise")
def order(request: HttpRequest, actor: Actor, *, order_id: int) -> HttpResponse:
    now = timezone.now()
    detail = trade.order(order_id=order_id)
    if detail.order.buyer_dealer_id is None:
        return redirect("enterprise:purchase", purchase_id=order_id)
    at = trade.waiting_at(order_id=order_id, now=now)
    row = None
    if at is not None:
        found = trade.WaitingOrder(detail.order, at, at.is_late(now=now))
        (row,) = waiting_rows([found], role=network.role_of(actor=actor))
    return TemplateResponse(
        request,
        "enterprise/order.html",
        {
            "order": detail.order,
            "page": page_of(listed(explained(detail.lines)), query=request.GET),
            "taxes": detail.taxes,
            "place": "enterprise",
            "destination": detail.destination,
            **return_sheet.of_order(detail),
            "waits": row,
            "columns": ORDER_LINES,
            "steps": order_steps(detail.steps),
            **shipment_sheet.order_facts(order_id=order_id, today=network.enterprise(now=now).business_on),
            **sending_facts(detail=detail),
            "may_settle": network.role_of(actor=actor) in operations.KEEPERS,
            "from_proposal": detail.order.origin_kind == "proposal" and detail.order.origin_id is not None,
        },
    )
