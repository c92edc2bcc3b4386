"""Reads of invoices and of what can still be invoiced. Call them inside a `tenancy.scope`."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from firstmove.domains.network.queries import currency
from firstmove.domains.trade.amounts import Rate, by_rate, shared, split
from firstmove.domains.trade.models import (
    CreditNotePart,
    Invoice,
    InvoiceKind,
    InvoicePart,
    InvoiceProfile,
    InvoiceState,
    Order,
    OrderLine,
    Shipment,
    State,
)
from firstmove.kernel.errors import NotFound
from firstmove.kernel.money import tax_within
from firstmove.kernel.paging import Slice, sliced

INVOICE_STATES = {state: state.label for state in InvoiceState}
INVOICE_KINDS = {kind: kind.label for kind in InvoiceKind}


@dataclass(frozen=True)
class Buyer:
    """To whom an invoice is made out. `kind`: "ordinary" or "special"; the latter needs everything but the e-mail."""

    kind: str
    title: str
    tax_number: str = ""
    address: str = ""
    phone: str = ""
    bank: str = ""
    bank_account: str = ""
    email: str = ""

    @property
    def kind_name(self) -> str:
        return str(InvoiceKind(self.kind).label)


@dataclass(frozen=True)
class Invoiceable:
    """A received order that stands on no invoice. `parts`: (tax rate, amount with its tax), less what was credited."""

    order_id: int
    number: str
    received_on: dt.date | None
    amount: Decimal
    parts: tuple[tuple[Rate, Decimal], ...]


@dataclass(frozen=True)
class InvoiceView:
    """Below zero it is a red letter that takes back a part of the invoice `corrects_id`."""

    id: int
    number: str
    dealer_id: int
    dealer_name: str
    state: str
    kind: str
    currency: str
    amount: Decimal
    requested_on: dt.date
    issued_on: dt.date | None
    invoice_number: str
    link: str
    note: str
    corrects_id: int | None
    corrects_number: str
    changed_at: dt.datetime

    @property
    def is_red(self) -> bool:
        return self.corrects_id is not None

    @property
    def state_name(self) -> str:
        return str(InvoiceState(self.state).label)

    @property
    def kind_name(self) -> str:
        return str(InvoiceKind(self.kind).label)


@dataclass(frozen=True)
class InvoicePartView:
    """`tax` is part of `amount`."""

    order_id: int
    order_number: str
    tax_rate: Decimal
    amount: Decimal
    tax: Decimal

    @property
    def net(self) -> Decimal:
        return self.amount - self.tax


@dataclass(frozen=True)
class InvoiceDetail:
    view: InvoiceView
    buyer: Buyer
    parts: list[InvoicePartView]
    red_letters: list[InvoiceView]


def invoice_profile(*, dealer_id: int) -> Buyer | None:
    row = InvoiceProfile.objects.filter(dealer_id=dealer_id).values(*Buyer.__dataclass_fields__).first()
    return None if row is None else Buyer(**row)


def invoiceable(*, dealer_id: int, order_ids: Collection[int] | None = None, limit: int = 100) -> list[Invoiceable]:
    """Received orders of a dealer of which something can be invoiced, all of some or the latest ones.

    A line without a tax rate takes its product's of today: orders of other systems bring none. Of an order that left in
    shipments all that left counts, as in the account: what came short or damaged is credited when its claim is settled.
    """
    live = InvoicePart.objects.filter(order=OuterRef("pk"), is_live=True, amount__gt=0)
    orders = Order.objects.filter(
        buyer_dealer_id=dealer_id, seller_supplier_id__isnull=True, state=State.COMPLETE, amount__gt=0
    ).exclude(Exists(live))
    # Credited whole before it was issued: nothing of it is left to ask for.
    orders = orders.order_by("-received_on", "-id")
    orders = orders[:limit] if order_ids is None else orders.filter(id__in=order_ids)
    rows = {order.pk: order for order in orders}
    lines: dict[int, list[tuple[Rate, Decimal, Decimal]]] = {}
    found = OrderLine.objects.filter(order_id__in=rows).annotate(rate=Coalesce("tax_rate", "product__tax_rate"))
    shipped = set(Shipment.objects.filter(order_id__in=rows).values_list("order_id", flat=True))
    for order_id, rate, ordered, cancelled, received, price in found.values_list(
        "order_id", "rate", "quantity", "cancelled_quantity", "received_quantity", "unit_price"
    ):
        kept = ordered - cancelled
        came = kept if received is None or order_id in shipped else min(received, kept)
        lines.setdefault(order_id, []).append((rate, came, price))
    unit = currency()
    sums = {order_id: split(by_rate(own), currency=unit) for order_id, own in lines.items()}
    credited = CreditNotePart.objects.filter(note__order_id__in=rows).order_by("id")
    for order_id, rate, amount in credited.values_list("note__order_id", "tax_rate", "amount"):
        own = sums.setdefault(order_id, {})
        for at, part in ({rate: amount} if rate in own else shared(amount, own, currency=unit)).items():
            own[at] = own.get(at, Decimal(0)) - part
    return [
        Invoiceable(order_id, row.number, row.received_on, sum(parts.values(), Decimal(0)), tuple(parts.items()))
        for order_id, row in rows.items()
        if (parts := {rate: amount for rate, amount in sums.get(order_id, {}).items() if amount > 0})
    ]


def _invoices(dealer_id: int | None, state: str, search: str) -> QuerySet[Invoice]:
    rows = Invoice.objects.all()
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    if state:
        rows = rows.filter(state=state)
    if search:
        orders = InvoicePart.objects.filter(order__number__icontains=search).values("invoice_id")
        rows = rows.filter(
            Q(number__icontains=search)
            | Q(invoice_number__icontains=search)
            | Q(dealer__name__icontains=search)
            | Q(id__in=orders)
        )
    return rows.select_related("dealer", "corrects")


def invoices(
    *, dealer_id: int | None = None, state: str = "", search: str = "", offset: int = 0, limit: int = 50
) -> tuple[list[InvoiceView], int]:
    """A page of invoices, newest first, and how many there are. `search`: a number, of an order too, or a dealer."""
    rows = _invoices(dealer_id, state, search)
    ordered = rows.order_by("-requested_on", "-id")
    return [_view(row) for row in ordered[offset : offset + limit]], rows.count()


def invoice_slice(
    *,
    dealer_id: int | None = None,
    state: str = "",
    search: str = "",
    since: dt.datetime | None = None,
    place: Sequence[Any] | None = None,
    limit: int = 50,
) -> Slice[InvoiceView]:
    """Invoices behind a place, newest first, or with `since` those that changed from then on (see `kernel.paging`)."""
    rows = _invoices(dealer_id, state, search)
    return sliced(rows, by=("-requested_on", "-id"), since=since, place=place, limit=limit, view=_view)


def invoice_counts(*, dealer_id: int | None = None) -> dict[str, int]:
    """How many invoices are in each state; states without any are absent."""
    rows = _invoices(dealer_id, "", "").order_by().values("state").annotate(n=Count("id"))
    return {row["state"]: row["n"] for row in rows}


def invoice(*, invoice_id: int, dealer_id: int | None = None) -> InvoiceDetail:
    """Raises NotFound, also for an invoice of somebody else."""
    row = _invoices(dealer_id, "", "").filter(id=invoice_id).first()
    if row is None:
        raise NotFound()
    parts = InvoicePart.objects.filter(invoice=row).select_related("order").order_by("order__number", "-tax_rate")
    return InvoiceDetail(
        view=_view(row),
        buyer=Buyer(**row.buyer),
        parts=[
            InvoicePartView(
                order_id=part.order_id,
                order_number=part.order.number,
                tax_rate=part.tax_rate,
                amount=part.amount,
                tax=tax_within(part.amount, rate=part.tax_rate, currency=row.currency),
            )
            for part in parts
        ],
        red_letters=[_view(red) for red in _invoices(None, "", "").filter(corrects=row).order_by("id")],
    )


def _view(row: Invoice) -> InvoiceView:
    return InvoiceView(
        id=row.pk,
        number=row.number,
        dealer_id=row.dealer_id,
        dealer_name=row.dealer.name,
        state=row.state,
        kind=row.kind,
        currency=row.currency,
        amount=row.amount,
        requested_on=row.requested_on,
        issued_on=row.issued_on,
        invoice_number=row.invoice_number,
        link=row.link,
        note=row.note,
        corrects_id=row.corrects_id,
        corrects_number=row.corrects.invoice_number if row.corrects else "",
        changed_at=row.changed_at,
    )
