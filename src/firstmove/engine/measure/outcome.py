"""What became of an advice once its time is over: what sold, what was lost, what following it would have brought.

An advice of a morning covers lead time and review: an order placed then arrives after the lead time L and serves the
review R. When both have passed, demand is known instead of expected, and the same valuation that gave the expected
profit (`inventory.value`) gives the realised one, with the demand that came in place of 64 scenarios:

    profit(q) = margin × extra units sold because of q - holding of what q left on the shelf

for the quantity that was advised and for the one that was really ordered. Their difference is what another decision
would have brought. Both compare with an order that was not placed, so they are worked out, not measured.

Demand is what was sold and, where stock is counted, what a day without stock is taken to have lost: the rate that the
advice itself expected. Where stock is not counted, demand is what sold, and `lost_units` is empty: not known.

A forecast is judged where nothing ran out: on other days what customers wanted is not known. A week counts as held by
its band if low ≤ sold ≤ high.

Example: nothing on hand, advised 10 at cost 4, price 6 and 36.5 % a year holding, L = 5 with no sale, R = 10 with 10
sold: the advice would have earned 20 - 0.2 = 19.8. Nothing was ordered and all 10 days of the review ended empty at a
rate of 1 a day: demand is again 10, of which 10 were lost, and the order not placed cost 19.8.
"""

import numpy as np
import polars as pl

from firstmove.engine.frames import floats, require_columns
from firstmove.engine.inventory.value import NODES, Floats, stock_position, values

ADVICE: dict[str, pl.DataType] = {
    "on_hand_units": pl.Float64(),  # as the advice knew it
    "in_transit_units": pl.Float64(),
    "rate_units_per_day": pl.Float64(),
    "level_units": pl.Float64(),
    "purchase_price": pl.Float64(),
    "sale_price": pl.Float64(),
    "holding_rate_per_year": pl.Float64(),
    "review_days": pl.Int64(),
    "advised_units": pl.Float64(),
    "ordered_units": pl.Float64(),  # what was ordered within the review period, anywhere
    "sold_lead_units": pl.Float64(),  # of the days of the lead time
    "sold_review_units": pl.Float64(),
    "sold_week_units": pl.Float64(),  # of the first seven days
    "stock_known": pl.Boolean(),
    "out_lead_days": pl.Float64(),  # days that ended empty without a sale; 0 where stock is not known
    "out_review_days": pl.Float64(),
    "out_week_days": pl.Float64(),
}
"""What `reckon` needs of each advice. `week_low_units` and `week_high_units` may be null: advice without a band."""

OUTCOME: dict[str, pl.DataType] = {
    "lost_units": pl.Float64(),  # null where stock is not counted
    "advised_profit": pl.Float64(),
    "ordered_profit": pl.Float64(),
    "week_place": pl.Int16(),  # -1 below the band, 0 in it, 1 above; null where it cannot be judged
    "level_held": pl.Boolean(),  # demand of lead time and review did not pass the level; null as above
}


def reckon(advice: pl.DataFrame) -> pl.DataFrame:
    """The outcome of each advice, [n]: columns `ADVICE` and the band in, columns `OUTCOME` out, row-aligned.

    Raises `InvalidFrameError` for missing columns, empty values and numbers that are not finite. A negative sum of
    sales (returns) is taken as no demand.
    """
    require_columns(advice, ADVICE, name="advice")
    number = {
        column: floats(advice, column, name="advice", minimum=None if column.startswith("sold") else 0.0)
        for column, kind in ADVICE.items()
        if kind != pl.Boolean() and column not in ("on_hand_units", "in_transit_units")
    }
    rate = number["rate_units_per_day"]
    lost = rate * (number["out_lead_days"] + number["out_review_days"])
    lead = np.maximum(number["sold_lead_units"], 0.0) + rate * number["out_lead_days"]
    review = np.maximum(number["sold_review_units"], 0.0) + rate * number["out_review_days"]
    economics = {
        "position": stock_position(advice, name="advice"),
        "review_days": number["review_days"],
        "rate": rate,
        "purchase_price": number["purchase_price"],
        "sale_price": number["sale_price"],
        "holding_rate": number["holding_rate_per_year"],
        "lead": _certain(lead),
        "review": _certain(review),
    }
    known = advice["stock_known"].to_numpy()
    frame = pl.DataFrame(
        {
            "lost_units": lost,
            "known": known,
            "advised_profit": values(quantity=number["advised_units"], **economics)[:, 0],
            "ordered_profit": values(quantity=number["ordered_units"], **economics)[:, 0],
            "sold": number["sold_week_units"],
            "low": advice["week_low_units"].cast(pl.Float64),
            "high": advice["week_high_units"].cast(pl.Float64),
            "week_out": number["out_week_days"] > 0,
            "out": number["out_lead_days"] + number["out_review_days"] > 0,
            "demand": lead + review,
            "level": number["level_units"],
        }
    )
    judged = pl.col("low").is_not_null() & ~pl.col("week_out")
    place = pl.when(pl.col("sold") < pl.col("low")).then(-1).when(pl.col("sold") > pl.col("high")).then(1).otherwise(0)
    return frame.select(
        pl.when("known").then("lost_units").alias("lost_units"),
        "advised_profit",
        "ordered_profit",
        pl.when(judged).then(place).cast(pl.Int16).alias("week_place"),
        pl.when(~pl.col("out")).then(pl.col("demand") <= pl.col("level")).alias("level_held"),
    )


def _certain(demand: Floats) -> Floats:
    """A demand that is known as the valuation takes it: the same amount in every scenario, [n, 8]."""
    return np.repeat(demand[:, None], NODES, axis=1)
