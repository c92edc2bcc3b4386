"""A day without stock is not taken for a day without demand, and nobody's future leaks into the past."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstmove.engine.demand.history import SERIES, dense
from firstmove.engine.frames import InvalidFrameError


def series(*rows: tuple[list[int], list[float], list[int]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "dealer": ["001"] * len(rows),
            "sku": [f"{i:04d}" for i in range(len(rows))],
            "day": [row[0] for row in rows],
            "quantity": [row[1] for row in rows],
            "out_day": [row[2] for row in rows],
        },
        schema=SERIES,
    )


def test_sales_stand_on_their_day_and_a_pair_without_sales_is_empty() -> None:
    demand = dense(series(([1, 3], [2, 5], []), ([], [], []), ([0], [7], [])), days=4)
    assert demand.tolist() == [[0, 2, 0, 5], [0, 0, 0, 0], [7, 0, 0, 0]]
    assert demand.dtype == np.float32


def test_a_day_with_more_returned_than_sold_is_no_demand() -> None:
    assert dense(series(([0, 1], [-3, 4], [])), days=2).tolist() == [[0, 4]]


def test_an_empty_shelf_counts_at_the_mean_of_days_with_stock() -> None:
    assert dense(series(([0, 2], [2, 4], [3])), days=4).tolist() == [[2, 0, 4, 2]]


def test_what_sold_before_the_shelf_ran_empty_counts_as_sold() -> None:
    assert dense(series(([0, 2], [2, 4], [2])), days=3).tolist() == [[2, 0, 4]]


def test_one_busy_day_between_two_outages_is_not_the_rate_of_a_quarter() -> None:
    out = [*range(100, 200), *range(201, 230)]
    demand = dense(series(([*range(0, 100, 10), 200], [10] * 10 + [50], out)), days=230)
    assert demand[0, 210] < 4


def test_a_product_out_of_stock_for_long_keeps_its_last_rate() -> None:
    demand = dense(series(([*range(100)], [3] * 100, [*range(100, 400)])), days=400)
    assert demand[0, 100:] == pytest.approx(3)


def test_an_empty_shelf_before_any_day_with_stock_says_nothing() -> None:
    assert dense(series(([], [], [0, 1, 2])), days=3).tolist() == [[0, 0, 0]]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_day_is_filled_as_the_slow_definition_says_and_without_its_future(data: st.DataObject) -> None:
    days = data.draw(st.integers(1, 260))
    sold = sorted(data.draw(st.sets(st.integers(0, days - 1), max_size=40)))
    units = [float(data.draw(st.integers(-2, 9))) for _ in sold]
    out = sorted(data.draw(st.sets(st.integers(0, days - 1), max_size=days)))
    demand = dense(series((sold, units, out)), days=days)[0]

    raw = np.zeros(days)
    raw[sold] = np.maximum(units, 0)
    missing = np.array([t in out and raw[t] == 0 for t in range(days)])
    for t in np.flatnonzero(missing):
        window = [raw[u] for u in range(max(t - 91, 0), t) if not missing[u]]
        before = [raw[u] for u in range(t) if not missing[u]]
        lacking = max(28 - len(window), 0)
        expected = (sum(window) + lacking * (np.mean(before) if before else 0)) / (len(window) + lacking)
        assert demand[t] == pytest.approx(expected, abs=1e-4)
    assert demand[~missing].tolist() == raw[~missing].tolist()

    cut = data.draw(st.integers(1, days))
    head = dense(
        series(([d for d in sold if d < cut], units[: sum(d < cut for d in sold)], [d for d in out if d < cut])),
        days=cut,
    )
    assert head[0].tolist() == demand[:cut].tolist()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (([3], [1], []), "series.day in row 1"),
        (([-1], [1], []), "series.day in row 1"),
        (([1, 1], [1, 1], []), "series.day in row 1"),
        (([1], [1], [2, 0]), "series.out_day in row 1"),
        (([0, 1], [1], []), "row 1 has lists day and quantity of different length"),
        (([0, 1], [1, float("nan")], []), "row 1 has a quantity that is not a finite number"),
    ],
)
def test_a_broken_series_is_refused_with_its_row(row: tuple[list[int], list[float], list[int]], words: str) -> None:
    with pytest.raises(InvalidFrameError, match=words):
        dense(series(([0], [1], []), row), days=3)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InvalidFrameError, match="out_day"):
        dense(series(([0], [1], [])).drop("out_day"), days=3)
