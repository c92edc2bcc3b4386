"""A buyer who edits a quantity sees what it is worth, by a calculation that can be done by hand."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from firstmove.engine.frames import InvalidFrameError
from firstmove.engine.inventory.position import order_up_to, round_order
from firstmove.engine.inventory.value import LINE, VALUE, earning_order, order_value


def line(**values: object) -> pl.DataFrame:
    base: dict[str, object] = {
        "on_hand_units": 0.0,
        "in_transit_units": 0.0,
        "quantity_units": 10.0,
        "review_days": 10,
        "rate_units_per_day": 1.0,
        "purchase_price": 4.0,
        "sale_price": 6.0,
        "holding_rate_per_year": 0.365,
        "lead_nodes": [0.0] * 8,
        "review_nodes": [10.0] * 8,
    }
    return pl.DataFrame({name: [value] for name, value in (base | values).items()}, schema=LINE)


def test_an_order_that_sells_out_evenly_is_the_worked_example() -> None:
    value = order_value(line()).row(0, named=True)
    assert value["holding_cost"] == pytest.approx(0.2)
    assert [value["profit"], value["profit_low"], value["profit_high"]] == pytest.approx([19.8] * 3)
    assert value["stockout_probability"] == 1
    assert value["lost_units_if_skipped"] == 10


def test_stock_beyond_all_demand_only_costs() -> None:
    # 30 on hand, 10 demanded: 20 are left without the order, its 10 wait behind them a review longer than need be
    value = order_value(line(on_hand_units=30.0)).row(0, named=True)
    assert value["holding_cost"] == pytest.approx(0.004 * (10 * 10 + 10 * 10))
    assert value["profit"] == pytest.approx(-0.8)
    assert value["stockout_probability"] == value["lost_units_if_skipped"] == 0


def test_what_never_sells_is_held_for_a_year() -> None:
    value = order_value(line(rate_units_per_day=0.0, review_nodes=[0.0] * 8)).row(0, named=True)
    assert value["holding_cost"] == pytest.approx(0.004 * (10 * 10 + 10 * 365))


def test_demand_of_the_lead_time_that_finds_no_stock_is_lost_whatever_is_ordered() -> None:
    value = order_value(line(on_hand_units=3.0, in_transit_units=2.0, lead_nodes=[8.0] * 8)).row(0, named=True)
    assert value["lost_units_if_skipped"] == 10
    assert value["profit"] == pytest.approx(19.8)


def test_the_range_is_that_of_the_64_scenarios() -> None:
    value = order_value(line(holding_rate_per_year=0.0, review_nodes=[0, 0, 0, 0, 0, 0, 0, 8])).row(0, named=True)
    assert value["profit"] == pytest.approx(2 * 8 / 8)
    assert value["profit_low"] == 0
    assert value["profit_high"] == pytest.approx(np.quantile([0] * 56 + [16] * 8, 0.9))
    assert value["stockout_probability"] == pytest.approx(1 / 8)


nodes = st.lists(st.integers(0, 40), min_size=8, max_size=8).map(lambda values: [float(v) for v in sorted(values)])
lines = st.fixed_dictionaries(
    {
        "on_hand_units": st.integers(0, 60).map(float),
        "quantity_units": st.integers(0, 80).map(float),
        "review_days": st.integers(1, 30),
        "rate_units_per_day": st.floats(0, 5),
        "purchase_price": st.floats(0.1, 50),
        "sale_price": st.floats(0, 80),
        "holding_rate_per_year": st.floats(0, 1),
        "lead_nodes": nodes,
        "review_nodes": nodes,
    }
)


@given(lines)
@settings(max_examples=40, deadline=None)
def test_the_kernel_agrees_with_numerical_integration_of_the_definition(given_line: dict[str, object]) -> None:
    frame = line(**given_line)
    row = frame.row(0, named=True)
    found = order_value(frame).row(0, named=True)
    stock, quantity, rate = row["on_hand_units"], row["quantity_units"], row["rate_units_per_day"]
    unit_day = row["purchase_price"] * row["holding_rate_per_year"] / 365
    at = np.linspace(0, 1, 2001)
    profits, short, lost = [], 0, 0.0
    for lead in row["lead_nodes"]:
        for demand in row["review_nodes"]:
            left = max(stock - lead, 0)
            now, skip = min(demand, left + quantity), min(demand, left)
            held = np.maximum(left + quantity - demand * at, 0) - np.maximum(left - demand * at, 0)
            beyond = max(left - demand, 0)
            over = quantity - now + skip
            sells = np.clip(365 * rate - beyond, 0, over)
            unit_days = (integrate.trapezoid(held, at) + sells) * row["review_days"] + (over - sells) * 365
            profits.append((row["sale_price"] - row["purchase_price"]) * (now - skip) - unit_day * unit_days)
            short += lead + demand > stock
            lost += demand - skip
    scale = max(np.abs(profits).max(), 1)
    assert found["profit"] == pytest.approx(np.mean(profits), abs=1e-3 * scale)
    assert found["profit_low"] == pytest.approx(np.quantile(profits, 0.1), abs=1e-3 * scale)
    assert found["profit_high"] == pytest.approx(np.quantile(profits, 0.9), abs=1e-3 * scale)
    assert found["stockout_probability"] == short / 64
    assert found["lost_units_if_skipped"] == pytest.approx(lost / 64)


@given(lines)
@settings(max_examples=40, deadline=None)
def test_ordering_nothing_is_worth_nothing(given_line: dict[str, object]) -> None:
    value = order_value(line(**given_line | {"quantity_units": 0.0})).row(0, named=True)
    assert value["profit"] == value["profit_low"] == value["profit_high"] == value["holding_cost"] == 0


@given(lines)
@settings(max_examples=40, deadline=None)
def test_each_further_unit_earns_no_more_than_the_one_before(given_line: dict[str, Any]) -> None:
    given_line["sale_price"] += given_line["purchase_price"]  # what sells at a loss is not ordered at all
    grid = pl.concat([line(**given_line).with_columns(quantity_units=pl.lit(float(q))) for q in range(0, 120, 6)])
    profit = order_value(grid)["profit"].to_numpy()
    assert (np.diff(profit, 2) <= 1e-8 * max(np.abs(profit).max(), 1)).all()


def best_by_search(row: dict[str, object], wanted: int, multiple: int, minimum: int) -> float:
    sizes = [q for q in range(multiple, wanted + 1, multiple) if q >= minimum]
    if not sizes:
        return 0.0
    profit = order_value(pl.concat([line(**row | {"quantity_units": float(q)}) for q in sizes]))["profit"].to_list()
    if profit[0] <= 0:
        return 0.0
    return float(max(q for q, p in zip(sizes, profit, strict=True) if p >= 0.5 * max(profit)))


@given(lines, st.integers(0, 90), st.sampled_from([1, 6]), st.sampled_from([0, 10]))
@settings(max_examples=60, deadline=None)
def test_service_costs_at_most_half_of_the_profit(
    given_line: dict[str, object], wanted: int, multiple: int, minimum: int
) -> None:
    quantity = round_order(np.array([float(wanted)]), multiple=np.array([multiple]), minimum=np.array([minimum]))
    row = line(**given_line).row(0, named=True)
    found = earning_order(
        position=np.array([row["on_hand_units"]]),
        quantity=quantity,
        multiple=np.array([multiple]),
        minimum=np.array([minimum]),
        review_days=np.array([float(row["review_days"])]),
        rate=np.array([row["rate_units_per_day"]]),
        purchase_price=np.array([row["purchase_price"]]),
        sale_price=np.array([row["sale_price"]]),
        holding_rate=np.array([row["holding_rate_per_year"]]),
        lead=np.array([row["lead_nodes"]]),
        review=np.array([row["review_nodes"]]),
    )[0]
    assert found == best_by_search(given_line, int(quantity[0]), multiple, minimum)


def test_with_free_goods_at_hand_the_best_order_is_the_newsvendor_quantity() -> None:
    """One period, normal demand, no stock: the critical fractile margin / (margin + cost of what is left)."""
    demand = stats.norm(100, 20)
    slices = demand.expect(lambda x: x) + 20 * np.array(
        [8 * (stats.norm.pdf(stats.norm.ppf(k / 8)) - stats.norm.pdf(stats.norm.ppf((k + 1) / 8))) for k in range(8)]
    )
    # a unit left over waits a year (rate 0): it costs 10 × 0.4 = 4, as much as one sold earns; the review is one day
    base = {
        "review_nodes": slices.tolist(),
        "rate_units_per_day": 0.0,
        "purchase_price": 10.0,
        "sale_price": 14.0,
        "holding_rate_per_year": 0.4,
        "review_days": 1,
    }
    grid = list(range(60, 141))
    profit = order_value(pl.concat([line(**base | {"quantity_units": float(q)}) for q in grid]))["profit"].to_numpy()
    # eight nodes resolve the fractile 1 / 2 to the nodes around it
    assert slices[3] - 1 <= grid[int(profit.argmax())] <= slices[4] + 1
    assert slices[3] <= demand.ppf(4 / 8) <= slices[4]


@pytest.mark.parametrize(
    ("quantity", "multiple", "minimum", "rounded"),
    [(5, 6, 10, 12), (0, 6, 10, 0), (12, 6, 0, 12), (12.0000000001, 6, 0, 12), (0.2, 1, 0, 1), (13, 6, 0, 18)],
)
def test_an_order_is_whole_cartons_and_at_least_the_minimum(
    quantity: float, multiple: int, minimum: int, rounded: float
) -> None:
    found = round_order(np.array([quantity]), multiple=np.array([multiple]), minimum=np.array([minimum]))
    assert found.tolist() == [rounded]


@pytest.mark.parametrize(("position", "order"), [(15.0, 5.0), (0.0, 12.0), (20.0, 0.0), (35.0, 0.0)])
def test_demand_lost_before_the_goods_arrive_is_not_ordered_for(position: float, order: float) -> None:
    found = order_up_to(level=np.array([20.0]), review_quantile=np.array([12.0]), position=np.array([position]))
    assert found.tolist() == [order]


def test_a_line_alone_is_valued_as_among_others() -> None:
    frame = pl.concat([line(quantity_units=float(q), on_hand_units=float(q % 7)) for q in range(50)])
    together = order_value(frame)
    assert pl.concat([order_value(frame[i]) for i in range(50)]).equals(together)
    assert together.schema == pl.Schema(VALUE)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"quantity_units": -1.0}, "quantity_units is -1.0 in row 0"),
        ({"purchase_price": float("nan")}, "purchase_price is nan in row 0"),
        ({"sale_price": None}, "sale_price is empty in row 0"),
        ({"lead_nodes": [1.0] * 7}, "lead_nodes in row 0 has 7 entries; it needs 8"),
    ],
)
def test_a_line_that_cannot_be_valued_is_refused_in_words(values: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidFrameError, match=words):
        order_value(line(**values))
