"""Goods that lie too many at one dealer save sales at another, and nobody is worse off for giving."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstmove.engine.frames import InvalidFrameError
from firstmove.engine.inventory.linear import Programme
from firstmove.engine.inventory.netting import Freight, net

FREE = Freight(share=0.0, share_per_100_km=0.0, near_km=100.0, far_km=600.0, days=2)
DEAR = Freight(share=0.02, share_per_100_km=0.01, near_km=100.0, far_km=600.0, days=2)


def pair(dealer: str, *, stock: float, level: float, late: float | list[float] = 0.0, **more) -> dict[str, object]:
    nodes = late if isinstance(late, list) else [late] * 8
    given = {
        "dealer": dealer, "sku": "A", "on_hand_units": stock, "in_transit_units": 0.0, "level_units": level,
        "supported_units": level, "order_multiple_units": 1, "lead_days": 10, "purchase_price": 8.0,
        "sale_price": 10.0, "lead_nodes": nodes, "lat": None, "lon": None, "region": "North",
    }  # fmt: skip
    return given | more


def frame(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(
        list(rows), schema_overrides={"lat": pl.Float64, "lon": pl.Float64, "order_multiple_units": pl.Int64}
    )


def moved(pairs: pl.DataFrame, freight: Freight = FREE) -> dict[tuple[str, str], float]:
    found = net(pairs, freight=freight)
    names = pairs["dealer"].to_list()
    return {(names[row["giver"]], names[row["taker"]]): row["quantity_units"] for row in found.iter_rows(named=True)}


@st.composite
def networks(draw, multiples=(1, 6)):
    multiple = draw(st.sampled_from(multiples))
    rows = []
    for number in range(draw(st.integers(2, 7))):
        level = draw(st.integers(0, 40))
        nodes = sorted(draw(st.lists(st.integers(0, 40), min_size=8, max_size=8)))
        rows.append(
            pair(
                f"D{number}",
                stock=float(draw(st.integers(-2, 90))),
                level=float(level),
                late=[float(node) for node in nodes],
                in_transit_units=float(draw(st.integers(0, 10))),
                supported_units=float(level + draw(st.integers(0, 20))),
                order_multiple_units=multiple,
                sale_price=float(draw(st.sampled_from([8.0, 8.5, 10.0, 14.0]))),
                region=draw(st.sampled_from(["North", "South", ""])),
                lat=draw(st.sampled_from([None, 20.0, 31.2])),
                lon=draw(st.sampled_from([None, 100.0, 121.5])),
            )
        )
    return frame(*rows)


def test_a_dealer_with_too_much_saves_the_sales_of_one_that_waits():
    """The module's example: 40 in stock, 25 supported; 10 sold for certain in 10 days, of which a transfer misses 2."""
    pairs = frame(pair("A", stock=40, level=20, supported_units=25.0), pair("B", stock=0, level=15, late=10.0))
    found = net(pairs, freight=FREE).row(0, named=True)
    assert (found["quantity_units"], found["saved_units"], found["margin"]) == pytest.approx((8, 8, 16))


def test_freight_is_paid_out_of_the_margin_or_nothing_moves():
    pairs = frame(pair("A", stock=40, level=20), pair("B", stock=0, level=15, late=10.0, region="South"))
    found = net(pairs, freight=DEAR).row(0, named=True)
    assert found["freight"] == pytest.approx(8 * 8.0 * (0.02 + 0.06))
    assert found["distance_km"] is None
    thin = pairs.with_columns(sale_price=pl.lit(8.5))
    assert net(thin, freight=DEAR).is_empty()


def test_the_nearer_dealer_gives_first():
    """Shanghai takes from Hangzhou, some 165 km away, before Guangzhou; region says it where a place is not known."""
    shanghai = pair("B", stock=0, level=15, late=10.0, lat=31.23, lon=121.47)
    hangzhou, guangzhou = {"lat": 30.27, "lon": 120.15}, {"lat": 23.13, "lon": 113.26}
    pairs = frame(pair("A", stock=30, level=20, **guangzhou), pair("Z", stock=25, level=20, **hangzhou), shanghai)
    assert moved(pairs, DEAR) == {("Z", "B"): 5, ("A", "B"): 3}
    assert net(pairs, freight=DEAR)["distance_km"].to_list()[1] == pytest.approx(165, abs=5)
    regions = frame(
        pair("A", stock=40, level=20, region="South"),
        pair("Z", stock=40, level=20),
        pair("B", stock=0, level=15, late=9.0),
    )
    assert set(moved(regions, DEAR)) == {("Z", "B")}


