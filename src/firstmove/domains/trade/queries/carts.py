"""Reads of what dealers gather: the cart, lists and habits. Call them inside a `tenancy.scope`."""

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import Count, Max, Sum
from django.utils.translation import gettext_lazy as _

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.catalog.quantities import Snapped, snap
from firstmove.domains.catalog.queries import ProductView
from firstmove.domains.network.queries import currency
from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.trade.models import (
    Cart,
    CartLine,
    LostDemand,
    Missed,
    OrderLine,
    OrderList,
    OrderListLine,
    State,
)
from firstmove.domains.trade.pricing import Known
from firstmove.kernel.errors import NotFound
from firstmove.kernel.money import rounded
from firstmove.kernel.paging import Slice, after


@dataclass(frozen=True)
class Terms:
    """What the cart is priced and bounded by beside the catalogue.

    `margin`: share of the customer's price that a dealer without a price of its own is assumed to keep; None: it has
    to have one. `shares`: the most units of scarce products, by product id.
    """

    margin: Decimal | None = None
    shares: Mapping[int, int] | None = None


@dataclass(frozen=True)
class Wanted:
    """Units that somebody asks for of a product, and since when by whom; both are empty outside of a cart."""

    product_id: int
    asked: int
    changed_at: dt.datetime | None = None
    changed_by: str = ""


@dataclass(frozen=True)
class _Cost:
    price: Decimal | None = None
    assumed: bool = False
    next_from: int | None = None
    next_price: Decimal | None = None


@dataclass(frozen=True)
class CartLineView:
    """`quantity` is what will be ordered for `asked`; `rules` raised it ("minimum", "multiple", "carton").

    `trouble` keeps it from being ordered: "unlisted", "unpriced", "share" (scarce: no more than `share` units).
    """

    product: ProductView
    asked: int
    quantity: int
    rules: tuple[str, ...]
    unit_price: Decimal | None
    price_assumed: bool
    # The quantity from which a unit is cheaper, and what it costs then.
    next_from: int | None
    next_price: Decimal | None
    share: int | None
    trouble: str
    changed_at: dt.datetime | None
    changed_by: str

    @property
    def amount(self) -> Decimal | None:
        return None if self.unit_price is None else self.quantity * self.unit_price


@dataclass(frozen=True)
class CartView:
    """`id` is None before anything was put in. `kg` counts lines whose weight is known, `kg_unknown` the others."""

    id: int | None
    lines: list[CartLineView]
    currency: str
    minimum_amount: Decimal | None
    minimum_kg: float | None
    kg: float
    kg_unknown: int

    @property
    def amount(self) -> Decimal:
        """As the order will say it: rounded once, over all lines."""
        total = sum((line.amount for line in self.lines if line.amount is not None), Decimal(0))
        return rounded(total, currency=self.currency)

    @property
    def price_assumed(self) -> bool:
        return any(line.price_assumed for line in self.lines)

    @property
    def troubled(self) -> list[CartLineView]:
        return [line for line in self.lines if line.trouble]

    @property
    def missing_amount(self) -> Decimal:
        """What is missing from the agreed minimum."""
        return max(Decimal(0), (self.minimum_amount or Decimal(0)) - self.amount)

    @property
    def missing_kg(self) -> float:
        """The same in kilograms; nothing where a weight is not known, as then nobody can say."""
        return 0.0 if self.kg_unknown else max(0.0, (self.minimum_kg or 0.0) - self.kg)

    @property
    def token(self) -> str:
        """Equal as long as products, quantities and prices are: who confirms says which cart was looked at."""
        told = "|".join(f"{line.product.id}:{line.quantity}:{line.unit_price}" for line in self.lines)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def cart(*, dealer_id: int, on: dt.date, terms: Terms) -> CartView:
    """The dealer's open cart with today's prices and rules, in the order in which products stand in the catalogue."""
    row = Cart.objects.filter(dealer_id=dealer_id, closed_at__isnull=True).first()
    return view_of(row, dealer_id=dealer_id, on=on, terms=terms)


