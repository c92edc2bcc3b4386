"""Single days of the history, at pinned versions: what sold, what was counted, what was ordered."""

import datetime as dt
from collections.abc import Mapping, Sequence

import polars as pl

from firstmove.lake.series import _pinned
from firstmove.lake.store import Lake
from firstmove.lake.tables import TABLES, LakeError


def sold(lake: Lake, *, since: dt.date, until: dt.date, versions: Mapping[str, int]) -> pl.DataFrame:
    """Net sell-out by pair and day: dealer, sku, date, units (f64), amount (f64; null where no line has one)."""
    return (
        _pinned(lake, "sales", versions, since=since, until=until)
        .group_by("dealer", "sku", "date")
        .agg(
            pl.col("quantity").sum().alias("units"),
            pl.when(pl.col("amount").count() > 0).then(pl.col("amount").sum()).alias("amount"),
        )
        .collect()
    )


def counted(lake: Lake, *, since: dt.date, until: dt.date, versions: Mapping[str, int]) -> pl.DataFrame:
    """Stock by pair and day as it was counted: dealer, sku, date, units (f64). Several sources: the largest count."""
    return (
        _pinned(lake, "stock_daily", versions, since=since, until=until)
        .group_by("dealer", "sku", "date")
        .agg(pl.col("quantity").max().alias("units"))
        .collect()
    )


def ordered(lake: Lake, *, since: dt.date, until: dt.date, versions: Mapping[str, int]) -> pl.DataFrame:
    """Order lines placed from `since` to `until`, with what came of them up to `until`.

    Columns: dealer, sku, ordered_on, units (f64, ordered), received_units (f64), received_on (the last receipt; null
    while nothing has come). Cancelled lines are left out. Whatever source told of an order counts.
    """
    line = ["dealer", "order", "order_line"]
    received = (
        _pinned(lake, "shipments", versions, since=since, until=until)
        .filter(pl.col("received_on") <= until)
        .group_by(line)
        .agg(pl.col("quantity").sum().alias("received_units"), pl.col("received_on").max())
    )
    return (
        _pinned(lake, "orders", versions, since=since, until=until)
        .filter(pl.col("quantity") > 0)
        .join(received, on=line, how="left")
        .select(
            "dealer",
            "sku",
            "ordered_on",
            pl.col("quantity").alias("units"),
            pl.col("received_units").fill_null(0.0),
            "received_on",
        )
        .collect()
    )


def changed(
    lake: Lake,
    *,
    tables: Sequence[str],
    since: dt.date,
    until: dt.date,
    before: Mapping[str, int],
    now: Mapping[str, int],
) -> pl.DataFrame:
    """The days of dealers whose history differs between two states of the lake: dealer, date (the table's own date).

    Rows are compared by what they hold, so a file that only repeats what was there changes nothing. Where the older
    version cannot be read any more, every day counts as changed.
    """
    found = [pl.DataFrame(schema={"dealer": pl.String, "date": pl.Date})]
    for table in tables:
        if before.get(table) == now.get(table):
            continue
        later = _digests(lake, table, since=since, until=until, versions=now)
        try:
            earlier = _digests(lake, table, since=since, until=until, versions=before)
        except (LakeError, FileNotFoundError):
            found.append(later.select("dealer", "date"))
            continue
        both = earlier.join(later, on=["dealer", "date"], how="full", coalesce=True, suffix="_later")
        found.append(both.filter(pl.col("digest").ne_missing(pl.col("digest_later"))).select("dealer", "date"))
    return pl.concat(found).unique()


def _digests(lake: Lake, table: str, *, since: dt.date, until: dt.date, versions: Mapping[str, int]) -> pl.DataFrame:
    spec = TABLES[table]
    return (
        _pinned(lake, table, versions, since=since, until=until)
        .group_by("dealer", pl.col(spec.date).alias("date"))
        .agg(pl.struct("line", *spec.content).hash().sum().alias("digest"))
        .collect()
    )
