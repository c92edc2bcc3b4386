"""The order plan in sums: dealer × category × week of the pairs' paths (`paths`), and how far such sums fell beside."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.demand.distribution import pool
from firstmove.engine.frames import InvalidFrameError, floats
from firstmove.engine.inventory.paths import WEEK, WEEKS, PlannedPaths, opening_stock, orders_on, planned_paths
from firstmove.engine.inventory.replenishment import Leads, mixtures, spans

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

LEAST_SAMPLES = 400
VOLUME_CLASSES = 5
# Horizons that share a band: the first week, the first month, the rest of the quarter.
HORIZONS = (1, 4)
LOW, HIGH = 0.1, 0.9
NORMAL_LOW, NORMAL_HIGH = -1.2815515655446004, 1.2815515655446004
# What part of an expected amount is uncertain together, as no pair's own course shows.
SHARED = 0.1
RATIO = (0.6, 1.5)

NOTHING_PAST = pl.DataFrame(
    schema={"week": pl.Int64(), "amount": pl.Float64(), "variance": pl.Float64(), "came": pl.Float64()}
)
"""What `learn_band` is given where history is too short for a past morning."""


@dataclass(frozen=True, eq=False)
class Band:
    """How far dealer × category sums fall beside their path, learned on past mornings: no sum of independent pairs.

    `ratio` [horizons] is what came over the path, in sum: weeks are drawn as if independent, but a product that cooled
    stays cool, so paths promise too much, the more the later. It corrects the path before anything else. `edges` are
    classes of the corrected amount; `low` and `high` [horizons, classes] are the 10 % and 90 % quantiles of
    (what came - amount) / scale, where scale² = variance of the pairs + (0.1 × amount)². `samples` were seen.
    """

    ratio: tuple[float, ...]
    edges: tuple[float, ...]
    low: tuple[tuple[float, ...], ...]
    high: tuple[tuple[float, ...], ...]
    samples: int

    def around(self, amount: Floats, variance: Floats, week: Whole) -> tuple[Floats, Floats]:
        """The band of corrected sums, [m] low and [m] high; never below zero, and the amount lies in it."""
        cell = np.searchsorted(HORIZONS, week, side="right"), np.searchsorted(self.edges, amount, side="right")
        scale = _scale(amount, variance)
        low = np.asarray(self.low)[cell] * scale + amount
        high = np.asarray(self.high)[cell] * scale + amount
        return np.clip(low, 0.0, amount), np.maximum(high, amount)

    def corrected(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`cells` times what came of such paths, with `low` and `high` of the amount."""
        ratio = np.asarray(self.ratio)[np.searchsorted(HORIZONS, frame["week"].to_numpy(), side="right")]
        sums = ("units", "amount", "ahead_units", "ahead_amount")
        frame = frame.with_columns(
            *(pl.col(name) * pl.Series(ratio) for name in sums), variance=pl.col("variance") * pl.Series(ratio**2)
        )
        low, high = self.around(*(frame[name].to_numpy() for name in ("amount", "variance", "week")))
        return frame.with_columns(low=pl.Series(low), high=pl.Series(high))


def learn_band(past: pl.DataFrame) -> Band:
    """Pool how far sums fell beside their path: `past_cells` of some mornings, one below the other.

    Fewer than 400 sums say too little: the path stands as it is, in a normal distribution.
    """
    rows = len(HORIZONS) + 1
    amount, variance, came = (past[name].to_numpy().astype(np.float64) for name in ("amount", "variance", "came"))
    if len(past) < LEAST_SAMPLES or not amount.sum() or not came.sum():
        return Band((1.0,) * rows, (), ((NORMAL_LOW,),) * rows, ((NORMAL_HIGH,),) * rows, len(past))
    horizon = np.searchsorted(HORIZONS, past["week"].to_numpy(), side="right")
    whole = float(came.sum() / amount.sum())
    ratio = np.array([_ratio(came[horizon == i], amount[horizon == i], whole) for i in range(rows)])
    amount, variance = amount * ratio[horizon], variance * ratio[horizon] ** 2
    edges = np.unique(np.quantile(amount, np.linspace(0, 1, VOLUME_CLASSES + 1)[1:-1]))
    z = (came - amount) / _scale(amount, variance)
    size = np.searchsorted(edges, amount, side="right")
    low, high = np.empty((rows, len(edges) + 1)), np.empty((rows, len(edges) + 1))
    for i in range(rows):
        for j in range(len(edges) + 1):
            members = z[(horizon == i) & (size == j)]
            if len(members) < LEAST_SAMPLES // 8:
                members = z[size == j] if (size == j).any() else z
            low[i, j], high[i, j] = np.quantile(members, [LOW, HIGH])
    return Band(
        tuple(ratio.tolist()), tuple(edges.tolist()), tuple(map(tuple, low.tolist())), tuple(map(tuple, high.tolist())),
        len(past),
    )  # fmt: skip


