"""What sell-out supports: the most that a dealer may be advised to hold, whatever a minimum, truck or rebate offers.

Two bounds, both from the calibrated distribution of the pair's own demand:

- **Stuffing guard.** Stock, transit and order together stay at or below the larger of the order-up-to level (what a
  service asks for) and the units that sell within 91 days in four cases of five. Steady demand so allows nearly a
  quarter's cover, erratic demand a few weeks, and a product that sells now and then nothing beyond its level. Rounding
  the wanted quantity up to a whole multiple may pass the level by less than one order step; a top-up may not.
- **Shelf life.** Stock, transit and order together stay at or below the units that sell within the shelf life in four
  cases of five, lots being sold oldest first; there no rounding up is allowed.

Example: a pair with level 40 whose 20 % quantile of 91 days' demand is 130 units, 25 in stock: at most 105 may be
ordered. With a shelf life of 28 days and a 20 % quantile of 36 units over it, at most 11.
"""

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.demand.belief import Belief, believed
from firstmove.engine.demand.distribution import PooledQuantiles, over

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GUARD_DAYS = 91
CHANCE = 0.8
# A longer shelf life binds nobody: the guard above stops earlier.
LONGEST_SHELF_DAYS = 182
WEEK_DAYS = 7


def shelf_spans(shelf_life_days: Ints) -> Ints:
    """The span that stands for each shelf life, [n] days: whole weeks, rounded down; 0 where there is no bound to keep.

    `shelf_life_days` is 0 where a product keeps. Whole weeks, so that few spans have to be pooled.
    """
    whole = np.where(shelf_life_days >= WEEK_DAYS, shelf_life_days // WEEK_DAYS * WEEK_DAYS, shelf_life_days)
    return np.where(shelf_life_days > LONGEST_SHELF_DAYS, 0, whole)


def spans(shelf_life_days: Ints) -> list[int]:
    """Spans in days that `supported_units` and `fresh_units` will ask for: give them to `distribution.pool`."""
    return sorted({int(span) for span in np.unique(shelf_spans(shelf_life_days)) if span} | {GUARD_DAYS})


def supported_units(history: NDArray[np.float32], pooled: PooledQuantiles, *, level: Floats) -> Floats:
    """The most that stock, transit and order together may come to by a top-up, [n] units; `level` is order-up-to."""
    quarter = over(history, pooled, span=GUARD_DAYS).quantiles([1 - CHANCE])[:, 0]
    return np.maximum(level, quarter)


def fresh_units(
    history: NDArray[np.float32], pooled: PooledQuantiles, *, shelf_life_days: Ints, belief: Belief | None = None
) -> Floats:
    """The units that sell within the shelf life in four cases of five, [n]; infinite where a product keeps."""
    span = shelf_spans(shelf_life_days)
    out = np.full(len(span), np.inf)
    rows = np.flatnonzero(span)
    if len(rows):
        found = over(np.ascontiguousarray(history[rows]), pooled, span=span[rows])
        if belief is not None:
            found = believed(found, belief.rows(rows))
        out[rows] = found.quantiles([1 - CHANCE])[:, 0]
    return out
