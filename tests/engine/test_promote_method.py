"""A method takes over where it is cheaper for sure, not where it was lucky; and nothing looks ahead."""

import numpy as np
import pytest

from firstmove.engine.demand import boosted
from firstmove.engine.demand.distribution import over, pool
from firstmove.engine.demand.methods import mixed, seen_by
from firstmove.engine.frames import InvalidFrameError
from firstmove.engine.inventory.replenishment import mixtures, propose, spans
from firstmove.engine.twin import trials
from firstmove.engine.twin.trials import Conditions, Origin, Tried

from .networks import lumpy, pairs

N, DAYS, START, SPAN = 1200, 640, 514, 16
HISTORY = lumpy(N, days=DAYS)
SERVICE = [0.5, 0.8, 0.95]


@pytest.fixture(scope="module")
def trees() -> boosted.BoostedQuantiles:
    return boosted.train(HISTORY[:, :START], span=SPAN)


@pytest.fixture(scope="module")
def tables():
    return pool(HISTORY[:, :START], spans=[7, 9, SPAN, 10_000], mixtures={10_000: [12, 16, 19]})


def conditions(n: int = N) -> Conditions:
    return Conditions(
        leads=[tuple(range(5, 13))] * n,
        review_days=np.full(n, 7),
        multiple=np.ones(n, np.int64),
        key=np.arange(n, dtype=np.uint64),
        margin=np.full(n, 2.0),
        holding_per_day=np.full(n, 0.01),
        service=np.full(n, 0.95),
    )


def origin(ours, theirs, dealer, *, sold=1.0) -> Origin:
    n = len(dealer)
    return Origin(
        dealer=np.asarray(dealer),
        segment=np.zeros(n, np.int64),
        tried={
            "pooled": Tried(np.asarray(ours, float), np.ones(n), np.ones(n)),
            "boosted": Tried(np.asarray(theirs, float), np.ones(n), np.full(n, sold)),
        },
    )


def judged(*origins, comparisons=6):
    return trials.judge_segment(origins, segment=0, champion="pooled", comparisons=comparisons)[0]


def test_at_their_own_span_the_trees_say_what_they_say(trees, tables) -> None:
    known = HISTORY[:, :START]
    carried = seen_by("boosted", known, tables, boosted=trees)(SPAN)
    assert carried.quantiles(SERVICE) == pytest.approx(boosted.over(known, trees)[0].quantiles(SERVICE))
    assert carried.quantiles(SERVICE[::-1]) == pytest.approx(carried.quantiles(SERVICE)[:, ::-1])


def test_over_other_spans_the_trees_move_the_pooled_quantiles_their_way(trees, tables) -> None:
    known = HISTORY[:, :START]
    there = boosted.over(known, trees)[0].quantiles(SERVICE) - over(known, tables, span=SPAN).quantiles(SERVICE)
    for span in (7, 10_000):
        carried = seen_by("boosted", known, tables, boosted=trees)(span).quantiles(SERVICE)
        plain = over(known, tables, span=span).quantiles(SERVICE)
        assert (np.diff(carried, axis=1) >= 0).all()
        assert (carried >= 0).all()
        assert np.corrcoef((carried - plain)[:, 2], there[:, 2])[0, 1] > 0.8


def test_the_textbook_is_a_normal_distribution_around_the_last_four_weeks() -> None:
    history = np.full((1, 400), 2, np.float32)
    history[0, -182::2], history[0, -181::2] = 5, -1  # deviation 3 around 2
    table = pool(HISTORY, spans=[16])
    demand = seen_by("textbook", history, table)(16)
    assert demand.quantiles([0.5, 0.95])[0] == pytest.approx([32, 51.74], abs=0.01)


def test_each_pair_is_ordered_by_its_own_method_whatever_the_others_use(trees) -> None:
    frame = pairs(60)
    known = HISTORY[:60, :START]
    table = pool(HISTORY[:, :START], spans=[*spans(frame), SPAN], mixtures=mixtures(frame, {}))
    methods = ["pooled", "boosted", "textbook"] * 20

    def lines(demand):
        return propose(frame, known, table, service_quantile=0.95, demand=demand).drop("attention")

    together = lines(mixed(methods, known, table, boosted=trees))
    for k, method in enumerate(("pooled", "boosted", "textbook")):
        alone = lines(seen_by(method, known, table, boosted=trees))
        assert together[k::3].equals(alone[k::3])
    assert lines(None).equals(lines(seen_by("pooled", known, table)))
    assert not together["level_units"].equals(lines(None)["level_units"])