def _ratio(came: Floats, amount: Floats, whole: float) -> float:
    """What came over what was expected, within bounds: a single bad morning must not halve a plan."""
    return float(np.clip(came.sum() / amount.sum() if amount.sum() else whole, *RATIO))


def cells(pairs: pl.DataFrame, paths: PlannedPaths) -> pl.DataFrame:
    """Sums by dealer × category × week: units, amount at the dealer's purchase price, variance of the amount.

    Sorted by dealer, category and week (0 is the first). `ahead_amount` sums what is ordered ahead of the season.
    """
    weeks = paths.units.shape[1]
    price = floats(pairs, "purchase_price", name="pairs", minimum=0.0)[:, None]
    long = pairs.select("dealer", "category").select(pl.all().repeat_by(weeks).explode())
    return (
        long.with_columns(
            week=pl.Series(np.tile(np.arange(weeks), len(pairs))),
            units=pl.Series(paths.units.ravel()),
            amount=pl.Series((paths.units * price).ravel()),
            variance=pl.Series((paths.variance * price**2).ravel()),
            ahead_units=pl.Series(paths.ahead_units.ravel()),
            ahead_amount=pl.Series((paths.ahead_units * price).ravel()),
        )
        .group_by("dealer", "category", "week")
        .agg(pl.col("units", "amount", "variance", "ahead_units", "ahead_amount").sum())
        .sort("dealer", "category", "week")
    )


def past_cells(
    pairs: pl.DataFrame,
    history: NDArray[np.float32],
    *,
    origin: int,
    season: Floats,
    service_quantile: float,
    weeks: int = WEEKS,
    leads: Leads | None = None,
) -> pl.DataFrame:
    """`cells` as a past morning would have told them, with `came`: the amount that the policy then really ordered.

    `origin` counts the days of `history` that the morning knew; tables are pooled and levels set from those alone, and
    `season` must be of that morning. Stock of that day is not known, so the week's sale before it is what is missing
    to the level. `leads` are the lead times that vary, as `propose` knows them. Pairs that had not sold in the 364 days
    before are left out, as a plan leaves them out.
    """
    days = weeks * WEEK
    if not 0 < origin <= history.shape[1] - days:
        raise InvalidFrameError(f"origin is {origin}; {weeks} weeks have to follow it in {history.shape[1]} days.")
    rows = np.flatnonzero(history[:, max(origin - 364, 0) : origin].any(axis=1))
    known = np.ascontiguousarray(history[rows, :origin])
    frame, season = pairs[rows], season[rows]
    pooled = pool(known, spans=spans(frame), mixtures=mixtures(frame, leads or {}))
    stock = opening_stock(frame, known, pooled, season=season, service_quantile=service_quantile, weeks=weeks)
    frame = frame.with_columns(on_hand_units=pl.Series(stock), in_transit_units=pl.lit(0.0))
    paths = planned_paths(frame, known, pooled, season=season, service_quantile=service_quantile, weeks=weeks)
    sold = history[rows, origin : origin + days].reshape(len(rows), weeks, WEEK).sum(axis=2, dtype=np.float64)
    came = orders_on(frame, known, pooled, season=season, service_quantile=service_quantile, demand=sold)
    real = cells(frame, PlannedPaths(came, np.zeros_like(came), np.zeros_like(came)))
    return cells(frame, paths).with_columns(came=real["amount"])


def origins(days: int, *, weeks: int = WEEKS, count: int = 4, step_weeks: int = 4) -> list[int]:
    """Past mornings to learn from, the latest last: whole weeks back, each with a year before it and weeks after it."""
    last = days - weeks * WEEK
    found = [last - back * step_weeks * WEEK for back in range(count)]
    return [origin for origin in reversed(found) if origin >= 364]


def _scale(amount: Floats, variance: Floats) -> Floats:
    return np.sqrt(variance + (SHARED * amount) ** 2 + 1.0)
