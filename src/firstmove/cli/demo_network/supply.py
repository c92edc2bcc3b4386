"""The enterprise's own side: what lies in its warehouse, what is being made, how long that takes, what lines can make.

One product is scarce: its line stood still, a fraction of what dealers need is left, and more comes in two and a half
weeks. So the demo shows how goods are shared and how every dealer is told.
"""

from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.random import Generator

from .catalogue import Catalogue

RATE_WEEKS = 8
SCARCE_WEEKS = 0.8
"""What is left of the scarce product, in weeks of what dealers order."""

MORE_DAYS = 18
"""Days until more of it comes."""


def supply_frame(rng: Generator, *, catalogue: Catalogue) -> pl.DataFrame:
    """``supply.csv``: each product is made on its range's line, in lots of whole packs, within one to three weeks."""
    lines = np.array([f"L{number + 1:02d}" for number in range(int(catalogue.category.max()) + 1)])
    packs = np.array([size.pack for size in catalogue.sizes])
    days = rng.integers(7, 22, int(catalogue.category.max()) + 1)
    return pl.DataFrame(
        {
            "sku": catalogue.skus,
            "supply_days": days[catalogue.category],
            "lot_minimum": packs * 10,
            "lot_multiple": packs,
            "production_line": lines[catalogue.category],
            "use_per_unit": np.round(rng.uniform(0.8, 1.2, len(catalogue)), 2),
        }
    )


def warehouse_frame(
    rng: Generator, *, lines: pl.DataFrame, terms: pl.DataFrame, until: date, scarce: str
) -> pl.DataFrame:
    """``warehouse.csv``: counted on the last day; six to nine weeks of orders beyond what is ordered and not shipped.

    `lines` are the dealers' order lines with `shipped_on`.
    """
    rate, owed = _rate(lines, until), lines.filter(pl.col("shipped_on") > until)
    owed = owed.group_by("sku").agg(owed=pl.col("quantity").sum())
    cover = pl.Series("cover", rng.uniform(6.0, 9.0, len(terms)))
    return (
        terms.select("sku")
        .with_columns(cover)
        .join(rate, on="sku", how="left")
        .join(owed, on="sku", how="left")
        .select(
            pl.lit(until).alias("date"),
            "sku",
            on_hand=(
                pl.col("owed").fill_null(0)
                + pl.col("rate").fill_null(0)
                * pl.when(pl.col("sku") == scarce).then(SCARCE_WEEKS).otherwise(pl.col("cover"))
            ).round(),
        )
    )


def planned_frame(*, lines: pl.DataFrame, terms: pl.DataFrame, until: date, scarce: str) -> pl.DataFrame:
    """Rows for ``production.csv``: a week of orders is due in each of the next weeks; one lot of the scarce product."""
    rate = _rate(lines, until).filter(pl.col("rate") >= 1).join(terms.select("sku", "supply_days"), on="sku")
    weekly = (
        rate.filter(pl.col("sku") != scarce)
        .with_columns(week=pl.int_ranges(1, pl.col("supply_days") // 7 + 1))
        .explode("week")
        .select(date=pl.lit(until) + pl.duration(days=7 * pl.col("week")), sku="sku", quantity=pl.col("rate").ceil())
    )
    late = rate.filter(pl.col("sku") == scarce).select(
        date=pl.lit(until + timedelta(days=MORE_DAYS)), sku="sku", quantity=(6 * pl.col("rate")).ceil()
    )
    rows = pl.concat([weekly, late]).with_columns(pl.col("quantity").cast(pl.Int64), kind=pl.lit("planned"))
    return rows.sort("date", "sku")


def capacity_frame(*, lines: pl.DataFrame, terms: pl.DataFrame, until: date) -> pl.DataFrame:
    """``capacity.csv``: much more than what dealers order; the first line can hardly make that."""
    load = (
        _rate(lines, until)
        .join(terms.select("sku", "production_line", "use_per_unit"), on="sku")
        .group_by("production_line")
        .agg(load=(pl.col("rate") * pl.col("use_per_unit")).sum())
        .sort("production_line")
    )
    spare = np.where(np.arange(len(load)) == 0, 1.05, 1.8)
    return load.select("production_line", a_week=(pl.col("load") * pl.Series(spare)).round())


def scarce_product(*, lines: pl.DataFrame, catalogue: Catalogue, until: date) -> str:
    """The product in full sale that most dealers ordered in the last weeks; the first code where they are equal."""
    listed = {sku for sku, stage in zip(catalogue.skus, catalogue.life_cycle, strict=True) if stage == "active"}
    asked = (
        lines.filter(
            (pl.col("ordered_on") > until - timedelta(days=7 * RATE_WEEKS)) & pl.col("sku").is_in(list(listed))
        )
        .group_by("sku")
        .agg(dealers=pl.col("dealer").n_unique())
        .sort("dealers", "sku", descending=[True, False])
    )
    return str(asked["sku"][0])


def _rate(lines: pl.DataFrame, until: date) -> pl.DataFrame:
    """Units that dealers ordered a week, by product."""
    return (
        lines.filter(pl.col("ordered_on") > until - timedelta(days=7 * RATE_WEEKS))
        .group_by("sku")
        .agg(rate=pl.col("quantity").sum() / RATE_WEEKS)
        .sort("sku")
    )
