# ruff: noqa: PLR0912, PLR0917  (numba has no keyword-only arguments, and a kernel's loops stand in one place)
"""What dealers will order in the weeks to come: their own policy, played forward over the demand that may come.

An enterprise that plans from the orders it received plans from its dealers' batches, reviews and corrections: orders
swing more than sales do (Lee, Padmanabhan and Whang, "Information Distortion in a Supply Chain", 1997). Here each pair
is rolled forward from what it has, what is on its way and what it may sell, ordering as the plan will order. The result
is the expected order of each week and its dispersion.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.frames import InvalidFrameError, flat_lists, floats, require_columns, require_rows
from firstmove.engine.inventory.value import NODES, earning_position, stock_position
from firstmove.engine.jit import kernel
from firstmove.engine.twin.opening import draw

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WEEK = 7
WEEKS = 13

PATHS: dict[str, pl.DataType] = {
    "on_hand_units": pl.Float64(),
    "in_transit_units": pl.Float64(),
    "level_units": pl.Float64(),
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


def order_paths(
    pairs: pl.DataFrame,
    *,
    week_nodes: Floats,
    key: NDArray[np.uint64],
    weeks: int = WEEKS,
    season: Floats | None = None,
) -> OrderPaths:
    """Play the plan's policy forward for `pairs` (columns `PATHS`) over `weeks` weeks.

    `week_nodes` [n, 8]: eight equally likely demands of one week; `season` [n, weeks] multiplies demand and level of a
    week (default: 1). Eight scenarios are played; in each week each of the eight demands falls to one of them, by a
    permutation drawn from the pair's `key` [n], so every week's mean and variance are exact and every run is the same.

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
    factors = np.ones((n, weeks)) if season is None else season
    require_rows([("pairs", n), ("week_nodes", len(week_nodes)), ("key", len(key)), ("season", len(factors))])
    if weeks < 1 or factors.shape != (n, weeks) or week_nodes.shape != (n, NODES):
        raise InvalidFrameError(f"week_nodes has to be [n, {NODES}], season [n, {weeks}], and weeks at least 1.")
    lead, review, multiple, minimum = (
        floats(pairs, column, name="pairs", minimum=least).astype(np.int64)
        for column, least in (
            ("lead_days", 0.0),
            ("review_days", 1.0),
            ("order_multiple_units", 1.0),
            ("order_minimum_units", 0.0),
        )
    )
    level, quantity = (floats(pairs, column, name="pairs", minimum=0.0) for column in ("level_units", "quantity_units"))
    on_hand = np.maximum(floats(pairs, "on_hand_units", name="pairs"), 0.0)
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
    out = np.zeros((4, n, weeks))
    _roll(
        on_hand,
        np.maximum(stock_position(pairs, name="pairs") - on_hand, 0.0),
        level,
        trigger,
        review_nodes[:, -1].copy(),
        quantity,
        multiple,
        minimum,
        (2 * lead + WEEK) // (2 * WEEK),
        np.maximum((2 * review + WEEK) // (2 * WEEK), 1),
        np.ascontiguousarray(week_nodes, np.float64),
        np.ascontiguousarray(factors, np.float64),
        np.ascontiguousarray(key, np.uint64),
        out,
    )
    return OrderPaths(out[0], out[1], out[2], out[3])


def swing(weekly: Floats, *, variance: Floats | None = None) -> float:
    """How much a product's week swings around its mean: the coefficient of variation, in the mean over products.

    `weekly` [products, weeks]; products weigh by volume. With `variance`, of the same shape, the weeks are expected
    ones, which vary by it besides. The ratio of two swings is the bullwhip effect, squared: orders over sell-out above
    1 means that orders swing more.

    Example: 0, 20, 0, 20 has a mean of 10 and a standard deviation of 10, so 1.
    """
    mean = weekly.mean(axis=1)
    total = weekly.var(axis=1) + (0.0 if variance is None else variance.mean(axis=1))
    return float(np.sqrt(total).sum() / mean.sum()) if mean.sum() > 0 else 0.0


@kernel
def _roll(
    on_hand: Floats,
    in_transit: Floats,
    level: Floats,
    trigger: Floats,
    most: Floats,
    first: Floats,
    multiple: Ints,
    minimum: Ints,
    lead: Ints,
    every: Ints,
    nodes: Floats,
    season: Floats,
    key: NDArray[np.uint64],
    out: Floats,
) -> None:
    weeks, count = season.shape[1], nodes.shape[1]
    stock, coming, total = np.zeros(count), np.zeros((count, weeks)), np.zeros(count)
    order, turn, beyond = np.zeros(count), np.zeros(count, np.int64), np.zeros(count)
    for i in range(len(on_hand)):
        spread = max(lead[i], 1)
        for k in range(count):
            stock[k], total[k] = on_hand[i], 0.0
            for w in range(weeks):
                coming[k, w] = in_transit[i] / spread if w < spread else 0.0
            # what is due after the last week still counts as position
            beyond[k] = in_transit[i] * max(spread - weeks, 0) / spread
        for w in range(weeks):
            for k in range(count):
                turn[k] = k
            for k in range(count - 1, 0, -1):
                other = int(draw(key[i], w * count + k) % np.uint64(k + 1))
                turn[k], turn[other] = turn[other], turn[k]
            mean = square = sums = squares = lost = 0.0
            for k in range(count):
                position = stock[k] + beyond[k]
                for later in range(w, weeks):
                    position += coming[k, later]
                order[k] = 0.0
                if w == 0:
                    order[k] = first[i]
                elif w % every[i] == 0 and position <= trigger[i] * season[i, w]:
                    wanted = min(level[i] * season[i, w] - position, most[i] * season[i, w])
                    if wanted > 1e-6:
                        packs = np.ceil(max(wanted, float(minimum[i])) / multiple[i] - 1e-6)
                        order[k] = packs * multiple[i]
                if w + lead[i] < weeks:
                    coming[k, w + lead[i]] += order[k]
                else:
                    beyond[k] += order[k]
                demand = nodes[i, turn[k]] * season[i, w]
                available = stock[k] + coming[k, w]
                coming[k, w] = 0.0
                stock[k] = max(available - demand, 0.0)
                lost += max(demand - available, 0.0)
                total[k] += order[k]
                mean += order[k]
                square += order[k] * order[k]
                sums += total[k]
                squares += total[k] * total[k]
            out[0, i, w] = mean / count
            out[1, i, w] = max(square / count - (mean / count) ** 2, 0.0)
            out[2, i, w] = max(squares / count - (sums / count) ** 2, 0.0)
            out[3, i, w] = lost / count
