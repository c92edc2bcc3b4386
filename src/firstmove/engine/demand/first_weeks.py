"""The first 13 weeks of a dealer or a launch, as they were foreseen on the first day and from week to week.

Each week is foreseen from what was sold before it and nothing later, so that what came can be held against it.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.demand.belief import Belief, corrected
from firstmove.engine.demand.coldstart import LAUNCH_WEEKS, MONTH_DAYS, WEEK_DAYS, Launches, Spread, believe
from firstmove.engine.frames import require_rows

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

BAND = (0.1, 0.9)


@dataclass(frozen=True, eq=False)
class FirstWeeks:
    """Units a week, each [n, 13]: `initial` from the first day, `planned` from what was known when the week began, with
    its 80 % band `low` to `high`. Weeks that have not begun are planned from what is known now."""

    initial: Floats
    planned: Floats
    low: Floats
    high: Floats


def own_share(weeks: Counts, spread: Spread) -> Floats:
    """How much of a dealer's level its own sell-out decides after so many weeks [n], 0 to 1; the rest is its market's.

    n / (n + size_shape) with n = `Spread.evidence`, as in `coldstart.believe`.

    Example: month spread 0.5, size shape 4, four weeks: n = 4, so a half.
    """
    seen = spread.evidence(np.asarray(weeks * WEEK_DAYS, np.float64))
    return np.asarray(seen / (seen + spread.size_shape), np.float64)


def of_dealers(*, rates: Floats, came: Floats, seen: Counts, spread: Spread) -> FirstWeeks:
    """First weeks of new dealers, all products together.

    `rates` [n, p] units a day as on the first day (`coldstart.initial_rates`), `came` [n, 13, p] units of each week,
    `seen` [n] whole weeks that are over. A week's total is gamma: its relative variance is what is not known of the
    size, 1 / (n + size_shape), and chance, four times that of four weeks.

    Example: 10 a day at first are 70 a week; with size shape 4 and month spread 0.25 the relative variance is
    1/4 + 4/16 = 1/2.
    """
    require_rows([("rates", len(rates)), ("came", len(came)), ("seen", len(seen))])
    sums = _before(came)
    planned, variance = (np.empty((len(rates), LAUNCH_WEEKS)) for _ in range(2))
    for week in range(LAUNCH_WEEKS):
        known = np.minimum(week, seen)
        sold = sums[np.arange(len(rates)), known]
        days = (known * WEEK_DAYS).astype(np.float64)
        rate = believe(rates=rates, sold=sold, days=days, spread=spread).rate.reshape(rates.shape)
        planned[:, week] = rate.sum(axis=1) * WEEK_DAYS
        size = 1 / (spread.evidence(days) + spread.size_shape)
        variance[:, week] = size + MONTH_DAYS / WEEK_DAYS * spread.month_spread**2
    initial = np.repeat(rates.sum(axis=1, keepdims=True) * WEEK_DAYS, LAUNCH_WEEKS, axis=1)
    low, high = (planned * _gamma(1 / variance, p) for p in BAND)
    return FirstWeeks(initial, planned, low, high)


def of_launches(launches: Launches, *, group: Counts, came: Floats, seen: Counts, spread: Spread) -> FirstWeeks:
    """First weeks of launches in the whole network; `came` [n, 13] units of each week, `seen` [n] whole weeks over.

    Example: level 10 a day on a flat curve: 70 in each week at first; with shape 1 and lots of 10, 20 sold in the first
    week make it 10 × (1 + 2) / (1 + 7) × 7 = 26 a week from then on.
    """
    require_rows([("group", len(group)), ("came", len(came)), ("seen", len(seen))])
    sums = _before(came)
    planned, low, high = (np.empty((len(group), LAUNCH_WEEKS)) for _ in range(3))
    for week in range(LAUNCH_WEEKS):
        known = np.minimum(week, seen)
        belief = launch_belief(
            launches, group=group, known=known, sold=sums[np.arange(len(group)), known], week=week, spread=spread
        )
        planned[:, week] = belief.rate * WEEK_DAYS
        band = belief.quantiles(np.full(len(group), WEEK_DAYS), BAND)
        low[:, week], high[:, week] = band[:, 0], band[:, 1]
    initial = launches.level[group][:, None] * launches.curve[group] * WEEK_DAYS
    return FirstWeeks(initial, planned, low, high)


def launch_belief(
    launches: Launches, *, group: Counts, known: Counts, sold: Floats, week: int, spread: Spread
) -> Belief:
    """What is believed of launches for their week `week` (from 0), after `sold` [n] units in `known` [n] weeks."""
    curve, level = launches.curve[group], launches.level[group]
    passed = _before(curve)[np.arange(len(group)), known] * WEEK_DAYS
    found = corrected(rate=level, shape=launches.shape, lot=spread.lots(level), sold=sold, days=passed)
    return Belief(rate=found.rate * curve[:, week], shape=found.shape, lot=found.lot)


def _before(weeks: Floats) -> Floats:
    """Sums of all earlier weeks, [n, 14, …]: none before the first."""
    return np.concatenate([np.zeros_like(weeks[:, :1]), weeks.cumsum(axis=1)], axis=1)


def _gamma(shape: Floats, probability: float) -> Floats:
    """Quantile of a gamma distribution of mean 1, by Wilson and Hilferty's cube root (PNAS 17, 1931).

    Example: shape 4, median: (1 - 1/36)³ = 0.919; the true one is 0.918.
    """
    root = 1 - 1 / (9 * shape) + NormalDist().inv_cdf(probability) / (3 * np.sqrt(shape))
    return np.asarray(np.maximum(root, 0.0) ** 3, np.float64)
