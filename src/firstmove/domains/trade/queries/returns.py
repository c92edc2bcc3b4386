"""Reads of returns and credit notes. Call them inside a `tenancy.scope`."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, DecimalField, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from firstmove.domains.trade.models import (
    RETURN_ENDED,
    RETURN_STEPS,
    CreditNote,
    Return,
    ReturnCause,
    ReturnLine,
    ReturnState,
    ReturnStep,
)
from firstmove.domains.trade.queries.orders import OrderDetail, StepView
from firstmove.kernel.errors import NotFound
from firstmove.kernel.paging import Slice, sliced

RETURN_STATES = {state: state.label for state in ReturnState}
RETURN_CAUSES = {cause: cause.label for cause in ReturnCause}


@dataclass(frozen=True)
class ReturnView:
    """`credit` is empty until what came back was counted, and where it was worth nothing."""

    id: int
    number: str
    dealer_id: int
    dealer_name: str
    order_id: int
    order_number: str
    state: str
    cause: str
    words: str
    currency: str
    asked_on: dt.date
    sent_on: dt.date | None
    received_on: dt.date | None
    carrier: str
    tracking: str
    credit_note: str
    credit_note_id: int | None
    credit: Decimal | None
    units: Decimal
    changed_at: dt.datetime

    @property
    def state_name(self) -> str:
        return str(ReturnState(self.state).label)

    @property
    def cause_name(self) -> str:
        return str(ReturnCause(self.cause).label)


@dataclass(frozen=True)
class ReturnLineView:
    """Units; each figure is empty until it is known."""

    number: int
    order_line: int
    product_id: int
    sku: str
    product_name: str
    unit: str
    batch: str
    unit_price: Decimal
    tax_rate: Decimal | None
    asked: Decimal
    approved: Decimal | None
    sent: Decimal | None
    restocked: Decimal | None
    scrapped: Decimal | None

    @property
    def came(self) -> Decimal | None:
        return None if self.restocked is None or self.scrapped is None else self.restocked + self.scrapped

    @property
    def missing(self) -> Decimal:
        """Units that were sent and did not come."""
        return Decimal(0) if self.came is None else (self.sent or Decimal(0)) - self.came

    @property
    def amount(self) -> Decimal | None:
        return None if self.came is None else self.came * self.unit_price


@dataclass(frozen=True)
class ReturnDetail:
    view: ReturnView
    lines: list[ReturnLineView]
    steps: list[StepView]


@dataclass(frozen=True)
class Returnable:
    """A line of an order of which `left` units can still go back."""

    line: int
    product_id: int
    sku: str
    product_name: str
    unit: str
    unit_price: Decimal
    received: Decimal
    returned: Decimal

    @property
    def left(self) -> Decimal:
        return max(self.received - self.returned, Decimal(0))


@dataclass(frozen=True)
class CreditNoteView:
    """`parts`: (tax rate, amount with its tax); a rate of None is not known."""

    id: int
    number: str
    dealer_id: int
    noted_on: dt.date
    amount: Decimal
    order_id: int | None
    order_number: str
    return_id: int | None
    return_number: str
    parts: tuple[tuple[Decimal | None, Decimal], ...]


# What of a line counts as gone back: what came, else what is to come.
_GONE = Case(
    When(restocked__isnull=False, then=F("restocked") + F("scrapped")),
    default=Coalesce("sent", "approved", "asked"),
    output_field=DecimalField(max_digits=14, decimal_places=3),
)


def returned_units(*, order_id: int) -> dict[int, Decimal]:
    """Units by id of the order's line that went back or are asked to."""
    rows = ReturnLine.objects.filter(returned__order_id=order_id).exclude(returned__state__in=RETURN_ENDED)
    sums = rows.values("order_line_id").annotate(units=Sum(_GONE)).order_by()
    return {row["order_line_id"]: row["units"] for row in sums}


def returnable(*, order: OrderDetail) -> list[Returnable]:
    """The lines of an order of which something was received, with what went back."""
    came = [line for line in order.lines if line.received_quantity]
    gone = returned_units(order_id=order.order.id) if came else {}
    return [
        Returnable(
            line=line.number,
            product_id=line.product_id,
            sku=line.sku,
            product_name=line.product_name,
            unit=line.unit,
            unit_price=line.unit_price,
            received=line.received_quantity or Decimal(0),
            returned=gone.get(line.id, Decimal(0)),
        )
        for line in came
    ]


def _returns(dealer_id: int | None, state: str, search: str, order_id: int | None = None) -> QuerySet[Return]:
    rows = Return.objects.all()
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    if order_id is not None:
        rows = rows.filter(order_id=order_id)
    if state:
        rows = rows.filter(state=state)
    if search:
        holds = ReturnLine.objects.filter(product__search__contains=search.lower()).values("returned_id")
        rows = rows.filter(
            Q(number__icontains=search)
            | Q(order__number__icontains=search)
            | Q(dealer__name__icontains=search)
            | Q(id__in=holds)
        )
    return rows


def _shown(rows: QuerySet[Return]) -> QuerySet[Return]:
    none = Value(Decimal(0), output_field=DecimalField(max_digits=14, decimal_places=3))
    units = Coalesce(Sum("lines__asked"), none)
    return rows.select_related("dealer", "order", "credit_note").annotate(units=units)


