"""A dealer's lines that count for a programme: as an advice stores them, and as the engine reads them again."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from firstmove.domains.catalog import queries as catalog
from firstmove.engine.incentives.schedule import Schedule, reached, value
from firstmove.engine.incentives.top_up import LINES, TopUp, expected_units, top_up

COLUMNS = {"product_id": pl.Int64(), **LINES}
"""What is stored of each line: whose it is, and what `top_up` asks for."""

_DIGITS = 4


def stored(lines: pl.DataFrame) -> dict[str, list[Any]]:
    """Columns `COLUMNS` as JSON values. A product that keeps has no bound by its shelf life: empty, not infinite."""
    rounded = [
        pl.col(name).cast(dtype).round(_DIGITS)
        if dtype == pl.Float64()
        else pl.col(name).list.eval(pl.element().cast(pl.Float64).round(_DIGITS))
        if isinstance(dtype, pl.List)
        else pl.col(name).cast(dtype)
        for name, dtype in COLUMNS.items()
    ]
    found = lines.select(rounded).with_columns(
        fresh_units=pl.when(pl.col("fresh_units").is_finite()).then("fresh_units")
    )
    return found.to_dict(as_series=False)


def read(columns: Mapping[str, list[Any]]) -> pl.DataFrame:
    """The lines that `stored` wrote."""
    return pl.DataFrame(dict(columns), schema=COLUMNS).with_columns(pl.col("fresh_units").fill_null(float("inf")))


def payer(schedule: Schedule, basis: Decimal) -> Callable[[float], float]:
    """What so much more than `basis` pays by a schedule."""
    now = value(schedule, basis=basis)

    def pays(amount: float) -> float:
        return float(value(schedule, basis=basis + Decimal(str(round(amount, 4)))) - now)

    return pays


@dataclass(frozen=True, eq=False)
class Weighed:
    """The step that was looked at, from where on it holds, what came of it, and why no order is for the one after it:
    `engine.incentives.top_up.SILENT`, empty where there is none or it was not asked."""

    number: int
    threshold: Decimal
    found: TopUp
    beyond: str = ""


def weigh_step(
    lines: pl.DataFrame,
    schedule: Schedule,
    *,
    basis: Decimal,
    coming: float,
    days_left: int,
    overstock_share: float,
    most_amount: float | None,
) -> Weighed:
    """The first step that the orders to be expected do not reach by themselves.

    Where it is not worth ordering for but an earlier one is reached anyway, or where there is no later one, the earlier
    is told. `basis` counts now and `coming` will; at least one step lies above `basis`.
    """
    asked = {
        "pays": payer(schedule, basis),
        "days_left": days_left,
        "overstock_share": overstock_share,
        "most_amount": most_now(most_amount, lines, days_left),
    }
    ordinary = float(lines["purchase_price"].to_numpy() @ expected_units(lines, days_left=days_left)) + coming
    # Half a cent short is there, as `top_up` takes it.
    expected = basis + Decimal(str(round(ordinary, 4))) + Decimal("0.005")
    steps, held, beyond = schedule.steps, reached(schedule, basis=expected), ""
    if held < len(steps):
        found = top_up(lines, distance=float(steps[held].threshold - basis) - coming, **asked)  # type: ignore[arg-type]
        if not found.silent or held == reached(schedule, basis=basis):
            return Weighed(held + 1, steps[held].threshold, found)
        beyond = found.silent
    threshold = steps[held - 1].threshold
    found = top_up(lines, distance=float(threshold - basis) - coming, **asked)  # type: ignore[arg-type]
    return Weighed(held, threshold, found, beyond)


def most_now(most_amount: float | None, lines: pl.DataFrame, days_left: int) -> float:
    """What credit leaves, where it is asked for today; on a later order day it will be another amount."""
    waits = not lines.is_empty() and days_left >= int(lines["review_days"].max())  # type: ignore[arg-type]
    return float("inf") if most_amount is None or waits else most_amount


def picks(lines: pl.DataFrame, found: TopUp) -> list[dict[str, Any]]:
    """What a top-up orders of which product, the largest amount first: product_id, units, amount."""
    rows = lines.select("product_id", "purchase_price").with_columns(units=pl.Series(found.units).cast(pl.Int64))
    chosen = rows.filter(pl.col("units") > 0).with_columns(amount=(pl.col("units") * pl.col("purchase_price")).round(2))
    return chosen.drop("purchase_price").sort("amount", "product_id", descending=[True, False]).to_dicts()


def named(found: Collection[dict[str, Any]]) -> None:
    """Write the name and the unit of each product beside its pick. Call it inside a `tenancy.scope`."""
    products = catalog.products_by_id(ids={one["product_id"] for one in found})
    for one in found:
        product = products[one["product_id"]]
        one |= {"name": product.name, "unit": product.unit}
