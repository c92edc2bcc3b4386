"""When stock runs out, and what is lost before new goods can come.

Demand of t days is taken as gamma with mean r t and variance v t (r units a day, v the variance of a day, never below
that of Poisson demand). With S(t) units on hand and arrived by then, stock has run out by day t with probability
P(D(t) > S(t)), and what demand exceeds it by is expected to be

    E(D(t) - S(t))+ = r t G(k + 1, S / b) - S G(k, S / b),    k = r^2 t / v,  b = v / r

with G the upper regularised incomplete gamma function (the loss function of gamma demand: Silver, Pyke and Thomas,
Inventory and Production Management, 4th ed., section 6.7). What is lost until goods come is the largest of these up to
then: demand that an arrival came too late for stays lost.

Example: 6 on hand, 2 a day as Poisson, goods in 5 days: P(D(3) > 6) is 0.44 and P(D(4) > 6) is 0.71, so stock lasts
three days and runs out on the fourth; ten are asked for in five days, so about four are lost.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import gammaincc  # type: ignore[import-untyped]

from firstmove.engine.frames import InvalidFrameError, floats, require_columns

Floats = NDArray[np.float64]

PAIRS: dict[str, pl.DataType] = {
    "on_hand_units": pl.Float64(),
    "rate_units_per_day": pl.Float64(),
    "week_variance": pl.Float64(),
    "comes_in_days": pl.Int64(),
}
"""`comes_in_days`: days until what is ordered now can be sold; `week_variance`: of the units of a week."""

EARLY = 0.1


def run_out(pairs: pl.DataFrame, arrivals: Floats) -> pl.DataFrame:
    """For each pair when it runs out and what is lost, row-aligned; `arrivals` [n, days] are units for sale on a day.

    Day 0 is today. Columns: `median_days` and `early_days` (days from today on which stock has run out with probability
    one half and `EARLY`; null where it does not within `days`), `chance` (of running out before goods can come),
    `lost_units` (until then). Where nothing is sold nothing runs out.

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
    sells = rate > 0
    rate = np.where(sells, rate, 1.0)[:, None]
    scale = np.maximum(variance[:, None] / 7, rate) / rate
    until = np.arange(1, days + 1)
    shape = rate * until / scale
    there = (stock[:, None] + arrivals.cumsum(axis=1)) / scale
    over = np.where(sells[:, None], gammaincc(shape, there), 0.0)
    excess = scale * (shape * gammaincc(shape + 1, there) - there * over)
    before = until <= comes[:, None]
    return pl.DataFrame(
        {
            "median_days": _first(over, 0.5),
            "early_days": _first(over, EARLY),
            "chance": np.where(before, over, 0.0).max(axis=1, initial=0.0),
            "lost_units": np.where(before & sells[:, None], np.maximum(excess, 0.0), 0.0).max(axis=1, initial=0.0),
        }
    )


def _first(over: Floats, share: float) -> pl.Series:
    """The first day on which the probability reaches the share."""
    reached = over >= share
    return pl.Series(reached.argmax(axis=1), dtype=pl.Int64).set(pl.Series(~reached.any(axis=1)), None)
