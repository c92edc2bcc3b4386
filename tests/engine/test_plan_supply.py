"""The supply plan: what dealers will order, what the enterprise makes or buys for it, and what a line can carry."""

import numpy as np
import polars as pl
import pytest

from firstmove.engine.demand.calendar import HORIZON_DAYS, Ahead, PairCalendar
from firstmove.engine.demand.distribution import over, pool
from firstmove.engine.inventory.capacity import built_ahead, overloaded, within_capacity
from firstmove.engine.inventory.paths import Seasons, order_paths, seasons
from firstmove.engine.inventory.replenishment import propose, spans
from firstmove.engine.inventory.supply import (
    by_product,
    moving_together,
    plan_weeks,
    project,
    shortage_risk,
    swing,
    weekly_variance,
)
from firstmove.engine.twin.opening import draw

from .networks import lumpy, pairs

WEEKS = 13


def certain(n: int = 1, *, weekly: float = 5.0, **columns: object) -> pl.DataFrame:
    """Pairs that sell `weekly` every week for certain, with a margin and nothing that holding costs."""
    base = {
        "on_hand_units": 15.0, "in_transit_units": 0.0, "level_units": 15.0, "safety_stock_units": 5.0,
        "quantity_units": 0.0, "order_multiple_units": 1, "order_minimum_units": 0, "lead_days": 7, "review_days": 7,
        "rate_units_per_day": weekly / 7, "purchase_price": 1.0, "sale_price": 2.0, "holding_rate_per_year": 0.0,
        "proposable": True, "lead_nodes": [weekly] * 8, "review_nodes": [weekly] * 8,
    } | columns  # fmt: skip
    return pl.DataFrame([base] * n)


def keys(n: int) -> np.ndarray:
    return np.arange(1, n + 1, dtype=np.uint64)


def paths_of(frame: pl.DataFrame, *, weekly: float = 5.0, **options: object):
    return order_paths(frame, week_nodes=np.full((len(frame), 8), weekly), key=keys(len(frame)), **options)


def test_a_dealer_with_steady_sales_orders_what_it_sells():
    path = paths_of(certain())
    assert path.expected[0] == pytest.approx([0.0, 0.0, *[5.0] * 11])  # what is there lasts two weeks
    assert path.variance.max() == path.lost.max() == 0


def test_what_is_ordered_today_is_the_first_week_of_the_path():
    assert paths_of(certain(quantity_units=12.0)).expected[0, 0] == 12


def test_an_unlisted_product_needs_nothing():
    assert paths_of(certain(proposable=False)).expected.sum() == 0


def test_an_order_that_would_not_earn_is_not_expected():
    assert paths_of(certain(sale_price=1.0)).expected.sum() == 0


def test_a_season_moves_the_need_with_it():
    season = np.ones((1, WEEKS))
    season[:, 6:] = 2.0
    path = paths_of(certain(), season=Seasons(season, season, season))
    assert path.expected[0, 8:].mean() == pytest.approx(10)


def calendar(daily: np.ndarray) -> PairCalendar:
    """Of one category, whose days ahead have these factors; the second pair has no category."""
    spans = (np.cumsum(daily) / np.arange(1, HORIZON_DAYS + 1))[None, :]
    none = np.full(HORIZON_DAYS, -1)
    return PairCalendar(Ahead(spans, np.ones_like(spans), spans, none, (), 2), np.array([0, -1]))


def test_a_peak_in_the_calendar_moves_its_own_week_and_the_level_of_the_weeks_before_it():
    daily = np.ones(HORIZON_DAYS)
    daily[28:35] = 2.0
    week = np.full(2, 7)
    found = seasons(calendar(daily), lead_days=week, review_days=week)
    assert found.week[0, 3:6] == pytest.approx([1, 2, 1])
    assert found.cover[0, 2:6] == pytest.approx([1, 1.5, 1.5, 1])
    assert found.review[0, 2:5] == pytest.approx([1, 2, 1])  # what is ordered in week 3 has to last for the peak
    assert (found.week[1] == 1).all()
    assert (found.cover[1] == 1).all()


def test_what_the_level_already_holds_of_the_season_is_not_counted_twice():
    found = seasons(calendar(np.full(HORIZON_DAYS, 1.8)), lead_days=np.array([9, 9]), review_days=np.array([7, 7]))
    for factors in (found.week, found.cover, found.review):
        assert factors == pytest.approx(np.ones((2, WEEKS)))


