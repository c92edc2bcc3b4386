"""Scarce goods are shared by one rule: what every dealer can count on, whatever the others ask."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstmove.engine.frames import InvalidFrameError
from firstmove.engine.inventory.allocation import BONUS_MOST, allocate


def claims(needs: list[float], *, bonus: object = 0.0, multiple: object = 1, minimum: object = 0) -> pl.DataFrame:
    frame = pl.DataFrame(
        {"sku": ["A"] * len(needs), "dealer": [f"D{i:03d}" for i in range(len(needs))], "need_units": needs},
        schema={"sku": pl.String, "dealer": pl.String, "need_units": pl.Float64},
    )
    given = {"bonus": bonus, "multiple_units": multiple, "minimum_units": minimum}
    return frame.with_columns(
        (pl.Series(name, value) if isinstance(value, list) else pl.lit(value)).alias(name)
        for name, value in given.items()
    )


def there(units: float) -> pl.DataFrame:
    return pl.DataFrame({"sku": ["A"], "available_units": [float(units)]})


def first_come(claims: pl.DataFrame, available: pl.DataFrame) -> np.ndarray:
    """What first come first served grants: claims in the order of their rows, until nothing is left."""
    left = dict(available.select("sku", "available_units").iter_rows())
    granted = np.zeros(len(claims))
    for row, (sku, need) in enumerate(claims.select("sku", "need_units").iter_rows()):
        granted[row] = min(need, left[sku])
        left[sku] -= granted[row]
    return granted


def grants(frame: pl.DataFrame, units: float) -> list[float]:
    return allocate(frame, there(units))["granted_units"].to_list()


@st.composite
def networks(draw) -> tuple[pl.DataFrame, int]:
    """Dealers with needs, bonuses and one product's order steps, and how much of it there is."""
    n = draw(st.integers(1, 12))
    multiple = draw(st.sampled_from([1, 1, 6, 12]))
    minimum = draw(st.sampled_from([0, multiple, 3 * multiple]))
    needs = draw(st.lists(st.integers(0, 400), min_size=n, max_size=n))
    bonus = draw(st.lists(st.sampled_from([0.0, 0.1, BONUS_MOST]), min_size=n, max_size=n))
    frame = claims([float(need) for need in needs], bonus=bonus, multiple=multiple, minimum=minimum)
    return frame, draw(st.integers(0, int(sum(needs) * 1.2) + 5))


def step(frame: pl.DataFrame) -> int:
    return max(frame["multiple_units"][0], frame["minimum_units"][0])


@settings(deadline=None, max_examples=60)
@given(networks())
def test_nobody_is_promised_what_is_not_there(network):
    frame, units = network
    assert sum(grants(frame, units)) <= units + 1e-9


@settings(deadline=None, max_examples=60)
@given(networks())
def test_nobody_gets_more_than_it_can_use_and_steps_stay_whole(network):
    frame, units = network
    for need, granted in zip(frame["need_units"], grants(frame, units), strict=True):
        assert granted <= max(need, step(frame) if 2 * need >= step(frame) else 0)
        assert granted % frame["multiple_units"][0] == 0
        assert granted == 0 or granted >= step(frame)


@settings(deadline=None, max_examples=60)
@given(networks(), st.integers(1, 60))
def test_more_goods_never_leave_anybody_with_less(network, more):
    frame, units = network
    assert all(a <= b for a, b in zip(grants(frame, units), grants(frame, units + more), strict=True))


@settings(deadline=None, max_examples=60)
@given(networks())
def test_no_dealer_falls_below_its_floor_but_for_a_step(network):
    frame, units = network
    result = allocate(frame, there(units))
    for need, granted, equal in zip(frame["need_units"], result["granted_units"], result["equal_share"], strict=True):
        assert granted >= need * equal / (1 + BONUS_MOST) - 2 * step(frame)


@settings(deadline=None, max_examples=60)
@given(networks(), st.randoms())
def test_the_order_of_rows_has_no_say(network, random):
    frame, units = network
    turned = list(range(len(frame)))
    random.shuffle(turned)
    again = grants(frame[turned], units)
    assert again == [grants(frame, units)[row] for row in turned]


