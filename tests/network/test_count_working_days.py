"""Agreed times run on days on which the enterprise works, by its own calendar and midnight."""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from firstmove.domains.network.working_days import WorkingDays

CHINA = WorkingDays("CN", "Asia/Shanghai")
PLAIN = WorkingDays("", "UTC")


def test_the_new_year_does_not_count_and_the_saturday_worked_for_it_does():
    """Spring Festival 2026: 15 to 23 February are off, Saturday 14 and Saturday 28 are worked."""
    assert CHINA.count(since=dt.date(2026, 2, 13), until=dt.date(2026, 2, 24)) == 2
    assert CHINA.works_on(dt.date(2026, 2, 28))


def test_two_days_from_friday_afternoon_end_on_tuesday_afternoon():
    friday = dt.datetime(2026, 3, 6, 15, tzinfo=dt.UTC)
    assert PLAIN.due(since=friday, days=2) == dt.datetime(2026, 3, 10, 15, tzinfo=dt.UTC)


def test_midnight_is_the_enterprises_own():
    """Friday 23:00 in Shanghai is Friday 15:00 UTC: one hour of working time is left in the week."""
    friday = dt.datetime(2026, 3, 6, 15, tzinfo=dt.UTC)
    assert CHINA.elapsed(since=friday, until=friday + dt.timedelta(days=2)) == 1 / 24


@settings(max_examples=40)
@given(st.integers(0, 20_000), st.floats(0.01, 30))
def test_what_is_due_is_reached_when_that_time_has_passed(minutes, days):
    since = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes)
    due = PLAIN.due(since=since, days=days)
    assert abs(PLAIN.elapsed(since=since, until=due) - days) < 1e-9
