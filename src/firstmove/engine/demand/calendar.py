"""What the calendar adds to or takes from the demand of the days ahead: holidays, the season of a category, and offers.

A pair alone sells too rarely to have a Spring Festival of its own, so effects are those of its category, drawn to the
network's. What comes out multiplies the expected units of a span, and is relative to what a pair's level already holds.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.demand.distribution import (
    MIDDLE_DAYS,
    MIDDLE_SHARE,
    RECENT_DAYS,
    RECENT_SHARE,
    SEASON_MARGIN_DAYS,
    SEASON_SHARE,
    YEAR,
    YEAR_SHARE,
    SpanDemand,
)
from firstmove.engine.demand.yearly import season_ahead
from firstmove.engine.frames import InvalidFrameError

Floats = NDArray[np.float64]

WEEK = 7
HORIZON_DAYS = 119
"""So many days ahead have a factor: a quarter and a lead time of four weeks."""
AROUND_DAYS = 7
# The one festival that stops trade for weeks: stock is laid in before it, and little is sold until it is over.
LONG = {"Chinese New Year (Spring Festival)": (21, 14)}
MAKE_UP = "make-up workday"
DAY_FACTOR = (0.0, 3.0)
SPAN_FACTOR = (0.4, 2.5)
LEAST_UNITS = 200.0
"""A category with fewer units a year than these has the network's effects alone."""
LEAST_DAYS = 364
LEAST_SEEN = 2
LEAST_NAMED = 0.03
_BASE_DAYS = 35
_LEAST_WEEKDAY = 0.1
_SUBSTITUTED = "substituted from"


@dataclass(frozen=True)
class Event:
    """A holiday by its English name, on its first day of the year, and how many days it is felt before and after."""

    name: str
    on: dt.date
    before: int = AROUND_DAYS
    after: int = AROUND_DAYS


@dataclass(frozen=True, eq=False)
class Ahead:
    """The calendar of the days ahead, seen from one morning; each row a category, each column a span of 1, 2, … days.

    `factors` [categories, 119] multiply the expected units of a span; `holidays` and `season` are each cause alone.
    `strongest` [119]: the holiday that moves the network's span most, as a place in `events`; -1 where none moves it by
    3 % or more. `years` of season were compared; 0: too few, no season.
    """

    factors: Floats
    holidays: Floats
    season: Floats
    strongest: NDArray[np.int64]
    events: tuple[Event, ...]
    years: int


@dataclass(frozen=True, eq=False)
class PairOffers:
    """What prices and promotions ask of pairs, seen from one `morning` (`demand.offers`).

    `prices` [n] multiply the expected units of any span. `cell` [n] is the row of each pair in `promotions`
    [cells, 119], which multiply a span of 1, 2, … days; -1 where none is known. `names` and `begins` [cells] tell the
    promotion that runs or comes next; empty and None where none does.
    """

    prices: Floats
    cell: NDArray[np.int64]
    promotions: Floats
    names: tuple[str, ...]
    begins: tuple[dt.date | None, ...]
    morning: dt.date

    def of(self, rows: NDArray[np.int64]) -> "PairOffers":
        """Those of some of the pairs."""
        return replace(self, prices=self.prices[rows], cell=self.cell[rows])

    def lift(self, days: NDArray[np.int64]) -> Floats:
        """What promotions multiply the expected units of each pair over its own `days` by, [n]."""
        if not len(self.promotions):
            return np.ones(len(self.cell))
        return np.where(self.cell >= 0, self.promotions[self.cell, np.clip(days, 1, HORIZON_DAYS) - 1], 1.0)

    def named(self, days: NDArray[np.int64]) -> tuple[list[str], list[dt.date | None]]:
        """The promotion that runs or begins within each pair's `days`, and its first day; empty and None where none."""
        names: list[str] = [""] * len(self.cell)
        begins: list[dt.date | None] = [None] * len(self.cell)
        for pair in np.flatnonzero(self.cell >= 0).tolist():
            row = self.cell[pair]
            first = self.begins[row]
            if first is not None and (first - self.morning).days < days[pair]:
                names[pair], begins[pair] = self.names[row], first
        return names, begins


