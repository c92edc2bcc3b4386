"""What a plan sees ahead tonight, a replay sees on every morning that it plays: the same, and no day more."""

import datetime as dt
from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest

from firstmove.engine.demand.calendar import Calendars, look_ahead
from firstmove.engine.demand.mornings import HISTORY_DAYS, Mornings, mornings
from firstmove.engine.demand.offers import PROMOTIONS
from firstmove.engine.twin.policies import Scene, firstmove
from firstmove.engine.twin.replay import Protocol, replay
from firstmove.engine.twin.service import try_service
from firstmove.engine.twin.trials import Conditions, try_methods

from .networks import lumpy

FIRST = dt.date(2020, 1, 6)
YEAR, DAYS = 364, 3 * 364
START = DAYS - 126
N = 40
PRODUCTS = pl.DataFrame({"sku": [f"{i:02d}" for i in range(N)], "category": ["ice", "tea"] * (N // 2)})
PAIRS = PRODUCTS.with_columns(dealer=pl.lit("D-1"))
ICE = np.array([category == "ice" for category in PRODUCTS["category"]])
# Ten weeks of every year sell ice three times over; the window's are among its days counted.
PEAK = np.isin(np.arange(DAYS) % YEAR, np.arange(280, 350))
NO_PROMOTIONS = pl.DataFrame(schema=PROMOTIONS)


def on_day(number: int) -> dt.date:
    return FIRST + dt.timedelta(days=number)


def demand() -> np.ndarray:
    units = lumpy(N, days=DAYS, seed=3) * 3
    units[np.ix_(ICE, PEAK)] *= 3
    return units.astype(np.float32)


DEMAND = demand()


def lines(units: np.ndarray) -> pl.LazyFrame:
    row, day = np.nonzero(units)
    return pl.DataFrame(
        {
            "sku": PRODUCTS["sku"].gather(row),
            "dealer": ["D-1"] * len(row),
            "date": [on_day(number) for number in day.tolist()],
            "quantity": units[row, day].astype(float),
            "amount": units[row, day] * 10.0,
        }
    ).lazy()


def seen(units: np.ndarray, *, drivers=("season",), promotions: pl.DataFrame = NO_PROMOTIONS) -> Mornings:
    return mornings(
        lines(units), products=PRODUCTS, promotions=promotions, country="US", drivers=drivers,
        first=FIRST + dt.timedelta(days=START), last=FIRST + dt.timedelta(days=DAYS),
    )  # fmt: skip


@cache
def of_all() -> Calendars:
    return seen(DEMAND).seen_by(PAIRS, first_on=FIRST)


def test_a_morning_of_the_past_is_looked_at_as_tonight_is() -> None:
    """By look_ahead over the categories' days before it: at most three years and a week."""
    morning = FIRST + dt.timedelta(days=START + 7)
    by_category = np.stack([DEMAND[ICE].sum(axis=0), DEMAND[~ICE].sum(axis=0)])[:, : START + 7]
    alone = look_ahead(by_category.astype(float)[:, -HISTORY_DAYS:], morning=morning, country="", with_holidays=False)
    found = seen(DEMAND).calendar(morning)
    assert found is not None
    assert found.factors == pytest.approx(alone.factors)
    pairs = of_all()(START + 7)
    assert pairs is not None
    days = np.full(N, 16)
    assert pairs.factor(days) == pytest.approx(np.where(ICE, alone.factors[0, 15], alone.factors[1, 15]))


def test_what_sells_from_a_morning_on_changes_nothing_that_it_sees_or_orders() -> None:
    parting = START + 49
    changed = DEMAND.copy()
    changed[:, parting:] = np.random.default_rng(8).permutation(changed[:, parting:], axis=1) * 5
    drivers = ("season", "holidays", "prices", "promotions")
    offers = pl.DataFrame(
        [("02", None, "Fair", on_day(day), on_day(day + 9)) for day in (400, 700)],
        schema=PROMOTIONS, orient="row",
    )  # fmt: skip
    looks = [seen(units, drivers=drivers, promotions=offers) for units in (DEMAND, changed)]
    one, two = (look.seen_by(PAIRS, first_on=FIRST) for look in looks)
    span = np.full(N, 16)
    for day in (START, parting):
        before, after = one(day), two(day)
        assert before is not None
        assert after is not None
        assert (before.factor(span) == after.factor(span)).all()
        assert (looks[0].swing(on_day(day)) == looks[1].swing(on_day(day))).all()
    assert (looks[0].swing(on_day(parting + 21)) != looks[1].swing(on_day(parting + 21))).any()
    later = one(parting + 21), two(parting + 21)
    assert (later[0].factor(span) != later[1].factor(span)).any()  # type: ignore[union-attr]
    rules = [
        next(firstmove(Scene(units, START, Protocol(), seen(units).seen_by(PAIRS, first_on=FIRST))))[1]
        for units in (DEMAND, changed)
    ]
    known = (parting - START) // 7 + 1
    assert (rules[0].level[:, :known] == rules[1].level[:, :known]).all()
    assert rules[0].most is not None
    assert rules[1].most is not None
    assert (rules[0].most[:, :known] == rules[1].most[:, :known]).all()


def test_a_promotion_that_is_out_of_sight_moves_nothing_yet() -> None:
    """One that begins in half a year, at one dealer alone: not even its sales are looked at apart."""
    far = FIRST + dt.timedelta(days=START + 180)
    offers = pl.DataFrame([("02", "D-1", "Fair", far, far)], schema=PROMOTIONS, orient="row")
    found = seen(DEMAND, drivers=("promotions",), promotions=offers).offers(FIRST + dt.timedelta(days=START))
    assert found is not None
    assert len(found.cells) == 0


def test_a_replay_that_knows_the_season_sells_more_of_its_peak() -> None:
    outcomes = []
    for calendars in (None, of_all()):
        (_, rule), = firstmove(Scene(DEMAND, START, Protocol(), calendars), probabilities=[0.9])  # fmt: skip
        outcomes.append(replay(DEMAND, rule, start=START, multiple=np.ones(N, int), key=np.arange(N, dtype=np.uint64)))
    plain, knowing = outcomes
    assert knowing.sold_units[ICE].sum() > 1.02 * plain.sold_units[ICE].sum()


def conditions() -> dict[str, object]:
    """Of two kinds of lead time, so that pairs are played in groups that cut across categories."""
    return {
        "leads": [(5, 7)] * (N // 2) + [(9, 12)] * (N // 2), "review_days": np.full(N, 7),
        "multiple": np.ones(N, np.int64), "key": np.arange(N, dtype=np.uint64), "margin": np.full(N, 2.0),
        "holding_per_day": np.full(N, 0.01),
    }  # fmt: skip


def ice_alone() -> Calendars:
    """Calendars that lift the ice and leave the tea as it is."""
    found = of_all()(START)
    assert found is not None
    factors = np.ones_like(found.ahead.factors)
    factors[0] = 1.5
    lifted = replace(found, ahead=replace(found.ahead, factors=factors))
    return lambda _day: lifted


def test_the_choice_of_service_counts_each_pairs_own_season_in() -> None:
    plain, lifted = (try_service(DEMAND, start=START, grid=[0.9], calendars=calendars, **conditions())[0]  # type: ignore[arg-type]
                     for calendars in (None, ice_alone()))  # fmt: skip
    assert (lifted.costs[~ICE] == plain.costs[~ICE]).all()
    assert (lifted.held_unit_days[ICE] > plain.held_unit_days[ICE]).mean() > 0.9


def test_a_trial_counts_the_season_into_the_pooled_method_alone() -> None:
    given = Conditions(**conditions(), service=np.full(N, 0.9))  # type: ignore[arg-type]
    plain, lifted = (
        try_methods(DEMAND, start=START, conditions=given, methods=["pooled", "textbook"], calendars=calendars)
        for calendars in (None, ice_alone())
    )
    assert (lifted["textbook"].costs == plain["textbook"].costs).all()
    assert (lifted["pooled"].costs[~ICE] == plain["pooled"].costs[~ICE]).all()
    assert (lifted["pooled"].costs[ICE] != plain["pooled"].costs[ICE]).mean() > 0.9


def test_without_a_driver_nothing_is_looked_at() -> None:
    assert seen(DEMAND, drivers=()).seen_by(PAIRS, first_on=FIRST)(START) is None
