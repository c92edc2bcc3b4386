"""What a run learns of the network's days, and what it asks of each pair with it."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from firstmove.engine.demand import watch
from firstmove.engine.demand.sensing import Limits
from firstmove.engine.demand.yearly import season_behind
from firstmove.engine.frames import InvalidFrameError

DAYS = 728


def selling(dealers: int, *, share: float = 0.95) -> np.ndarray:
    return np.random.default_rng(2).random((dealers, DAYS)) < share


def history(pairs: int = 200) -> np.ndarray:
    draw = np.random.default_rng(9)
    return draw.poisson(1.5, (pairs, DAYS)).astype(np.float32)


@pytest.fixture(scope="module")
def learned() -> watch.Watch:
    return watch.learn_watch(history(), dealers=["a", "b", "c"], sold=selling(3))


def looked(rows: np.ndarray, known: watch.Watch, dealer: str = "a", **options):
    empty = options.pop("empty", np.zeros(rows.shape, np.bool_))
    return watch.look(rows, known, dealers=[dealer] * len(rows), empty=empty, **options)


def test_a_day_on_which_half_of_the_usual_dealers_sell_is_open_and_one_with_fewer_is_closed():
    counts = np.full(70, 40)
    counts[63], counts[64] = 20, 19
    assert np.flatnonzero(watch.closed_days(counts)).tolist() == [64]


def test_a_network_that_is_closed_for_ten_weeks_is_not_taken_for_open_in_the_end():
    counts = np.full(210, 40)
    counts[-70:] = 0
    assert watch.closed_days(counts)[-70:].all()


def test_a_dealer_is_silent_when_others_sell_and_not_when_nobody_does_or_it_is_a_holiday():
    sold = selling(8)
    sold[2, -5:] = False
    dealers = [f"D-{number}" for number in range(8)]
    learn = {"sample": history(20), "dealers": dealers}
    (code,) = watch.learn_watch(sold=sold, **learn).silent
    assert code == "D-2"
    assert not watch.learn_watch(sold=sold, holidays=range(DAYS - 4, DAYS), **learn).silent
    sold[:, -5:] = False
    late = watch.learn_watch(sold=sold, **learn)
    assert not late.silent
    assert late.closed[-5:] == tuple(range(DAYS - 5, DAYS))


def test_nothing_that_a_dealers_silence_or_an_empty_shelf_explains_is_a_change(learned):
    rows = history(4)
    rows[0, -40:] = 0.0
    assert looked(rows, learned)["shift"].to_list() == ["stopped", "", "", ""]
    quiet = watch.Watch(learned.limits, learned.closed, {"b": 40})
    assert looked(rows, quiet, "b")["shift"].to_list() == [""] * 4
    assert looked(rows, quiet, "b")["silent_days"].to_list() == [40] * 4
    closed = watch.Watch(learned.limits, tuple(range(DAYS - 40, DAYS)), {})
    assert looked(rows, closed)["shift"].to_list() == [""] * 4
    empty = np.zeros(rows.shape, np.bool_)
    empty[0, -40:] = True
    assert looked(rows, learned, empty=empty)["shift"].to_list() == [""] * 4


def test_what_a_season_explains_is_no_change_and_its_group_counts(learned):
    rows = history(2)
    rows[:, -56::2] = 0.0
    swing = np.ones((2, 100))
    swing[1, -56:] = 0.5
    told = looked(rows, learned, swing=swing, group=np.array([0, 1]))
    assert told["shift"].to_list() == ["fell", ""]
    with pytest.raises(InvalidFrameError, match=r"within 0\.\.1"):
        looked(rows, learned, swing=swing, group=np.array([0, 2]))


def test_a_change_is_told_with_its_days_and_levels_and_the_list_is_cut_as_a_whole(learned):
    rows = history(200)
    rows[7, -60:] *= 3
    told = looked(rows, learned)
    listed = watch.list_of(told.with_row_index("pair"))
    assert listed["pair"].to_list() == [7]
    row = listed.row(0, named=True)
    assert row["shift"] == "rose"
    assert row["shift_days"] == pytest.approx(60, abs=5)
    assert row["shift_usual_units_per_day"] == pytest.approx(1.5, rel=0.15)
    assert 3.0 < row["shift_now_units_per_day"] < 4.6
    # Among very many pairs as rare a score is chance.
    many = looked(np.repeat(rows[:1], 2, axis=0), learned).with_columns(shift=pl.lit("rose"), shift_rarity=0.08)
    assert len(watch.list_of(many)) == 2
    assert len(watch.list_of(pl.concat([many[:1], told.with_columns(shift_rarity=0.9)]))) == 0


def test_what_was_learned_can_be_kept(learned):
    again = watch.Watch.from_dict(learned.to_dict())
    assert again.to_dict() == learned.to_dict()
    assert again.limits == learned.limits
    never = Limits({"rose": np.inf}, {"rose": ()})
    assert Limits.from_dict(never.to_dict()) == never


def test_a_december_that_doubles_every_year_is_a_season_and_one_that_doubles_once_is_not():
    weekly = np.full((2, 156), 100.0)
    december = np.concatenate([np.arange(48, 52) + 52 * year for year in range(3)])
    weekly[0, december] = 200.0
    weekly[1, december[-4:]] = 200.0
    behind = season_behind(weekly, morning=dt.date(2026, 1, 1), weeks=26)
    assert behind.shape == (2, 26)
    assert behind[0, -3] > 1.6
    assert behind[0, :-6].max() < 1.0
    assert behind[1].max() < 1.15
    assert (season_behind(weekly[:, :60], morning=dt.date(2026, 1, 1), weeks=26) == 1).all()