def view_of(row: Cart | None, *, dealer_id: int, on: dt.date, terms: Terms) -> CartView:
    """A cart that the caller has read; for this room alone."""
    rows = (
        CartLine.objects.none()
        if row is None
        else CartLine.objects.filter(cart=row)
        .select_related("changed_by")
        .order_by("product__category", "product__name", "product_id")
    )
    wanted = [
        Wanted(line.product_id, line.asked, line.changed_at, line.changed_by.name if line.changed_by else "")
        for line in rows
    ]
    ids = [line.product_id for line in wanted]
    products = catalog.products_by_id(ids=ids) if ids else {}
    units = {line.product_id: _snapped(line.asked, products[line.product_id]).quantity for line in wanted}
    quotes = catalog.prices_for(dealer_id=dealer_id, on=on, product_ids=ids, quantities=units) if ids else {}
    known = Known(dealer_view(dealer_id=dealer_id), currency(), products, quotes)
    return priced(wanted, known=known, terms=terms, cart_id=None if row is None else row.pk)


def priced(wanted: Sequence[Wanted], *, known: Known, terms: Terms, cart_id: int | None = None) -> CartView:
    """What is asked for at the day's prices and rules, in the order given: the one way to look at an order to be.

    A cart is confirmed and a program orders by it, so that minimum, shares of scarce goods and quantities bind both.
    """
    ids = [line.product_id for line in wanted]
    products, dealer = known.products, known.dealer
    snapped = {line.product_id: _snapped(line.asked, products[line.product_id]) for line in wanted}
    prices = {line.product_id: _price(products[line.product_id], known, terms) for line in wanted}
    lines = [
        _line(line, products[line.product_id], snapped[line.product_id], prices[line.product_id], terms)
        for line in wanted
    ]
    weights = catalog.weights_kg(product_ids=ids) if dealer.minimum_order_kg else {}
    return CartView(
        id=cart_id,
        lines=lines,
        currency=known.currency,
        minimum_amount=dealer.minimum_order_amount,
        minimum_kg=dealer.minimum_order_kg,
        kg=sum(line.quantity * weights.get(line.product.id, 0.0) for line in lines),
        kg_unknown=sum(line.product.id not in weights for line in lines) if dealer.minimum_order_kg else 0,
    )


def _price(product: ProductView, known: Known, terms: Terms) -> _Cost:
    """What a unit costs at the ordered quantity."""
    quote = known.quotes.get(product.id)
    if quote is not None:
        return _Cost(quote.price, False, quote.next_from, quote.next_price)
    if terms.margin is not None and product.unit_price is not None:
        return _Cost((product.unit_price * (1 - terms.margin)).quantize(Decimal("0.0001")), assumed=True)
    return _Cost()


def _snapped(asked: int, product: ProductView) -> Snapped:
    return snap(asked, minimum=product.minimum, multiple=product.multiple, carton=product.carton)


def _line(row: Wanted, product: ProductView, snapped: Snapped, cost: _Cost, terms: Terms) -> CartLineView:
    share = (terms.shares or {}).get(product.id)
    trouble = (
        "unlisted" if not product.is_listed
        else "unpriced" if cost.price is None
        else "share" if share is not None and snapped.quantity > share
        else ""
    )  # fmt: skip
    return CartLineView(
        product=product,
        asked=row.asked,
        quantity=snapped.quantity,
        rules=snapped.rules,
        unit_price=cost.price,
        price_assumed=cost.assumed,
        next_from=cost.next_from,
        next_price=cost.next_price,
        share=share,
        trouble=trouble,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )


def cart_quantities(*, dealer_id: int, product_ids: Collection[int] | None = None) -> dict[int, int]:
    """What was asked for in the open cart, by product id: for a list of products that shows it."""
    rows = CartLine.objects.filter(cart__dealer_id=dealer_id, cart__closed_at__isnull=True)
    if product_ids is not None:
        rows = rows.filter(product_id__in=product_ids)
    return dict(rows.values_list("product_id", "asked"))


@dataclass(frozen=True)
class OrderListView:
    id: int
    name: str
    line_count: int
    changed_at: dt.datetime
    changed_by: str


@dataclass(frozen=True)
class ListLine:
    product: ProductView
    quantity: int


def order_lists(*, dealer_id: int) -> list[OrderListView]:
    rows = OrderList.objects.filter(dealer_id=dealer_id).select_related("changed_by").annotate(n=Count("lines"))
    return [_list_view(row) for row in rows.order_by("name")]


def order_list_slice(*, dealer_id: int, place: Sequence[Any] | None = None, limit: int = 50) -> Slice[OrderListView]:
    """The dealer's lists behind a place, in the order in which they were made (see `kernel.paging`)."""
    rows = OrderList.objects.filter(dealer_id=dealer_id).select_related("changed_by").annotate(n=Count("lines"))
    return after(rows, by=("id",), place=place, limit=limit, view=_list_view)


