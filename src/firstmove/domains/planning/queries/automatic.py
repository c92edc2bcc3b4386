"""Reads of automatic ordering: who has it on, within what limits, and what it did."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from firstmove.domains.planning.models import (
    AttemptOutcome,
    AutomaticAttempt,
    AutomaticOrdering,
    AutomaticPause,
    ClosedBecause,
)


@dataclass(frozen=True)
class AutomaticView:
    """A dealer's consent. `closed_because` says why it is off where it once was on."""

    dealer_id: int
    dealer_name: str
    is_on: bool
    most_per_order: Decimal
    most_per_month: Decimal
    stops_at_unusual: bool
    at_hour: int
    changed_at: dt.datetime
    changed_by: str
    closed_because: str

    @property
    def closed_name(self) -> str:
        return str(ClosedBecause(self.closed_because).label) if self.closed_because else ""

    @property
    def was_closed(self) -> bool:
        """Whether the system closed it, and not its owner."""
        return bool(self.closed_because) and self.closed_because != ClosedBecause.OWNER


@dataclass(frozen=True)
class AttemptView:
    """What automatic ordering made of a morning's proposal."""

    id: int
    dealer_id: int
    dealer_name: str
    proposal_id: int
    for_on: dt.date
    outcome: str
    facts: dict[str, Any]
    order_id: int | None
    at: dt.datetime

    @property
    def outcome_name(self) -> str:
        return str(AttemptOutcome(self.outcome).label)


@dataclass(frozen=True)
class PauseView:
    is_paused: bool
    changed_at: dt.datetime | None
    changed_by: str


def automatic(*, dealer_id: int) -> AutomaticView | None:
    """None where it was never on."""
    row = AutomaticOrdering.objects.filter(dealer_id=dealer_id).select_related("dealer", "changed_by").first()
    return None if row is None else _view(row)


def all_automatic() -> list[AutomaticView]:
    """Every dealer who ever switched it on, those who have it on first."""
    rows = AutomaticOrdering.objects.select_related("dealer", "changed_by").order_by("-is_on", "dealer__name")
    return [_view(row) for row in rows]


def _view(row: AutomaticOrdering) -> AutomaticView:
    return AutomaticView(
        dealer_id=row.dealer_id,
        dealer_name=row.dealer.name,
        is_on=row.is_on,
        most_per_order=row.most_per_order,
        most_per_month=row.most_per_month,
        stops_at_unusual=row.stops_at_unusual,
        at_hour=row.at_hour,
        changed_at=row.changed_at,
        changed_by=row.changed_by.name if row.changed_by else "",
        closed_because=row.closed_because,
    )


def attempts(*, dealer_id: int | None = None, offset: int = 0, limit: int = 50) -> tuple[list[AttemptView], int]:
    """Newest first."""
    rows = AutomaticAttempt.objects.select_related("dealer", "proposal").order_by("-id")
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    found = [
        AttemptView(
            row.pk, row.dealer_id, row.dealer.name, row.proposal_id, row.proposal.for_on, row.outcome, row.facts,
            row.order_id, row.at,
        )
        for row in rows[offset : offset + limit]
    ]  # fmt: skip
    return found, rows.count()


def pause() -> PauseView:
    row = AutomaticPause.objects.select_related("changed_by").first()
    if row is None:
        return PauseView(False, None, "")
    return PauseView(row.is_paused, row.changed_at, row.changed_by.name if row.changed_by else "")
