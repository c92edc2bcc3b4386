"""Order more and gain more: the cheapest packs to the next step, and silence where sell-out does not support it."""

import itertools
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstmove.engine.demand.distribution import pool
from firstmove.engine.incentives.top_up import Costs, expected_units, on_last_order_day, top_up
from firstmove.engine.inventory import guard
from firstmove.engine.inventory.order import reach
from firstmove.engine.inventory.replenishment import propose

from .networks import lumpy, pairs

N = 40
HISTORY = lumpy(N) + np.random.default_rng(3).poisson(0.5, (N, 730)).astype(np.float32)
POOLED = pool(HISTORY, spans=[7, 9, 16, 91])


def lines(**columns: object) -> pl.DataFrame:
    frame = pairs(N, seed=4, dealers=1)
    wished = propose(frame, HISTORY, POOLED, service_quantile=0.95)
    frame = frame.hstack(wished.select(name for name in wished.columns if name not in frame.columns)).with_columns(
        weight_kg=0.0,
        pallets=0.0,
        supported_units=pl.Series(guard.supported_units(HISTORY, POOLED, level=wished["level_units"].to_numpy())),
        fresh_units=pl.lit(np.inf),
    )
    return frame.with_columns(**{name: pl.lit(value) for name, value in columns.items()})


ALL = lines()
ROOM = np.maximum(reach(ALL) - ALL["quantity_units"].to_numpy(), 0.0)
PRICE = ALL["purchase_price"].to_numpy()
SUPPORTED = float(PRICE @ ROOM)


def pays_once(threshold: float, money: float) -> Callable[[float], float]:
    return lambda amount: money if amount >= threshold - 0.005 else 0.0


def certain(**columns: object) -> pl.DataFrame:
    """One line that sells 10 a day for certain: lead 2 days, review 5, level 70, 60 in stock, 10 ordered."""
    row = {
        "on_hand_units": 60.0, "in_transit_units": 0.0, "quantity_units": 10.0, "review_days": 5, "lead_days": 2.0,
        "rate_units_per_day": 10.0, "purchase_price": 4.0, "sale_price": 6.0, "holding_rate_per_year": 0.365,
        "lead_nodes": [20.0] * 8, "review_nodes": [50.0] * 8, "order_multiple_units": 10, "order_minimum_units": 0,
        "proposable": True, "weight_kg": 0.0, "pallets": 0.0, "supported_units": 900.0, "fresh_units": np.inf,
        "level_units": 70.0,
    }  # fmt: skip
    return pl.DataFrame([row | columns])


def test_the_example_of_the_docstring_holds() -> None:
    found = top_up(certain(), distance=120.0, pays=pays_once(120, 3.0), days_left=4, overstock_share=0.2)
    assert found.silent == ""
    assert found.units.tolist() == [20.0]
    assert (found.amount, found.gain, found.overstock) == (80.0, 3.0, 0.0)
    assert found.holding == pytest.approx(0.08)
    assert found.net == pytest.approx(2.92)
    # 50 of 90 are still there after four days at 10 a day; without the step it would be 30 of 70.
    assert found.unsold_at_end == pytest.approx(4.0 * 20)


