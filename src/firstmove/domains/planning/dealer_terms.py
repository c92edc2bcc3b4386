"""Pass 2b: each dealer's lines under the terms of its whole order. A pure function of a partition, without Django.

What a dealer and its supplier agreed comes in as columns of `Facts.dealers` (`TERMS`); what came of it goes out as a
column `order_facts`, JSON in the first row of a dealer that has terms, empty elsewhere.
"""

import datetime as dt
import json
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.demand.distribution import PooledQuantiles
from firstmove.engine.inventory import guard
from firstmove.engine.inventory.order import Settled, Terms, fresh_quantity, settle
from firstmove.engine.inventory.order_days import OrderDays
from firstmove.engine.inventory.replenishment import belief
from firstmove.engine.inventory.value import VALUE, order_value

TERMS: dict[str, pl.DataType] = {
    "least_amount": pl.Float64(),
    "least_kg": pl.Float64(),
    "budget": pl.Float64(),
    "credit_left": pl.Float64(),
    "carrier": pl.String(),  # "truck", "pallet" or empty
    "carrier_pallets": pl.Float64(),
    "carrier_kg": pl.Float64(),
    "carrier_cost": pl.Float64(),
    "order_weekdays": pl.String(),  # ISO digits
    "delivery_weekdays": pl.String(),
    "order_on": pl.Date(),
    "arrives_on": pl.Date(),
    "next_order_on": pl.Date(),
}
"""Columns of a dealer's terms; numbers are empty where nothing was agreed."""

# How many products that were left out are named.
_NAMED = 50


def spans(products: pl.DataFrame) -> list[int]:
    """The spans in days that have to be pooled besides those of the lines."""
    return guard.spans(_shelf_life(products))


def under_terms(
    lines: pl.DataFrame,
    history: NDArray[np.float32],
    pooled: PooledQuantiles,
    *,
    dealers: pl.DataFrame,
    today: dt.date,
    holidays: frozenset[dt.date],
    held: pl.DataFrame,
) -> pl.DataFrame:
    """The partition's `lines` with history [n, days], each dealer's order brought under its terms.

    Pairs in `held` (dealer, sku) will not be advised, so that the order has to keep its terms without them; they keep
    what they wish, as far as it stays fresh, for whoever compares.

    Adds `wished_units` (what the line alone would order), `cause` (why it is not that) and `order_facts`.
    """
    lines = lines.with_columns(
        wished_units=pl.col("quantity_units"),
        weight_kg=pl.col("weight_kg").fill_null(0.0),
        pallets=(1 / pl.col("units_per_pallet")).fill_null(0.0),
        supported_units=pl.col("level_units"),
        fresh_units=pl.Series(
            guard.fresh_units(history, pooled, shelf_life_days=_shelf_life(lines), belief=belief(lines))
        ),
    )
    quantity = lines["quantity_units"].to_numpy().copy()
    cause = np.full(len(lines), "", dtype=object)
    facts: list[str | None] = [None] * len(lines)
    terms_of = {row["dealer"]: row for row in dealers.iter_rows(named=True)}
    apart = _held(lines, held)
    quantity[apart] = fresh_quantity(lines)[apart]
    for (dealer,), plain in (
        lines.with_row_index("row").filter(~pl.Series(apart)).group_by("dealer", maintain_order=True)
    ):
        row = terms_of[str(dealer)]
        members, rows = plain, plain["row"].to_numpy()
        terms = _terms(row, today=today, review_days=int(plain["review_days"][0]), holidays=holidays)
        if row["order_on"] > today:
            quantity[rows] = 0.0
            facts[rows[0]] = json.dumps(_agreed(row) | {"bound": ["order_day"], "waits_until": str(row["order_on"])})
            continue
        if terms.may_add:
            level = plain["level_units"].to_numpy()
            supported = guard.supported_units(np.ascontiguousarray(history[rows]), pooled, level=level)
            members = plain.with_columns(supported_units=pl.Series(supported))
        settled = settle(members, terms)
        quantity[rows], cause[rows] = settled.quantity, settled.causes
        if terms.is_given or settled.bound or row["order_weekdays"] or row["delivery_weekdays"]:
            facts[rows[0]] = json.dumps(_agreed(row) | _came(settled, members))
    return _valued(lines, quantity).with_columns(
        cause=pl.Series(cause, dtype=pl.String), order_facts=pl.Series(facts, dtype=pl.String)
    )


