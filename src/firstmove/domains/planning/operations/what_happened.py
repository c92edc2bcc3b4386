"""What feeds tell of the days that a replay plays again: measured, and never mixed with what was simulated."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from firstmove.lake.scope import LakeScope
from firstmove.lake.store import Lake

_PAIR = ["dealer", "sku"]


@dataclass(frozen=True, eq=False)
class Happened:
    """One row a dealer: units sold; unit-days on hand, empty pair-days, pair-days and units sold on the days on which
    all of its stock was counted; order lines placed and received, and days from order to receipt.
    """

    rows: pl.DataFrame

    def of(self, dealer_id: int | None) -> dict[str, Any] | None:
        """Of a dealer, or of all together; None where no order and no full count is known."""
        own = self.rows if dealer_id is None else self.rows.filter(pl.col("dealer_id") == dealer_id)
        sums = own.select(pl.exclude("dealer_id", "count_days").sum(), pl.col("count_days").max()).row(0, named=True)
        if not sums["order_lines"] and not sums["pair_days"]:
            return None
        return {
            "sold_units": sums["sold"],
            "count_days": sums["count_days"] or 0,
            "stock_days": sums["held"] / sums["sold_then"] if sums["sold_then"] else None,
            "empty": sums["empty"] / sums["pair_days"] if sums["pair_days"] else None,
            "order_lines": sums["order_lines"],
            "order_cycle_days": sums["cycle"] / sums["received_lines"] if sums["received_lines"] else None,
        }


def what_happened(
    lake: Lake, pairs: pl.DataFrame, *, since: dt.date, until: dt.date, versions: Mapping[str, int]
) -> Happened:
    """Read sales, counts, orders and receipts of the pairs (dealer, sku, dealer_id) in the days given.

    A day counts as counted in full for a dealer where its feed tells of a shelf with something on it; feeds that list
    empty shelves alone say nothing about stock.
    """
    known = pairs.select(*_PAIR, "dealer_id").lazy()

    def rows(table: str) -> pl.LazyFrame | None:
        if table not in versions:
            return None
        scan = lake.scan(table=table, scope=LakeScope.system(), since=since, until=until, version=versions[table])
        return scan.join(known, on=_PAIR)

    found = pairs.select("dealer_id").unique().sort("dealer_id")
    sales, counts, orders = rows("sales"), rows("stock_daily"), rows("orders")
    parts: list[pl.DataFrame] = []
    full = None
    if counts is not None:
        daily = counts.group_by("dealer_id", *_PAIR, "date").agg(pl.col("quantity").max())
        full = daily.filter(pl.col("quantity") > 0).select("dealer_id", "date").unique()
        parts.append(
            daily.join(full, on=["dealer_id", "date"])
            .group_by("dealer_id")
            .agg(
                held=pl.col("quantity").sum(),
                empty=(pl.col("quantity") <= 0).sum().cast(pl.Float64),
                pair_days=pl.len().cast(pl.Float64),
                count_days=pl.col("date").n_unique().cast(pl.Float64),
            )
            .collect()
        )
    if sales is not None:
        parts.append(sales.group_by("dealer_id").agg(sold=pl.col("quantity").sum()).collect())
        if full is not None:
            then = sales.join(full, on=["dealer_id", "date"]).group_by("dealer_id")
            parts.append(then.agg(sold_then=pl.col("quantity").sum()).collect())
    if orders is not None:
        parts.append(_ordered(lake, orders, until=until, versions=versions))
    for part in parts:
        found = found.join(part, on="dealer_id", how="left")
    names = ("sold", "held", "empty", "pair_days", "count_days", "sold_then", "order_lines", "received_lines", "cycle")
    missing = [pl.lit(0.0).alias(name) for name in names if name not in found.columns]
    return Happened(found.with_columns(missing).fill_null(0.0))


def _ordered(lake: Lake, orders: pl.LazyFrame, *, until: dt.date, versions: Mapping[str, int]) -> pl.DataFrame:
    key = ["dealer", "order", "order_line"]
    placed = orders.filter(pl.col("quantity") > 0)
    if "shipments" in versions:
        shipped = lake.scan(
            table="shipments", scope=LakeScope.system(), until=until, version=versions["shipments"]
        )  # fmt: skip
        came = shipped.filter(pl.col("received_on") <= until).group_by(key).agg(pl.col("received_on").max())
        placed = placed.join(came, on=key, how="left")
    else:
        placed = placed.with_columns(received_on=pl.lit(None, pl.Date))
    waited = (pl.col("received_on") - pl.col("ordered_on")).dt.total_days()
    return (
        placed.group_by("dealer_id")
        .agg(
            order_lines=pl.len().cast(pl.Float64),
            received_lines=waited.is_not_null().sum().cast(pl.Float64),
            cycle=waited.sum().cast(pl.Float64),
        )
        .collect()
    )