def test_holding_is_what_units_wait_for_their_turn_one_by_one() -> None:
    """Brute force: unit k waits (k and what is above the level) / rate days longer, at most a year."""
    costs = Costs.of(ALL, overstock_share=0.2)
    extra = np.full(N, 30.0)
    rate = costs.demand(guard.GUARD_DAYS) / guard.GUARD_DAYS
    waited = np.zeros((N, rate.shape[1]))
    fine = 200
    for k in range(fine):
        place = (np.maximum(costs.base - costs.level, 0.0) + extra * (k + 0.5) / fine)[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            waited += np.minimum(place / rate, 365.0)
    expected = (costs.unit_day[:, None] * waited * (extra / fine)[:, None]).mean(axis=1)
    assert costs.holding(extra) == pytest.approx(expected, rel=5e-3, abs=1e-4)


def test_costs_grow_ever_faster_so_that_a_later_pack_is_never_cheaper() -> None:
    costs = Costs.of(ALL, overstock_share=0.2)
    total = np.array([costs.holding(np.full(N, u)) + costs.overstock(np.full(N, u)) for u in np.arange(0.0, 60.0, 6)])
    steps = np.diff(total, axis=0)
    assert (steps >= -1e-9).all()
    assert (np.diff(steps, axis=0) >= -1e-9).all()


@pytest.mark.parametrize("seed", range(4))
def test_few_lines_are_filled_as_cheaply_as_all_that_can_be_enumerated(seed: int) -> None:
    open_rows = np.flatnonzero((ROOM > 0) & (ROOM / ALL["order_multiple_units"].to_numpy() < 12))
    some = ALL[np.sort(np.random.default_rng(seed).choice(open_rows, 3, replace=False)).tolist()]
    multiple = some["order_multiple_units"].to_numpy()
    room = np.maximum(reach(some) - some["quantity_units"].to_numpy(), 0.0)
    price = some["purchase_price"].to_numpy()
    minimum = np.where(some["quantity_units"].to_numpy() > 0, 1, some["order_minimum_units"].to_numpy())
    distance = float(price @ expected_units(some, days_left=0)) + 0.6 * float(price @ room)
    asked = {"distance": distance, "days_left": 0, "overstock_share": 0.2}
    costly = top_up(some, pays=pays_once(distance, 1e6), **asked)
    # A step that pays little more than it costs leaves no room for a rough answer.
    close = costly.holding + costly.overstock
    found = top_up(some, pays=pays_once(distance, 1.5 * close + 1), **asked)
    costs = Costs.of(some, overstock_share=0.2)
    best = np.inf
    counts = [range(int(r // m) + 1) for r, m in zip(room, multiple, strict=True)]
    for packs in itertools.product(*counts):
        units = np.array(packs) * multiple
        if (units[units > 0] < minimum[units > 0]).any() or price @ units < found.short - 0.005:
            continue
        best = min(best, float((costs.holding(units) + costs.overstock(units)).sum()))
    assert found.silent == ""
    assert best - 1e-6 <= found.holding + found.overstock <= best + 0.011 * (1.5 * close + 1)


@given(st.floats(0.01, 1.5), st.integers(0, 60), st.floats(0, 5000), st.sampled_from([np.inf, 1.0, 0.3]))
@settings(max_examples=25, deadline=None)
def test_no_step_ever_stuffs_a_dealer_whatever_it_pays(
    share: float, days_left: int, money: float, credit: float
) -> None:
    ordinary = float(PRICE @ expected_units(ALL, days_left=days_left))
    distance, most = ordinary + share * SUPPORTED, credit * SUPPORTED
    found = top_up(
        ALL, distance=distance, pays=pays_once(distance, money), days_left=days_left, overstock_share=0.2,
        most_amount=most,
    )  # fmt: skip
    assert (found.units % ALL["order_multiple_units"].to_numpy() == 0).all()
    on_the_day = on_last_order_day(ALL, days_left=days_left)
    beyond = found.units > 0
    held = sum(on_the_day[name].to_numpy() for name in ("on_hand_units", "in_transit_units", "quantity_units"))
    assert (held + found.units <= ALL["supported_units"].to_numpy() + 1e-6)[beyond].all()
    assert found.amount <= most + 0.01
    if found.silent:
        assert not found.units.any()
    else:
        assert found.amount >= found.short - 0.01
        assert found.net > 0


def test_it_is_silent_where_the_ordinary_orders_get_there() -> None:
    ordinary = float(PRICE @ expected_units(ALL, days_left=21))
    found = top_up(ALL, distance=ordinary, pays=pays_once(ordinary, 1e6), days_left=21, overstock_share=0.2)
    assert (found.silent, found.short) == ("reached_anyway", 0.0)


def test_it_is_silent_where_sell_out_supports_less_than_the_step_asks_for() -> None:
    ordinary = float(PRICE @ expected_units(ALL, days_left=0))
    distance = ordinary + SUPPORTED + 1
    found = top_up(ALL, distance=distance, pays=pays_once(distance, 1e9), days_left=0, overstock_share=0.2)
    assert (found.silent, found.amount) == ("not_supported", 0.0)
    assert found.supported == pytest.approx(SUPPORTED)


def test_a_room_of_less_than_a_carton_fills_nothing() -> None:
    tight = certain(supported_units=79.0)
    found = top_up(tight, distance=45.0, pays=pays_once(45, 100.0), days_left=4, overstock_share=0.2)
    assert (found.silent, found.supported) == ("not_supported", 0.0)


def test_it_is_silent_where_credit_ends_before_the_step_or_the_step_pays_too_little() -> None:
    ordinary = float(PRICE @ expected_units(ALL, days_left=0))
    distance = ordinary + 0.5 * SUPPORTED
    asked = {"distance": distance, "days_left": 0, "overstock_share": 0.2}
    poor = top_up(ALL, pays=pays_once(distance, 1e6), most_amount=0.4 * SUPPORTED, **asked)
    stingy = top_up(ALL, pays=pays_once(distance, 0.01), **asked)
    assert (poor.silent, stingy.silent) == ("credit", "no_gain")


def test_what_can_wait_for_the_last_order_day_waits() -> None:
    """Two weeks before the end, more today would only be missing from the orders that follow."""
    soon = certain(supported_units=900.0)
    # 10 today, then 10 a day until the last order day in ten days: 110 at 4.
    found = top_up(soon, distance=520.0, pays=pays_once(520, 3.0), days_left=14, overstock_share=0.2)
    assert (found.ordinary, found.short, found.waits_days) == (440.0, 80.0, 10)
    assert (found.silent, found.units.tolist()) == ("", [20.0])
    on_the_day = on_last_order_day(soon, days_left=14)
    assert on_the_day["on_hand_units"].to_list() == [20.0]
    assert on_the_day["quantity_units"].to_list() == [50.0]


def test_what_is_ordered_anyway_is_level_and_demand_up_to_the_last_order_day() -> None:
    # 12 days left, every 5 days: the last order is 10 days away. 70 + 100 - 40 in stock.
    assert expected_units(certain(on_hand_units=40.0, quantity_units=0.0), days_left=12).tolist() == [130.0]
    assert expected_units(certain(on_hand_units=40.0, quantity_units=30.0), days_left=4).tolist() == [30.0]
