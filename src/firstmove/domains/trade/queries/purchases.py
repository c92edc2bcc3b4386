"""Reads of orders from suppliers: the enterprise's, and dealers' where it allows them. Inside a `tenancy.scope`.

A supplier sees an order from the moment it was sent, which callers say by `supplier_id`; a dealer its own, by
`dealer_id`. Without either they are the enterprise's.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from firstmove.domains.network.direct_supply import permissions
from firstmove.domains.network.queries import dealer_names
from firstmove.domains.trade.models import OPEN_STATES, Order, OrderLine, State
from firstmove.domains.trade.queries.orders import StepView, timeline
from firstmove.kernel.errors import NotFound
from firstmove.kernel.paging import Slice, sliced

# A supplier does not see what was not sent.
NOT_SENT = (State.ORDER_REVIEW, State.FINANCE_REVIEW)
# What the states of an order are called where the enterprise buys.
NAMES = {
    State.ORDER_REVIEW: _("Proposed"),
    State.FINANCE_REVIEW: _("Awaiting finance review"),
    State.RELEASE_REVIEW: _("Awaiting the supplier"),
    State.TO_SHIP: _("Confirmed by the supplier"),
    State.IN_TRANSIT: _("On its way"),
    State.COMPLETE: _("Received"),
    State.CANCELLED: _("Cancelled"),
}


@dataclass(frozen=True)
class PurchaseView:
    """`expected_on` was asked for, `promised_on` is what the supplier confirmed."""

    id: int
    number: str
    supplier_id: int
    supplier_name: str
    state: str
    currency: str
    amount: Decimal
    line_count: int
    price_assumed: bool
    ordered_on: dt.date
    expected_on: dt.date | None
    promised_on: dt.date | None
    received_on: dt.date | None
    changed_at: dt.datetime
    # Empty where the enterprise buys.
    buyer_dealer_id: int | None = None
    buyer_name: str = ""

    @property
    def state_name(self) -> str:
        return str(NAMES[State(self.state)])

    def is_late(self, *, today: dt.date) -> bool:
        """Promised, or asked for, on a day that is over, and not here."""
        due = self.promised_on or self.expected_on
        return self.state in OPEN_STATES and due is not None and due < today


@dataclass(frozen=True)
class PurchaseLine:
    number: int
    product_id: int
    sku: str
    product_name: str
    unit: str
    quantity: Decimal
    confirmed_quantity: Decimal | None
    received_quantity: Decimal | None
    unit_price: Decimal

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.unit_price

    @property
    def coming(self) -> Decimal:
        """What is to come of it: what was confirmed, else what was ordered."""
        return self.quantity if self.confirmed_quantity is None else self.confirmed_quantity


@dataclass(frozen=True)
class PurchaseDetail:
    order: PurchaseView
    lines: list[PurchaseLine]
    steps: list[StepView]


def _view(row: Order, buyers: Mapping[int, str]) -> PurchaseView:
    if row.seller_supplier is None:
        raise NotFound()
    named = ("supplier_id", "supplier_name", "buyer_name")
    names = [name for name in PurchaseView.__dataclass_fields__ if name not in named]
    return PurchaseView(
        **{name: getattr(row, name) for name in names},
        supplier_id=row.seller_supplier.pk,
        supplier_name=row.seller_supplier.name,
        buyer_name=buyers.get(row.buyer_dealer_id or 0, ""),
    )


def _purchases(supplier_id: int | None, dealer_id: int | None = None) -> QuerySet[Order]:
    rows = Order.objects.filter(seller_supplier_id__isnull=False).select_related("seller_supplier")
    if supplier_id is not None:
        return rows.filter(seller_supplier_id=supplier_id).exclude(state__in=NOT_SENT)
    if dealer_id is not None:
        return rows.filter(buyer_dealer_id=dealer_id)
    return rows.filter(buyer_dealer_id__isnull=True)


def _buyers() -> dict[int, str]:
    """Names of dealers that may buy of suppliers, as the permission tells them: a supplier sees no dealer's row."""
    return {one.dealer_id: one.dealer_name for one in permissions()}


