"""Reads of what came in. Call them inside a `tenancy.scope`; only the enterprise and the system see anything."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Max, Min, QuerySet, Sum

from firstmove.domains.intake.locks import is_held
from firstmove.domains.intake.models import Batch, BatchState, SetAside
from firstmove.kernel import tenancy
from firstmove.kernel.errors import NotFound
from firstmove.lake.feeds import FEEDS

# Columns of a feed whose cells tell nothing of a single customer, where the others may.
_NOT_OF_CUSTOMERS = {
    "sales": frozenset(FEEDS["sales"].schema) - {"customer"},
    "customers": frozenset({"dealer"}),
}


@dataclass(frozen=True)
class BatchView:
    """A file that was read. `problem` is what `words.file_sentence` puts into words; `state` is running, complete or
    failed, and an interrupted reading (killed, or the machine stopped) is failed with the problem code interrupted."""

    id: int
    source: str
    feed: str
    file_name: str
    state: str
    rows_read: int
    rows_added: int
    rows_replaced: int
    rows_unchanged: int
    rows_set_aside: int
    first_on: dt.date | None
    last_on: dt.date | None
    problem: Mapping[str, Any] | None
    started_at: dt.datetime
    finished_at: dt.datetime | None
    user_name: str

    @property
    def state_name(self) -> str:
        return str(BatchState(self.state).label)


@dataclass(frozen=True)
class SetAsideView:
    """A row that was set aside: `row` as a person counts in the file; `words.row_sentence` says why."""

    row: int
    reason: str
    column: str
    value: str
    raw: str


@dataclass(frozen=True)
class ReasonCount:
    reason: str
    column: str
    rows: int


@dataclass(frozen=True)
class FeedStatus:
    """What is known of a feed. `rows` is how many rows came in for good; the days are those of history feeds."""

    feed: str
    last: BatchView | None
    first_on: dt.date | None
    last_on: dt.date | None
    rows: int


def batches(*, limit: int = 50, offset: int = 0) -> tuple[list[BatchView], int]:
    """A page of batches, newest first, and how many there are in all."""
    rows = _batches().order_by("-started_at", "-id")
    return _views(rows[offset : offset + limit]), rows.count()


def batch(*, batch_id: int) -> BatchView:
    """Raises NotFound, also where the scope hides it."""
    found = _views(_batches().filter(id=batch_id))
    if not found:
        raise NotFound()
    return found[0]


def set_aside(*, batch_id: int, offset: int = 0, limit: int = 50) -> tuple[list[SetAsideView], int]:
    """A page of a batch's kept set-aside rows in file order, and how many were kept; the batch may count more.

    The enterprise sees no cell that could name a dealer's customer, since a broken row cannot be asked for the dealer's
    consent; the number of the row leads whoever has the file to it.
    """
    rows = SetAside.objects.filter(batch_id=batch_id).order_by("row", "id")
    fields = tuple(SetAsideView.__dataclass_fields__)
    found = [SetAsideView(**row) for row in rows.values(*fields)[offset : offset + limit]]
    reader = tenancy.current()
    if reader is not None and reader.kind == "enterprise":
        feed = Batch.objects.filter(id=batch_id).values_list("feed", flat=True).first() or ""
        found = [_without_customers(row, feed) for row in found]
    return found, rows.count()


def _without_customers(row: SetAsideView, feed: str) -> SetAsideView:
    if feed not in _NOT_OF_CUSTOMERS:
        return row
    return replace(row, raw="", value=row.value if row.column in _NOT_OF_CUSTOMERS[feed] else "")


def reasons_of(*, batch_id: int) -> list[ReasonCount]:
    """The kept set-aside rows of a batch counted by reason and column, the most frequent first."""
    rows = SetAside.objects.filter(batch_id=batch_id).values("reason", "column").annotate(rows=Count("id"))
    return [ReasonCount(**row) for row in rows.order_by("-rows", "reason", "column")]


def feeds_status() -> list[FeedStatus]:
    """Every feed of the contract, in its order, also those of which nothing came yet."""
    spans = {
        row["feed"]: row
        for row in Batch.objects.values("feed").annotate(
            first=Min("first_on"), last=Max("last_on"), rows=Sum("rows_added"), newest=Max("id")
        )
    }
    newest = {view.id: view for view in _views(_batches().filter(id__in=[row["newest"] for row in spans.values()]))}
    nothing = {"first": None, "last": None, "rows": 0, "newest": None}
    return [
        FeedStatus(
            feed=feed, last=newest.get(row["newest"]), first_on=row["first"], last_on=row["last"], rows=row["rows"]
        )
        for feed in FEEDS
        for row in (spans.get(feed, nothing),)
    ]


def last_days() -> dict[str, dt.date]:
    """The last day, not after the day of reading, that each history feed tells of. Feeds without history are absent."""
    rows = Batch.objects.filter(last_on__isnull=False).values("feed").annotate(last=Max("last_on"))
    return {row["feed"]: row["last"] for row in rows}


def _batches() -> QuerySet[Batch]:
    return Batch.objects.select_related("user")


def _views(rows: QuerySet[Batch]) -> list[BatchView]:
    found = list(rows)
    # A reading that was killed says RUNNING until the next intake; the lock of a live one tells them apart.
    killed = any(row.state == BatchState.RUNNING for row in found) and not is_held()
    return [_view(row, killed=killed) for row in found]


def _view(row: Batch, *, killed: bool) -> BatchView:
    interrupted = killed and row.state == BatchState.RUNNING
    return BatchView(
        id=row.pk,
        source=row.source,
        feed=row.feed,
        file_name=row.file_name,
        state=BatchState.FAILED if interrupted else row.state,
        rows_read=row.rows_read,
        rows_added=row.rows_added,
        rows_replaced=row.rows_replaced,
        rows_unchanged=row.rows_unchanged,
        rows_set_aside=row.rows_set_aside,
        first_on=row.first_on,
        last_on=row.last_on,
        problem={"code": "interrupted"} if interrupted else row.problem,
        started_at=row.started_at,
        finished_at=row.finished_at,
        user_name=row.user.name if row.user else "",
    )
