"""Demand of a dealer or a product that has no history yet: from dealers and launches that are like it.

**A new dealer** sells what its look-alikes sell, in the mix they sell it, times its own size: a rank-1 model dealer ×
product. Its size follows from its market (customers, share, growth) as it does at dealers who are known; look-alikes
are dealers with a market of like size who are near. **A new product** sells what launches of its category and price
band sold, along the curve of their first weeks, and is spread over dealers by their size.

Both are means of a `Belief`. Lots follow Taylor's power law (Aggregation, variance and the mean, Nature 189, 1961):
the variance of four weeks' sales over their mean grows as a power of the mean. What is sold from the first day on
corrects the dealer (or product) as a whole first, then each pair. Everything here sees the past alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.demand.belief import Belief, corrected
from firstmove.engine.frames import InvalidFrameError, require_rows

Floats = NDArray[np.float64]

MONTH_DAYS = 28
LEAST_DEALERS = 3
LEAST_LAUNCHES = 5
LAUNCH_WEEKS = 13
WEEK_DAYS = 7
# A dealer teaches others from half a year of sales on, by those of 13 times four weeks.
KNOWN_DAYS = 182
MONTHS = 13
PRICE_BANDS = 3
# Markets half or twice as large are nearly as like; twenty times are not. Dealers 80 km away are like half as much.
SIZE_WIDTH = 1.0
DISTANCE_KM = 80.0
UNKNOWN_KM, SAME_REGION_KM = 250.0, 80.0
# Bounds of learned shapes: below, a belief would be worth nothing; above, sell-out could not correct it.
LEAST_SHAPE, MOST_SHAPE = 0.25, 20.0
# A month spread below this is luck.
_LEAST_SPREAD = 0.05
_LOT_BINS = 20


@dataclass(frozen=True, eq=False)
class Markets:
    """What is known of dealers beside their sales, each [d]. `reach` is their customers, or those that they serve.

    `lat`, `lon` in degrees, NaN where not known; `region` "" where not known.
    """

    reach: Floats
    lat: Floats
    lon: Floats
    region: NDArray[np.str_]


@dataclass(frozen=True)
class Spread:
    """What known dealers teach about sizes and chance.

    `intercept`, `slope`: log units a day = intercept + slope × log reach. `size_shape`: how sure a size from the market
    is, as a gamma shape. `pair_shape`: how sure the rank-1 mix is of a single pair. `month_spread`: standard deviation
    over mean of a dealer's four weeks. `lot_scale`, `lot_power`: units of a lot = scale × (units in four weeks)^power.
    """

    intercept: float
    slope: float
    size_shape: float
    pair_shape: float
    month_spread: float
    lot_scale: float
    lot_power: float

    def lots(self, rate: Floats) -> Floats:
        """Units of a lot at `rate` units a day; at least a hundredth, so that rare products keep a distribution.

        Example: scale 5, power 0.5, 1 a day: 5 × 28^0.5 = 26.5 units.
        """
        month = np.maximum(rate * MONTH_DAYS, 1e-3)
        return np.asarray(np.maximum(self.lot_scale * month**self.lot_power, 0.01), np.float64)

    def evidence(self, days: Floats) -> Floats:
        """What so many days of a dealer's own sales count against `size_shape`: days / 28 / month_spread².

        Example: four weeks at a month spread of 0.25 count 16.
        """
        return np.asarray(days / MONTH_DAYS / max(self.month_spread, _LEAST_SPREAD) ** 2, np.float64)


def learn(sold: Floats, markets: Markets) -> Spread:
    """What known dealers teach, from `sold` [months, d, p]: units in each of the last months of 28 days.

    The mix of each dealer is predicted from all others, so that no dealer explains itself. Raises `InvalidFrameError`
    for fewer than three dealers with sales.
    """
    require_rows([("sold", sold.shape[1]), ("reach", len(markets.reach))])
    month = sold.mean(axis=0)
    size = month.sum(axis=1)
    if len(size) < LEAST_DEALERS or not (size > 0).all() or not (markets.reach > 0).all():
        raise InvalidFrameError(
            f"{len(size)} dealers were given; at least {LEAST_DEALERS} with sales and customers are needed."
        )
    reach = np.log(markets.reach)
    far = reach - reach.mean()
    slope = float(np.clip(far @ np.log(size) / (far @ far), 0.0, 2.0)) if far @ far > 1e-9 else 1.0
    intercept = float((np.log(size / MONTH_DAYS) - slope * reach).mean())
    missed = np.log(size / MONTH_DAYS) - intercept - slope * reach
    power, scale = _taylor(sold, month)
    others = month.sum(axis=0)[None, :] - month
    expected = size[:, None] * others / np.maximum(others.sum(axis=1, keepdims=True), 1e-9)
    # Over the months together chance is small beside what tells pairs apart; pairs weigh by one over their mean.
    chance = scale * np.maximum(expected, 1e-3) ** power * expected / len(sold)
    weight = 1.0 / (expected + 0.5)
    extra = float((((month - expected) ** 2 - chance) * weight).sum())
    totals = sold.sum(axis=2)
    return Spread(
        intercept=intercept,
        slope=slope,
        size_shape=_shape(float(missed @ missed) / max(len(size) - 2, 1)),
        pair_shape=_shape(extra / max(float((expected**2 * weight).sum()), 1e-9)),
        month_spread=float(np.median(totals.std(axis=0, ddof=1) / totals.mean(axis=0))),
        lot_scale=scale,
        lot_power=power,
    )


def _taylor(sold: Floats, month: Floats) -> tuple[float, float]:
    """Power and scale of variance / mean = scale × mean^power, over pairs in bins of like mean."""
    seen = month > 0
    mean, variance = month[seen], sold.var(axis=0, ddof=1)[seen]
    bins = np.array_split(np.argsort(mean, kind="stable"), min(_LOT_BINS, max(len(mean) // 5, 1)))
    x = np.log([mean[rows].mean() for rows in bins])
    y = np.log([max(variance[rows].sum() / mean[rows].sum(), 0.05) for rows in bins])
    far = x - x.mean()
    power = float(np.clip(far @ y / (far @ far), 0.0, 0.9)) if far @ far > 1e-9 else 0.0
    return power, float(np.exp(y.mean() - power * x.mean()))


def _shape(relative_variance: float) -> float:
    return float(np.clip(1.0 / max(relative_variance, 1e-9), LEAST_SHAPE, MOST_SHAPE))


def distances(new: Markets, known: Markets) -> Floats:
    """Kilometres as the crow flies on a plane, [new, known]; NaN where a place is not known."""
    north = (new.lat[:, None] - known.lat[None, :]) * 111.2
    east = (new.lon[:, None] - known.lon[None, :]) * 111.2 * np.cos(np.radians(new.lat))[:, None]
    return np.asarray(np.hypot(north, east), np.float64)


def likeness(new: Markets, known: Markets) -> Floats:
    """How like each known dealer is to each new one, [new, known], 0 to 1: by size of the market and by distance.

    exp(-log(reach ratio)² / 2) × exp(-distance / 80 km). Without places, dealers of the same region count as 80 km
    apart and others as 250.

    Example: a market e times as large at the same place: exp(-1/2) = 0.61.
    """
    ratio = (np.log(new.reach)[:, None] - np.log(known.reach)[None, :]) / SIZE_WIDTH
    told = (new.region[:, None] == known.region[None, :]) & (new.region != "")[:, None]
    distance = distances(new, known)
    distance = np.where(np.isfinite(distance), distance, np.where(told, SAME_REGION_KM, UNKNOWN_KM))
    return np.asarray(np.exp(-(ratio**2) / 2) * np.exp(-distance / DISTANCE_KM), np.float64)


def initial_rates(*, new: Markets, known: Markets, sold: Floats, spread: Spread) -> tuple[Floats, Floats]:
    """Units a day that each new dealer is expected to sell of each product, [new, p], and its weights [new, known].

    size × mix: the size from the market, the mix as the mean of the known dealers' mixes (their shares of `sold`
    [known, p] units), weighted by likeness and by the root of their sales, as larger dealers show their mix better.
    Weights sum to 1.
    """
    require_rows([("sold", len(sold)), ("known", len(known.reach))])
    total = sold.sum(axis=1)
    weight = likeness(new, known) * np.sqrt(total)[None, :]
    # Nobody near: then everybody's mix.
    weight = weight + 1e-6 * np.sqrt(total)[None, :]
    weight /= weight.sum(axis=1, keepdims=True)
    mix = weight @ (sold / np.maximum(total, 1e-9)[:, None])
    size = np.exp(spread.intercept + spread.slope * np.log(new.reach))
    return size[:, None] * mix, weight


def believe(*, rates: Floats, sold: Floats, days: Floats, spread: Spread) -> Belief:
    """What is believed of new dealers' pairs after `days` [new] days with sales of `sold` [new, p]; flat, [new × p].

    First the whole dealer: the log of its sales over what was expected counts by n / (n + size_shape), where n is
    `Spread.evidence`. Then each pair by its own sales (`belief.corrected`). What is not known of the dealer's
    size stays in the shape of every pair.

    Example: after four weeks with a month spread of 0.25, n = 16; with size shape 4 a dealer that sold twice what was
    expected is taken to be 2^(16 / 20) = 1.74 times as large.
    """
    due = rates.sum(axis=1) * days
    seen = spread.evidence(days)
    # A dealer that sold nothing yet counts as one that sold a tenth of what was due: opening takes its time.
    ratio = np.clip(np.maximum(sold.sum(axis=1), 0.0) / np.maximum(due, 1e-9), 0.1, 10.0)
    size = np.exp(seen / (seen + spread.size_shape) * np.log(np.where(due > 0, ratio, 1.0)))
    rate = (rates * size[:, None]).ravel()
    days_each = np.repeat(days, rates.shape[1])
    pair = corrected(rate=rate, shape=spread.pair_shape, lot=spread.lots(rate), sold=sold.ravel(), days=days_each)
    whole = np.repeat(seen + spread.size_shape, rates.shape[1])
    return Belief(rate=pair.rate, shape=1.0 / (1.0 / pair.shape + 1.0 / whole), lot=spread.lots(pair.rate))


@dataclass(frozen=True, eq=False)
class Launches:
    """What past launches teach: `curve` [groups, 13] sales of each week since launch over their mean, `level` [groups]
    units a day in the network over those weeks, `shape` how alike launches are (gamma), and `count` [groups]."""

    curve: Floats
    level: Floats
    shape: float
    count: NDArray[np.int64]


def launch_groups(categories: Sequence[str], prices: Floats) -> NDArray[np.int64]:
    """The group of each product that may be launched, [n] from 0 on: its category and third of prices."""
    edges = np.quantile(prices, np.linspace(0, 1, PRICE_BANDS + 1)[1:-1]) if len(prices) else np.zeros(0)
    keys = list(zip(categories, np.searchsorted(edges, prices, side="right").tolist(), strict=True))
    number = {key: place for place, key in enumerate(sorted(set(keys)))}
    return np.array([number[key] for key in keys], np.int64)


def learn_launches(weeks: Floats, *, group: NDArray[np.int64], groups: int) -> Launches:
    """Curves and levels of `groups` from past launches: `weeks` [launches, 13] units in the network since launch.

    Both are pooled by group (category and price band) and shrunk to all launches, which count as five. Raises
    `InvalidFrameError` for fewer than five launches that sold.

    Example: all launches sell 3 a week at first and 1 in the end, 2 on average: the curve goes from 1.5 to 0.5.
    """
    require_rows([("weeks", len(weeks)), ("group", len(group))])
    if len(weeks) < LEAST_LAUNCHES or not weeks.sum():
        raise InvalidFrameError(f"{len(weeks)} launches were given; at least {LEAST_LAUNCHES} that sold are needed.")
    level = weeks.mean(axis=1) / WEEK_DAYS
    # Launches count alike, whatever they sold: one large launch is no curve.
    shares = weeks / np.maximum(weeks.mean(axis=1, keepdims=True), 1e-9)
    all_curve, all_level = shares.mean(axis=0), level.mean()
    curve, means = np.zeros((groups, weeks.shape[1])), np.zeros(groups)
    np.add.at(curve, group, shares)
    np.add.at(means, group, level)
    count = np.bincount(group, minlength=groups)
    curve = (curve + LEAST_LAUNCHES * all_curve) / (count + LEAST_LAUNCHES)[:, None]
    means = (means + LEAST_LAUNCHES * all_level) / (count + LEAST_LAUNCHES)
    missed = (level / means[group] - 1) ** 2
    curve /= np.maximum(curve.mean(axis=1, keepdims=True), 1e-9)
    return Launches(curve=curve, level=means, shape=_shape(float(missed.mean())), count=count)


def launch_rates(
    launches: Launches, *, group: NDArray[np.int64], days: NDArray[np.int64], sold: Floats, spread: Spread
) -> Floats:
    """Units a day that each new product will sell in the whole network from now on, [p].

    The level of its group, corrected by what all dealers `sold` [p] in the `days` [p] since launch against what the
    curve expected of them, times the curve of the week that begins.

    Example: level 10, flat curve, shape 1, lots of 10, 20 sold in 7 days: 10 × (1 + 2) / (1 + 7) = 3.75 a day.
    """
    require_rows([("group", len(group)), ("days", len(days)), ("sold", len(sold))])
    curve = launches.curve[group]
    daily = np.repeat(curve, WEEK_DAYS, axis=1)
    passed = np.array([row[:n].sum() + max(n - len(row), 0) * row[-1] for row, n in zip(daily, days, strict=True)])
    level = launches.level[group]
    found = corrected(rate=level, shape=launches.shape, lot=spread.lots(level), sold=sold, days=passed)
    week = np.minimum(days // WEEK_DAYS, curve.shape[1] - 1)
    return np.asarray(found.rate * curve[np.arange(len(group)), week], np.float64)
