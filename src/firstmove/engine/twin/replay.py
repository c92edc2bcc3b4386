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
) -> Outcome:
    """Play `rule` over `demand` [n, days] from day `start` on; orders are whole multiples, and at least the `minimum`.

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
    out: Floats,
    each_day: Floats,
) -> None:
    n, days = demand.shape
    horizon = leads.max() + 1
    ring = np.zeros(horizon)
    choices = np.uint64(len(leads))
    for i in range(n):
        ring[:] = 0.0
        on_hand, on_order = opening[i], 0.0
        for t in range(start, days):
            slot = t % horizon
            on_hand += ring[slot]
            on_order -= ring[slot]
            ring[slot] = 0.0
            counted = t >= start + warm_days
            review = (t - start) // review_days
            if (t - start) % review_days == 0 and review % every == 0:
                position = on_hand + on_order
                if position < trigger[i, review]:
                    wanted = min(level[i, review] - position, most[i, review])
                    if wanted > 1e-6 * multiple[i]:
                        packs = np.ceil(max(wanted, minimum[i]) / multiple[i] - 1e-6)
                        lead = leads[int(draw(key[i], review) % choices)]
                        on_order += packs * multiple[i]
                        ring[(t + lead) % horizon] += packs * multiple[i]
                        if counted:
                            out[i, 4] += 1.0
                            out[i, 5] += lead
                            if len(each_day) > 0:
                                each_day[t - start - warm_days, 5] += 1.0
            sold = min(on_hand, float(demand[i, t]))
            on_hand -= sold
            if counted:
                out[i, 0] += demand[i, t]
                out[i, 1] += sold
                out[i, 2] += on_hand
                out[i, 3] += on_hand <= 0.0
                if len(each_day) > 0:
                    day, lost = t - start - warm_days, demand[i, t] - sold
                    each_day[day, 0] += demand[i, t] * money[i, 0]
                    each_day[day, 1] += sold * money[i, 0]
                    each_day[day, 2] += on_hand * money[i, 0]
                    each_day[day, 3] += lost * money[i, 1] + on_hand * money[i, 2]
                    each_day[day, 4] += on_hand <= 0.0
