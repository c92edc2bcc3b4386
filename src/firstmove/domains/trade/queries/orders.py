"""Reads of orders. Call them inside a `tenancy.scope`."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncWeek

from firstmove.domains.trade.models import FEED, OPEN_STATES, STEPS, Order, OrderLine, OrderStep, State
from firstmove.domains.trade.pricing import PriceBasis, basis_of
from firstmove.domains.trade.queries.addresses import Destination, destination
from firstmove.domains.trade.queries.order_search import matching
from firstmove.kernel.errors import NotFound
from firstmove.kernel.money import rounded, tax_within
from firstmove.kernel.paging import AtLeast, Slice, counted, sliced


@dataclass(frozen=True)
class OrderView:
    id: int
    number: str
    buyer_dealer_id: int | None
    buyer_name: str
    state: str
    currency: str
    amount: Decimal
    line_count: int
    price_assumed: bool
    ordered_on: dt.date
    expected_on: dt.date | None
    received_on: dt.date | None
    origin_kind: str
    origin_id: int | None
    automatic: bool
    changed_at: dt.datetime

    @property
    def state_name(self) -> str:
        return str(State(self.state).label)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def can_be_received(self) -> bool:
        """Whether its receipt is confirmed here; of another system's order it comes with that system's files."""
        return self.state == State.IN_TRANSIT and self.origin_kind != FEED

    @property
    def can_be_cancelled(self) -> bool:
        return self.state == State.ORDER_REVIEW and self.origin_kind != FEED


@dataclass(frozen=True)
class OrderLineView:
    id: int
    number: int
    product_id: int
    sku: str
    product_name: str
    unit: str
    category: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    received_quantity: Decimal | None
    # What left so far, and what will not be sent any more; of an order that began to leave the rest is its back-order.
    shipped_quantity: Decimal = Decimal(0)
    cancelled_quantity: Decimal = Decimal(0)
    # Why it cost that, as it was when it was ordered; empty where no list said so.
    basis: PriceBasis | None = None
    # Share of the net price; None is not known.
    tax_rate: Decimal | None = None


@dataclass(frozen=True)
class TaxOf:
    """What an order's lines of one tax rate come to: `amount` includes the tax. Rounded as the currency is."""

    rate: Decimal
    amount: Decimal
    tax: Decimal

    @property
    def net(self) -> Decimal:
        return self.amount - self.tax


@dataclass(frozen=True)
class StepView:
    """One of the six steps; `at` is empty for those still to come.

    `took` is how long the order was there, all of its stays together, and empty where it still is. `note` is what the
    person wrote who last brought it there, `held_by` why it then did not pass by itself.
    """

    state: str
    name: str
    at: dt.datetime | None
    automatic: bool
    by: str
    current: bool
    took: dt.timedelta | None = None
    note: str = ""
    held_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class OrderDetail:
    order: OrderView
    lines: list[OrderLineView]
    steps: list[StepView]
    # Where it goes; None where no address was known.
    destination: Destination | None = None

    @property
    def taxes(self) -> list[TaxOf]:
        """By rate, the highest first; empty where a line's rate is not known, so that no part passes for the whole."""
        sums: dict[Decimal, Decimal] = {}
        for line in self.lines:
            if line.tax_rate is None:
                return []
            sums[line.tax_rate] = sums.get(line.tax_rate, Decimal(0)) + line.amount
        currency = self.order.currency
        return [
            TaxOf(rate, rounded(sums[rate], currency=currency), tax_within(sums[rate], rate=rate, currency=currency))
            for rate in sorted(sums, reverse=True)
        ]


def state_name(state: str) -> str:
    """What a state of an order, which is a step that it waits at, is called; an unknown one by its code."""
    return str(State(state).label) if state in State.values else state


def order_view(row: Order) -> OrderView:
    return OrderView(
        id=row.pk,
        number=row.number,
        buyer_dealer_id=row.buyer_dealer_id,
        buyer_name=row.buyer_dealer.name if row.buyer_dealer else "",
        state=row.state,
        currency=row.currency,
        amount=row.amount,
        line_count=row.line_count,
        price_assumed=row.price_assumed,
        ordered_on=row.ordered_on,
        expected_on=row.expected_on,
        received_on=row.received_on,
        origin_kind=row.origin_kind,
        origin_id=row.origin_id,
        automatic=row.automatic,
        changed_at=row.changed_at,
    )


