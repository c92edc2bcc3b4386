"""The days of a programme's periods."""

import datetime as dt

_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


def period_around(day: dt.date, *, cadence: str, from_on: dt.date, until_on: dt.date | None) -> tuple[dt.date, dt.date]:
    """First and last day of the period that holds `day`: whole months of the calendar, or from `from_on` once.

    A programme that begins within a period begins with what is left of it.

    >>> period_around(dt.date(2026, 5, 9), cadence="quarter", from_on=dt.date(2026, 1, 1), until_on=None)
    (datetime.date(2026, 4, 1), datetime.date(2026, 6, 30))
    """
    if cadence == "once":
        return from_on, until_on or from_on
    months = _MONTHS[cadence]
    start = dt.date(day.year, (day.month - 1) // months * months + 1, 1)
    return max(start, from_on), months_later(start, months) - dt.timedelta(days=1)


def months_later(first: dt.date, months: int) -> dt.date:
    """The first day of a month so many months after another first day: back for a number below zero."""
    index = first.year * 12 + first.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


def year_before(day: dt.date) -> dt.date:
    """The same day a year before; 28 February for a leap day."""
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)
