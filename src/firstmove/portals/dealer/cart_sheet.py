"""A cart as pages show it: its rows, its sums, and what an entry, a paste or an old order put into it, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from firstmove.domains.catalog.queries import ProductView
from firstmove.domains.network import queries as network
from firstmove.domains.planning import queries as planning
from firstmove.domains.trade import operations
from firstmove.domains.trade import queries as trade
from firstmove.domains.trade.queries import CartLineView, CartView
from firstmove.kernel.tenancy import Actor
from firstmove.portals import words
from firstmove.portals.design import figures
from firstmove.portals.paging import listed, page_of

# What the page after an entry repeats, one by one; the rest is counted.
_TOLD = 60
_REPORT = "cart-report"


@dataclass(frozen=True)
class CartRow:
    line: CartLineView
    html_id: str
    rule: str
    trouble: str


def rule_sentence(asked: int, quantity: int, rules: Sequence[str], product: ProductView) -> str:
    """Why more is ordered than was asked for: ``12 → 24: sold in cartons of 24``. Empty where it is not."""
    if not rules:
        return ""
    why = {
        "minimum": _("the least is %(units)s") % {"units": figures.number(product.minimum)},
        "multiple": _("ordered in steps of %(units)s") % {"units": figures.number(product.multiple)},
        "carton": _("sold in cartons of %(units)s") % {"units": figures.number(product.carton)},
    }
    return _("%(asked)s → %(quantity)s: %(why)s") % {
        "asked": figures.number(asked),
        "quantity": figures.number(quantity),
        "why": _(", ").join(why[rule] for rule in rules),
    }


def row_of(line: CartLineView) -> CartRow:
    trouble = str(trade.TROUBLES.get(line.trouble, ""))
    if line.trouble == "share":
        trouble = _("Scarce: your share until more comes is %(share)s.") % {
            "share": figures.quantity(line.share, line.product.unit)
        }
    return CartRow(
        line=line,
        html_id=f"cart-{line.product.id}",
        rule=rule_sentence(line.asked, line.quantity, line.rules, line.product),
        trouble=trouble,
    )


def sums(actor: Actor) -> dict[str, Any]:
    """What head and foot of a cart say; all of it changes with every line."""
    dealer_id = actor.dealer_id
    assert dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    on = network.enterprise(now=timezone.now()).business_on
    beside = planning.own_order(dealer_id=dealer_id, on=on)
    cart = trade.cart(dealer_id=dealer_id, on=on, terms=beside.terms)
    credit = trade.credit(dealer_id=dealer_id, on=on)
    return {
        "cart": cart,
        "currency": cart.currency,
        "arrives_on": beside.arrives_on,
        "arrival_note": _("How long goods take is assumed: too little was received yet.")
        if beside.arrival_assumed
        else "",
        "credit": credit,
        "addresses": trade.addresses(dealer_id=dealer_id),
        "title": _title(cart),
        "shown_title": format_html('<span id="cart-title">{}</span>', _title(cart)),
        "hindrance": _hindrance(cart, credit),
        "price_note": words.assumed_sentence(["price"], planning.assumptions(dealer_id=dealer_id).scenario)
        if cart.price_assumed
        else "",
    }


def _title(cart: CartView) -> str:
    if not cart.lines:
        return _("The cart is empty")
    count = len(cart.lines)
    return ngettext("%(count)s product, %(amount)s", "%(count)s products, %(amount)s", count) % {
        "count": figures.number(count),
        "amount": figures.money(cart.amount, cart.currency),
    }


def _hindrance(cart: CartView, credit: trade.Credit) -> str:
    """What keeps the cart from being ordered, the first of it; empty where nothing does."""
    if cart.troubled:
        return _("%(products)s cannot be ordered. Take it out, or order less of it.") % {
            "products": _(", ").join(line.product.name for line in cart.troubled[:3])
        }
    if cart.missing_amount and cart.lines:
        return _("%(missing)s are missing from the minimum of %(minimum)s for an order.") % {
            "missing": figures.money(cart.missing_amount, cart.currency),
            "minimum": figures.money(cart.minimum_amount, cart.currency),
        }
    if cart.missing_kg and cart.lines:
        return _("%(missing)s kg are missing from the minimum of %(minimum)s kg for an order.") % {
            "missing": figures.number(round(cart.missing_kg)),
            "minimum": figures.number(cart.minimum_kg),
        }
    return words.over_credit_sentence(cart.amount, credit.left, cart.currency)


def whole(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """Everything that the page of the cart needs; long carts come in pages."""
    context = sums(actor)
    page = page_of(listed(context["cart"].lines), query=request.GET)
    page.object_list = [row_of(line) for line in page.object_list]
    may_order = request.user.role in network.ORDERING_ROLES  # type: ignore[union-attr]
    return {**context, "page": page, "may_order": may_order}


def keep_report(request: HttpRequest, added: operations.Added) -> None:
    """For the page that opens next."""
    request.session[_REPORT] = report_of(added)


def take_report(request: HttpRequest) -> dict[str, Any] | None:
    found: dict[str, Any] | None = request.session.pop(_REPORT, None)
    return found


def report_of(added: operations.Added) -> dict[str, Any]:
    """What became of an entry, in words: what was added, rounded and not found."""
    rounded = [line for line in added.lines if line.rules]
    count, missed = len(added.lines), len(added.missed)
    done = ngettext("%(count)s product is in the cart", "%(count)s products are in the cart", count)
    lost = ngettext("%(count)s row is not", "%(count)s rows are not", missed) % {"count": figures.number(missed)}
    title = done % {"count": figures.number(count)} if count else _("Nothing was added")
    repeated = ngettext(
        "%(count)s row repeated a product; its quantity was added.",
        "%(count)s rows repeated a product; their quantities were added.",
        added.repeated,
    )
    return {
        "title": _("%(done)s, %(lost)s") % {"done": title, "lost": lost} if missed and count else title,
        "repeated": repeated % {"count": figures.number(added.repeated)} if added.repeated else "",
        "rounded": [
            {
                "name": line.product.name,
                "sku": line.product.sku,
                "sentence": rule_sentence(line.asked, line.quantity, line.rules, line.product),
            }
            for line in rounded[:_TOLD]
        ],
        "missed": [
            {
                "row": one.row,
                "code": one.code or "–",
                "quantity": one.quantity,
                "sentence": missed_sentence(one),
                "substitutes": [
                    {"id": product.id, "name": product.name, "sku": product.sku} for product in one.substitutes
                ],
            }
            for one in added.missed[:_TOLD]
        ],
        "more": max(0, len(rounded) - _TOLD) + max(0, missed - _TOLD),
        "good": not added.missed,
    }


def missed_sentence(one: operations.NotAdded) -> str:
    sentences = {
        "unknown": _("No product has this code. The enterprise is told that you asked for it."),
        "unlisted": _("%(product)s is no longer listed. The enterprise is told that you asked for it."),
        "several": _("Several products have this code. Type the whole code, with its zeros."),
        "unit": _("It is not counted in the unit that was written. Give the quantity without a unit."),
        "formula": _("The cell holds a formula. Paste its value."),
        "letters": _("The letters of this row are damaged. Save the file as UTF-8 or XLSX."),
        "code": _("There is no code in this row, or more than one."),
        "quantity": _("The quantity is no whole number between 1 and 1,000,000."),
        "columns": _("Several columns could be the quantity. Name the columns in the first row."),
    }
    return sentences[one.cause] % {"product": one.product.name if one.product else one.code}
