"""What the calendar asks of the days ahead: holidays and season, learned from categories' days."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstmove.engine.demand.calendar import (
    HORIZON_DAYS,
    MAKE_UP,
    SPAN_FACTOR,
    PairCalendar,
    events,
    holiday_effects,
    look_ahead,
    scaled,
)
from firstmove.engine.demand.distribution import over, pool
from firstmove.engine.frames import InvalidFrameError

FIRST = dt.date(2021, 1, 4)
DAYS = 3 * 364
MORNING = FIRST + dt.timedelta(days=DAYS)  # 1 January 2024


def even(categories: int = 3, units: float = 100.0) -> np.ndarray:
    noise = np.random.default_rng(5).uniform(0.9, 1.1, (categories, DAYS))
    return units * noise


def before(daily: np.ndarray, month: int, day: int, *, days: int, factor: float) -> None:
    """Every year the days before that day sell `factor` times as much."""
    for year in (2021, 2022, 2023):
        place = (dt.date(year, month, day) - FIRST).days
        daily[:, place - days : place] *= factor


def test_the_spring_festival_moves_with_the_moon_and_make_up_days_are_worked():
    found = events(first=dt.date(2023, 1, 1), last=dt.date(2024, 12, 31), country="CN")
    festivals = [one.on for one in found if one.name == "Chinese New Year (Spring Festival)"]
    assert festivals == [dt.date(2023, 1, 22), dt.date(2024, 2, 10)]
    assert dt.date(2024, 2, 18) in [one.on for one in found if one.name == MAKE_UP]


def test_an_unknown_country_has_no_holidays():
    assert events(first=FIRST, last=MORNING, country="") == ()


def test_a_holiday_that_came_the_same_every_year_is_believed():
    daily = even()
    before(daily, 7, 4, days=5, factor=2.0)
    learned = holiday_effects(daily, first_on=FIRST, country="US")
    assert learned.factors["Independence Day", -3] == pytest.approx(2.0, abs=0.2)
    assert learned.factors["Labor Day", -3] == pytest.approx(1.0, abs=0.1)


def test_what_one_year_alone_did_is_not_taken_for_the_holiday():
    daily = even()
    place = (dt.date(2022, 7, 4) - FIRST).days
    daily[:, place - 5 : place] *= 3.0
    learned = holiday_effects(daily, first_on=FIRST, country="US")
    assert learned.factors["Independence Day", -3] == pytest.approx(1.0, abs=0.1)


def test_a_festival_seen_once_has_no_effect_yet():
    daily = even()[:, -500:]
    learned = holiday_effects(daily, first_on=MORNING - dt.timedelta(days=500), country="US")
    assert "Memorial Day" not in learned.seen  # May 2023 alone
    assert "Labor Day" in learned.seen  # September 2022 and 2023


def test_a_span_before_the_spring_festival_is_lifted_in_its_new_place():
    daily = even()
    for on in (dt.date(2021, 2, 12), dt.date(2022, 2, 1), dt.date(2023, 1, 22)):
        place = (on - FIRST).days
        daily[:, place - 14 : place] *= 1.8
    morning = dt.date(2024, 1, 1)
    ahead = look_ahead(daily, morning=morning, country="CN", with_season=False)
    weeks = np.diff(np.concatenate([[0.0], ahead.factors[0] * np.arange(1, HORIZON_DAYS + 1)]))
    festival = (dt.date(2024, 2, 10) - morning).days
    assert weeks[festival - 10 : festival - 2].mean() > 1.4
    assert weeks[5:20].mean() < 1.2
    pairs = PairCalendar(ahead, np.array([0, -1]))
    names, on = pairs.named(np.array([40, 40]))
    assert (names[0], on[0]) == ("Chinese New Year (Spring Festival)", dt.date(2024, 2, 10))
    assert pairs.factor(np.array([40, 40]))[1] == 1.0


def test_a_december_of_twice_as_much_lifts_an_order_of_its_eve_and_not_january():
    daily = even()
    for year in range(3):
        daily[:, year * 364 + 330 : year * 364 + 364] *= 2.0
    eve = look_ahead(daily[:, : 2 * 364 + 330], morning=FIRST + dt.timedelta(days=2 * 364 + 330), country="")
    after = look_ahead(daily, morning=MORNING, country="")
    assert eve.season[0, 20] > 1.5
    assert after.season[0, 20] < 0.95
    assert (eve.years, after.years) == (2, 3)
    assert eve.holidays == pytest.approx(np.ones_like(eve.holidays))


def test_a_holiday_is_not_counted_once_more_as_a_season():
    """The week before the 4th of July sells double each year: the holiday's own; the year around it is even."""
    daily = even()
    before(daily, 7, 4, days=7, factor=2.0)
    morning = dt.date(2023, 6, 27)
    ahead = look_ahead(daily[:, : (morning - FIRST).days], morning=morning, country="US")
    assert ahead.years == 2
    assert ahead.holidays[:, 6].min() > 1.4
    assert ahead.season[:, 6] == pytest.approx(1.0, abs=0.1)
    assert ahead.factors[:, 6] == pytest.approx(ahead.holidays[:, 6], rel=0.1)


def test_less_than_two_years_have_no_season():
    ahead = look_ahead(even()[:, :600], morning=FIRST + dt.timedelta(days=600), country="")
    assert ahead.years == 0
    assert ahead.factors == pytest.approx(np.ones_like(ahead.factors))


def test_nothing_sold_and_no_category_ask_for_nothing():
    quiet = look_ahead(np.zeros((2, DAYS)), morning=MORNING, country="US")
    assert np.isfinite(quiet.factors).all()
    nobody = look_ahead(np.zeros((0, DAYS)), morning=MORNING, country="US")
    assert PairCalendar(nobody, np.array([-1])).factor(np.array([7])).tolist() == [1.0]


@pytest.mark.parametrize("wrong", [-1.0, np.nan])
def test_units_below_zero_are_refused(wrong):
    daily = even()
    daily[0, 3] = wrong
    with pytest.raises(InvalidFrameError):
        look_ahead(daily, morning=MORNING, country="US")


def test_four_times_the_orders_have_twice_the_dispersion():
    history = np.random.default_rng(1).poisson(2.0, (200, 800)).astype(np.float32)
    demand = over(history, pool(history, spans=[7]), span=7)
    more = scaled(demand, np.full(200, 4.0))
    assert more.expected_units == pytest.approx(4 * demand.expected_units)
    assert more.dispersion_units == pytest.approx(2 * demand.dispersion_units)
    assert (more.quantiles([0.9]) > 2 * demand.quantiles([0.9])).all()


@given(seed=st.integers(0, 1000), country=st.sampled_from(["US", "CN", ""]))
@settings(max_examples=15, deadline=None)
def test_factors_stay_in_their_bounds_whatever_was_sold(seed, country):
    daily = np.random.default_rng(seed).gamma(0.05, 100, (2, 900))
    ahead = look_ahead(daily, morning=MORNING, country=country)
    low, high = SPAN_FACTOR
    assert ((ahead.factors >= low) & (ahead.factors <= high)).all()