@dataclass(frozen=True, eq=False)
class PairCalendar:
    """What is ahead of pairs: `place` [n] is the row of each pair's category, -1 where it is not known."""

    ahead: Ahead
    place: NDArray[np.int64]
    offers: PairOffers | None = None

    def of(self, rows: NDArray[np.int64]) -> "PairCalendar":
        """That of some of the pairs."""
        return PairCalendar(self.ahead, self.place[rows], None if self.offers is None else self.offers.of(rows))

    def lifted(self, demand: SpanDemand) -> SpanDemand:
        """The pairs' demand over a span as the calendar has it."""
        return scaled(demand, self.factor(demand.days))

    def factor(self, days: NDArray[np.int64]) -> Floats:
        """What multiplies the expected units of each pair over its own `days`, [n]; beyond 119 days that of 119."""
        factors = self._of(self.ahead.factors, days)
        if self.offers is None:
            return factors
        return np.asarray(np.clip(factors * self.offers.prices * self.offers.lift(days), *SPAN_FACTOR), np.float64)

    def season(self, days: NDArray[np.int64]) -> Floats:
        """The season's part in it alone, [n]."""
        return self._of(self.ahead.season, days)

    def holidays(self, days: NDArray[np.int64]) -> Floats:
        """The holidays' part in it alone, [n]."""
        return self._of(self.ahead.holidays, days)

    def named(self, days: NDArray[np.int64]) -> tuple[list[str], list[dt.date | None]]:
        """The holiday that moves each pair's span most, and its day; empty and None where none does."""
        places = self.ahead.strongest[np.clip(days, 1, HORIZON_DAYS) - 1]
        known = [self.ahead.events[place] if place >= 0 else None for place in places.tolist()]
        return ["" if one is None else one.name for one in known], [None if one is None else one.on for one in known]

    def _of(self, table: Floats, days: NDArray[np.int64]) -> Floats:
        if not len(table):
            return np.ones(len(self.place))
        return np.where(self.place >= 0, table[self.place, np.clip(days, 1, HORIZON_DAYS) - 1], 1.0)


Calendars = Callable[[int], PairCalendar | None]
"""What is ahead of the same pairs on the morning of a day, by its number; None where nothing counts."""


def some(calendars: Calendars | None, rows: NDArray[np.int64]) -> Calendars | None:
    """Those of some of the pairs."""
    if calendars is None:
        return None

    def own(day: int) -> PairCalendar | None:
        calendar = calendars(day)
        return None if calendar is None else calendar.of(rows)

    return own


def scaled(demand: SpanDemand, factor: Floats) -> SpanDemand:
    """Demand over a span whose orders come `factor` [n] times as often.

    Expected units are multiplied by it and the dispersion by its root, as for a compound Poisson process; the largest
    sum seen, which caps quantiles, only grows. Example: expected 4, dispersion 3, factor 4: expected 16, dispersion 6.
    """
    return replace(
        demand,
        expected_units=demand.expected_units * factor,
        dispersion_units=demand.dispersion_units * np.sqrt(factor),
        largest_units=demand.largest_units * np.maximum(factor, 1.0),
    )


@lru_cache(maxsize=64)
def events(*, first: dt.date, last: dt.date, country: str) -> tuple[Event, ...]:
    """The public holidays of a country (ISO code) between two days, by day; none for a country that is not known.

    Days that a holiday is lengthened by are part of it: it stands on its first day. A weekend day that is worked for a
    bridge day (China moves them each year) is an event of its own, felt on that day alone.

    Example: China 2024: New Year's Day, the Spring Festival on 10 February, the make-up workday of 18 February, …
    """
    import holidays  # Here, since calendars of the world take long to load.

    years = range(first.year, last.year + 1)
    try:
        found = holidays.country_holidays(country, years=years, language="en_US")
    except NotImplementedError:
        return ()
    named: dict[tuple[str, int], dt.date] = {}
    for day, called in sorted(found.items()):
        for name in called.split("; "):
            if "(observed)" in name or _SUBSTITUTED in name:
                continue
            named.setdefault((name, day.year), day)
    made = [Event(name, day, *LONG.get(name, (AROUND_DAYS, AROUND_DAYS))) for (name, _year), day in named.items()]
    worked = getattr(found, "weekend_workdays", ())
    made += [Event(MAKE_UP, day, 0, 0) for day in worked if day.year in years]
    return tuple(sorted((one for one in made if first <= one.on <= last), key=lambda one: (one.on, one.name)))


