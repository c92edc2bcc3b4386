"""The cart of a dealer is filled, changed and ordered: one transaction each.

Everything that writes locks the cart's row first, so that two people who fill one cart at once add to each other.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext_lazy as _

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.catalog.quantities import MOST_UNITS, snap
from firstmove.domains.catalog.queries import ProductView
from firstmove.domains.trade.entry import Wish
from firstmove.domains.trade.models import Cart, CartLine, Missed, Order, OrderLine, OrderListLine
from firstmove.domains.trade.operations.orderable import require_orderable
from firstmove.domains.trade.operations.orders import NewLine, Placed, place
from firstmove.domains.trade.operations.rights import may_order
from firstmove.domains.trade.queries.carts import Terms, view_of
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotFound
from firstmove.kernel.tenancy import Actor

MOST_LINES = 2_000


@dataclass(frozen=True)
class AddedLine:
    """What now stands in the cart for a product, and which rules made `quantity` of what was `asked`."""

    product: ProductView
    asked: int
    quantity: int
    rules: tuple[str, ...]


@dataclass(frozen=True)
class NotAdded:
    """A row that put nothing in the cart. `cause`: one of `Wish.trouble`, "unknown", "unlisted", "several", "unit"."""

    row: int
    code: str
    quantity: int
    cause: str
    product: ProductView | None = None
    substitutes: tuple[ProductView, ...] = ()


@dataclass(frozen=True)
class Added:
    """`repeated` rows named a product that another row named too; their quantities were added up."""

    lines: list[AddedLine] = field(default_factory=list)
    missed: list[NotAdded] = field(default_factory=list)
    repeated: int = 0


class CartChanged(Conflict):
    """The cart is not what the person who confirms has looked at."""

    code = "cart-changed"


def add(*, actor: Actor, wishes: Sequence[Wish], on: dt.date, now: dt.datetime) -> Added:
    """Put what people typed, pasted or scanned into the cart; rows that cannot be had are told and kept as lost demand.

    A fixed number of statements for any number of rows. Raises NotAllowed for a dealer's staff.
    """
    with tenancy.scope(actor):
        dealer_id = may_order(actor)
        found = catalog.products_by_code(codes={wish.code for wish in wishes if not wish.trouble})
        quantities: dict[int, int] = {}
        products: dict[int, ProductView] = {}
        missed: list[NotAdded] = []
        for wish in wishes:
            candidates = found.get(wish.code, [])
            listed = [product for product in candidates if product.is_listed]
            product = listed[0] if len(listed) == 1 else None
            cause = _cause(wish, candidates, listed)
            if cause or product is None:
                gone = candidates[0] if cause == Missed.UNLISTED else None
                missed.append(NotAdded(wish.row, wish.code, wish.quantity, cause, gone))
                continue
            products[product.id] = product
            quantities[product.id] = quantities.get(product.id, 0) + wish.quantity
        _keep_lost(missed, actor=actor, dealer_id=dealer_id, on=on)
        repeated = len(wishes) - len(missed) - len(quantities)
        lines = _put(actor, dealer_id, quantities, products, now)
        return Added(lines, _with_substitutes(missed), repeated)


def add_products(*, actor: Actor, quantities: Mapping[int, int], now: dt.datetime) -> Added:
    """Put products into the cart, as from an old order or a list; those that are gone come back with substitutes."""
    with tenancy.scope(actor):
        dealer_id = may_order(actor)
        products = catalog.products_by_id(ids=quantities.keys())
        wanted, missed = {}, []
        for product_id, quantity in quantities.items():
            _require_meant(quantity)
            product = products.get(product_id)
            if product is None:
                raise NotFound()
            if product.is_listed and quantity:
                wanted[product_id] = quantity
            elif quantity:
                missed.append(NotAdded(0, product.sku, quantity, Missed.UNLISTED, product))
        return Added(_put(actor, dealer_id, wanted, products, now), _with_substitutes(missed))


def repeat_order(*, actor: Actor, order_id: int, now: dt.datetime) -> Added:
    """Put what an old order of the dealer's held into the cart, at today's prices. Raises NotFound."""
    with tenancy.scope(actor):
        lines = OrderLine.objects.filter(
            order_id=order_id, buyer_dealer_id=may_order(actor), seller_supplier_id__isnull=True
        )
        quantities: dict[int, int] = {}
        for product_id, quantity in lines.values_list("product_id", "quantity"):
            # What another system counted in parts is ordered in whole units.
            quantities[product_id] = quantities.get(product_id, 0) + max(1, round(quantity))
        if not quantities:
            raise NotFound()
        return add_products(actor=actor, quantities=quantities, now=now)


def add_list(*, actor: Actor, list_id: int, now: dt.datetime) -> Added:
    """Put what a list of the dealer's holds into the cart. Raises NotFound."""
    with tenancy.scope(actor):
        lines = OrderListLine.objects.filter(order_list_id=list_id, dealer_id=may_order(actor))
        quantities = dict(lines.values_list("product_id", "quantity"))
        if not quantities:
            raise NotFound()
        return add_products(actor=actor, quantities=quantities, now=now)


