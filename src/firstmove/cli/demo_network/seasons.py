"""When people buy: the year, the week and the festivals, as one factor for each climate, category and day."""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from .ranges import RANGES

# Spring Festival follows the moon, so it stands in a table.
SPRING_FESTIVALS = (
    date(2015, 2, 19), date(2016, 2, 8), date(2017, 1, 28), date(2018, 2, 16), date(2019, 2, 5), date(2020, 1, 25),
    date(2021, 2, 12), date(2022, 2, 1), date(2023, 1, 22), date(2024, 2, 10), date(2025, 1, 29), date(2026, 2, 17),
    date(2027, 2, 6), date(2028, 1, 26), date(2029, 2, 13), date(2030, 2, 3), date(2031, 1, 23), date(2032, 2, 11),
    date(2033, 1, 31), date(2034, 2, 19), date(2035, 2, 8), date(2036, 1, 28), date(2037, 2, 15), date(2038, 2, 4),
    date(2039, 1, 24), date(2040, 2, 12),
)  # fmt: skip
FIRST_YEAR, LAST_YEAR = SPRING_FESTIVALS[0].year, SPRING_FESTIVALS[-1].year

CLIMATE_STRENGTH = (0.75, 1.0, 1.2)  # south, middle, north: the north has the hotter summer against its winter
WORKDAYS = np.array([1.12, 1.06, 1.0, 1.0, 1.12, 0.95, 0.75])  # Monday to Sunday


def season_table(*, first: date, days: int) -> NDArray[np.float64]:
    """Factors on demand, shape (climate 3, category 12, day), around 1. Day 0 is ``first``.

    Example: bubbly water in the north in the middle of July is near e^(0.62 × 1.2) = 2.1.
    """
    dates = [first + timedelta(days=day) for day in range(days)]
    of_year = np.array([day.timetuple().tm_yday for day in dates])
    weekday = np.array([day.weekday() for day in dates])
    before_spring = _days_before_spring_festival(dates)
    web = _near(dates, spans=((6, 1, 20), (11, 1, 12)), peaks=((6, 18), (11, 11)))
    national_day = _near(dates, spans=((9, 22, 30), (10, 1, 6)), peaks=((10, 1),))
    out = np.empty((len(CLIMATE_STRENGTH), len(RANGES), days))
    for number, line in enumerate(RANGES):
        year = np.cos(2 * np.pi * (of_year - 30.4 * (line.peak - 1)) / 365.25)
        week_end = np.where(weekday >= 5, line.week_end, 0.0)
        festival = _spring_festival(before_spring, gift=line.gift) * (1 + line.web * 0.45 * web)
        festival *= 1 + (0.15 + 0.1 * line.gift) * national_day
        for climate, strength in enumerate(CLIMATE_STRENGTH):
            out[climate, number] = np.exp(strength * line.season * year) * festival
            out[climate, number] *= WORKDAYS[weekday] * (1 + week_end)
    return out


def _days_before_spring_festival(dates: list[date]) -> NDArray[np.int64]:
    """Days from each date to the nearest Spring Festival: positive before it, negative after."""
    gaps = np.array([[(festival - day).days for festival in SPRING_FESTIVALS] for day in dates])
    return gaps[np.arange(len(dates)), np.abs(gaps).argmin(axis=1)]


def _spring_festival(before: NDArray[np.int64], *, gift: float) -> NDArray[np.float64]:
    """Stores fill up for three weeks, close for one and come back slowly."""
    filling = (before <= 24) & (before >= 3)
    out = np.ones(len(before))
    out[filling] = 1 + (0.35 + 0.40 * gift) * (24 - before[filling]) / 21
    out[(before <= 2) & (before >= -5)] = 0.25
    out[(before <= -6) & (before >= -14)] = 0.7
    return out


def _near(
    dates: list[date], *, spans: tuple[tuple[int, int, int], ...], peaks: tuple[tuple[int, int], ...]
) -> NDArray[np.float64]:
    """Height 1 on the days (month, first, last) of ``spans`` and 2 on the ``peaks`` (month, day); 0 elsewhere."""
    inside = [any(day.month == month and low <= day.day <= high for month, low, high in spans) for day in dates]
    peak = [(day.month, day.day) in peaks for day in dates]
    return np.array(inside, dtype=float) + np.array(peak, dtype=float)
