"""What a run reads, once and pinned: the series of every pair into the run's store, and the facts around them."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.network import queries as network
from firstmove.domains.network.queries import DealerView
from firstmove.domains.planning.operations import lead_times
from firstmove.domains.planning.partitions import Facts, Partition
from firstmove.domains.planning.scenario import Scenario
from firstmove.engine.inventory.lead_times import LeadTime
from firstmove.lake import series as series_store
from firstmove.lake.store import Lake


@dataclass(frozen=True)
class Inputs:
    """`facts` for all, a partition for each group of buckets that has pairs, how many pairs, lead times by dealer."""

    facts: Facts
    partitions: list[Partition]
    pairs: int
    lead_times: dict[str, LeadTime]


def gather(
    *,
    lake: Lake,
    as_of: dt.date,
    versions: Mapping[str, int],
    scenario: Scenario,
    folder: str | Path,
    partitions: int | None = None,
) -> Inputs:
    """Read everything up to `as_of` and nothing after, and leave the series in `folder` (or under that URL).

    Without `partitions` there is one for each bucket of the store. Call it inside the system's scope.
    """
    series = series_store.build(lake, as_of=as_of, versions=versions)
    series_store.save(series, folder)
    return around(
        pairs=series.frame.select("dealer", "sku", "bucket"),
        buckets=series.buckets,
        lake=lake,
        as_of=as_of,
        versions=versions,
        scenario=scenario,
        folder=folder,
        partitions=partitions,
    )


def around(
    *,
    pairs: pl.DataFrame,
    buckets: int,
    lake: Lake,
    as_of: dt.date,
    versions: Mapping[str, int],
    scenario: Scenario,
    folder: str | Path,
    partitions: int | None,
) -> Inputs:
    """The facts around the series that stand in `folder`; `pairs` (dealer, sku, bucket) says which they are."""
    active = network.dealers(active_only=True)
    arrivals = series_store.arrivals(lake, as_of=as_of, versions=versions)
    found = lead_times.learned(active, arrivals, as_of=as_of, scenario=scenario)
    classed, leads = lead_times.classed(found)
    products, dealers = _products(), _dealers(active, scenario).join(classed, on="dealer")
    pairs = pairs.join(products, on="sku", how="semi").join(dealers, on="dealer", how="semi")
    number = pl.col("bucket") % (partitions or buckets)
    placed = pairs.select("dealer", "bucket", number.alias("partition")).unique()
    prices = _prices(on=as_of + dt.timedelta(days=1))
    own = prices.filter(pl.col("dealer_id").is_not_null()).rename({"price": "own"})
    positions = series_store.positions(lake, as_of=as_of, versions=versions)
    counts = positions.filter(pl.col("on_hand_units").is_not_null()).join(pairs, on=["dealer", "sku"], how="semi")
    uncounted = arrivals.join(counts, on="dealer", how="anti")
    told = [
        _split(frame, placed)
        for frame in (own.join(dealers.select("dealer", "dealer_id"), on="dealer_id"), positions, uncounted)
    ]
    facts = Facts(
        as_of=as_of,
        scenario=scenario,
        series=str(folder),
        products=products,
        dealers=dealers,
        leads=leads,
        prices=prices.filter(pl.col("dealer_id").is_null()).select("product_id", pl.col("price").alias("common")),
    )
    groups = placed.group_by("partition").agg(pl.col("bucket").unique().sort()).sort("partition")
    return Inputs(
        facts=facts,
        pairs=len(pairs),
        partitions=[
            Partition(
                buckets=tuple(members),
                prices=told[0](group).select("product_id", "dealer_id", "own"),
                positions=told[1](group),
                arrivals=told[2](group),
            )
            for group, members in groups.rows()
        ],
        lead_times=found,
    )


def _split(frame: pl.DataFrame, placed: pl.DataFrame) -> Callable[[int], pl.DataFrame]:
    """The rows of a frame (with `dealer`) that belong to a partition's dealers; `placed` tells who is where."""
    found = frame.join(placed.select("dealer", "partition").unique(), on="dealer", maintain_order="left")
    parts = found.partition_by("partition", as_dict=True, include_key=False, maintain_order=True)
    return lambda partition: parts.get((partition,), frame.clear())


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


def _dealers(dealers: Sequence[DealerView], scenario: Scenario) -> pl.DataFrame:
    rows = [
        (dealer.code, dealer.id, dealer.review_days or scenario.review_days, not dealer.review_days)
        for dealer in dealers
    ]
    schema = {"dealer": pl.String, "dealer_id": pl.Int64, "review_days": pl.Int64, "review_assumed": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _prices(*, on: dt.date) -> pl.DataFrame:
    """Purchase prices in force on a day; without a dealer it is everybody's."""
    rows = [(price.product_id, price.dealer_id, float(price.price)) for price in catalog.prices(on=on)]
    return pl.DataFrame(rows, schema={"product_id": pl.Int64, "dealer_id": pl.Int64, "price": pl.Float64}, orient="row")
