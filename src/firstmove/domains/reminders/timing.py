"""When a reminder leaves: at once, but for the quiet hours of the night, or once a day with all the others."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

Timing = Literal["now", "daily", "never"]
TIMINGS: tuple[Timing, ...] = ("now", "daily", "never")


@dataclass(frozen=True)
class Hours:
    """Hours of the installation's clock, 0 to 23. Quiet from 21 until 7 is the night; from 7 until 7 is never quiet."""

    quiet_from: int = 21
    quiet_until: int = 7
    digest: int = 8

    def is_quiet(self, hour: int) -> bool:
        """``Hours(21, 7).is_quiet(3)`` and ``Hours(12, 14).is_quiet(13)``, but not ``Hours(21, 7).is_quiet(7)``."""
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= hour < self.quiet_until
        return hour >= self.quiet_from or hour < self.quiet_until


def due_at(*, now: dt.datetime, timing: Timing, hours: Hours, time_zone: str) -> dt.datetime:
    """The earliest moment at which it may leave.

    With the default hours in Asia/Shanghai, news of 02:10 waits until 07:00, a digest of 08:00 until tomorrow 08:00.
    """
    local = now.astimezone(ZoneInfo(time_zone))
    if timing == "daily":
        return _next(local, hours.digest)
    return _next(local, hours.quiet_until) if hours.is_quiet(local.hour) else now


def _next(local: dt.datetime, hour: int) -> dt.datetime:
    day = local.date() if local.hour < hour else local.date() + dt.timedelta(days=1)
    return dt.datetime.combine(day, dt.time(hour), tzinfo=local.tzinfo).astimezone(dt.UTC)