@settings(deadline=None, max_examples=60)
@given(networks())
def test_where_there_is_enough_everybody_gets_what_it_needs(network):
    frame, _units = network
    result = allocate(frame, there(10_000))
    assert result["share"].min() == 1.0
    assert sum(result["granted_units"]) <= frame["need_units"].sum() + step(frame) * len(frame)


def test_seventy_percent_of_the_goods_are_seventy_percent_for_each():
    assert grants(claims([60.0, 40.0]), 70) == [42, 28]


def test_a_tier_is_preferred_within_its_bonus():
    plain, preferred = grants(claims([100.0, 100.0], bonus=[0.0, BONUS_MOST]), 90)
    assert preferred / plain == pytest.approx(1 + BONUS_MOST)


def test_largest_remainders_would_take_from_a_dealer_when_goods_come():
    """The Alabama paradox: with needs of 6, 6 and 2 and single units, the smallest loses its unit as 10 become 11."""
    needs = [6.0, 6.0, 2.0]
    assert grants(claims(needs), 10)[2] <= grants(claims(needs), 11)[2]


def test_a_bonus_beyond_the_bound_and_a_dealer_twice_are_refused():
    with pytest.raises(InvalidFrameError, match=r"at most 0\.25"):
        allocate(claims([1.0], bonus=0.5), there(1))
    with pytest.raises(InvalidFrameError, match="twice"):
        allocate(pl.concat([claims([1.0]), claims([1.0])]), there(1))


def test_first_come_leaves_the_last_with_nothing():
    assert first_come(claims([60.0, 40.0, 30.0]), there(80)).tolist() == [60, 20, 0]


@pytest.mark.real
def test_on_real_demand_one_rule_fills_more_and_leaves_no_dealer_behind(real_data):
    """Four mornings of iowa at 75 % supply, each dealer × product with two weeks' stock: fill over the next 28 days.

    Dealers come in a drawn order. Need is the mean of the year before, never what came.
    """
    sales = pl.scan_parquet(sorted((real_data / "iowa").glob("sales_*.parquet")))
    first = sales.select(pl.col("date").min()).collect().item()
    weekly = (
        sales.with_columns(week=(pl.col("date") - pl.lit(first)).dt.total_days() // 7)
        .group_by("dealer", "sku", "week")
        .agg(pl.col("quantity").sum().clip(lower_bound=0))
        .collect()
    )
    draws = np.random.default_rng(75)
    fill: dict[str, list[float]] = {"first": [], "fair": []}
    worst: dict[str, list[float]] = {"first": [], "fair": []}
    for morning in range(80, 160, 20):
        span = pl.col("week").is_between(morning - 52, morning + 3)
        pairs = (
            weekly.filter(span)
            .group_by("dealer", "sku")
            .agg(
                past=pl.col("quantity").filter(pl.col("week") < morning).sum() / 52,
                came=pl.col("quantity").filter(pl.col("week") >= morning).sum(),
            )
            .filter(pl.col("past") > 0)
            .sort("dealer", "sku")
        )
        rank = dict(zip(pairs["dealer"].unique().sort(), draws.permutation(pairs["dealer"].n_unique()), strict=True))
        asked = pairs.with_columns(
            need_units=(pl.col("past") * 4).ceil(),
            bonus=pl.lit(0.0),
            multiple_units=pl.lit(1),
            minimum_units=pl.lit(0),
            rank=pl.col("dealer").replace_strict(rank, return_dtype=pl.Int64),
        ).sort("rank", "dealer", "sku")
        supply = asked.group_by("sku").agg(available_units=(pl.col("need_units").sum() * 0.75).floor())
        held = asked["past"].to_numpy() * 2
        came = asked["came"].to_numpy()
        for rule, granted in (
            ("first", first_come(asked, supply)),
            ("fair", allocate(asked, supply)["granted_units"].to_numpy()),
        ):
            sold = asked.select("dealer", served=pl.Series(np.minimum(held + granted, came)), came=pl.Series(came))
            by_dealer = sold.group_by("dealer").agg(pl.col("served").sum(), pl.col("came").sum())
            by_dealer = by_dealer.filter(pl.col("came") >= 1000)
            fill[rule].append(sold["served"].sum() / sold["came"].sum())
            worst[rule].append((by_dealer["served"] / by_dealer["came"]).min())
    assert np.mean(fill["fair"]) > np.mean(fill["first"])
    assert np.mean(worst["fair"]) > np.mean(worst["first"]) + 0.05
