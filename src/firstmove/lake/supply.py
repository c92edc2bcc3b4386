"""The enterprise's own side of history: what lies in its warehouses, what it owes dealers, what is due to it."""

import datetime as dt
from collections.abc import Mapping

import polars as pl

from firstmove.lake.scope import LakeScope
from firstmove.lake.series import IN_TRANSIT_DAYS
from firstmove.lake.store import Lake
from firstmove.lake.tables import TABLES


def warehouse(lake: Lake, *, as_of: dt.date, versions: Mapping[str, int], shipped_elsewhere: str = "") -> pl.DataFrame:
    """Return sku, on_hand_units (f64), counted_on (date), batch (of the count), sorted by sku.

    Of products that were ever counted.

    On hand = the last count at or before `as_of` − shipments to dealers after that day + what was produced after it,
    never below 0. Where several sources count on one day, the alphabetically first is used.
    Shipments of the source `shipped_elsewhere` are left out: the caller's own ledger knows them.

    Example: counted 100 on Monday, 30 shipped and 20 made on Tuesday: on Tuesday evening 90 are on hand.
    """
    counted = (
        _pinned(lake, "warehouse_daily", versions, until=as_of)
        .sort(["date", "source"], descending=[True, False])
        .unique("sku", keep="first", maintain_order=True)
        .select("sku", pl.col("date").alias("counted_on"), "on_hand", "batch")
    )
    made = _pinned(lake, "production", versions, until=as_of).filter(pl.col("kind") == "actual")
    shipped = _pinned(lake, "shipments", versions, until=as_of)
    return (
        counted.join(_since(made, counted, "date", "made"), on="sku", how="left")
        .join(
            _since(shipped.filter(pl.col("source") != shipped_elsewhere), counted, "shipped_on", "shipped"),
            on="sku",
            how="left",
        )
        .select(
            "sku",
            (pl.col("on_hand") - pl.col("shipped").fill_null(0) + pl.col("made").fill_null(0))
            .clip(lower_bound=0)
            .alias("on_hand_units"),
            "counted_on",
            "batch",
        )
        .sort("sku")
        .collect()
    )


def unshipped(lake: Lake, *, as_of: dt.date, versions: Mapping[str, int]) -> pl.DataFrame:
    """Return sku, unshipped_units (f64), sorted by sku: ordered by dealers in the last 120 days and not yet shipped.

    Each order line counts for itself and never below 0; older lines are taken to be forgotten.
    """
    line = ["dealer", "order", "order_line"]
    shipped = _pinned(lake, "shipments", versions, until=as_of).group_by(line).agg(shipped=pl.col("quantity").sum())
    return (
        _pinned(lake, "orders", versions, until=as_of)
        .filter(pl.col("ordered_on") >= as_of - dt.timedelta(days=IN_TRANSIT_DAYS))
        .join(shipped, on=line, how="left")
        .with_columns(open=(pl.col("quantity") - pl.col("shipped").fill_null(0)).clip(lower_bound=0))
        .group_by("sku")
        .agg(pl.col("open").sum().alias("unshipped_units"))
        .sort("sku")
        .collect()
    )


def due(lake: Lake, *, as_of: dt.date, versions: Mapping[str, int]) -> pl.DataFrame:
    """Return sku, due_on (date), due_units (f64): production and purchases planned for days after `as_of`.

    What a file planned for days that have passed and did not come is not waited for.
    """
    return (
        _pinned(lake, "production", versions, since=as_of + dt.timedelta(days=1))
        .filter(pl.col("kind") == "planned")
        .group_by("sku", "date")
        .agg(pl.col("quantity").sum().alias("due_units"))
        .select("sku", pl.col("date").alias("due_on"), "due_units")
        .sort("sku", "due_on")
        .collect()
    )


def weekly(lake: Lake, table: str, *, as_of: dt.date, versions: Mapping[str, int], weeks: int) -> pl.DataFrame:
    """Return sku, week (0 is the oldest, the last one ends on `as_of`), units (f64) of "sales" or "orders"."""
    date = TABLES[table].date
    since = as_of - dt.timedelta(days=7 * weeks - 1)
    return (
        _pinned(lake, table, versions, since=since, until=as_of)
        .with_columns(week=((pl.col(date) - pl.lit(since)).dt.total_days() // 7).cast(pl.Int64))
        .group_by("sku", "week")
        .agg(pl.col("quantity").sum().alias("units"))
        .sort("sku", "week")
        .collect()
    )


def _pinned(
    lake: Lake,
    table: str,
    versions: Mapping[str, int],
    *,
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> pl.LazyFrame:
    if table not in versions:
        return pl.LazyFrame(schema=TABLES[table].schema)
    return lake.scan(table=table, scope=LakeScope.system(), since=since, until=until, version=versions[table])


def _since(rows: pl.LazyFrame, counted: pl.LazyFrame, date: str, name: str) -> pl.LazyFrame:
    return (
        rows.select("sku", pl.col(date).alias("on"), "quantity")
        .join(counted, on="sku", how="inner")
        .filter(pl.col("on") > pl.col("counted_on"))
        .group_by("sku")
        .agg(pl.col("quantity").sum().alias(name))
    )
