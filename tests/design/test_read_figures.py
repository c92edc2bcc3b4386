"""A figure is read the same way on every page, in both languages, and never claims to know what is not known."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import translation

from firstmove.portals.design import figures


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (figures.money(48460, "CNY"), "¥48,460"),
        (figures.money(Decimal("48460.50"), "USD"), "$48,461"),
        (figures.money(-1200, "USD"), "−$1,200"),
        (figures.money(-0.2, "CNY"), "¥0"),
        (figures.money(5, "CHF"), "CHF\u00a05"),
        (figures.price(Decimal("3.5"), "CNY"), "¥3.50"),
        (figures.price(Decimal("1.005"), "CNY"), "¥1.01"),
        (figures.span(1510, 3120), "1,510–3,120"),
        (figures.money_span(1510, 3120, "CNY"), "¥1,510–3,120"),
        (figures.percent(0.962, 1), "96.2%"),
        (figures.percent_change(0.18), "+18%"),
        (figures.change(-6.2), "−6.2"),
        (figures.change(0.01), "±0"),
        (figures.quantity(40, "箱"), "40\u00a0箱"),
        (figures.quantity(2.5), "2.5"),
    ],
)
def test_a_figure_is_written_as_people_read_it(text, wanted):
    assert text == wanted


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        ("en", ("13\u00a0d", "22 Nov", "Sun 22 Nov", "22 Nov 2026", "¥612k", "−¥40 to ¥120")),
        ("zh-hans", ("13\u00a0天", "11月22日", "11月22日 星期日", "2026年11月22日", "¥61.2\u00a0万", "−¥40 至 ¥120")),
    ],
)
def test_days_dates_and_large_sums_follow_the_language(language, wanted):
    date = dt.date(2026, 11, 22)
    with translation.override(language):
        shown = (
            figures.days(13),
            figures.day(date),
            figures.weekday(date),
            figures.full_day(date),
            figures.money_short(612000, "CNY"),
            figures.money_span(-40, 120, "CNY"),
        )
    assert shown == wanted


@pytest.mark.parametrize("name", ["number", "money", "price", "money_short", "percent", "change", "days", "quantity"])
@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), ""])
def test_what_is_not_known_is_a_dash_and_not_a_zero(name, value):
    assert getattr(figures, name)(value) == figures.UNKNOWN


def test_a_moment_is_told_in_the_zone_of_the_installation():
    at = dt.datetime(2026, 11, 22, 16, 5, tzinfo=dt.UTC)
    from django.utils import timezone

    with translation.override("en"), timezone.override("Asia/Shanghai"):
        assert figures.moment(at) == "23 Nov\u00a000:05"
        assert figures.day(at) == "23 Nov"
