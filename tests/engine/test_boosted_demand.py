"""The challenger may know more than the pooled quantiles, but nothing of tomorrow, and its numbers stay possible."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from firstmove.engine.demand import boosted
from firstmove.engine.demand.distribution import CEILING, centre, seen_from
from firstmove.engine.demand.drivers import customer_rhythm, network_trends
from firstmove.engine.demand.features import features

from .networks import lumpy

SPAN, DAYS, N = 16, 640, 1200
HISTORY = lumpy(N, days=DAYS)
GRID = [0.5, 0.8, 0.9, 0.95, 0.98]
MORNINGS = np.array([500, 560])
PAIRS = pl.DataFrame(
    {
        "dealer": [f"{i % 5:03d}" for i in range(200)],
        "sku": [f"{i // 5:04d}" for i in range(200)],
        "category": ["tea" if i % 2 else "rice" for i in range(200)],
    }
)


@pytest.fixture(scope="module")
def model() -> boosted.BoostedQuantiles:
    return boosted.train(HISTORY[:, :600], span=SPAN)


def sell_out(history: np.ndarray, *, customers: int = 3) -> pl.DataFrame:
    """The lines behind the first 200 pairs of `history`, dealt to customers in turn."""
    row, day = np.nonzero(history[:200])
    return pl.DataFrame(
        {
            "dealer": PAIRS["dealer"].gather(row),
            "sku": PAIRS["sku"].gather(row),
            "customer": [f"C{k % customers}" for k in range(len(row))],
            "day": pl.Series(day, dtype=pl.Int32),
            "quantity": history[row, day].astype(float),
        }
    )


def test_quantiles_of_the_trees_ascend_and_stay_within_what_a_pair_has_seen(model: boosted.BoostedQuantiles) -> None:
    known = HISTORY[:, :600]
    found = boosted.over(known, model)[0].quantiles(GRID)
    assert (np.diff(found, axis=1) >= 0).all()
    assert (found >= 0).all()
    assert (found <= CEILING * centre(known, span=SPAN)[2][:, None]).all()
    assert boosted.over(known, model)[0].nodes().shape == (N, 8)


def test_nine_in_ten_stay_under_the_quantile_of_the_trees(model: boosted.BoostedQuantiles) -> None:
    covered = [
        (HISTORY[:, morning : morning + SPAN].sum(axis=1) <= demand.quantiles([0.9])[:, 0]).mean()
        for morning, demand in zip(
            (600, 608, 616), boosted.over(HISTORY, model, mornings=np.array([600, 608, 616])), strict=True
        )
    ]
    assert np.mean(covered) == pytest.approx(0.9, abs=0.03)


def test_quantiles_are_the_mean_of_both_halves(model: boosted.BoostedQuantiles) -> None:
    known = HISTORY[:, :600]
    both = boosted.over(known, model)[0]
    found = []
    for half in model.halves:
        alone = boosted.over(known, replace(model, halves=(half,)))[0]
        found.append(alone.quantiles(GRID))
        assert alone.low.shape == (1, N)
    assert not np.allclose(found[0], found[1])  # each half grew trees of its own
    inside = (both.quantiles(GRID) > 0) & (both.quantiles(GRID) < CEILING * both.largest_units[:, None])
    inside &= (found[0] > 0) & (found[1] > 0)
    assert inside.mean() > 0.5
    assert both.quantiles(GRID)[inside] == pytest.approx((found[0] + found[1])[inside] / 2)


def test_a_pair_is_seen_alike_alone_and_among_others_and_whatever_comes_later(model: boosted.BoostedQuantiles) -> None:
    among = boosted.over(HISTORY[:, :600], model)[0].quantiles(GRID)
    alone = boosted.over(HISTORY[7:8, :600], model)[0].quantiles(GRID)
    assert (among[7] == alone[0]).all()
    later = HISTORY.copy()
    later[:, 600:] += 9
    assert (boosted.over(later, model, mornings=np.array([600]))[0].quantiles(GRID) == among).all()


def test_features_look_at_nothing_from_the_morning_on() -> None:
    other = HISTORY.copy()
    other[:, 560:] = other[:, 560:][:, ::-1] + 5
    tables = []
    for history in (HISTORY, other):
        seen = seen_from(history, mornings=MORNINGS, span=SPAN)
        tables.append(
            features(history, mornings=MORNINGS, span=SPAN, expected=seen.expected, dispersion=seen.dispersion)
        )
    assert np.array_equal(tables[0], tables[1], equal_nan=True)


def test_drivers_look_at_nothing_from_the_morning_on() -> None:
    other = HISTORY.copy()
    other[:, 560:] += 3

    def scale(mornings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        seen = seen_from(HISTORY[:200], mornings=mornings, span=SPAN)
        return seen.expected, seen.dispersion

    tables = []
    for history in (HISTORY, other):
        lines = sell_out(history)
        learn = np.array([400, 450])
        drivers = (
            network_trends(PAIRS, lines, span=SPAN, days=DAYS),
            customer_rhythm(PAIRS, lines, span=SPAN, learn=learn, expected=scale),
        )
        tables.append(np.concatenate([driver(MORNINGS) for driver in drivers], axis=2))
    assert tables[0].shape == (200, 2, 28)
    assert np.isfinite(tables[0]).all()
    # customers are dealt the same lines before day 560, so their past is the same
    assert np.array_equal(tables[0][:, :, :20], tables[1][:, :, :20])


def test_a_customer_who_is_due_counts_for_more_than_one_who_has_just_bought() -> None:
    pairs = PAIRS[:2]
    days = {0: range(5, 500, 30), 1: range(20, 500, 30)}
    rows = [
        {
            "dealer": pairs["dealer"][i],
            "sku": pairs["sku"][i],
            "customer": f"C{c}",
            "day": day + c % 3,
            "quantity": 12.0,
        }
        for i, starts in days.items()
        for c in range(40)
        for day in starts
    ]
    lines = pl.DataFrame(rows, schema_overrides={"day": pl.Int32})
    one = np.ones((2, 1))
    driver = customer_rhythm(pairs, lines, span=14, learn=np.arange(200, 480), expected=lambda _: (one * 0, one))
    # on day 484 the first pair's customers last bought four weeks ago, the second's two, of thirty days
    due = driver(np.array([484]))[:, 0, 0]
    assert due[0] > 2 * due[1]


def test_too_little_history_is_said_and_not_learned_from() -> None:
    with pytest.raises(boosted.TooLittleToLearnError, match="too few"):
        boosted.train(HISTORY[:, :390], span=SPAN)
    with pytest.raises(boosted.TooLittleToLearnError, match="samples"):
        boosted.train(HISTORY[:100], span=SPAN)