def _orders(dealer_id: int | None, open_only: bool, search: str) -> QuerySet[Order]:
    # What suppliers sell, to whomever, stands with `purchases`.
    rows = Order.objects.filter(buyer_dealer_id__isnull=False, seller_supplier_id__isnull=True)
    rows = rows.order_by("-ordered_on", "-id")
    if dealer_id is not None:
        rows = rows.filter(buyer_dealer_id=dealer_id)
    if open_only:
        rows = rows.filter(state__in=OPEN_STATES)
    if search:
        holds_product = OrderLine.objects.filter(product__search__contains=search.lower()).values("order_id")
        rows = rows.filter(
            Q(number__icontains=search) | Q(buyer_dealer__name__icontains=search) | Q(id__in=holds_product)
        )
    return rows


def orders(
    *, dealer_id: int | None = None, open_only: bool = False, search: str = "", offset: int = 0, limit: int = 50
) -> tuple[list[OrderView], int]:
    """A page of dealers' orders, newest first, and how many there are, `AtLeast` so many where nobody counts them all.

    `search`: see `order_search.matching`. A negative offset counts from the oldest: the last page is as near as the
    first.
    """
    if search:
        ids, is_cut = matching(search=search, dealer_id=dealer_id, open_only=open_only)
        some = ids[offset:][:limit]
        shown = list(Order.objects.filter(id__in=some).order_by("-ordered_on", "-id").prefetch_related("buyer_dealer"))
        return [order_view(row) for row in shown], AtLeast(len(ids)) if is_cut else len(ids)
    rows = _orders(dealer_id, open_only, "")
    # Names are read for these few alone: joined, every order would have to be sorted with its dealer.
    page = rows.prefetch_related("buyer_dealer")
    shown = list(page[offset:][:limit]) if offset >= 0 else list(page.reverse()[-offset - limit : -offset])[::-1]
    return [order_view(row) for row in shown], counted(rows)


def order_slice(
    *,
    dealer_id: int | None = None,
    open_only: bool = False,
    search: str = "",
    since: dt.datetime | None = None,
    place: Sequence[Any] | None = None,
    limit: int = 50,
) -> Slice[OrderView]:
    """Orders behind a place, newest first, or with `since` those that changed from then on (see `kernel.paging`)."""
    rows = _orders(dealer_id, open_only, search).prefetch_related("buyer_dealer")
    return sliced(rows, by=("-ordered_on", "-id"), since=since, place=place, limit=limit, view=order_view)


def order(*, order_id: int, dealer_id: int | None = None) -> OrderDetail:
    """Raises NotFound, also for an order of somebody else."""
    rows = Order.objects.select_related("buyer_dealer").filter(id=order_id)
    rows = rows.exclude(buyer_dealer_id__isnull=False, seller_supplier_id__isnull=False)
    if dealer_id is not None:
        rows = rows.filter(buyer_dealer_id=dealer_id)
    row = rows.first()
    if row is None:
        raise NotFound()
    lines = [
        OrderLineView(
            id=line.pk,
            number=line.number,
            product_id=line.product_id,
            sku=line.product.sku,
            product_name=line.product.name,
            unit=line.product.unit,
            category=line.product.category,
            quantity=line.quantity,
            unit_price=line.unit_price,
            amount=line.quantity * line.unit_price,
            received_quantity=line.received_quantity,
            shipped_quantity=line.shipped_quantity,
            cancelled_quantity=line.cancelled_quantity,
            basis=basis_of(line.price_basis),
            tax_rate=line.tax_rate,
        )
        for line in OrderLine.objects.filter(order=row).select_related("product").order_by("number")
    ]
    return OrderDetail(order=order_view(row), lines=lines, steps=timeline(row), destination=destination(row.deliver_to))


def timeline(row: Order) -> list[StepView]:
    """The steps of an order, those to come with their name alone."""
    rows = list(OrderStep.objects.filter(order=row).select_related("user").order_by("at", "id"))
    entered = {step.state: step for step in rows}
    took: dict[str, dt.timedelta] = {}
    for step, later in pairwise(rows):
        took[step.state] = took.get(step.state, dt.timedelta()) + (later.at - step.at)
    states = STEPS if row.state != State.CANCELLED else (*[s for s in STEPS if s in entered], State.CANCELLED)
    timeline = []
    for state in states:
        step = entered.get(state)
        by = step.user.name if step and step.user else ""
        timeline.append(
            StepView(
                state=state,
                name=str(State(state).label),
                at=step.at if step else None,
                automatic=step.automatic if step else False,
                by=by,
                current=state == row.state,
                took=None if state == row.state else took.get(state),
                note=step.note if step else "",
                held_by=tuple(step.held_by) if step else (),
            )
        )
    return timeline


@dataclass(frozen=True)
class DayOfOrders:
    day: dt.date
    orders: int
    amount: Decimal