def returns(
    *,
    dealer_id: int | None = None,
    state: str = "",
    search: str = "",
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[ReturnView], int]:
    """A page of returns, newest first, and how many there are. `search`: its or its order's number, a dealer, a
    product."""
    rows = _returns(dealer_id, state, search)
    ordered = _shown(rows).order_by("-asked_on", "-id")
    return [_view(row) for row in ordered[offset : offset + limit]], rows.count()


def returns_of_order(*, order_id: int) -> list[ReturnView]:
    """All returns of an order, the latest first."""
    return [_view(row) for row in _shown(_returns(None, "", "", order_id)).order_by("-id")]


def return_slice(
    *,
    dealer_id: int | None = None,
    state: str = "",
    search: str = "",
    since: dt.datetime | None = None,
    place: Sequence[Any] | None = None,
    limit: int = 50,
) -> Slice[ReturnView]:
    """Returns behind a place, newest first, or with `since` those that changed from then on (see `kernel.paging`)."""
    rows = _shown(_returns(dealer_id, state, search))
    return sliced(rows, by=("-asked_on", "-id"), since=since, place=place, limit=limit, view=_view)


def return_counts(*, dealer_id: int | None = None) -> dict[str, int]:
    """How many returns are in each state; states without any are absent."""
    rows = _returns(dealer_id, "", "").order_by().values("state").annotate(n=Count("id"))
    return {row["state"]: row["n"] for row in rows}


def goods_return(*, return_id: int, dealer_id: int | None = None) -> ReturnDetail:
    """Raises NotFound, also for a return of somebody else."""
    row = _shown(_returns(dealer_id, "", "").filter(id=return_id)).first()
    if row is None:
        raise NotFound()
    lines = ReturnLine.objects.filter(returned_id=return_id).select_related("product", "order_line").order_by("number")
    return ReturnDetail(view=_view(row), lines=[_line(line) for line in lines], steps=_timeline(row))


def credit_notes(*, dealer_id: int, offset: int = 0, limit: int = 50) -> tuple[list[CreditNoteView], int]:
    """A page of a dealer's credit notes, newest first, and how many there are."""
    rows = CreditNote.objects.filter(dealer_id=dealer_id).order_by("-noted_on", "-id")
    return [_note(row) for row in _whole(rows)[offset : offset + limit]], rows.count()


def credit_note(*, note_id: int, dealer_id: int | None = None) -> CreditNoteView:
    """Raises NotFound, also for a note of somebody else."""
    rows = CreditNote.objects.filter(id=note_id)
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    row = _whole(rows).first()
    if row is None:
        raise NotFound()
    return _note(row)


def _whole(rows: QuerySet[CreditNote]) -> QuerySet[CreditNote]:
    return rows.select_related("order", "goods_return").prefetch_related("parts")


def _note(row: CreditNote) -> CreditNoteView:
    back = getattr(row, "goods_return", None)
    parts = sorted(row.parts.all(), key=lambda part: -1 if part.tax_rate is None else part.tax_rate, reverse=True)
    return CreditNoteView(
        id=row.pk,
        number=row.number,
        dealer_id=row.dealer_id,
        noted_on=row.noted_on,
        amount=row.amount,
        order_id=row.order_id,
        order_number=row.order.number if row.order else "",
        return_id=back.pk if back else None,
        return_number=back.number if back else "",
        parts=tuple((part.tax_rate, part.amount) for part in parts),
    )


def _view(row: Any) -> ReturnView:
    note = row.credit_note
    return ReturnView(
        id=row.pk,
        number=row.number,
        dealer_id=row.dealer_id,
        dealer_name=row.dealer.name,
        order_id=row.order_id,
        order_number=row.order.number,
        state=row.state,
        cause=row.cause,
        words=row.words,
        currency=row.order.currency,
        asked_on=row.asked_on,
        sent_on=row.sent_on,
        received_on=row.received_on,
        carrier=row.carrier,
        tracking=row.tracking,
        credit_note=note.number if note else "",
        credit_note_id=note.pk if note else None,
        credit=note.amount if note else None,
        units=row.units,
        changed_at=row.changed_at,
    )


def _line(row: ReturnLine) -> ReturnLineView:
    return ReturnLineView(
        number=row.number,
        order_line=row.order_line.number,
        product_id=row.product_id,
        sku=row.product.sku,
        product_name=row.product.name,
        unit=row.product.unit,
        batch=row.batch,
        unit_price=row.unit_price,
        tax_rate=row.tax_rate,
        asked=row.asked,
        approved=row.approved,
        sent=row.sent,
        restocked=row.restocked,
        scrapped=row.scrapped,
    )


def _timeline(row: Return) -> list[StepView]:
    entered = {step.state: step for step in ReturnStep.objects.filter(returned=row).select_related("user")}
    states: tuple[ReturnState, ...] = RETURN_STEPS
    if row.state in RETURN_ENDED:
        states = (*(state for state in RETURN_STEPS if state in entered), ReturnState(row.state))
    return [
        StepView(
            state="cancelled" if state in RETURN_ENDED else "complete" if state == RETURN_STEPS[-1] else state,
            name=str(state.label),
            at=entered[state].at if state in entered else None,
            automatic=False,
            by=entered[state].user.name if state in entered and entered[state].user else "",
            current=state == row.state,
            note=entered[state].note if state in entered else "",
        )
        for state in states
    ]
