"""The order rests on quantiles that a dealer can trust: calibrated, possible, and the same however pairs are split."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from firstmove.engine.demand import distribution
from firstmove.engine.demand.distribution import (
    PooledQuantiles,
    UnknownSpanError,
    centre,
    content_hash,
    over,
    pool,
    quantiles,
)
from firstmove.engine.frames import InvalidFrameError

from .networks import lumpy

GRID = [0.1, 0.5, 0.8, 0.9, 0.95, 0.98]


def level(past: np.ndarray, span: int) -> float:
    """The expected units over a span, by the definition: `past` is what was sold up to a morning."""
    year = past[max(len(past) - 364, min(int(np.argmax(past > 0)), len(past) - 91)) :]
    season = year.mean()
    if len(past) - 378 >= np.argmax(past > 0):
        season = past[len(past) - 378 : min(len(past) - 350 + span, len(past))].mean()
    return float((0.45 * year.mean() + 0.25 * year[-112:].mean() + 0.2 * year[-56:].mean() + 0.1 * season) * span)


def test_level_and_dispersion_are_those_of_the_definition() -> None:
    history = lumpy(20, days=500)
    expected, dispersion, largest = centre(history, span=16)
    for i, row in enumerate(history.astype(float)):
        sums = np.array([row[t : t + 16].sum() for t in range(500 - 364, 500 - 16 + 1)])
        assert len(sums) == 349
        mean = level(row, 16)
        assert expected[i] == pytest.approx(mean)
        assert dispersion[i] == pytest.approx(np.sqrt(sums.std() ** 2 + 0.5 * mean + 0.25))
        assert largest[i] == max(row[t : t + 16].sum() for t in range(500 - 16 + 1))


def test_one_unit_every_day_is_the_worked_example() -> None:
    expected, dispersion, largest = centre(np.ones((1, 400), np.float32), span=7)
    assert (expected[0], largest[0]) == (7, 7)
    assert dispersion[0] == pytest.approx(1.9365, abs=1e-4)


def test_the_pooled_shape_is_that_of_a_slow_loop() -> None:
    # sizes of their own keep pairs from lying exactly on the edge of a class
    history, span = lumpy(70, days=700) * np.random.default_rng(8).uniform(0.5, 1.5, (70, 1)).astype(np.float32), 16
    z, seen = [], []
    for row in history.astype(float):
        for origin in range(700 - 21 - 7 * 37, 700 - 21 + 1, 7):
            year = row[origin - 364 : origin]
            if year.sum() == 0:
                continue
            mean = level(row[:origin], span)
            sums = np.array([row[t : t + span].sum() for t in range(origin - 364, origin - span + 1)])
            spread = np.sqrt(sums.std() ** 2 + 0.5 * mean + 0.25)
            z.append((row[origin : origin + span].sum() - mean) / spread)
            top = np.sort(year)[::-1]
            seen.append((mean, (top[0] - mean) / spread, (top[2] - mean) / spread))
    numbers = np.array(seen)
    edges = [
        np.unique(np.quantile(numbers[:, k], np.linspace(0, 1, bins + 1)[1:-1])) for k, bins in enumerate((8, 5, 3))
    ]
    volume, peak, third = (np.digitize(numbers[:, k], edges[k]) for k in range(3))
    entry = pool(history, spans=[span], probabilities=GRID).spans[span]
    assert entry.volume_edges == pytest.approx(edges[0])
    assert entry.peak_edges == pytest.approx(edges[1])
    assert entry.third_edges == pytest.approx(edges[2])
    assert len(entry.table) == 8 * 5 * 3
    sizes = []
    for index, row in enumerate(entry.table):
        of_volume = volume == index // 15
        members = of_volume & (peak == index // 3 % 5) & (third == index % 3)
        sizes.append(int(members.sum()))
        wanted = np.array(z)[members if members.sum() > distribution.LEAST_CLASS_SAMPLES else of_volume]
        assert row == pytest.approx(np.quantile(wanted, GRID), abs=1e-4)
    # both kinds are there: classes of their own, and those that borrow the shape of their volume
    assert min(sizes) <= distribution.LEAST_CLASS_SAMPLES < max(sizes)


def test_one_great_day_and_many_middling_ones_ask_for_different_stock() -> None:
    """Two kinds of pairs of like level, calm ones and such with rare great days: 98 % are 98 % for both.

    Pooled together they were .992 and .975.
    """
    draws = np.random.default_rng(12)
    calm = draws.poisson(0.5, (600, 730)).astype(np.float32) * 2
    rare = (draws.random((600, 730)) < 0.005).astype(np.float32) * draws.integers(10, 40, (600, 730))
    wild = draws.poisson(0.8, (600, 730)).astype(np.float32) + rare.astype(np.float32)
    history = np.concatenate([calm, wild])
    level_98 = quantiles(history, pool(history[:, :700], spans=[16]), span=16, probabilities=[0.98])[:, 0]
    came = np.stack([history[:, t : t + 16].sum(axis=1) for t in range(380, 714)], axis=1)
    for kind in (slice(0, 600), slice(600, 1200)):
        assert (came[kind] <= level_98[kind, None]).mean() == pytest.approx(0.98, abs=0.005)


def test_a_morning_before_the_weekend_is_not_judged_by_mornings_after_it() -> None:
    history = np.random.default_rng(3).poisson(8, (300, 728)).astype(np.float32)
    history[:, np.arange(728) % 7 >= 5] = 0
    for start in range(5):  # a table for each weekday that a morning can have
        days = 707 + start
        known = history[:, :days]
        found = quantiles(known, pool(known, spans=[2]), span=2, probabilities=[0.9])[:, 0].mean()
        came = history[:, days : days + 2].sum(axis=1)
        assert found == pytest.approx(np.quantile(came, 0.9), rel=0.15)


def test_steady_normal_demand_gets_the_quantiles_of_the_normal() -> None:
    history = np.random.default_rng(5).normal(100, 10, (2000, 730)).astype(np.float32)
    pooled = pool(history, spans=[16])
    found = quantiles(history, pooled, span=16, probabilities=[0.5, 0.9, 0.95]).mean(axis=0)
    # the level itself is a mean of past days: its error adds to the dispersion of the sum
    weights = np.full(378, 0.45 / 364)
    weights[:14] = 0
    weights[-112:] += 0.25 / 112
    weights[-56:] += 0.2 / 56
    weights[:44] += 0.1 / 44
    truth = stats.norm(1600, np.hypot(10 * 4, 16 * 10 * np.sqrt((weights**2).sum()))).ppf([0.5, 0.9, 0.95])
    assert found == pytest.approx(truth, rel=0.01)


def test_a_product_first_sold_last_month_is_not_taken_for_a_slow_one() -> None:
    history = np.zeros((1, 730), np.float32)
    history[:, -120:] = 2
    assert centre(history, span=10)[0][0] == pytest.approx(20)


def test_what_this_season_sold_a_year_ago_lifts_the_level() -> None:
    history = np.ones((1, 730), np.float32)
    history[:, 730 - 364 : 730 - 364 + 16] = 5  # the span that begins now, a year ago
    year, season = (348 + 16 * 5) / 364, (28 + 16 * 5) / 44
    assert centre(history, span=16)[0][0] == pytest.approx((0.45 * year + 0.45 + 0.1 * season) * 16, rel=1e-6)


def test_a_lead_time_that_varies_asks_for_more_than_its_mean() -> None:
    history = np.random.default_rng(6).poisson(20, (1500, 730)).astype(np.float32)
    fixed, mixed = pool(history, spans=[16]), pool(history, spans=[16], mixtures={16: range(12, 21)})
    grid = [0.05, 0.5, 0.95]
    calm, wild = (quantiles(history, each, span=16, probabilities=grid).mean(axis=0) for each in (fixed, mixed))
    draws = np.random.default_rng(7)
    truth = np.quantile(draws.poisson(20 * draws.integers(12, 21, 400_000)), grid)
    assert wild == pytest.approx(truth, rel=0.02)
    assert wild[2] > calm[2] * 1.1
    again = pool(history[::-1], spans=[16], mixtures={16: range(12, 21)})
    assert again == mixed
    with pytest.raises(InvalidFrameError, match="mixture"):
        pool(history, spans=[16], mixtures={16: ()})


@given(st.integers(0, 10_000), st.integers(2, 60), st.sampled_from([1, 7, 9, 16]))
@settings(max_examples=40, deadline=None)
def test_quantiles_ascend_and_stay_within_what_a_pair_has_seen(seed: int, days: int, span: int) -> None:
    history = lumpy(40, days=days * 12, seed=seed)
    history[:3] = 0
    found = quantiles(history, pool(history, spans=[span]), span=span, probabilities=GRID)
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert (np.diff(found, axis=1) >= 0).all()
    assert (found <= distribution.CEILING * centre(history, span=span)[2][:, None]).all()
    assert (found[:3] == 0).all()


@pytest.mark.parametrize("days", [1, 5, 16, 17, 30, 60, 120, 250, 399])
def test_a_network_that_began_a_short_while_ago_gets_an_answer(days: int) -> None:
    history = lumpy(200, days=days)
    demand = over(history, pool(history, spans=[7, 16]), span=16)
    for numbers in (demand.quantiles(GRID), demand.nodes()):
        assert np.isfinite(numbers).all()
        assert (numbers >= 0).all()
    if days >= 30:
        assert demand.quantiles([0.95]).sum() > 0


def test_an_empty_network_has_no_quantiles_and_no_error() -> None:
    nothing = np.zeros((0, 400), np.float32)
    assert quantiles(nothing, pool(nothing, spans=[7]), span=7, probabilities=GRID).shape == (0, len(GRID))


def test_nodes_keep_the_mean_of_a_lumpy_product() -> None:
    history = lumpy(500)
    pooled = pool(history, spans=[7])
    demand = over(history, pooled, span=7)
    fine = demand.quantiles(list(np.linspace(0.0005, 0.9995, 1000)))
    slices = fine.reshape(len(fine), 8, 125).mean(axis=2)
    assert demand.nodes() == pytest.approx(slices, abs=0.02 * fine.max())
    assert demand.nodes().mean(axis=1) == pytest.approx(fine.mean(axis=1), rel=0.02, abs=0.02)
    assert (np.diff(demand.nodes(), axis=1) >= -1e-12).all()


def test_splitting_or_shuffling_the_pairs_changes_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distribution, "SAMPLE_PAIRS", 150)  # so that the sample is one
    history = lumpy(400)
    shuffle = np.random.default_rng(3).permutation(400)
    pooled = pool(history, spans=[7, 16])
    assert pool(history[shuffle], spans=[16, 7]) == pooled
    whole = over(history, pooled, span=16)
    assert (over(history[shuffle], pooled, span=16).nodes() == whole.nodes()[shuffle]).all()
    parts = [over(part, pooled, span=16).quantiles(GRID) for part in np.array_split(history, 7)]
    assert (np.concatenate(parts) == whole.quantiles(GRID)).all()


def test_pairs_may_differ_in_span() -> None:
    history = lumpy(50)
    pooled = pool(history, spans=[7, 16])
    span = np.where(np.arange(50) % 2 == 0, 7, 16)
    mixed = quantiles(history, pooled, span=span, probabilities=GRID)
    for days in (7, 16):
        rows = span == days
        assert (mixed[rows] == quantiles(history[rows], pooled, span=days, probabilities=GRID)).all()


def test_a_run_can_pin_the_pooled_tables_as_json() -> None:
    pooled = pool(lumpy(100), spans=[7, 9, 16])
    assert PooledQuantiles.from_dict(json.loads(json.dumps(pooled.to_dict()))) == pooled


def test_content_decides_the_sample_and_not_the_place() -> None:
    history = lumpy(300)
    assert (content_hash(history)[::-1] == content_hash(history[::-1])).all()
    assert len(np.unique(content_hash(history))) == 300


def test_an_unknown_span_says_which_are_known() -> None:
    history = lumpy(60)
    with pytest.raises(UnknownSpanError, match=r"10 days, only for 7, 16"):
        quantiles(history, pool(history, spans=[16, 7]), span=10, probabilities=GRID)


def test_probabilities_outside_zero_to_one_are_refused() -> None:
    history = lumpy(60)
    with pytest.raises(InvalidFrameError, match="ascend strictly"):
        pool(history, spans=[7], probabilities=[0.5, 0.4])
    with pytest.raises(InvalidFrameError, match="between 0 and 1"):
        quantiles(history, pool(history, spans=[7]), span=7, probabilities=[1.0])


def test_pooled_quantiles_are_numpys_to_the_last_bit():
    chance = np.random.default_rng(7)
    for size in (1, 2, 3, 51, 400):
        numbers = np.sort(chance.normal(size=size).round(2))
        probabilities = np.sort(np.append(chance.random(30), (0.0, 0.5, 1.0)))
        assert np.array_equal(distribution._quantiles(numbers, probabilities), np.quantile(numbers, probabilities))
