# ruff: noqa: PLR0917  (numba has no keyword-only arguments: kernels are called by position)
"""What dealers will order over the weeks to come, if they order as the plan advises: paths of orders, not of sales.

Each pair is rolled forward week by week under its own order-up-to level (`inventory.replenishment`): stock and transit
now, demand as equally likely courses, multiples and minimum, the season of its category in demand and in the level.
Order history is not asked: it swings with every late count and every campaign, and says little of what is needed.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.demand.distribution import PooledQuantiles, content_hash, over, pool
from firstmove.engine.frames import InvalidFrameError, floats, require_columns, require_rows
from firstmove.engine.inventory.replenishment import Leads, mixtures, span_keys, spans
from firstmove.engine.inventory.value import NODES
from firstmove.engine.jit import kernel
from firstmove.engine.twin.opening import draw

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

WEEKS = 13
WEEK_DAYS = 7
COURSES = 16
LEAST_SAMPLES = 400
VOLUME_CLASSES = 5
# Horizons that share a band: the first week, the first month, the rest of the quarter.
HORIZONS = (1, 4)
LOW, HIGH = 0.1, 0.9
NORMAL_LOW, NORMAL_HIGH = -1.2815515655446004, 1.2815515655446004
# What part of an expected amount is uncertain together, as no pair's own course shows.
SHARED = 0.1
RATIO = (0.6, 1.5)

PAIRS: dict[str, pl.DataType] = {
    "dealer": pl.String(),
    "category": pl.String(),
    "on_hand_units": pl.Float64(),
    "in_transit_units": pl.Float64(),
    "order_multiple_units": pl.Int64(),
    "order_minimum_units": pl.Int64(),
    "lead_days": pl.Int64(),
    "review_days": pl.Int64(),
    "purchase_price": pl.Float64(),
    "proposable": pl.Boolean(),
}
"""What an order path needs to know of a pair beside its history; `lead_class` may stand beside, as for `propose`."""

NOTHING_PAST = pl.DataFrame(
    schema={"week": pl.Int64(), "amount": pl.Float64(), "variance": pl.Float64(), "came": pl.Float64()}
)
"""What `learn_band` is given where history is too short for a past morning."""


@dataclass(frozen=True, eq=False)
class OrderPaths:
    """Expected orders of each pair by week, and their variance over courses; [n, weeks], units and units squared.

    `ahead_units` is how much of the orders up to that week's end would not have been placed yet by somebody who
    reads the season only when it is there: what lead time makes wise to order early.
    """

    units: Floats
    variance: Floats
    ahead_units: Floats


def order_paths(
    pairs: pl.DataFrame,
    history: NDArray[np.float32],
    pooled: PooledQuantiles,
    *,
    season: Floats,
    service_quantile: float,
    weeks: int = WEEKS,
) -> OrderPaths:
    """Orders of the next `weeks` weeks after history [n, days]; `season` [n, at least weeks + the longest protection].

    Sixteen courses a pair, the eight equally likely demands of a week twice each in an order drawn from the pair's
    content, so a row depends on itself alone. Once a review a pair is brought up to its level times the mean season of
    the weeks that the order has to last for, never by more than the review's own quantile (`order_up_to`); it arrives
    after the lead time in whole weeks; what finds no stock is lost. What is in transit now arrives within a week.

    Example: a pair that sells 10 every week for certain, with level 20 and 20 in stock, orders 0 and then 10 a week.

    Raises `InvalidFrameError` as `propose` does, and where `season` is too short.
    """
    given = _given(pairs, history, season, weeks)
    nodes, level, most = _distribution(given, history, pooled, service_quantile)
    n = len(pairs)
    key = content_hash(np.ascontiguousarray(history, np.float32))
    units, variance, reactive = np.zeros((n, weeks)), np.zeros((n, weeks)), np.zeros((n, weeks))
    for first in range(0, n, 8192):
        rows = slice(first, first + 8192)
        demand = np.empty((len(nodes[rows]), COURSES, weeks))
        _courses(nodes[rows], given.season[rows], key[rows], demand)
        _roll(*given.rows(rows), level[rows], most[rows], demand, True, units[rows], variance[rows])
        _roll(*given.rows(rows), level[rows], most[rows], demand, False, reactive[rows], np.empty_like(units[rows]))
    ahead = np.maximum(np.cumsum(units - reactive, axis=1), 0.0)
    return OrderPaths(units, variance, ahead)


def orders_on(
    pairs: pl.DataFrame,
    history: NDArray[np.float32],
    pooled: PooledQuantiles,
    *,
    season: Floats,
    service_quantile: float,
    demand: Floats,
) -> Floats:
    """What the same policy orders when demand is known, [n, weeks] units: what came, for a path to be judged by.

    `demand` [n, weeks] is what was really sold in the weeks after `history`.
    """
    weeks = demand.shape[1]
    given = _given(pairs, history, season, weeks)
    _nodes, level, most = _distribution(given, history, pooled, service_quantile)
    units = np.zeros((len(pairs), weeks))
    came = np.ascontiguousarray(demand[:, None, :], np.float64)
    _roll(*given.rows(slice(None)), level, most, came, True, units, np.empty_like(units))
    return units


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


def cells(pairs: pl.DataFrame, paths: OrderPaths) -> pl.DataFrame:
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
    days = weeks * WEEK_DAYS
    if not 0 < origin <= history.shape[1] - days:
        raise InvalidFrameError(f"origin is {origin}; {weeks} weeks have to follow it in {history.shape[1]} days.")
    rows = np.flatnonzero(history[:, max(origin - 364, 0) : origin].any(axis=1))
    known = np.ascontiguousarray(history[rows, :origin])
    frame, season = pairs[rows], season[rows]
    pooled = pool(known, spans=spans(frame), mixtures=mixtures(frame, leads or {}))
    given = _given(frame, known, season, weeks)
    _nodes, level, _most = _distribution(given, known, pooled, service_quantile)
    before = known[:, -WEEK_DAYS:].sum(axis=1, dtype=np.float64)
    stock = np.maximum(level * given.season[:, 0] - before, 0.0)
    frame = frame.with_columns(on_hand_units=pl.Series(stock), in_transit_units=pl.lit(0.0))
    paths = order_paths(frame, known, pooled, season=season, service_quantile=service_quantile, weeks=weeks)
    sold = history[rows, origin : origin + days].reshape(len(rows), weeks, WEEK_DAYS).sum(axis=2, dtype=np.float64)
    came = orders_on(frame, known, pooled, season=season, service_quantile=service_quantile, demand=sold)
    real = cells(frame, OrderPaths(came, np.zeros_like(came), np.zeros_like(came)))
    return cells(frame, paths).with_columns(came=real["amount"])


def origins(days: int, *, weeks: int = WEEKS, count: int = 4, step_weeks: int = 4) -> list[int]:
    """Past mornings to learn from, the latest last: whole weeks back, each with a year before it and weeks after it."""
    last = days - weeks * WEEK_DAYS
    found = [last - back * step_weeks * WEEK_DAYS for back in range(count)]
    return [origin for origin in reversed(found) if origin >= 364]


@dataclass(frozen=True, eq=False)
class _Given:
    on_hand: Floats
    in_transit: Floats
    multiple: Whole
    minimum: Whole
    lead: Whole
    review: Whole
    # The key of the span over lead time and review in the pooled tables: its days, or a mixture where leads vary.
    cover: Whole
    proposable: NDArray[np.bool_]
    season: Floats

    def rows(self, rows: slice) -> tuple[Floats, Floats, Whole, Whole, Whole, Whole, NDArray[np.bool_], Floats]:
        lead_weeks = (self.lead[rows] + WEEK_DAYS // 2) // WEEK_DAYS
        review_weeks = np.maximum((self.review[rows] + WEEK_DAYS // 2) // WEEK_DAYS, 1)
        return (
            self.on_hand[rows], self.in_transit[rows], self.multiple[rows], self.minimum[rows], lead_weeks,
            review_weeks, self.proposable[rows], self.season[rows],
        )  # fmt: skip


def horizon_weeks(pairs: pl.DataFrame, *, weeks: int = WEEKS) -> int:
    """How many weeks of season `order_paths` asks for: the plan's and the longest protection after its last."""
    longest = int((pairs["lead_days"] + pairs["review_days"]).max() or 0)  # type: ignore[arg-type]
    return weeks + -(-longest // WEEK_DAYS) + 1


def _given(pairs: pl.DataFrame, history: NDArray[np.float32], season: Floats, weeks: int) -> _Given:
    require_columns(pairs, PAIRS, name="pairs")
    require_rows([("pairs", len(pairs)), ("history", len(history)), ("season", len(season))])
    if weeks < 1 or season.shape[1] < horizon_weeks(pairs, weeks=weeks):
        raise InvalidFrameError(
            f"season has {season.shape[1]} weeks; {weeks} weeks of orders need {horizon_weeks(pairs, weeks=weeks)}."
        )
    multiple, minimum, lead, review = (
        floats(pairs, column, name="pairs", minimum=least).astype(np.int64)
        for column, least in (
            ("order_multiple_units", 1.0), ("order_minimum_units", 0.0), ("lead_days", 1.0), ("review_days", 1.0),
        )
    )  # fmt: skip
    return _Given(
        on_hand=np.maximum(floats(pairs, "on_hand_units", name="pairs"), 0.0),
        in_transit=np.maximum(floats(pairs, "in_transit_units", name="pairs"), 0.0),
        multiple=multiple,
        minimum=minimum,
        lead=lead,
        review=review,
        cover=pairs.select(span_keys(pairs)[2]).to_series().to_numpy(),
        proposable=pairs["proposable"].cast(pl.Boolean).to_numpy(),
        season=np.ascontiguousarray(season, np.float64),
    )


def _distribution(
    given: _Given, history: NDArray[np.float32], pooled: PooledQuantiles, quantile: float
) -> tuple[Floats, Floats, Floats]:
    """Eight equally likely demands of a week [n, 8], level and the review's quantile [n]; before season."""
    history = np.ascontiguousarray(history, np.float32)
    nodes = over(history, pooled, span=WEEK_DAYS).nodes(NODES)
    level = over(history, pooled, span=given.cover).quantiles([quantile])[:, 0]
    return nodes, level, over(history, pooled, span=given.review).quantiles([quantile])[:, 0]


def _scale(amount: Floats, variance: Floats) -> Floats:
    return np.sqrt(variance + (SHARED * amount) ** 2 + 1.0)


@kernel
def _courses(nodes: Floats, season: Floats, key: NDArray[np.uint64], demand: Floats) -> None:
    """Demand of each course [n, 16, weeks]: every week holds each node equally often, shuffled (Fisher and Yates)."""
    n, courses, weeks = demand.shape
    place = np.empty(courses, np.int64)
    for i in range(n):
        for week in range(weeks):
            for k in range(courses):
                place[k] = k % nodes.shape[1]
            for k in range(courses - 1, 0, -1):
                other = int(draw(key[i], week * courses + k) % np.uint64(k + 1))
                place[k], place[other] = place[other], place[k]
            for k in range(courses):
                demand[i, k, week] = nodes[i, place[k]] * season[i, week]


@kernel
def _roll(
    on_hand: Floats,
    in_transit: Floats,
    multiple: Whole,
    minimum: Whole,
    lead: Whole,
    review: Whole,
    proposable: NDArray[np.bool_],
    season: Floats,
    level: Floats,
    most: Floats,
    demand: Floats,
    looks_ahead: bool,
    units: Floats,
    variance: Floats,
) -> None:
    """Mean and variance over courses of what each pair orders a week; `looks_ahead`: the level knows the season."""
    n, courses, weeks = demand.shape
    total, squares = np.zeros(weeks), np.zeros(weeks)
    due = np.zeros(weeks + 1)
    for i in range(n):
        total[:] = 0.0
        squares[:] = 0.0
        lasts = lead[i] + review[i]
        for k in range(courses):
            stock, coming = on_hand[i], in_transit[i]
            due[:] = 0.0
            due[min(1, lead[i])] = coming
            for week in range(weeks):
                stock += due[week]
                coming -= due[week]
                if proposable[i] and week % review[i] == 0:
                    factor, own = season[i, week], season[i, week]
                    if looks_ahead:
                        factor = 0.0
                        for later in range(week, week + lasts):
                            factor += season[i, later]
                        factor /= lasts
                        own = 0.0
                        for later in range(week + lead[i], week + lasts):
                            own += season[i, later]
                        own /= review[i]
                    wanted = min(level[i] * factor - stock - coming, most[i] * own)
                    if wanted > 1e-6:
                        packs = np.ceil(max(wanted, minimum[i]) / multiple[i] - 1e-6)
                        quantity = max(packs, 1.0) * multiple[i]
                        total[week] += quantity
                        squares[week] += quantity * quantity
                        if lead[i] == 0:
                            stock += quantity
                        else:
                            coming += quantity
                            if week + lead[i] <= weeks:
                                due[week + lead[i]] += quantity
                stock = max(stock - demand[i, k, week], 0.0)
        for week in range(weeks):
            units[i, week] = total[week] / courses
            variance[i, week] = max(squares[week] / courses - units[i, week] * units[i, week], 0.0)
