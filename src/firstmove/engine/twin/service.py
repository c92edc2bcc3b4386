"""What service costs: the engine's order replayed over the last days of history at a grid of service quantiles.

The quantile of a class is then the one that was cheapest (`inventory.classes.choose_service`): the critical fractile of
the textbook, margin / (margin + holding), rests on a distribution that is never quite right, on orders that are lost at
once and on whole cartons; the replay has all of that in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.demand.calendar import Calendars, some
from firstmove.engine.demand.distribution import pool
from firstmove.engine.frames import InvalidFrameError, require_rows
from firstmove.engine.twin.policies import Scene, firstmove
from firstmove.engine.twin.replay import Protocol, replay

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GRID = (0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.985, 0.99)
WINDOW_DAYS = 182
LEAST_PAST_DAYS = 420


@dataclass(frozen=True, eq=False)
class Trial:
    """What became of each pair at one quantile over the days counted; each [n]."""

    quantile: float
    costs: Floats  # money: margin lost with unmet demand, and holding
    demanded_units: Floats
    sold_units: Floats
    held_unit_days: Floats

    def fill(self, rows: NDArray[np.bool_]) -> float | None:
        """Units sold over units demanded of some of the pairs; None where nothing was demanded."""
        demanded = float(self.demanded_units[rows].sum())
        return float(self.sold_units[rows].sum()) / demanded if demanded > 0 else None

    def stock_days(self, rows: NDArray[np.bool_]) -> float | None:
        """Mean stock over mean daily demand of some of the pairs; None where nothing was demanded."""
        demanded = float(self.demanded_units[rows].sum())
        return float(self.held_unit_days[rows].sum()) / demanded if demanded > 0 else None


def start_of_window(days: int, *, window_days: int = WINDOW_DAYS) -> int:
    """The first day of the replay, so that `window_days` of `days` are counted after the opening has worn off.

    Raises `InvalidFrameError` where fewer than 420 days stand before it: there is nothing yet to learn from.
    """
    start = days - window_days - Protocol().warm_days
    if start < LEAST_PAST_DAYS:
        raise InvalidFrameError(
            f"a replay over {window_days} days needs {LEAST_PAST_DAYS + days - start} days of history, not {days}."
        )
    return start


def try_service(
    history: NDArray[np.float32],
    *,
    start: int,
    leads: Sequence[tuple[int, ...]],
    review_days: Ints,
    multiple: Ints,
    key: NDArray[np.uint64],
    margin: Floats,
    holding_per_day: Floats,
    grid: Sequence[float] = GRID,
    calendars: Calendars | None = None,
) -> list[Trial]:
    """Replay `history` [n, days] from day `start` on at each quantile of `grid`, every pair under its own conditions.

    `leads`: for each pair the equally likely days of its lead time; `review_days`, `multiple`, `key` (draws the lead
    times, the same for every quantile), `margin` (money for a unit) and `holding_per_day` (money for a unit and day)
    are [n]. The shape of demand is pooled over all pairs from the days before `start`, and an order sees the days
    before it: nothing looks ahead. `calendars` say what was ahead of the pairs on each morning. Pairs with like lead
    time and review are played together.
    """
    n = len(history)
    require_rows([("history", n), ("leads", len(leads)), ("review_days", len(review_days)), ("multiple", len(multiple)),
                  ("key", len(key)), ("margin", len(margin)), ("holding_per_day", len(holding_per_day))])  # fmt: skip
    conditions = [(tuple(lead), int(review)) for lead, review in zip(leads, review_days, strict=True)]
    numbers = {condition: k for k, condition in enumerate(sorted(set(conditions)))}
    place = np.array([numbers[condition] for condition in conditions], np.int64)
    known = Scene(history, start, Protocol()).known(start)
    figures = np.zeros((len(grid), 4, n))
    for (lead, review), number in numbers.items():
        rows = np.flatnonzero(place == number)
        protocol = Protocol(review_days=review, leads=lead)
        span = protocol.protection_days
        pooled = pool(known, spans=[span, review], mixtures={span: [review + days for days in lead]})
        scene = Scene(np.ascontiguousarray(history[rows]), start, protocol, some(calendars, rows))
        for k, (_, rule) in enumerate(firstmove(scene, probabilities=grid, pooled=pooled)):
            outcome = replay(
                scene.demand, rule, start=start, multiple=multiple[rows], key=key[rows], protocol=protocol
            )  # fmt: skip
            figures[k, 0, rows] = outcome.costs(margin=margin[rows], holding_per_day=holding_per_day[rows])
            figures[k, 1, rows] = outcome.demanded_units
            figures[k, 2, rows] = outcome.sold_units
            figures[k, 3, rows] = outcome.held_unit_days
    return [Trial(float(quantile), *figures[k]) for k, quantile in enumerate(grid)]
