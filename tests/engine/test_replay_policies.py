"""A replay says what a policy would have sold, lost and held; nobody's figures are better because it peeped."""

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from firstmove.engine.frames import InvalidFrameError
from firstmove.engine.twin.policies import POLICIES, QUARTER_REVIEWS, Rules, Scene, best_minmax, reorder_point
from firstmove.engine.twin.replay import Outcome, Protocol, Rule, Values, replay

from .networks import lumpy

START, DAYS, N = 520, 660, 150
DEMAND = lumpy(N, days=DAYS)
KEY = np.random.default_rng(3).integers(0, 2**63, N).astype(np.uint64)
MULTIPLE = np.random.default_rng(4).choice([1, 6, 12], N)
SCENE = Scene(DEMAND, START, Protocol())


def test_what_finds_no_stock_is_lost_and_what_is_left_is_held() -> None:
    demand = np.full((1, 4), 2, np.float32)
    calm = Protocol(warm_days=0, opening_days=0)
    nothing = Rule(np.zeros((1, 1)))
    outcome = replay(demand, nothing, start=0, multiple=np.ones(1, int), key=KEY[:1], protocol=calm)
    assert (outcome.fill, outcome.stock_days, outcome.empty) == (0, 0, 1)
    stocked = replace(calm, opening_days=300)  # without a past the rate is 0.01 a day: 3 units
    outcome = replay(demand, nothing, start=0, multiple=np.ones(1, int), key=KEY[:1], protocol=stocked)
    assert outcome.sold_units.tolist() == [3]
    assert outcome.held_unit_days.tolist() == [1]
    assert outcome.empty_days.tolist() == [3]
    assert outcome.cost(margin=np.array([10.0]), holding_per_day=np.array([0.5])) == 50.5


def test_an_order_arrives_after_its_lead_time_in_whole_packs() -> None:
    demand = np.ones((1, 12), np.float32)
    calm = Protocol(warm_days=0, opening_days=0, review_days=7, lead_low=3, lead_high=3)
    outcome = replay(demand, Rule(np.array([[4.0, 0.0]])), start=0, multiple=np.array([6]), key=KEY[:1], protocol=calm)
    # ordered 6 on day 0, sold from day 3 to day 8
    assert outcome.sold_units.tolist() == [6]
    assert outcome.order_lines.tolist() == [1]
    assert outcome.order_cycle_days == 3
    assert outcome.held_unit_days.tolist() == [5 + 4 + 3 + 2 + 1]


def test_a_reorder_rule_waits_until_stock_falls_below_its_minimum() -> None:
    demand = np.ones((1, 30), np.float32)
    calm = Protocol(warm_days=0, opening_days=2000, lead_low=5, lead_high=5)  # opens with 20 units
    level = np.full((1, 5), 25.0)
    rule = Rule(level, trigger=np.full((1, 5), 10.0))
    outcome = replay(demand, rule, start=0, multiple=np.ones(1, int), key=KEY[:1], protocol=calm)
    assert outcome.order_lines.tolist() == [1]
    assert outcome.fill == 1


@pytest.mark.parametrize("name", [name for name in POLICIES if name != "clairvoyant"])
def test_shuffling_the_future_changes_no_order(name: str) -> None:
    shuffled = DEMAND.copy()
    day = START + 8 * 7
    shuffled[:, day:] = shuffled[:, np.random.default_rng(5).permutation(np.arange(day, DAYS))] + 3
    for (_, before), (_, after) in zip(
        POLICIES[name](SCENE), POLICIES[name](Scene(shuffled, START, Protocol())), strict=True
    ):
        for one, other in ((before.level, after.level), (before.trigger, after.trigger), (before.most, after.most)):
            assert (one is None) == (other is None)
            if one is not None and other is not None:
                assert (one[:, :9] == other[:, :9]).all()


