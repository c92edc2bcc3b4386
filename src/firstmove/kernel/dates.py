"""Dates: the clock comes in from outside, the day is the installation's own."""

import datetime as dt
from zoneinfo import ZoneInfo


def local_date(*, now: dt.datetime, time_zone: str) -> dt.date:
    """The calendar day at `now` (aware) in the installation's time zone."""
    return now.astimezone(ZoneInfo(time_zone)).date()
