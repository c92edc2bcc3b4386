"""What season, holidays and offers ask of the days ahead, seen from any morning: tonight's, or one of days past.

A plan looks from one morning, a replay from every order day of its window. Both ask here, so that what is tried on the
past is what is planned with. A morning sees the sell-out of the days before it and nothing later.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.demand.calendar import HORIZON_DAYS, Ahead, Calendars, PairCalendar, look_ahead
from firstmove.engine.demand.offers import OffersAhead, look_at_offers
from firstmove.engine.demand.sensing import NEWS_DAYS, WEEK
from firstmove.engine.demand.yearly import season_behind

Floats = NDArray[np.float64]

# Three years of the season, and a week so that the oldest is whole.
HISTORY_DAYS = 3 * 364 + 7
# As far back as a change is news, and a week.
SWING_WEEKS = NEWS_DAYS // WEEK + 1


@dataclass(frozen=True, eq=False)
class Mornings:
    """Sell-out and offers from which any morning up to the day after the last one known can be seen.

    `sold` (`offers.SOLD`): sell-out lines; `products`: sku and category; `promotions` (`offers.PROMOTIONS`): past and
    planned. `daily` [categories, days]: units sold a day from `first_on` on, a row each of `categories`. `drivers`:
    which of season, holidays, prices and promotions count; holidays are those of `country` (ISO code).
    """

    sold: pl.LazyFrame
    products: pl.DataFrame
    promotions: pl.DataFrame
    categories: tuple[str, ...]
    first_on: dt.date
    daily: Floats
    country: str
    drivers: frozenset[str]

    def calendar(self, morning: dt.date) -> Ahead | None:
        """Season and holidays; None where no driver is chosen or nothing was sold before."""
        if not self.drivers:
            return None
        known = self._known(morning)
        if not known.shape[1]:
            return None
        return look_ahead(
            known,
            morning=morning,
            country=self.country,
            with_holidays="holidays" in self.drivers,
            with_season="season" in self.drivers,
        )

    def _known(self, morning: dt.date) -> Floats:
        """Units of each category on the days before `morning`; what lies before the first with a sale is not known."""
        end = max((morning - self.first_on).days, 0)
        behind = self.daily[:, max(end - HISTORY_DAYS, 0) : end]
        sold = np.flatnonzero(behind.sum(axis=0))
        return behind[:, sold[0] if len(sold) else behind.shape[1] :]

    def swing(self, morning: dt.date) -> Floats:
        """The season of each of the last days up to the eve, [categories + 1, days], whichever drivers were chosen.

        A change of a pair's demand is told from it (`sensing.scan`). The last row is 1, for what has no category.
        """
        known = self._known(morning)
        weeks = known.shape[1] // WEEK
        weekly = known[:, known.shape[1] - weeks * WEEK :].reshape(len(known), weeks, WEEK).sum(axis=2)
        behind = season_behind(weekly, morning=morning, weeks=SWING_WEEKS, country=self.country)
        return np.repeat(np.vstack([behind, np.ones((1, SWING_WEEKS))]), WEEK, axis=1)

    def offers(self, morning: dt.date) -> OffersAhead | None:
        """Prices and promotions; None where neither is chosen."""
        if not self.drivers & {"prices", "promotions"}:
            return None
        since, until = morning - dt.timedelta(days=HISTORY_DAYS), morning + dt.timedelta(days=HORIZON_DAYS)
        return look_at_offers(
            self.sold,
            self.products.select("sku", "category"),
            self.promotions.filter(pl.col("ends_on") >= since, pl.col("starts_on") <= until),
            morning=morning,
            days=HISTORY_DAYS,
            with_prices="prices" in self.drivers,
            with_promotions="promotions" in self.drivers,
        )

    def places(self, category: pl.Series) -> NDArray[np.int64]:
        """The row of each pair's category, -1 where it is not known."""
        return places(category, self.categories)

    def seen_by(self, pairs: pl.DataFrame, *, first_on: dt.date) -> Calendars:
        """What each morning asks of `pairs` (dealer, sku, category), by the number of its day from `first_on` on.

        A morning is looked at once, however often it is asked for.
        """
        place = self.places(pairs["category"])
        keys = pairs.select("dealer", "sku")

        @cache
        def calendar(day: int) -> PairCalendar | None:
            morning = first_on + dt.timedelta(days=day)
            ahead = self.calendar(morning)
            if ahead is None:
                return None
            offers = self.offers(morning)
            return PairCalendar(ahead, place, None if offers is None else offers.of(keys))

        return calendar


def mornings(
    sold: pl.LazyFrame,
    *,
    products: pl.DataFrame,
    promotions: pl.DataFrame,
    country: str,
    drivers: Sequence[str],
    first: dt.date,
    last: dt.date,
    categories: Sequence[str] | None = None,
) -> Mornings:
    """Ready to be looked at from each morning between `first` and `last`.

    `categories`: the rows in this order; by default all of `products` by name. Sales of a day that were taken back
    count as none sold.
    """
    rows = tuple(sorted(set(products["category"].to_list())) if categories is None else categories)
    since = first - dt.timedelta(days=HISTORY_DAYS)
    days = (last - since).days
    daily = np.zeros((len(rows), days))
    if drivers and rows:
        places_of = pl.DataFrame({"category": rows}, schema={"category": pl.String}).with_row_index("row")
        found = (
            sold.filter(pl.col("date") >= since, pl.col("date") < last)
            .join(products.select("sku", "category").lazy(), on="sku", how="inner")
            .group_by("category", "date")
            .agg(pl.col("quantity").sum().clip(lower_bound=0.0))
            .collect()
            .join(places_of, on="category")
            .with_columns(day=(pl.col("date") - pl.lit(since)).dt.total_days())
        )
        daily[found["row"].to_numpy(), found["day"].to_numpy()] = found["quantity"].to_numpy()
    return Mornings(
        sold=sold,
        products=products,
        promotions=promotions,
        categories=rows,
        first_on=since,
        daily=daily,
        country=country,
        drivers=frozenset(drivers),
    )


def places(category: pl.Series, categories: Sequence[str]) -> NDArray[np.int64]:
    """The place of each of `category` among `categories`, -1 where it is none of them."""
    rows = {name: row for row, name in enumerate(categories)}
    return category.replace_strict(rows, default=-1, return_dtype=pl.Int64).to_numpy()
