"""Reads of planning runs and what they assumed."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from firstmove.domains.planning.models import (
    Proposal,
    Run,
    RunState,
)
from firstmove.kernel.errors import NotFound
from firstmove.kernel.paging import Slice, after
from firstmove.kernel.reading import once


@dataclass(frozen=True)
class RunView:
    id: int
    as_of: dt.date
    state: str
    assumed: tuple[str, ...]
    scenario: dict[str, Any]
    versions: dict[str, int]
    stale: tuple[str, ...]
    dealers: int
    proposals: int
    pairs: int
    lines: int
    quantity: Decimal
    amount: Decimal
    seconds: float
    error: str
    started_at: dt.datetime
    finished_at: dt.datetime | None

    @property
    def state_name(self) -> str:
        return str(RunState(self.state).label)


def _run_view(row: Run) -> RunView:
    return RunView(
        id=row.pk,
        as_of=row.as_of,
        state=row.state,
        assumed=tuple(row.assumed),
        scenario=row.scenario,
        versions=row.versions,
        stale=tuple(row.stale),
        dealers=row.dealers,
        proposals=row.proposals,
        pairs=row.pairs,
        lines=row.lines,
        quantity=row.quantity,
        amount=row.amount,
        seconds=row.seconds,
        error=row.error,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def runs(*, offset: int = 0, limit: int = 50) -> tuple[list[RunView], int]:
    rows = Run.objects.defer("pooled").order_by("-id")
    return [_run_view(row) for row in rows[offset : offset + limit]], rows.count()


def run_slice(*, place: Sequence[Any] | None = None, limit: int = 50) -> Slice[RunView]:
    """Runs behind a place, the latest first (see `kernel.paging`)."""
    return after(Run.objects.defer("pooled"), by=("-id",), place=place, limit=limit, view=_run_view)


def run(*, run_id: int) -> RunView:
    row = Run.objects.defer("pooled").filter(id=run_id).first()
    if row is None:
        raise NotFound()
    return _run_view(row)


def latest_run() -> RunView | None:
    """The latest complete run; None before the first."""
    row = Run.objects.defer("pooled").filter(state=RunState.COMPLETE).order_by("-id").first()
    return None if row is None else _run_view(row)


@dataclass(frozen=True)
class Assumptions:
    """What no feed gave and the scenario supplied: of "stock", "price", "lead_time", "order_days"."""

    names: tuple[str, ...]
    scenario: dict[str, Any]


@once
def assumptions(*, dealer_id: int | None = None) -> Assumptions:
    """Those on which a dealer's latest proposal rests, or, without a dealer, the latest run."""
    if dealer_id is not None:
        rows = Proposal.objects.filter(dealer_id=dealer_id).order_by("-id").values_list("assumed", "assumptions")
    else:
        rows = Run.objects.filter(state=RunState.COMPLETE).order_by("-id").values_list("assumed", "scenario")
    names, scenario = rows.first() or ([], {})
    return Assumptions(tuple(names), scenario)