def set_quantity(*, actor: Actor, product_id: int, quantity: int, now: dt.datetime) -> None:
    """Ask for so many units of a product instead of what stood in the cart; 0 takes it out.

    Raises NotFound for a product that nobody sells, Invalid for a quantity that nobody can mean.
    """
    _require_meant(quantity)
    with tenancy.scope(actor):
        dealer_id = may_order(actor)
        cart = _open_cart(dealer_id, now)
        if not quantity:
            CartLine.objects.filter(cart=cart, product_id=product_id).delete()
            return
        if not catalog.product(product_id=product_id).is_listed:
            raise Invalid(_("This product is no longer listed."), code="unlisted")
        _require_room(cart, {product_id})
        _write(cart, {product_id: quantity}, actor, now)


def take_out(*, actor: Actor, product_ids: Sequence[int] | None = None, now: dt.datetime) -> int:
    """Take products out of the cart, or all of them. Returns how many lines went."""
    with tenancy.scope(actor):
        cart = _open_cart(may_order(actor), now)
        rows = CartLine.objects.filter(cart=cart)
        if product_ids is not None:
            rows = rows.filter(product_id__in=product_ids)
        return rows.delete()[0]


def order_cart(
    *,
    actor: Actor,
    cart_id: int,
    seen: str,
    on: dt.date,
    expected_on: dt.date | None,
    terms: Terms,
    now: dt.datetime,
    address_id: int | None = None,
) -> Placed:
    """Make the order of a cart. Confirming twice makes one order, and both are told its number.

    `seen` is the `token` of the cart that the person looked at. Raises CartChanged where it is another one by now,
    Invalid where it is empty, under the agreed minimum or holds what cannot be ordered, OverCredit, NotFound.
    """
    with tenancy.scope(actor):
        dealer_id = may_order(actor)
        cart = Cart.objects.select_for_update(of=("self",)).filter(id=cart_id, dealer_id=dealer_id).first()
        if cart is None:
            raise NotFound()
        if cart.closed_at is not None:
            order = Order.objects.get(origin_kind="cart", origin_id=cart.pk, buyer_dealer_id=dealer_id)
            return Placed(order.pk, order.number)
        view = view_of(cart, dealer_id=dealer_id, on=on, terms=terms)
        require_orderable(view)
        if view.token != seen:
            raise CartChanged(
                _("The cart changed since you looked at it: a price, a rule, or somebody else's hand."),
                _("Look at it and confirm again. Nothing is ordered yet."),
            )
        placed = place(
            actor=actor,
            buyer_dealer_id=dealer_id,
            origin=("cart", cart.pk),
            lines=[
                NewLine(line.product.id, Decimal(line.quantity), line.unit_price)
                for line in view.lines
                if line.unit_price is not None
            ],
            currency=view.currency,
            ordered_on=on,
            expected_on=expected_on,
            now=now,
            price_assumed=view.price_assumed,
            address_id=address_id,
        )
        cart.closed_at = now
        cart.save(update_fields=["closed_at"])
        return placed


def _require_meant(quantity: int) -> None:
    if not 0 <= quantity <= MOST_UNITS:
        raise Invalid(_("A quantity lies between 0 and %(most)s.") % {"most": MOST_UNITS}, field="quantity")


