"""Other ways to see demand: what the textbook looks at, and how far what trees know is carried to other spans."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from firstmove.engine.demand.calendar import HORIZON_DAYS, Ahead, PairCalendar
from firstmove.engine.demand.distribution import CEILING, PooledQuantiles, over, pool
from firstmove.engine.demand.methods import CarriedDemand, mixed, seen_by
from firstmove.engine.frames import InvalidFrameError

from .networks import lumpy

N, WEEK, SPAN = 300, 7, 16
HISTORY = lumpy(N, days=500)
SHARES = [0.5, 0.9]


@cache
def tables() -> PooledQuantiles:
    return pool(HISTORY, spans=[WEEK, SPAN])


@dataclass
class Said:
    """What trees say of their own span, [n, 2]."""

    units: np.ndarray

    def quantiles(self, probabilities: list[float]) -> np.ndarray:
        return self.units[:, : len(probabilities)]


def carried(moved: float | np.ndarray) -> tuple[CarriedDemand, np.ndarray]:
    """Demand of a week where trees know `moved` units more than the pooled quantiles over 16 days; and its dispersion
    over theirs."""
    plain, beside = over(HISTORY, tables(), span=WEEK), over(HISTORY, tables(), span=SPAN)
    fields = {name: getattr(plain, name) for name in plain.__dataclass_fields__}
    grown = Said(beside.quantiles(SHARES) + moved)
    ratio = plain.dispersion_units / beside.dispersion_units
    return CarriedDemand(**fields, plain=plain, grown=grown, grown_plain=beside), ratio  # type: ignore[arg-type]


def test_what_trees_know_is_carried_in_units_of_each_pairs_dispersion() -> None:
    demand, ratio = carried(0.5)
    plain = demand.plain.quantiles(SHARES)
    free = plain[:, 1] + 1 < CEILING * demand.largest_units
    assert free.sum() > N / 2
    assert demand.quantiles(SHARES)[free] == pytest.approx(plain[free] + 0.5 * ratio[free, None])
    assert np.median(ratio) < 0.9


def test_what_is_carried_stays_within_what_the_pair_can_sell_and_rises_with_the_service() -> None:
    more, _ = carried(1e6)
    assert more.quantiles(SHARES) == pytest.approx(np.repeat(CEILING * more.largest_units[:, None], 2, axis=1))
    less, _ = carried(-1e6)
    assert (less.quantiles(SHARES) == 0).all()
    falling, _ = carried(np.array([[50.0, -50.0]]))
    median, high = falling.quantiles(SHARES).T
    assert (high == median).all()
    assert median.max() > 0


def test_the_textbook_looks_at_four_weeks_for_the_mean_and_half_a_year_for_the_deviation() -> None:
    history = np.full((1, 400), 9, np.float32)
    history[0, -182:-28] = 1.0
    history[0, -28:] = 3.0
    deviation = float(history[0, -182:].std(dtype=np.float64))
    demand = seen_by("textbook", history, tables())(SPAN)
    assert demand.expected_units.tolist() == [48]
    assert demand.quantiles([0.95])[0, 0] == pytest.approx(48 + 1.6449 * deviation * 4, abs=0.01)
    rare = np.zeros((1, 400), np.float32)
    rare[0, -150] = 40
    assert seen_by("textbook", rare, tables())(SPAN).quantiles([0.1]).tolist() == [[0.0]]


def test_the_season_of_each_pair_reaches_it_whatever_stands_beside_it() -> None:
    """Pairs of two categories in turn, every third by the textbook: a pair is lifted by its own category alone."""
    spans = np.ones((2, HORIZON_DAYS)) * [[1.5], [1.0]]
    ahead = Ahead(spans, np.ones_like(spans), spans, np.full(HORIZON_DAYS, -1), (), 2)
    calendar = PairCalendar(ahead, np.arange(N) % 2)
    methods = ["textbook", "pooled", "pooled"] * (N // 3)
    demand = mixed(methods, HISTORY, tables(), calendar=calendar)(SPAN)
    plain = mixed(methods, HISTORY, tables())(SPAN)
    pooled = np.array(methods) == "pooled"
    lifted = pooled & (np.arange(N) % 2 == 0)
    assert demand.expected_units[lifted] == pytest.approx(1.5 * plain.expected_units[lifted])
    assert (demand.expected_units[~lifted] == plain.expected_units[~lifted]).all()
    assert (demand.quantiles(SHARES)[~lifted] == plain.quantiles(SHARES)[~lifted]).all()
    assert (demand.quantiles(SHARES)[lifted] >= plain.quantiles(SHARES)[lifted]).all()


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_that_is_none_is_refused_by_every_method(share: float) -> None:
    demand, _ = carried(0.0)
    for one in (demand, seen_by("textbook", HISTORY, tables())(SPAN)):
        with pytest.raises(InvalidFrameError, match="between 0 and 1"):
            one.quantiles([share])
    with pytest.raises(InvalidFrameError, match="no method"):
        seen_by("guess", HISTORY, tables())


def test_a_method_for_every_pair_is_needed() -> None:
    with pytest.raises(InvalidFrameError):
        mixed(["pooled"] * (N - 1), HISTORY, tables())


def test_spans_may_differ_from_pair_to_pair_under_every_method() -> None:
    days = np.where(np.arange(N) % 2 == 0, WEEK, SPAN)
    methods = ["textbook", "pooled"] * (N // 2)
    demand = mixed(methods, HISTORY, tables())(days)
    assert (demand.days == days).all()
    alone = seen_by("textbook", HISTORY, tables())(WEEK)
    assert (demand.expected_units[::2] == alone.expected_units[::2]).all()
