"""A year under every policy: speed and decisions are told apart, at equal fill and at equal stock, without peeping."""

from dataclasses import replace

import numpy as np
import pytest

from firstmove.engine.twin import retrospective
from firstmove.engine.twin.policies import Scene
from firstmove.engine.twin.replay import Protocol, Values
from firstmove.engine.twin.retrospective import Habits, Played, Tries

from .networks import lumpy

START, DAYS, N = 520, 520 + 35 + 182, 60
DEMAND = lumpy(N, days=DAYS)
PROTOCOL = Protocol(lead_low=3, lead_high=6)
PRICE = np.random.default_rng(6).uniform(5, 20, N)
VALUES = Values(worth=PRICE, margin=PRICE * 0.3, holding_per_day=PRICE * 0.25 / 365)
KEY = np.arange(N).astype(np.uint64)
ONES = np.ones(N, np.int64)
POOLED = retrospective.learn(DEMAND[:, :START], protocol=PROTOCOL)


def played(demand=DEMAND, rows=slice(None), values=VALUES):
    own = Values(*(getattr(values, name)[rows] for name in ("worth", "margin", "holding_per_day")))
    return retrospective.run(
        Scene(demand[rows], START, PROTOCOL), values=own, multiple=ONES[rows], key=KEY[rows], pooled=POOLED
    )


WHOLE = played()
PRODUCTS = np.arange(N)


def test_the_dealer_runs_what_it_is_assumed_to_run() -> None:
    chosen = {name: float(tries.parameters[tries.chosen]) for name, tries in WHOLE.tries.items()}
    assert chosen == {
        "reactive-18": 5, "reactive": 5, "minmax": 28, "textbook": 0.95, "firstmove": 0.95, "clairvoyant": 1.2,
    }  # fmt: skip
    slow, fast = WHOLE.tries["reactive-18"].outcome, WHOLE.tries["reactive"].outcome
    assert 15 <= slow.order_cycle_days <= 20
    assert 3 <= fast.order_cycle_days <= 6
    # ordered every fortnight, not every week
    assert fast.order_lines.max() <= 182 / 14 + 1


def test_the_course_of_the_days_adds_up_to_the_year() -> None:
    for tries in WHOLE.tries.values():
        outcome, daily = tries.outcome, tries.outcome.daily
        assert len(daily.held) == WHOLE.days == 182
        assert daily.held.sum() == pytest.approx((outcome.held_unit_days * PRICE).sum())
        assert daily.demanded.sum() == pytest.approx((outcome.demanded_units * PRICE).sum())
        assert daily.sold.sum() == pytest.approx((outcome.sold_units * PRICE).sum())
        assert daily.empty_pairs.sum() == outcome.empty_days.sum()
        assert daily.order_lines.sum() == outcome.order_lines.sum()
        assert daily.cost.sum() == pytest.approx(tries.cost[tries.chosen].sum())
        cost = outcome.cost(margin=VALUES.margin, holding_per_day=VALUES.holding_per_day)
        assert cost == pytest.approx(daily.cost.sum())


def test_dealers_played_apart_are_the_network_put_together() -> None:
    half = N // 2
    parts = [played(rows=slice(0, half)), played(rows=slice(half, N))]
    whole = retrospective.together(parts)
    for name, tries in whole.tries.items():
        assert (tries.cost == WHOLE.tries[name].cost).all()
        assert tries.outcome.fill == WHOLE.tries[name].outcome.fill
        assert tries.outcome.daily.held == pytest.approx(WHOLE.tries[name].outcome.daily.held)
    assert retrospective.gains(whole, group=PRODUCTS) == retrospective.gains(WHOLE, group=PRODUCTS)


def test_faster_orders_and_better_decisions_are_told_apart() -> None:
    found = retrospective.gains(WHOLE, group=PRODUCTS)
    for step in (found.speed, found.decisions):
        for one in (step.stock_days_fewer, step.fill_more):
            assert one.low < one.value < one.high
    # Orders that arrive in 3 to 6 days in place of 15 to 20 save stock, whatever is decided.
    assert found.speed.stock_days_fewer.low > 0
    assert found.speed.fill_more.low > 0