def test_trees_that_are_missing_are_not_guessed(tables) -> None:
    with pytest.raises(InvalidFrameError, match="trees"):
        seen_by("boosted", HISTORY, tables)


def test_a_better_method_is_promoted_over_the_textbook() -> None:
    """Planted: demand is lumpy, so the textbook's normal distribution is dearer at the same margins."""
    dealer = np.arange(N) % 20
    origins = []
    for start, end in ((423, 549), (514, 640)):
        tried = trials.try_methods(
            HISTORY[:, :end], start=start, conditions=conditions(), methods=("textbook", "pooled")
        )
        origins.append(Origin(dealer=dealer, segment=np.zeros(N, np.int64), tried=tried))
    found = trials.judge_segment(origins, segment=0, champion="textbook", comparisons=6)
    assert [(one.challenger, one.verdict) for one in found] == [("pooled", "promoted")]
    assert 0 < found[0].low < found[0].saving < found[0].high
    assert found[0].confidence == pytest.approx(1 - 0.05 / 6)
    back = trials.judge_segment(origins, segment=0, champion="pooled", comparisons=6)
    assert [one.verdict for one in back] == ["not_sure"]


def test_what_comes_later_changes_nothing_that_was_ordered_before(trees) -> None:
    """The future shuffled, the days before stay: trees and tables are the same, and so is the first order's level."""
    other = HISTORY.copy()
    other[:, START:] = np.random.default_rng(1).permuted(other[:, START:], axis=1)
    rules = []
    for history in (HISTORY, other):
        known = trials.Scene(history, START, trials.Protocol()).known(START)
        grown = boosted.train(known, span=SPAN)
        table = pool(known, spans=[7, SPAN, 10_000], mixtures={10_000: range(12, 20)})
        scene = trials.Scene(history, START, trials.Protocol())
        rules.append(
            {
                method: trials._rule(method, scene, table, grown=grown, service=np.full(N, 0.95))
                for method in ("textbook", "boosted")
            }
        )
    for method, rule in rules[0].items():
        assert (rule.level[:, 0] == rules[1][method].level[:, 0]).all()
        assert not (rule.level[:, -1] == rules[1][method].level[:, -1]).all()


def test_a_challenger_that_was_lucky_at_one_dealer_is_not_promoted() -> None:
    dealer = np.repeat(np.arange(12), 10)
    ours = np.full(120, 10.0)
    theirs = np.where(dealer == 3, 1.0, 10.3)
    found = judged(origin(ours, theirs, dealer), origin(ours, theirs, dealer))
    assert found.saving > 0.04
    assert (found.verdict, found.low <= 0) == ("not_sure", True)


def test_of_a_thousand_that_are_no_better_hardly_one_is_promoted() -> None:
    draw = np.random.default_rng(5)
    dealer = np.tile(np.arange(20), 2)
    promoted = 0
    for _ in range(300):
        ours, theirs = draw.gamma(4, 1, (2, 2, 40)), None
        theirs = ours[1]
        promoted += judged(*(origin(ours[0][k], theirs[k], dealer) for k in range(2))).verdict == "promoted"
    assert promoted <= 6  # a two-sided interval of 99.2 % fails on this side in 1.2 of 300


@pytest.mark.parametrize(
    ("first", "second", "sold", "dealers", "verdict"),
    [
        (9.0, 9.0, 1.0, 12, "promoted"),
        (7.0, 10.1, 1.0, 12, "uneven"),
        (9.0, 9.0, 0.99, 12, "lower_fill"),
        (9.0, 9.0, 1.0, 7, "too_few"),
        (10.0, 10.0, 1.0, 12, "not_sure"),
    ],
)
def test_a_saving_has_to_hold_everywhere_and_cost_no_service(first, second, sold, dealers, verdict) -> None:
    dealer = np.repeat(np.arange(dealers), 5)
    ours = np.full(len(dealer), 10.0)
    costs = (np.full(len(dealer), cost) for cost in (first, second))
    assert judged(*(origin(ours, cost, dealer, sold=sold) for cost in costs)).verdict == verdict


def test_windows_stand_one_after_the_other_and_need_a_year_before() -> None:
    assert trials.windows(730) == [(513, 639), (604, 730)]
    with pytest.raises(InvalidFrameError, match="420"):
        trials.windows(600)
