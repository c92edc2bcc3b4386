"""Reads of how long dealers' orders take."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firstmove.domains.planning.models import DealerLeadTime


@dataclass(frozen=True)
class LeadTimeView:
    """Days from order to receipt. `source`: "learned", "given", "network" or "assumed"; `orders`: learned from them."""

    low: int
    median: int
    high: int
    orders: int
    source: str


def lead_time(*, dealer_id: int) -> LeadTimeView | None:
    """By the latest run; None before the first."""
    row = DealerLeadTime.objects.filter(dealer_id=dealer_id).first()
    return None if row is None else LeadTimeView(row.low, row.median, row.high, row.orders, row.source)


def lead_time_of(facts: Mapping[str, Any]) -> LeadTimeView | None:
    """What a proposal kept of it; None where it was made before lead times were learned."""
    return LeadTimeView(**facts) if facts else None