def by_day(*, since: dt.date, until: dt.date, dealer_id: int | None = None) -> list[DayOfOrders]:
    """Orders of dealers and their amount by business day; days without an order are absent."""
    rows = _orders(dealer_id, open_only=False, search="").filter(ordered_on__range=(since, until)).order_by()
    found = rows.values("ordered_on").annotate(n=Count("id"), total=Sum("amount")).order_by("ordered_on")
    return [DayOfOrders(row["ordered_on"], row["n"], row["total"]) for row in found]


@dataclass(frozen=True)
class WeekOfOrders:
    """What a dealer ordered of a category in the week from a Monday on."""

    dealer_id: int
    category: str
    week_on: dt.date
    units: float
    amount: float


def by_week(*, since: dt.date, until: dt.date, dealer_id: int | None = None) -> list[WeekOfOrders]:
    """Orders of dealers by category and week of their business day; what was cancelled was not ordered."""
    rows = OrderLine.objects.filter(
        order__ordered_on__range=(since, until), buyer_dealer_id__isnull=False, seller_supplier_id__isnull=True
    )
    if dealer_id is not None:
        rows = rows.filter(buyer_dealer_id=dealer_id)
    sums = (
        rows.exclude(order__state=State.CANCELLED)
        .values("buyer_dealer_id", "product__category", week=TruncWeek("order__ordered_on"))
        .annotate(units=Sum("quantity"), amount=Sum(F("quantity") * F("unit_price")))
        .order_by("buyer_dealer_id", "product__category", "week")
    )
    return [
        WeekOfOrders(
            row["buyer_dealer_id"], row["product__category"], row["week"], float(row["units"]), float(row["amount"])
        )
        for row in sums
    ]


@dataclass(frozen=True)
class ProductOrder:
    """A product in an order."""

    order_id: int
    number: str
    state: str
    ordered_on: dt.date
    quantity: Decimal
    received_quantity: Decimal | None

    @property
    def state_name(self) -> str:
        return str(State(self.state).label)


def orders_of_product(*, dealer_id: int, product_id: int, limit: int = 10) -> list[ProductOrder]:
    """The dealer's latest orders that hold a product, newest first."""
    rows = OrderLine.objects.filter(buyer_dealer_id=dealer_id, product_id=product_id, seller_supplier_id__isnull=True)
    columns = ("order_id", "order__number", "order__state", "order__ordered_on", "quantity", "received_quantity")
    return [ProductOrder(*row) for row in rows.order_by("-order__ordered_on", "-id").values_list(*columns)[:limit]]


def open_count(*, dealer_id: int | None = None) -> int:
    return _orders(dealer_id, open_only=True, search="").count()


def products_bought(*, dealer_id: int) -> set[int]:
    """Products that a dealer ever ordered of the enterprise, in orders that were not cancelled."""
    rows = OrderLine.objects.filter(order__buyer_dealer_id=dealer_id, order__seller_supplier__isnull=True)
    return set(rows.exclude(order__state=State.CANCELLED).values_list("product_id", flat=True).distinct())


def dealers_ordered_on(*, day: dt.date, origin_kind: str) -> set[int]:
    """Dealers with an order of that day and origin."""
    rows = Order.objects.filter(ordered_on=day, origin_kind=origin_kind, buyer_dealer_id__isnull=False)
    return set(rows.exclude(state=State.CANCELLED).values_list("buyer_dealer_id", flat=True))


def ordered_after(*, dealer_id: int, day: dt.date, open_only: bool = False) -> dict[int, float]:
    """Units by product id that the dealer ordered on later days, all of them or those that did not come yet."""
    rows = OrderLine.objects.filter(buyer_dealer_id=dealer_id, order__ordered_on__gt=day)
    if open_only:
        rows = rows.filter(order__state__in=OPEN_STATES)
    sums = rows.exclude(order__state=State.CANCELLED).values("product_id").annotate(units=Sum("quantity"))
    return {row["product_id"]: float(row["units"]) for row in sums}


@dataclass(frozen=True)
class AutomaticOrder:
    """An order that the system placed for a dealer within its limits."""

    id: int
    dealer_id: int
    number: str
    amount: Decimal
    ordered_on: dt.date
    cancelled: bool


def automatic_orders(*, dealer_id: int, since: dt.date | None = None, limit: int = 100) -> list[AutomaticOrder]:
    """Newest first."""
    rows = Order.objects.filter(buyer_dealer_id=dealer_id, automatic=True)
    if since is not None:
        rows = rows.filter(ordered_on__gte=since)
    return [
        AutomaticOrder(
            row.pk, dealer_id, row.number, row.amount, row.ordered_on, cancelled=row.state == State.CANCELLED
        )
        for row in rows.order_by("-id")[:limit]
    ]
