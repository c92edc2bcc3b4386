"""Working time: days on which the enterprise works, and how much of them lies between two moments.

A working day counts from midnight to midnight of the enterprise's time zone, so that an agreed "two working days" from
Friday 15:00 ends on Tuesday 15:00. Where the country's calendar moves a working day onto a weekend, it counts.
"""

import datetime as dt
import functools
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_SATURDAY = 5
_DAY = dt.timedelta(days=1)
# Nothing that is agreed runs longer; it also bounds the look at a calendar.
_MOST_DAYS = 800


@dataclass(frozen=True)
class WorkingDays:
    """The calendar of a country (ISO code; empty: Monday to Friday) in a time zone."""

    country: str
    time_zone: str

    def works_on(self, day: dt.date) -> bool:
        calendar = _calendar(self.country)
        return day.weekday() < _SATURDAY if calendar is None else bool(calendar.is_working_day(day))

    def elapsed(self, *, since: dt.datetime, until: dt.datetime) -> float:
        """Working days between two moments, as a number with fractions; zero where `until` comes first.

        >>> friday = dt.datetime(2026, 3, 6, 15, tzinfo=dt.UTC)
        >>> WorkingDays("", "UTC").elapsed(since=friday, until=friday + dt.timedelta(days=3))
        1.0
        """
        seconds = 0.0
        for begins, ends in self._working(since):
            if begins >= until:
                break
            seconds += max((min(ends, until) - max(begins, since)).total_seconds(), 0.0)
        return seconds / _DAY.total_seconds()

    def due(self, *, since: dt.datetime, days: float) -> dt.datetime | None:
        """The moment at which as many working days have passed; None beyond every calendar."""
        left = dt.timedelta(days=days)
        for begins, ends in self._working(since):
            start = max(begins, since)
            if start + left <= ends:
                return start + left
            left -= ends - start
        return None

    def count(self, *, since: dt.date, until: dt.date) -> int:
        """Working days after `since` up to and with `until`."""
        span = min((until - since).days, _MOST_DAYS)
        return sum(self.works_on(since + n * _DAY) for n in range(1, span + 1))

    def _working(self, since: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        """Working days from that of a moment on, each from midnight to midnight in UTC."""
        zone = zoneinfo.ZoneInfo(self.time_zone)
        first = since.astimezone(zone).date()
        for n in range(_MOST_DAYS):
            day = first + n * _DAY
            if self.works_on(day):
                begins, ends = (
                    dt.datetime.combine(edge, dt.time.min, tzinfo=zone).astimezone(dt.UTC) for edge in (day, day + _DAY)
                )
                yield begins, ends


@functools.cache
def _calendar(country: str) -> Any:
    if not country:
        return None
    import holidays  # Here, since calendars of the world take long to load.

    return holidays.country_holidays(country)
