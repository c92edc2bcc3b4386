"""Reads of statements, claims, adjustments, disputes and points. Call them inside a `tenancy.scope`."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from firstmove.domains.incentives.models import (
    Adjustment,
    AdjustmentState,
    ClaimState,
    DisputeMessage,
    DisputeState,
    PointsAccount,
    PointsEntry,
    RebateClaim,
    RebateDispute,
    RebateEntry,
    RebateStatement,
)
from firstmove.domains.incentives.queries.ledger import EntryView, entry_view
from firstmove.domains.incentives.queries.programmes import PeriodView, period_view
from firstmove.kernel.errors import NotFound
from firstmove.kernel.paging import Slice, sliced


@dataclass(frozen=True)
class StatementView:
    """What a dealer got for a period. `credited_at` is empty for points, and where the account was not open."""

    id: int
    number: str
    dealer_id: int
    dealer_name: str
    period: PeriodView
    effect: str
    amount: Decimal
    made_on: dt.date
    credited_at: dt.datetime | None
    dispute_id: int | None
    dispute_state: str
    changed_at: dt.datetime

    @property
    def dispute_name(self) -> str:
        return str(DisputeState(self.dispute_state).label) if self.dispute_state else ""


@dataclass(frozen=True)
class ClaimView:
    id: int
    part_id: int
    programme: str
    dealer_id: int
    dealer_name: str
    words: str
    evidence: str
    amount: Decimal
    effect: str
    state: str
    answer: str
    made_at: dt.datetime
    made_by: str

    @property
    def state_name(self) -> str:
        return str(ClaimState(self.state).label)


@dataclass(frozen=True)
class AdjustmentView:
    id: int
    part_id: int
    programme: str
    dealer_id: int
    dealer_name: str
    amount: Decimal
    effect: str
    cause: str
    state: str
    claim_id: int | None
    asked_by_id: int | None
    asked_by: str
    asked_at: dt.datetime
    decided_by: str

    @property
    def state_name(self) -> str:
        return str(AdjustmentState(self.state).label)


@dataclass(frozen=True)
class MessageView:
    words: str
    by_dealer: bool
    by: str
    at: dt.datetime


@dataclass(frozen=True)
class DisputeView:
    """A dealer's objection to a statement, with all that was written, the earliest first."""

    id: int
    statement_id: int
    number: str
    programme: str
    dealer_id: int
    dealer_name: str
    state: str
    opened_at: dt.datetime
    messages: tuple[MessageView, ...] = ()

    @property
    def state_name(self) -> str:
        return str(DisputeState(self.state).label)


def _statements(dealer_id: int | None) -> QuerySet[RebateStatement]:
    rows = RebateStatement.objects.select_related("period__programme", "period__version", "dealer", "dispute")
    return rows if dealer_id is None else rows.filter(dealer_id=dealer_id)


def _statement_view(row: RebateStatement) -> StatementView:
    dispute = getattr(row, "dispute", None)
    return StatementView(
        id=row.pk,
        number=row.number,
        dealer_id=row.dealer_id,
        dealer_name=row.dealer.name,
        period=period_view(row.period),
        effect=row.effect,
        amount=row.amount,
        made_on=row.made_on,
        credited_at=row.credited_at,
        dispute_id=dispute.pk if dispute else None,
        dispute_state=dispute.state if dispute else "",
        changed_at=row.changed_at,
    )


def statements(
    *, dealer_id: int | None = None, period_id: int | None = None, offset: int = 0, limit: int = 50
) -> tuple[list[StatementView], int]:
    """A page of statements, the latest first, and how many there are."""
    rows = _statements(dealer_id).order_by("-made_on", "-id")
    if period_id is not None:
        rows = rows.filter(period_id=period_id)
    return [_statement_view(row) for row in rows[offset : offset + limit]], rows.count()


def statement_slice(
    *,
    dealer_id: int | None = None,
    since: dt.datetime | None = None,
    place: Sequence[Any] | None = None,
    limit: int = 50,
) -> Slice[StatementView]:
    """Statements behind a place, by id, or with `since` those that changed from then on (see `kernel.paging`)."""
    return sliced(_statements(dealer_id), by=("id",), since=since, place=place, limit=limit, view=_statement_view)


def statement(*, statement_id: int, dealer_id: int | None = None) -> StatementView:
    """Raises NotFound, also for somebody else's."""
    row = _statements(dealer_id).filter(id=statement_id).first()
    if row is None:
        raise NotFound()
    return _statement_view(row)


def statement_rows(*, statement_id: int, offset: int = 0, limit: int = 50) -> tuple[list[EntryView], int]:
    """A page of the entries that a statement settles, by the day of their evidence; in all they are its amount."""
    rows = RebateEntry.objects.filter(row__statement_id=statement_id).order_by("on", "order_id", "line", "id")
    shown = rows.select_related("participation__programme", "product", "adjustment")[offset : offset + limit]
    return [entry_view(row) for row in shown], rows.count()


