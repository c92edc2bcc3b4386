"""Weeks of dealers as they were: what sold and earned, how often a product was there, how long orders took."""

import datetime as dt

import polars as pl

WEEK_DAYS = 7

WEEKS: dict[str, pl.DataType] = {
    "dealer": pl.String(),
    "week": pl.Int64(),  # 0 is the first
    "margin": pl.Float64(),  # of what sold, at the prices given
    "days": pl.Float64(),
    "pair_days": pl.Float64(),  # product days, 0 for dealers that count no stock
    "stocked_days": pl.Float64(),  # of these, days that did not end empty without a sale
    "served_units": pl.Float64(),  # of products whose dealer counts stock
    "wanted_units": pl.Float64(),  # served, and for each empty day what the pair sold on its other days
    "cycle_days": pl.Float64(),  # sum over order lines placed in the week and received since
    "cycle_lines": pl.Float64(),
}


def weekly(
    *, pairs: pl.DataFrame, sold: pl.DataFrame, empty: pl.DataFrame, counting: pl.DataFrame, orders: pl.DataFrame,
    start: dt.date, weeks: int,
) -> pl.DataFrame:  # fmt: skip
    """Weeks from `start` on, a row a dealer and week: columns `WEEKS`.

    `pairs`: dealer, sku, margin_per_unit, sale_price, lasting: the pairs that are looked at; those that are not lasting
    (sold in one of two periods alone) count for the margin, and not for how often a product was there. `sold`: dealer,
    sku, date, units, amount (null: at the sale price). `empty`: dealer, sku, date of days that ended without stock and
    saw no sale. `counting`: dealer, for those that count stock. `orders`: dealer, ordered_on, received_on. Rows of
    other days are left out.

    What an empty day lost is an estimate: the pair's own mean of its days with stock in the period.

    Example: a pair that sold 12 in 6 days and stood empty on the seventh: 12 of 14 units served, 6 of 7 days stocked.
    """
    days = weeks * WEEK_DAYS
    inside = pl.col("place").is_between(0, days - 1)
    sales = _placed(sold, "date", start).filter(inside).join(pairs, on=["dealer", "sku"])
    out = _placed(empty, "date", start).filter(inside)
    out = out.join(pairs.filter("lasting"), on=["dealer", "sku"]).join(counting, on="dealer")
    pace = (
        sales.group_by("dealer", "sku").agg(units=pl.col("units").sum())
        .join(out.group_by("dealer", "sku").agg(out=pl.len()), on=["dealer", "sku"], how="left")
        .select(
            "dealer", "sku",
            pace=pl.col("units").clip(lower_bound=0) / (days - pl.col("out").fill_null(0)).clip(lower_bound=1),
        )
    )  # fmt: skip
    cost = pl.col("sale_price") - pl.col("margin_per_unit")
    earned = pl.col("amount").fill_null(pl.col("units") * pl.col("sale_price")) - pl.col("units") * cost
    counted = pl.col("dealer").is_in(counting["dealer"].implode())
    keys = ["dealer", "week"]
    by_sales = sales.group_by(keys).agg(
        margin=earned.sum(),
        served_units=pl.when(counted & pl.col("lasting")).then(pl.col("units")).otherwise(0.0).sum(),
    )
    by_out = (
        out.join(pace, on=["dealer", "sku"], how="left")
        .group_by(keys)
        .agg(out_days=pl.len().cast(pl.Float64), lost=pl.col("pace").fill_null(0.0).sum())
    )
    taken = (
        _placed(orders, "ordered_on", start)
        .filter(inside & pl.col("received_on").is_not_null())
        .group_by(keys)
        .agg(
            cycle_days=(pl.col("received_on") - pl.col("ordered_on")).dt.total_days().sum().cast(pl.Float64),
            cycle_lines=pl.len().cast(pl.Float64),
        )
    )
    every = (
        pairs.group_by("dealer").agg(n=pl.col("lasting").sum()).join(pl.DataFrame({"week": range(weeks)}), how="cross")
    )
    return (
        every.join(by_sales, on=keys, how="left")
        .join(by_out, on=keys, how="left")
        .join(taken, on=keys, how="left")
        .with_columns(pl.col(name).fill_null(0.0) for name in ("margin", "served_units", "out_days", "lost"))
        .with_columns(pl.col(name).fill_null(0.0) for name in ("cycle_days", "cycle_lines"))
        .with_columns(
            days=pl.lit(float(WEEK_DAYS)),
            pair_days=pl.when(counted).then(pl.col("n") * float(WEEK_DAYS)).otherwise(0.0),
            wanted_units=pl.col("served_units") + pl.col("lost"),
        )
        .with_columns(stocked_days=pl.col("pair_days") - pl.col("out_days"))
        .select(pl.col(name).cast(kind) for name, kind in WEEKS.items())
        .sort(keys)
    )


def _placed(frame: pl.DataFrame, date: str, start: dt.date) -> pl.DataFrame:
    place = (pl.col(date) - pl.lit(start)).dt.total_days()
    return frame.with_columns(place=place, week=place // WEEK_DAYS)
