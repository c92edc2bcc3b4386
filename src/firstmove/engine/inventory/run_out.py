# ruff: noqa: PLR0917  (numba has no keyword-only arguments: kernels are called by position)
"""When stock runs out, and what is lost before new goods can come.

Demand of t days is taken as negative binomial with mean r t and variance v t (r units a day, v the variance of a day,
above that of Poisson demand): lumpy demand is often nothing at all, also for weeks, and an empty shelf that nobody asks
at loses nothing. With S(t) units on hand and arrived by then, demand exceeds them by day t with probability

    P(D(t) > S) = 1 - sum f(x) over x <= S,    f(0) = p^k,  f(x + 1) = f(x) (k + x) (1 - p) / (x + 1)

with p = r / v and k = r t p / (1 - p), and what it exceeds them by is expected to be

    E(D(t) - S)+ = r t - S + sum (S - x) f(x) over x <= S

(the loss function: Silver, Pyke and Thomas, Inventory and Production Management, 4th ed., section 6.7). Where f(0)
is too small to be a number, it is the gamma distribution of the same mean and variance. What is lost until
goods come is the largest of these up to then: demand that an arrival came too late for stays lost.

Example: none on hand, a sale of six every twelve days (half a unit a day, variance 3 a day), goods in five days: that
anybody asks by then has the chance 1 - (1/6)^(1/2) = .59, and 2.5 units are lost on average.
"""

import math

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.frames import InvalidFrameError, floats, require_columns
from firstmove.engine.jit import kernel

Floats = NDArray[np.float64]

PAIRS: dict[str, pl.DataType] = {
    "on_hand_units": pl.Float64(),
    "rate_units_per_day": pl.Float64(),
    "week_variance": pl.Float64(),
    "comes_in_days": pl.Int64(),
}
"""`comes_in_days`: days until what is ordered now can be sold; `week_variance`: of the units of a week."""

EARLY = 0.1
# Variance over mean of a day: at 1 demand is Poisson, which the negative binomial only comes near to.
LEAST_SPREAD = 1.01
# Told chances are too high: a shelf is empty because somebody has just bought much, who then buys nothing for a while.
# What is told to happen in 4 of 5 cases comes true in more than half of them (`firstmove evaluate --only sensing`).
LIKELY = 0.8
# Nobody is called for less than one lost unit.
LEAST_LOST = 1.0
_LEAST_LOG = -600.0


def threatens() -> pl.Expr:
    """Of the columns of `run_out`: demand is missed before goods can come more likely than not, by a unit or more."""
    return (pl.col("chance") >= LIKELY) & (pl.col("lost_units") >= LEAST_LOST)


def run_out(pairs: pl.DataFrame, arrivals: Floats) -> pl.DataFrame:
    """For each pair when it runs out and what is lost, row-aligned; `arrivals` [n, days] are units for sale on a day.

    Day 0 is today. Columns: `median_days` and `early_days` (days from today on which stock has run out with probability
    one half and `EARLY`, 0 where there is none; null where it does not within `days`), `chance` (that demand is missed
    before goods can come), `lost_units` (until then). Where nothing is sold nothing runs out.

    Raises `InvalidFrameError` for missing columns, negative values, arrivals that are not row-aligned, or a day of
    arrival beyond them.
    """
    require_columns(pairs, PAIRS, name="pairs")
    stock, rate, variance, comes = (floats(pairs, column, name="pairs", minimum=0.0) for column in PAIRS)
    if arrivals.ndim != 2 or len(arrivals) != len(pairs):
        raise InvalidFrameError(
            f"arrivals have the shape {arrivals.shape}; they need one row for each of {len(pairs)}."
        )
    days = arrivals.shape[1]
    if len(comes) and comes.max() > days:
        raise InvalidFrameError(f"goods come in {comes.max():.0f} days, arrivals tell of {days}; tell of more days.")
    median, early = np.empty(len(pairs), np.int64), np.empty(len(pairs), np.int64)
    chance, lost = np.empty(len(pairs)), np.empty(len(pairs))
    arrived = np.ascontiguousarray(arrivals, np.float64)
    _follow(stock, rate, variance, comes.astype(np.int64), arrived, median, early, chance, lost)
    return pl.DataFrame(
        {"median_days": _known(median), "early_days": _known(early), "chance": chance, "lost_units": lost}
    )


