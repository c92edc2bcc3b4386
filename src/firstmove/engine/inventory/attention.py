"""Why a line is as it is, and which lines of a dealer want a look before the order is confirmed."""

import polars as pl

NEW_DAYS = 91
LARGE_COVER_DAYS = 56.0

REASONS = ("runs_out", "new", "rising", "falling", "large", "rounded", "steady")
ATTENTION = ("stockout", "new", "unusual", "large", "")


def reason() -> pl.Expr:
    """The one code that explains a line best, by the first that holds:

    - runs_out: the stock will not outlast the time until the order arrives, by expected demand
    - new: first sold within the last 91 days
    - rising, falling: the last 28 days are 1.5 standard deviations off the level, and by half of it
    - large: the order covers eight weeks and more
    - rounded: the multiple or the minimum made the order half as large again as wanted, or larger
    - steady: none of these
    """
    ordered = pl.col("quantity_units") > 0
    return (
        pl.when(ordered & (pl.col("position_units") < pl.col("lead_mean_units")))
        .then(pl.lit("runs_out"))
        .when(pl.col("days_known") < NEW_DAYS)
        .then(pl.lit("new"))
        .when((pl.col("drift") >= 1.5) & (pl.col("rate_recent_units_per_day") >= 1.5 * pl.col("usual_rate")))
        .then(pl.lit("rising"))
        .when((pl.col("drift") <= -1.5) & (pl.col("rate_recent_units_per_day") <= 0.5 * pl.col("usual_rate")))
        .then(pl.lit("falling"))
        .when(ordered & (pl.col("cover_after_days") >= LARGE_COVER_DAYS))
        .then(pl.lit("large"))
        .when(ordered & (pl.col("quantity_units") >= 1.5 * pl.col("wanted_units")))
        .then(pl.lit("rounded"))
        .otherwise(pl.lit("steady"))
    )


def attention(lines: pl.DataFrame, *, per_dealer: int) -> pl.Series:
    """The code of `ATTENTION` for each line, row-aligned: of each dealer's ordered lines those that matter most.

    A line can be a candidate for one kind, by the first that holds, and has a weight in money:

    - stockout: runs out sooner than not if skipped; the margin that would be lost
    - new: first sold within the last 91 days; the value of the order
    - unusual: the last 28 days are two standard deviations off the level; the value of the difference over 28 days
    - large: covers eight weeks and more; the value of the order

    Kinds take turns, each with its weightiest line first, until `per_dealer` are chosen, or one in five of the lines
    that are ordered. So a large dealer is not asked to look at a hundred lines, and one kind does not hide another.
    Ranks need all lines of a dealer in one frame.
    """
    order_value = pl.col("quantity_units") * pl.col("purchase_price")
    drift_value = (pl.col("rate_recent_units_per_day") - pl.col("usual_rate")).abs() * 28 * pl.col("sale_price")
    margin = (pl.col("sale_price") - pl.col("purchase_price")) * pl.col("lost_units_if_skipped")
    kinds = (
        ("stockout", pl.col("stockout_probability") >= 0.5, margin),
        ("new", pl.col("days_known") < NEW_DAYS, order_value),
        ("unusual", pl.col("drift").abs() >= 2.0, drift_value),
        ("large", pl.col("cover_after_days") >= LARGE_COVER_DAYS, order_value),
    )
    place, weight = pl.lit(None, pl.Int32), pl.lit(0.0)
    for number, (_, holds, money) in reversed(list(enumerate(kinds))):
        place = pl.when(holds).then(pl.lit(number, pl.Int32)).otherwise(place)
        weight = pl.when(holds).then(money).otherwise(weight)
    chosen = (
        lines.with_row_index("row")
        .filter(pl.col("quantity_units") > 0)
        .with_columns(place=place, weight=weight, room=(pl.len().over("dealer") / 5).ceil())
        .filter(pl.col("place").is_not_null())
        .sort("weight", "sku", descending=[True, False])  # the code breaks ties, so the order of rows cannot
        .with_columns(turn=pl.int_range(pl.len()).over("dealer", "place"))
        .sort("turn", "place", "sku")
        .filter(pl.int_range(pl.len()).over("dealer") < pl.min_horizontal(pl.col("room"), pl.lit(per_dealer)))
    )
    names = pl.Series("attention", [""] * len(lines), pl.String)
    if len(chosen):
        names = names.scatter(chosen["row"], [kinds[number][0] for number in chosen["place"]])
    return names