def test_a_replay_does_not_depend_on_the_pairs_beside() -> None:
    _, rule = list(POLICIES["textbook"](SCENE))[5]
    whole = replay(DEMAND, rule, start=START, multiple=MULTIPLE, key=KEY)
    half = slice(N // 2, None)
    part = replay(DEMAND[half], Rule(rule.level[half]), start=START, multiple=MULTIPLE[half], key=KEY[half])
    assert (whole.held_unit_days[half] == part.held_unit_days).all()
    assert (whole.sold_units[half] == part.sold_units).all()


def test_more_care_sells_more_and_holds_more() -> None:
    for name in ("reactive", "reactive-18", "minmax", "textbook", "firstmove"):
        outcomes = [replay(DEMAND, r, start=START, multiple=MULTIPLE, key=KEY) for _, r in POLICIES[name](SCENE)]
        assert (np.diff([o.fill for o in outcomes]) >= -1e-9).all()
        assert (np.diff([o.stock_days for o in outcomes]) >= -1e-9).all()
        assert outcomes[-1].turnover < outcomes[0].turnover


def test_slow_orders_come_after_fifteen_to_twenty_days() -> None:
    for name, low, high in (("reactive-18", 15, 20), ("reactive", 5, 12)):
        _, rule = next(iter(POLICIES[name](SCENE)))
        assert low < replay(DEMAND, rule, start=START, multiple=MULTIPLE, key=KEY).order_cycle_days < high


def test_a_window_that_is_over_before_it_counts_is_refused() -> None:
    with pytest.raises(InvalidFrameError, match="35 days of warming up"):
        replay(DEMAND, Rule(np.zeros((N, 2))), start=DAYS - 14, multiple=MULTIPLE, key=KEY)
    with pytest.raises(InvalidFrameError, match="order days"):
        replay(DEMAND, Rule(np.zeros((N, 2))), start=START, multiple=MULTIPLE, key=KEY)


@pytest.mark.real
def test_the_twin_agrees_with_the_reference_replay(real_data: Path) -> None:
    """Another program, written apart from this one, on the same real pairs: every point within 2 %."""
    path = real_data.parent / "bench" / "replay_reference.py"
    if not path.exists():
        pytest.skip("reference replay absent beside the real data")
    spec = importlib.util.spec_from_file_location("replay_reference", path)
    assert spec is not None
    assert spec.loader is not None
    reference = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = reference
    spec.loader.exec_module(reference)
    demand, pairs, _, _ = reference.load(real_data / "iowa", 4_000)
    scene = Scene(demand, demand.shape[1] - reference.WINDOW, Protocol())
    multiple, key = pairs["multiple"].to_numpy(), np.arange(len(pairs), dtype=np.uint64) * np.uint64(7919)
    assert scene.protocol.protection_days == reference.PROTECT

    totals = np.cumsum(np.pad(demand, ((0, 0), (1, 0))), axis=1, dtype=np.float64)

    def mean(t: int) -> NDArray[np.float64]:
        return (totals[:, t] - totals[:, t - 28]) / 28

    def textbook(t: int) -> NDArray[np.float64]:
        return mean(t) * 16 + norm.ppf(0.95) * demand[:, t - 182 : t].std(axis=1, dtype=np.float64) * 4

    for name, parameter, level, every in (
        ("reactive", 6, lambda t: mean(t) * 42, 2),
        ("textbook", 0.95, textbook, 1),
    ):
        theirs = reference.replay(demand, multiple, level, every)
        rule = dict(POLICIES[name](scene))[parameter]
        ours = replay(demand, rule, start=scene.start, multiple=multiple, key=key)
        assert ours.fill == pytest.approx(theirs["fill"], rel=0.02)
        assert ours.stock_days == pytest.approx(theirs["stock_days"], rel=0.02)
        assert ours.turnover == pytest.approx(theirs["turnover"], rel=0.02)
        assert ours.empty == pytest.approx(theirs["empty"], rel=0.02)


@pytest.mark.parametrize("policy", [best_minmax, reorder_point])
def test_a_best_reorder_rule_knows_nothing_of_the_days_to_come(policy: Callable[..., Rules]) -> None:
    cost = np.full(N, 20.0)
    changed = DEMAND.copy()
    changed[:, START + 1 :] = np.random.default_rng(8).permutation(changed[:, START + 1 :], axis=1) * 3
    other = Scene(changed, START, Protocol())
    for (_, one), (_, two) in zip(policy(SCENE, order_cost=cost), policy(other, order_cost=cost), strict=True):
        assert (one.level[:, :QUARTER_REVIEWS] == two.level[:, :QUARTER_REVIEWS]).all()
        assert one.trigger is not None
        assert two.trigger is not None
        assert (one.trigger[:, :QUARTER_REVIEWS] == two.trigger[:, :QUARTER_REVIEWS]).all()


@pytest.mark.parametrize("policy", [best_minmax, reorder_point])
def test_a_dearer_order_line_means_fewer_lines_and_more_service_more_stock(policy: Callable[..., Rules]) -> None:
    outcomes = {}
    for cost in (0.0, 40.0):
        rules = dict(policy(SCENE, order_cost=np.full(N, cost)))
        for service in (0.8, 0.98):
            outcomes[cost, service] = replay(
                DEMAND, rules[service], start=START, multiple=np.ones(N, int), key=KEY, protocol=SCENE.protocol
            )
    assert outcomes[40.0, 0.98].order_lines.sum() < 0.8 * outcomes[0.0, 0.98].order_lines.sum()
    for cost in (0.0, 40.0):
        assert outcomes[cost, 0.8].fill < outcomes[cost, 0.98].fill
        assert outcomes[cost, 0.8].stock_days < outcomes[cost, 0.98].stock_days


def test_a_line_is_never_smaller_than_its_minimum_in_whole_packs() -> None:
    demand = np.ones((2, 12), np.float32)
    calm = Protocol(warm_days=0, opening_days=0, review_days=7, lead_low=3, lead_high=3)
    rule = Rule(np.array([[4.0, 0.0], [4.0, 0.0]]))
    outcome = replay(
        demand, rule, start=0, multiple=np.array([3, 3]), key=KEY[:2], protocol=calm, minimum=np.array([8, 0])
    )  # fmt: skip
    # 9 and 6 units arrive on day 3 for a demand of 1 a day until day 11
    assert outcome.sold_units.tolist() == [9, 6]
    assert outcome.order_lines.tolist() == [1, 1]


def test_an_order_below_the_dealers_minimum_waits_until_its_lines_are_enough() -> None:
    """4 and 3 units wanted at 10 a unit: 70. On the next order day 8 and 6 are wanted: 140."""
    demand = np.ones((2, 24), np.float32)
    calm = Protocol(warm_days=0, opening_days=0, review_days=7, lead_low=3, lead_high=3)
    rule = Rule(np.array([[4.0, 8.0, 0.0, 0.0], [3.0, 6.0, 0.0, 0.0]]))
    worth = Values(np.full(2, 10.0), np.full(2, 4.0), np.full(2, 0.1))

    def played(least: float) -> Outcome:
        return replay(
            demand, rule, start=0, multiple=np.ones(2, int), key=KEY[:2], protocol=calm, values=worth,
            order_minimum=least,
        )  # fmt: skip

    assert played(0.0).order_lines.tolist() == [2, 2]
    waited = played(100.0)
    assert waited.order_lines.tolist() == [1, 1]
    assert waited.sold_units.tolist() == [8, 6]
    assert waited.daily is not None
    assert np.flatnonzero(waited.daily.order_lines).tolist() == [7]
    assert played(140.0).order_lines.tolist() == [1, 1]
    assert played(141.0).order_lines.tolist() == [0, 0]
    together = played(1e-9)  # a minimum that every order reaches plays as none
    assert together.held_unit_days.tolist() == played(0.0).held_unit_days.tolist()
    with pytest.raises(InvalidFrameError, match="worth"):
        replay(demand, rule, start=0, multiple=np.ones(2, int), key=KEY[:2], protocol=calm, order_minimum=5.0)