def _open_cart(dealer_id: int, now: dt.datetime) -> Cart:
    """The dealer's open cart, locked, or a new one. Two that open one at once get the same."""
    while True:
        cart = Cart.objects.select_for_update(of=("self",)).filter(dealer_id=dealer_id, closed_at__isnull=True).first()
        if cart is not None:
            return cart
        Cart.objects.bulk_create([Cart(dealer_id=dealer_id, opened_at=now)], ignore_conflicts=True)


def _require_room(cart: Cart, product_ids: set[int]) -> None:
    held = set(CartLine.objects.filter(cart=cart).values_list("product_id", flat=True))
    if len(held | product_ids) > MOST_LINES:
        raise Invalid(
            _("A cart holds at most %(most)s products.") % {"most": MOST_LINES},
            _("Order what stands in it first."),
            code="cart-full",
        )


def _write(cart: Cart, asked: Mapping[int, int], actor: Actor, now: dt.datetime) -> None:
    CartLine.objects.bulk_create(
        [
            CartLine(
                cart=cart,
                dealer_id=cart.dealer_id,
                product_id=product_id,
                asked=quantity,
                changed_at=now,
                changed_by_id=actor.user_id,
            )
            for product_id, quantity in asked.items()
        ],
        update_conflicts=True,
        unique_fields=["cart", "product"],
        update_fields=["asked", "changed_at", "changed_by"],
    )


def _put(
    actor: Actor, dealer_id: int, quantities: Mapping[int, int], products: Mapping[int, ProductView], now: dt.datetime
) -> list[AddedLine]:
    """Add to what stands in the cart; no more than anybody can mean."""
    if not quantities:
        return []
    cart = _open_cart(dealer_id, now)
    held = dict(CartLine.objects.filter(cart=cart, product_id__in=quantities).values_list("product_id", "asked"))
    asked = {
        product_id: min(MOST_UNITS, held.get(product_id, 0) + quantity) for product_id, quantity in quantities.items()
    }
    _require_room(cart, set(asked))
    _write(cart, asked, actor, now)
    lines = []
    for product_id, wanted in asked.items():
        product = products[product_id]
        snapped = snap(wanted, minimum=product.minimum, multiple=product.multiple, carton=product.carton)
        lines.append(AddedLine(product, wanted, snapped.quantity, snapped.rules))
    return lines


def _cause(wish: Wish, candidates: Sequence[ProductView], listed: Sequence[ProductView]) -> str:
    if wish.trouble:
        return wish.trouble
    if not candidates:
        return Missed.UNKNOWN.value
    if not listed:
        return Missed.UNLISTED.value
    if len(listed) > 1:
        return "several"
    # 12 cartons typed for something that is counted in bottles would be 12 bottles.
    return "unit" if wish.unit and wish.unit.lower() != listed[0].unit.lower() else ""


def _with_substitutes(missed: Sequence[NotAdded]) -> list[NotAdded]:
    found = catalog.substitutes(product_ids={one.product.id for one in missed if one.product is not None})
    return [
        one if one.product is None else NotAdded(
            one.row, one.code, one.quantity, one.cause, one.product, tuple(found.get(one.product.id, ()))
        )
        for one in missed
    ]  # fmt: skip


_KEEP = """
insert into trade_lostdemand (dealer_id, code, asked_on, cause, quantity, user_id)
select %s, code, %s, cause, quantity, %s from unnest(%s::text[], %s::text[], %s::int[]) as t (code, cause, quantity)
on conflict (dealer_id, code, asked_on)
do update set quantity = greatest(trade_lostdemand.quantity, excluded.quantity), cause = excluded.cause"""


def _keep_lost(missed: Sequence[NotAdded], *, actor: Actor, dealer_id: int, on: dt.date) -> None:
    """One row a code and day: the same list pasted twice is not twice the demand."""
    lost: dict[str, tuple[str, int]] = {}
    for one in missed:
        # Only what can be somebody's code: talk that was pasted along is not demand.
        if one.cause in Missed.values and one.code and not any(letter.isspace() for letter in one.code):
            code = one.product.sku if one.product is not None else one.code
            lost[code] = (one.cause, min(MOST_UNITS, lost.get(code, ("", 0))[1] + one.quantity))
    if not lost:
        return
    codes = sorted(lost)
    values = [[lost[code][part] for code in codes] for part in (0, 1)]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [dealer_id, on, actor.user_id, codes, *values])