def _found(supplier_id: int | None, state: str, search: str, dealer_id: int | None = None) -> QuerySet[Order]:
    rows = _purchases(supplier_id, dealer_id)
    if state:
        rows = rows.filter(state=state)
    if search:
        holds = OrderLine.objects.filter(product__search__contains=search.lower()).values("order_id")
        rows = rows.filter(Q(number__icontains=search) | Q(seller_supplier__name__icontains=search) | Q(id__in=holds))
    return rows


def purchase_slice(
    *,
    supplier_id: int | None = None,
    state: str = "",
    search: str = "",
    since: dt.datetime | None = None,
    place: Sequence[Any] | None = None,
    limit: int = 50,
) -> Slice[PurchaseView]:
    """Purchase orders behind a place, newest first, or with `since` those that changed from then on."""
    rows, buyers = _found(supplier_id, state, search), _buyers()
    view = partial(_view, buyers=buyers)
    return sliced(rows, by=("-ordered_on", "-id"), since=since, place=place, limit=limit, view=view)


def purchases(
    *,
    supplier_id: int | None = None,
    dealer_id: int | None = None,
    state: str = "",
    search: str = "",
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[PurchaseView], int]:
    """A page of orders from suppliers, newest first, and how many there are.

    `search`: a number, a supplier, a product.
    """
    rows = _found(supplier_id, state, search, dealer_id).order_by("-ordered_on", "-id")
    buyers = _buyers()
    return [_view(row, buyers) for row in rows[offset : offset + limit]], rows.count()


def dealers_purchases(*, limit: int = 50) -> tuple[list[PurchaseView], int]:
    """Orders of dealers from suppliers as far as the scope shows them, newest first, and how many those are."""
    rows = Order.objects.filter(seller_supplier_id__isnull=False, buyer_dealer_id__isnull=False)
    shown = list(rows.select_related("seller_supplier").order_by("-ordered_on", "-id")[:limit])
    buyers = dealer_names(sorted({row.buyer_dealer_id for row in shown if row.buyer_dealer_id is not None}))
    return [_view(row, buyers) for row in shown], rows.count()


def purchase_counts(*, supplier_id: int | None = None, dealer_id: int | None = None) -> dict[str, int]:
    """How many orders from suppliers are in each state; states without one are absent."""
    rows = _purchases(supplier_id, dealer_id).select_related(None).order_by().values_list("state")
    return dict(rows.annotate(Count("id")))


def purchase(*, order_id: int, supplier_id: int | None = None, dealer_id: int | None = None) -> PurchaseDetail:
    """Raises NotFound, also for an order of another party, or one that was not sent."""
    row = _purchases(supplier_id, dealer_id).filter(id=order_id).first()
    if row is None:
        raise NotFound()
    lines = [
        PurchaseLine(
            line.number,
            line.product_id,
            line.product.sku,
            line.product.name,
            line.product.unit,
            line.quantity,
            line.confirmed_quantity,
            line.received_quantity,
            line.unit_price,
        )
        for line in OrderLine.objects.filter(order=row).select_related("product").order_by("number")
    ]
    steps = [
        replace(step, name=str(NAMES[State(step.state)]))
        for step in timeline(row)
        if step.state != State.FINANCE_REVIEW
    ]
    return PurchaseDetail(_view(row, {} if row.buyer_dealer_id is None else _buyers()), lines, steps)


# What the states are called, by state, in their order.
PURCHASE_STATES = {str(state.value): name for state, name in NAMES.items()}


def units_on_purchase(*, product_ids: Collection[int], supplier_id: int | None = None) -> dict[int, Decimal]:
    """Units of products on purchase orders that have not come, by product id: confirmed, or else ordered.

    For a supplier, those that were sent to it, by whomever.
    """
    rows = OrderLine.objects.filter(
        product_id__in=list(product_ids), seller_supplier_id__isnull=False, order__state__in=OPEN_STATES
    )
    if supplier_id is None:
        rows = rows.filter(buyer_dealer_id__isnull=True)
    else:
        rows = rows.filter(seller_supplier_id=supplier_id).exclude(order__state__in=NOT_SENT)
    found: dict[int, Decimal] = {}
    for product_id, confirmed, ordered in rows.values_list("product_id", "confirmed_quantity", "quantity"):
        found[product_id] = found.get(product_id, Decimal(0)) + (ordered if confirmed is None else confirmed)
    return found
