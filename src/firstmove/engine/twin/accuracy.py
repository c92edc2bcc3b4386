"""How good forecasts would have been: rolling origins over a window, each seeing only the days before it.

Two questions are asked of a method. What comes on each of the next 28 days (RMSSE, the root of the mean squared error
over that of the naive forecast of one day, Hyndman and Koehler 2006, squared as in the M5 competition). And how much
comes over the protection period (pinball loss of its quantiles over units sold; share of volume under the quantile),
which is what an order rests on.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.demand import intermittent
from firstmove.engine.demand.boosted import BoostedQuantiles, Driver
from firstmove.engine.demand.boosted import over as demand_boosted
from firstmove.engine.demand.calendar import PairCalendar
from firstmove.engine.demand.distribution import PooledQuantiles, SpanDemand, centre, over
from firstmove.engine.demand.season import WeekdayProfile
from firstmove.engine.frames import InvalidFrameError

Floats = NDArray[np.float64]

Forecaster = Callable[[NDArray[np.float32], int], Floats]

HORIZON_DAYS = 28
PROBABILITIES = (0.8, 0.9, 0.95, 0.98)
WEEK = 7
RECENT_DAYS = 28
SPREAD_DAYS = 182
LONG_DAYS = 364


@dataclass(frozen=True, eq=False)
class Method:
    """A forecaster. Both functions see history [n, days] up to a morning, and the number of that morning's day.

    daily(history, day) -> units on each of the next 28 days [n, 28];
    sums(history, day) -> quantiles of the units over the protection period [n, 4], at `PROBABILITIES`.
    """

    daily: Forecaster
    sums: Forecaster


@dataclass(frozen=True)
class Accuracy:
    """`series_per_cpu_s`: histories turned into quantiles of the sum, a second of CPU time of this process."""

    rmsse: float
    pinball: float
    coverage_90: float
    coverage_95: float
    series_per_cpu_s: float


@dataclass(frozen=True, eq=False)
class Errors:
    """What a method missed of each pair, [n]: summed over the mornings of a window.

    `loss`: pinball loss, mean of the probabilities; `units` that came; `weight`: units a day before each morning;
    `covered` [n, 4]: that weight where no more came than each quantile; `scaled`: root of squared daily errors over
    those of the naive forecast, NaN for a pair whose history before the window does not vary. `histories` were turned
    into quantiles in `seconds` of CPU time.
    """

    loss: Floats
    units: Floats
    weight: Floats
    covered: Floats
    scaled: Floats
    histories: int
    seconds: float

    def of(self, rows: NDArray[np.bool_]) -> Accuracy:
        """The accuracy at some of the pairs; that of no pairs is 0."""
        scaled = self.scaled[rows & np.isfinite(self.scaled)]
        share = self.covered[rows].sum(axis=0) / max(float(self.weight[rows].sum()), 1e-9)
        return Accuracy(
            rmsse=float(scaled.mean()) if len(scaled) else 0.0,
            pinball=float(self.loss[rows].sum()) / max(float(self.units[rows].sum()), 1e-9),
            coverage_90=float(share[1]),
            coverage_95=float(share[2]),
            series_per_cpu_s=self.histories / max(self.seconds, 1e-9),
        )


def measure(
    demand: NDArray[np.float32], methods: Mapping[str, Method], *, start: int, span: int, step: int = WEEK
) -> dict[str, Accuracy]:
    """`missed`, over all pairs."""
    found = missed(demand, methods, start=start, span=span, step=step)
    everywhere = np.ones(len(demand), np.bool_)
    return {name: errors.of(everywhere) for name, errors in found.items()}


def missed(
    demand: NDArray[np.float32], methods: Mapping[str, Method], *, start: int, span: int, step: int = WEEK
) -> dict[str, Errors]:
    """What each method misses on demand [n, days] from day `start` on.

    Sums over `span` days are asked for every `step` days from `start`, daily forecasts every 28 days, as long as the
    days that they speak of are there. RMSSE is the mean over the pairs whose history before the window varies.

    Raises `InvalidFrameError` where the window has no room for a span and a horizon.
    """
    days = demand.shape[1]
    mornings = range(start, days - span + 1, step)
    horizons = range(start, days - HORIZON_DAYS + 1, HORIZON_DAYS)
    if not mornings or not horizons:
        raise InvalidFrameError(f"a window of {days - start} days is too short: it takes {max(span, HORIZON_DAYS)}.")
    return {
        name: _measured(demand, method, mornings=mornings, horizons=horizons, start=start, span=span)
        for name, method in methods.items()
    }


def _measured(
    demand: NDArray[np.float32], method: Method, *, mornings: range, horizons: range, start: int, span: int
) -> Errors:
    grid, n = np.array(PROBABILITIES), len(demand)
    loss, units, volume, seconds = np.zeros(n), np.zeros(n), np.zeros(n), 0.0
    covered = np.zeros((n, len(grid)))
    for day in mornings:
        came = demand[:, day : day + span].sum(axis=1, dtype=np.float64)
        history = known(demand, day)
        weight = history[:, -LONG_DAYS:].mean(axis=1, dtype=np.float64)
        clock = time.process_time()
        said = method.sums(history, day)
        seconds += time.process_time() - clock
        over_said = came[:, None] - said
        loss += np.maximum(grid * over_said, (grid - 1) * over_said).mean(axis=1)
        units += came
        covered += (over_said <= 0) * weight[:, None]
        volume += weight
    naive = np.square(np.diff(demand[:, :start].astype(np.float64), axis=1)).mean(axis=1)
    error = np.zeros(n)
    for day in horizons:
        wrong = demand[:, day : day + HORIZON_DAYS] - method.daily(known(demand, day), day)
        error += np.square(wrong).mean(axis=1) / len(horizons)
    return Errors(
        loss=loss,
        units=units,
        weight=volume,
        covered=covered,
        scaled=np.sqrt(np.divide(error, naive, out=np.full(n, np.nan), where=naive > 0)),
        histories=n * len(mornings),
        seconds=seconds,
    )


def known(demand: NDArray[np.float32], day: int, *, days: int = 730) -> NDArray[np.float32]:
    """The days before the morning of `day`, at most `days` of them: all that a method may see."""
    return np.ascontiguousarray(demand[:, max(day - days, 0) : day])


def textbook(span: int) -> Method:
    """Mean of 28 days and z × the standard deviation of single days × root of the span, as textbooks have it."""
    z = _normal(PROBABILITIES)

    def sums(history: NDArray[np.float32], _day: int) -> Floats:
        spread = history[:, -SPREAD_DAYS:].std(axis=1, dtype=np.float64) * np.sqrt(span)
        return _positive(_mean(history, RECENT_DAYS)[:, None] * span + spread[:, None] * z)

    return Method(daily=lambda history, _: _flat(_mean(history, RECENT_DAYS)), sums=sums)


def moving_average(span: int, *, window: int = 91) -> Method:
    """Mean of 91 days, and the normal distribution with the deviation of the pair's own sums over a year."""
    return _levelled(lambda history: _mean(history, window), span)