def test_the_need_rises_before_the_peak_is_sold():
    daily = np.ones(HORIZON_DAYS)
    daily[56:63] = 3.0
    season = seasons(calendar(daily), lead_days=np.array([7, 7]), review_days=np.array([7, 7]))
    path = paths_of(certain(2), season=season)
    assert path.expected[0, 7] == pytest.approx(15)
    assert path.expected[1, 7] == pytest.approx(5)
    assert path.expected[0, 10:].mean() == pytest.approx(5)


def test_goods_on_the_way_are_not_ordered_again_whatever_the_lead_time():
    for lead in (0, 3, 9, 30, 120):
        total = paths_of(certain(lead_days=lead, in_transit_units=200.0)).expected.sum()
        assert total == 0, lead


def history_network(n: int = 400):
    history = lumpy(n, days=728, seed=5)
    frame = pairs(n)
    pooled = pool(history, spans=spans(frame))
    lines = frame.hstack(propose(frame, history, pooled, service_quantile=0.95))
    return history, lines, over(history, pooled, span=7).nodes(8)


def test_paths_are_the_same_in_any_partition_and_order():
    _history, lines, nodes = history_network()
    key = keys(len(lines))
    whole = order_paths(lines, week_nodes=nodes, key=key)
    turned = np.arange(len(lines))[::-1]
    again = order_paths(lines[turned], week_nodes=nodes[turned], key=key[turned])
    assert np.array_equal(whole.expected, again.expected[turned])
    assert np.array_equal(whole.cumulated_variance, again.cumulated_variance[turned])
    part = order_paths(lines[100:150], week_nodes=nodes[100:150], key=key[100:150])
    assert np.array_equal(whole.expected[100:150], part.expected)


def test_over_the_quarter_dealers_are_expected_to_order_about_what_they_sell():
    """What is ordered more or less than sold is the way from today's stock to the policy's."""
    _history, lines, nodes = history_network()
    earning = lines.filter(pl.col("quantity_units") >= 0)
    path = order_paths(earning, week_nodes=nodes, key=keys(len(earning)))
    later = path.expected[:, 4:].sum(axis=1).mean() / 9
    assert later == pytest.approx(nodes.mean(axis=1).mean() - path.lost[:, 4:].mean(), rel=0.15)


def test_cumulated_orders_vary_less_than_independent_weeks_would():
    _history, lines, nodes = history_network()
    path = order_paths(lines, week_nodes=nodes, key=keys(len(lines)))
    assert path.cumulated_variance[:, -1].sum() < path.variance.sum()


def test_the_simulated_path_does_not_swing_as_reactive_orders_do():
    """The bullwhip: dealers that order five weeks' cover every two weeks swing far more than what they sell."""
    history, lines, nodes = history_network()
    product = np.arange(len(lines)) % 8
    weekly = history[:, -364:].reshape(len(history), 52, 7).sum(axis=2).astype(float)
    orders = np.zeros_like(weekly)
    for row in range(len(history)):
        stock, seen = weekly[row].mean() * 5, history[row]
        for week in range(52):
            if week % 2 == int(draw(np.uint64(row + 1), 0) % np.uint64(2)):
                rate = seen[: 364 + 7 * week][-28:].mean()
                orders[row, week] = max(np.ceil(rate * 35 - stock), 0)
            stock = max(stock + orders[row, week] - weekly[row, week], 0)
    path = order_paths(lines, week_nodes=nodes, key=keys(len(lines)))
    received, sold, planned = (
        np.array([swing(units[None, :]) for units in by_product(weeks, product=product, products=8)])
        for weeks in (orders, weekly, path.expected[:, 1:])
    )
    assert (received > sold).all()
    assert planned.mean() < 0.6 * received.mean()


def test_a_swing_is_the_deviation_over_the_mean_and_products_weigh_by_volume():
    assert swing(np.array([[0.0, 20.0, 0.0, 20.0]])) == 1.0
    assert swing(np.array([[10.0, 10.0]]), variance=np.array([[100.0, 100.0]])) == 1.0
    assert swing(np.array([[0.0, 20.0], [30.0, 30.0]])) == 0.25
    assert swing(np.zeros((2, 4))) == 0.0


