"""The first 13 weeks of a dealer or a launch, foreseen week by week from what was sold before each."""

import numpy as np
import pytest
from scipy.stats import gamma

from firstmove.engine.demand import coldstart, first_weeks
from firstmove.engine.demand.coldstart import Spread

SPREAD = Spread(
    intercept=0.0, slope=1.0, size_shape=4.0, pair_shape=1.0, month_spread=0.25, lot_scale=1.0, lot_power=0.0
)
WEEKS = 13


def came(*, weeks: int, units: float) -> np.ndarray:
    """One dealer, one product: `units` in each of the first `weeks`."""
    return np.where(np.arange(WEEKS) < weeks, units, 0.0).reshape(1, WEEKS, 1)


def test_the_first_week_is_the_first_plan_and_later_ones_come_nearer():
    found = first_weeks.of_dealers(
        rates=np.array([[10.0]]), came=came(weeks=6, units=140.0), seen=np.array([6]), spread=SPREAD
    )
    assert found.initial[0] == pytest.approx(np.full(WEEKS, 70.0))
    assert found.planned[0, 0] == pytest.approx(70.0)
    assert (np.diff(found.planned[0, :7]) > 0).all()
    assert 120 < found.planned[0, 6] < 141
    # What has not begun is planned from what is known now.
    assert found.planned[0, 6:] == pytest.approx(np.full(WEEKS - 6, found.planned[0, 6]))


def test_a_week_knows_nothing_that_was_sold_in_it_or_later():
    rates, weeks = np.array([[10.0, 3.0]]), np.random.default_rng(1).uniform(0, 90, (1, WEEKS, 2))
    shuffled = weeks.copy()
    shuffled[:, 5:] = shuffled[:, :4:-1]
    one, other = (
        first_weeks.of_dealers(rates=rates, came=those, seen=np.array([WEEKS]), spread=SPREAD)
        for those in (weeks, shuffled)
    )
    assert one.planned[:, :6] == pytest.approx(other.planned[:, :6])
    assert one.planned[0, 7] != pytest.approx(other.planned[0, 7])


def test_the_range_of_the_first_week_is_that_of_a_gamma_distribution():
    found = first_weeks.of_dealers(
        rates=np.array([[10.0]]), came=came(weeks=0, units=0.0), seen=np.array([0]), spread=SPREAD
    )
    law = gamma(2.0, scale=35.0)  # relative variance 1/4 + 4/16, mean 70
    assert found.low[0, 0] == pytest.approx(law.ppf(0.1), rel=0.03)
    assert found.high[0, 0] == pytest.approx(law.ppf(0.9), rel=0.03)


def test_own_sell_out_decides_a_half_after_as_much_as_the_market_says():
    spread = Spread(**{**SPREAD.__dict__, "month_spread": 0.5})
    assert first_weeks.own_share(np.array([0, 4, 12]), spread) == pytest.approx([0.0, 0.5, 0.75])


def test_a_launch_follows_its_curve_and_what_it_sold():
    falling = np.linspace(30, 10, WEEKS)
    launches = coldstart.learn_launches(np.tile(falling, (10, 1)), group=np.zeros(10, np.int64), groups=1)
    sold = np.where(np.arange(WEEKS) < 3, 2 * falling, 0.0)[None]
    found = first_weeks.of_launches(launches, group=np.zeros(1, np.int64), came=sold, seen=np.array([3]), spread=SPREAD)
    assert found.initial[0] == pytest.approx(falling)
    assert found.planned[0, 0] == pytest.approx(falling[0])
    assert (found.planned[0, 3:] / falling[3:]).min() > 1.5
    assert found.low[0, 4] < found.planned[0, 4] < found.high[0, 4]
    # The same belief as a run holds of it today.
    today = coldstart.launch_rates(
        launches, group=np.zeros(1, np.int64), days=np.array([21]), sold=sold[:, :3].sum(axis=1), spread=SPREAD
    )
    assert found.planned[0, 3] == pytest.approx(today[0] * 7)
