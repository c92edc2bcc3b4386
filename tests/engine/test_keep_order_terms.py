"""A dealer's order under budget, credit, minimum, truck and shelf life: what is cut earns least, nothing is stuffed."""

import datetime as dt
import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstmove.engine.demand.distribution import pool
from firstmove.engine.inventory import guard
from firstmove.engine.inventory.order import LINES, Terms, settle
from firstmove.engine.inventory.order_days import OrderDays
from firstmove.engine.inventory.order_solver import CORE_LINES, CORE_LOSS, Limits, Steps, _Programme, choose
from firstmove.engine.inventory.replenishment import propose
from firstmove.engine.inventory.value import order_value

from .networks import lumpy, pairs

N = 80
HISTORY = lumpy(N) + np.random.default_rng(3).poisson(0.3, (N, 730)).astype(np.float32)
POOLED = pool(HISTORY, spans=[7, 9, 14, 16, 91])
TODAY = dt.date(2026, 3, 2)


def lines_of(seed: int, *, shelf_life_days: int = 0) -> pl.DataFrame:
    """One dealer's lines with what they wish, and what sell-out supports."""
    frame = pairs(N, seed=seed, dealers=1)
    wished = propose(frame, HISTORY, POOLED, service_quantile=0.95)
    level = wished["level_units"].to_numpy()
    shelf = np.where(np.arange(N) % 3 == 0, shelf_life_days, 0)
    return frame.hstack(wished.select(name for name in wished.columns if name not in frame.columns)).with_columns(
        weight_kg=pl.Series(np.linspace(0.5, 4, N)),
        pallets=pl.Series(np.linspace(0.002, 0.03, N)),
        supported_units=pl.Series(guard.supported_units(HISTORY, POOLED, level=level)),
        fresh_units=pl.Series(guard.fresh_units(HISTORY, POOLED, shelf_life_days=shelf)),
    )


LINES_OF_ONE = lines_of(1)
WISHED = float((LINES_OF_ONE["quantity_units"] * LINES_OF_ONE["purchase_price"]).sum())


def terms(draw: st.DrawFn) -> Terms:
    share = st.floats(0.05, 2.0)
    carrier = draw(st.sampled_from(["", "truck", "pallet"]))
    return Terms(
        least_amount=draw(st.sampled_from([0.0, 1.0])) * draw(share) * WISHED,
        least_kg=draw(st.sampled_from([0.0, 0.0, 1.0])) * draw(st.floats(0, 5000)),
        budget=draw(st.sampled_from([np.inf, 1.0])) * draw(share) * WISHED,
        credit_left=draw(st.sampled_from([np.inf, 1.0])) * draw(share) * WISHED,
        carrier=carrier,
        carrier_pallets=draw(st.floats(1, 30)),
        carrier_kg=draw(st.sampled_from([np.inf, 1000.0, 5000.0])),
        carrier_cost=draw(st.sampled_from([0.0, 50.0, 400.0])),
        today=TODAY,
        review_days=7,
    )


every_terms = st.composite(terms)()


@given(st.integers(0, 40), every_terms, st.sampled_from([0, 14]))
@settings(max_examples=12, deadline=None)
def test_no_term_ever_stuffs_a_dealer_or_sells_what_will_spoil(seed: int, agreed: Terms, shelf: int) -> None:
    lines = lines_of(seed, shelf_life_days=shelf)
    settled = settle(lines, agreed)
    position = (lines["on_hand_units"] + lines["in_transit_units"]).to_numpy()
    multiple = lines["order_multiple_units"].to_numpy()
    smallest = np.maximum(np.ceil(lines["order_minimum_units"].to_numpy() / multiple), 1) * multiple
    ordered, wished = settled.quantity > 0, lines["quantity_units"].to_numpy()
    after = position + settled.quantity
    # a wish may pass its level by less than an order step; whatever was added may not pass what sell-out supports
    assert (settled.quantity[position >= np.maximum(lines["supported_units"].to_numpy(), 0) + 1e-6] == 0).all()
    added = settled.quantity > wished
    assert (after[added] <= lines["supported_units"].to_numpy()[added] + 1e-6).all()
    assert (after[ordered] <= lines["fresh_units"].to_numpy()[ordered] + 1e-6).all()
    assert (settled.quantity % multiple == 0).all()
    assert (settled.quantity[ordered] >= smallest[ordered]).all()
    value = order_value(lines.with_columns(quantity_units=pl.Series(settled.quantity)))["profit"].to_numpy()
    assert (value[ordered] > 0).all()


