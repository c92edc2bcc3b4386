"""Items that sell on few days: the field's own methods as their authors wrote them, and who belongs to which kind."""

import numpy as np
import pytest

from firstmove.engine.demand.intermittent import SEGMENTS, croston_sba, segments, tsb
from firstmove.engine.frames import InvalidFrameError
from firstmove.engine.twin import accuracy


def lumpy(n=40, days=400, seed=3):
    draw = np.random.default_rng(seed)
    sold = draw.random((n, days)) < 0.05
    return (sold * np.ceil(draw.exponential(6, (n, days)))).astype(np.float32)


def slow_croston(row, alpha):
    """Croston's definition over the days with a sale alone."""
    days = np.flatnonzero(row)
    if not len(days):
        return 0.0
    distances = np.diff(np.concatenate([[-1], days]))
    size, distance = float(row[days[0]]), float(distances[0])
    for units, gap in zip(row[days[1:]], distances[1:], strict=True):
        size = alpha * units + (1 - alpha) * size
        distance = alpha * gap + (1 - alpha) * distance
    return (1 - alpha / 2) * size / distance


def test_croston_is_that_of_its_definition_and_a_pair_that_never_sold_has_none():
    history = lumpy()
    history[0] = 0
    assert croston_sba(history) == pytest.approx([slow_croston(row, 0.1) for row in history], rel=1e-6)
    assert croston_sba(np.array([[0, 4, 0, 2]], np.float32), alpha=0.5) == pytest.approx([1.125])


def test_tsb_lets_a_dying_product_go_where_croston_keeps_it():
    assert tsb(np.array([[4, 0, 2]], np.float32), alpha=0.5, chance_alpha=0.5) == pytest.approx([2.25])
    assert tsb(np.zeros((1, 9), np.float32)) == [0.0]
    history = lumpy()
    gone = np.concatenate([history, np.zeros((len(history), 60), np.float32)], axis=1)
    assert croston_sba(gone) == pytest.approx(croston_sba(history))
    assert tsb(gone) == pytest.approx(tsb(history) * 0.9**60)


@pytest.mark.parametrize("alpha", [0.0, 1.5])
def test_a_smoothing_that_is_none_is_refused(alpha):
    with pytest.raises(InvalidFrameError, match="alpha"):
        croston_sba(lumpy(2), alpha=alpha)


def weekly(units):
    history = np.zeros((1, 7 * len(units)), np.float32)
    history[0, ::7] = units
    return SEGMENTS[segments(history)[0]]


def test_a_pair_belongs_to_the_kind_of_its_weeks():
    assert weekly([5] * 52) == "smooth"
    assert weekly([1, 9] * 26) == "erratic"
    assert weekly([5, 0] * 26) == "intermittent"
    assert weekly([1, 0, 9, 0] * 13) == "lumpy"
    assert weekly([5, 5, 5, 0] * 13) == "intermittent"  # 4 / 3 weeks: beyond 1.32
    assert weekly([5, 5, 5, 5, 0] * 10) == "smooth"  # 1.25
    assert weekly([3, 17] * 26) == "erratic"  # 49 / 100: the boundary belongs to it
    assert weekly([3.1, 16.9] * 26) == "smooth"
    with pytest.raises(InvalidFrameError, match="too short"):
        segments(np.ones((1, 6), np.float32))


def test_the_figures_of_kinds_are_those_of_their_pairs_alone():
    demand = lumpy(60, 560)
    methods = {"tsb": accuracy.tsb(16), "croston_sba": accuracy.croston_sba(16)}
    errors = accuracy.missed(demand, methods, start=450, span=16)
    rows = np.arange(60) % 3 == 0
    alone = accuracy.measure(demand[rows], methods, start=450, span=16)
    for name, figures in alone.items():
        part = errors[name].of(rows)
        for figure in ("rmsse", "pinball", "coverage_90", "coverage_95"):
            assert getattr(part, figure) == pytest.approx(getattr(figures, figure))
    nobody = errors["tsb"].of(np.zeros(60, np.bool_))
    assert (nobody.rmsse, nobody.pinball, nobody.coverage_90) == (0.0, 0.0, 0.0)