def _held(lines: pl.DataFrame, held: pl.DataFrame) -> NDArray[np.bool_]:
    keys = held.select("dealer", "sku").with_columns(held=True)
    found = lines.select("dealer", "sku").join(keys, on=["dealer", "sku"], how="left", maintain_order="left")
    return found["held"].fill_null(value=False).to_numpy()


def _shelf_life(frame: pl.DataFrame) -> NDArray[np.int64]:
    return frame["shelf_life_days"].fill_null(0).cast(pl.Int64).to_numpy()


def _terms(row: dict[str, Any], *, today: dt.date, review_days: int, holidays: frozenset[dt.date]) -> Terms:
    def most(name: str) -> float:
        return float("inf") if row[name] is None else float(row[name])

    return Terms(
        least_amount=row["least_amount"] or 0.0,
        least_kg=row["least_kg"] or 0.0,
        budget=most("budget"),
        credit_left=most("credit_left"),
        carrier=row["carrier"],
        carrier_pallets=most("carrier_pallets"),
        carrier_kg=most("carrier_kg"),
        carrier_cost=row["carrier_cost"] or 0.0,
        today=today,
        review_days=review_days,
        days=order_days(row["order_weekdays"], row["delivery_weekdays"], holidays),
    )


def order_days(order: str, delivery: str, holidays: frozenset[dt.date]) -> OrderDays:
    """ISO digits of weekdays as the engine takes them."""
    return OrderDays(
        order=frozenset(int(day) for day in order),
        delivery=frozenset(int(day) for day in delivery),
        holidays=holidays,
    )


def _agreed(row: dict[str, Any]) -> dict[str, Any]:
    """The terms as they were, for pages that show them."""
    return {name: str(row[name]) if isinstance(row[name], dt.date) else row[name] for name in TERMS}


def _came(settled: Settled, lines: pl.DataFrame) -> dict[str, Any]:
    wished = lines["wished_units"].to_numpy()
    out = np.flatnonzero((settled.quantity == 0) & (wished > 0))
    value = lines["profit"].to_numpy()
    named = out[np.argsort(-value[out], kind="stable")][:_NAMED]
    products, causes = lines["product_id"].to_list(), settled.causes
    return {
        "bound": list(settled.bound),
        "amount_wished": settled.amount_wished,
        "profit_wished": settled.profit_wished,
        "more_amount": settled.more_amount,
        "more_profit": settled.more_profit,
        "top_up_cost": settled.top_up_cost,
        "wait_cost": settled.wait_cost,
        "waits_until": None if settled.waits_until is None else str(settled.waits_until),
        "carriers": settled.carriers,
        "carriers_filled": settled.carriers_filled,
        "left_out_count": len(out),
        "left_out": [
            {"product_id": products[i], "units": wished[i], "profit": float(value[i]), "cause": causes[i]}
            for i in named.tolist()
        ],
    }


def _valued(lines: pl.DataFrame, quantity: NDArray[np.float64]) -> pl.DataFrame:
    """The lines with other quantities: those that changed are valued anew, and what is not ordered wants no look."""
    changed = np.flatnonzero(quantity != lines["quantity_units"].to_numpy())
    lines = lines.with_columns(quantity_units=pl.Series(quantity)).drop("pallets", "supported_units", "fresh_units")
    if not len(changed):
        return lines
    value = order_value(lines[changed])
    at = pl.Series(changed)
    lines = lines.with_columns(lines[name].clone().scatter(at, value[name]) for name in VALUE)
    rate, position = pl.col("rate_units_per_day"), pl.col("on_hand_units").clip(0) + pl.col("in_transit_units").clip(0)
    return lines.with_columns(
        cover_after_days=pl.when(rate > 0).then((position + pl.col("quantity_units")) / rate),
        attention=pl.when(pl.col("quantity_units") > 0).then("attention").otherwise(pl.lit("")),
    )
