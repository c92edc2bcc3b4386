"""The enterprise's own stock: what can be promised, who holds it, where it lies."""

import datetime as dt
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.network import queries as network
from firstmove.domains.stock import operations, queries
from firstmove.domains.stock.promise import Availability
from firstmove.domains.trade import queries as trade
from firstmove.kernel.tenancy import Actor
from firstmove.portals import shelves
from firstmove.portals.design import figures
from firstmove.portals.design.charts import Bars, Series
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.enterprise.tables import HOLDERS, PROMISES, STOCK_OF_ENTERPRISE
from firstmove.portals.pages import reads, writes
from firstmove.portals.paging import page_of


@reads("enterprise")
def stock(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """Every product that the enterprise keeps, with what can still be promised of it."""
    search, show = request.GET.get("q", "").strip(), request.GET.get("show", "")
    own = queries.warehouses(dealer_id=None)
    asked = request.GET.get("warehouse", "")
    warehouse_id = next((warehouse.id for warehouse in own if str(warehouse.id) == asked), None)
    kept: dict[str, Any] = {"dealer_id": None, "warehouse_id": warehouse_id, "search": search}
    page = page_of(partial(queries.stock_page, show=show, **kept), query=request.GET)
    today = network.enterprise(now=timezone.now()).business_on
    found = queries.availability(product_ids=[item.product_id for item in page.object_list], after=today)
    counts = queries.stock_counts(**kept)
    return TemplateResponse(
        request,
        "enterprise/stock.html",
        {
            "page": page,
            "columns": STOCK_OF_ENTERPRISE,
            "rows": [
                (item, found[item.product_id], found[item.product_id].waited_on(today=today))
                for item in page.object_list
            ],
            "counts": {"all": counts[""], "short": counts["short"]},
            "search": search,
            "data_url": reverse("enterprise:batches"),
            "chips": [
                Chip(value="", label=_("All products"), count=counts[""]),
                Chip(value="reserved", label=_("Reserved"), count=counts["reserved"]),
                Chip(value="short", label=_("Promised beyond the stock"), count=counts["short"]),
            ],
            "warehouse_chips": [
                Chip(value="", label=_("All warehouses")),
                *(Chip(value=str(warehouse.id), label=warehouse.name) for warehouse in own),
            ]
            if len(own) > 1
            else [],
        },
    )


@reads("enterprise")
def shelf(request: HttpRequest, actor: Actor, *, product_id: int) -> HttpResponse:
    """A product: from when on how much can be promised, and which orders hold it."""
    today = network.enterprise(now=timezone.now()).business_on
    available = queries.availability(product_ids=[product_id], after=today).get(product_id)
    held = queries.holders(product_id=product_id)
    orders = trade.orders_by_id(ids=[order for one in held if (order := trade.order_of(one.holder)) is not None])
    steps = available.by_day(today=today) if available else []
    more = {
        "available": available,
        "holders": [(orders.get(trade.order_of(one.holder) or 0), one) for one in held],
        "holder_columns": HOLDERS,
        "steps": steps,
        "step_columns": PROMISES,
        "late": _late_sentence(available, today) if available else "",
        "chart": Bars(
            categories=[figures.day(day) for day, _units in steps],
            series=[Series(name=_("Can be promised"), values=[float(units) for _day, units in steps])],
        )
        if len(steps) > 1
        else None,
    }
    return shelves.shelf(request, actor, product_id=product_id, more=more)


@reads("enterprise")
def warehouses(request: HttpRequest, actor: Actor) -> HttpResponse:
    answer = shelves.warehouses(request, actor)
    answer.context_data["policy"] = queries.back_orders_allowed()  # type: ignore[attr-defined]
    return answer


@writes("enterprise")
def back_orders(request: HttpRequest, actor: Actor) -> HttpResponse:
    operations.set_back_orders(actor=actor, allowed=request.POST.get("allowed") == "yes")
    messages.success(request, _("Saved. It holds from the next order on."))
    return redirect("enterprise:warehouses")


def _late_sentence(available: Availability, today: dt.date) -> str:
    if not available.short:
        return ""
    day = available.waited_on(today=today)
    if day is None:
        return _("Those who wait are not covered by anything that is due.")
    return _("Everybody who waits now is covered on %(day)s.") % {"day": figures.full_day(day)}


count = reads("enterprise")(shelves.count)
count_lines = writes("enterprise")(shelves.write_count)
new_count = writes("enterprise")(shelves.begin_count)
new_warehouse = writes("enterprise")(shelves.add_warehouse)
warehouse = writes("enterprise")(shelves.change_warehouse)
correction = writes("enterprise")(shelves.correct)
transfer = writes("enterprise")(shelves.transfer)
