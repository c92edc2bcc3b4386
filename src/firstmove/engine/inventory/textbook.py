# ruff: noqa: PLR0917  (numba has no keyword-only arguments: kernels are called by position)
"""The reorder rules of the textbook, at their optimum: what an ERP's settings could be worth at best.

Sources: Snyder and Shen, Fundamentals of Supply Chain Theory, 2nd ed., 2019 (chapters 3 to 5); the exact (s,S) by Zheng
and Federgruen 1991, the exact (r,Q) by Federgruen and Zheng 1992. All of them carry unmet demand over and know the
distribution of demand; the twin's days lose it and only estimate, so there these are policies like any other.

Units are those of the distribution. Costs are of one unit for one period: `holding` for what is left at its end,
`shortage` for what is missing; `order_cost` is for one order, whatever its size.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.frames import InvalidFrameError, require_rows
from firstmove.engine.jit import kernel

Floats = NDArray[np.float64]

TAIL = 1e-12
FURTHEST = 200_000
STEPS = 100


@dataclass(frozen=True)
class Reorder:
    """Order when the position is at `point` or under it: up to `point` + `quantity`, or `quantity` (its rule says)."""

    point: int
    quantity: int
    cost: float

    @property
    def level(self) -> int:
        return self.point + self.quantity


def critical_ratio(*, holding: float, shortage: float) -> float:
    """Probability with which demand should be covered: shortage / (shortage + holding)."""
    if holding <= 0 or shortage <= 0:
        raise InvalidFrameError(f"holding is {holding} and shortage {shortage}; both have to be above 0.")
    return shortage / (shortage + holding)


def normal_level(mean: Floats, deviation: Floats, *, ratio: float) -> Floats:
    """Newsvendor's level of normal demand: mean + z(ratio) × deviation, row by row.

    Example 4.3: N(50, 8²), holding 0.18, shortage 0.70: 56.604.
    """
    level: Floats = mean + NormalDist().inv_cdf(ratio) * deviation
    return level


def economic_order_quantity(rate: Floats, *, order_cost: Floats, holding: Floats) -> Floats:
    """√(2 × order cost × rate / holding), row by row; `rate` in units a period.

    Example 3.1: 1,300 units a year, 8 an order, 0.225 to hold a unit for a year: 304.05.
    """
    quantity: Floats = np.sqrt(2 * order_cost * rate / holding)
    return quantity


def count_distribution(mean: float, variance: float | None = None) -> Floats:
    """Probabilities of 0, 1, 2 … units: negative binomial with this mean and variance, Poisson where it is not wider.

    The tail of 1e-12 is cut and the rest scaled to 1.
    """
    if not mean >= 0 or not np.isfinite(mean):
        raise InvalidFrameError(f"mean is {mean}; it has to be a number of at least 0.")
    return _distribution(float(mean), float(mean if variance is None else variance))


def newsvendor(demand: Floats, *, holding: float, shortage: float) -> tuple[int, float]:
    """The level that costs least for one period with demand of probabilities [k] of 0 … k - 1 units, and its cost.

    Level: the least whose cumulative probability is the critical ratio or more. Worked: Poisson of 50, holding 0.18,
    shortage 0.70: 56 at a cost of 1.797.
    """
    _checked(demand)
    critical_ratio(holding=holding, shortage=shortage)
    totals, mean = _totals(demand)
    level = _cheapest(totals, holding, shortage)
    return level, _period_cost(totals, mean, holding, shortage, level)


def reorder_quantity(
    lead_time_demand: Floats, *, rate: float, holding: float, shortage: float, order_cost: float
) -> Reorder:
    """The (r,Q) that costs least a period: at r or under it, order Q. Demand comes unit by unit, `rate` a period.

    c(r, Q) = (order cost × rate + Σ G(y), y = r + 1 … r + Q) / Q, with G the cost of a period that starts its lead time
    at y. G is convex, so the best Q positions are grown from its minimum, the cheaper side first, while the next lowers
    the mean. Example 5.8: Poisson of 3 over a lead time of 2, holding 20, shortage 150, 100 an order: (3, 5) at 107.92.
    """
    _checked(lead_time_demand)
    critical_ratio(holding=holding, shortage=shortage)
    totals, mean = _totals(lead_time_demand)
    point, quantity, cost = _reorder_quantity(totals, mean, rate, holding, shortage, order_cost)
    return Reorder(int(point), int(quantity), float(cost))


def min_max(
    period_demand: Floats,
    *,
    holding: float,
    shortage: float,
    order_cost: float,
    protection_demand: Floats | None = None,
) -> Reorder:
    """The (s,S) that costs least a period: at s = `point` or under it, order up to S = `level`.

    c(s, S) = (order cost + Σ m(j) G(S - j), j = 0 … S - s - 1) / Σ m(j), with m the renewal density of the demand of a
    period and G the expected cost of a period over the demand until the next order can arrive (`protection_demand`;
    that of a period where orders come at once). Example 4.7: Poisson of 6, holding 1, shortage 4, 5 an order: (4, 10)
    at 8.0341.
    """
    _checked(period_demand)
    critical_ratio(holding=holding, shortage=shortage)
    totals, mean = _totals(period_demand if protection_demand is None else protection_demand)
    if period_demand[0] >= 1:
        raise InvalidFrameError("demand of a period is never above 0: there is nothing to order for.")
    point, level, cost = _min_max(period_demand, totals, mean, holding, shortage, order_cost)
    return Reorder(int(point), int(level - point), float(cost))


def min_max_rows(
    *,
    mean: Floats,
    variance: Floats,
    protection_mean: Floats,
    protection_variance: Floats,
    order_cost: Floats,
    ratio: float,
) -> tuple[Floats, Floats]:
    """(s, S) of each row, [n] units each, for a critical `ratio`; `order_cost` in costs of holding a unit for a period.

    Rows without demand get (-1, -1): nothing is ordered for them.
    """
    return _rows(mean, variance, protection_mean, protection_variance, order_cost, ratio, fixed=False)


def reorder_quantity_rows(
    *,
    mean: Floats,
    variance: Floats,
    protection_mean: Floats,
    protection_variance: Floats,
    order_cost: Floats,
    ratio: float,
) -> tuple[Floats, Floats]:
    """(r, Q) of each row, [n] units each, as `min_max_rows`; rows without demand get (-1, 0)."""
    return _rows(mean, variance, protection_mean, protection_variance, order_cost, ratio, fixed=True)


def _rows(
    mean: Floats,
    variance: Floats,
    protection_mean: Floats,
    protection_variance: Floats,
    order_cost: Floats,
    ratio: float,
    *,
    fixed: bool,
) -> tuple[Floats, Floats]:
    columns = [mean, variance, protection_mean, protection_variance, order_cost]
    require_rows([("mean", len(mean)), *(("moments and order costs", len(column)) for column in columns)])
    if not 0 < ratio < 1:
        raise InvalidFrameError(f"ratio is {ratio}; it has to lie between 0 and 1.")
    width = protection_mean + 4 * np.sqrt(protection_variance)
    lot = economic_order_quantity(mean, order_cost=order_cost, holding=np.ones(len(mean)))
    # large sellers are reckoned in steps, so that no row has more than about a hundred of them
    step = np.maximum(np.ceil(np.maximum(width, lot) / STEPS), 1.0)
    moments = np.column_stack(
        [mean / step, variance / step**2, protection_mean / step, protection_variance / step**2, order_cost / step]
    )
    found = _solve(np.ascontiguousarray(moments), ratio / (1 - ratio), fixed)
    selling = (mean > 0) & (protection_mean > 0)
    point = np.where(selling, (found[:, 0] + 1) * step - 1, -1.0)
    if fixed:
        return point, np.where(selling, found[:, 1] * step, 0.0)
    return point, np.where(selling, found[:, 1] * step, -1.0)


def _checked(demand: Floats) -> None:
    if demand.ndim != 1 or not len(demand) or (demand < 0).any() or abs(demand.sum() - 1) > 1e-6:
        raise InvalidFrameError("demand is a list of probabilities of 0, 1, 2 … units that add up to 1.")


@kernel
def _distribution(mean: float, variance: float) -> Floats:
    """Terms by recursion from 0 in logarithms, since e^-mean is 0 in floats for a mean of 750."""
    if mean <= 0:
        return np.ones(1)
    spread = max(variance, mean)
    wide = spread > mean * (1 + 1e-9)
    size = mean * mean / (spread - mean) if wide else 0.0
    share = 1 - mean / spread
    length = min(int(mean + 12 * np.sqrt(spread) + 40 * spread / mean), FURTHEST) + 2
    out = np.zeros(length)
    log = size * np.log(mean / spread) if wide else -mean
    out[0] = np.exp(log)
    total = out[0]
    last = length
    for k in range(1, length):
        log += np.log((size + k - 1) / k * share) if wide else np.log(mean / k)
        out[k] = np.exp(log)
        total += out[k]
        if k > mean and total > 1 - TAIL:
            last = k + 1
            break
    shares: Floats = out[:last] / total
    return shares


@kernel
def _totals(demand: Floats) -> tuple[Floats, float]:
    """Running sums of the cumulative distribution (expected units left of a stock of y at index y), and the mean."""
    totals = np.zeros(len(demand) + 1)
    below, mean = 0.0, 0.0
    for k in range(len(demand)):
        below += demand[k]
        mean += k * demand[k]
        totals[k + 1] = totals[k] + below
    return totals, mean


@kernel
def _period_cost(totals: Floats, mean: float, holding: float, shortage: float, level: int) -> float:
    """G(level) = holding × E(level - D)⁺ + shortage × E(D - level)⁺, for any level, below 0 too."""
    if level <= 0:
        left = 0.0
    elif level < len(totals):
        left = totals[level]
    else:
        left = level - mean
    return holding * left + shortage * (left + mean - level)


@kernel
def _cheapest(totals: Floats, holding: float, shortage: float) -> int:
    level, ratio = 0, shortage / (shortage + holding)
    while level + 2 < len(totals) and totals[level + 1] - totals[level] < ratio - 1e-12:
        level += 1
    return level


@kernel
def _reorder_quantity(
    totals: Floats, mean: float, rate: float, holding: float, shortage: float, order_cost: float
) -> tuple[int, int, float]:
    low = _cheapest(totals, holding, shortage)
    high = low
    cost = order_cost * rate + _period_cost(totals, mean, holding, shortage, low)
    while True:
        under = _period_cost(totals, mean, holding, shortage, low - 1)
        over = _period_cost(totals, mean, holding, shortage, high + 1)
        size = high - low + 1
        if min(under, over) >= cost / size:
            return low - 1, size, cost / size
        cost += min(under, over)
        if under <= over:
            low -= 1
        else:
            high += 1


@kernel
def _grown(demand: Floats, density: Floats, known: int, wanted: int) -> Floats:
    """Renewal density m(0) … m(wanted - 1): how often a position j under the level is met between two orders."""
    if wanted > len(density):
        longer = np.zeros(max(wanted, 2 * len(density)))
        longer[:known] = density[:known]
        density = longer
    stays = 1 - demand[0]
    for j in range(known, wanted):
        met = 1.0 if j == 0 else 0.0
        for k in range(1, min(j, len(demand) - 1) + 1):
            met += demand[k] * density[j - k]
        density[j] = met / stays
    return density


@kernel
def _mean_cost(
    totals: Floats, mean: float, holding: float, shortage: float, order_cost: float, density: Floats, s: int, top: int
) -> float:
    cost, length = order_cost, 0.0
    for j in range(top - s):
        cost += density[j] * _period_cost(totals, mean, holding, shortage, top - j)
        length += density[j]
    return cost / length


@kernel
def _min_max(
    demand: Floats, totals: Floats, mean: float, holding: float, shortage: float, order_cost: float
) -> tuple[int, int, float]:
    """Zheng and Federgruen's search: bounds on s and S tighten with every better cost."""
    top = _cheapest(totals, holding, shortage)
    s = top - 1
    density = _grown(demand, np.zeros(64), 0, 64)
    known = 64
    best = _mean_cost(totals, mean, holding, shortage, order_cost, density, s, top)
    while best > _period_cost(totals, mean, holding, shortage, s):
        s -= 1
        if top - s > known:
            density = _grown(demand, density, known, 2 * known)
            known *= 2
        best = _mean_cost(totals, mean, holding, shortage, order_cost, density, s, top)
    tried = top + 1
    while _period_cost(totals, mean, holding, shortage, tried) <= best:
        while tried - s > known:
            density = _grown(demand, density, known, 2 * known)
            known *= 2
        cost = _mean_cost(totals, mean, holding, shortage, order_cost, density, s, tried)
        if cost < best:
            top, best = tried, cost
            while best <= _period_cost(totals, mean, holding, shortage, s + 1) and s + 1 < top:
                s += 1
                best = _mean_cost(totals, mean, holding, shortage, order_cost, density, s, top)
        tried += 1
    return s, top, best


@kernel
def _solve(moments: Floats, shortage: float, fixed: bool) -> Floats:
    """(s, S) or, where `fixed`, (r, Q) of rows of mean, variance, both over protection, and order cost."""
    out = np.zeros((len(moments), 2))
    for i in range(len(moments)):
        if moments[i, 0] <= 0 or moments[i, 2] <= 0:
            continue
        totals, mean = _totals(_distribution(moments[i, 2], moments[i, 3]))
        if fixed:
            point, quantity, _ = _reorder_quantity(totals, mean, moments[i, 0], 1.0, shortage, moments[i, 4])
            out[i, 0], out[i, 1] = point, quantity
        else:
            demand = _distribution(moments[i, 0], moments[i, 1])
            point, level, _ = _min_max(demand, totals, mean, 1.0, shortage, moments[i, 4])
            out[i, 0], out[i, 1] = point, level
    return out
