"""When stock runs out and what is lost until goods come, against counting and simulated days."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaincc

from firstmove.engine.frames import InvalidFrameError
from firstmove.engine.inventory.run_out import run_out, upper_gamma


def one(stock: float, *, rate: float = 2.0, variance: float = 0.0, comes: int = 5, arrivals=None, days: int = 30):
    pairs = pl.DataFrame(
        {
            "on_hand_units": [stock], "rate_units_per_day": [rate], "week_variance": [variance],
            "comes_in_days": [comes],
        }
    )  # fmt: skip
    coming = np.zeros((1, days))
    for day, units in (arrivals or {}).items():
        coming[0, day] = units
    return run_out(pairs, coming).row(0, named=True)


def test_six_on_hand_at_two_a_day_run_out_on_the_fourth_day():
    found = one(6.0)
    assert found["median_days"] == 3  # today is 0
    assert found["early_days"] == 1
    assert found["lost_units"] == pytest.approx(4.0, abs=0.6)


def test_an_empty_shelf_loses_all_that_is_asked_for():
    found = one(0.0)
    assert (found["median_days"], found["chance"]) == (0, pytest.approx(1.0, abs=1e-3))
    assert found["lost_units"] == pytest.approx(10.0)


def test_an_empty_shelf_that_hardly_anybody_asks_at_is_no_loss_for_sure():
    # A sale of six every twelve days: one half a unit a day, variance of a day 3; five days, as the docstring has it.
    found = one(0.0, rate=0.5, variance=21.0)
    assert found["median_days"] == 0
    assert found["chance"] == pytest.approx(1 - (1 / 6) ** 0.5)
    assert found["lost_units"] == pytest.approx(2.5)


def test_chance_and_loss_are_those_of_simulated_lumpy_days():
    rng = np.random.default_rng(2)
    drawn = rng.negative_binomial(5 * 0.5 / 5, 1 / 6, 200_000)  # mean 2.5, variance 15
    for stock in (1.0, 4.0, 9.0):
        found = one(stock, rate=0.5, variance=21.0)
        assert found["chance"] == pytest.approx((drawn > stock).mean(), abs=0.005)
        assert found["lost_units"] == pytest.approx(np.maximum(drawn - stock, 0).mean(), abs=0.03)


def test_goods_on_the_way_save_only_what_comes_after_them():
    late, soon, never = one(2.0, arrivals={4: 50.0}), one(2.0, arrivals={1: 50.0}), one(2.0)
    assert soon["lost_units"] < late["lost_units"] < never["lost_units"]
    # Four days of two a day with two on hand: six are lost before the arrival, and stay lost.
    assert late["lost_units"] == pytest.approx(6.0, abs=0.7)


def test_what_sells_nothing_never_runs_out():
    assert one(0.0, rate=0.0) == {"median_days": None, "early_days": None, "chance": 0.0, "lost_units": 0.0}


def test_the_chance_is_that_of_simulated_poisson_days():
    rng = np.random.default_rng(1)
    for stock in (8.0, 14.0, 20.0):
        drawn = rng.poisson(3.0, (20_000, 5)).sum(axis=1)
        found = one(stock, rate=3.0)
        assert found["chance"] == pytest.approx((drawn > stock).mean(), abs=0.02)
        assert found["lost_units"] == pytest.approx(np.maximum(drawn - stock, 0).mean(), abs=0.05)


@given(stock=st.floats(0, 200), more=st.floats(0, 50), rate=st.floats(0.01, 20), variance=st.floats(0, 400))
@settings(max_examples=60, deadline=None)
def test_more_stock_never_runs_out_earlier_or_loses_more(stock, more, rate, variance):
    less, full = one(stock, rate=rate, variance=variance), one(stock + more, rate=rate, variance=variance)
    assert full["lost_units"] <= less["lost_units"] + 1e-9
    assert (full["median_days"] is None) or full["median_days"] >= less["median_days"]
    assert less["early_days"] is None or less["median_days"] is None or less["early_days"] <= less["median_days"]


def test_arrivals_that_end_before_goods_come_are_an_error():
    with pytest.raises(InvalidFrameError, match="tell of more days"):
        one(5.0, comes=40)


@given(shape=st.floats(1e-3, 1e4), ratio=st.floats(1e-3, 1e3))
@settings(max_examples=200, deadline=None)
def test_gamma_demand_is_that_of_another_library(shape, ratio):
    assert upper_gamma(shape, shape * ratio) == pytest.approx(gammaincc(shape, shape * ratio), abs=1e-10)


def test_very_large_demand_goes_on_where_counting_ends():
    # 600 in five days are counted, 625 are gamma.
    counted = one(605.0, rate=120.0, variance=7 * 120.0 * 1.05)
    gamma = one(630.0, rate=125.0, variance=7 * 125.0 * 1.05)
    assert gamma["chance"] == pytest.approx(counted["chance"], abs=0.1)
    assert gamma["lost_units"] == pytest.approx(counted["lost_units"], abs=3.0)
