"""Reads of what was earned and of the evidence behind it. Call them inside a `tenancy.scope`."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Min, Sum

from firstmove.domains.incentives.models import EntryKind, RebateEntry
from firstmove.kernel.paging import Slice, sliced


@dataclass(frozen=True)
class EntryView:
    """One amount of the ledger with what it rests on: an order's line, a product's sell-out of a month, words.

    `amount` is in the currency or in points; `step` is the step that held when it was written.
    """

    id: int
    part_id: int
    dealer_id: int
    programme: str
    kind: str
    on: dt.date
    order_id: int | None
    order_number: str
    line: int | None
    product_id: int | None
    product_name: str
    month: dt.date | None
    cause: str
    statement_id: int | None
    basis: Decimal
    amount: Decimal
    step: int
    changed_at: dt.datetime

    @property
    def kind_name(self) -> str:
        return str(EntryKind(self.kind).label)


@dataclass(frozen=True)
class Evidence:
    """What one piece of evidence counts and earns now: the sum of its entries."""

    on: dt.date
    order_id: int | None
    order_number: str
    line: int | None
    product_id: int | None
    product_name: str
    month: dt.date | None
    basis: Decimal
    amount: Decimal


def entry_view(row: RebateEntry) -> EntryView:
    """Of a row with its participation's programme, product and adjustment."""
    return EntryView(
        id=row.pk,
        part_id=row.participation_id,
        dealer_id=row.dealer_id,
        programme=row.participation.programme.name,
        kind=row.kind,
        on=row.on,
        order_id=row.order_id,
        order_number=row.order_number,
        line=row.line,
        product_id=row.product_id,
        product_name=row.product.name if row.product else "",
        month=row.month,
        cause=row.adjustment.cause if row.adjustment else "",
        statement_id=row.statement_id,
        basis=row.basis,
        amount=row.amount,
        step=row.step,
        changed_at=row.changed_at,
    )


_WITH = ("participation__programme", "product", "adjustment")


def entries(*, part_id: int, offset: int = 0, limit: int = 50) -> tuple[list[EntryView], int]:
    """A page of a participation's entries, the latest first, and how many there are."""
    rows = RebateEntry.objects.filter(participation_id=part_id).order_by("-id")
    return [entry_view(row) for row in rows.select_related(*_WITH)[offset : offset + limit]], rows.count()


def entry_slice(
    *,
    dealer_id: int | None = None,
    programme_id: int | None = None,
    since: dt.datetime | None = None,
    place: Sequence[Any] | None = None,
    limit: int = 50,
) -> Slice[EntryView]:
    """Entries behind a place, by id, or with `since` those that were written from then on (see `kernel.paging`)."""
    rows = RebateEntry.objects.select_related(*_WITH)
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    if programme_id is not None:
        rows = rows.filter(participation__programme_id=programme_id)
    return sliced(rows, by=("id",), since=since, place=place, limit=limit, view=entry_view)


def evidence(*, part_id: int, offset: int = 0, limit: int = 50) -> tuple[list[Evidence], int]:
    """A page of what stands behind a participation, the latest first: evidence that came to nothing is left out.

    The amounts of all pages and of the adjustments are what was earned.
    """
    rows = (
        RebateEntry.objects.filter(participation_id=part_id)
        .filter(kind__in=(EntryKind.COUNTED, EntryKind.CHANGED, EntryKind.STEP))
        .values("order_id", "order_number", "line", "product_id", "product__name", "month")
        .annotate(day=Min("on"), counted=Sum("basis"), total=Sum("amount"))
        .exclude(counted=0, total=0)
        .order_by("-day", "-order_id", "line", "product_id")
    )
    found = [
        Evidence(
            on=row["day"],
            order_id=row["order_id"],
            order_number=row["order_number"],
            line=row["line"],
            product_id=row["product_id"],
            product_name=row["product__name"] or "",
            month=row["month"],
            basis=row["counted"],
            amount=row["total"],
        )
        for row in rows[offset : offset + limit]
    ]
    return found, rows.count()
