"""The engine's reorder rules give the figures of the textbook, and are the best of all rules of their kind.

Snyder and Shen, Fundamentals of Supply Chain Theory, 2nd ed.; the digits are those that stockpyl publishes for them.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstmove.engine.frames import InvalidFrameError
from firstmove.engine.inventory import textbook


def test_example_3_1_the_order_that_balances_its_cost_against_stock() -> None:
    rate, order_cost, holding = np.array([1300.0]), np.array([8.0]), np.array([0.225])
    quantity = textbook.economic_order_quantity(rate, order_cost=order_cost, holding=holding)
    assert quantity[0] == pytest.approx(304.0467800264368, rel=1e-12)


def test_example_4_3_newsvendor_of_normal_demand() -> None:
    ratio = textbook.critical_ratio(holding=0.18, shortage=0.70)
    level = textbook.normal_level(np.array([50.0]), np.array([8.0]), ratio=ratio)
    assert level[0] == pytest.approx(56.60395592743389, rel=1e-9)


def test_newsvendor_of_poisson_demand() -> None:
    demand = textbook.count_distribution(50)
    assert textbook.newsvendor(demand, holding=0.18, shortage=0.70) == (56, pytest.approx(1.797235211809178, rel=1e-9))
    demand = textbook.count_distribution(6)
    assert textbook.newsvendor(demand, holding=1, shortage=4) == (8, pytest.approx(3.5701069457709416, rel=1e-9))


def test_newsvendor_of_demand_told_value_by_value() -> None:
    # the same demand as a list of probabilities: a level for four fifths of it
    demand = np.array([0.1, 0.2, 0.3, 0.2, 0.2])
    level, cost = textbook.newsvendor(demand, holding=1, shortage=4)
    assert level == 3
    assert cost == pytest.approx(1 * (3 * 0.1 + 2 * 0.2 + 1 * 0.3) + 4 * 0.2)


def test_example_4_7_the_best_minimum_and_maximum() -> None:
    rule = textbook.min_max(textbook.count_distribution(6), holding=1, shortage=4, order_cost=5)
    assert (rule.point, rule.level) == (4, 10)
    assert rule.cost == pytest.approx(8.034111561471642, rel=1e-9)


def test_example_5_8_the_best_reorder_point_and_quantity() -> None:
    rule = textbook.reorder_quantity(
        textbook.count_distribution(1.5 * 2), rate=1.5, holding=20, shortage=150, order_cost=100
    )
    assert (rule.point, rule.quantity) == (3, 5)
    assert rule.cost == pytest.approx(107.92358063314975, rel=1e-9)


def test_reorder_point_by_economic_order_and_safety_stock() -> None:
    """Section 5.3: Q by the economic order quantity, r by the newsvendor of the demand over the lead time."""
    lead, holding, shortage = 1 / 12, 0.225, 7.5
    ratio = textbook.critical_ratio(holding=holding, shortage=shortage)
    point = textbook.normal_level(np.array([1300 * lead]), np.array([150 * lead**0.5]), ratio=ratio)
    assert point[0] == pytest.approx(190.3369965715624, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    mean=st.floats(0.2, 8),
    width=st.floats(1, 4),
    shortage=st.floats(1, 30),
    order_cost=st.floats(0, 40),
)
def test_no_other_minimum_and_maximum_is_cheaper(mean: float, width: float, shortage: float, order_cost: float) -> None:
    """Against a long run of the rule itself: its stationary distribution of positions, solved as linear equations."""
    demand = textbook.count_distribution(mean, mean * width)
    best = textbook.min_max(demand, holding=1, shortage=shortage, order_cost=order_cost)
    assert best.cost == pytest.approx(long_run(demand, best.point, best.level, shortage, order_cost), rel=1e-6)
    for point, level in ((-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, 1), (-3, 0), (0, 4), (2, 3)):
        other = (best.point + point, best.level + level)
        if other[0] < other[1]:
            assert best.cost <= long_run(demand, *other, shortage, order_cost) + 1e-6


def long_run(demand: np.ndarray, s: int, top: int, shortage: float, order_cost: float) -> float:
    """Mean cost of a period under (s, top), by the balance of the positions s + 1 … top after ordering."""
    places = top - s
    moves = np.zeros((places, places))  # position top - j, then a period's demand
    reorder = np.zeros(places)
    for j in range(places):
        moves[j, j:] = np.pad(demand, (0, places))[: places - j]
        reorder[j] = 1 - moves[j].sum()
        moves[j, 0] += reorder[j]
    balance = np.vstack([moves.T - np.eye(places), np.ones(places)])
    share = np.linalg.lstsq(balance, np.append(np.zeros(places), 1.0), rcond=None)[0]
    units = np.arange(len(demand))
    levels = top - np.arange(places)
    cost = [
        (demand * np.where(units > y, shortage * (units - y), y - units)).sum() for y in levels
    ]  # what is left costs 1 a unit
    return float(share @ (np.array(cost) + order_cost * reorder))


def test_rows_are_answered_as_one_by_one_and_large_sellers_in_steps() -> None:
    mean, wide = np.array([2.0, 0.0, 3000.0]), np.array([6.0, 0.0, 90_000.0])
    span_mean, span_wide = mean * 2.3, wide * 2.3
    cost = np.array([10.0, 10.0, 10.0])
    point, level = textbook.min_max_rows(
        mean=mean, variance=wide, protection_mean=span_mean, protection_variance=span_wide, order_cost=cost, ratio=0.9
    )
    alone = textbook.min_max(
        textbook.count_distribution(2, 6),
        protection_demand=textbook.count_distribution(4.6, 13.8),
        holding=1,
        shortage=9,
        order_cost=10,
    )
    assert (point[0], level[0]) == (alone.point, alone.level)
    assert (point[1], level[1]) == (-1, -1)
    # without rounding to steps: 6,900 + 1.28 × 455 = 7,483 at least
    assert 7_300 < point[2] + 1 < level[2] < 9_000


def test_what_cannot_be_answered_is_refused() -> None:
    with pytest.raises(InvalidFrameError, match="add up to 1"):
        textbook.newsvendor(np.array([0.4, 0.4]), holding=1, shortage=4)
    with pytest.raises(InvalidFrameError, match="above 0"):
        textbook.critical_ratio(holding=0, shortage=4)
    with pytest.raises(InvalidFrameError, match="nothing to order"):
        textbook.min_max(np.array([1.0]), holding=1, shortage=4, order_cost=1)
