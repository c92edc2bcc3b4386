"""Challenger of the pooled quantiles: gradient boosting on what a pair, its network and its customers show.

Two quantiles of the studentised sum over the span are boosted (LightGBM): anchors. The whole distribution is read from
a pooled table of (sum - low anchor) / (high anchor - low anchor), by classes of width and volume. Extreme quantiles
that are boosted one by one need many rows each and cross; anchors need two models, and the tail comes from all pairs of
a class. The table is made from other pairs than those that the trees were grown on, so it knows how wrong the anchors
are on pairs that they have not seen.

So that no pair is lost to either, it is done twice (cross-fitting): trees of each half of the pairs get their table
from the other half, and quantiles are the mean of both. The mean of two quantile functions keeps the shape of both,
where the mean of their probabilities would be wider than either (Ratcliff, Psychological Bulletin 86, 1979).

As with the pooled quantiles there are two passes: `train` sees everything once, `over` is a function of a pair alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.demand.distribution import (
    CEILING,
    PROBABILITIES,
    PooledQuantiles,
    Seen,
    SpanDemand,
    content_hash,
    seen_from,
)
from firstmove.engine.demand.features import features
from firstmove.engine.frames import InvalidFrameError

# Imported where trees are grown or read: most processes never do, and it takes long to load.
if TYPE_CHECKING:
    import lightgbm

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Driver = Callable[[Ints], NDArray[np.float32]]
"""Further numbers of each pair as known on each of some mornings: mornings [m] -> [n, m, k]."""

ANCHORS = (0.8, 0.93)
HALVES = 2
ORIGIN_STEP_DAYS = 14
FIRST_ORIGIN_DAY = 378
LEAST_WIDTH = 0.2
WIDTH_CLASSES, VOLUME_CLASSES = 8, 5
LEAST_SAMPLES = 5_000
LEAST_CLASS_SAMPLES = 300
ROUNDS = 60
TREES: dict[str, Any] = {
    "objective": "quantile",
    "num_leaves": 48,
    "learning_rate": 0.1,
    "min_data_in_leaf": 400,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 63,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 2,
    "verbose": -1,
}


class TooLittleToLearnError(InvalidFrameError):
    """There are too few pairs or too few days to grow trees on: stay with the pooled quantiles."""


@dataclass(frozen=True)
class Half:
    """Trees grown on one half of the pairs, as LightGBM's text, and the table around their anchors from the other."""

    low_trees: str
    high_trees: str
    width_edges: tuple[float, ...]
    volume_edges: tuple[float, ...]
    table: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class BoostedQuantiles:
    """What `train` learns for one span."""

    span: int
    probabilities: tuple[float, ...]
    halves: tuple[Half, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `from_dict` reads them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "BoostedQuantiles":
        """What `to_dict` wrote."""
        halves = tuple(Half(**{name: _tuples(value) for name, value in half.items()}) for half in data["halves"])
        return cls(**{**{name: _tuples(value) for name, value in data.items()}, "halves": halves})


def _tuples(value: Any) -> Any:
    """JSON's lists as the tuples that they were."""
    return tuple(_tuples(part) for part in value) if isinstance(value, (list, tuple)) else value


@dataclass(frozen=True, eq=False)
class BoostedDemand(SpanDemand):
    """Demand as the trees see it; it stands wherever `SpanDemand` does. `low` and `width`: [halves, n]."""

    boosted: BoostedQuantiles
    low: Floats
    width: Floats

    def quantiles(self, probabilities: Sequence[float]) -> Floats:
        """As `SpanDemand.quantiles`: never negative, at most four times the largest sum, ascending."""
        wanted = np.asarray(probabilities, np.float64)
        if ((wanted <= 0) | (wanted >= 1)).any():
            raise InvalidFrameError("probabilities must lie between 0 and 1.")
        scaled = np.zeros((len(self.expected_units), len(wanted)))
        for half, low, width in zip(self.boosted.halves, self.low, self.width, strict=True):
            shape = np.array([np.interp(wanted, self.boosted.probabilities, row) for row in half.table])
            place = _classes(half.width_edges, half.volume_edges, width, self.expected_units)
            scaled += (low[:, None] + width[:, None] * shape[place]) / len(self.boosted.halves)
        units = self.expected_units[:, None] + self.dispersion_units[:, None] * scaled
        return np.asarray(np.clip(units, 0.0, CEILING * self.largest_units[:, None]), np.float64)


def train(history: NDArray[np.float32], *, span: int, drivers: Sequence[Driver] = ()) -> BoostedQuantiles:
    """Pass 1: grow the trees on history [n, days] up to this morning, for the sum over the next `span` days.

    Every pair that had sold in the 364 days before is looked at every second week, from the first day with a year
    behind it to the last whose span has ended, on the weekday of this morning. The hash of its content decides to which
    half a pair belongs.

    Raises `TooLittleToLearnError` with fewer than 5,000 samples in either half.
    """
    days = history.shape[1]
    mornings = np.arange(days - span - (-span % 7), FIRST_ORIGIN_DAY - 1, -ORIGIN_STEP_DAYS, dtype=np.int64)[::-1]
    if not len(mornings):
        raise TooLittleToLearnError(f"{days} days are too few to learn from; it takes {FIRST_ORIGIN_DAY + span + 7}.")
    seen = seen_from(history, mornings=mornings, span=span)
    first = (content_hash(history) % np.uint64(HALVES) == 0)[:, None]
    parts = [seen.active & first, seen.active & ~first]
    if min(part.sum() for part in parts) < LEAST_SAMPLES:
        raise TooLittleToLearnError(f"{seen.active.sum()} samples are too few to learn from.")
    columns = _columns(history, mornings, span, seen, drivers)
    scaled = (seen.came - seen.expected) / seen.dispersion
    halves = [
        _half(columns[grown], scaled[grown], columns[held], scaled[held], volume=seen.expected[held])
        for grown, held in (parts, parts[::-1])
    ]
    return BoostedQuantiles(span=span, probabilities=PROBABILITIES, halves=tuple(halves))


def _half(
    columns: NDArray[np.float32],
    scaled: Floats,
    held_columns: NDArray[np.float32],
    held_scaled: Floats,
    *,
    volume: Floats,
) -> Half:
    """Trees from `columns` [rows, k] and `scaled` [rows], the table from the rows that were held back."""
    import lightgbm

    data = lightgbm.Dataset(columns, scaled, params={"max_bin": TREES["max_bin"], "verbose": -1})
    trees = [lightgbm.train(TREES | {"alpha": anchor}, data, ROUNDS) for anchor in ANCHORS]
    low, width = _anchors(trees[0], trees[1], held_columns)
    rest = (held_scaled - low) / width
    width_edges = tuple(np.quantile(width, np.linspace(0, 1, WIDTH_CLASSES + 1)[1:-1]).tolist())
    volume_edges = tuple(np.quantile(volume, np.linspace(0, 1, VOLUME_CLASSES + 1)[1:-1]).tolist())
    place = _classes(width_edges, volume_edges, width, volume)
    everything = np.quantile(rest, PROBABILITIES)
    table = []
    for index in range(WIDTH_CLASSES * VOLUME_CLASSES):
        members = rest[place == index]
        table.append(np.quantile(members, PROBABILITIES) if len(members) > LEAST_CLASS_SAMPLES else everything)
    return Half(
        low_trees=trees[0].model_to_string(),
        high_trees=trees[1].model_to_string(),
        width_edges=width_edges,
        volume_edges=volume_edges,
        table=tuple(tuple(row.tolist()) for row in table),
    )


def over(
    history: NDArray[np.float32],
    boosted: BoostedQuantiles,
    *,
    mornings: Ints | None = None,
    drivers: Sequence[Driver] = (),
) -> list[BoostedDemand]:
    """Pass 2: demand over the boosted span as seen from each of `mornings` (default: the morning after `history`).

    `drivers` are those that `train` was given, over the same pairs as `history` [n, days].
    """
    import lightgbm

    n, days = history.shape
    mornings = np.array([days]) if mornings is None else np.asarray(mornings, np.int64)
    seen = seen_from(history, mornings=mornings, span=boosted.span)
    columns = _columns(history, mornings, boosted.span, seen, drivers)
    rows = columns.reshape(n * len(mornings), -1)
    low, width = (np.empty((len(boosted.halves), n, len(mornings))) for _ in range(2))
    for index, half in enumerate(boosted.halves):
        trees = [lightgbm.Booster(model_str=text) for text in (half.low_trees, half.high_trees)]
        anchors = _anchors(trees[0], trees[1], rows)
        low[index], width[index] = (anchor.reshape(n, -1) for anchor in anchors)
    spans = np.full(n, boosted.span, np.int64)
    grid = PooledQuantiles(probabilities=boosted.probabilities, spans={})
    return [
        BoostedDemand(
            span=spans,
            days=spans,
            expected_units=seen.expected[:, k],
            dispersion_units=seen.dispersion[:, k],
            largest_units=seen.largest[:, k],
            peak_units=seen.peak[:, k],
            third_units=seen.third[:, k],
            pooled=grid,
            boosted=boosted,
            low=low[:, :, k],
            width=width[:, :, k],
        )
        for k in range(len(mornings))
    ]


def _columns(
    history: NDArray[np.float32], mornings: Ints, span: int, seen: Seen, drivers: Sequence[Driver]
) -> NDArray[np.float32]:
    own = features(history, mornings=mornings, span=span, expected=seen.expected, dispersion=seen.dispersion)
    return np.concatenate([own, *(driver(mornings) for driver in drivers)], axis=2)


def _anchors(
    low_trees: "lightgbm.Booster", high_trees: "lightgbm.Booster", columns: NDArray[np.float32]
) -> tuple[Floats, Floats]:
    """The low anchor, and the distance to the high one, studentised; each [rows]."""
    threads = TREES["num_threads"]
    low = np.asarray(low_trees.predict(columns, num_threads=threads), np.float64)
    high = np.asarray(high_trees.predict(columns, num_threads=threads), np.float64)
    return low, np.maximum(high - low, LEAST_WIDTH)


def _classes(
    width_edges: tuple[float, ...], volume_edges: tuple[float, ...], width: Floats, volume: Floats
) -> NDArray[np.int64]:
    wide = np.searchsorted(np.asarray(width_edges), width)
    return np.asarray(wide * VOLUME_CLASSES + np.searchsorted(np.asarray(volume_edges), volume), np.int64)