def seasonal_naive(span: int) -> Method:
    """Last week again; for sums the last span again, with the normal spread of the difference of two such sums."""
    z = _normal(PROBABILITIES)

    def daily(history: NDArray[np.float32], _day: int) -> Floats:
        return np.tile(history[:, -WEEK:].astype(np.float64), HORIZON_DAYS // WEEK)

    def sums(history: NDArray[np.float32], _day: int) -> Floats:
        rolling = _rolling(history[:, -LONG_DAYS:], span)
        spread = (rolling[:, span:] - rolling[:, :-span]).std(axis=1)
        return _positive(rolling[:, -1:] + spread[:, None] * z)

    return Method(daily=daily, sums=sums)


def croston_sba(span: int) -> Method:
    """Croston's method with Syntetos' and Boylan's correction, and the deviation of the pair's sums over a year."""
    return _levelled(intermittent.croston_sba, span)


def tsb(span: int) -> Method:
    """The method of Teunter, Syntetos and Babai, and the deviation of the pair's sums over a year."""
    return _levelled(intermittent.tsb, span)


def _levelled(level: Callable[[NDArray[np.float32]], Floats], span: int) -> Method:
    """A level of units a day, and the normal distribution with the deviation of the pair's own sums over a year."""
    z = _normal(PROBABILITIES)

    def sums(history: NDArray[np.float32], _day: int) -> Floats:
        spread = _rolling(history[:, -LONG_DAYS:], span).std(axis=1)
        return _positive(level(history)[:, None] * span + spread[:, None] * z)

    return Method(daily=lambda history, _: _flat(level(history)), sums=sums)


def firstmove(
    span: int,
    *,
    pooled: PooledQuantiles,
    profile: WeekdayProfile,
    calendars: Mapping[int, PairCalendar] | None = None,
) -> Method:
    """The engine's quantiles, and its level spread over the days of the week.

    `calendars`: what season and holidays ask, as seen on each morning (its day); where there is none, nothing.
    """

    def demand(history: NDArray[np.float32], day: int) -> SpanDemand:
        plain = over(history, pooled, span=span)
        calendar = (calendars or {}).get(day)
        return plain if calendar is None else calendar.lifted(plain)

    def daily(history: NDArray[np.float32], day: int) -> Floats:
        rate = demand(history, day).expected_units / span
        return rate[:, None] * profile.shares(first_day=day, days=HORIZON_DAYS)

    return Method(daily=daily, sums=lambda history, day: demand(history, day).quantiles(PROBABILITIES))


def boosted(
    model: BoostedQuantiles, *, demand: NDArray[np.float32], drivers: Sequence[Driver], profile: WeekdayProfile
) -> Method:
    """The challenger's quantiles; its level, spread over the days of the week, is that of the engine.

    `demand` [n, days] is the whole history, since the drivers number its days; a morning sees what lies before it.
    """

    def sums(_history: NDArray[np.float32], day: int) -> Floats:
        seen = demand_boosted(demand[:, :day], model, mornings=np.array([day]), drivers=drivers)
        return seen[0].quantiles(PROBABILITIES)

    def daily(history: NDArray[np.float32], day: int) -> Floats:
        rate = centre(history, span=model.span)[0] / model.span
        return rate[:, None] * profile.shares(first_day=day, days=HORIZON_DAYS)

    return Method(daily=daily, sums=sums)


def _normal(probabilities: Iterable[float]) -> Floats:
    return np.array([NormalDist().inv_cdf(p) for p in probabilities])[None, :]


def _mean(history: NDArray[np.float32], days: int) -> Floats:
    mean: Floats = history[:, -days:].mean(axis=1, dtype=np.float64)
    return mean


def _positive(units: Floats) -> Floats:
    return np.fmax(units, 0.0, dtype=np.float64)


def _flat(rate: Floats) -> Floats:
    return np.repeat(rate[:, None], HORIZON_DAYS, axis=1)


def _rolling(history: NDArray[np.float32], span: int) -> Floats:
    totals = np.zeros((len(history), history.shape[1] + 1))
    np.cumsum(history, axis=1, dtype=np.float64, out=totals[:, 1:])
    sums: Floats = totals[:, span:] - totals[:, :-span]
    return sums
