"""What season, holidays and offers ask of the days after a run's last day, learned from the sales that it pinned."""

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.domains.catalog import queries as catalog
from firstmove.engine.demand.calendar import HORIZON_DAYS, Ahead, look_ahead
from firstmove.engine.demand.offers import PROMOTIONS, OffersAhead, look_at_offers
from firstmove.lake.scope import LakeScope
from firstmove.lake.store import Lake

# Three years of the season, and a week so that the oldest is whole.
HISTORY_DAYS = 3 * 364 + 7


def ahead(
    lake: Lake,
    *,
    as_of: dt.date,
    versions: Mapping[str, int],
    products: pl.DataFrame,
    categories: Sequence[str],
    country: str,
    drivers: Sequence[str],
) -> Ahead | None:
    """The calendar from the morning after `as_of`; None where no driver is chosen or nothing was sold.

    `products` has sku and category; a row of the result is one of `categories`.
    """
    if not drivers or "sales" not in versions or not categories:
        return None
    since = as_of - dt.timedelta(days=HISTORY_DAYS - 1)
    sold = (
        lake.scan(table="sales", scope=LakeScope.system(), since=since, until=as_of, version=versions["sales"])
        .join(products.select("sku", "category").lazy(), on="sku", how="inner")
        .group_by("category", "date")
        .agg(pl.col("quantity").sum().clip(lower_bound=0.0))
        .collect()
    )
    daily = _matrix(sold, categories, since=since)
    if not daily.shape[1]:
        return None
    return look_ahead(
        daily,
        morning=as_of + dt.timedelta(days=1),
        country=country,
        with_holidays="holidays" in drivers,
        with_season="season" in drivers,
    )


def offers(
    lake: Lake,
    *,
    as_of: dt.date,
    versions: Mapping[str, int],
    products: pl.DataFrame,
    drivers: Sequence[str],
) -> OffersAhead | None:
    """Prices and promotions from the morning after `as_of`; None where neither is chosen or nothing was sold.

    `products` has sku and category. Promotions are those of the catalog, past and planned.
    """
    with_prices, with_promotions = "prices" in drivers, "promotions" in drivers
    if not (with_prices or with_promotions) or "sales" not in versions:
        return None
    morning = as_of + dt.timedelta(days=1)
    since = morning - dt.timedelta(days=HISTORY_DAYS)
    rows = [
        (one.sku, one.dealer, one.name, one.starts_on, one.ends_on)
        for one in catalog.promotions_between(since=since, until=morning + dt.timedelta(days=HORIZON_DAYS))
    ]
    return look_at_offers(
        lake.scan(table="sales", scope=LakeScope.system(), since=since, until=as_of, version=versions["sales"]),
        products.select("sku", "category"),
        pl.DataFrame(rows, schema=PROMOTIONS, orient="row"),
        morning=morning,
        days=HISTORY_DAYS,
        with_prices=with_prices,
        with_promotions=with_promotions,
    )


def _matrix(sold: pl.DataFrame, categories: Sequence[str], *, since: dt.date) -> NDArray[np.float64]:
    """Units [categories, days] from the first day with a sale on: what lies before it is not known."""
    rows = pl.DataFrame({"category": list(categories)}).with_row_index("row")
    found = sold.join(rows, on="category").with_columns(day=(pl.col("date") - pl.lit(since)).dt.total_days())
    units = np.zeros((len(categories), HISTORY_DAYS))
    units[found["row"].to_numpy(), found["day"].to_numpy()] = found["quantity"].to_numpy()
    first = np.flatnonzero(units.sum(axis=0))
    return units[:, first[0] :] if len(first) else units[:, :0]
