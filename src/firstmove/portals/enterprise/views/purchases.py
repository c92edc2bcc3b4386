"""Purchase orders: proposed by the supply plan or by hand, sent, and received into the enterprise's stock."""

import datetime as dt

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.network import queries as network
from firstmove.domains.planning import operations as planning
from firstmove.domains.trade import operations
from firstmove.domains.trade import queries as trade
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.kernel.tenancy import Actor
from firstmove.portals import line_fields, purchase_sheet
from firstmove.portals.design import figures
from firstmove.portals.enterprise.tables import PURCHASES, TO_BUY
from firstmove.portals.pages import reads, writes
from firstmove.portals.timeline import order_steps

_SHOWN_PRODUCTS = 200
_USUAL_DAYS = 14


@reads("enterprise")
def purchases(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Newest first; the search takes a number, a supplier or a product."""
    today = network.enterprise(now=timezone.now()).business_on
    found = purchase_sheet.listed(request.GET, today=today)
    return TemplateResponse(
        request,
        "enterprise/purchases.html",
        {
            "columns": PURCHASES,
            **found,
            "waiting": found["counts"].get("order_review", 0),
            "asked": found["counts"].get("release_review", 0),
            "may_buy": network.role_of(actor=actor) in operations.BUYING_ROLES,
        },
    )


@reads("enterprise")
def purchase(request: HttpRequest, actor: Actor, *, purchase_id: int) -> HttpResponse:
    """`?receipt=1` turns the received quantities into fields, for goods that came short."""
    today = network.enterprise(now=timezone.now()).business_on
    detail = trade.purchase(order_id=purchase_id)
    may_buy = network.role_of(actor=actor) in operations.BUYING_ROLES
    return TemplateResponse(
        request,
        "enterprise/purchase.html",
        {
            "order": detail.order,
            "late": detail.order.is_late(today=today),
            "lines": detail.lines,
            "columns": purchase_sheet.LINES,
            "steps": order_steps(detail.steps),
            "may_send": may_buy and detail.order.state == "order_review",
            "may_cancel": may_buy and detail.order.state in ("order_review", "release_review"),
            "may_receive": may_buy and detail.order.state == "in_transit",
            "receiving": may_buy and detail.order.state == "in_transit" and "receipt" in request.GET,
        },
    )


@reads("enterprise")
def new_purchase(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """`?supplier=3` lists what that supplier delivers, with a field of quantity for each."""
    today = network.enterprise(now=timezone.now()).business_on
    suppliers = network.suppliers()
    asked = request.GET.get("supplier", "")
    supplier = next((one for one in suppliers if str(one.id) == asked), suppliers[0] if suppliers else None)
    search = request.GET.get("q", "").strip()
    products, count = [], 0
    if supplier is not None:
        products, count = catalog.supplied_products(supplier_id=supplier.id, search=search, limit=_SHOWN_PRODUCTS)
    ids = [product.id for product in products]
    costs, coming = catalog.unit_costs(), trade.units_on_purchase(product_ids=ids)
    return TemplateResponse(
        request,
        "enterprise/new_purchase.html",
        {
            "suppliers": suppliers,
            "supplier": supplier,
            "search": search,
            "columns": TO_BUY,
            "rows": [(product, costs.get(product.id), coming.get(product.id)) for product in products],
            "more": count - len(products),
            "usual": today + dt.timedelta(days=_USUAL_DAYS),
            "today": today,
        },
    )


@writes("enterprise")
def making(request: HttpRequest, actor: Actor) -> HttpResponse:
    text = request.POST.get("supplier", "")
    supplier_id = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    try:
        units = line_fields.quantities(request.POST, prefix="product-", may_be_empty=True)
        made = operations.propose_purchase(
            actor=actor,
            supplier_id=supplier_id,
            lines=[operations.Wanted(product, quantity) for product, quantity in units.items() if quantity],
            expected_on=purchase_sheet.day(request.POST.get("day", "")),
            now=timezone.now(),
        )
    except Invalid as problem:
        messages.error(request, str(problem))
        return redirect(f"{reverse('enterprise:new-purchase')}?supplier={supplier_id}")
    messages.success(request, _("Proposed. The supplier sees it when it is sent."))
    return redirect("enterprise:purchase", purchase_id=made)


@writes("enterprise")
def proposals(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What the supply plan orders now, an order a supplier."""
    made = planning.propose_purchases(actor=actor, now=timezone.now())
    if made:
        text = ngettext(
            "%(n)s purchase order of this supply plan.", "%(n)s purchase orders of this supply plan.", len(made)
        )
        messages.success(request, text % {"n": figures.number(len(made))})
    else:
        messages.info(request, _("The supply plan orders nothing now that is not on its way."))
    return redirect("enterprise:purchases")


@writes("enterprise")
def sending(request: HttpRequest, actor: Actor, *, purchase_id: int) -> HttpResponse:
    try:
        operations.send_purchase(actor=actor, order_id=purchase_id, now=timezone.now())
    except Conflict as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Sent. The supplier is asked to confirm day and quantities."))
    return redirect("enterprise:purchase", purchase_id=purchase_id)


@writes("enterprise")
def purchase_receipt(request: HttpRequest, actor: Actor, *, purchase_id: int) -> HttpResponse:
    now = timezone.now()
    try:
        operations.receive_purchase(
            actor=actor,
            order_id=purchase_id,
            received_on=network.enterprise(now=now).business_on,
            now=now,
            quantities=line_fields.quantities(request.POST, may_be_empty=True),
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
        return redirect(f"{reverse('enterprise:purchase', args=[purchase_id])}?receipt=1")
    messages.success(request, _("Received into your stock. Orders that waited for it get it first."))
    return redirect("enterprise:purchase", purchase_id=purchase_id)


@writes("enterprise")
def purchase_cancellation(request: HttpRequest, actor: Actor, *, purchase_id: int) -> HttpResponse:
    try:
        operations.cancel_purchase(
            actor=actor, order_id=purchase_id, note=request.POST.get("note", ""), now=timezone.now()
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The purchase order is cancelled."))
    return redirect("enterprise:purchase", purchase_id=purchase_id)
