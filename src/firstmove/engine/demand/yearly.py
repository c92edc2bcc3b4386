"""The year's swing of a category, pooled over its products: a pair alone sells too rarely to have a season of its own.

A week to come is compared with the same weeks of earlier years. Festivals that move with the moon are compared with
themselves: the week before a Spring Festival in February with the week before one in January.
"""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.demand.distribution import (
    MIDDLE_DAYS,
    MIDDLE_SHARE,
    RECENT_DAYS,
    RECENT_SHARE,
    SEASON_MARGIN_DAYS,
    SEASON_SHARE,
    YEAR_SHARE,
)
from firstmove.engine.frames import InvalidFrameError

Floats = NDArray[np.float64]

YEAR_WEEKS = 52
LEAST_YEARS, MOST_YEARS = 2, 3
# The season that a pair's level already holds (`distribution.centre`): that of its last weeks and of the weeks around
# the same day a year ago, with their shares; the rest is the year, which has none.
RECENT = ((MIDDLE_DAYS // 7, MIDDLE_SHARE), (RECENT_DAYS // 7, RECENT_SHARE))
BASE_WEEKS = max(weeks for weeks, _share in RECENT)
AROUND_WEEKS = SEASON_MARGIN_DAYS // 7
GROWTH = (0.7, 1.4)
FACTOR = (0.3, 4.0)
_SMOOTH = np.array([0.25, 0.5, 0.25])
# A festival is felt from so many weeks before the week that it falls in to so many after.
_BEFORE, _AFTER = 4, 2
_MOVING = {"CN": ("Chinese New Year (Spring Festival)", "Mid-Autumn Festival")}


@dataclass(frozen=True, eq=False)
class SeasonAhead:
    """The season of the weeks to come: `factors` [categories, weeks] multiply what `demand.distribution` expects.

    `reliability` [categories] is how much of a category's swing came again the next year, 0 to 1: so much of it is
    believed. `years` were compared; 0 where there are fewer than two, and every factor is then 1.
    """

    factors: Floats
    reliability: Floats
    years: int


def season_ahead(weekly: Floats, *, morning: dt.date, weeks: int, country: str = "") -> SeasonAhead:
    """Factors of the `weeks` from `morning` on, from units sold a week [categories, T], the last of them ending then.

    Each week is taken over its year's level (a line through the years' means, so that growth is no season), smoothed
    over three weeks, and shrunk towards 1 by how well years agree: with r the correlation of one year's swing with the
    next, y years deserve y r / (1 + (y - 1) r) (Spearman 1910, Brown 1910). The factor is the coming week's season over
    the season that is already in a pair's level (0.6 of its last 13 weeks).

    Example: twice as much in every December and an even rest: seen from June, December's factor is 2 over the mean;
    seen from December's end, January's factor is below 1, for the level still holds December.

    Raises `InvalidFrameError` for negative or non-finite units or no weeks.
    """
    weekly = np.asarray(weekly, np.float64)
    if weekly.ndim != 2 or weeks < 1:
        raise InvalidFrameError("weekly has to be [categories, weeks], and at least one week is to be looked at.")
    if not np.isfinite(weekly).all() or (weekly < 0).any():
        raise InvalidFrameError("weekly holds units below zero or not finite: net them by week first.")
    known = weekly.shape[1]
    years = min(known // YEAR_WEEKS, MOST_YEARS)
    if years < LEAST_YEARS or not len(weekly):
        return SeasonAhead(np.ones((len(weekly), weeks)), np.zeros(len(weekly)), 0)
    swing = _swings(weekly[:, -years * YEAR_WEEKS :], years)
    reliability = _reliability(swing, years)
    last = max(weeks, AROUND_WEEKS + 1)
    index = 1 + reliability[:, None] * (_at(swing, range(-BASE_WEEKS, last), years, morning, country) - 1)
    known = sum(share * index[:, BASE_WEEKS - back : BASE_WEEKS].mean(axis=1) for back, share in RECENT)
    around = index[:, BASE_WEEKS - AROUND_WEEKS : BASE_WEEKS + AROUND_WEEKS + 1].mean(axis=1)
    base = YEAR_SHARE + known + SEASON_SHARE * around
    factors = index[:, BASE_WEEKS : BASE_WEEKS + weeks] / base[:, None]
    return SeasonAhead(np.clip(factors, *FACTOR), reliability, years)


def season_behind(weekly: Floats, *, morning: dt.date, weeks: int, country: str = "") -> Floats:
    """What the season made of each of the last `weeks`, over an average week of a year, [categories, weeks].

    From units sold a week [categories, T], the last of them ending on the eve of `morning`. The mean of this year's
    swing and those of the years before, shrunk as in `season_ahead`, so that a change of this year alone is hardly
    taken for a season; 1 where there are fewer than two years.

    Example: twice as much in every December: December is 2 / (1 + 1 / 12) = 1.85, every other month .92.

    Raises `InvalidFrameError` for negative or non-finite units or no weeks.
    """
    weekly = np.asarray(weekly, np.float64)
    if weekly.ndim != 2 or weeks < 1:
        raise InvalidFrameError("weekly has to be [categories, weeks], and at least one week is to be looked at.")
    if not np.isfinite(weekly).all() or (weekly < 0).any():
        raise InvalidFrameError("weekly holds units below zero or not finite: net them by week first.")
    years = min(weekly.shape[1] // YEAR_WEEKS, MOST_YEARS)
    if years < LEAST_YEARS or not len(weekly):
        return np.ones((len(weekly), weeks))
    swing = _swings(weekly[:, -years * YEAR_WEEKS :], years)
    index = 1 + _reliability(swing, years)[:, None] * (_at(swing, range(-weeks, 0), years, morning, country) - 1)
    return np.asarray(np.clip(index, *FACTOR), np.float64)


def _swings(weekly: Floats, years: int) -> Floats:
    """Each week over its year's level, smoothed, [categories, years × 52]."""
    means = weekly.reshape(len(weekly), years, YEAR_WEEKS).mean(axis=2)
    logs = np.log(np.maximum(means, 1e-9))
    slopes = np.clip(np.diff(logs, axis=1), *np.log(GROWTH)).mean(axis=1) / YEAR_WEEKS
    middle = (np.arange(years * YEAR_WEEKS) % YEAR_WEEKS) - (YEAR_WEEKS - 1) / 2
    level = np.repeat(means, YEAR_WEEKS, axis=1) * np.exp(slopes[:, None] * middle)
    ratio = np.where(level > 1e-9, weekly / np.maximum(level, 1e-9), 1.0)
    padded = np.pad(ratio, ((0, 0), (1, 1)), mode="edge")
    smooth: Floats = np.stack([padded[:, k : k + ratio.shape[1]] for k in range(3)], axis=2) @ _SMOOTH
    return smooth


def _reliability(swing: Floats, years: int) -> Floats:
    by_year = swing.reshape(len(swing), years, YEAR_WEEKS)
    centred = by_year - by_year.mean(axis=2, keepdims=True)
    variance = (centred**2).mean(axis=(1, 2))
    agreed = np.mean([(centred[:, a] * centred[:, b]).mean(axis=1) for a, b in pairwise(range(years))], axis=0)
    one = np.clip(np.divide(agreed, variance, out=np.zeros(len(swing)), where=variance > 1e-12), 0, 1)
    whole: Floats = years * one / (1 + (years - 1) * one)
    return whole


def _at(swing: Floats, ahead: range, years: int, morning: dt.date, country: str) -> Floats:
    """The mean swing of the weeks that answer to each week of `ahead` (0 begins in the morning), [categories, k]."""
    known = swing.shape[1]
    columns = []
    for week in ahead:
        places = [known + _answering(week, back, morning, country) for back in range(years + 1)]
        found = [place for place in places if 0 <= place < known]
        columns.append(swing[:, found].mean(axis=1) if found else np.ones(len(swing)))
    return np.stack(columns, axis=1)


def _answering(week: int, back: int, morning: dt.date, country: str) -> int:
    """The week of `back` years ago that answers to one from now; both count from the morning.

    Near a moving festival it is the week that lies as far from that of the festival then, elsewhere 52 weeks a year.
    """
    year = (morning + dt.timedelta(weeks=week)).year
    for name in _MOVING.get(country, ()) if back else ():
        for festival in (year, year + 1):
            now, then = (_festival(name, found, country) for found in (festival, festival - back))
            if now is None or then is None:
                continue
            distance = week - (now - morning).days // 7
            if -_BEFORE <= distance <= _AFTER:
                return (then - morning).days // 7 + distance
    return week - YEAR_WEEKS * back


@lru_cache(maxsize=256)
def _festival(name: str, year: int, country: str) -> dt.date | None:
    import holidays  # Here, since calendars of the world take long to load.

    days = holidays.country_holidays(country, years=year, language="en_US")
    return min((day for day, called in days.items() if name in called.split("; ")), default=None)