def _known(days: NDArray[np.int64]) -> pl.Series:
    """Null where no day was found."""
    return pl.Series(days).set(pl.Series(days < 0), None)


@kernel
def _follow(
    stock: Floats,
    rate: Floats,
    variance: Floats,
    comes: NDArray[np.int64],
    arrivals: Floats,
    median: NDArray[np.int64],
    early: NDArray[np.int64],
    chance: Floats,
    lost: Floats,
) -> None:
    """Fill the last four, [n]; a day that was not found is -1."""
    for i in range(len(stock)):
        median[i] = early[i] = -1
        chance[i] = lost[i] = 0.0
        if rate[i] <= 0:
            continue
        spread = max(variance[i] / 7 / rate[i], LEAST_SPREAD)
        there = stock[i]
        for day in range(arrivals.shape[1]):
            there += arrivals[i, day]
            over, missed = _beyond(rate[i] * (day + 1), spread, there)
            gone = over if there > 0 else 1.0
            if median[i] < 0 and gone >= 0.5:
                median[i] = day
            if early[i] < 0 and gone >= EARLY:
                early[i] = day
            if day < comes[i]:
                chance[i] = max(chance[i], over)
                lost[i] = max(lost[i], missed)


@kernel
def _beyond(mean: float, spread: float, stock: float) -> tuple[float, float]:
    """The probability that demand of that mean and variance over mean exceeds the stock, and by how much it does."""
    shape = mean / (spread - 1)
    log_none = -shape * math.log(spread)
    if log_none < _LEAST_LOG:
        wide = mean / spread
        over = upper_gamma(wide, stock / spread)
        # G(k + 1, x) = G(k, x) + x^k e^-x / Gamma(k + 1)
        return over, max(mean * (over + _step(wide, stock / spread)) - stock * over, 0.0)
    chance, below, left = math.exp(log_none), 0.0, 0.0
    for units in range(int(stock) + 1):
        below += chance
        left += (stock - units) * chance
        if units > mean and chance < 1e-18:
            break
        chance *= (shape + units) / (units + 1) * (1 - 1 / spread)
    return max(1 - below, 0.0), max(mean - stock + left, 0.0)


@kernel
def upper_gamma(shape: float, x: float) -> float:
    """The upper regularised incomplete gamma function G(shape, x) for shape > 0 and x >= 0.

    By its series below shape + 1, by Lentz's continued fraction above (DLMF 8.11.4 and 8.9.2), either until a term
    changes nothing. Example: G(1, 2) = e^-2 = 0.1353.
    """
    if x <= 0:
        return 1.0
    first = _step(shape, x)
    if x < shape + 1:
        term = total = 1.0
        place = shape
        while term > total * 1e-16:
            place += 1
            term *= x / place
            total += term
        return max(1.0 - first * total, 0.0)
    least = 1e-300
    odd = x + 1 - shape
    below, above = 1 / least, 1 / odd
    total = above
    for number in range(1, 100_000):
        factor = number * (shape - number)
        odd += 2
        above = factor * above + odd
        above = 1 / (above if abs(above) > least else least)
        below = odd + factor / below
        below = below if abs(below) > least else least
        change = above * below
        total *= change
        if abs(change - 1) < 1e-15:
            break
    return first * shape * total


@kernel
def _step(shape: float, x: float) -> float:
    """G(shape + 1, x) - G(shape, x) = x^shape e^-x / Gamma(shape + 1)."""
    return math.exp(shape * math.log(x) - x - math.lgamma(shape + 1)) if x > 0 else 0.0