def supplies(n: int = 1, **columns: object) -> pl.DataFrame:
    base = {
        "available_units": 25.0, "stock_known": True, "lead_days": 7, "lot_minimum_units": 0.0,
        "lot_multiple_units": 12.0,
    } | columns  # fmt: skip
    return pl.DataFrame([base] * n)


def plan(products: pl.DataFrame, *, need: float = 10.0, variance: float = 0.0, **options: object):
    shape = (len(products), WEEKS)
    given = {
        "need": np.full(shape, need),
        "cumulated_variance": np.cumsum(np.full(shape, variance), axis=1),
        "receipts": np.zeros(shape),
        "service": 0.95,
    } | options
    return plan_weeks(products, **given)


def test_the_example_of_orlicky_is_netted_by_week():
    weeks = plan(supplies())
    assert weeks.planned[0, :6] == pytest.approx([0, 0, 12, 12, 12, 0])
    assert weeks.ordered[0, :6] == pytest.approx([0, 12, 12, 12, 0, 12])
    assert weeks.projected.min() >= 0


def test_what_is_due_from_production_is_not_made_again():
    due = np.zeros((1, WEEKS))
    due[0, 2] = 100
    assert plan(supplies(), receipts=due).planned[0, :12].sum() == 0


def test_what_cannot_come_in_time_shows_as_risk_and_not_as_a_plan():
    weeks = plan(supplies(available_units=5.0, lead_days=28), variance=4.0)
    assert weeks.planned[0, :4].sum() == 0
    assert weeks.ordered[0, 0] > 0
    assert weeks.risk[0, 0] > 0.9
    assert weeks.risk[0, 5] < 0.1


def test_a_minimum_lot_is_kept():
    weeks = plan(supplies(lot_minimum_units=60.0))
    assert set(weeks.planned[0]) == {0.0, 60.0}


def test_an_unknown_stock_makes_up_for_nothing():
    known, unknown = plan(supplies(available_units=0.0)), plan(supplies(available_units=0.0, stock_known=False))
    assert unknown.ordered[0, 0] < known.ordered[0, 0]
    assert unknown.risk.max() < 0.5


def safety(variance: float, *, lead_days: int = 0, service: float = 0.95) -> float:
    """What the plan holds where the week of all dealers together has this variance."""
    return float(plan(supplies(lead_days=lead_days), variance=variance, service=service).safety_units[0])


def test_safety_stock_grows_with_the_root_of_the_number_of_dealers():
    one = safety(100.0)
    assert safety(16 * 100.0) == pytest.approx(4 * one)
    # In step, sixteen are as one that is sixteen times as large.
    assert safety(16 * 16 * 100.0) == pytest.approx(16 * one)
    # Two deviations of four dealers of deviation 10 each: 40, and 80 apart.
    assert safety(4 * 100.0, service=0.97725) == pytest.approx(40, rel=1e-3)


def test_safety_stock_covers_the_lead_time_and_the_week_until_the_next_plan():
    lead = 2
    assert safety(9 * 4.0, lead_days=7 * lead) == pytest.approx(1.64485 * (9 * 4 * (lead + 1)) ** 0.5, rel=1e-4)


def test_dealers_in_step_are_seen_to_move_together():
    draws = np.random.default_rng(3)
    apart = draws.poisson(20, (30, 104)).astype(float)
    same = np.repeat(draws.poisson(20, (1, 104)), 30, axis=0).astype(float)
    for demand, ratio, within in ((apart, 1, 0.5), (same, 30, 1e-9)):
        found = moving_together(alone=demand.var(axis=1).sum()[None], weekly=demand.sum(axis=0)[None])
        assert found[0] == pytest.approx(ratio, abs=within)
    steps = np.repeat([[0.0, 2.0, 0.0, 2.0]], 7, axis=0).T.reshape(1, -1).repeat(2, axis=0).astype(np.float32)
    assert weekly_variance(steps / 7) == pytest.approx([1.0, 1.0])


def test_risk_is_the_tail_of_the_normal():
    risk = shortage_risk(np.array([[20.0, 0.0, -5.0]]), np.array([[10.0, 10.0, 0.0]]))
    assert risk[0] == pytest.approx([0.02275, 0.5, 1.0], abs=1e-4)