@given(st.integers(0, 40), every_terms)
@settings(max_examples=12, deadline=None)
def test_an_order_keeps_its_terms_or_waits_and_says_until_when(seed: int, agreed: Terms) -> None:
    lines = lines_of(seed)
    settled = settle(lines, agreed)
    price, kg = lines["purchase_price"].to_numpy(), lines["weight_kg"].to_numpy()
    amount = float(settled.quantity @ price)
    assert amount == pytest.approx(settled.amount)
    assert amount <= agreed.most_amount + 0.01
    if settled.waits_until is not None:
        assert not settled.quantity.any()
        assert settled.waits_until > TODAY
        assert settled.bound
    elif settled.quantity.any():
        assert amount >= agreed.least_amount - 0.01
        assert float(settled.quantity @ kg) >= agreed.least_kg - 1e-3
    changed = settled.quantity != lines["quantity_units"].to_numpy()
    if settled.waits_until is None:
        assert [bool(cause) for cause in settled.causes] == changed.tolist()


def test_terms_that_hold_anyway_change_nothing() -> None:
    agreed = Terms(budget=WISHED * 2, least_amount=WISHED / 2, credit_left=WISHED * 3)
    settled = settle(LINES_OF_ONE, agreed)
    assert settled.quantity.tolist() == LINES_OF_ONE["quantity_units"].to_list()
    assert settled.bound == ()
    assert set(settled.causes) == {""}


def test_a_budget_cuts_what_earns_least_and_says_what_more_would_earn() -> None:
    settled = settle(LINES_OF_ONE, Terms(budget=WISHED * 0.5))
    assert settled.bound == ("budget",)
    assert settled.amount <= WISHED * 0.5
    assert settled.amount > WISHED * 0.48
    scaled = LINES_OF_ONE.with_columns(
        quantity_units=(pl.col("quantity_units") * 0.5 / pl.col("order_multiple_units")).floor()
        * pl.col("order_multiple_units")
    )
    assert settled.profit > order_value(scaled)["profit"].sum()
    richer = settle(LINES_OF_ONE, Terms(budget=WISHED * 0.5 + settled.more_amount))
    assert richer.profit - settled.profit == pytest.approx(settled.more_profit, rel=0.3)


def test_credit_cuts_like_a_budget_and_is_named() -> None:
    settled = settle(LINES_OF_ONE, Terms(budget=WISHED * 0.9, credit_left=WISHED * 0.4))
    assert settled.bound == ("credit",)
    assert settle(LINES_OF_ONE, Terms(credit_left=-100.0)).quantity.sum() == 0


def test_a_little_under_the_minimum_is_topped_up_and_far_under_it_waits() -> None:
    near = settle(LINES_OF_ONE, Terms(least_amount=WISHED * 1.05, today=TODAY))
    assert near.amount >= WISHED * 1.05
    assert near.top_up_cost is not None
    assert near.wait_cost is not None
    assert near.top_up_cost <= near.wait_cost
    assert near.bound == ("minimum",)
    far = settle(LINES_OF_ONE, Terms(least_amount=WISHED * 20, today=TODAY, days=OrderDays(order=frozenset({4}))))
    assert far.waits_until is not None
    assert far.waits_until.isoweekday() == 4
    assert not far.quantity.any()


def test_the_last_truck_is_filled_with_what_still_earns() -> None:
    load = float((LINES_OF_ONE["quantity_units"] * LINES_OF_ONE["pallets"]).sum())
    agreed = Terms(carrier="truck", carrier_pallets=load / 1.9, carrier_cost=300.0)
    settled = settle(LINES_OF_ONE, agreed)
    assert settled.carriers == 2
    assert settled.carriers_filled == pytest.approx(2, abs=0.01)
    assert "truck" in settled.causes
    assert (settled.quantity >= LINES_OF_ONE["quantity_units"].to_numpy()).sum() > N * 0.9
    # a tenth of a second truck is not worth its freight
    settled = settle(LINES_OF_ONE, Terms(carrier="truck", carrier_pallets=load / 1.02, carrier_cost=5000.0))
    assert settled.carriers == 1


def test_the_order_of_lines_does_not_matter() -> None:
    mixed = np.random.default_rng(1).permutation(N)
    for agreed in (Terms(budget=WISHED * 0.6), Terms(least_amount=WISHED * 1.04)):
        plain, shuffled = settle(LINES_OF_ONE, agreed), settle(LINES_OF_ONE[mixed], agreed)
        assert shuffled.profit == pytest.approx(plain.profit, rel=2e-3)
        assert settle(LINES_OF_ONE, agreed).quantity.tolist() == plain.quantity.tolist()