def test_what_comes_no_sooner_than_an_order_is_not_moved():
    pairs = frame(pair("A", stock=40, level=20), pair("B", stock=0, level=15, late=10.0, lead_days=2))
    assert moved(pairs) == {}


def test_goods_on_the_way_are_not_given_and_are_not_needed_twice():
    coming = pair("A", stock=20, level=20, in_transit_units=30.0)
    assert moved(frame(coming, pair("B", stock=0, level=15, late=10.0))) == {}
    assert (
        moved(frame(pair("A", stock=40, level=20), pair("B", stock=0, level=15, late=10.0, in_transit_units=12.0)))
        == {}
    )


@settings(deadline=None, max_examples=80)
@given(networks())
def test_giving_never_leaves_a_dealer_below_what_its_sales_support(pairs):
    found = net(pairs, freight=DEAR)
    given_away = found.group_by("giver").agg(pl.col("quantity_units").sum())
    for row, units in given_away.iter_rows():
        assert pairs["on_hand_units"][row] - units >= pairs["supported_units"][row]
    for row, units in found.group_by("taker").agg(pl.col("quantity_units").sum()).iter_rows():
        position = max(pairs["on_hand_units"][row], 0) + pairs["in_transit_units"][row]
        assert position + units <= pairs["level_units"][row]
    assert not set(found["giver"]) & set(found["taker"])


@settings(deadline=None, max_examples=80)
@given(networks())
def test_every_transfer_is_whole_steps_and_earns_more_than_its_freight(pairs):
    found = net(pairs, freight=DEAR)
    multiple = pairs["order_multiple_units"][0]
    assert (found["quantity_units"] % multiple == 0).all()
    assert found["margin"].sum() >= found["freight"].sum()
    assert (found["saved_units"] <= found["quantity_units"] + 1e-9).all()


def test_a_trip_that_does_not_pay_for_itself_is_not_made():
    """The module's example earns 16; a trip of 10 leaves 6."""
    pairs = frame(pair("A", stock=40, level=20, supported_units=25.0), pair("B", stock=0, level=15, late=10.0))
    assert len(net(pairs, freight=replace(FREE, trip=10.0, least_gain=6.0))) == 1
    assert net(pairs, freight=replace(FREE, trip=10.0, least_gain=6.1)).is_empty()


def test_lines_that_would_not_pay_alone_share_a_trip():
    """Each product earns 16. Three of one giver pay for a trip of 40; those that others give wait for it, too."""
    rows = []
    for sku, givers in (("A", "GH"), ("B", "GI"), ("C", "GJ")):
        rows += [pair(giver, stock=40, level=20, supported_units=25.0, sku=sku) for giver in givers]
        rows.append(pair("T", stock=0, level=15, late=10.0, sku=sku))
    # The others are nearer to the taker's goods by name alone: without a cost of the trip each would serve its own.
    pairs = frame(*rows)
    found = net(pairs, freight=replace(FREE, trip=40.0))
    assert {pairs["dealer"][row] for row in found["giver"]} == {"G"}
    assert found["margin"].sum() == pytest.approx(48)
    assert net(pairs, freight=replace(FREE, trip=48.1)).is_empty()


@settings(deadline=None, max_examples=40)
@given(st.lists(networks(), min_size=1, max_size=3), st.sampled_from([0.0, 5.0, 25.0]), st.sampled_from([0.0, 8.0]))
def test_every_trip_gains_what_is_asked_of_it_and_none_is_worse_off(parts, trip, least):
    pairs = pl.concat(part.with_columns(sku=pl.lit(f"P{number}")) for number, part in enumerate(parts))
    freight = replace(DEAR, trip=trip, least_gain=least)
    found = net(pairs, freight=freight)
    routes = found.group_by(
        pairs["dealer"].gather(found["giver"]).alias("from"), pairs["dealer"].gather(found["taker"]).alias("to")
    ).agg(net=(pl.col("margin") - pl.col("freight")).sum())
    assert (routes["net"] >= trip + least - 1e-6).all()
    for row, units in found.group_by("giver").agg(pl.col("quantity_units").sum()).iter_rows():
        assert pairs["on_hand_units"][row] - units >= pairs["supported_units"][row]


