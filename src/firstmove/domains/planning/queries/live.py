"""Reads of live measures: differences that were seen. They add to nothing, least of all to what was worked out."""

import datetime as dt
from dataclasses import dataclass

from firstmove.domains.planning.models import Comparison, LiveMeasure, Metric


@dataclass(frozen=True)
class MeasureView:
    """A measured difference in the metric's unit; `low` and `high` are None where too little is known."""

    comparison: str
    metric: str
    from_on: dt.date
    until_on: dt.date
    base_from_on: dt.date
    base_until_on: dt.date
    base: float
    difference: float
    low: float | None
    high: float | None
    verdict: str
    clusters: int
    advised: int | None
    held: int | None
    detectable: float | None
    held_needed: int | None

    @property
    def comparison_name(self) -> str:
        return str(Comparison(self.comparison).label)

    @property
    def metric_name(self) -> str:
        return str(Metric(self.metric).label)

    @property
    def is_better(self) -> bool:
        """Whether the direction is the good one; of the days from order to receipt fewer are better."""
        return (self.difference < 0) == (self.metric == Metric.CYCLE)


def measures(*, dealer_id: int | None = None) -> list[MeasureView]:
    """Of a dealer, or without one of the network; the experiment first."""
    rows = LiveMeasure.objects.filter(dealer_id=dealer_id)
    names = tuple(MeasureView.__dataclass_fields__)
    order = {name: number for number, name in enumerate((*Comparison.values, *Metric.values))}
    views = [MeasureView(**row) for row in rows.values(*names)]
    return sorted(views, key=lambda one: (order[one.comparison], order[one.metric]))