@st.composite
def small_orders(draw: st.DrawFn) -> tuple[Steps, Limits]:
    """Up to five lines of up to four packs, the first step one or two, worth ever less a pack."""
    line, packs, first, value, amount, kg = [], [], [], [], [], []
    count = draw(st.integers(1, 5))
    for i in range(count):
        price, weight = draw(st.integers(1, 40)), draw(st.integers(0, 9))
        worth = draw(st.floats(0.1, 30))
        for step in range(draw(st.integers(1, 3))):
            size = draw(st.integers(1, 2)) if step == 0 else 1
            line.append(i)
            packs.append(size)
            first.append(step == 0)
            value.append(worth * size)
            amount.append(float(price * size))
            kg.append(float(weight * size))
            worth = worth * draw(st.floats(0, 1)) - draw(st.sampled_from([0.0, 0.0, 2.0]))
    steps = Steps(
        lines=count, line=np.array(line), packs=np.array(packs), first=np.array(first), value=np.array(value),
        amount=np.array(amount), kg=np.array(kg), load=np.array(amount) / 50,
    )  # fmt: skip
    carrier = draw(st.booleans())
    return steps, Limits(
        least_amount=draw(st.sampled_from([0.0, 30.0])),
        most_amount=draw(st.sampled_from([np.inf, 40.0, 90.0])),
        least_kg=draw(st.sampled_from([0.0, 0.0, 8.0])),
        carrier_load=1.0 if carrier else np.inf,
        carrier_cost=draw(st.floats(1, 20)) if carrier else 0.0,
    )


def worth_of(steps: Steps, limits: Limits, taken: np.ndarray) -> float:
    """The worth of steps taken, each 0 or 1; minus infinity where they break a limit."""
    amount, kg, load = (float(column @ taken) for column in (steps.amount, steps.kg, steps.load))
    if not limits.least_amount - 1e-6 <= amount <= limits.most_amount + 1e-6 or kg < limits.least_kg - 1e-6:
        return -np.inf
    load /= limits.carrier_load
    trucks = np.ceil(load - 1e-9)
    return float(steps.value @ taken) - limits.carrier_cost * (trucks - load)


@given(small_orders())
@settings(max_examples=80, deadline=None)
def test_small_orders_are_the_best_of_all_that_can_be_enumerated(problem: tuple[Steps, Limits]) -> None:
    steps, limits = problem
    counts = np.bincount(steps.line, minlength=steps.lines)
    starts = np.cumsum(counts) - counts
    best = -np.inf
    for chosen in itertools.product(*(range(count + 1) for count in counts)):
        taken = np.zeros(len(steps.line))
        for start, count in zip(starts, chosen, strict=True):
            taken[start : start + count] = 1
        best = max(best, worth_of(steps, limits, taken))
    packs = choose(steps, limits)
    if packs is None:
        assert best == -np.inf
        return
    taken = np.zeros(len(steps.line))
    for i, (start, count) in enumerate(zip(starts, counts, strict=True)):
        reached = np.cumsum(steps.packs[start : start + count]) <= packs[i]
        taken[start : start + count] = reached
        assert steps.packs[start : start + count] @ reached == packs[i]
    assert worth_of(steps, limits, taken) >= best - 0.002 * abs(best) - 1e-4


@pytest.mark.parametrize("seed", range(3))
def test_many_lines_stay_within_a_hundredth_of_the_best_that_could_be(seed: int) -> None:
    draw = np.random.default_rng(seed)
    count = CORE_LINES * 2
    steps = Steps(
        lines=count, line=np.arange(count), packs=np.ones(count, np.int64), first=np.ones(count, np.bool_),
        value=draw.uniform(1, 20, count), amount=draw.uniform(5, 50, count), kg=draw.uniform(1, 9, count),
        load=draw.uniform(0.05, 0.4, count),
    )  # fmt: skip
    limits = Limits(most_amount=900.0, least_kg=150.0, carrier_load=4.0, carrier_cost=25.0)
    packs = choose(steps, limits)
    best = _Programme.of(steps, limits).solve(whole=True)
    assert packs is not None
    assert best is not None
    assert worth_of(steps, limits, packs.astype(float)) >= best.worth * (1 - CORE_LOSS)


def test_needed_columns_are_named() -> None:
    assert set(LINES) <= set(LINES_OF_ONE.columns)
    with pytest.raises(ValueError, match="weight_kg"):
        settle(LINES_OF_ONE.drop("weight_kg"), Terms(budget=1))
