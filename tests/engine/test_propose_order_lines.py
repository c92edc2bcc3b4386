"""The morning's order: whole cartons, no more than stock asks for, explained, the same however the work is split."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firstmove.engine.demand.distribution import PooledQuantiles, pool
from firstmove.engine.frames import InvalidFrameError
from firstmove.engine.inventory.attention import ATTENTION, REASONS
from firstmove.engine.inventory.replenishment import PROPOSALS, propose, spans
from firstmove.engine.inventory.value import VALUE, order_value

from .networks import lumpy, pairs

N = 300
HISTORY = lumpy(N)
POOLED = pool(HISTORY, spans=[7, 9, 16])


def order(
    frame: pl.DataFrame,
    history: NDArray[np.float32] = HISTORY,
    *,
    service: float = 0.95,
    pooled: PooledQuantiles = POOLED,
) -> pl.DataFrame:
    return propose(frame, history, pooled, service_quantile=service)


def quantity(frame: pl.DataFrame, **options: float) -> NDArray[np.float64]:
    return order(frame, **options)["quantity_units"].to_numpy()


def test_every_order_is_whole_cartons_and_at_least_the_minimum() -> None:
    frame = pairs(N)
    found = quantity(frame)
    assert (found > 0).sum() > 50
    assert (found % frame["order_multiple_units"].to_numpy() == 0).all()
    assert ((found == 0) | (found >= frame["order_minimum_units"].to_numpy())).all()


def test_a_line_has_every_number_or_says_there_is_none() -> None:
    history = HISTORY.copy()
    history[:20] = 0
    lines = order(pairs(N), history)
    assert lines.schema == pl.Schema(PROPOSALS)
    assert not any(lines[name].is_nan().any() for name, dtype in PROPOSALS.items() if dtype == pl.Float64)
    empty = {name: lines[name].null_count() for name in PROPOSALS if lines[name].null_count()}
    assert set(empty) == {"cover_before_days", "cover_after_days", "holiday_on", "promotion_on"}
    assert lines["cover_after_days"].is_null().to_list() == (lines["rate_units_per_day"] == 0).to_list()
    assert lines["quantity_units"][:20].sum() == lines["level_units"][:20].sum() == 0
    assert set(lines["reason"]) <= set(REASONS)
    assert set(lines["attention"]) <= set(ATTENTION)
    low, mean, high = (lines[f"week_{name}_units"].to_numpy() for name in ("low", "mean", "high"))
    assert ((low <= mean) & (mean <= high)).all()


@given(st.integers(0, 10_000), st.integers(0, 200))
@settings(max_examples=15, deadline=None)
def test_more_stock_never_orders_more(seed: int, more: int) -> None:
    frame = pairs(N, seed=seed)
    fuller = frame.with_columns(pl.col("on_hand_units") + more)
    assert (quantity(fuller) <= quantity(frame)).all()


@given(st.integers(0, 10_000), st.floats(0.5, 0.99), st.floats(0.5, 0.99))
@settings(max_examples=15, deadline=None)
def test_more_service_never_orders_less(seed: int, one: float, other: float) -> None:
    frame = pairs(N, seed=seed)
    assert (quantity(frame, service=max(one, other)) >= quantity(frame, service=min(one, other))).all()


def test_every_ordered_line_expects_a_profit_and_every_other_expects_none() -> None:
    lines = order(pairs(N))
    ordered = lines["quantity_units"] > 0
    assert (lines.filter(ordered)["profit"] > 0).all()
    assert (lines.filter(~ordered)["profit"] == 0).all()


def test_what_sells_at_a_loss_or_is_no_longer_listed_is_not_ordered_but_explained() -> None:
    lines = order(pairs(N).with_columns(sale_price=pl.col("purchase_price") * 0.9))
    assert lines["quantity_units"].sum() == 0
    unlisted = order(pairs(N, proposable=False))
    assert unlisted["quantity_units"].sum() == 0
    assert unlisted["stockout_probability"].sum() > 0


def test_a_case_of_half_a_year_is_not_proposed_where_sell_out_does_not_support_it() -> None:
    history = np.zeros((200, 730), np.float32)
    history[np.arange(200), 700 - np.arange(200) % 90] = 1
    assert quantity(pairs(200, order_multiple_units=144), history=history).sum() == 0


def test_partitions_by_dealer_and_any_order_of_rows_give_the_same_lines() -> None:
    frame = pairs(N)
    whole = pl.concat([frame.select("dealer", "sku"), order(frame)], how="horizontal").sort("dealer", "sku")
    shuffle = np.random.default_rng(4).permutation(N)
    assert order(frame[shuffle], HISTORY[shuffle]).equals(order(frame)[shuffle])
    parts = []
    for dealer in frame["dealer"].unique():
        rows = (frame["dealer"] == dealer).to_numpy()
        part = frame.filter(pl.col("dealer") == dealer)
        parts.append(pl.concat([part.select("dealer", "sku"), order(part, HISTORY[rows])], how="horizontal"))
    assert pl.concat(parts).sort("dealer", "sku").equals(whole)


def test_what_happens_after_this_morning_changes_nothing() -> None:
    seen = HISTORY[:, :700]
    future = HISTORY.copy()
    future[:, 700:] = np.random.default_rng(1).permuted(future[:, 700:] + 100, axis=1)
    frame = pairs(N)
    one, other = (
        propose(frame, h[:, :700], pool(h[:, :700], spans=spans(frame)), service_quantile=0.9) for h in (seen, future)
    )
    assert one.equals(other)


def test_a_stored_line_is_valued_again_to_the_same_figures() -> None:
    frame = pairs(N)
    lines = order(frame)
    stored = pl.concat([frame, lines.drop(VALUE)], how="horizontal")
    assert order_value(stored).equals(lines.select(VALUE.keys()))


def test_lead_time_and_review_may_differ_from_line_to_line() -> None:
    lead = [5 if i % 2 else 12 for i in range(N)]
    frame = pairs(N, lead_days=lead)
    assert spans(frame) == [5, 7, 12, 19]
    pooled = pool(HISTORY, spans=spans(frame))
    mixed = order(frame, pooled=pooled)
    for days in (5, 12):
        rows = np.array(lead) == days
        alone = order(frame.filter(pl.Series(rows)), HISTORY[rows], pooled=pooled)
        assert alone.drop("attention").equals(mixed.filter(pl.Series(rows)).drop("attention"))


@pytest.mark.parametrize("days", [1, 20, 90])
def test_a_network_in_its_first_weeks_gets_orders_and_no_error(days: int) -> None:
    history = HISTORY[:, :days].copy()
    lines = order(pairs(N), history, pooled=pool(history, spans=[7, 9, 16]))
    assert not lines["quantity_units"].is_nan().any()


def one_line(history: NDArray[np.float32], **columns: object) -> dict[str, object]:
    """The line of one pair with a daily history of its own, among the lumpy network."""
    everything = np.concatenate([history[None].astype(np.float32), HISTORY[1:]])
    first = pairs(1, dealers=1, order_multiple_units=1, order_minimum_units=0, days_known=800, in_transit_units=0.0)
    first = first.with_columns(pl.lit(value).alias(name) for name, value in columns.items())
    return order(pl.concat([first, pairs(N)[1:].select(first.columns)], how="vertical_relaxed"), everything).row(
        0, named=True
    )


STEADY = np.full(730, 4.0)


def test_an_empty_shelf_is_explained_as_running_out() -> None:
    line = one_line(STEADY, on_hand_units=8.0)
    assert (line["reason"], line["cover_before_days"], line["rate_units_per_day"]) == ("runs_out", 2.0, 4.0)


def test_a_product_in_its_first_quarter_is_explained_as_new() -> None:
    assert one_line(STEADY, on_hand_units=40.0, days_known=60)["reason"] == "new"


def test_a_product_that_takes_off_or_tails_off_is_explained_so() -> None:
    rising, falling = STEADY.copy(), STEADY.copy()
    rising[-28:], falling[-28:] = 12, 0.5
    assert one_line(rising, on_hand_units=80.0)["reason"] == "rising"
    assert one_line(falling, on_hand_units=40.0)["reason"] == "falling"


def test_a_large_multiple_is_explained_as_rounded_or_large() -> None:
    common = {"on_hand_units": 55.0, "holding_rate_per_year": 0.01}
    assert one_line(STEADY, order_multiple_units=60, **common)["reason"] == "rounded"
    assert one_line(STEADY, order_multiple_units=240, **common)["reason"] == "large"


def test_a_large_dealer_is_asked_to_look_at_a_dozen_lines_and_not_at_a_hundred() -> None:
    frame = pairs(N, dealers=1)
    lines = propose(frame, HISTORY, POOLED, service_quantile=0.95, attention_per_dealer=12)
    looked = lines.filter(pl.col("attention") != "")
    assert len(looked) == 12
    assert looked["attention"].n_unique() >= 3
    assert (looked["quantity_units"] > 0).all()
    few = frame[:10]
    assert (propose(few, HISTORY[:10], POOLED, service_quantile=0.95)["attention"] != "").sum() <= 2


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"on_hand_units": float("nan")}, "pairs.on_hand_units is nan in row 0"),
        (
            {"order_multiple_units": 0},
            "pairs.order_multiple_units is 0.0 in row 0; it has to be a finite number of at least 1",
        ),
        ({"purchase_price": -1.0}, "pairs.purchase_price is -1.0"),
        ({"lead_days": None}, "pairs.lead_days is empty in row 0"),
        ({"review_days": "weekly"}, "pairs.review_days is String, not a number"),
    ],
)
def test_a_pair_that_cannot_be_planned_is_refused_in_words(columns: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidFrameError, match=words):
        order(pairs(N, **columns))


def test_rows_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(InvalidFrameError, match="pairs 299, history 300"):
        order(pairs(N)[1:])
    with pytest.raises(InvalidFrameError, match="has no column sku"):
        order(pairs(N).drop("sku"))


def test_a_partition_without_pairs_gives_no_lines() -> None:
    lines = order(pairs(N)[:0], HISTORY[:0])
    assert lines.schema == pl.Schema(PROPOSALS)
    assert len(lines) == 0
