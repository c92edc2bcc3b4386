"""Changes of demand are found by their own evidence, and hardly ever where nothing changed."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import bdtrc, betaln

from firstmove.engine.demand import sensing
from firstmove.engine.demand.sensing import FELL, KINDS, ROSE, SPIKED, STOPPED, scan
from firstmove.engine.frames import InvalidFrameError

DAYS = 728


def network(pairs: int = 600, *, seed: int = 3, busy: float = 0.3) -> np.ndarray:
    """Lumpy pairs whose demand never changes: each its own chance of a sale, sales of one to twelve."""
    draw = np.random.default_rng(seed)
    chance = draw.uniform(0.03, busy, (pairs, 1))
    return ((draw.random((pairs, DAYS)) < chance) * draw.integers(1, 13, (pairs, DAYS))).astype(np.float32)


@pytest.fixture(scope="module")
def limits() -> sensing.Limits:
    return sensing.calibrate(network())


def score(history: np.ndarray, kind: str, **options) -> float:
    days = history.shape[1]
    return float(scan(history, mornings=[days], **options).score[0, 0, KINDS.index(kind)])


def kinds_told(history: np.ndarray, limits: sensing.Limits) -> np.ndarray:
    found = sensing.shifts(scan(history, mornings=[history.shape[1]]).score[:, 0], limits)
    return np.where(sensing.told(found), found.kind, -1)


def test_a_silence_scores_what_bayes_says_of_it():
    history = np.zeros((1, DAYS), np.float32)
    history[0, ::2] = 1.0  # every second day, never two in a row: no clusters
    history[0, -20:] = 0.0
    days, watched = 20 + 1, 364
    said = score(history, STOPPED)
    sold = watched / 2
    assert said == pytest.approx(
        -(betaln(sold + 0.5, watched - sold + 0.5 + days) - betaln(sold + 0.5, watched - sold + 0.5))
    )


def test_a_pair_known_for_longer_is_missed_sooner():
    history = np.tile(np.array([1, 0, 0, 0], np.float32), DAYS // 4)[None]
    history[0, -40:] = 0.0
    young = history.copy()
    young[0, : DAYS - 180] = 0.0
    assert score(history, STOPPED) > score(young, STOPPED) > 0


def test_days_without_stock_are_no_silence_and_no_fall():
    history = np.ones((1, DAYS), np.float32)
    history[0, -30:] = 0.0
    closed = np.zeros(history.shape, np.bool_)
    closed[0, -30:] = True
    for kind in (STOPPED, FELL):
        assert score(history, kind) > 5
        assert score(history, kind, unseen=closed) == pytest.approx(0.0, abs=1e-9)


def test_what_everybody_sells_less_of_is_no_fall_of_the_pair():
    history = network(1, busy=0.3001)
    history[0] = np.where(np.arange(DAYS) % 2, 4.0, 0.0)
    history[0, -60::4] = history[0, -59::4] = 0.0
    swing = np.ones((1, DAYS))
    swing[0, -60:] = 0.5
    assert score(history, FELL, swing=swing) < score(history, FELL) / 3


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (ROSE, lambda tail: tail + np.roll(tail, 1) + np.roll(tail, 2)),
        (FELL, lambda tail: tail * (np.arange(tail.shape[1]) % 4 == 0)),
        (STOPPED, np.zeros_like),
    ],
)
def test_a_pair_that_changes_is_told_with_the_day_and_its_new_level(limits, kind, change):
    history = network(200, seed=5, busy=0.9)
    row = int((history > 0).sum(axis=1).argmax())
    history[row, -70:] = change(history[row : row + 1, -70:])[0]
    assert kinds_told(history, limits)[row] == KINDS.index(kind)
    place = KINDS.index(kind)
    scores = scan(history, mornings=[DAYS])
    assert abs(int(scores.since[row, 0, place]) - (DAYS - 70)) <= 21
    now, before = scores.level(28.0)[row, 0, place], scores.usual[row, 0, place]
    assert (now > 1.5 * before) if kind == ROSE else (now < 0.7 * before)


def test_one_enormous_order_is_a_spike_and_no_new_level(limits):
    history = network(200, seed=6)
    row = int((history > 0).sum(axis=1).argmax())
    history[row, -3] = 500.0
    assert kinds_told(history, limits)[row] == KINDS.index(SPIKED)
    assert score(history[row : row + 1], ROSE) < limits.alarm[ROSE]


def test_where_nothing_changed_alarms_are_no_more_than_was_promised(limits):
    fresh = network(600, seed=11)
    mornings = np.arange(DAYS - 84, DAYS + 1, 7)
    over = np.stack(
        [sensing.shifts(scan(fresh, mornings=[day]).score[:, 0], limits).kind >= 0 for day in mornings], axis=1
    )
    news = int((over[:, 1:] & ~over[:, :-1]).sum())
    looks = over[:, 1:].size
    promised = sensing.FALSE_ALARMS_PER_PAIR_YEAR * 7 / 365
    # Not so many that the promise could hardly be true.
    # The binomial's chance of more than so many; scipy.stats takes longer to load than all tests here.
    assert bdtrc(news - 1, looks, promised) > 1e-3
    assert (kinds_told(fresh, limits) >= 0).sum() <= 2


def test_a_list_of_noise_tells_next_to_nothing_and_a_real_change_stays(limits):
    noise = sensing.Shifts(np.zeros(1000, np.int64), np.random.default_rng(1).random(1000))
    assert sensing.told(noise).sum() <= 2
    few = sensing.Shifts(np.array([0, 0, 0]), np.array([0.001, 0.03, 0.5]))
    assert sensing.told(few, false_discovery_rate=0.1).tolist() == [True, True, False]
    unclear = sensing.Shifts(np.array([0, -1, 0]), np.array([0.001, 0.03, 0.5]))
    assert sensing.told(unclear).tolist() == [True, False, False]


def test_shuffled_histories_hold_the_same_sales_in_any_order_of_rows():
    history = network(40)
    mixed = sensing.shuffled(history)
    assert (np.sort(mixed, axis=1) == np.sort(history, axis=1)).all()
    assert (mixed != history).mean() > 0.1
    assert (sensing.shuffled(history[::-1]) == mixed[::-1]).all()


@given(seed=st.integers(0, 50), cut=st.integers(1, 20))
@settings(max_examples=8, deadline=None)
def test_a_pairs_scores_depend_on_that_pair_and_its_past_alone(seed, cut):
    history = network(20, seed=seed)
    day = DAYS - cut
    later = history.copy()
    later[:, day:] = 99.0
    one = scan(history, mornings=[day]).score
    assert (scan(later, mornings=[day]).score == one).all()
    assert (scan(history[3:7], mornings=[day]).score == one[3:7]).all()


def test_a_silent_feed_is_told_from_a_dealer_without_much_demand():
    draw = np.random.default_rng(4)
    sold = draw.random((3, DAYS)) < np.array([[0.7], [0.7], [0.05]])
    sold[0, -14:] = False
    sold[2, -14:] = False
    sold[1, -1] = True
    days = sensing.silent(sold)
    assert 14 <= days[0] <= 16
    assert days[1:].tolist() == [0, 0]


def test_too_little_history_says_nothing_and_mornings_beyond_it_are_an_error():
    young = network(5)[:, -80:].copy()
    assert not scan(young, mornings=[80]).score.any()
    never = sensing.calibrate(young)
    assert not sensing.told(sensing.shifts(np.full((5, 4), 50.0), never)).any()
    assert json.loads(json.dumps(never.to_dict()))["alarm"][ROSE] is None
    with pytest.raises(InvalidFrameError, match=r"within 1\.\.80"):
        scan(young, mornings=[81])
