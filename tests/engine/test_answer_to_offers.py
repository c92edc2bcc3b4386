"""Prices and promotions: what a change asks of the days ahead, learned from what earlier ones did, and no more."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from firstmove.engine.demand.calendar import HORIZON_DAYS, Ahead, PairCalendar
from firstmove.engine.demand.offers import PROMOTIONS, look_at_offers, price_factors, promotion_factors
from firstmove.engine.demand.responses import (
    ELASTICITY,
    Cases,
    Response,
    elasticities,
    lifts,
    price_cases,
    promotion_cases,
    respond,
)
from firstmove.engine.frames import InvalidFrameError

MORNING = dt.date(2024, 6, 3)
WEEKS, DAYS = 156, 3 * 364
CATEGORY = np.repeat(np.arange(4), 30)


def market(elasticity=-2.0, *, seed=1, rate=30.0):
    """120 products over three years; each changes its price twice, all swing with the same season."""
    draw = np.random.default_rng(seed)
    price = np.full((120, WEEKS), 10.0)
    for row in price:
        for week in np.sort(draw.integers(20, WEEKS - 20, 2)):
            row[week:] *= draw.choice([0.8, 0.9, 1.1, 1.25])
    season = 1 + 0.6 * np.sin(np.arange(WEEKS) * 2 * np.pi / 52)
    units = draw.poisson(rate * season * (price / 10.0) ** elasticity)
    return units.astype(np.float64), np.where(units > 0, price, np.nan)


def flat(effect, n=1):
    return Response(np.full(n, float(effect)), np.zeros(n), float(effect), 0.0, 1)


def test_a_price_that_moves_demand_is_found_through_a_season_and_one_that_does_not_is_left_alone():
    found = elasticities(*market(-2.0), category=CATEGORY)
    assert found.overall == pytest.approx(-2.0, abs=4 * found.overall_error)
    assert found.overall_error < 0.15
    assert np.abs(found.effect + 2.0).max() < 0.6
    none = elasticities(*market(0.0), category=CATEGORY)
    assert np.abs(none.effect).max() < 0.2


def test_what_is_said_of_the_error_holds_in_ninety_five_markets_of_a_hundred():
    off = [
        (found.overall + 1.5) / found.overall_error
        for found in (elasticities(*market(-1.5, seed=seed, rate=6.0), category=CATEGORY) for seed in range(40))
    ]
    assert np.mean(np.abs(off) < 1.96) > 0.8
    assert np.std(off) < 1.5


def test_categories_keep_their_own_answer_and_their_products_unseen_take_it():
    draw = np.random.default_rng(3)
    product = np.repeat(np.arange(90), 8)
    truth = np.where(np.arange(120) < 60, -1.0, -3.0)
    cause = draw.choice([-0.3, 0.3], len(product))
    effect = truth[product] * cause + draw.normal(0, 0.05, len(product))
    category = np.where(np.arange(120) < 60, 0, 1)
    found = respond(Cases(product, cause, effect, np.full(len(product), 0.0005)), category=category, limits=(-4, 0))
    assert found.effect[:90] == pytest.approx(truth[:90], abs=0.3)
    assert found.effect[100] == pytest.approx(-3.0, abs=0.1)
    assert found.error[100] >= found.error[70]
    assert found.effect[100] == found.effect[119]


def test_a_product_that_answers_unlike_its_category_is_believed_by_what_it_showed():
    draw = np.random.default_rng(4)
    product = np.repeat(np.arange(60), 30)
    truth = draw.normal(-2.0, 0.8, 60)
    cause = draw.choice([-0.3, 0.3], len(product))
    effect = truth[product] * cause + draw.normal(0, 0.3, len(product))
    cases = Cases(product, cause, effect, np.full(len(product), 0.0005))
    found = respond(cases, category=np.zeros(61, np.int64), limits=(-6, 0))
    error = np.abs(found.effect[:60] - truth)
    assert error.mean() < 0.75 * np.abs(truth.mean() - truth).mean()  # better than one answer for all
    assert np.std(found.effect[:60]) < np.std(truth)  # and drawn to it
    assert found.error[60] > found.error[0]
    assert found.effect[60] == pytest.approx(-2.0, abs=0.3)


def test_a_single_case_convinces_nobody_and_nothing_seen_says_nothing():
    category = np.zeros(5, np.int64)
    lone = Cases(np.array([2]), np.array([0.1]), np.array([-0.5]), np.array([0.1]))
    assert (respond(lone, category=category, limits=ELASTICITY).effect == 0).all()
    quiet = elasticities(np.zeros((5, 60)), np.full((5, 60), np.nan), category=category)
    assert quiet.cases == 0
    assert (quiet.effect == 0).all()
    same = np.array([[2.0] * 60] * 5)
    assert elasticities(same, same, category=category).cases == 0


def test_no_price_sells_more_by_rising_and_none_beyond_the_bound():
    rising = elasticities(*market(2.0), category=CATEGORY)
    assert rising.overall > 1
    assert (rising.effect == 0).all()
    assert elasticities(*market(-7.0), category=CATEGORY).effect.min() == -4.0


def test_weeks_at_the_change_and_of_another_price_are_left_out():
    units, price = np.full((1, 40), 10.0), np.full((1, 40), 5.0)
    price[:, 20:], price[:, 28:] = 10.0, 20.0
    units[:, 19:21] = 500.0  # laid in before, and in the week itself
    units[:, 28:] = 900.0  # of the next price
    units[:, 21:27] = 5.0
    cases = price_cases(units, price, category=np.zeros(1, np.int64))
    assert cases.cause[0] == pytest.approx(np.log(2))
    assert cases.effect[0] == pytest.approx(np.log(0.5))
    assert cases.rarity[0] == pytest.approx(1 / 130 + 1 / 30)


def promotions(elsewhere=1.0, *, lift=2.5, products=60):
    draw = np.random.default_rng(5)
    weekday = np.array([0.5, 1, 1, 1, 1.5, 1.5, 0.5])
    first_on = MORNING - dt.timedelta(days=DAYS)
    usual = 3.0 * elsewhere * weekday[(first_on.toordinal() + np.arange(DAYS)) % 7]
    promoted = np.zeros((products, DAYS), np.bool_)
    for row in promoted[: products // 2]:
        for day in draw.integers(60, DAYS - 60, 4):
            row[day : day + 10] = True
    return draw.poisson(usual * np.where(promoted, lift, 1.0)).astype(np.float64), promoted, first_on


def test_a_lift_is_found_over_ordinary_days_of_the_same_weekday():
    daily, promoted, first_on = promotions()
    category = np.zeros(len(daily), np.int64)
    found = lifts(daily, promoted, first_on=first_on, category=category)
    assert np.exp(found.effect) == pytest.approx(np.full(60, 2.5), rel=0.15)
    none, promoted, first_on = promotions(lift=1.0)
    assert np.abs(lifts(none, promoted, first_on=first_on, category=category).effect).max() < 0.1


def test_products_that_seldom_sell_speak_together():
    daily, promoted, first_on = promotions(elsewhere=0.02)
    category = np.zeros(len(daily), np.int64)
    assert len(promotion_cases(daily, promoted, first_on=first_on, category=category).product) == 1


def test_units_that_are_none_are_refused():
    with pytest.raises(InvalidFrameError, match="not below zero"):
        price_cases(np.full((1, 9), -1.0), np.ones((1, 9)), category=np.zeros(1, np.int64))
    with pytest.raises(InvalidFrameError, match="both have to be"):
        price_cases(np.ones((1, 9)), np.ones((1, 8)), category=np.zeros(1, np.int64))
    with pytest.raises(InvalidFrameError, match="both have to be"):
        promotion_cases(np.ones((1, 9)), np.ones((1, 8), bool), first_on=MORNING, category=np.zeros(1, np.int64))


def test_a_price_counts_as_far_as_the_level_does_not_hold_it_yet():
    price = np.full((1, WEEKS), 10.0)
    assert price_factors(price, flat(-1)) == pytest.approx([1.0])
    price[:, -1] = 20.0  # half as much from now on; of the level only the last week knows
    known = 0.45 / 52 + 0.25 / 16 + 0.2 / 8
    assert price_factors(price, flat(-1))[0] == pytest.approx(1 / (known + 2 * (1 - known)))
    long_ago = np.where(np.arange(WEEKS) < 80, 10.0, 20.0)[None, :]
    assert price_factors(long_ago, flat(-1)) == pytest.approx([1.0])
    assert price_factors(np.full((1, WEEKS), np.nan), flat(-1)) == pytest.approx([1.0])
    young = np.where(np.arange(WEEKS) < 150, np.nan, 20.0)[None, :]
    assert price_factors(young, flat(-1)) == pytest.approx([1.0])


def test_a_promotion_lifts_its_days_ahead_and_one_that_is_over_raises_no_base():
    promoted = np.zeros((2, DAYS + HORIZON_DAYS), np.bool_)
    promoted[0, DAYS + 3] = True
    promoted[1, DAYS - 28 : DAYS] = True
    lift = np.log([2.0, 2.0])
    factors = promotion_factors(promoted, lift, days=DAYS)
    assert factors[0, [2, 3, 6]] == pytest.approx([1.0, 5 / 4, 8 / 7])
    held = 1 + 0.45 * 28 / 364 + 0.25 * 28 / 112 + 0.2 * 28 / 56
    assert factors[1, 6] == pytest.approx(1 / held)


def lines(rows):
    schema = {"sku": pl.String, "dealer": pl.String, "date": pl.Date, "quantity": pl.Float64, "amount": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


@pytest.fixture(scope="module")
def network():
    """Two dealers and two products; A is promoted by D-1 alone thrice and once more tomorrow, B everywhere."""
    draw = np.random.default_rng(7)
    rows, offers = [], []
    starts = [MORNING - dt.timedelta(days=days) for days in (300, 200, 100)] + [MORNING + dt.timedelta(days=1)]
    offers += [("A", "D-1", "Ours", start, start + dt.timedelta(days=6)) for start in starts]
    offers += [("B", None, "All", start, start + dt.timedelta(days=6)) for start in starts[:3]]
    for back in range(1, 600):
        day = MORNING - dt.timedelta(days=back)
        runs = any(start <= day <= start + dt.timedelta(days=6) for start in starts)
        for sku in "AB":
            for dealer in ("D-1", "D-2"):
                on = runs and (sku == "B" or dealer == "D-1")
                units = float(draw.poisson(30 if on else 10))
                if units:
                    rows.append((sku, dealer, day, units, units * (4.0 if on else 5.0)))
    return lines(rows), pl.DataFrame(offers, schema=PROMOTIONS, orient="row")


PRODUCTS = pl.DataFrame({"sku": ["A", "B"], "category": ["tea", "tea"]})
PAIRS = pl.DataFrame({"dealer": ["D-1", "D-2", "D-1", "D-1"], "sku": ["A", "A", "B", "C"]})
SPAN = np.full(4, 8)


def look(network, **choice):
    sold, offers = network
    return look_at_offers(sold.lazy(), PRODUCTS, offers, morning=MORNING, days=DAYS, **choice)


def test_a_dealers_own_promotion_lifts_its_pair_alone_and_is_named(network):
    ahead = look(network).of(PAIRS)
    lift = ahead.lift(SPAN)
    assert lift[0] > 1.8
    assert lift[1] == 1.0  # D-2 takes no part
    assert lift[2] < 1.0  # what ran in spring is not to come again
    assert lift[3] == 1.0
    assert ahead.prices == pytest.approx(np.ones(4))  # a promotion's price is no price
    assert ahead.named(SPAN) == (["Ours", "", "", ""], [MORNING + dt.timedelta(days=1), None, None, None])
    assert ahead.named(np.ones(4, np.int64))[0] == ["", "", "", ""]
    still = look(network, with_promotions=False).of(PAIRS)
    assert (still.lift(SPAN) == 1.0).all()


def test_offers_multiply_with_the_calendar_and_only_where_they_count(network):
    offers = look(network).of(PAIRS, counted=np.array([True, True, False, True]))
    ones = np.ones((1, HORIZON_DAYS))
    ahead = Ahead(2 * ones, ones, 2 * ones, np.full(HORIZON_DAYS, -1), (), 2)
    calendar = PairCalendar(ahead, np.zeros(4, np.int64), offers)
    assert calendar.factor(SPAN)[1:] == pytest.approx([2.0, 2.0, 2.0])
    assert calendar.factor(SPAN)[0] == 2.5  # 2 × the lift, at the bound of all factors together
    assert calendar.of(np.array([0])).factor(SPAN[:1])[0] == 2.5
    halved = PairCalendar(
        Ahead(0.5 * ones, ones, ones, np.full(HORIZON_DAYS, -1), (), 2), np.zeros(4, np.int64), offers
    )
    assert halved.factor(SPAN)[0] == pytest.approx(0.5 * offers.lift(SPAN)[0])


def test_what_is_sold_from_the_morning_on_changes_nothing(network):
    sold, offers = network
    later = lines([("A", "D-1", MORNING + dt.timedelta(days=k), 900.0, 900.0) for k in range(30)])
    assert look((pl.concat([sold, later]), offers)).prices.equals(look(network).prices)
    np.testing.assert_array_equal(look((pl.concat([sold, later]), offers)).promotions, look(network).promotions)
