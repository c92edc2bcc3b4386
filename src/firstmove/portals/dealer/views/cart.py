"""The cart: by code, by scan, by paste, by file, from an old order; and the order that it becomes."""

import json
import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.network import queries as network
from firstmove.domains.planning import operations as planning
from firstmove.domains.trade import operations
from firstmove.domains.trade.entry import MOST_LETTERS, MOST_ROWS, Wish, read_file, read_text
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotFound
from firstmove.kernel.tenancy import Actor
from firstmove.portals.dealer import cart_sheet
from firstmove.portals.dealer.tables import CART
from firstmove.portals.dealer.views.addresses import number as address_number
from firstmove.portals.design import figures
from firstmove.portals.pages import reads, within, writes


@reads("dealer")
def cart(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _cart(request, actor, report=cart_sheet.take_report(request))


def _cart(request: HttpRequest, actor: Actor, *, report: dict[str, Any] | None) -> HttpResponse:
    context = cart_sheet.whole(request, actor)
    return TemplateResponse(request, "dealer/cart.html", {**context, "columns": CART, "report": report})


@writes("dealer")
def entry(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One row: a code and a quantity, or what a scanner types (``6*6901234500001``). The answer is the cart."""
    code, quantity = request.POST.get("code", ""), request.POST.get("quantity", "").strip()
    wishes = read_text(f"{code}\t{quantity}" if quantity else code)
    added = _add(actor, wishes[:1])
    if not request.htmx:  # type: ignore[attr-defined]
        cart_sheet.keep_report(request, added)
        return redirect("dealer:cart")
    return within(actor, _cart, request, report=cart_sheet.report_of(added))


@reads("dealer")
def rows(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """Where a list is pasted or uploaded."""
    return TemplateResponse(request, "dealer/cart_rows.html", {"most_letters": MOST_LETTERS, "most_rows": MOST_ROWS})


@writes("dealer")
def new_rows(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A list that was pasted, or a file of one."""
    try:
        upload = request.FILES.get("file")
        if upload is not None:
            with tempfile.TemporaryDirectory(prefix="firstmove-") as folder:
                path = Path(folder) / "rows"
                path = path.with_suffix(Path(upload.name or "").suffix.lower()[:6])
                with path.open("wb") as file:
                    file.writelines(upload.chunks())
                wishes = read_file(path, name=upload.name or "")
        else:
            wishes = read_text(request.POST.get("rows", ""))
        if not wishes:
            raise Invalid(_("There is no row with a code in it."), _("One row a product: its code and the quantity."))
        added = _add(actor, wishes)
    except Invalid as problem:
        messages.error(request, str(problem))
        return redirect("dealer:cart-rows")
    cart_sheet.keep_report(request, added)
    return redirect("dealer:cart")


def _add(actor: Actor, wishes: list[Wish]) -> operations.Added:
    now = timezone.now()
    on = network.enterprise(now=now).business_on
    return operations.add(actor=actor, wishes=wishes, on=on, now=now)


@writes("dealer")
def quantity(request: HttpRequest, actor: Actor, *, product_id: int) -> HttpResponse:
    """Ask for another quantity of a product; the answer is its row and the sums that changed with it."""
    operations.set_quantity(
        actor=actor, product_id=product_id, quantity=whole_number(request.POST.get("quantity", "")), now=timezone.now()
    )
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("dealer:cart")
    if request.POST.get("beside") == "yes":
        return within(actor, _told, request, product_id=product_id)
    return within(actor, _edited, request, product_id=product_id)


def _told(_request: HttpRequest, actor: Actor, *, product_id: int) -> HttpResponse:
    """For a page that shows more than the cart: what now stands in it, as a message."""
    found = [line for line in cart_sheet.sums(actor)["cart"].lines if line.product.id == product_id]
    text = _("Taken out of the cart.")
    for line in found:
        text = cart_sheet.row_of(line).rule or _("%(quantity)s in the cart") % {
            "quantity": figures.quantity(line.quantity, line.product.unit)
        }
    answer = HttpResponse(status=204)
    answer["HX-Trigger"] = json.dumps({"toast": {"text": text}})
    return answer


def _edited(request: HttpRequest, actor: Actor, *, product_id: int) -> HttpResponse:
    context = cart_sheet.sums(actor)
    found = [line for line in context["cart"].lines if line.product.id == product_id]
    row = cart_sheet.row_of(found[0]) if found else None
    return TemplateResponse(
        request, "dealer/_cart_edited.html", {**context, "columns": CART, "row": row, "may_order": True}
    )


@writes("dealer")
def products(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Many products at once, from a grid: fields ``quantity-7`` hold units of product 7; empty and 0 add nothing."""
    try:
        added = operations.add_products(actor=actor, quantities=grid_quantities(request), now=timezone.now())
    except Invalid as problem:
        messages.error(request, str(problem))
        return redirect("dealer:cart")
    cart_sheet.keep_report(request, added)
    return redirect("dealer:cart")


@writes("dealer")
def removal(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Take everything out, or (``troubled=yes``) what cannot be ordered."""
    product_ids = None
    if request.POST.get("troubled") == "yes":
        with tenancy.scope(actor):
            product_ids = [line.product.id for line in cart_sheet.sums(actor)["cart"].troubled]
    operations.take_out(actor=actor, product_ids=product_ids, now=timezone.now())
    return redirect("dealer:cart")


@writes("dealer")
def confirmation(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Make the order; where something changed meanwhile or is missing, back to the cart that says so."""
    number = request.POST.get("cart", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise NotFound()
    try:
        placed = planning.order_cart(
            actor=actor,
            cart_id=int(number),
            seen=request.POST.get("seen", ""),
            address_id=address_number(request.POST.get("address", "")),
            now=timezone.now(),
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem))
        return redirect("dealer:cart")
    messages.success(request, _("Order %(number)s is placed.") % {"number": placed.number})
    return redirect("dealer:order", order_id=placed.id)


@writes("dealer")
def repetition(request: HttpRequest, actor: Actor, *, order_id: int) -> HttpResponse:
    """Put what an old order held into the cart again, at today's prices."""
    cart_sheet.keep_report(request, operations.repeat_order(actor=actor, order_id=order_id, now=timezone.now()))
    return redirect("dealer:cart")


def whole_number(text: str) -> int:
    """Raises Invalid for anything but a whole number."""
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Invalid(_("A quantity is a whole number."), field="quantity")
    return int(text)


def grid_quantities(request: HttpRequest) -> dict[int, int]:
    """Units by product id, from fields ``quantity-7``; empty ones are left out. Raises Invalid for no number."""
    found = {}
    for name, text in request.POST.items():
        product = name.removeprefix("quantity-")
        if product == name or not (product.isascii() and product.isdecimal() and len(product) < 19) or not text.strip():
            continue
        units = whole_number(text)
        if units:
            found[int(product)] = units
    return found
