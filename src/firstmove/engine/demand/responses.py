"""How demand answers to a change of price and to a promotion: each product's own experience, drawn to its category's,
and that to everybody's.

A product changes its price twice in a year and is promoted now and then; what follows is hidden in lumpy sales. So
every case is weighed by its own error, and that error is read from how far cases of the same kind lie apart, not from a
model's promise.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.frames import InvalidFrameError, require_rows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

WEEK = 7
ELASTICITY = (-4.0, 0.0)
"""Where elasticities are kept: a price that is raised does not sell more, and fourfold is the most that is believed."""
LIFT = (1.0, 5.0)
LEAST_CHANGE = 0.005
SIDE_WEEKS, LEAST_WEEKS = 13, 4
LEAST_UNITS = 5.0
NEAR_DAYS = 35
# A category of few units borrows the network's weeks as if it sold so many a week beside.
BORROWED_UNITS = 50.0
# What a case's error is taken for before others were seen: orders of some units each, and the weight of that guess.
GUESSED_SPREAD, GUESSED_CASES = 5.0, 10.0


@dataclass(frozen=True, eq=False)
class Cases:
    """What happened: each of k cases belongs to a `product` [k] (its row), moved by `cause` [k] and made `effect` [k].

    cause: change of the logarithm of the price, or 1 for a promotion; effect: that of units over what was to be
    expected; `rarity`: 1 / units before + 1 / units after, what the error grows with.
    """

    product: Ints
    cause: Floats
    effect: Floats
    rarity: Floats


@dataclass(frozen=True, eq=False)
class Response:
    """Effect for a cause of 1 of each product, [n], its standard `error`, that of all, and how many cases there were.

    For prices it is the elasticity: -1.5 sells 1.5 % less for 1 % more. For promotions the logarithm of the lift.
    """

    effect: Floats
    error: Floats
    overall: float
    overall_error: float
    cases: int


def price_cases(weekly: Floats, price: Floats, *, category: Ints) -> Cases:
    """Every change of a price, from units a week [n, T] of products and what they cost in it (NaN where none sold).

    Units of up to 13 weeks before and after at the same price are compared, the week of the change and the one before
    left out (customers lay in, or wait). Both sides need 4 weeks and 5 units, and are taken over what the product's
    category sold in those weeks without it, so that a season is no answer to a price. `category` [n]: its number.

    Raises `InvalidFrameError` where shapes differ or units are negative or not finite.
    """
    weekly, price = _units(weekly), np.asarray(price, np.float64)
    require_rows([("weekly", len(weekly)), ("price", len(price)), ("category", len(category))])
    if price.shape != weekly.shape:
        raise InvalidFrameError(f"price is {price.shape} and weekly {weekly.shape}; both have to be [products, weeks].")
    known = np.log(np.where(price > 0, price, np.nan))
    known = carried(known)
    step = np.diff(known, axis=1)
    rows, places = np.nonzero(np.abs(np.nan_to_num(step)) >= LEAST_CHANGE)
    if not len(rows):
        return _none()
    totals = _summed(weekly)
    around = _summed(_beside(weekly, category))
    # bounds of the price before and after: earlier and later changes of the same product
    change = places + 1
    same_before = np.concatenate([[False], rows[1:] == rows[:-1]])
    same_after = np.concatenate([rows[1:] == rows[:-1], [False]])
    since = np.where(same_before, np.concatenate([[0], change[:-1] + 1]), _first(price)[rows])
    until = np.where(same_after, np.concatenate([change[1:] - 1, [0]]), weekly.shape[1])
    low, high = np.maximum(change - 1 - SIDE_WEEKS, since), change - 1
    low_after, high_after = change + 1, np.minimum(change + 1 + SIDE_WEEKS, until)
    good = (high - low >= LEAST_WEEKS) & (high_after - low_after >= LEAST_WEEKS)
    rows, low, high, low_after, high_after = (
        part[good] for part in (rows, low, high, low_after, high_after)
    )  # fmt: skip
    cause = step[rows, places[good]]
    before, after = (totals[rows, b] - totals[rows, a] for a, b in ((low, high), (low_after, high_after)))
    usual = (around[rows, high_after] - around[rows, low_after]) / np.maximum(
        around[rows, high] - around[rows, low], 1e-9
    )
    seen = (before >= LEAST_UNITS) & (after >= LEAST_UNITS) & (usual > 0)
    effect = np.log(after[seen] / before[seen]) - np.log(usual[seen])
    return Cases(rows[seen], cause[seen], effect, 1 / before[seen] + 1 / after[seen])


def promotion_cases(daily: Floats, promoted: Bools, *, first_on: dt.date, category: Ints) -> Cases:
    """What products sold on promoted days over ordinary ones, from units a day [n, T] and which days were promoted.

    A promoted day is compared with the mean of the product's own ordinary days within five weeks, by the weekdays of
    all. Products that would have sold fewer than 20 units then are one case for their category together; fewer than 5
    are none.

    Raises `InvalidFrameError` where shapes differ or units are negative or not finite.
    """
    daily = _units(daily)
    require_rows([("daily", len(daily)), ("promoted", len(promoted)), ("category", len(category))])
    if promoted.shape != daily.shape:
        raise InvalidFrameError(
            f"promoted is {promoted.shape} and daily {daily.shape}; both have to be [products, days]."
        )
    if not promoted.any():
        return _none()
    weight = _weekdays(np.where(promoted, 0.0, daily), ~promoted, first_on)
    near_units, near_weight = (
        _near(np.where(promoted, 0.0, part)) for part in (daily, np.broadcast_to(weight, daily.shape))
    )
    known = promoted & (near_weight > WEEK)
    usual = np.divide(near_units, near_weight, out=np.zeros(daily.shape), where=known) * weight
    units, expected = (daily * known).sum(axis=1), (usual * known).sum(axis=1)
    # a product that sells little by itself speaks with the others of its category
    few = expected < 4 * LEAST_UNITS
    speaker = np.where(few, -1 - category, np.arange(len(daily)))
    names, place = np.unique(speaker, return_inverse=True)
    together, base = np.bincount(place, weights=units), np.bincount(place, weights=expected)
    first = np.full(len(names), len(daily))
    np.minimum.at(first, place, np.where(known.any(axis=1), np.arange(len(daily)), len(daily)))
    heard = (base >= LEAST_UNITS) & (first < len(daily))
    together, base = together[heard], base[heard]
    effect = np.log((together + 0.5) / (base + 0.5))
    return Cases(first[heard], np.ones(len(base)), effect, 1 / (together + 0.5) + 1 / base)


def respond(cases: Cases, *, category: Ints, limits: tuple[float, float]) -> Response:
    """The response of each product, [n] as `category`, from all cases: empirical Bayes over three levels.

    A product's own is the weighted regression of effects on causes through the origin. A case's variance is a × rarity
    + w, both by moments from how cases miss their category's common response, with ten cases' worth of a guess (5 and
    0): lumpy orders and whatever else moves demand in half a year are in it, and what products differ by as far as it
    cannot be told from chance. The variance between products of a category, and
    between categories, is that of DerSimonian and Laird (1986); each level keeps its own estimate with the weight of
    variance between over that plus its error's square, and takes the next level for the rest (Efron and Morris 1975).
    The response of all is drawn to 0 by 1 - (error / response)², and to 0 entirely where its error is the larger.
    Clamped to `limits`.

    Example: cases that all say -2 with no error between them: -2 for all products, seen or not. One case: nearly 0.
    """
    n = len(category)
    if not len(cases.product):
        return Response(np.zeros(n), np.zeros(n), 0.0, 0.0, 0)
    variance = _variances(cases, category)
    weight = cases.cause**2 / variance
    strength = np.bincount(cases.product, weights=weight, minlength=n)
    own = np.bincount(cases.product, weights=cases.cause * cases.effect / variance, minlength=n)
    seen = np.flatnonzero(strength > 0)
    estimate, error = own[seen] / strength[seen], 1 / strength[seen]
    groups, place = np.unique(category[seen], return_inverse=True)
    between = _between(estimate, error, place)
    inner = 1 / (error + between)
    mass = np.bincount(place, weights=inner)
    group_mean, group_error = np.bincount(place, weights=inner * estimate) / mass, 1 / mass
    apart = _between(group_mean, group_error, np.zeros(len(groups), np.int64))
    outer = 1 / (group_error + apart)
    overall, overall_error = float((outer * group_mean).sum() / outer.sum()), float(1 / outer.sum())
    believed = max(1 - overall_error / overall**2, 0.0) if overall else 0.0
    centre = overall * believed
    group_share = apart / (apart + group_error)
    group_value = centre + group_share * (group_mean - centre)
    group_left = apart * (1 - group_share) + (1 - group_share) ** 2 * overall_error
    known = {int(name): row for row, name in enumerate(groups)}
    row = np.array([known.get(int(name), -1) for name in category])
    value = np.where(row >= 0, group_value[row], centre)
    left = np.where(row >= 0, group_left[row], apart + overall_error) + between
    share = between / (between + error)
    prior, prior_left = value[seen], left[seen] - between
    value[seen] = prior + share * (estimate - prior)
    left[seen] = between * (1 - share) + (1 - share) ** 2 * prior_left
    return Response(np.clip(value, *limits), np.sqrt(left), overall, float(np.sqrt(overall_error)), len(cases.product))


def elasticities(weekly: Floats, price: Floats, *, category: Ints) -> Response:
    """The price elasticity of each product, -4 to 0: `price_cases` and `respond`."""
    return respond(price_cases(weekly, price, category=category), category=category, limits=ELASTICITY)


def lifts(daily: Floats, promoted: Bools, *, first_on: dt.date, category: Ints) -> Response:
    """The logarithm of each product's lift on a promoted day, of 1 to 5: `promotion_cases` and `respond`."""
    cases = promotion_cases(daily, promoted, first_on=first_on, category=category)
    return respond(cases, category=category, limits=(float(np.log(LIFT[0])), float(np.log(LIFT[1]))))