@dataclass(frozen=True, eq=False)
class Effects:
    """What holidays do: for (name, day from the holiday) a factor of each category, [categories]; how often seen."""

    factors: dict[tuple[str, int], Floats]
    seen: dict[str, int]
    weekday: Floats
    categories: int

    def days(self, *, first_on: dt.date, days: int, around: Sequence[Event]) -> Floats:
        """The factor of each of `days` days from `first_on`, [categories, days]."""
        out = np.ones((self.categories, days))
        for one in around:
            place = (one.on - first_on).days
            for offset in range(-one.before, one.after + 1):
                factor = self.factors.get((one.name, offset))
                if factor is not None and 0 <= place + offset < days:
                    out[:, place + offset] *= factor
        return np.clip(out, *DAY_FACTOR)


def holiday_effects(daily: Floats, *, first_on: dt.date, country: str) -> Effects:
    """Learn what each holiday does to the days around it, from units sold a day [categories, days].

    A day is compared with the mean of the ordinary days within five weeks of it, by its weekday. Of the network's swing
    around a holiday as much is believed as its years agree on: with r the agreement of two years (their product over
    the square), y years deserve y r / (1 + (y - 1) r) (Spearman 1910, Brown 1910). Categories are drawn to the network
    by empirical Bayes (Efron and Morris 1975): with v the variance of a category's ordinary days over the years seen
    and s what categories differ by beyond it, s / (s + v) of their difference is kept. A holiday seen less than twice,
    and less than a year of history, have no effect.

    Example: a day that sold half as much again twice: both years agree, r = 1, and 50 % is believed. Once 50 % and once
    nothing: r = 0, and so is the effect.

    Raises `InvalidFrameError` for negative or non-finite units.
    """
    daily = np.asarray(daily, np.float64)
    if daily.ndim != 2 or not np.isfinite(daily).all() or (daily < 0).any():
        raise InvalidFrameError("daily has to be [categories, days], of finite units not below zero: net them by day.")
    categories, days = daily.shape
    weekday = _weekday(daily, first_on)
    last = first_on + dt.timedelta(days=days - 1)
    found = events(first=first_on - dt.timedelta(days=31), last=last + dt.timedelta(days=31), country=country)
    if days < LEAST_DAYS or not found or not categories:
        return Effects({}, {}, weekday, categories)
    weight = weekday[(first_on.toordinal() + np.arange(days)) % WEEK]
    places: dict[tuple[str, int], list[int]] = {}
    touched = np.zeros(days, np.bool_)
    for one in found:
        for offset in range(-one.before, one.after + 1):
            place = (one.on - first_on).days + offset
            if 0 <= place < days:
                places.setdefault((one.name, offset), []).append(place)
                touched[place] = True
    trading = weight > _LEAST_WEEKDAY
    base = _ordinary(daily, weight, ~touched & trading)
    ordinary = ~touched & trading & np.isfinite(base[0])
    enough = daily.sum(axis=1) / days * LEAST_DAYS >= LEAST_UNITS
    noise = _noise(daily, base, ordinary)
    net_daily, net_base = daily.sum(axis=0), base.sum(axis=0)
    factors: dict[tuple[str, int], Floats] = {}
    seen: dict[str, int] = {}
    for name in sorted({name for name, _offset in places}):
        usable = {
            offset: [place for place in at if trading[place] and np.isfinite(net_base[place])]
            for (called, offset), at in places.items()
            if called == name
        }
        kept = sorted(offset for offset, at in usable.items() if len(at) >= LEAST_SEEN)
        if not kept:
            continue
        by_year = [net_daily[usable[offset]] / np.maximum(net_base[usable[offset]], 1e-9) - 1 for offset in kept]
        seen[name] = max(len(ratios) for ratios in by_year)
        often = np.array([len(ratios) for ratios in by_year], np.float64)
        net = np.array([net_daily[usable[offset]].sum() / max(net_base[usable[offset]].sum(), 1e-9) for offset in kept])
        net = 1 + _agreed(by_year) * (net - 1)
        own = np.stack(
            [daily[:, usable[offset]].sum(axis=1) / np.maximum(base[:, usable[offset]].sum(axis=1), 1e-9)
             for offset in kept]
        )  # fmt: skip
        chance = noise[None, :] / often[:, None]
        apart = (own - net[:, None]) ** 2 - chance
        differs = max(float(apart[:, enough].mean()), 0.0) if enough.any() else 0.0
        share = np.where(enough, differs / np.maximum(differs + chance, 1e-12), 0.0) * _agreed(by_year)
        shrunk = np.clip(net[:, None] + share * (own - net[:, None]), *DAY_FACTOR)
        factors.update({(name, offset): shrunk[row] for row, offset in enumerate(kept)})
    return Effects(factors, seen, weekday, categories)