def _list_view(row: OrderList) -> OrderListView:
    by = row.changed_by.name if row.changed_by else ""
    return OrderListView(row.pk, row.name, row.n, row.changed_at, by)  # type: ignore[attr-defined]


def order_list(*, dealer_id: int, list_id: int) -> tuple[OrderListView, list[ListLine]]:
    """A list with its lines, as products stand in the catalogue. Raises NotFound."""
    rows = OrderList.objects.filter(dealer_id=dealer_id, id=list_id).select_related("changed_by")
    row = rows.annotate(n=Count("lines")).first()
    if row is None:
        raise NotFound()
    lines = list(OrderListLine.objects.filter(order_list=row).values_list("product_id", "quantity"))
    products = catalog.products_by_id(ids=[product_id for product_id, _quantity in lines])
    found = [ListLine(products[product_id], quantity) for product_id, quantity in lines]
    return _list_view(row), sorted(found, key=lambda line: (line.product.category, line.product.name, line.product.id))


# How far back the order guide looks.
GUIDE_WEEKS = 26


@dataclass(frozen=True)
class Habit:
    """A product that a dealer orders: how many orders hold it, the usual (median) quantity, the last day."""

    product_id: int
    orders: int
    usual: int
    last_on: dt.date


def habits(*, dealer_id: int, since: dt.date, until: dt.date) -> list[Habit]:
    """What the dealer ordered in a period, most often first. What was cancelled was not ordered."""
    rows = OrderLine.objects.filter(
        buyer_dealer_id=dealer_id, seller_supplier_id__isnull=True, order__ordered_on__range=(since, until)
    )
    rows = rows.exclude(order__state=State.CANCELLED).order_by("order__ordered_on", "id")
    ordered: dict[int, list[tuple[dt.date, Decimal]]] = {}
    for product_id, day, quantity in rows.values_list("product_id", "order__ordered_on", "quantity"):
        ordered.setdefault(product_id, []).append((day, quantity))
    found = [
        Habit(product_id, len(lines), max(1, round(median(quantity for _day, quantity in lines))), lines[-1][0])
        for product_id, lines in ordered.items()
    ]
    return sorted(found, key=_rank)


def habit_slice(
    *, dealer_id: int, since: dt.date, until: dt.date, place: Sequence[Any] | None = None, limit: int = 50
) -> Slice[Habit]:
    """As `habits`, behind a place; the whole is worked out each time, as the order of it is."""
    found = habits(dealer_id=dealer_id, since=since, until=until)
    if place is not None:
        found = [habit for habit in found if _rank(habit) > tuple(place)]
    shown = found[:limit]
    return Slice(shown, _rank(shown[-1]) if shown else None, more=len(found) > limit)


def _rank(habit: Habit) -> tuple[int, int, int]:
    return -habit.orders, -habit.last_on.toordinal(), habit.product_id


@dataclass(frozen=True)
class LostCode:
    """A code that dealers asked for and could not have. `quantity` sums what each asked for at most on each day."""

    code: str
    cause: str
    dealers: int
    days: int
    quantity: int
    last_on: dt.date

    @property
    def cause_name(self) -> str:
        return str(Missed(self.cause).label)


def lost_demand(*, since: dt.date, search: str = "", offset: int = 0, limit: int = 50) -> tuple[list[LostCode], int]:
    """Codes by the dealers that asked for them, most first, and how many codes there are. A dealer sees its own."""
    rows = LostDemand.objects.filter(asked_on__gte=since)
    if search:
        rows = rows.filter(code__icontains=search)
    sums = rows.values("code", "cause").annotate(
        dealers=Count("dealer", distinct=True),
        days=Count("asked_on", distinct=True),
        units=Sum("quantity"),
        last_on=Max("asked_on"),
    )
    found = [
        LostCode(row["code"], row["cause"], row["dealers"], row["days"], row["units"], row["last_on"])
        for row in sums.order_by("-dealers", "-units", "code")[offset : offset + limit]
    ]
    return found, sums.count()


TROUBLES = {
    "unlisted": _("No longer listed"),
    "unpriced": _("Has no price for you"),
    "share": _("More than your share of what is scarce"),
}
