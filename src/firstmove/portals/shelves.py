"""What the enterprise and a dealer do alike with their own stock: its warehouses, counts, corrections and moves.

Both portals carry the same addresses; `place` is the namespace under which a page finds its own.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

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
from firstmove.domains.stock import counting, operations, queries
from firstmove.kernel.errors import Conflict, Invalid, NotFound, Problem
from firstmove.kernel.tenancy import Actor
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.paging import page_of
from firstmove.portals.shelf_tables import BATCHES, COUNT_LINES, COUNTS, MOVEMENTS, PLACES, WAREHOUSES


def warehouses(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Where the party's goods lie, and what was counted there."""
    own = queries.warehouses(dealer_id=actor.dealer_id)
    names = {warehouse.id: warehouse.name for warehouse in own}
    filled = queries.products_in(dealer_id=actor.dealer_id)
    counts = queries.counts(dealer_id=actor.dealer_id)
    waiting = {count.warehouse_id: count for count in counts if count.posted_at is None}
    return TemplateResponse(
        request,
        "shared/warehouses.html",
        {
            "place": _place(actor),
            "columns": WAREHOUSES,
            "rows": [(warehouse, filled.get(warehouse.id, 0), waiting.get(warehouse.id)) for warehouse in own],
            "count_columns": COUNTS,
            "counts": [(count, names.get(count.warehouse_id, "")) for count in counts],
            "open_counts": len(waiting),
        },
    )


def add_warehouse(request: HttpRequest, actor: Actor) -> HttpResponse:
    try:
        operations.add_warehouse(
            actor=actor, code=request.POST.get("code", ""), name=request.POST.get("warehouse_name", "")
        )
    except (Invalid, Conflict) as problem:
        return _told(request, "warehouses", actor, problem)
    messages.success(request, _("The warehouse is there. Move goods to it, or count what lies in it."))
    return redirect(f"{_place(actor)}:warehouses")


def change_warehouse(request: HttpRequest, actor: Actor, *, warehouse_id: int) -> HttpResponse:
    try:
        operations.change_warehouse(
            actor=actor,
            warehouse_id=warehouse_id,
            name=request.POST.get("warehouse_name", ""),
            is_open=request.POST.get("is_open") == "yes",
        )
    except (Invalid, Conflict) as problem:
        return _told(request, "warehouses", actor, problem)
    messages.success(request, _("Saved."))
    return redirect(f"{_place(actor)}:warehouses")


def begin_count(_request: HttpRequest, actor: Actor, *, warehouse_id: int) -> HttpResponse:
    now = timezone.now()
    today = network.enterprise(now=now).business_on
    count_id = counting.open_count(actor=actor, warehouse_id=warehouse_id, today=today, now=now)
    return redirect(f"{_place(actor)}:count", count_id=count_id)


def count(request: HttpRequest, actor: Actor, *, count_id: int) -> HttpResponse:
    """The sheet: what the ledger says, what lies there, and why they differ."""
    sheet = queries.count(count_id=count_id, dealer_id=actor.dealer_id)
    names = {warehouse.id: warehouse.name for warehouse in queries.warehouses(dealer_id=actor.dealer_id)}
    search, written = request.GET.get("q", "").strip(), request.GET.get("show") == "written"
    read = partial(queries.count_lines, sheet=sheet, search=search, written_only=written)
    return TemplateResponse(
        request,
        "shared/count.html",
        {
            "place": _place(actor),
            "sheet": sheet,
            "warehouse": names.get(sheet.warehouse_id, ""),
            "columns": COUNT_LINES,
            "page": page_of(read, query=request.GET),
            "search": search,
            "reasons": queries.reasons(),
            "chips": [
                Chip(value="", label=_("All products")),
                Chip(value="written", label=_("Written down"), count=sheet.lines),
            ],
        },
    )


def write_count(request: HttpRequest, actor: Actor, *, count_id: int) -> HttpResponse:
    """Save what was written on this page of the sheet, and post the whole sheet if the button said so."""
    try:
        counting.fill_in(actor=actor, count_id=count_id, found=_found(request.POST))
        if request.POST.get("post") == "yes":
            posted = counting.post(actor=actor, count_id=count_id, now=timezone.now())
            words = ngettext("Posted: %(n)s product differed.", "Posted: %(n)s products differed.", posted.differed) % {
                "n": posted.differed
            }
            messages.success(request, words)
        else:
            messages.success(request, _("Saved. Nothing is booked until you post the sheet."))
    except (Invalid, Conflict) as problem:
        messages.error(request, str(problem))
    query = request.GET.urlencode()
    return redirect(reverse(f"{_place(actor)}:count", args=[count_id]) + (f"?{query}" if query else ""))