def claims(*, dealer_id: int | None = None, part_id: int | None = None, open_only: bool = False) -> list[ClaimView]:
    """Claims, those that wait first, then the latest."""
    rows = _claims()
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    if part_id is not None:
        rows = rows.filter(participation_id=part_id)
    if open_only:
        rows = rows.filter(state=ClaimState.OPEN)
    found = [_claim_view(row) for row in rows.order_by("-id")[:200]]
    return sorted(found, key=lambda claim: claim.state != ClaimState.OPEN)


def claim(*, claim_id: int, dealer_id: int | None = None) -> ClaimView:
    """Raises NotFound, also for somebody else's."""
    rows = _claims().filter(id=claim_id)
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    row = rows.first()
    if row is None:
        raise NotFound()
    return _claim_view(row)


def _claims() -> QuerySet[RebateClaim]:
    return RebateClaim.objects.select_related(
        "participation__programme", "participation__period__version", "dealer", "made_by"
    )


def _claim_view(row: RebateClaim) -> ClaimView:
    return ClaimView(
        id=row.pk,
        part_id=row.participation_id,
        programme=row.participation.programme.name,
        dealer_id=row.dealer_id,
        dealer_name=row.dealer.name,
        words=row.words,
        evidence=row.evidence,
        amount=row.amount,
        effect=row.participation.period.version.effect,
        state=row.state,
        answer=row.answer,
        made_at=row.made_at,
        made_by=row.made_by.name if row.made_by else "",
    )


def adjustments(*, dealer_id: int | None = None, part_id: int | None = None, state: str = "") -> list[AdjustmentView]:
    """Adjustments, the latest first. A dealer is shown those that were approved."""
    rows = Adjustment.objects.select_related(
        "participation__programme", "participation__period__version", "dealer", "asked_by", "decided_by"
    )
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id, state=AdjustmentState.APPROVED)
    if part_id is not None:
        rows = rows.filter(participation_id=part_id)
    if state:
        rows = rows.filter(state=state)
    return [
        AdjustmentView(
            id=row.pk,
            part_id=row.participation_id,
            programme=row.participation.programme.name,
            dealer_id=row.dealer_id,
            dealer_name=row.dealer.name,
            amount=row.amount,
            effect=row.participation.period.version.effect,
            cause=row.cause,
            state=row.state,
            claim_id=row.claim_id,
            asked_by_id=row.asked_by_id,
            asked_by=row.asked_by.name if row.asked_by else "",
            asked_at=row.asked_at,
            decided_by=row.decided_by.name if row.decided_by else "",
        )
        for row in rows.order_by("-id")[:200]
    ]


def disputes(*, dealer_id: int | None = None, open_only: bool = False) -> list[DisputeView]:
    """Disputes without their messages, those that wait for an answer first."""
    rows = RebateDispute.objects.select_related("statement__period__programme", "dealer").order_by("-id")
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    if open_only:
        rows = rows.exclude(state=DisputeState.SETTLED)
    return sorted((_dispute_view(row) for row in rows[:200]), key=lambda one: one.state != DisputeState.OPEN)


def dispute(*, dispute_id: int, dealer_id: int | None = None) -> DisputeView:
    """With its messages. Raises NotFound, also for somebody else's."""
    rows = RebateDispute.objects.select_related("statement__period__programme", "dealer").filter(id=dispute_id)
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    row = rows.first()
    if row is None:
        raise NotFound()
    messages = DisputeMessage.objects.filter(dispute=row).select_related("user").order_by("id")
    return _dispute_view(
        row,
        tuple(MessageView(one.words, one.by_dealer, one.user.name if one.user else "", one.at) for one in messages),
    )


def _dispute_view(row: RebateDispute, messages: tuple[MessageView, ...] = ()) -> DisputeView:
    return DisputeView(
        id=row.pk,
        statement_id=row.statement_id,
        number=row.statement.number,
        programme=row.statement.period.programme.name,
        dealer_id=row.dealer_id,
        dealer_name=row.dealer.name,
        state=row.state,
        opened_at=row.opened_at,
        messages=messages,
    )


def points(*, dealer_id: int) -> Decimal:
    """The points that a dealer has."""
    return PointsAccount.objects.filter(dealer_id=dealer_id).values_list("balance", flat=True).first() or Decimal(0)


@dataclass(frozen=True)
class PointsLine:
    """Points that came (above zero) by a statement or went (below), and for what."""

    on: dt.date
    amount: Decimal
    statement_id: int | None
    words: str


def points_lines(*, dealer_id: int, limit: int = 50) -> list[PointsLine]:
    """The latest first."""
    rows = PointsEntry.objects.filter(dealer_id=dealer_id).order_by("-id")
    return [PointsLine(row.on, row.amount, row.statement_id, row.words) for row in rows[:limit]]