def curve(points: list[tuple[float, float]], chosen: int) -> Tries:
    """A policy of two equal pairs at points of (fill, stock days), on a demand of 100 units each."""
    template = WHOLE.tries["reactive"].outcome
    sold = np.array([[100 * fill] * 2 for fill, _ in points])
    held = np.array([[100 * stock] * 2 for _, stock in points])
    outcome = replace(
        template, demanded_units=np.full(2, 100.0), sold_units=sold[chosen], held_unit_days=held[chosen]
    )  # fmt: skip
    return Tries(np.arange(len(points)), sold, held, 200 - sold + held / 10, chosen, outcome)


def test_steps_are_read_where_fill_is_equal_and_where_stock_is_equal() -> None:
    """Slow: fill .9 at 40 days. Fast reaches .9 at 30 days, and .95 at 40; ours .9 at 20, and .98 at 40."""
    values = Values(*(np.ones(2) for _ in range(3)))
    drawn = Played(
        100,
        np.full(2, 100.0),
        values,
        {
            "reactive-18": curve([(0.8, 30), (0.9, 40)], 1),
            "reactive": curve([(0.85, 20), (0.9, 30), (0.95, 40)], 2),
            "firstmove": curve([(0.86, 10), (0.94, 30), (0.98, 40)], 1),
        },
    )
    found = retrospective.gains(drawn, group=np.arange(2))
    assert (found.at_fill, found.at_stock_days) == (pytest.approx(0.9), pytest.approx(40))
    assert found.speed.stock_days_fewer.value == pytest.approx(10)
    assert found.decisions.stock_days_fewer.value == pytest.approx(10)
    assert found.speed.fill_more.value == pytest.approx(0.05)
    assert found.decisions.fill_more.value == pytest.approx(0.03)
    cost = {name: tries.cost[tries.chosen].sum() for name, tries in drawn.tries.items()}
    assert found.speed.cost_less.value == pytest.approx(cost["reactive-18"] - cost["reactive"])
    assert found.decisions.cost_less.value == pytest.approx(cost["reactive"] - cost["firstmove"])


def test_a_curve_that_does_not_reach_there_says_nothing() -> None:
    values = Values(*(np.ones(2) for _ in range(3)))
    drawn = Played(
        100,
        np.full(2, 100.0),
        values,
        {
            "reactive-18": curve([(0.8, 30), (0.9, 40)], 1),
            "reactive": curve([(0.92, 20), (0.95, 30)], 0),
            "firstmove": curve([(0.86, 10), (0.94, 30)], 1),
        },
    )
    found = retrospective.gains(drawn, group=np.arange(2))
    assert found.speed.stock_days_fewer == retrospective.Estimate(None, None, None)
    assert found.decisions.fill_more.value is None


def test_a_single_product_gives_no_interval_and_proves_nothing() -> None:
    one = played(rows=slice(0, 1))
    found = retrospective.gains(one, group=np.zeros(1, np.int64))
    assert found.speed.cost_less.low is None
    assert not retrospective.prove(one, group=np.zeros(1, np.int64)).gains


def test_no_gain_is_proved_at_a_lower_fill() -> None:
    """Where margin is worth next to nothing, little stock is cheapest: cost falls, and so does service."""
    worthless = Values(PRICE, PRICE * 1e-6, VALUES.holding_per_day)
    own = retrospective.run(
        Scene(DEMAND, START, PROTOCOL),
        values=worthless, multiple=ONES, key=KEY, pooled=POOLED, habits=Habits(cover_days=98, service=0.6),
    )  # fmt: skip
    proof = retrospective.prove(own, group=PRODUCTS)
    assert proof.verdict.promoted
    assert proof.fill < proof.fill_of_base
    assert not proof.gains


def test_what_comes_later_changes_nothing_before() -> None:
    """Two windows that part in their second half are alike in the first: no policy peeps, but the clairvoyant."""
    parting = START + 35 + 91
    other = DEMAND.copy()
    other[:, parting:] = other[:, parting:][:, ::-1] * 3
    changed = played(demand=other)
    for name, tries in WHOLE.tries.items():
        before, after = tries.outcome.daily, changed.tries[name].outcome.daily
        if name != "clairvoyant":
            assert (before.held[:91] == after.held[:91]).all(), name
            assert (before.order_lines[:91] == after.order_lines[:91]).all(), name
    assert (
        WHOLE.tries["clairvoyant"].outcome.daily.held[:91] != changed.tries["clairvoyant"].outcome.daily.held[:91]
    ).any()
