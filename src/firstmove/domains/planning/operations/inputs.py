"""What the engine gets: every pair's history, stock, steps, prices, and for each whether it is known or assumed."""

import datetime as dt
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.network import queries as network
from firstmove.domains.planning.scenario import Scenario
from firstmove.engine.demand.history import dense
from firstmove.engine.twin.opening import reactive_opening, roll_forward
from firstmove.lake import series as series_store
from firstmove.lake.series import Series
from firstmove.lake.store import Lake

# How far back a scenario's opening may lie before a dealer's first order: it needs a year of history before.
_OLDEST_OPENING_DAYS = 200


@dataclass(frozen=True)
class Inputs:
    """Row-aligned: `pairs` (engine's columns, ids, and `*_assumed` flags) and `history` [n, days] in units a day."""

    pairs: pl.DataFrame
    history: NDArray[np.float32]
    series: Series


def gather(*, lake: Lake, as_of: dt.date, versions: Mapping[str, int], scenario: Scenario) -> Inputs:
    """Read everything up to `as_of` and nothing after. Call it inside the system's scope."""
    series = series_store.build(lake, as_of=as_of, versions=versions)
    frame = (
        series.frame.join(_products(), on="sku", how="inner", maintain_order="left")
        .join(_dealers(scenario), on="dealer", how="inner", maintain_order="left")
        .join(
            series_store.positions(lake, as_of=as_of, versions=versions),
            on=["dealer", "sku"],
            how="left",
            maintain_order="left",
        )
    )
    frame = _priced(frame, on=as_of + dt.timedelta(days=1), scenario=scenario)
    history = dense(frame, days=series.days)
    frame = _stocked(frame, history, lake=lake, as_of=as_of, versions=versions, scenario=scenario)
    pairs = frame.with_columns(
        days_known=series.days - pl.col("first_sale_day"),
        holding_rate_per_year=pl.lit(scenario.holding_rate_per_year),
    ).drop("day", "quantity", "out_day")
    return Inputs(pairs=pairs, history=history, series=series)


def _products() -> pl.DataFrame:
    rows = [
        (
            p.sku,
            p.id,
            p.category,
            p.multiple,
            p.minimum,
            None if p.unit_price is None else float(p.unit_price),
            p.proposable,
        )
        for p in catalog.plan_products()
    ]
    schema = {
        "sku": pl.String,
        "product_id": pl.Int64,
        "category": pl.String,
        "order_multiple_units": pl.Int64,
        "order_minimum_units": pl.Int64,
        "sale_price": pl.Float64,
        "proposable": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.col("sale_price").fill_null(0.0))


