"""Service follows what it brings: the classes that earn get more of it, and no policy is promoted by luck."""

import numpy as np
import pytest

from firstmove.engine.frames import InvalidFrameError
from firstmove.engine.inventory.classes import by_margin, by_variability, choose_service
from firstmove.engine.twin.promotion import judge


def test_the_pairs_that_bring_four_fifths_of_the_margin_are_of_class_a() -> None:
    assert by_margin(np.array([6.0, 70.0, 4.0, 20.0])).tolist() == [1, 0, 2, 0]
    assert by_margin(np.zeros(3)).tolist() == [0, 0, 0]


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
