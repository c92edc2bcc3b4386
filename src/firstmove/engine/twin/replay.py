# ruff: noqa: PLR0917  (numba has no keyword-only arguments: kernels are called by position)
"""A policy on real demand, day by day: what would have been sold, lost, held and ordered.

Days run like this: goods that are due arrive; on an order day the policy orders; the day's demand is served from what
is on hand, and what finds no stock is lost. The first days (`warm_days`) are played but not counted, so that the
opening stock, which nobody knows, has little say.

A policy is a `Rule`: numbers for each pair and each order day, made from what was known that morning. The kernel adds
what a policy cannot know beforehand, the stock of that morning.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.frames import InvalidFrameError, require_rows
from firstmove.engine.jit import kernel
from firstmove.engine.twin.opening import draw

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FAR = 1e18
OPENING_RATE_DAYS = 182
LEAST_RATE = 0.01


@dataclass(frozen=True)
class Protocol:
    """Under which circumstances policies are compared; the defaults are those of the reference replay.

    An order takes `lead_low`..`lead_high` days, each equally likely, or one of `leads` where those are given.
    """

    warm_days: int = 35
    review_days: int = 7
    lead_low: int = 5
    lead_high: int = 12
    opening_days: int = 21
    leads: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.lead_low <= self.lead_high or self.review_days < 1 or self.warm_days < 0:
            raise InvalidFrameError("a protocol needs 0 < lead_low <= lead_high, review_days >= 1 and warm_days >= 0.")
        if any(lead < 1 for lead in self.leads):
            raise InvalidFrameError("a lead time is at least one day.")

    @property
    def lead_lengths(self) -> tuple[int, ...]:
        """The equally likely days that an order takes."""
        return self.leads or tuple(range(self.lead_low, self.lead_high + 1))

    @property
    def protection_days(self) -> int:
        """From an order day to the arrival of the next order, at the mean lead time, rounded up."""
        return self.review_days - (-sum(self.lead_lengths) // len(self.lead_lengths))

    def order_days(self, *, start: int, days: int) -> Ints:
        """Days on which orders can be placed, [R]: every `review_days` from the window's first day."""
        return np.arange(start, days, self.review_days, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Rule:
    """What a policy orders on each order day: where the position is below `trigger`, up to `level`, at most `most`.

    Each [n, R], units. `every`: only every so many-th order day is used. `lead_low`, `lead_high`: in place of the
    protocol's, for a policy whose orders take another way.
    """

    level: Floats
    trigger: Floats | None = None
    most: Floats | None = None
    every: int = 1
    lead_low: int | None = None
    lead_high: int | None = None


@dataclass(frozen=True, eq=False)
class Values:
    """What a unit of each pair is worth, [n], money: on the shelf, as margin when it sells, and to hold for a day."""

    worth: Floats
    margin: Floats
    holding_per_day: Floats


@dataclass(frozen=True, eq=False)
class Daily:
    """All pairs together on each day counted, [days]: money, but `empty_pairs` and `order_lines`, which are counts."""

    demanded: Floats
    sold: Floats
    held: Floats
    cost: Floats
    empty_pairs: Floats
    order_lines: Floats


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of each pair over the days counted; each [n]."""

    days: int
    demanded_units: Floats
    sold_units: Floats
    held_unit_days: Floats
    empty_days: Floats
    order_lines: Floats
    order_days: Floats  # sum of the days from order to arrival, over the lines
    daily: Daily | None = None

    @property
    def fill(self) -> float:
        """Units sold over units demanded."""
        return _share(self.sold_units.sum(), self.demanded_units.sum())

    @property
    def stock_days(self) -> float:
        """Mean stock over mean daily demand."""
        return _share(self.held_unit_days.sum(), self.demanded_units.sum())

    @property
    def empty(self) -> float:
        """Share of pair-days that end with nothing on hand."""
        return float(self.empty_days.mean() / self.days) if len(self.empty_days) else 0.0

    @property
    def turnover(self) -> float:
        """Times a year that the stock is sold."""
        return _share(365 * self.fill, self.stock_days)

    @property
    def order_cycle_days(self) -> float:
        """Mean days from order to arrival, over order lines."""
        return _share(self.order_days.sum(), self.order_lines.sum())

    def cost(self, *, margin: Floats, holding_per_day: Floats) -> float:
        """Margin lost with unmet demand, and the cost of holding: both [n], money for a unit (and day)."""
        return float(self.costs(margin=margin, holding_per_day=holding_per_day).sum())

    def costs(self, *, margin: Floats, holding_per_day: Floats) -> Floats:
        """The cost of each pair, [n]."""
        return (self.demanded_units - self.sold_units) * margin + self.held_unit_days * holding_per_day


def replay(
    demand: NDArray[np.float32],
    rule: Rule,
    *,
    start: int,
    multiple: Ints,
    key: NDArray[np.uint64],
    protocol: Protocol | None = None,
    values: Values | None = None,
    minimum: Ints | None = None,
    order_minimum: float = 0.0,
) -> Outcome:
    """Play `rule` over `demand` [n, days] from day `start` on; orders are whole multiples, and at least the `minimum`.

    With an `order_minimum` (money, by the worth in `values`) the pairs are one dealer's: on a day on which their lines
    together come to less, nothing is ordered, and they are looked at again on the next order day.

    Stock opens with `opening_days` of the mean of the 182 days before `start`, rounded up. The lead time of an order is
    drawn evenly from the protocol's range by a hash of the pair's `key` [n] and the number of the order day: every
    policy meets the same lead times, and a pair meets the same ones in any partition. With `values` the outcome tells
    the course of the days as well.

    Example: 3 on hand, a demand of 2 a day, nothing ordered: 3 of 4 units are sold in two days, and stock is 1, then 0.

    Raises `InvalidFrameError` when the inputs are not row-aligned, or the window is not longer than `warm_days`.
    """
    protocol = protocol or Protocol()
    n, days = demand.shape
    if not 0 <= start < days - protocol.warm_days:
        raise InvalidFrameError(
            f"the window has {days - start} days; it has to be longer than the {protocol.warm_days} days of warming up."
        )
    reviews = len(protocol.order_days(start=start, days=days))
    trigger = np.full((n, reviews), FAR) if rule.trigger is None else rule.trigger
    most = np.full((n, reviews), FAR) if rule.most is None else rule.most
    require_rows([("demand", n), ("level", len(rule.level)), ("multiple", len(multiple)), ("key", len(key))])
    for name, numbers in (("level", rule.level), ("trigger", trigger), ("most", most)):
        if numbers.shape != (n, reviews):
            raise InvalidFrameError(f"{name} is {numbers.shape}; {n} pairs and {reviews} order days are replayed.")
    if n and multiple.min() < 1:
        raise InvalidFrameError("multiple is at least 1.")
    if order_minimum > 0 and values is None:
        raise InvalidFrameError("an order's minimum in money takes values: what a unit of each pair is worth.")
    leads = protocol.lead_lengths
    if rule.lead_low is not None and rule.lead_high is not None:
        leads = tuple(range(rule.lead_low, rule.lead_high + 1))
    before = demand[:, max(start - OPENING_RATE_DAYS, 0) : start]
    rate = np.maximum(before.mean(axis=1) if before.shape[1] else np.zeros(n), LEAST_RATE)
    out = np.zeros((n, 6))
    counted = days - start - protocol.warm_days
    each_day = np.zeros((counted if values is not None else 0, 6))
    money = (
        np.zeros((n, 3))
        if values is None
        else np.column_stack([values.worth, values.margin, values.holding_per_day]).astype(np.float64)
    )
    require_rows([("demand", n), ("values", len(money)), ("minimum", n if minimum is None else len(minimum))])
    _play(
        np.ascontiguousarray(demand),
        start,
        protocol.warm_days,
        protocol.review_days,
        rule.every,
        np.array(leads, np.int64),
        np.ceil(rate * protocol.opening_days).astype(np.float64),
        np.ascontiguousarray(multiple, np.int64),
        np.zeros(n) if minimum is None else np.ascontiguousarray(minimum, np.float64),
        np.ascontiguousarray(key, np.uint64),
        np.ascontiguousarray(rule.level, np.float64),
        np.ascontiguousarray(trigger, np.float64),
        np.ascontiguousarray(most, np.float64),
        np.ascontiguousarray(money),
        np.array([0, n]) if order_minimum > 0 else np.arange(n + 1),
        float(order_minimum),
        out,
        each_day,
    )
    daily = None if values is None else Daily(*(each_day[:, k] for k in range(6)))
    demanded, sold, held, empty, lines, waited = out.T
    return Outcome(counted, demanded, sold, held, empty, lines, waited, daily)


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else 0.0


@kernel
def _play(
    demand: NDArray[np.float32],
    start: int,
    warm_days: int,
    review_days: int,
    every: int,
    leads: Ints,
    opening: Floats,
    multiple: Ints,
    minimum: Floats,
    key: NDArray[np.uint64],
    level: Floats,
    trigger: Floats,
    most: Floats,
    money: Floats,
    bounds: Ints,
    order_minimum: float,
    out: Floats,
    each_day: Floats,
) -> None:
    """Orders are placed by block of pairs, `bounds[b]` up to `bounds[b + 1]`: a pair alone, or a dealer's together."""
    days = demand.shape[1]
    horizon = leads.max() + 1
    choices = np.uint64(len(leads))
    largest = 0
    for b in range(len(bounds) - 1):
        largest = max(largest, bounds[b + 1] - bounds[b])
    ring = np.zeros((largest, horizon))
    on_hand, on_order, units = np.zeros(largest), np.zeros(largest), np.zeros(largest)
    for b in range(len(bounds) - 1):
        first, size = bounds[b], bounds[b + 1] - bounds[b]
        ring[:] = 0.0
        on_order[:] = 0.0
        for k in range(size):
            on_hand[k] = opening[first + k]
        for t in range(start, days):
            slot, review, counted = t % horizon, (t - start) // review_days, t - start - warm_days
            for k in range(size):
                on_hand[k] += ring[k, slot]
                on_order[k] -= ring[k, slot]
                ring[k, slot] = 0.0
            if (t - start) % review_days == 0 and review % every == 0:
                amount = _wish(
                    first, size, review, multiple, minimum, level, trigger, most, money, on_hand, on_order, units
                )
                for k in range(size):
                    if units[k] > 0 and amount >= order_minimum:
                        i = first + k
                        lead = leads[int(draw(key[i], review) % choices)]
                        on_order[k] += units[k]
                        ring[k, (t + lead) % horizon] += units[k]
                        if counted >= 0:
                            out[i, 4] += 1.0
                            out[i, 5] += lead
                            if len(each_day) > 0:
                                each_day[counted, 5] += 1.0
            _serve(first, size, t, counted, demand, money, on_hand, out, each_day)


@kernel
def _wish(
    first: int,
    size: int,
    review: int,
    multiple: Ints,
    minimum: Floats,
    level: Floats,
    trigger: Floats,
    most: Floats,
    money: Floats,
    on_hand: Floats,
    on_order: Floats,
    units: Floats,
) -> float:
    """What each pair of a block would order, into `units` [size], and the money that it comes to."""
    amount = 0.0
    for k in range(size):
        i = first + k
        units[k] = 0.0
        position = on_hand[k] + on_order[k]
        if position < trigger[i, review]:
            wanted = min(level[i, review] - position, most[i, review])
            if wanted > 1e-6 * multiple[i]:
                units[k] = np.ceil(max(wanted, minimum[i]) / multiple[i] - 1e-6) * multiple[i]
                amount += units[k] * money[i, 0]
    return amount


@kernel
def _serve(
    first: int,
    size: int,
    t: int,
    counted: int,
    demand: NDArray[np.float32],
    money: Floats,
    on_hand: Floats,
    out: Floats,
    each_day: Floats,
) -> None:
    """The demand of day `t` from what a block has on hand; before `counted` 0 nothing is counted."""
    for k in range(size):
        i = first + k
        sold = min(on_hand[k], float(demand[i, t]))
        on_hand[k] -= sold
        if counted < 0:
            continue
        out[i, 0] += demand[i, t]
        out[i, 1] += sold
        out[i, 2] += on_hand[k]
        out[i, 3] += on_hand[k] <= 0.0
        if len(each_day) > 0:
            lost = demand[i, t] - sold
            each_day[counted, 0] += demand[i, t] * money[i, 0]
            each_day[counted, 1] += sold * money[i, 0]
            each_day[counted, 2] += on_hand[k] * money[i, 0]
            each_day[counted, 3] += lost * money[i, 1] + on_hand[k] * money[i, 2]
            each_day[counted, 4] += on_hand[k] <= 0.0