def shelf(request: HttpRequest, actor: Actor, *, product_id: int, more: Mapping[str, Any]) -> HttpResponse:
    """One product in the party's warehouses; `more` is what the portal shows besides."""
    product = catalog.products_by_id(ids=[product_id]).get(product_id)
    if product is None:
        raise NotFound()
    own = queries.warehouses(dealer_id=actor.dealer_id)
    names = {warehouse.id: warehouse.name for warehouse in own}
    places = queries.places(dealer_id=actor.dealer_id, product_id=product_id)
    batches = queries.batches(dealer_id=actor.dealer_id, product_id=product_id)
    moves = queries.movements(dealer_id=actor.dealer_id, product_id=product_id, limit=30)
    return TemplateResponse(
        request,
        "shared/shelf.html",
        {
            "place": _place(actor),
            "product": product,
            "on_hand": sum((place.on_hand for place in places), Decimal(0)),
            "places": [(place, names.get(place.warehouse_id, "")) for place in places],
            "place_columns": PLACES,
            "batches": [(batch, names.get(batch.warehouse_id, "")) for batch in batches],
            "batch_columns": BATCHES,
            "moves": [(move, names.get(move.warehouse_id, "")) for move in moves],
            "move_columns": MOVEMENTS,
            "open_warehouses": [warehouse for warehouse in own if warehouse.is_open],
            "reasons": queries.reasons(),
            # A form that is sent twice is booked once.
            "ticket": uuid.uuid4().hex,
            **more,
        },
    )


def correct(request: HttpRequest, actor: Actor, *, product_id: int) -> HttpResponse:
    try:
        counting.correct(
            actor=actor,
            warehouse_id=_whole(request.POST, "warehouse"),
            product_id=product_id,
            quantity=_number(request.POST.get("quantity", ""), "quantity"),
            reason=request.POST.get("reason", ""),
            cause=f"correction:{_ticket(request)}",
            occurred_on=network.enterprise(now=timezone.now()).business_on,
            batch=request.POST.get("batch", ""),
            expires_on=_day(request.POST.get("expires_on", "")),
        )
    except (Invalid, Conflict) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Booked."))
    return redirect(f"{_place(actor)}:shelf", product_id=product_id)


def transfer(request: HttpRequest, actor: Actor, *, product_id: int) -> HttpResponse:
    try:
        operations.transfer(
            actor=actor,
            from_id=_whole(request.POST, "from"),
            to_id=_whole(request.POST, "to"),
            moves=[
                operations.Move(
                    product_id,
                    _number(request.POST.get("quantity", ""), "quantity"),
                    batch=request.POST.get("batch", "").strip()[:60],
                )
            ],
            cause=f"transfer:{_ticket(request)}",
            occurred_on=network.enterprise(now=timezone.now()).business_on,
        )
    except (Invalid, Conflict) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Moved."))
    return redirect(f"{_place(actor)}:shelf", product_id=product_id)


def _place(actor: Actor) -> str:
    return "dealer" if actor.kind == "dealer" else "enterprise"


def _told(request: HttpRequest, page: str, actor: Actor, problem: Problem) -> HttpResponse:
    messages.error(request, str(problem))
    return redirect(f"{_place(actor)}:{page}")


def _found(posted: Mapping[str, str]) -> list[counting.Found]:
    """What the fields ``counted-7``, ``expected-7`` and ``reason-7`` say; a product without a count is left out."""
    found = []
    for name, text in posted.items():
        product = name.removeprefix("counted-")
        is_id = product.isascii() and product.isdecimal() and len(product) < 19
        if product == name or not is_id or not text.strip():
            continue
        found.append(
            counting.Found(
                product_id=int(product),
                counted=_number(text, name),
                expected=_number(posted.get(f"expected-{product}", ""), name),
                reason=posted.get(f"reason-{product}", ""),
            )
        )
    return found


def _number(text: str, field: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise Invalid(_("A quantity is a number, such as 12 or 2.5."), field=field)
    return number


def _whole(posted: Mapping[str, str], name: str) -> int:
    text = posted.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Invalid(_("Choose a warehouse."), field=name)
    return int(text)


def _day(text: str) -> dt.date | None:
    if not text.strip():
        return None
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(_("A date is written as 2026-03-31."), field="expires_on") from None


def _ticket(request: HttpRequest) -> str:
    return request.POST.get("ticket", "")[:64] or uuid.uuid4().hex
