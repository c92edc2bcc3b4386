"""The policies that are compared on the same demand, each as a curve over its own parameter.

Every policy but `clairvoyant` sees the days before an order day and nothing after. A policy's parameter says how
careful it is; sweeping it draws the curve of stock against fill on which policies can be compared at equal service.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.demand.boosted import BoostedQuantiles, Driver
from firstmove.engine.demand.boosted import over as demand_boosted
from firstmove.engine.demand.calendar import Calendars, PairCalendar
from firstmove.engine.demand.distribution import PooledQuantiles, pool
from firstmove.engine.demand.methods import POOLED, seen_by
from firstmove.engine.inventory.textbook import min_max_rows, normal_level, reorder_quantity_rows
from firstmove.engine.twin.replay import Protocol, Rule

Floats = NDArray[np.float64]

GRID = (0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995)
RECENT_DAYS = 28
SPREAD_DAYS = 182
LEVEL_DAYS = 91
YEAR_DAYS = 364
QUARTER_REVIEWS = 13
HISTORY_DAYS = 730


@dataclass(frozen=True, eq=False)
class Scene:
    """What is replayed: demand [n, days], of which the window from day `start` on is played, under a protocol.

    `calendars`: what season, holidays and offers ask of the pairs on the morning of a day, as a plan would have seen it
    then (`demand.mornings`).
    """

    demand: NDArray[np.float32]
    start: int
    protocol: Protocol
    calendars: Calendars | None = None

    @property
    def order_days(self) -> NDArray[np.int64]:
        return self.protocol.order_days(start=self.start, days=self.demand.shape[1])

    def known(self, day: int) -> NDArray[np.float32]:
        """The two years before the morning of `day`, [n, 730 or fewer]."""
        return np.ascontiguousarray(self.demand[:, max(day - HISTORY_DAYS, 0) : day])

    def calendar(self, day: int) -> PairCalendar | None:
        """What the morning of `day` sees ahead."""
        return None if self.calendars is None else self.calendars(day)

    def mean(self, days: int) -> Floats:
        """Mean of the `days` before each order day, [n, R]."""
        return self._window_sums(self.demand, days) / np.minimum(self.order_days, days)

    def deviation(self, days: int) -> Floats:
        """Standard deviation of the `days` before each order day, [n, R]."""
        count = np.minimum(self.order_days, days)
        squares = self._window_sums(np.square(self.demand, dtype=np.float64), days) / count
        return np.sqrt(np.maximum(squares - self.mean(days) ** 2, 0.0))

    def _window_sums(self, values: NDArray[np.float32] | Floats, days: int) -> Floats:
        totals = np.zeros((values.shape[0], values.shape[1] + 1))
        np.cumsum(values, axis=1, dtype=np.float64, out=totals[:, 1:])
        ends = self.order_days
        return totals[:, ends] - totals[:, np.maximum(ends - days, 0)]


Rules = Iterator[tuple[float, Rule]]
Policy = Callable[[Scene], Rules]


def reactive(scene: Scene) -> Rules:
    """Fixed cover of so many weeks at the mean of 28 days, ordered every second week."""
    weekly = scene.mean(RECENT_DAYS) * 7
    for weeks in (3, 4, 5, 6, 7, 8, 10, 12, 14):
        yield weeks, Rule(weekly * weeks, every=2)


def reactive_18(scene: Scene) -> Rules:
    """`reactive` whose orders take 15 to 20 days: the slow order cycle that a network without the system has.

    Beside `reactive` it says what speed alone brings; `reactive` beside `firstmove` what decisions bring.
    """
    weekly = scene.mean(RECENT_DAYS) * 7
    for weeks in (3, 4, 5, 6, 7, 8, 10, 12, 14, 18, 22):
        yield weeks, Rule(weekly * weeks, every=2, lead_low=15, lead_high=20)


def textbook(scene: Scene) -> Rules:
    """Mean of 28 days over the protection period plus z standard deviations of independent days, every week."""
    span = scene.protocol.protection_days
    expected = scene.mean(RECENT_DAYS) * span
    spread = scene.deviation(SPREAD_DAYS) * np.sqrt(span)
    for service in (*GRID, 0.999):
        yield service, Rule(normal_level(expected, spread, ratio=service))


def minmax(scene: Scene) -> Rules:
    """The reorder rule of an ERP: below a minimum order up to a maximum, both set once a quarter.

    The minimum is so many days of the mean of 91 days, the maximum two weeks more, and at least one unit.
    """
    mean = scene.mean(LEVEL_DAYS)
    quarter = np.arange(mean.shape[1]) // QUARTER_REVIEWS * QUARTER_REVIEWS
    rate = mean[:, quarter]
    for days in (14, 18, 21, 28, 35, 42, 56, 70, 90, 120):
        least = np.where(rate > 0, np.maximum(rate * days, 1.0), 0.0)
        yield days, Rule(least + rate * 14, trigger=least)


def best_minmax(scene: Scene, *, order_cost: Floats) -> Rules:
    """`minmax` at its best: the (s,S) of least cost for each pair's own demand, set anew once a quarter.

    `order_cost` [n]: what an order line costs, in costs of holding a unit for a review period. Beside `firstmove` it
    says what a well kept reorder rule would leave to gain.
    """
    for service, quarters in _reorder_rules(scene):
        least, level = (
            np.stack(part, axis=1)
            for part in zip(
                *(min_max_rows(**moments, order_cost=order_cost, ratio=service) for moments in quarters), strict=True
            )
        )
        yield service, Rule(_each_review(scene, level), trigger=_each_review(scene, least) + 1)


def reorder_point(scene: Scene, *, order_cost: Floats) -> Rules:
    """The other rule of an ERP at its best: the (r,Q) of least cost as a minimum of r and a maximum of r + Q.

    Orders are placed at reviews only, where the position is often well under r: a bare Q would never catch up.
    """
    for service, quarters in _reorder_rules(scene):
        point, quantity = (
            np.stack(part, axis=1)
            for part in zip(
                *(reorder_quantity_rows(**moments, order_cost=order_cost, ratio=service) for moments in quarters),
                strict=True,
            )
        )
        yield service, Rule(_each_review(scene, point + quantity), trigger=_each_review(scene, point) + 1)


def _reorder_rules(scene: Scene) -> Iterator[tuple[float, list[dict[str, Floats]]]]:
    """The services to try, each with the moments that were known on the first morning of every quarter."""
    review, protection = scene.protocol.review_days, scene.protocol.protection_days
    quarters = []
    for day in scene.order_days[::QUARTER_REVIEWS]:
        known = scene.known(int(day))[:, -YEAR_DAYS:]
        totals = np.zeros((known.shape[0], known.shape[1] + 1))
        np.cumsum(known, axis=1, dtype=np.float64, out=totals[:, 1:])
        period, span = (totals[:, days:] - totals[:, :-days] for days in (review, protection))
        rate = known.mean(axis=1, dtype=np.float64)
        quarters.append(
            {
                "mean": rate * review,
                "variance": period.var(axis=1),
                "protection_mean": rate * protection,
                "protection_variance": span.var(axis=1),
            }
        )
    for service in GRID:
        yield service, quarters


def _each_review(scene: Scene, quarterly: Floats) -> Floats:
    """[n, quarters] as [n, R]."""
    return quarterly[:, np.arange(len(scene.order_days)) // QUARTER_REVIEWS]


def clairvoyant(scene: Scene) -> Rules:
    """Orders up to the demand that really follows: what a perfect forecast would be worth."""
    days = scene.demand.shape[1]
    totals = np.zeros((scene.demand.shape[0], days + 1))
    np.cumsum(scene.demand, axis=1, dtype=np.float64, out=totals[:, 1:])
    now = scene.order_days
    for share in (0.8, 1.0, 1.2):
        ends = np.minimum(now + round(scene.protocol.protection_days * share), days)
        yield share, Rule(totals[:, ends] - totals[:, now])


def firstmove(scene: Scene, *, probabilities: Sequence[float] = GRID, pooled: PooledQuantiles | None = None) -> Rules:
    """The engine's order: up to a quantile of the demand over lead time and review, at most that of the review.

    The shape of demand is pooled once, on the eve of the window, as a planning run does on its morning. What is ahead
    of an order day (`Scene.calendars`) moves the demand as it does in a plan.
    """
    protection, review = scene.protocol.protection_days, scene.protocol.review_days
    if pooled is None:
        lengths = [review + lead for lead in scene.protocol.lead_lengths]
        pooled = pool(scene.known(scene.start), spans=[protection, review], mixtures={protection: lengths})
    levels, most = [], []
    for day in scene.order_days:
        demand = seen_by(POOLED, scene.known(int(day)), pooled, calendar=scene.calendar(int(day)))
        levels.append(demand(protection).quantiles(probabilities))
        most.append(demand(review).quantiles(probabilities))
    level, cap = np.stack(levels, axis=1), np.stack(most, axis=1)
    for k, service in enumerate(probabilities):
        yield service, Rule(level[:, :, k], most=cap[:, :, k])


def boosted(
    scene: Scene,
    *,
    model: BoostedQuantiles,
    drivers: Sequence[Driver] = (),
    probabilities: Sequence[float] = GRID,
) -> Rules:
    """As `firstmove`, with the challenger's quantiles; `model` was trained on the days before the window."""
    demands = demand_boosted(scene.demand, model, mornings=scene.order_days, drivers=drivers)
    levels = np.stack([demand.quantiles(probabilities) for demand in demands], axis=1)
    for k, service in enumerate(probabilities):
        yield service, Rule(levels[:, :, k])


POLICIES: dict[str, Policy] = {
    "reactive-18": reactive_18,
    "reactive": reactive,
    "minmax": minmax,
    "textbook": textbook,
    "firstmove": firstmove,
    "clairvoyant": clairvoyant,
}
"""From the slowest to what nobody can reach."""
