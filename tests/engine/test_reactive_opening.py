"""Assumed stock is what a fixed-cover dealer would hold: possible, and the same in every run."""

import numpy as np
import pytest

from firstmove.engine.frames import InvalidFrameError
from firstmove.engine.twin.opening import reactive_opening, roll_forward

from .networks import lumpy

HISTORY = lumpy(400, days=400)
KEY = np.random.default_rng(8).integers(0, 2**63, 400).astype(np.uint64)
MULTIPLE = np.random.default_rng(9).choice([1, 6, 12], 400)


def test_assumed_stock_does_not_depend_on_order_or_partition_of_the_pairs() -> None:
    on_hand, pipeline = reactive_opening(HISTORY, multiple=MULTIPLE, key=KEY)
    shuffle = np.random.default_rng(2).permutation(400)
    again = reactive_opening(HISTORY[shuffle], multiple=MULTIPLE[shuffle], key=KEY[shuffle])
    assert (again[0] == on_hand[shuffle]).all()
    assert (again[1] == pipeline[shuffle]).all()
    half = reactive_opening(HISTORY[150:], multiple=MULTIPLE[150:], key=KEY[150:])
    assert (half[0] == on_hand[150:]).all()
    assert (half[1] == pipeline[150:]).all()


def test_assumed_stock_is_about_the_cover_that_the_policy_aims_at() -> None:
    steady = np.full((2000, 400), 5, np.float32)
    key = np.arange(2000, dtype=np.uint64)
    on_hand, pipeline = reactive_opening(steady, multiple=np.ones(2000, np.int64), key=key)
    position = (on_hand + pipeline.sum(axis=1)) / 5
    # ordered up to 35 days every 14 days and looked at after the day's sales: 34 down to 21 days, all equally likely
    assert position.min() == 21
    assert position.max() == 34
    assert position.mean() == pytest.approx(27.5, abs=0.3)
    assert (np.bincount(position.astype(int), minlength=35)[21:] > 2000 / 14 / 2).all()


def test_orders_on_their_way_arrive_within_the_lead_time_in_whole_multiples() -> None:
    on_hand, pipeline = reactive_opening(HISTORY, multiple=MULTIPLE, key=KEY)
    assert pipeline.shape == (400, 13)
    assert (pipeline[:, 0] == 0).all()
    assert (pipeline % MULTIPLE[:, None] == 0).all()
    assert (on_hand >= 0).all()
    assert pipeline.sum() > 0


def test_lead_times_are_spread_evenly_over_their_range() -> None:
    # all order on the last day: nothing was sold before it, and the review comes every day
    history = np.zeros((8000, 300), np.float32)
    history[:, -2] = 1
    key = np.arange(8000, dtype=np.uint64)
    _, pipeline = reactive_opening(history, multiple=np.ones(8000, np.int64), key=key, review_days=1)
    arrivals = np.count_nonzero(pipeline, axis=0)
    assert arrivals[:5].sum() == 0
    assert arrivals[5:] == pytest.approx(1000, rel=0.15)


def test_a_pair_that_never_sold_holds_nothing() -> None:
    on_hand, pipeline = reactive_opening(np.zeros((1, 300), np.float32), multiple=np.array([12]), key=KEY[:1])
    assert on_hand.sum() == pipeline.sum() == 0


@pytest.mark.parametrize("days", [1, 10, 40, 182, 200])
def test_a_short_history_still_opens(days: int) -> None:
    on_hand, pipeline = reactive_opening(HISTORY[:, :days], multiple=MULTIPLE, key=KEY)
    assert np.isfinite(on_hand).all()
    assert (pipeline >= 0).all()


def test_stock_rolls_forward_as_in_the_worked_example() -> None:
    pipeline = np.array([[0.0, 2.0, 0.0, 7.0]])
    demand = np.array([[4, 5]], np.float32)
    nothing = np.zeros((1, 2), np.float32)
    one = roll_forward(np.array([3.0]), pipeline, demand[:, :1], nothing[:, :1])
    assert one[0].tolist() == [1]
    assert one[1].tolist() == [[0, 0, 7, 0]]
    both = roll_forward(np.array([3.0]), pipeline, demand, nothing)
    assert both[0].tolist() == [0]
    assert both[1].tolist() == [[0, 7, 0, 0]]
    received = roll_forward(np.array([3.0]), pipeline, demand, np.array([[0, 6]], np.float32))
    assert received[0].tolist() == [2]


def test_rolling_in_two_steps_is_rolling_in_one() -> None:
    on_hand, pipeline = reactive_opening(HISTORY[:, :380], multiple=MULTIPLE, key=KEY)
    demand = HISTORY[:, 380:]
    arrivals = (np.random.default_rng(3).random(demand.shape) < 0.05).astype(np.float32) * 6
    once = roll_forward(on_hand, pipeline, demand, arrivals)
    middle = roll_forward(on_hand, pipeline, demand[:, :6], arrivals[:, :6])
    twice = roll_forward(*middle, demand[:, 6:], arrivals[:, 6:])
    assert (once[0] == twice[0]).all()
    assert (once[1] == twice[1]).all()
    assert once[1].sum() == 0


def test_a_scenario_that_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidFrameError, match="lead_low"):
        reactive_opening(HISTORY, multiple=MULTIPLE, key=KEY, lead_low=9, lead_high=5)
    with pytest.raises(InvalidFrameError, match="history 400, multiple 399"):
        reactive_opening(HISTORY, multiple=MULTIPLE[1:], key=KEY)
    with pytest.raises(InvalidFrameError, match="same days"):
        roll_forward(np.zeros(1), np.zeros((1, 3)), np.zeros((1, 2), np.float32), np.zeros((1, 3), np.float32))