def carried(known: Floats) -> Floats:
    """The last value that was seen in each week of [n, T]; NaN before the first."""
    place = np.where(np.isnan(known), -1, np.arange(known.shape[1]))
    last = np.maximum.accumulate(place, axis=1)
    return np.where(last >= 0, np.take_along_axis(known, np.maximum(last, 0), axis=1), np.nan)


def _none() -> Cases:
    return Cases(np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0))


def _units(values: Floats) -> Floats:
    values = np.asarray(values, np.float64)
    if values.ndim != 2 or not np.isfinite(values).all() or (values < 0).any():
        raise InvalidFrameError("units have to be [products, time], finite and not below zero: net them first.")
    return values


def _first(price: Floats) -> Ints:
    """The first week in which each product sold."""
    return np.asarray((~np.isnan(price)).argmax(axis=1), np.int64)


def _summed(values: Floats) -> Floats:
    out = np.zeros((len(values), values.shape[1] + 1))
    np.cumsum(values, axis=1, out=out[:, 1:])
    return out


def _beside(weekly: Floats, category: Ints) -> Floats:
    """What the category of each product sold in each week without it, with some of the network's weeks."""
    _groups, place = np.unique(category, return_inverse=True)
    sold = np.zeros((place.max() + 1, weekly.shape[1]))
    np.add.at(sold, place, weekly)
    network = np.maximum(weekly.sum(axis=0) - weekly, 0.0)
    mean = network.mean(axis=1, keepdims=True)
    shape = np.divide(network, mean, out=np.ones(weekly.shape), where=mean > 0)
    out: Floats = np.maximum(sold[place] - weekly, 0.0) + BORROWED_UNITS * shape
    return out


