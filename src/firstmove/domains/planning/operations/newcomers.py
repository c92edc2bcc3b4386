"""Pairs that hardly sold yet, brought into a run: those of a new dealer, and those of a product just launched.

A dealer is new for 91 days from its first sale on, or while it has none, if its market is known (customers). A product
is new for 91 days from its listing on. Without three dealers who are known for half a year, or without five past
launches, nothing is believed, and nothing is proposed.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.catalog.queries import PlanProduct
from firstmove.domains.network import queries as network
from firstmove.domains.network.queries import DealerView
from firstmove.domains.planning.partitions import COLD
from firstmove.engine.demand import coldstart
from firstmove.engine.demand.belief import Belief, corrected
from firstmove.engine.demand.coldstart import (
    KNOWN_DAYS,
    LAUNCH_WEEKS,
    LEAST_DEALERS,
    LEAST_LAUNCHES,
    MONTH_DAYS,
    MONTHS,
    WEEK_DAYS,
)
from firstmove.lake.scope import LakeScope
from firstmove.lake.series import SERIES_SCHEMA, Series, bucket_of
from firstmove.lake.store import Lake

Floats = NDArray[np.float64]

NEW_DAYS = 91
# Known dealers that are looked at: enough to be like anybody, few enough for any network.
_MOST_KNOWN = 200
# A pair that is expected to sell less in four weeks is not worth a line.
_LEAST_MONTH_UNITS = 0.5


@dataclass(frozen=True, eq=False)
class Learned:
    """Of known dealers: who they are, their `markets`, units a month [months, dealers, skus], and what these teach."""

    dealers: list[DealerView]
    markets: coldstart.Markets
    skus: list[str]
    sold: Floats
    spread: coldstart.Spread
    shared: bool


@dataclass(frozen=True, eq=False)
class Newcomers:
    """Who and what is new as of a day, and by whom it is believed.

    `new`: dealers with a market; `unknown`: those whose market nobody told, of whom nothing is believed. `known`:
    dealers with a market who sold for half a year. `launched`: days since the first sale of each launch, 0 where none
    sold. `started`: first day of sale by dealer. `shared`: whether all told their share of the market.
    """

    new: list[DealerView]
    unknown: list[DealerView]
    known: list[DealerView]
    launched: dict[str, int]
    listed: dict[str, PlanProduct]
    started: dict[str, int]
    shared: bool

    def known_by(self, day: int) -> list[DealerView]:
        """Those of `known` that had sold for half a year on that day of the series."""
        return [one for one in self.known if self.started.get(one.code, day) <= day - KNOWN_DAYS]

    @property
    def settled(self) -> list[str]:
        """Products that are no launch: by their mix new dealers are believed."""
        return [sku for sku in self.listed if sku not in self.launched]


def found(series: Series, *, lake: Lake, as_of: dt.date, versions: Mapping[str, int]) -> Newcomers | None:
    """Who and what is new on the day after `as_of`; None where too few dealers are known to believe anything of them.

    Nothing after `as_of` is read. Call it inside the system's scope.
    """
    started = dict(series.frame.group_by("dealer").agg(pl.col("first_sale_day").min()).rows())
    active = network.dealers(active_only=True)
    profiled = [dealer for dealer in active if dealer.market_customers]
    known = [one for one in profiled if started.get(one.code, series.days) <= series.days - KNOWN_DAYS]
    if len(known) < LEAST_DEALERS:
        return None
    young = [one for one in active if started.get(one.code, series.days) > series.days - NEW_DAYS]
    fresh = _never_before(young, lake=lake, until=as_of - dt.timedelta(days=NEW_DAYS), versions=versions)
    new = [one for one in fresh if one.market_customers]
    listed = {product.sku: product for product in catalog.plan_products() if product.proposable}
    return Newcomers(
        new=new,
        unknown=[one for one in fresh if not one.market_customers],
        known=known,
        launched=_launched(series, listed, as_of=as_of),
        listed=listed,
        started=started,
        # Shares of the market can be compared where everybody told its own.
        shared=all(dealer.market_share for dealer in (*known, *new)),
    )


def added(series: Series, newcomers: Newcomers | None) -> tuple[Series, pl.DataFrame]:
    """The series with a row for each pair that is believed to sell, and those beliefs (`partitions.COLD`)."""
    if newcomers is None or not (newcomers.new or newcomers.launched):
        return series, pl.DataFrame(schema=COLD)
    learned = learn(series, newcomers, until=series.days)
    if learned is None:
        return series, pl.DataFrame(schema=COLD)
    launched, listed = newcomers.launched, newcomers.listed
    rows = _of_dealers(series, newcomers.new, learned, newcomers.started)
    rows += _of_products(series, launched, listed, learned)
    cold = pl.DataFrame(rows, schema=COLD, orient="row").unique(["dealer", "sku"], keep="last").sort("dealer", "sku")
    return _with_rows(series, cold), cold


def _never_before(
    dealers: Sequence[DealerView], *, lake: Lake, until: dt.date, versions: Mapping[str, int]
) -> list[DealerView]:
    """Those without a sale up to that day: who comes back after a pause is not new."""
    if not dealers or "sales" not in versions:
        return list(dealers)
    sales = lake.scan(table="sales", scope=LakeScope.system(), until=until, version=versions["sales"])
    codes = pl.Series([dealer.code for dealer in dealers], dtype=pl.String)
    before = set(
        sales.filter(pl.col("dealer").is_in(codes.implode())).select("dealer").unique().collect()["dealer"].to_list()
    )
    return [dealer for dealer in dealers if dealer.code not in before]


def _launched(series: Series, listed: Mapping[str, PlanProduct], *, as_of: dt.date) -> dict[str, int]:
    """Days since the first sale anywhere of each product listed in the last 91 days, 0 where none sold yet."""
    first = dict(series.frame.group_by("sku").agg(pl.col("first_sale_day").min()).rows())
    found = {}
    for sku, product in listed.items():
        if product.listed_on is None or not as_of - dt.timedelta(days=NEW_DAYS) < product.listed_on <= as_of:
            continue
        days = series.days - first.get(sku, series.days)
        # Sold long before its listing: listed anew, and history knows it.
        if days < NEW_DAYS:
            found[sku] = days
    return found


def learn(series: Series, newcomers: Newcomers, *, until: int) -> Learned | None:
    """What known dealers taught by the day `until` of the series, of which nothing from that day on is read.

    None where fewer than three of them sold, or nothing that two of them have in common.
    """
    known = newcomers.known_by(until)
    if len(known) < LEAST_DEALERS:
        return None
    by_reach = sorted(known, key=lambda one: (one.market_customers or 0, one.code))
    chosen = [by_reach[i] for i in np.unique(np.linspace(0, len(known) - 1, min(len(known), _MOST_KNOWN)).astype(int))]
    codes = [dealer.code for dealer in chosen]
    frame = daily(series, codes).filter(pl.col("day").is_between(until - MONTHS * MONTH_DAYS, until - 1))
    sold_by = frame.group_by("sku").agg(pl.col("dealer").n_unique())
    wide = set(sold_by.filter(pl.col("dealer") >= 2)["sku"].to_list())
    kept = [sku for sku in newcomers.settled if sku in wide]
    if not kept:
        return None
    months = frame.with_columns(month=(until - 1 - pl.col("day")) // MONTH_DAYS)
    sold = np.zeros((MONTHS, len(codes), len(kept)))
    dealer_at, sku_at = {code: i for i, code in enumerate(codes)}, {sku: i for i, sku in enumerate(kept)}
    sums = (
        months.filter(pl.col("sku").is_in(kept))
        .group_by("dealer", "sku", "month")
        .agg(pl.col("quantity").sum())
        .select("month", place("dealer", dealer_at), place("sku", sku_at), pl.col("quantity").clip(0))
    )
    month, dealer, sku, units = (column.to_numpy() for column in sums)
    sold[month, dealer, sku] = units
    alive = np.flatnonzero(sold.sum(axis=(0, 2)) > 0)
    if len(alive) < LEAST_DEALERS:
        return None
    dealers = [chosen[i] for i in alive]
    around = markets(dealers, shared=newcomers.shared)
    sold = sold[:, alive]
    return Learned(dealers, around, kept, sold, coldstart.learn(sold, around), newcomers.shared)


def markets(dealers: Sequence[DealerView], *, shared: bool) -> coldstart.Markets:
    """Customers, those served where shares are told, half a year of growth on (the middle of last year to today)."""
    return coldstart.Markets(
        reach=np.array(
            [
                float(one.market_customers or 0)
                * ((one.market_share or 1.0) if shared else 1.0)
                * max(1.0 + (one.market_growth or 0.0), 0.1) ** 0.5
                for one in dealers
            ]
        ),
        lat=np.array([np.nan if one.lat is None else one.lat for one in dealers], np.float64),
        lon=np.array([np.nan if one.lon is None else one.lon for one in dealers], np.float64),
        region=np.array([one.region for one in dealers], dtype=np.str_),
    )


def _of_dealers(
    series: Series, new: Sequence[DealerView], learned: Learned, started: Mapping[str, int]
) -> list[tuple[object, ...]]:
    if not new or not learned.skus:
        return []
    year = learned.sold.sum(axis=0)
    around = markets(new, shared=learned.shared)
    rates, weights = coldstart.initial_rates(new=around, known=learned.markets, sold=year, spread=learned.spread)
    sold = np.zeros_like(rates)
    dealer_at = {dealer.code: i for i, dealer in enumerate(new)}
    sku_at = {sku: i for i, sku in enumerate(learned.skus)}
    totals = daily(series, list(dealer_at)).group_by("dealer", "sku").agg(pl.col("quantity").sum())
    for dealer, sku, units in totals.rows():
        if sku in sku_at:
            sold[dealer_at[dealer], sku_at[sku]] = max(units, 0.0)
    days = np.array([series.days - started.get(dealer.code, series.days) for dealer in new], np.float64)
    belief = coldstart.believe(rates=rates, sold=sold, days=days, spread=learned.spread)
    alike = np.rint(1 / (weights**2).sum(axis=1)).astype(int)
    theirs = weights @ year / (MONTHS * MONTH_DAYS) * WEEK_DAYS
    market = around.reach / (weights @ learned.markets.reach)
    rows = []
    for i, j in zip(*np.nonzero(rates * MONTH_DAYS >= _LEAST_MONTH_UNITS), strict=True):
        at = i * len(learned.skus) + j
        facts = {
            "kind": "dealer", "look_alikes": int(alike[i]), "their_week": float(theirs[i, j]),
            "market": float(market[i]), "expected_week": float(rates[i, j] * WEEK_DAYS), "sold": float(sold[i, j]),
            "days": int(days[i]), "week": float(belief.rate[at] * WEEK_DAYS),
        }  # fmt: skip
        rows.append(_row(new[i].code, learned.skus[j], belief, at, facts))
    return rows


def _of_products(
    series: Series, launched: Mapping[str, int], listed: Mapping[str, PlanProduct], learned: Learned
) -> list[tuple[object, ...]]:
    groups, group_of = groups_of(listed)
    weeks, past = past_launches(series, listed)
    if not launched or len(past) < LEAST_LAUNCHES or not weeks.sum():
        return []
    launches = coldstart.learn_launches(weeks, group=np.array([group_of[sku] for sku in past]), groups=groups)
    skus = sorted(launched)
    own = _sold(series, skus)
    sums = dict(own.group_by("sku").agg(pl.col("quantity").sum()).rows())
    sold = np.array([max(sums.get(sku, 0.0), 0.0) for sku in skus])
    days = np.array([launched[sku] for sku in skus], np.int64)
    group = np.array([group_of[sku] for sku in skus])
    rates = coldstart.launch_rates(launches, group=group, days=days, sold=sold, spread=learned.spread)
    size = _sizes(series)
    shares = size["size"].to_numpy() / size["size"].sum()
    dealers = size["dealer"].to_list()
    told = {(dealer, sku): (units, first) for dealer, sku, units, first in own.rows()}
    each = rates[:, None] * shares[None, :]
    pair_sold, pair_days = np.zeros_like(each), np.zeros_like(each)
    for (i, sku), (j, dealer) in ((a, b) for a in enumerate(skus) for b in enumerate(dealers)):
        units, first = told.get((dealer, sku), (0.0, series.days))
        # Who has sold none may have had none: that says nothing of its customers.
        pair_sold[i, j], pair_days[i, j] = max(units, 0.0), series.days - first
    flat = each.ravel()
    belief = corrected(
        rate=flat, shape=min(launches.shape, learned.spread.pair_shape), lot=learned.spread.lots(flat),
        sold=pair_sold.ravel(), days=pair_days.ravel(),
    )  # fmt: skip
    counts = np.bincount([group_of[sku] for sku in past], minlength=groups)
    rows = []
    for i, j in zip(*np.nonzero((each * MONTH_DAYS >= _LEAST_MONTH_UNITS) | (pair_sold > 0)), strict=True):
        at = i * len(dealers) + j
        expected = launches.level[group[i]] * launches.curve[group[i], 0] * shares[j] * WEEK_DAYS
        facts = {
            "kind": "product", "launches": int(counts[group[i]]), "all_launches": len(past),
            "expected_week": float(expected), "sold": float(sold[i]), "days": int(days[i]),
            "week": float(belief.rate[at] * WEEK_DAYS),
        }  # fmt: skip
        rows.append(_row(dealers[j], skus[i], belief, at, facts))
    return rows


def groups_of(listed: Mapping[str, PlanProduct]) -> tuple[int, dict[str, int]]:
    """Number of groups, and the group of each product: its category and which third of prices it belongs to."""
    prices = np.array([float(product.unit_price or 0) for product in listed.values()])
    groups = coldstart.launch_groups([product.category for product in listed.values()], prices)
    return int(groups.max(initial=-1)) + 1, dict(zip(listed, groups.tolist(), strict=True))


def past_launches(series: Series, listed: Mapping[str, PlanProduct]) -> tuple[Floats, list[str]]:
    """Units of each of the first 13 weeks of products that first sold well inside the window, and their codes.

    What has a listing before the window is old, whenever its pairs that are left first sold.
    """
    first = series.frame.group_by("sku").agg(start=pl.col("first_sale_day").min()).sort("sku")
    # What the network sold when its data begin was not launched then.
    earliest = max(KNOWN_DAYS, int(series.frame["first_sale_day"].min() or 0) + NEW_DAYS)  # type: ignore[arg-type]
    inside = first.filter((pl.col("start") >= earliest) & (pl.col("start") <= series.days - LAUNCH_WEEKS * WEEK_DAYS))
    since = series.first_on + dt.timedelta(days=NEW_DAYS)
    starts = {
        sku: start
        for sku, start in inside.rows()
        if sku in listed and ((on := listed[sku].listed_on) is None or on >= since)
    }
    skus = list(starts)
    at = {sku: i for i, sku in enumerate(skus)}
    weeks = np.zeros((len(skus), LAUNCH_WEEKS))
    if not skus:
        return weeks, skus
    pairs = series.frame.filter(pl.col("sku").is_in(skus)).select("sku", "day", "quantity")
    each = pairs.explode("day", "quantity", empty_as_null=False)
    sums = (
        each.group_by("sku", "day")
        .agg(pl.col("quantity").sum().clip(0))
        .sort("sku", "day")
        .select(place("sku", at), (pl.col("day") - place("sku", starts)) // WEEK_DAYS, "quantity")
        .filter(pl.col("day").is_between(0, LAUNCH_WEEKS - 1))
    )
    product, week, units = (column.to_numpy() for column in sums)
    np.add.at(weeks, (product, week), units)
    return weeks, skus


def place(column: str, places: Mapping[str, int]) -> pl.Expr:
    """The number of each code; there has to be one, or Polars takes the numbers for texts."""
    return pl.col(column).replace_strict(places, return_dtype=pl.Int64)


def daily(series: Series, dealers: Sequence[str]) -> pl.DataFrame:
    """dealer, sku, day, quantity of some dealers."""
    own = series.frame.filter(pl.col("dealer").is_in(dealers)).select("dealer", "sku", "day", "quantity")
    return own.explode("day", "quantity", empty_as_null=False)


def _sold(series: Series, skus: Sequence[str]) -> pl.DataFrame:
    """dealer, sku, quantity, first_sale_day of some products."""
    own = series.frame.filter(pl.col("sku").is_in(skus))
    return own.select("dealer", "sku", pl.col("quantity").list.sum().cast(pl.Float64), "first_sale_day")


def _sizes(series: Series) -> pl.DataFrame:
    """Units a day of each dealer since its first sale, at most over a year, sorted by dealer."""
    year = series.days - MONTHS * MONTH_DAYS
    recent = pl.col("quantity").list.sum()
    # Of pairs that began earlier, the share of the year in their days stands for the year itself.
    known = (series.days - pl.col("first_sale_day")).clip(1)
    a_day = recent / pl.when(pl.col("first_sale_day") < year).then(known).otherwise(
        (series.days - pl.col("first_sale_day").min().over("dealer")).clip(MONTH_DAYS, MONTHS * MONTH_DAYS)
    )
    sums = series.frame.with_columns(size=a_day.clip(0)).group_by("dealer").agg(pl.col("size").sum())
    return sums.filter(pl.col("size") > 0).sort("dealer")


def _row(dealer: str, sku: str, belief: Belief, at: int, facts: Mapping[str, object]) -> tuple[object, ...]:
    return dealer, sku, float(belief.rate[at]), float(belief.shape[at]), float(belief.lot[at]), json.dumps(facts)


def _with_rows(series: Series, cold: pl.DataFrame) -> Series:
    """The series with an empty history for each pair that has none."""
    missing = cold.select("dealer", "sku").join(series.frame, on=["dealer", "sku"], how="anti")
    rows = [
        (dealer, sku, [], [], [], series.days, series.days, bucket_of(dealer, buckets=series.buckets))
        for dealer, sku in missing.rows()
    ]
    more = pl.DataFrame(rows, schema=SERIES_SCHEMA, orient="row")
    return replace(series, frame=pl.concat([series.frame, more]).sort("dealer", "sku"))
