"""Regular swings within a week, pooled: a pair alone sells too rarely to have a Tuesday of its own."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.frames import require_rows

Floats = NDArray[np.float64]

WEEK = 7
SHRINK_DAYS = 200.0


@dataclass(frozen=True, eq=False)
class WeekdayProfile:
    """How a group's demand spreads over the week: `factors` [n, 7], mean 1 a row, for day numbers modulo 7."""

    factors: Floats

    def shares(self, *, first_day: int, days: int) -> Floats:
        """Factor of each of `days` days from the day numbered `first_day`, [n, days]."""
        return self.factors[:, (first_day + np.arange(days)) % WEEK]


def weekday_profile(history: NDArray[np.float32], *, group: NDArray[np.int64], first_day: int) -> WeekdayProfile:
    """Pool the days with a sale of each `group` [n] (its dealer) by day of the week, shrunk to the whole network.

    Days with a sale are counted, not units: one large order would make its weekday the rule. `first_day` numbers the
    first day of history [n, days]. A group counts in full beside the network from some 200 days with a sale on.

    Example: a dealer who sells on Mondays alone, on very many of them, has the factor 7 on Mondays and 0 else.
    """
    require_rows([("history", len(history)), ("group", len(group))])
    weekday = (first_day + np.arange(history.shape[1])) % WEEK
    sold = np.stack([(history[:, weekday == day] > 0).sum(axis=1) for day in range(WEEK)], axis=1).astype(np.float64)
    groups, place = np.unique(group, return_inverse=True)
    counts = np.zeros((len(groups), WEEK))
    np.add.at(counts, place, sold)
    everywhere = counts.sum(axis=0)
    network = (everywhere + 1.0) / (everywhere.sum() + WEEK)
    shrunk = counts + SHRINK_DAYS * network
    return WeekdayProfile((shrunk / shrunk.sum(axis=1, keepdims=True) * WEEK)[place])