def _weekdays(units: Floats, counted: Bools, first_on: dt.date) -> Floats:
    """The weekday's factor of each day [T], by all products' ordinary days; mean 1 over the week."""
    number = (first_on.toordinal() + np.arange(units.shape[1])) % WEEK
    sold = np.bincount(number, weights=units.sum(axis=0), minlength=WEEK)
    days = np.bincount(number, weights=counted.sum(axis=0), minlength=WEEK)
    mean = sold / np.maximum(days, 1)
    return (mean / mean.mean() if mean.sum() > 0 else np.ones(WEEK))[number]


def _near(values: Floats) -> Floats:
    """The sum within five weeks of each day, [n, T]."""
    total, days = _summed(values), values.shape[1]
    low = np.maximum(np.arange(days) - NEAR_DAYS, 0)
    high = np.minimum(np.arange(days) + NEAR_DAYS + 1, days)
    out: Floats = total[:, high] - total[:, low]
    return out


def _variances(cases: Cases, category: Ints) -> Floats:
    """The variance of each case's effect, [k]: what the cases themselves tell of it, and a guess beside.

    A case is held against the common response of its category, or of all where it has no other case there.
    """
    spread, drift = GUESSED_SPREAD, 0.0
    _groups, place = np.unique(category[cases.product], return_inverse=True)
    members = np.bincount(place)[place]
    for _ in range(3):
        variance = spread * cases.rarity + drift
        weight, told = cases.cause**2 / variance, cases.cause * cases.effect / variance
        common = told.sum() / max(weight.sum(), 1e-12)
        own = np.bincount(place, weights=told) / np.maximum(np.bincount(place, weights=weight), 1e-12)
        alone = members < 2
        off = (cases.effect - np.where(alone, common, own[place]) * cases.cause) ** 2
        off *= np.where(alone, 1.0, members / np.maximum(members - 1, 1))
        design = np.stack([cases.rarity, np.ones(len(off))], axis=1) / variance[:, None]
        guess = GUESSED_CASES * np.array([[1.0, 0.0], [0.0, 1.0]]) * np.square([cases.rarity.mean(), 1.0])
        guess /= np.mean(variance) ** 2
        found = np.linalg.solve(design.T @ design + guess, design.T @ (off / variance) + guess @ [GUESSED_SPREAD, 0.0])
        spread, drift = max(float(found[0]), 1.0), max(float(found[1]), 0.0)
    out: Floats = spread * cases.rarity + drift
    return out


def _between(estimate: Floats, error: Floats, place: Ints) -> float:
    """The variance between estimates of a group beyond their errors, one for all groups (DerSimonian and Laird)."""
    weight = 1 / error
    mass = np.bincount(place, weights=weight)
    mean = np.bincount(place, weights=weight * estimate) / mass
    swing = float((weight * (estimate - mean[place]) ** 2).sum())
    free = len(estimate) - len(mass)
    scale = float(mass.sum() - (np.bincount(place, weights=weight**2) / mass).sum())
    return max((swing - free) / scale, 0.0) if free > 0 and scale > 1e-12 else 0.0
