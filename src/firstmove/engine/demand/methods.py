"""Ways to see demand that can stand in for each other: the same questions, answered by another distribution.

- `pooled`: the kernel of the engine (`distribution`).
- `textbook`: a normal distribution around the mean of 28 days, with the deviation of independent days. What most
  systems do; a method that is dearer than it is no progress.
- `boosted`: trees (`boosted`), where somebody grew them.

An order asks for three spans at once: lead time, review and both, and the lead time may be a mixture. Trees are grown
for one. What they know beyond the pooled quantiles of that span is carried to the others in units of each pair's own
dispersion: at their own span the answer is the trees', elsewhere the pooled quantile moved by so many dispersions. How
much that loses is no matter of belief: a method is replayed as it would be used (`twin.trials`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.demand import boosted as trees
from firstmove.engine.demand.boosted import BoostedDemand, BoostedQuantiles
from firstmove.engine.demand.calendar import PairCalendar
from firstmove.engine.demand.distribution import CEILING, PooledQuantiles, SpanDemand, Spans, over
from firstmove.engine.frames import InvalidFrameError, require_rows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Demand = Callable[[Spans], SpanDemand]
"""Demand of the same pairs over a span: one number of days (or key of a mixture), or one for each pair."""

POOLED, TEXTBOOK, BOOSTED = METHODS = ("pooled", "textbook", "boosted")
RECENT_DAYS, SPREAD_DAYS = 28, 182


@dataclass(frozen=True, eq=False)
class TextbookDemand(SpanDemand):
    """Normal: mean of 28 days × days, deviation of 182 days × √days, both [n].

    Source: Silver, Pyke and Thomas, Inventory and Production Management, 4th ed., section 6.7. Example: 2 a day with
    a deviation of 3, 16 days: 32 on average, and 32 + 1.645 × 12 = 51.7 in nineteen of twenty cases.
    """

    def quantiles(self, probabilities: Sequence[float]) -> Floats:
        """As `SpanDemand.quantiles`, without its ceiling: the textbook has none."""
        z = np.array([NormalDist().inv_cdf(share) for share in _shares(probabilities)])
        units = self.expected_units[:, None] + self.dispersion_units[:, None] * z
        return np.asarray(np.maximum(units, 0.0), np.float64)


@dataclass(frozen=True, eq=False)
class CarriedDemand(SpanDemand):
    """Pooled quantiles moved by what the trees know beyond them at the span that they were grown for."""

    plain: SpanDemand
    grown: BoostedDemand
    grown_plain: SpanDemand

    def quantiles(self, probabilities: Sequence[float]) -> Floats:
        """As `SpanDemand.quantiles`."""
        wanted = np.asarray(_shares(probabilities), np.float64)
        order = np.argsort(wanted, kind="stable")
        ascending = wanted[order].tolist()
        known = self.grown.quantiles(ascending) - self.grown_plain.quantiles(ascending)
        ratio = self.dispersion_units / np.maximum(self.grown_plain.dispersion_units, 1e-12)
        units = self.plain.quantiles(ascending) + known * ratio[:, None]
        units = np.maximum.accumulate(np.clip(units, 0.0, CEILING * self.largest_units[:, None]), axis=1)
        found = np.empty_like(units)
        found[:, order] = units
        return found


@dataclass(frozen=True, eq=False)
class MixedDemand(SpanDemand):
    """Each pair by its own method: `parts` are (rows [k], demand of those rows)."""

    parts: tuple[tuple[Ints, SpanDemand], ...]

    def quantiles(self, probabilities: Sequence[float]) -> Floats:
        """As `SpanDemand.quantiles`."""
        out = np.zeros((len(self.expected_units), len(probabilities)))
        for rows, demand in self.parts:
            out[rows] = demand.quantiles(probabilities)
        return out


def seen_by(
    method: str,
    history: NDArray[np.float32],
    pooled: PooledQuantiles,
    *,
    boosted: BoostedQuantiles | None = None,
    grown: BoostedDemand | None = None,
    calendar: PairCalendar | None = None,
) -> Demand:
    """Demand after history [n, days] as `method` sees it. `pooled` knows every span that will be asked for.

    `boosted` needs trees, and their span among the pooled ones; `grown` is what they say of these pairs where somebody
    has asked them before. A `calendar` of these pairs moves the pooled method alone: trees have last year's weeks among
    what they look at, and the textbook is what it is compared with. Raises `InvalidFrameError` for an unknown method,
    or for `boosted` without trees.
    """
    if method == POOLED and calendar is not None:
        return lambda span: calendar.lifted(over(history, pooled, span=span))
    if method == POOLED:
        return lambda span: over(history, pooled, span=span)
    if method == TEXTBOOK:
        return lambda span: _textbook(history, over(history, pooled, span=span))
    if method != BOOSTED or boosted is None:
        raise InvalidFrameError(f"{method!r} is no method, or lacks its trees; there are {', '.join(METHODS)}.")
    said = grown if grown is not None else trees.over(history, boosted)[0]
    beside = over(history, pooled, span=boosted.span)

    def carried(span: Spans) -> SpanDemand:
        plain = over(history, pooled, span=span)
        return CarriedDemand(**_centre(plain), plain=plain, grown=said, grown_plain=beside)

    return carried


def mixed(
    methods: Sequence[str],
    history: NDArray[np.float32],
    pooled: PooledQuantiles,
    *,
    boosted: BoostedQuantiles | None = None,
    calendar: PairCalendar | None = None,
) -> Demand:
    """Demand of each pair as its own of `methods` [n] sees it. A pair's numbers depend on that pair alone."""
    require_rows([("history", len(history)), ("methods", len(methods))])
    names = np.asarray(methods, dtype=np.str_)
    groups = []
    for method in sorted(set(methods)):
        rows = np.flatnonzero(names == method)
        own = np.ascontiguousarray(history[rows])
        ahead = None if calendar is None else calendar.of(rows)
        groups.append((rows, seen_by(method, own, pooled, boosted=boosted, calendar=ahead)))

    def together(span: Spans) -> SpanDemand:
        spans = np.broadcast_to(np.asarray(span, np.int64), (len(history),))
        parts = tuple((rows, demand(spans[rows])) for rows, demand in groups)
        fields: dict[str, Any] = {name: np.empty(len(history), kind) for name, kind in _FIELDS.items()}
        for rows, demand in parts:
            for name, values in fields.items():
                values[rows] = getattr(demand, name)
        return MixedDemand(**fields, pooled=pooled, parts=parts)

    return together


_FIELDS = {
    "span": np.int64,
    "days": np.int64,
    "expected_units": np.float64,
    "dispersion_units": np.float64,
    "largest_units": np.float64,
    "peak_units": np.float64,
    "third_units": np.float64,
}


def _textbook(history: NDArray[np.float32], plain: SpanDemand) -> TextbookDemand:
    days = history.shape[1]
    recent = history[:, max(days - RECENT_DAYS, 0) :].mean(axis=1, dtype=np.float64)
    spread = history[:, max(days - SPREAD_DAYS, 0) :].std(axis=1, dtype=np.float64)
    centre = _centre(plain) | {
        "expected_units": recent * plain.days,
        "dispersion_units": spread * np.sqrt(plain.days),
    }
    return TextbookDemand(**centre)


def _centre(plain: SpanDemand) -> dict[str, Any]:
    return {name: getattr(plain, name) for name in (*_FIELDS, "pooled")}


def _shares(probabilities: Sequence[float]) -> list[float]:
    shares = [float(share) for share in probabilities]
    if any(not 0 < share < 1 for share in shares):
        raise InvalidFrameError("probabilities must lie between 0 and 1.")
    return shares
