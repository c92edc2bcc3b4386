# ruff: noqa: PLR0917  (numba has no keyword-only arguments, and a kernel's loops stand in one place)
"""What dealers will order in the weeks to come: their own policy, played forward over the demand that may come.

An enterprise that plans from the orders it received plans from its dealers' batches, reviews and corrections: orders
swing more than sales do (Lee, Padmanabhan and Whang, "Information Distortion in a Supply Chain", 1997). Here each pair
is rolled forward week by week from what it has, what is on its way and what it may sell, ordering as the plan orders.

One roll serves two beginnings. `order_paths` starts from this morning's proposals, for the supply plan; `planned_paths`
from histories alone, for the order plan of weeks, so that a past morning can be told in the same way and judged by what
came (`orders_on`). What is season in level and demand is worked out before, a figure a week: the roll knows none.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.demand.calendar import HORIZON_DAYS, PairCalendar
from firstmove.engine.demand.distribution import PooledQuantiles, content_hash, over
from firstmove.engine.frames import InvalidFrameError, flat_lists, floats, require_columns, require_rows
from firstmove.engine.inventory.replenishment import span_keys
from firstmove.engine.inventory.value import NODES, earning_position, stock_position
from firstmove.engine.jit import kernel
from firstmove.engine.twin.opening import draw

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WEEK = 7
WEEKS = 13
# Courses of demand of a pair: the eight equally likely demands of a week once each from a proposal, and twice each from
# a history, whose sums are judged week by week.
PROPOSAL_COURSES, COURSES = NODES, 2 * NODES
_AT_ONCE = 8192
# A week of a season beside this morning: no less, no more.
_SEASON = (0.1, 10.0)

PATHS: dict[str, pl.DataType] = {
    "on_hand_units": pl.Float64(),
    "in_transit_units": pl.Float64(),
    "level_units": pl.Float64(),
    "safety_stock_units": pl.Float64(),
    "quantity_units": pl.Float64(),  # what is ordered now
    "order_multiple_units": pl.Int64(),
    "order_minimum_units": pl.Int64(),
    "lead_days": pl.Int64(),
    "review_days": pl.Int64(),
    "rate_units_per_day": pl.Float64(),
    "purchase_price": pl.Float64(),
    "sale_price": pl.Float64(),
    "holding_rate_per_year": pl.Float64(),
    "proposable": pl.Boolean(),
    "lead_nodes": pl.List(pl.Float32()),
    "review_nodes": pl.List(pl.Float32()),
}
"""What a path starts from: a pair as `replenishment.propose` was given it, with what it proposed."""

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
"""What a path needs to know of a pair beside its history; `lead_class` may stand beside, as for `propose`."""


@dataclass(frozen=True, eq=False)
class OrderPaths:
    """Orders of each pair in each week to come, [n, weeks] units: week 0 begins this morning.

    `expected` and its `variance`; `cumulated_variance` is that of the sum up to and including the week, which is less
    than the sum of variances, since an order of this week is none of the next; `lost` is expected unmet demand.
    """

    expected: Floats
    variance: Floats
    cumulated_variance: Floats
    lost: Floats


@dataclass(frozen=True, eq=False)
class PlannedPaths:
    """Expected orders of each pair by week, and their variance over courses; [n, weeks], units and units squared.

    `ahead_units` is how much of the orders up to that week's end would not have been placed yet by somebody who
    reads the season only when it is there: what lead time makes wise to order early.
    """

    units: Floats
    variance: Floats
    ahead_units: Floats


@dataclass(frozen=True, eq=False)
class Seasons:
    """How often orders come beside this morning's, [n, weeks] each: 1 where nothing changes.

    `week` for the demand of the week itself; `cover` for that over lead time and review from the week on, which the
    level is for; `review` for that of the days which an order of the week has to last for once it has come.
    """

    week: Floats
    cover: Floats
    review: Floats

    def of(self, rows: slice) -> "Seasons":
        """Those of some of the pairs."""
        return Seasons(self.week[rows], self.cover[rows], self.review[rows])


def seasons(calendar: PairCalendar, *, lead_days: Ints, review_days: Ints, weeks: int = WEEKS) -> Seasons:
    """What season and holidays ask of the weeks to come, over what they ask of the same days from this morning on.

    The calendar knows the factor F of every span from the morning; that of the days a to b is (F(b) b - F(a) a) /
    (b - a), its days taken as equal. It ends after 119 days, and what lies beyond is as its last days. Pairs without a
    category have none.

    Example: a week that doubles, four weeks ahead, in a calendar that is 1 else: its own week is 2, and the level of a
    lead time and review of a week each is 1.5 from the week before it on.
    """
    start = WEEK * np.arange(weeks)[None, :]
    lead, review = lead_days[:, None], review_days[:, None]
    first, none = np.zeros_like(lead), np.zeros_like(start)
    now = _between(calendar, first, lead + review)
    return Seasons(
        week=_beside(_between(calendar, start + first, WEEK + none + first), _between(calendar, first, WEEK + first)),
        cover=_beside(_between(calendar, start + first, lead + review + none), now),
        review=_beside(_between(calendar, start + lead, review + none), _between(calendar, first, review)),
    )


def _between(calendar: PairCalendar, start: Ints, days: Ints) -> Floats:
    """The factor of `days` days from `start` days ahead on, [n, weeks]."""
    end = np.minimum(start + days, HORIZON_DAYS)
    start = np.minimum(start, end - np.minimum(days, end))
    out = np.empty(start.shape)
    for week in range(start.shape[1]):
        a, b = start[:, week], end[:, week]
        before = np.where(a > 0, calendar.factor(np.maximum(a, 1)) * a, 0.0)
        out[:, week] = (calendar.factor(b) * b - before) / (b - a)
    return out


def _beside(then: Floats, now: Floats) -> Floats:
    return np.clip(then / np.maximum(now, _SEASON[0]), *_SEASON)


def order_paths(
    pairs: pl.DataFrame,
    *,
    week_nodes: Floats,
    key: NDArray[np.uint64],
    weeks: int = WEEKS,
    season: Seasons | None = None,
) -> OrderPaths:
    """Play the plan's policy forward for `pairs` (columns `PATHS`) over `weeks` weeks.

    `week_nodes` [n, 8]: eight equally likely demands of this week. A `season` s multiplies expected units by s and what
    is around them by its root, as `calendar.scaled` does: of demand, of the level, of the most that a review orders.
    Eight scenarios are played; in each week each of the eight demands falls to one of them, by a permutation drawn from
    the pair's `key` [n], so every week's mean and variance are exact and every run is the same.

    Today's order is `quantity_units`. From then on a pair orders at each review up to its level, at most what the
    likeliest large review asks for (the highest of `review_nodes`), in multiples and at least the minimum, and only
    where the smallest order would earn (`value.earning_position`). An order arrives at the start of the week nearest to
    its lead time; what is in transit arrives evenly over the weeks of the lead time; unmet demand is lost. Pairs that
    are not proposable order nothing.

    Example: 5 units every week for certain, level 15, 15 on hand, lead time and review of a week: nothing for two
    weeks, in which an order would sell nothing more, then 5 a week.

    Raises `InvalidFrameError` for missing columns, values that are not finite, or inputs that are not row-aligned.
    """
    require_columns(pairs, PATHS, name="pairs")
    n = len(pairs)
    ones = np.ones((n, weeks))
    season = season or Seasons(ones, ones, ones)
    require_rows([("pairs", n), ("week_nodes", len(week_nodes)), ("key", len(key)), ("season", len(season.week))])
    if weeks < 1 or season.week.shape != (n, weeks) or week_nodes.shape != (n, NODES):
        raise InvalidFrameError(f"week_nodes has to be [n, {NODES}], season [n, {weeks}], and weeks at least 1.")
    lead, review, multiple, minimum = _terms(pairs, least_lead=0.0)
    level, quantity, safety = (
        floats(pairs, column, name="pairs", minimum=0.0)
        for column in ("level_units", "quantity_units", "safety_stock_units")
    )
    on_hand = np.maximum(floats(pairs, "on_hand_units", name="pairs"), 0.0)
    in_transit = np.maximum(stock_position(pairs, name="pairs") - on_hand, 0.0)
    lead_nodes, review_nodes = (
        flat_lists(pairs[column], pl.Float32, name="pairs")[0].astype(np.float64).reshape(-1, NODES)
        for column in ("lead_nodes", "review_nodes")
    )
    require_rows([("pairs", n), ("lead_nodes", len(lead_nodes)), ("review_nodes", len(review_nodes))])
    trigger = earning_position(
        level=level,
        multiple=multiple,
        minimum=minimum,
        review_days=review.astype(np.float64),
        rate=floats(pairs, "rate_units_per_day", name="pairs", minimum=0.0),
        purchase_price=floats(pairs, "purchase_price", name="pairs", minimum=0.0),
        sale_price=floats(pairs, "sale_price", name="pairs", minimum=0.0),
        holding_rate=floats(pairs, "holding_rate_per_year", name="pairs", minimum=0.0),
        lead=lead_nodes,
        review=review_nodes,
    )
    trigger[~pairs["proposable"].cast(pl.Boolean).to_numpy()] = -1.0
    safety = np.minimum(safety, level)
    levels = _scaled(level - safety, safety, season.cover)
    usual = review_nodes.mean(axis=1)
    most = _scaled(usual, review_nodes[:, -1] - usual, season.review)
    # What still earns lies as deep under the level as it does today.
    depth = np.where(level > 0, trigger / np.maximum(level, 1e-12), 0.0)
    triggers = np.where(trigger[:, None] < 0, -1.0, depth[:, None] * levels)
    lead, every = _in_weeks(lead), np.maximum(_in_weeks(review), 1)
    coming = _evenly(in_transit, lead, weeks)
    out = np.zeros((4, n, weeks))
    mean = week_nodes.mean(axis=1, keepdims=True)
    for rows in _parts(n):
        factor = season.week[rows]
        apart = week_nodes[rows] - mean[rows]
        weekly = mean[rows, :, None] * factor[:, None, :] + apart[:, :, None] * np.sqrt(factor)[:, None, :]
        demand, part = np.empty((len(factor), PROPOSAL_COURSES, weeks)), np.zeros((4, len(factor), weeks))
        _courses(np.maximum(weekly, 0.0), np.ascontiguousarray(key[rows], np.uint64), demand)
        _roll(
            on_hand[rows], in_transit[rows], coming[rows], quantity[rows], levels[rows], most[rows], triggers[rows],
            multiple[rows], minimum[rows], lead[rows], every[rows], demand, part,
        )  # fmt: skip
        out[:, rows] = part
    return OrderPaths(out[0], out[1], out[2], out[3])


def planned_paths(
    pairs: pl.DataFrame,
    history: NDArray[np.float32],
    pooled: PooledQuantiles,
    *,
    season: Floats,
    service_quantile: float,
    weeks: int = WEEKS,
) -> PlannedPaths:
    """Orders of the next `weeks` weeks after history [n, days]; `season` [n, at least weeks + the longest protection].

    Sixteen courses a pair, the eight equally likely demands of a week twice each in an order drawn from the pair's
    content, so a row depends on itself alone. Once a review a pair is brought up to its level times the mean season of
    the weeks that the order has to last for, never by more than the review's own quantile (`order_up_to`); it arrives
    after the lead time in whole weeks; what finds no stock is lost. What is in transit now arrives within a week.

    Example: a pair that sells 10 every week for certain, with level 20 and 20 in stock, orders 0 and then 10 a week.

    Raises `InvalidFrameError` as `propose` does, and where `season` is too short.
    """
    given = _given(pairs, history, pooled, season, service_quantile, weeks)
    key = content_hash(np.ascontiguousarray(history, np.float32))
    units, variance, reactive = (np.zeros((len(pairs), weeks)) for _ in range(3))
    for rows in _parts(len(pairs)):
        weekly = given.nodes[rows, :, None] * given.season[rows, None, :weeks]
        demand = np.empty((len(weekly), COURSES, weeks))
        _courses(weekly, key[rows], demand)
        units[rows], variance[rows] = given.rolled(rows, demand, looks_ahead=True)
        reactive[rows], _variance = given.rolled(rows, demand, looks_ahead=False)
    ahead = np.maximum(np.cumsum(units - reactive, axis=1), 0.0)
    return PlannedPaths(units, variance, ahead)


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
    given = _given(pairs, history, pooled, season, service_quantile, demand.shape[1])
    came = np.ascontiguousarray(demand[:, None, :], np.float64)
    return given.rolled(slice(None), came, looks_ahead=True)[0]


def opening_stock(
    pairs: pl.DataFrame,
    history: NDArray[np.float32],
    pooled: PooledQuantiles,
    *,
    season: Floats,
    service_quantile: float,
    weeks: int,
) -> Floats:
    """What a pair is taken to have on a past morning of unknown stock, [n] units: its level, less a week's sale.

    So much is missing to the level in the mean of a morning on which a review is due.
    """
    given = _given(pairs, history, pooled, season, service_quantile, weeks)
    before = history[:, -WEEK:].sum(axis=1, dtype=np.float64)
    stock: Floats = np.maximum(given.level * given.season[:, 0] - before, 0.0)
    return stock


def horizon_weeks(pairs: pl.DataFrame, *, weeks: int = WEEKS) -> int:
    """How many weeks of season `planned_paths` asks for: the plan's and the longest protection after its last."""
    longest = int((pairs["lead_days"] + pairs["review_days"]).max() or 0)  # type: ignore[arg-type]
    return weeks + -(-longest // WEEK) + 1


@dataclass(frozen=True, eq=False)
class _Given:
    """Pairs ready to be rolled from their histories; lead time and review in weeks, the rest before any season."""

    on_hand: Floats
    in_transit: Floats
    multiple: Ints
    minimum: Ints
    lead: Ints
    every: Ints
    trigger: Floats
    season: Floats
    nodes: Floats
    level: Floats
    most: Floats

    def rolled(self, rows: slice, demand: Floats, *, looks_ahead: bool) -> tuple[Floats, Floats]:
        """Mean and variance over the courses of `demand`; `looks_ahead`: the level knows the season to come."""
        weeks = demand.shape[2]
        lead, every, season = self.lead[rows], self.every[rows], self.season[rows]
        cover = own = season[:, :weeks]
        if looks_ahead:
            first = np.zeros_like(lead)
            cover = _mean_of_weeks(season, first, lead + every, weeks)
            own = _mean_of_weeks(season, lead, lead + every, weeks)
        in_transit = self.in_transit[rows]
        coming = np.zeros((len(lead), weeks))
        coming[:, 0] = np.where(lead == 0, in_transit, 0.0)
        if weeks > 1:
            coming[:, 1] = np.where(lead > 0, in_transit, 0.0)
        out = np.zeros((4, len(lead), weeks))
        _roll(
            self.on_hand[rows], in_transit, coming, np.full(len(lead), -1.0), self.level[rows, None] * cover,
            self.most[rows, None] * own, np.repeat(self.trigger[rows, None], weeks, axis=1), self.multiple[rows],
            self.minimum[rows], lead, every, demand, out,
        )  # fmt: skip
        return out[0], out[1]


def _given(
    pairs: pl.DataFrame,
    history: NDArray[np.float32],
    pooled: PooledQuantiles,
    season: Floats,
    quantile: float,
    weeks: int,
) -> _Given:
    require_columns(pairs, PAIRS, name="pairs")
    require_rows([("pairs", len(pairs)), ("history", len(history)), ("season", len(season))])
    if weeks < 1 or season.shape[1] < horizon_weeks(pairs, weeks=weeks):
        raise InvalidFrameError(
            f"season has {season.shape[1]} weeks; {weeks} weeks of orders need {horizon_weeks(pairs, weeks=weeks)}."
        )
    lead, review, multiple, minimum = _terms(pairs, least_lead=1.0)
    history = np.ascontiguousarray(history, np.float32)
    # The span over lead time and review: its days, or a mixture where lead times vary.
    cover = pairs.select(span_keys(pairs)[2]).to_series().to_numpy()
    return _Given(
        on_hand=np.maximum(floats(pairs, "on_hand_units", name="pairs"), 0.0),
        in_transit=np.maximum(floats(pairs, "in_transit_units", name="pairs"), 0.0),
        multiple=multiple,
        minimum=minimum,
        lead=_in_weeks(lead),
        every=np.maximum(_in_weeks(review), 1),
        trigger=np.where(pairs["proposable"].cast(pl.Boolean).to_numpy(), np.inf, -1.0),
        season=np.ascontiguousarray(season, np.float64),
        nodes=over(history, pooled, span=WEEK).nodes(NODES).astype(np.float64),
        level=over(history, pooled, span=cover).quantiles([quantile])[:, 0],
        most=over(history, pooled, span=review).quantiles([quantile])[:, 0],
    )


def _terms(pairs: pl.DataFrame, *, least_lead: float) -> tuple[Ints, Ints, Ints, Ints]:
    """Lead time and review in days, multiple and minimum in units, [n] each."""
    columns = (
        ("lead_days", least_lead), ("review_days", 1.0), ("order_multiple_units", 1.0), ("order_minimum_units", 0.0),
    )  # fmt: skip
    lead, review, multiple, minimum = (
        floats(pairs, column, name="pairs", minimum=least).astype(np.int64) for column, least in columns
    )
    return lead, review, multiple, minimum


def _in_weeks(days: Ints) -> Ints:
    """The nearest whole number of weeks; half a week counts up."""
    return (2 * days + WEEK) // (2 * WEEK)


def _parts(n: int) -> list[slice]:
    return [slice(first, first + _AT_ONCE) for first in range(0, n, _AT_ONCE)]


def _scaled(usual: Floats, beyond: Floats, factor: Floats) -> Floats:
    """What is usual times the factor, and what is kept beyond it times its root, [n, weeks]."""
    return usual[:, None] * factor + beyond[:, None] * np.sqrt(factor)


def _evenly(in_transit: Floats, lead: Ints, weeks: int) -> Floats:
    """What is on its way, by the week of its arrival, [n, weeks]; what comes after the last week is left out."""
    spread = np.maximum(lead, 1)[:, None]
    return np.where(np.arange(weeks)[None, :] < spread, in_transit[:, None] / spread, 0.0)


def _mean_of_weeks(season: Floats, first: Ints, end: Ints, weeks: int) -> Floats:
    """The mean season of the weeks w + first to w + end (exclusive) for each week w, [n, weeks]."""
    sums = np.concatenate([np.zeros((len(season), 1)), np.cumsum(season, axis=1)], axis=1)
    rows, week = np.arange(len(season))[:, None], np.arange(weeks)[None, :]
    span = sums[rows, week + end[:, None]] - sums[rows, week + first[:, None]]
    mean: Floats = span / (end - first)[:, None]
    return mean


@kernel
def _courses(weekly: Floats, key: NDArray[np.uint64], demand: Floats) -> None:
    """Demand of each course [n, courses, weeks] from that of each node [n, nodes, weeks], shuffled in each week.

    Every week holds each node equally often (Fisher and Yates).
    """
    n, courses, weeks = demand.shape
    place = np.empty(courses, np.int64)
    for i in range(n):
        for week in range(weeks):
            for k in range(courses):
                place[k] = k % weekly.shape[1]
            for k in range(courses - 1, 0, -1):
                other = int(draw(key[i], week * courses + k) % np.uint64(k + 1))
                place[k], place[other] = place[other], place[k]
            for k in range(courses):
                demand[i, k, week] = weekly[i, place[k], week]


@kernel
def _roll(
    on_hand: Floats,
    in_transit: Floats,
    coming: Floats,
    first: Floats,
    level: Floats,
    most: Floats,
    trigger: Floats,
    multiple: Ints,
    minimum: Ints,
    lead: Ints,
    every: Ints,
    demand: Floats,
    out: Floats,
) -> None:
    """Fill `out` [4, n, weeks]: mean, variance, variance of the sum so far, and loss over the courses of `demand`.

    `coming` [n, weeks] is when what is `in_transit` arrives, the rest later; `first` [n] is ordered in the first week,
    where it is not below zero; `level`, `most` and `trigger` (the highest position that orders) are [n, weeks]; `lead`
    and `every` are weeks.
    """
    n, count, weeks = demand.shape
    stock, pipeline, total = np.zeros(count), np.zeros(count), np.zeros(count)
    due = np.zeros((count, weeks))
    for i in range(n):
        for k in range(count):
            stock[k], pipeline[k], total[k] = on_hand[i], in_transit[i], 0.0
            for w in range(weeks):
                due[k, w] = coming[i, w]
        for w in range(weeks):
            mean = square = sums = squares = lost = 0.0
            for k in range(count):
                stock[k] += due[k, w]
                pipeline[k] -= due[k, w]
                order, position = 0.0, stock[k] + pipeline[k]
                if w == 0 and first[i] >= 0:
                    order = first[i]
                elif w % every[i] == 0 and position <= trigger[i, w]:
                    wanted = min(level[i, w] - position, most[i, w])
                    if wanted > 1e-6:
                        packs = np.ceil(max(wanted, float(minimum[i])) / multiple[i] - 1e-6)
                        order = max(packs, 1.0) * multiple[i]
                if lead[i] == 0:
                    stock[k] += order
                else:
                    pipeline[k] += order
                    if w + lead[i] < weeks:
                        due[k, w + lead[i]] += order
                lost += max(demand[i, k, w] - stock[k], 0.0)
                stock[k] = max(stock[k] - demand[i, k, w], 0.0)
                total[k] += order
                mean += order
                square += order * order
                sums += total[k]
                squares += total[k] * total[k]
            out[0, i, w] = mean / count
            out[1, i, w] = max(square / count - (mean / count) ** 2, 0.0)
            out[2, i, w] = max(squares / count - (sums / count) ** 2, 0.0)
            out[3, i, w] = lost / count
