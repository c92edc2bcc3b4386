"""What has happened to demand since yesterday's plan: learned over the network once, asked of each pair alone.

`learn_watch` sees the whole network: what scores mean (`sensing.calibrate`), on which days hardly anybody sold, and
whose feed is silent. `look` is a function of pairs and that `Watch`, so it does not depend on how the pairs are
partitioned. `list_of` cuts the list as a whole, over all pairs again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.demand import sensing
from firstmove.engine.demand.sensing import KINDS, SPIKED, WEEK, Limits, Shifts
from firstmove.engine.frames import require_rows

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

SHIFTS: dict[str, pl.DataType] = {
    "shift": pl.String(),  # of `sensing.KINDS`; empty where nothing is over its limit
    "shift_rarity": pl.Float64(),  # how often a pair in which nothing changed shows anything as rare
    "shift_days": pl.Int64(),  # days of the calendar since it began
    "shift_usual_units_per_day": pl.Float64(),  # before it
    "shift_now_units_per_day": pl.Float64(),  # since
    "shift_sold_units": pl.Float64(),  # since
    "silent_days": pl.Int64(),  # of the dealer's whole feed; 0 where it is not silent
}
"""What `look` returns for each pair, in the order of the rows that it was given."""

# How many earlier open days of the same weekday tell how many dealers usually sell, and how many of them are enough.
USUAL_WEEKS, LEAST_USUAL_WEEKS = 8, 4
CLOSED_SHARE = 0.5
# The usual rate counts as so many days of evidence for the level of now: the day that a change is dated to is the one
# on which it looks largest, so the days since flatter it.
MEMORY_DAYS = 28.0


@dataclass(frozen=True)
class Watch:
    """What pass 1 learns: plain numbers, so that a run can pin them and send them to every partition.

    `closed`: days of the history on which fewer than half of the dealers that sell on such a weekday did: a holiday, or
    the feed of the whole network is late. `silent`: for how many days a dealer's feed has been silent, by its code.
    """

    limits: Limits
    closed: tuple[int, ...]
    silent: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; `from_dict` gives back an equal object."""
        return {"limits": self.limits.to_dict(), "closed": list(self.closed), "silent": dict(self.silent)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Watch":
        """The opposite of `to_dict`."""
        return cls(Limits.from_dict(data["limits"]), tuple(data["closed"]), dict(data["silent"]))


def learn_watch(
    sample: NDArray[np.float32], *, dealers: Sequence[str], sold: Bools, holidays: Sequence[int] = ()
) -> Watch:
    """Learn from a sample of histories [k, days] and from the days on which each dealer sold anything [dealers, days].

    `holidays`: days of the history on which no dealer has to sell. Neither they nor days on which hardly anybody sold
    count as silence of a dealer. Raises `InvalidFrameError` for rows that are not aligned.
    """
    require_rows([("dealers", len(dealers)), ("sold", len(sold))])
    closed = closed_days(sold.sum(axis=0))
    unseen = closed.copy()
    unseen[[day for day in holidays if 0 <= day < len(unseen)]] = True
    quiet = sensing.silent(sold, unseen=unseen)
    silent = {code: int(days) for code, days in zip(dealers, quiet, strict=True) if days}
    return Watch(sensing.calibrate(sample), tuple(np.flatnonzero(closed).tolist()), dict(sorted(silent.items())))


def closed_days(dealers_that_sold: NDArray[np.int64]) -> Bools:
    """Days on which fewer dealers sold than half the median of the last eight open days of that weekday, [days].

    Example: 40 of 50 dealers sell on Tuesdays; a Tuesday with 19 is closed, one with 20 is not.
    """
    closed = np.zeros(len(dealers_that_sold), np.bool_)
    for weekday in range(WEEK):
        usual: list[int] = []
        for day in range(weekday, len(closed), WEEK):
            count = int(dealers_that_sold[day])
            if len(usual) >= LEAST_USUAL_WEEKS and count < CLOSED_SHARE * float(np.median(usual[-USUAL_WEEKS:])):
                closed[day] = True
            else:
                usual.append(count)
    return closed


def look(
    history: NDArray[np.float32],
    watch: Watch,
    *,
    dealers: Sequence[str],
    empty: Bools,
    swing: Floats | None = None,
    group: NDArray[np.int64] | None = None,
) -> pl.DataFrame:
    """What each pair's demand shows this morning: `SHIFTS`, [n].

    `empty` [n, days]: days without stock. Those, closed days and days of a dealer whose whole feed is silent count for
    nothing. `swing` [groups, d] is the season of the last d days for the `group` of each pair (see `sensing.scan`).
    """
    n, days = history.shape
    require_rows([("history", n), ("dealers", len(dealers)), ("empty", len(empty))])
    unseen = empty.copy()
    unseen[:, list(watch.closed)] = True
    quiet = np.array([watch.silent.get(code, 0) for code in dealers], np.int64)
    for row in np.flatnonzero(quiet):
        unseen[row, days - quiet[row] :] = True
    common = None
    if swing is not None:
        common = np.ones((len(swing), days))
        reach = min(swing.shape[1], days)
        common[:, days - reach :] = swing[:, swing.shape[1] - reach :]
    scores = sensing.scan(history, mornings=[days], unseen=unseen, swing=common, group=group)
    found = sensing.shifts(scores.score[:, 0], watch.limits)
    rows, kind = np.arange(n), np.maximum(found.kind, 0)
    since, usual = scores.since[rows, 0, kind], scores.usual[rows, 0, kind]
    now = scores.level(MEMORY_DAYS)[rows, 0, kind]
    # Of a silence and of a spike, what was sold since is all that there is to say.
    exact = scores.units[rows, 0, kind] / np.maximum(scores.days[rows, 0, kind], 1.0)
    plain = np.isin(kind, [KINDS.index(sensing.STOPPED), KINDS.index(SPIKED)])
    return pl.DataFrame(
        {
            "shift": pl.Series([KINDS[one] if one >= 0 else "" for one in found.kind], dtype=pl.String),
            "shift_rarity": found.rarity,
            "shift_days": np.where(found.kind >= 0, days - since, 0),
            "shift_usual_units_per_day": usual,
            "shift_now_units_per_day": np.where(plain, exact, now),
            "shift_sold_units": scores.units[rows, 0, kind],
            "silent_days": quiet,
        },
        schema=SHIFTS,
    )


def list_of(found: pl.DataFrame) -> pl.DataFrame:
    """The rows of all pairs (columns `SHIFTS` and others) whose change stands in the list as a whole."""
    kind = np.array([KINDS.index(one) if one else -1 for one in found["shift"]], np.int64)
    return found.filter(pl.Series(sensing.told(Shifts(kind, found["shift_rarity"].to_numpy())), dtype=pl.Boolean))
