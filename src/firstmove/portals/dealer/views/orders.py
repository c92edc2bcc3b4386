"""The dealer's orders, one order with its six steps, and the receipt of goods."""

from functools import partial

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
from firstmove.portals import line_fields, return_sheet, shipment_sheet
from firstmove.portals.dealer.tables import ORDER_LINES, ORDERS
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.order_prices import explained
from firstmove.portals.pages import reads, writes
from firstmove.portals.paging import page_of
from firstmove.portals.timeline import order_steps


@reads("dealer")
def orders(request: HttpRequest, actor: Actor) -> HttpResponse:
    search, open_only = request.GET.get("q", "").strip(), request.GET.get("state") == "open"
    page = page_of(
        partial(trade.orders, dealer_id=actor.dealer_id, open_only=open_only, search=search), query=request.GET
    )
    open_count = trade.open_count(dealer_id=actor.dealer_id)
    return TemplateResponse(
        request,
        "dealer/orders.html",
        {
            "page": page,
            "columns": ORDERS,
            "search": search,
            "open_count": open_count,
            "chips": [Chip(value="", label=_("All")), Chip(value="open", label=_("Under way"), count=open_count)],
        },
    )


@reads("dealer")
def order(request: HttpRequest, actor: Actor, *, order_id: int) -> HttpResponse:
    """`?receipt=1` turns the received quantities into fields, for goods that came short."""
    detail = trade.order(order_id=order_id, dealer_id=actor.dealer_id)
    facts = shipment_sheet.order_facts(order_id=order_id, today=network.enterprise(now=timezone.now()).business_on)
    decides = request.user.role in network.ORDERING_ROLES  # type: ignore[union-attr]
    may_receive = detail.order.can_be_received and facts["on_their_way"] == 1 and decides
    may_redirect = detail.order.state in trade.REVIEWED and decides
    addresses = trade.addresses(dealer_id=actor.dealer_id or 0) if may_redirect else []
    origin = detail.order.origin_id if detail.order.origin_kind == "proposal" else None
    return TemplateResponse(
        request,
        "dealer/order.html",
        {
            "lines": explained(detail.lines),
            "taxes": detail.taxes,
            "order": detail.order,
            "columns": ORDER_LINES,
            **_course(detail, facts),
            "origin": reverse("dealer:proposal", args=[origin]) if origin else "",
            "may_order": decides,
            "may_receive": may_receive,
            "may_cancel": detail.order.can_be_cancelled and decides,
            "receiving": may_receive and "receipt" in request.GET,
            "place": "dealer",
            "destination": detail.destination,
            "addresses": addresses,
            **return_sheet.of_order(detail, may_ask=decides),
            "short": [
                line
                for line in detail.lines
                if not facts["on_their_way"]
                and line.received_quantity is not None
                and line.received_quantity != (line.shipped_quantity if facts["shipments"] else line.quantity)
            ],
        },
    )


def _course(detail: trade.OrderDetail, facts: dict[str, object]) -> dict[str, object]:
    """Where the order is, which changes while the page is open; `version` changes with it."""
    return {
        **facts,
        "steps": order_steps(detail.steps),
        "is_live": detail.order.is_open,
        "version": trade.version_of(order_id=detail.order.id),
    }


@reads("dealer")
def live(request: HttpRequest, actor: Actor, *, order_id: int) -> HttpResponse:
    """Where the order is, for a page that stays open: 204 as long as that is what `?version=` shows already.

    What comes back asks again by itself while the order is open.
    """
    detail = trade.order(order_id=order_id, dealer_id=actor.dealer_id)
    if request.GET.get("version") == trade.version_of(order_id=order_id):
        return HttpResponse(status=204)
    facts = shipment_sheet.order_facts(order_id=order_id, today=network.enterprise(now=timezone.now()).business_on)
    return TemplateResponse(request, "dealer/_order_live.html", {"order": detail.order, **_course(detail, facts)})


@writes("dealer")
def cancellation(request: HttpRequest, actor: Actor, *, order_id: int) -> HttpResponse:
    """Take back an order that was placed by itself and still waits."""
    try:
        operations.cancel(actor=actor, order_id=order_id, now=timezone.now())
    except Conflict as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The order is cancelled. Nothing of it will come."))
    return redirect("dealer:order", order_id=order_id)


@writes("dealer")
def receipt(request: HttpRequest, actor: Actor, *, order_id: int) -> HttpResponse:
    """The goods came, all of them or as many as the fields say."""
    now = timezone.now()
    try:
        operations.receive(
            actor=actor,
            order_id=order_id,
            received_on=network.enterprise(now=now).business_on,
            now=now,
            quantities=line_fields.quantities(request.POST),
        )
    except Invalid as problem:
        messages.error(request, str(problem))
        return redirect(f"{reverse('dealer:order', args=[order_id])}?receipt=1")
    messages.success(request, _("Received and added to your stock."))
    return redirect("dealer:order", order_id=order_id)
