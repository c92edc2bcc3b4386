"""Service follows what it brings: the classes that earn get more of it, and no policy is promoted by luck."""

import numpy as np
import polars as pl
import pytest

from firstmove.engine.frames import InvalidFrameError
from firstmove.engine.inventory.classes import (
    LIFE_CYCLES,
    by_life_cycle,
    by_margin,
    by_variability,
    choose_service,
    classify,
)
from firstmove.engine.twin.promotion import judge


def test_the_pairs_that_bring_four_fifths_of_the_margin_are_of_class_a() -> None:
    assert by_margin(np.array([6.0, 70.0, 4.0, 20.0])).tolist() == [1, 0, 2, 0]
    assert by_margin(np.zeros(3)).tolist() == [0, 0, 0]


def test_every_dealer_has_an_assortment_of_its_own_with_a_best_part() -> None:
    margin, dealer = np.array([700.0, 7.0, 200.0, 2.0, 100.0, 1.0]), np.array([0, 1, 0, 1, 0, 1])
    assert by_margin(margin, group=dealer).tolist() == [0, 0, 0, 0, 1, 1]


def test_a_product_is_new_grows_ripens_declines_and_dies() -> None:
    history = np.zeros((6, 730), np.float32)
    history[0, -100:] = 2  # new
    history[1, :-364] = 1  # grew from 1 to 3 a day within a year
    history[1, -364:] = 3
    history[2] = 2
    history[3, :-91], history[3, -91:] = 3, 1
    history[4, :-190] = 5
    history[5, -20] = 90  # one large order is no trend
    history[5, :-364:30] = 1
    found = by_life_cycle(history, days_known=np.array([100, 730, 730, 730, 730, 730]))
    names = ["new", "growing", "mature", "declining", "dead", "mature"]
    assert [LIFE_CYCLES[k] for k in found] == names


def test_a_season_is_no_growth() -> None:
    year = np.r_[np.full(273, 1.0), np.full(91, 4.0)]
    history = np.r_[year, year][None, -728:].astype(np.float32)
    assert LIFE_CYCLES[by_life_cycle(history, days_known=np.array([728]))[0]] == "mature"
    assert LIFE_CYCLES[by_life_cycle(history, days_known=np.array([300]))[0]] == "growing"


def test_classes_and_stages_stand_beside_their_pair() -> None:
    history = np.zeros((2, 400), np.float32)
    history[0] = 2
    history[1, ::80] = 1
    frame = pl.DataFrame(
        {"dealer": ["D", "D"], "purchase_price": [1.0, 1.0], "sale_price": [2.0, 2.0], "days_known": [400, 400]}
    )
    assert classify(frame, history).rows() == [("AX", "mature"), ("CZ", "mature")]
    assert classify(frame.clear(), history[:0]).rows() == []


def test_what_sells_evenly_is_x_and_what_sells_in_lumps_is_z() -> None:
    history = np.zeros((3, 364), np.float32)
    history[0] = 2
    history[1, ::91] = 50
    assert by_variability(history).tolist() == [0, 2, 2]
    assert by_variability(history[:, :3]).tolist() == [2, 2, 2]


def test_each_class_gets_the_service_that_was_cheapest_for_it() -> None:
    classes = np.array([0, 0, 1])
    trials = [(0.9, np.array([9.0, 9.0, 1.0])), (0.98, np.array([2.0, 3.0, 6.0]))]
    choice = choose_service(trials, classes=classes, count=3)
    assert choice.quantiles == (0.98, 0.9, 0.95)
    assert (choice.cost, choice.cost_of_one_for_all) == (6, 11)
    with pytest.raises(InvalidFrameError, match="no trial"):
        choose_service([], classes=classes, count=2)


def test_one_lucky_pair_does_not_move_its_class() -> None:
    draw = np.random.default_rng(5)
    classes = np.repeat([0, 1], 200)
    common = draw.uniform(90, 110, 400)
    lucky = common + 1
    lucky[200] -= 220  # one pair of the second class saves 220, each of the 199 others loses 1
    sure = common + 1
    sure[200:] -= draw.uniform(1.5, 2.5, 200)
    moved = choose_service([(0.95, common), (0.99, lucky)], classes=classes, count=2)
    kept = choose_service([(0.95, common), (0.99, lucky)], classes=classes, count=2, certainty=1)
    earned = choose_service([(0.95, common), (0.99, sure)], classes=classes, count=2, certainty=1)
    assert moved.quantiles == (0.95, 0.99)
    assert kept.quantiles == (0.95, 0.95)
    assert earned.quantiles == (0.95, 0.99)
    assert kept.one_for_all == 0.95
    assert kept.cost == kept.cost_of_one_for_all


def test_a_challenger_that_saves_at_most_dealers_takes_over() -> None:
    draw = np.random.default_rng(1)
    dealer = np.repeat(np.arange(30), 20)
    champion = draw.uniform(50, 150, 600)
    verdict = judge(champion_cost=champion, challenger_cost=champion * draw.uniform(0.85, 1.05, 600), dealer=dealer)
    assert verdict.promoted
    assert verdict.low < verdict.saving < verdict.high
    assert verdict.saving == pytest.approx(0.05, abs=0.01)


def test_a_saving_at_one_large_dealer_alone_promotes_nothing() -> None:
    dealer = np.repeat(np.arange(20), 10)
    champion = np.where(dealer == 0, 1000.0, 100.0)
    challenger = np.where(dealer == 0, 700.0, 102.0)
    verdict = judge(champion_cost=champion, challenger_cost=challenger, dealer=dealer)
    assert verdict.saving > 0
    assert not verdict.promoted


def test_one_dealer_is_no_evidence() -> None:
    verdict = judge(champion_cost=np.ones(9), challenger_cost=np.zeros(9), dealer=np.zeros(9, int))
    assert not verdict.promoted
