"""A dealer or a product without history: what is believed of it, and how sell-out corrects that."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom

from firstmove.engine.demand import coldstart
from firstmove.engine.demand.belief import Belief, corrected
from firstmove.engine.demand.coldstart import Markets, Spread
from firstmove.engine.frames import InvalidFrameError

SPREAD = Spread(
    intercept=0.0, slope=1.0, size_shape=4.0, pair_shape=1.0, month_spread=0.25, lot_scale=1.0, lot_power=0.0
)


def markets(*reach: float, region: str = "") -> Markets:
    n = len(reach)
    nowhere = np.full(n, np.nan)
    return Markets(reach=np.array(reach), lat=nowhere, lon=nowhere, region=np.array([region] * n))


@settings(deadline=None)  # the first call compiles
@given(rate=st.floats(0.05, 10), shape=st.floats(0.3, 15), days=st.integers(1, 30), p=st.floats(0.05, 0.99))
def test_quantiles_are_those_of_the_negative_binomial(rate, shape, days, p):
    belief = Belief(rate=np.array([rate]), shape=np.array([shape]), lot=np.array([3.0]))
    mean = rate * days / 3.0
    found = belief.quantiles(np.array([days]), [p])[0, 0] / 3.0
    law = nbinom(shape, shape / (shape + mean))
    assert law.cdf(found) >= p - 1e-9
    assert found == 0 or law.cdf(found - 1) < p + 1e-9


def test_large_demand_keeps_its_mean_and_its_quantiles():
    belief = Belief(rate=np.array([400.0]), shape=np.array([5.0]), lot=np.array([1.0]))
    found = belief.quantiles(np.array([7]), [0.1, 0.5, 0.95])[0]
    assert found == pytest.approx(nbinom(5, 5 / 2805).ppf([0.1, 0.5, 0.95]), rel=0.03)


def test_a_week_without_a_sale_lowers_the_rate_by_bayes_rule():
    one = np.ones(1)
    found = corrected(rate=2 * one, shape=1.0, lot=one, sold=0 * one, days=7 * one)
    assert found.rate[0] == pytest.approx(2 / 15)
    assert found.shape[0] == 1


def test_a_new_dealer_sells_its_markets_size_in_the_mix_of_its_likes():
    """Two dealers with a market of its size sell tea alone; a far larger one sells water."""
    sold = np.array([[100.0, 0.0], [100.0, 0.0], [0.0, 10_000.0]])
    rates, weights = coldstart.initial_rates(
        new=markets(10.0), known=markets(10.0, 10.0, 1000.0), sold=sold, spread=SPREAD
    )
    assert rates.sum() == pytest.approx(10.0)
    assert rates[0, 0] > 9.9
    assert weights.sum() == pytest.approx(1.0)


def test_a_dealer_nearby_is_more_like_than_one_of_another_region():
    new = markets(10.0, region="north")
    known = Markets(
        reach=np.array([10.0, 10.0]),
        lat=np.full(2, np.nan),
        lon=np.full(2, np.nan),
        region=np.array(["north", "south"]),
    )
    near, far = coldstart.likeness(new, known)[0]
    assert near == pytest.approx(np.exp(-1))
    assert far < near / 5


def test_what_a_dealer_sold_corrects_its_size_for_products_it_has_not_sold():
    rates = np.array([[2.0, 2.0]])
    belief = coldstart.believe(rates=rates, sold=np.array([[224.0, 0.0]]), days=np.array([28.0]), spread=SPREAD)
    before = coldstart.believe(rates=rates, sold=np.zeros((1, 2)), days=np.zeros(1), spread=SPREAD)
    size = 2 ** (16 / 20)
    assert before.rate == pytest.approx([2.0, 2.0])
    assert belief.rate[0] == pytest.approx(2 * size * (1 + 224) / (1 + 2 * size * 28))
    assert belief.shape[0] > before.shape[0]


def test_a_launch_follows_the_curve_of_its_kind_and_its_own_first_weeks():
    falling = np.linspace(30, 10, 13)
    launches = coldstart.learn_launches(np.tile(falling, (10, 1)), group=np.zeros(10, np.int64), groups=1)
    assert launches.curve[0] == pytest.approx(falling / 20)
    assert launches.level[0] == pytest.approx(20 / 7)
    expected, twice = (
        coldstart.launch_rates(
            launches, group=np.zeros(1, np.int64), days=np.array([14]), sold=np.array([units]), spread=SPREAD
        )[0]
        for units in (falling[:2].sum(), 2 * falling[:2].sum())
    )
    assert expected == pytest.approx(falling[2] / 7)
    assert 1.3 * expected < twice < 2 * expected


def test_too_few_dealers_or_launches_are_refused_in_words():
    with pytest.raises(InvalidFrameError, match="at least 3"):
        coldstart.learn(np.ones((13, 2, 4)), markets(1.0, 2.0))
    with pytest.raises(InvalidFrameError, match="at least 5"):
        coldstart.learn_launches(np.ones((2, 13)), group=np.zeros(2, np.int64), groups=1)


@pytest.mark.real
def test_hidden_dealers_of_iowa_are_foreseen_better_than_by_the_mean_or_their_first_week(real_data, capsys):
    """Each dealer in turn is hidden; products known before the day, 28 days foreseen, nothing after the day is seen."""
    folder = real_data / "iowa"
    dealers = pl.read_csv(folder / "dealers.csv", schema_overrides={"region": pl.String}).sort("dealer")
    columns = ["date", "dealer", "sku", "quantity"]
    sales = pl.concat([pl.read_parquet(folder / f"sales_{year}.parquet", columns=columns) for year in (2021, 2022)])
    day = dt.date(2022, 5, 1)
    year = sales.filter((pl.col("date") < day) & (pl.col("date") >= day - dt.timedelta(364)))
    skus = year.group_by("sku").agg(pl.col("dealer").n_unique()).filter(pl.col("dealer") >= 2)["sku"].sort().to_list()
    sku_at = {sku: i for i, sku in enumerate(skus)}
    dealer_at = {code: i for i, code in enumerate(dealers["dealer"])}

    def units(first: int, last: int) -> np.ndarray:
        low, high = (day + dt.timedelta(n) for n in (first, last))
        out = np.zeros((len(dealer_at), len(skus)))
        part = sales.filter((pl.col("date") >= low) & (pl.col("date") < high)).group_by("dealer", "sku")
        for dealer, sku, quantity in part.agg(pl.col("quantity").sum()).rows():
            if sku in sku_at:
                out[dealer_at[dealer], sku_at[sku]] = quantity
        return out

    months = np.stack([units(-28 * (k + 1), -28 * k) for k in range(13)])
    place = {name: dealers[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() for name in ("lat", "lon")}
    reach, region = dealers["customers"].to_numpy().astype(float), dealers["region"].fill_null("").to_numpy()
    region = region.astype(np.str_)

    def of(rows: np.ndarray) -> Markets:
        return Markets(reach=reach[rows], region=region[rows], **{name: v[rows] for name, v in place.items()})

    first_week = units(0, 7)
    came = {0: units(0, 28), 7: units(7, 35)}
    missed = dict.fromkeys(("product mean", "initial", "first week", "corrected"), 0.0)
    inside = {(0, 0.9): 0.0, (0, 0.95): 0.0, (7, 0.9): 0.0, (7, 0.95): 0.0}
    weight = {0: 0.0, 7: 0.0}
    for hidden in range(len(dealer_at)):
        rest = np.flatnonzero(np.arange(len(dealer_at)) != hidden)
        own = np.array([hidden])
        spread = coldstart.learn(months[:, rest], of(rest))
        rates, _ = coldstart.initial_rates(new=of(own), known=of(rest), sold=months[:, rest].sum(axis=0), spread=spread)
        for days in (0, 7):
            sold = first_week[own] if days else np.zeros_like(rates)
            belief = coldstart.believe(rates=rates, sold=sold, days=np.array([float(days)]), spread=spread)
            truth = came[days][hidden]
            missed["corrected" if days else "initial"] += np.abs(28 * belief.rate - truth).sum()
            found = belief.quantiles(np.full(len(skus), 28), [0.9, 0.95])
            weight[days] += belief.rate.sum()
            for k, p in enumerate((0.9, 0.95)):
                inside[days, p] += (belief.rate * (truth <= found[:, k])).sum()
        missed["product mean"] += np.abs(months[:, rest].mean(axis=(0, 1)) - came[0][hidden]).sum()
        missed["first week"] += np.abs(4 * first_week[hidden] - came[7][hidden]).sum()
    wape = {name: value / came[7 if name in {"first week", "corrected"} else 0].sum() for name, value in missed.items()}
    coverage = {key: value / weight[key[0]] for key, value in inside.items()}
    with capsys.disabled():
        print({name: round(value, 3) for name, value in wape.items()}, {k: round(v, 3) for k, v in coverage.items()})
    assert wape["initial"] < 0.75 * wape["product mean"]
    assert wape["corrected"] < 0.874 * wape["first week"]
    assert all(abs(found - p) < 0.08 for (_, p), found in coverage.items())
