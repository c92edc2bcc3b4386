"""A dealer's last year under each policy, at the point that the dealer would have run, and what each step brings.

Two things separate a dealer of today from one who orders what is proposed: goods come sooner, and other quantities are
ordered. `reactive-18` beside `reactive` tells the first apart (the same rule, faster orders), `reactive` beside
`firstmove` the second (the same speed, other decisions). Both are read where the service is equal, and where the stock
is equal: two points that differ in both prove nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.demand.distribution import PooledQuantiles, pool
from firstmove.engine.frames import InvalidFrameError, require_rows
from firstmove.engine.twin.policies import GRID, POLICIES, Policy, Scene, firstmove
from firstmove.engine.twin.promotion import CONFIDENCE, SEED, Verdict, judge
from firstmove.engine.twin.replay import Daily, Outcome, Protocol, Rule, Values
from firstmove.engine.twin.replay import replay as play

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SLOW, FAST, OURS = "reactive-18", "reactive", "firstmove"
DRAWS = 1_000
WEEK = 7
REORDER_MINIMUM_DAYS = 28
_LOW_SERVICE = (0.2, 0.3, 0.4, 0.5)
# The first cover of the policy `reactive`.
_LEAST_WEEKS = 3


@dataclass(frozen=True)
class Habits:
    """How the dealer would have run each policy: cover in days and how often it ordered, and the service asked for."""

    cover_days: int = 35
    order_every_days: int = 14
    service: float = 0.95
    slow_lead_low: int = 15
    slow_lead_high: int = 20


@dataclass(frozen=True, eq=False)
class Tries:
    """A policy at each value of its parameter [K]: `sold_units`, `held_unit_days` and `cost` are [K, n].

    `chosen` is the place of the parameter that the dealer would have run, `outcome` what came of it, with its days.
    """

    parameters: Floats
    sold_units: Floats
    held_unit_days: Floats
    cost: Floats
    chosen: int
    outcome: Outcome


@dataclass(frozen=True, eq=False)
class Played:
    """Every policy on the same demand over `days` days counted; `demanded_units` and the money of a unit are [n]."""

    days: int
    demanded_units: Floats
    values: Values
    tries: Mapping[str, Tries]


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval; None where the curves do not meet."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Step:
    """What one step brings: stock days fewer at the fill, and fill more at the stock, that the slow dealer had.

    `saving`: its money a year on these days, at the chosen points.
    """

    stock_days_fewer: Estimate
    fill_more: Estimate
    cost_less: Estimate


@dataclass(frozen=True)
class Gains:
    """Of speed alone, and of decisions on top of it. The steps at equal fill, and at equal stock, add up."""

    at_fill: float
    at_stock_days: float
    speed: Step
    decisions: Step


@dataclass(frozen=True)
class Proof:
    """Whether decisions alone gain: cost saved over the same dealer who orders as fast by fixed cover.

    Proved where the interval of the saving lies above 0 at no lower fill.
    """

    verdict: Verdict
    fill: float
    fill_of_base: float

    @property
    def gains(self) -> bool:
        return self.verdict.promoted and self.fill >= self.fill_of_base


def learn(before: NDArray[np.float32], *, protocol: Protocol) -> PooledQuantiles:
    """The shape of demand from the days before a window [n, days] of all pairs, as a planning run pools it."""
    span, review = protocol.protection_days, protocol.review_days
    between = [review + lead for lead in protocol.lead_lengths]
    return pool(before, spans=[span, review], mixtures={span: between})


def run(
    scene: Scene,
    *,
    values: Values,
    multiple: Ints,
    key: NDArray[np.uint64],
    pooled: PooledQuantiles,
    habits: Habits | None = None,
    minimum: Ints | None = None,
    order_minimum: float = 0.0,
) -> Played:
    """Play every policy over the scene's window. `pooled` was learned before it; all inputs are row-aligned.

    `multiple`, `minimum` and `order_minimum` (money of a whole order, of a scene that is one dealer's) are the order
    terms of every policy alike: none gains by orders that nobody takes.

    The whole curve is played, since points can only be compared where fill or stock is equal. The chosen points are
    those that the dealer would have run; the nearest on the grid is taken where it lies between.
    """
    habits = habits or Habits()
    n = len(scene.demand)
    require_rows([("demand", n), ("values", len(values.worth)), ("multiple", len(multiple)), ("key", len(key))])
    tries = {}
    demanded = np.zeros(n)
    for name, policy in _policies(habits, pooled).items():
        parameters, sold, held, cost, outcomes = [], [], [], [], []
        for parameter, rule in _as_run(name, policy(scene), scene, habits):
            outcome = play(
                scene.demand,
                rule,
                start=scene.start,
                multiple=multiple,
                key=key,
                protocol=scene.protocol,
                values=values,
                minimum=minimum,
                order_minimum=order_minimum,
            )
            parameters.append(float(parameter))
            sold.append(outcome.sold_units)
            held.append(outcome.held_unit_days)
            cost.append(_cost(outcome, values))
            outcomes.append(outcome)
        chosen = int(np.abs(np.array(parameters) - _chosen(name, habits)).argmin())
        demanded = outcomes[chosen].demanded_units
        tries[name] = Tries(
            np.array(parameters), np.array(sold), np.array(held), np.array(cost), chosen, outcomes[chosen]
        )
    return Played(scene.demand.shape[1] - scene.start - scene.protocol.warm_days, demanded, values, tries)


def together(parts: Sequence[Played]) -> Played:
    """Several dealers as one network: their pairs one after the other, their days added up."""
    if not parts:
        raise InvalidFrameError("there is nothing to put together.")
    first = parts[0]
    values = Values(
        *(
            np.concatenate([getattr(part.values, name) for part in parts])
            for name in ("worth", "margin", "holding_per_day")
        )
    )
    return Played(
        first.days,
        np.concatenate([part.demanded_units for part in parts]),
        values,
        {name: _joined([part.tries[name] for part in parts]) for name in first.tries},
    )


def _joined(tries: Sequence[Tries]) -> Tries:
    first = tries[0]
    rows = {
        name: np.concatenate([getattr(one.outcome, name) for one in tries])
        for name in (
            "demanded_units", "sold_units", "held_unit_days", "empty_days", "order_lines", "order_days",
        )
    }  # fmt: skip
    days = [one.outcome.daily for one in tries if one.outcome.daily is not None]
    daily = Daily(
        *(
            np.sum([getattr(day, name) for day in days], axis=0)
            for name in ("demanded", "sold", "held", "cost", "empty_pairs", "order_lines")
        )
    )
    return Tries(
        first.parameters,
        np.concatenate([one.sold_units for one in tries], axis=1),
        np.concatenate([one.held_unit_days for one in tries], axis=1),
        np.concatenate([one.cost for one in tries], axis=1),
        first.chosen,
        Outcome(first.outcome.days, **rows, daily=daily),
    )


def gains(played: Played, *, group: Ints, slow: str = SLOW, fast: str = FAST, ours: str = OURS) -> Gains:
    """What faster orders alone bring, and what better decisions bring on top, with 95 % intervals.

    The slow dealer's chosen point names the fill and the stock at which all are compared, between the points of the
    curves. Intervals by bootstrap: `group` [n] is drawn with replacement (a product for one dealer, a dealer for a
    network), 1,000 times from a fixed seed, and curves, slow point and crossings are found anew in each draw.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13 (percentile interval).
    """
    demanded, curves = _by_group(played, group)
    weights = np.vstack([np.ones(len(demanded)), _draws(len(demanded))])
    wanted = weights @ demanded
    base = played.tries[slow].chosen
    at = {
        name: (_ratio(weights @ sold.T, wanted), _ratio(weights @ held.T, wanted), weights @ cost.T)
        for name, (sold, held, cost) in curves.items()
        if name in (slow, fast, ours)
    }
    fill, stock = at[slow][0][:, base], at[slow][1][:, base]
    stock_at_fill = {name: _crossings(at[name][0], at[name][1], fill) for name in (fast, ours)}
    fill_at_stock = {name: _crossings(at[name][1], at[name][0], stock) for name in (fast, ours)}
    cost = {name: at[name][2][:, played.tries[name].chosen] for name in at}
    return Gains(
        at_fill=float(fill[0]),
        at_stock_days=float(stock[0]),
        speed=Step(
            stock_days_fewer=_estimate(stock - stock_at_fill[fast]),
            fill_more=_estimate(fill_at_stock[fast] - fill),
            cost_less=_estimate(cost[slow] - cost[fast]),
        ),
        decisions=Step(
            stock_days_fewer=_estimate(stock_at_fill[fast] - stock_at_fill[ours]),
            fill_more=_estimate(fill_at_stock[ours] - fill_at_stock[fast]),
            cost_less=_estimate(cost[fast] - cost[ours]),
        ),
    )


def prove(played: Played, *, group: Ints, base: str = FAST, ours: str = OURS) -> Proof:
    """Whether `ours` costs less than `base` at the points that the dealer would have run, beyond the luck of a few."""
    ours_tries, base_tries = played.tries[ours], played.tries[base]
    verdict = judge(
        champion_cost=base_tries.cost[base_tries.chosen],
        challenger_cost=ours_tries.cost[ours_tries.chosen],
        dealer=group,
        confidence=CONFIDENCE,
    )
    return Proof(verdict=verdict, fill=ours_tries.outcome.fill, fill_of_base=base_tries.outcome.fill)


def weekly(values: Floats) -> Floats:
    """Sums over weeks of daily figures [days]; days beyond the last whole week are left out."""
    weeks = len(values) // WEEK
    sums: Floats = values[: weeks * WEEK].reshape(weeks, WEEK).sum(axis=1)
    return sums


def _policies(habits: Habits, pooled: PooledQuantiles) -> dict[str, Policy]:
    # Curves begin low, so that they meet the fill of a slow dealer, too.
    grid = tuple(sorted({*_LOW_SERVICE, *GRID, habits.service}))
    return {**POLICIES, OURS: partial(firstmove, probabilities=grid, pooled=pooled)}


def _as_run(
    name: str, rules: Iterable[tuple[float, Rule]], scene: Scene, habits: Habits
) -> Iterator[tuple[float, Rule]]:
    """The rules with the dealer's own rhythm: fixed cover is ordered every so many days, and slowly or not."""
    every = max(round(habits.order_every_days / scene.protocol.review_days), 1)
    for parameter, rule in rules:
        if name == SLOW:
            yield (
                parameter,
                replace(
                    rule,
                    every=every,
                    lead_low=max(habits.slow_lead_low, scene.protocol.lead_low),
                    lead_high=max(habits.slow_lead_high, scene.protocol.lead_high),
                ),
            )
        elif name == FAST:
            if parameter == _LEAST_WEEKS:
                for weeks in range(1, _LEAST_WEEKS):  # a cover is so many weeks of one rate
                    yield weeks, replace(rule, level=rule.level * weeks / _LEAST_WEEKS, every=every)
            yield parameter, replace(rule, every=every)
        else:
            yield parameter, rule


def _chosen(name: str, habits: Habits) -> float:
    return {
        SLOW: habits.cover_days / WEEK,
        FAST: habits.cover_days / WEEK,
        "minmax": REORDER_MINIMUM_DAYS,
        "clairvoyant": 1.2,
    }.get(name, habits.service)


def _cost(outcome: Outcome, values: Values) -> Floats:
    lost = outcome.demanded_units - outcome.sold_units
    cost: Floats = lost * values.margin + outcome.held_unit_days * values.holding_per_day
    return cost


def _by_group(played: Played, group: Ints) -> tuple[Floats, dict[str, tuple[Floats, Floats, Floats]]]:
    """Units demanded by group [G], and for each policy units sold, unit-days held and cost, [K, G]."""
    require_rows([("demanded", len(played.demanded_units)), ("group", len(group))])
    _, place = np.unique(group, return_inverse=True)
    count = int(place.max()) + 1 if len(place) else 0

    def summed(rows: Floats) -> Floats:
        return np.array([np.bincount(place, weights=row, minlength=count) for row in rows])

    curves = {
        name: (summed(one.sold_units), summed(one.held_unit_days), summed(one.cost))
        for name, one in played.tries.items()
    }
    return summed(played.demanded_units[None, :])[0], curves


def _draws(groups: int) -> Floats:
    """How often each group is drawn, [draws, G]; none for a single group, which has no interval."""
    if groups < 2:
        return np.zeros((0, groups))
    drawn = np.random.default_rng(SEED).multinomial(groups, np.full(groups, 1 / groups), DRAWS)
    return drawn.astype(np.float64)


def _ratio(part: Floats, whole: Floats) -> Floats:
    ratio: Floats = part / np.maximum(whole, 1e-12)[:, None]
    return ratio


def _crossings(places: Floats, heights: Floats, wanted: Floats) -> Floats:
    """Height of each row's curve where it reaches `wanted`, [rows]; nan where it does not reach there."""
    found = np.full(len(places), np.nan)
    for row, (place, height, target) in enumerate(zip(places, heights, wanted, strict=True)):
        order = np.argsort(place, kind="stable")
        if place[order[0]] <= target <= place[order[-1]]:
            found[row] = np.interp(target, place[order], height[order])
    return found


def _estimate(values: Floats) -> Estimate:
    """The first value is of the sample itself, the others of its draws. No interval where one draw in twenty fails."""
    value, drawn = values[0], values[1:]
    if np.isnan(value):
        return Estimate(None, None, None)
    if not len(drawn) or np.isnan(drawn).mean() > 1 - CONFIDENCE:
        return Estimate(float(value), None, None)
    low, high = np.nanquantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(float(value), float(low), float(high))