def look_ahead(
    daily: Floats, *, morning: dt.date, country: str, with_holidays: bool = True, with_season: bool = True
) -> Ahead:
    """The calendar from `morning` on, from units sold a day [categories, days], the last of them the eve.

    factor of a span = weekday-weighted mean over its days of season × holidays, over what the level of a pair already
    holds of them: the holidays in its last 364, 112 and 56 days and around the same span a year ago, with the level's
    own shares (`distribution.centre`); `yearly.season_ahead` is relative to them by itself. Holidays are taken out of
    the days that the season is learned from, so that neither counts twice. The factor of a span stays in 0.4..2.5.

    Example: a holiday that doubles one of the next seven equal days, none in the level: a week's factor is 8 / 7.
    """
    daily = np.asarray(daily, np.float64)
    days = daily.shape[1] if daily.ndim == 2 else 0
    first_on = morning - dt.timedelta(days=days)
    effects = holiday_effects(daily, first_on=first_on, country=country if with_holidays else "")
    known = events(
        first=first_on - dt.timedelta(days=31), last=morning + dt.timedelta(days=HORIZON_DAYS + 31),
        country=country if with_holidays else "",
    )  # fmt: skip
    both = effects.days(first_on=first_on, days=days + HORIZON_DAYS, around=known)
    weight = effects.weekday[(first_on.toordinal() + np.arange(days + HORIZON_DAYS)) % WEEK]
    past, coming = both[:, :days], both[:, days:]
    ahead = weight[days:]
    total = np.cumsum(ahead)
    alone = np.cumsum(coming * ahead, axis=1) / np.maximum(total, 1e-9)
    base = held(past, weight[:days])
    by_holiday = np.clip(alone / base, *SPAN_FACTOR)
    weeks = -(-HORIZON_DAYS // WEEK)
    years, season = 0, np.ones_like(by_holiday)
    together = by_holiday
    if with_season:
        known_weeks = days // WEEK
        plain = _without(daily, past)[:, days - known_weeks * WEEK :]
        found = season_ahead(
            plain.reshape(len(daily), known_weeks, WEEK).sum(axis=2), morning=morning, weeks=weeks, country=country
        )
        by_day = np.repeat(found.factors, WEEK, axis=1)[:, :HORIZON_DAYS]
        season = np.cumsum(by_day * ahead, axis=1) / np.maximum(total, 1e-9)
        together = np.cumsum(by_day * coming * ahead, axis=1) / np.maximum(total, 1e-9) / base
        years = found.years
    near = tuple(one for one in known if one.name in effects.seen and one.on >= morning - dt.timedelta(days=one.after))
    return Ahead(
        factors=np.clip(together, *SPAN_FACTOR),
        holidays=by_holiday,
        season=np.clip(season, *SPAN_FACTOR),
        strongest=_strongest(effects, near, morning, ahead),
        events=near,
        years=years,
    )


def _agreed(by_year: Sequence[Floats]) -> float:
    """How much of a holiday's swing came again, 0 to 1: Spearman and Brown over what any two years have in common."""
    products = [(ratios.sum() ** 2 - (ratios**2).sum()) / (len(ratios) * (len(ratios) - 1)) for ratios in by_year]
    variance = float(np.mean([(ratios**2).mean() for ratios in by_year]))
    one = min(max(float(np.mean(products)) / variance, 0.0), 1.0) if variance > 1e-12 else 0.0
    years = float(np.mean([len(ratios) for ratios in by_year]))
    return years * one / (1 + (years - 1) * one)


def _strongest(effects: Effects, near: Sequence[Event], morning: dt.date, weight: Floats) -> NDArray[np.int64]:
    if not near or not effects.categories:
        return np.full(HORIZON_DAYS, -1)
    total = np.maximum(np.cumsum(weight), 1e-9)
    alone = [effects.days(first_on=morning, days=HORIZON_DAYS, around=[one]).mean(axis=0) for one in near]
    moved = np.abs(np.cumsum(np.stack(alone) * weight, axis=1) / total - 1)
    return np.where(moved.max(axis=0) >= LEAST_NAMED, moved.argmax(axis=0), -1).astype(np.int64)


def _weekday(daily: Floats, first_on: dt.date) -> Floats:
    """The network's share of each weekday (day numbers modulo 7), mean 1."""
    number = (first_on.toordinal() + np.arange(daily.shape[1])) % WEEK
    sold = np.bincount(number, weights=daily.sum(axis=0), minlength=WEEK)
    days = np.maximum(np.bincount(number, minlength=WEEK), 1)
    mean = sold / days
    return mean / mean.mean() if mean.sum() > 0 else np.ones(WEEK)


def _ordinary(daily: Floats, weight: Floats, ordinary: NDArray[np.bool_]) -> Floats:
    """What each day would have sold as an ordinary one, [categories, days]; NaN where none are near."""
    days = daily.shape[1]
    units = np.zeros((len(daily), days + 1))
    np.cumsum(daily * ordinary, axis=1, out=units[:, 1:])
    weights = np.concatenate([[0.0], np.cumsum(weight * ordinary)])
    low = np.maximum(np.arange(days) - _BASE_DAYS, 0)
    high = np.minimum(np.arange(days) + _BASE_DAYS + 1, days)
    known = weights[high] - weights[low]
    rate = np.divide(units[:, high] - units[:, low], known, out=np.full(daily.shape, np.nan), where=known > 1)
    out: Floats = rate * weight
    return out


def _noise(daily: Floats, base: Floats, ordinary: NDArray[np.bool_]) -> Floats:
    """The variance of ordinary days' ratios of each row, [rows]; a row that sells next to nothing varies by 1."""
    ratio = np.divide(daily, base, out=np.ones_like(daily), where=base > 1e-9)[:, ordinary]
    if not ratio.shape[1]:
        return np.ones(len(daily))
    out: Floats = np.maximum(ratio.var(axis=1), 1e-6)
    return out


def _without(daily: Floats, past: Floats) -> Floats:
    """Units a day as they would be without holidays; a day that one all but closes is raised by 4 at most."""
    out: Floats = daily / np.maximum(past, 0.25)
    return out


def held(past: Floats, weight: Floats) -> Floats:
    """How much of the `past` factors [n, days] the level holds for spans of 1, 2, … days, [n, 119].

    Days count by `weight` [days], with the level's own shares (`distribution.centre`).
    """
    days = past.shape[1]
    if not days:
        return np.ones((len(past), HORIZON_DAYS))
    units = np.zeros((len(past), days + 1))
    np.cumsum(past * weight, axis=1, out=units[:, 1:])
    weights = np.concatenate([[0.0], np.cumsum(weight)])

    def mean(low: NDArray[np.int64], high: NDArray[np.int64]) -> Floats:
        known = weights[high] - weights[low]
        part: Floats = np.divide(
            units[:, high] - units[:, low], known, out=np.ones((len(past), len(low))), where=known > 1e-9
        )
        return part

    end = np.array([days])
    year = mean(np.maximum(end - YEAR, 0), end)
    middle, recent = mean(np.maximum(end - MIDDLE_DAYS, 0), end), mean(np.maximum(end - RECENT_DAYS, 0), end)
    spans = np.arange(1, HORIZON_DAYS + 1)
    then = days - YEAR
    low = np.full(HORIZON_DAYS, then - SEASON_MARGIN_DAYS)
    around = mean(low, np.minimum(then + spans + SEASON_MARGIN_DAYS, days)) if low[0] >= 0 else year
    held: Floats = YEAR_SHARE * year + MIDDLE_SHARE * middle + RECENT_SHARE * recent + SEASON_SHARE * around
    return np.broadcast_to(np.maximum(held, 0.1), (len(past), HORIZON_DAYS))