@settings(deadline=None, max_examples=60)
@given(networks(), st.randoms())
def test_the_order_of_rows_has_no_say(pairs, random):
    turned = list(range(len(pairs)))
    random.shuffle(turned)
    for freight in (DEAR, replace(DEAR, trip=12.0)):
        assert moved(pairs[turned], freight) == moved(pairs, freight)


@settings(deadline=None, max_examples=60)
@given(networks(multiples=(1,)), st.sampled_from([FREE, DEAR]))
def test_no_other_plan_is_worth_twice_as_much_and_none_more_where_freight_is_free(pairs, freight):
    found = net(pairs, freight=freight)
    worth = float(found["margin"].sum() - found["freight"].sum())
    best = best_worth(pairs, freight)
    assert worth <= best + 1e-6
    assert worth >= best * (1.0 if freight is FREE else 0.5) - 1e-6


def best_worth(pairs: pl.DataFrame, freight: Freight) -> float:
    """The linear programme of the same transfers: exact, as a transport problem with falling worth has whole steps."""
    rows = pairs.to_dicts()
    position = [max(row["on_hand_units"], 0) + row["in_transit_units"] for row in rows]
    givers = [i for i, row in enumerate(rows) if row["on_hand_units"] - row["supported_units"] >= 1]
    takers = [i for i, row in enumerate(rows) if row["level_units"] - position[i] >= 1]
    if not givers or not takers:
        return 0.0
    programme = Programme()
    out = programme.add_rows(
        lower=np.zeros(len(givers)),
        upper=np.array([np.floor(rows[i]["on_hand_units"] - rows[i]["supported_units"]) for i in givers]),
    )
    even = programme.add_rows(lower=np.zeros(len(takers)), upper=np.zeros(len(takers)))
    cost = []
    for b, j in enumerate(takers):
        row, nodes = rows[j], np.array(rows[j]["lead_nodes"])
        early = nodes * freight.days / row["lead_days"]
        left, late = np.maximum(position[j] - early, 0), nodes - early
        steps = np.arange(int(row["level_units"] - position[j]))[:, None]
        sold = (np.minimum(late, left + steps + 1) - np.minimum(late, left + steps)).mean(axis=1)
        values = programme.add_columns(cost=-sold * max(row["sale_price"] - row["purchase_price"], 0), upper=1.0)
        cost += (-sold * max(row["sale_price"] - row["purchase_price"], 0)).tolist()
        programme.put(rows=np.full(len(values), even[b]), columns=values, values=-1.0)
        for a, i in enumerate(givers):
            rate = freight.share + freight.share_per_100_km * kilometres(rows[i], row, freight) / 100
            arc = programme.add_columns(cost=np.array([rate * row["purchase_price"]]))
            cost.append(rate * row["purchase_price"])
            programme.put(rows=np.array([out[a]]), columns=arc, values=1.0)
            programme.put(rows=np.array([even[b]]), columns=arc, values=1.0)
    return float(-(programme.solve() @ np.array(cost)))


def kilometres(one: dict, other: dict, freight: Freight) -> float:
    """By the spherical law of cosines, another formula than the module's."""
    if None in (one["lat"], one["lon"], other["lat"], other["lon"]):
        return freight.near_km if one["region"] == other["region"] != "" else freight.far_km
    south, north = np.radians(one["lat"]), np.radians(other["lat"])
    turn = np.radians(one["lon"] - other["lon"])
    cosine = np.sin(south) * np.sin(north) + np.cos(south) * np.cos(north) * np.cos(turn)
    return 6371.0 * float(np.arccos(min(cosine, 1.0)))


def test_a_giver_that_would_have_to_order_again_and_a_pair_twice_are_refused():
    with pytest.raises(InvalidFrameError, match="below level_units"):
        net(frame(pair("A", stock=40, level=20, supported_units=10.0)), freight=FREE)
    with pytest.raises(InvalidFrameError, match="twice"):
        net(frame(pair("A", stock=40, level=20), pair("A", stock=40, level=20)), freight=FREE)
    with pytest.raises(InvalidFrameError, match="far_km"):
        Freight(share=0.0, share_per_100_km=0.0, near_km=100.0, far_km=50.0, days=2)