def line(n: int, *, capacity: np.ndarray, **given: object) -> np.ndarray:
    arguments = {
        "opening": np.zeros(n), "need": np.full((n, WEEKS), 10.0), "receipts": np.zeros((n, WEEKS)),
        "safety": np.zeros(n), "lead_weeks": np.zeros(n, np.int64), "value": np.ones(n), "use": np.ones(n),
        "minimum": np.zeros(n), "multiple": np.ones(n),
    } | given  # fmt: skip
    return within_capacity(capacity=capacity, **arguments)


def test_a_line_that_is_too_small_runs_full_and_owes_the_rest():
    made = line(1, opening=np.array([4.0]), capacity=np.full(WEEKS, 8.0))
    assert made[0] == pytest.approx(np.full(WEEKS, 8.0))


def test_a_line_builds_ahead_of_the_season():
    need = np.zeros((1, WEEKS))
    need[0, 10] = 60
    made = line(1, need=need, capacity=np.full(WEEKS, 20.0))
    left = project(opening=np.zeros(1), need=need, receipts=np.zeros_like(need), planned=made)
    assert left.min() >= 0
    assert made[0, :8].sum() == 0  # no earlier than it has to
    assert made[0, 8:11] == pytest.approx([20, 20, 20])


def test_what_is_built_ahead_is_told_by_the_week_it_is_for():
    """The example of `built_ahead`: 60 are wanted in week 10 of a line that makes 20 a week."""
    wanted = np.zeros((1, WEEKS))
    wanted[0, 10] = 60
    capacity = np.full(WEEKS, 20.0)
    made = line(1, need=wanted, capacity=capacity)
    found = built_ahead(
        wanted=wanted, made=made, use=np.ones(1), value=np.array([13.0]), capacity=capacity, held_a_week=0.01
    )
    assert np.flatnonzero(found.units[0]).tolist() == [10]
    assert found.units[0, 10] == 40
    assert found.cost[0] == pytest.approx(60 * 13.0 * 0.01)
    assert found.load[10] == 3.0


def test_a_lot_that_was_rounded_up_is_not_called_built_ahead():
    wanted = np.full((1, WEEKS), 10.0)
    made = np.tile([20.0, 0.0], 7)[None, :WEEKS]
    found = built_ahead(wanted=wanted, made=made, use=np.ones(1), value=np.ones(1), capacity=np.full(WEEKS, 20.0))
    assert found.units.sum() == found.cost.sum() == 0


def test_no_week_exceeds_capacity_and_lots_stay_whole():
    draws = np.random.default_rng(1)
    need = draws.poisson(20, (12, WEEKS)).astype(float)
    use, multiple = draws.uniform(0.5, 2, 12), np.full(12, 6.0)
    capacity = np.full(WEEKS, 150.0)
    terms = {"need": need, "use": use, "multiple": multiple, "minimum": np.full(12, 12.0), "capacity": capacity}
    made = line(12, **terms)
    assert (made * use[:, None]).sum(axis=0).max() <= 150 + 1e-9
    assert np.all(made % 6 == 0)
    assert np.all((made == 0) | (made >= 12))
    assert np.array_equal(made, line(12, **terms))


def test_a_product_of_which_less_than_a_lot_is_wanted_is_made_all_the_same():
    need = np.vstack([np.full(WEEKS, 10.0), np.full(WEEKS, 0.5)])
    made = line(
        2, need=need, minimum=np.array([0.0, 30.0]), multiple=np.array([1.0, 30.0]), capacity=np.full(WEEKS, 31.0)
    )
    assert made[1].sum() == 30


def test_what_is_worth_more_is_made_first():
    made = line(2, value=np.array([1.0, 5.0]), capacity=np.full(WEEKS, 10.0))
    assert made[1].sum() == pytest.approx(130)
    assert made[0].sum() == 0


def test_only_lines_that_cannot_make_the_plan_are_called_overloaded():
    planned = np.array([[10.0, 30.0], [10.0, 0.0], [500.0, 0.0]])
    capacity = np.array([[20.0, 20.0], [20.0, 20.0]])
    found = overloaded(planned, use=np.ones(3), line=np.array([0, 1, -1]), capacity=capacity)
    assert found.tolist() == [0]
