"""Amounts round as an accountant rounds them; the day is the installation's own."""

import datetime as dt
from decimal import Decimal

import pytest

from firstmove.kernel.dates import local_date
from firstmove.kernel.money import rounded


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        (Decimal("1.005"), "CNY", "1.01"),
        (Decimal("1.004999"), "CNY", "1.00"),
        (1.005, "USD", "1.01"),
        (2.675, "USD", "2.68"),
        (0.1 + 0.2, "USD", "0.30"),
        (Decimal("-1.005"), "CNY", "-1.01"),
        (Decimal("0.5"), "JPY", "1"),
        (Decimal("1234.5"), "KRW", "1235"),
        (Decimal("0.0005"), "KWD", "0.001"),
        (10**12 + 0.005, "CNY", "1000000000000.01"),
        (0, "CNY", "0.00"),
    ],
)
def test_half_a_unit_rounds_up(amount, currency, expected):
    assert rounded(amount, currency=currency) == Decimal(expected)
    assert str(rounded(amount, currency=currency)) == expected


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        # Midnight in Shanghai is 16:00 UTC.
        ("2026-03-01T15:59:59+00:00", "Asia/Shanghai", "2026-03-01"),
        ("2026-03-01T16:00:00+00:00", "Asia/Shanghai", "2026-03-02"),
        # Chicago: UTC-6, and UTC-5 from 2026-03-08, 02:00, to 2026-11-01, 02:00.
        ("2026-03-08T05:59:59+00:00", "America/Chicago", "2026-03-07"),
        ("2026-03-08T06:00:00+00:00", "America/Chicago", "2026-03-08"),
        ("2026-03-09T04:59:59+00:00", "America/Chicago", "2026-03-08"),
        ("2026-03-09T05:00:00+00:00", "America/Chicago", "2026-03-09"),
        ("2026-11-01T04:59:59+00:00", "America/Chicago", "2026-10-31"),
        ("2026-11-02T05:59:59+00:00", "America/Chicago", "2026-11-01"),
        ("2026-11-02T06:00:00+00:00", "America/Chicago", "2026-11-02"),
        # A clock that tells another zone's time tells the same moment.
        ("2026-03-02T00:30:00+09:00", "UTC", "2026-03-01"),
        ("2025-12-31T23:00:00-06:00", "Asia/Shanghai", "2026-01-01"),
    ],
)
def test_the_day_is_that_of_the_installation(now, zone, expected):
    assert local_date(now=dt.datetime.fromisoformat(now), time_zone=zone) == dt.date.fromisoformat(expected)
