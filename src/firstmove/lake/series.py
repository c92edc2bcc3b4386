"""The series store: one row a dealer × product with its daily history, derived from the lake at pinned versions.

The engine reads this, not invoice lines. It is written bucket by bucket (a stable hash of the dealer), so that each
worker loads only its own.
"""

import datetime as dt
import os
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from firstmove.lake.scope import LakeScope
from firstmove.lake.store import Lake
from firstmove.lake.tables import TABLES, LakeError

SERIES_SCHEMA: dict[str, pl.DataType] = {
    "dealer": pl.String(),
    "sku": pl.String(),
    "day": pl.List(pl.Int32()),
    "quantity": pl.List(pl.Float32()),
    "out_day": pl.List(pl.Int32()),
    "first_sale_day": pl.Int32(),
    "last_sale_day": pl.Int32(),
    "bucket": pl.Int32(),
}

_ABOUT = "series.json"

IN_TRANSIT_DAYS = 120
"""An order line that is open for longer is taken to be forgotten, not in transit."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """Daily histories.

    `frame` has one row a dealer × sku, sorted by dealer and sku: `day` (days since `first_on`, ascending), `quantity`
    (net units of that day, as long as `day`; days without lines are left out), `out_day` (days that ended without stock
    and saw no sale), `first_sale_day` and `last_sale_day` (of the positive days in the window), `bucket`.
    Day `days - 1` is the as-of date.
    """

    frame: pl.DataFrame
    first_on: dt.date
    days: int
    buckets: int


def build(
    lake: Lake,
    *,
    as_of: dt.date,
    versions: Mapping[str, int],
    days: int = 730,
    buckets: int = 16,
    active_within_days: int = 364,
) -> Series:
    """Derive the series of every pair with a positive sale in the last `active_within_days` days up to `as_of`.

    Nothing dated after `as_of` is read, nor any table that `versions` does not name.
    """
    first_on = as_of - dt.timedelta(days=days - 1)
    sold = _pinned(lake, "sales", versions, since=first_on, until=as_of)
    daily = (
        sold.group_by("dealer", "sku", "date")
        .agg(pl.col("quantity").sum())
        .select("dealer", "sku", _day("date", first_on), "quantity")
    )
    positive = pl.col("day").filter(pl.col("quantity") > 0)
    pairs = (
        daily.sort("day")
        .group_by("dealer", "sku")
        .agg(
            "day",
            pl.col("quantity").cast(pl.Float32),
            positive.min().alias("first_sale_day"),
            positive.max().alias("last_sale_day"),
        )
        .filter(pl.col("last_sale_day") >= days - active_within_days)
        .collect()
    )
    out = (
        _pinned(lake, "stock_daily", versions, since=first_on, until=as_of)
        .group_by("dealer", "sku", "date")
        .agg(pl.col("quantity").max())
        .filter(pl.col("quantity") == 0)
        .select("dealer", "sku", _day("date", first_on))
        .join(daily.filter(pl.col("quantity") > 0), on=["dealer", "sku", "day"], how="anti")
        .sort("day")
        .group_by("dealer", "sku")
        .agg(pl.col("day").alias("out_day"))
        .collect()
    )
    dealers = pairs["dealer"].unique().to_list()
    placed = pl.DataFrame(
        {"dealer": dealers, "bucket": [bucket_of(code, buckets=buckets) for code in dealers]},
        schema={"dealer": pl.String, "bucket": pl.Int32},
    )
    frame = (
        pairs.join(out, on=["dealer", "sku"], how="left")
        .join(placed, on="dealer")
        .with_columns(pl.col("out_day").fill_null(pl.lit([], dtype=pl.List(pl.Int32))))
        .select(list(SERIES_SCHEMA))
        .sort("dealer", "sku")
    )
    return Series(frame=frame, first_on=first_on, days=days, buckets=buckets)


def bucket_of(dealer: str, *, buckets: int) -> int:
    """Return the bucket of a dealer: CRC-32 of its UTF-8 code, the same on every machine and in every process.

    >>> bucket_of("D-ankeny", buckets=16)
    9
    """
    return zlib.crc32(dealer.encode()) % buckets


def save(series: Series, root: str | Path) -> None:
    """Write one Parquet file a bucket and `series.json` last, so that a store with it is whole.

    `root` is a folder, or a URL of an object store that every machine of a cluster reaches.
    """
    root = _placed(root)
    if "://" not in root:
        Path(root).mkdir(parents=True, exist_ok=True)
        Path(root, _ABOUT).unlink(missing_ok=True)
    for bucket in range(series.buckets):
        part = series.frame.filter(pl.col("bucket") == bucket)
        part.write_parquet(_file(root, bucket))
    finish(root, first_on=series.first_on, days=series.days, buckets=series.buckets)


def finish(root: str | Path, *, first_on: dt.date, days: int, buckets: int) -> None:
    """Say that every bucket is written: last of all, and at once or not at all."""
    root = _placed(root)
    about = pl.DataFrame({"first_on": [first_on.isoformat()], "days": [days], "buckets": [buckets]})
    if "://" in root:
        about.lazy().sink_ndjson(f"{root}/{_ABOUT}")
        return
    with tempfile.NamedTemporaryFile("w", dir=root, delete=False, encoding="utf-8") as file:
        file.write(about.write_ndjson())
    os.replace(file.name, Path(root, _ABOUT))


def about(root: str | Path) -> tuple[dt.date, int, int]:
    """First day, days and buckets of a whole store. Raises LakeError where there is none."""
    try:
        row = pl.read_ndjson(f"{_placed(root)}/{_ABOUT}").row(0, named=True)
    except (OSError, pl.exceptions.PolarsError):
        raise LakeError(f"{root} holds no whole series store; build and save it again") from None
    return dt.date.fromisoformat(row["first_on"]), int(row["days"]), int(row["buckets"])


def load(root: str | Path, *, bucket: int | None = None) -> Series:
    """Read all buckets, or one. Raises LakeError when `root` holds no whole series store or no such bucket."""
    first_on, days, buckets = about(root)
    if bucket is not None and not 0 <= bucket < buckets:
        raise LakeError(f"there is no bucket {bucket}; {root} has 0 to {buckets - 1}")
    wanted = range(buckets) if bucket is None else (bucket,)
    frame = pl.concat([pl.read_parquet(_file(root, number)) for number in wanted]).sort("dealer", "sku")
    return Series(frame=frame, first_on=first_on, days=days, buckets=buckets)


def positions(lake: Lake, *, as_of: dt.date, versions: Mapping[str, int]) -> pl.DataFrame:
    """Return dealer, sku, on_hand_units (f64), counted_on (date), in_transit_units (f64), sorted by dealer and sku.

    On hand = the last count at or before `as_of` − net sell-out after that day + receipts after that day, never below
    0; null for a pair that was never counted. Where several sources count on one day, the alphabetically first is used.
    In transit = ordered − received, each order line for itself and never below 0, for lines ordered in the last 120
    days. Nothing dated after `as_of` is read.

    Example: counted 10 on Monday, 4 sold and 6 received on Tuesday: on Tuesday evening 12 are on hand.
    """
    counted = (
        _pinned(lake, "stock_daily", versions, until=as_of)
        .sort(["date", "source"], descending=[True, False])
        .unique(["dealer", "sku"], keep="first", maintain_order=True)
        .select("dealer", "sku", pl.col("date").alias("counted_on"), pl.col("quantity").alias("counted"))
    )
    sold = _since_count(_pinned(lake, "sales", versions, until=as_of), counted, "date", "sold")
    received = _since_count(
        _pinned(lake, "shipments", versions, until=as_of).filter(pl.col("received_on") <= as_of),
        counted,
        "received_on",
        "received",
    )
    on_hand = (
        counted.join(sold, on=["dealer", "sku"], how="left")
        .join(received, on=["dealer", "sku"], how="left")
        .select(
            "dealer",
            "sku",
            "counted_on",
            (pl.col("counted") - pl.col("sold").fill_null(0) + pl.col("received").fill_null(0))
            .clip(lower_bound=0)
            .alias("on_hand_units"),
        )
        .collect()
    )
    on_the_way = (
        arrivals(lake, as_of=as_of, versions=versions)
        .filter(pl.col("ordered_on") >= as_of - dt.timedelta(days=IN_TRANSIT_DAYS))
        .with_columns((pl.col("quantity_units") - pl.col("received_units")).clip(lower_bound=0).alias("open"))
        .filter(pl.col("open") > 0)
        .group_by("dealer", "sku")
        .agg(pl.col("open").sum().alias("in_transit_units"))
    )
    return (
        on_hand.join(on_the_way, on=["dealer", "sku"], how="full", coalesce=True)
        .select("dealer", "sku", "on_hand_units", "counted_on", pl.col("in_transit_units").fill_null(0.0))
        .sort("dealer", "sku")
    )


def arrivals(lake: Lake, *, as_of: dt.date, versions: Mapping[str, int]) -> pl.DataFrame:
    """Return the order lines placed up to `as_of`, open and received, for rolling a scenario's stock forward.

    Columns: dealer, sku, order, order_line, ordered_on, quantity_units (f64, ordered), received_units (f64, up to
    `as_of`), received_on (the last receipt, null while nothing has come). Cancelled lines (quantity 0) are left out.
    Shipments belong to the order line with the same dealer, order and line, whatever source told of them.
    """
    line = ["dealer", "order", "order_line"]
    received = (
        _pinned(lake, "shipments", versions, until=as_of)
        .filter(pl.col("received_on") <= as_of)
        .group_by(line)
        .agg(pl.col("quantity").sum().alias("received_units"), pl.col("received_on").max())
    )
    return (
        _pinned(lake, "orders", versions, until=as_of)
        .filter(pl.col("quantity") > 0)
        .join(received, on=line, how="left")
        .select(
            "dealer",
            "sku",
            "order",
            "order_line",
            "ordered_on",
            pl.col("quantity").alias("quantity_units"),
            pl.col("received_units").fill_null(0.0),
            "received_on",
        )
        .sort("dealer", "sku", "ordered_on", "order", "order_line")
        .collect()
    )


def _pinned(
    lake: Lake, table: str, versions: Mapping[str, int], *, until: dt.date, since: dt.date | None = None
) -> pl.LazyFrame:
    """Scan a table at its pinned version; one that had none at that time is empty, whatever came later."""
    if table not in versions:
        return pl.LazyFrame(schema=TABLES[table].schema)
    return lake.scan(table=table, scope=LakeScope.system(), since=since, until=until, version=versions[table])


def _since_count(rows: pl.LazyFrame, counted: pl.LazyFrame, date: str, name: str) -> pl.LazyFrame:
    """Sum the quantity of each counted pair after the day of its count."""
    return (
        rows.select("dealer", "sku", pl.col(date).alias("on"), "quantity")
        .join(counted, on=["dealer", "sku"], how="inner")
        .filter(pl.col("on") > pl.col("counted_on"))
        .group_by("dealer", "sku")
        .agg(pl.col("quantity").sum().alias(name))
    )


def _day(date: str, first_on: dt.date) -> pl.Expr:
    return (pl.col(date) - pl.lit(first_on)).dt.total_days().cast(pl.Int32).alias("day")


def _placed(root: str | Path) -> str:
    return str(root).rstrip("/")


def _file(root: str | Path, bucket: int) -> str:
    return f"{_placed(root)}/bucket-{bucket:03d}.parquet"