def _dealers(scenario: Scenario) -> pl.DataFrame:
    rows = []
    for dealer in network.dealers(active_only=True):
        low, high = dealer.lead_time_min_days, dealer.lead_time_max_days
        assumed = low is None or high is None
        if low is None or high is None:
            low, high = scenario.lead_time_min_days, scenario.lead_time_max_days
        review = dealer.review_days or scenario.review_days
        rows.append((dealer.code, dealer.id, max(-(-(low + high) // 2), 1), assumed, review, not dealer.review_days))
    schema = {
        "dealer": pl.String,
        "dealer_id": pl.Int64,
        "lead_days": pl.Int64,
        "lead_assumed": pl.Boolean,
        "review_days": pl.Int64,
        "review_assumed": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _priced(frame: pl.DataFrame, *, on: dt.date, scenario: Scenario) -> pl.DataFrame:
    """The dealer's own price before everybody's, before the scenario's share of the customer's price."""
    rows = [(price.product_id, price.dealer_id, float(price.price)) for price in catalog.prices(on=on)]
    prices = pl.DataFrame(
        rows, schema={"product_id": pl.Int64, "price_dealer": pl.Int64, "price": pl.Float64}, orient="row"
    )
    own = prices.filter(pl.col("price_dealer").is_not_null()).rename({"price_dealer": "dealer_id", "price": "own"})
    common = prices.filter(pl.col("price_dealer").is_null()).select("product_id", pl.col("price").alias("common"))
    return (
        frame.join(own, on=["product_id", "dealer_id"], how="left", maintain_order="left")
        .join(common, on="product_id", how="left", maintain_order="left")
        .with_columns(
            price_assumed=pl.coalesce("own", "common").is_null(),
            purchase_price=pl.coalesce("own", "common", (pl.col("sale_price") * (1 - scenario.dealer_margin)).round(4)),
        )
        .drop("own", "common")
    )


def _stocked(
    frame: pl.DataFrame,
    history: NDArray[np.float32],
    *,
    lake: Lake,
    as_of: dt.date,
    versions: Mapping[str, int],
    scenario: Scenario,
) -> pl.DataFrame:
    """Stock from the feed where the dealer has one; there, a product that was never counted has none.

    Elsewhere from the scenario: opened on the eve of the dealer's first order with us, then rolled forward with what
    was really sold and received, so that an order placed today is on its way tomorrow.
    """
    counted = frame.group_by("dealer").agg(pl.col("on_hand_units").is_not_null().any().alias("counts"))
    frame = frame.join(counted, on="dealer", how="left", maintain_order="left").with_columns(
        stock_assumed=~pl.col("counts"),
        on_hand_units=pl.when("counts").then(pl.col("on_hand_units").fill_null(0.0)).otherwise(None),
        in_transit_units=pl.col("in_transit_units").fill_null(0.0),
    )
    assumed = np.flatnonzero(frame["stock_assumed"].to_numpy())
    if not len(assumed):
        return frame.drop("counts")
    on_hand = frame["on_hand_units"].fill_null(0.0).to_numpy().copy()
    in_transit = frame["in_transit_units"].to_numpy().copy()
    multiple = frame["order_multiple_units"].to_numpy()
    keys = np.array([zlib.crc32(f"{d}|{s}".encode()) for d, s in frame.select("dealer", "sku").rows()], np.uint64)
    arrivals = series_store.arrivals(lake, as_of=as_of, versions=versions)
    first_order = arrivals.group_by("dealer").agg(pl.col("ordered_on").min())
    opened = (
        frame.select("dealer")
        .join(first_order, on="dealer", how="left", maintain_order="left")
        .select((pl.lit(as_of) - pl.col("ordered_on")).dt.total_days() + 1)
        .to_series()
        .fill_null(0)
        .clip(0, _OLDEST_OPENING_DAYS)
        .to_numpy()
    )
    days = history.shape[1]
    for ago in np.unique(opened[assumed]):
        rows = assumed[opened[assumed] == ago]
        until = days - int(ago)
        stock, pipeline = reactive_opening(
            history[rows, :until],
            multiple=multiple[rows],
            key=keys[rows],
            cover_days=scenario.opening_cover_days,
            review_days=scenario.opening_review_days,
            lead_low=scenario.lead_time_min_days,
            lead_high=scenario.lead_time_max_days,
        )
        if ago:
            came = _received(frame[rows], arrivals, as_of=as_of, days=int(ago))
            stock, pipeline = roll_forward(stock, pipeline, history[rows, until:], came)
        on_hand[rows] = stock
        in_transit[rows] += pipeline.sum(axis=1)
    return frame.drop("counts").with_columns(on_hand_units=pl.Series(on_hand), in_transit_units=pl.Series(in_transit))


def _received(pairs: pl.DataFrame, arrivals: pl.DataFrame, *, as_of: dt.date, days: int) -> NDArray[np.float32]:
    """Units received on each of the last `days` days, [n, days], row-aligned with `pairs`."""
    came = np.zeros((len(pairs), days), np.float32)
    found = (
        arrivals.filter(pl.col("received_on").is_not_null())
        .with_columns(column=days - 1 - (pl.lit(as_of) - pl.col("received_on")).dt.total_days())
        .filter(pl.col("column") >= 0)
        .join(pairs.select("dealer", "sku").with_row_index("row"), on=["dealer", "sku"])
    )
    np.add.at(came, (found["row"].to_numpy(), found["column"].to_numpy()), found["received_units"].to_numpy())
    return came
