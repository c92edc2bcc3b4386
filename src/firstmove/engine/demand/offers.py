"""What prices and promotions ask of the days ahead, beside what a pair's level holds of them already.

A level learned from a year holds the promotions of that year and the prices before the last change. What multiplies it
is the coming days over what it holds, so a promotion that is over raises no base, and one that comes lifts its days.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.demand.calendar import HORIZON_DAYS, SPAN_FACTOR, WEEK, PairOffers, held
from firstmove.engine.demand.distribution import (
    MIDDLE_DAYS,
    MIDDLE_SHARE,
    RECENT_DAYS,
    RECENT_SHARE,
    SEASON_MARGIN_DAYS,
    SEASON_SHARE,
    YEAR,
    YEAR_SHARE,
)
from firstmove.engine.demand.responses import Response, carried, elasticities, lifts
from firstmove.engine.frames import require_columns, require_rows

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

PROMOTIONS: dict[str, pl.DataType] = {
    "sku": pl.String(),
    "dealer": pl.String(),  # null: every dealer
    "name": pl.String(),
    "starts_on": pl.Date(),
    "ends_on": pl.Date(),  # included
}
"""A row a product and promotion."""

SOLD: dict[str, pl.DataType] = {
    "sku": pl.String(),
    "dealer": pl.String(),
    "date": pl.Date(),
    "quantity": pl.Float64(),
    "amount": pl.Float64(),  # money of the line; may be null
}


@dataclass(frozen=True, eq=False)
class OffersAhead:
    """Prices and promotions of all products, seen from one morning.

    `prices`: sku, factor. `cells`: sku, dealer (null: at all dealers who have no cell of their own), cell: the row in
    `promotions` [cells, 119], `names` and `begins`, as `calendar.PairOffers` has them.
    """

    prices: pl.DataFrame
    cells: pl.DataFrame
    promotions: Floats
    names: tuple[str, ...]
    begins: tuple[dt.date | None, ...]
    morning: dt.date

    def of(self, pairs: pl.DataFrame, *, counted: Bools | None = None) -> PairOffers:
        """Those of `pairs` (dealer, sku), row-aligned; nothing moves a pair that is not `counted` [n]."""
        found = _at_cell(pairs.select("dealer", "sku").lazy(), self.cells).join(
            self.prices.lazy(), on="sku", how="left", maintain_order="left"
        )
        frame = found.select(pl.col("factor").fill_null(1.0), pl.col("cell").fill_null(-1)).collect()
        counts = np.ones(len(pairs), np.bool_) if counted is None else counted
        return PairOffers(
            prices=np.where(counts, frame["factor"].to_numpy(), 1.0),
            cell=np.where(counts, frame["cell"].to_numpy(), -1).astype(np.int64),
            promotions=self.promotions,
            names=self.names,
            begins=self.begins,
            morning=self.morning,
        )


def look_at_offers(
    sold: pl.LazyFrame,
    products: pl.DataFrame,
    promotions: pl.DataFrame,
    *,
    morning: dt.date,
    days: int,
    with_prices: bool = True,
    with_promotions: bool = True,
) -> OffersAhead:
    """Learn responses from the `days` before `morning`, and say what the prices of now and known promotions ask.

    `sold` (columns `SOLD`): sell-out lines; what lies outside those days is not looked at. `products`: sku and
    category. `promotions` (columns `PROMOTIONS`): past ones to learn from, running and planned ones to count in. A
    product that a dealer promotes alone is a cell of its own there; elsewhere it is one cell. Price elasticities are
    learned with their own prices (the median of a week's lines that no promotion touches), lifts with units a day.

    Raises `InvalidFrameError` where columns are missing.
    """
    never_empty = {column: kind for column, kind in PROMOTIONS.items() if column != "dealer"}
    require_columns(promotions, never_empty, name="promotions")
    since = morning - dt.timedelta(days=days)
    known = sold.filter(pl.col("date") >= since, pl.col("date") < morning)
    prices = pl.DataFrame(schema={"sku": pl.String, "factor": pl.Float64})
    if with_prices:
        weeks = days // WEEK
        units, price = _weekly(known, products, promotions, morning=morning, weeks=weeks)
        response = elasticities(units, price, category=_numbers(products))
        prices = products.select("sku").with_columns(factor=pl.Series(price_factors(price, response)))
    cells = _cells(promotions, products) if with_promotions else _cells(promotions.clear(), products)
    if not len(cells):
        nothing = np.ones((0, HORIZON_DAYS))
        return OffersAhead(prices, cells, nothing, (), (), morning)
    daily = np.zeros((len(cells), days))
    sums = (
        _at_cell(known, cells)
        .filter(pl.col("cell").is_not_null())
        .group_by("cell", "date")
        .agg(pl.col("quantity").sum().clip(lower_bound=0.0))
        .collect()
    )
    daily[sums["cell"].to_numpy(), (sums["date"] - since).dt.total_days().to_numpy()] = sums["quantity"].to_numpy()
    promoted, names, begins = _windows(promotions, cells, morning=morning, days=days)
    category = cells.join(products, on="sku", how="left", maintain_order="left")
    response = lifts(daily, promoted[:, :days], first_on=since, category=_numbers(category))
    return OffersAhead(
        prices, cells, promotion_factors(promoted, response.effect, days=days), names, begins, morning
    )  # fmt: skip


def price_factors(price: Floats, response: Response) -> Floats:
    """What multiplies the demand of each product at its last price, [n], from its price a week [n, T], NaN unseen.

    With e its elasticity, price^e now over the mean of price^e that the level holds (`distribution.centre`): .45 of the
    last 52 weeks, .25 of 16, .2 of 8 and .1 of those around the same weeks a year ago. 1 for a product without prices;
    never less than 0.4 or more than 2.5.

    Example: elasticity -1 and a price that doubled this morning: demand is halved, the level knows nothing of it: 0.5.
    """
    require_rows([("price", len(price)), ("response", len(response.effect))])
    known = carried(np.log(np.where(np.asarray(price, np.float64) > 0, price, np.nan)))
    weeks = known.shape[1]
    if not weeks:
        return np.ones(len(known))
    index = np.exp(response.effect[:, None] * (known - known[:, -1:]))  # of each week over now
    first = np.take_along_axis(index, (~np.isnan(index)).argmax(axis=1)[:, None], axis=1)
    index = np.nan_to_num(np.where(np.isnan(index), first, index), nan=1.0)

    def mean(back: int) -> Floats:
        part: Floats = index[:, -min(back, weeks) :].mean(axis=1)
        return part

    year, margin = YEAR // WEEK, SEASON_MARGIN_DAYS // WEEK
    then = weeks - year
    around = index[:, then - margin : then + 2 * margin + 1].mean(axis=1) if then >= margin else mean(year)
    held_already = (
        YEAR_SHARE * mean(year)
        + MIDDLE_SHARE * mean(MIDDLE_DAYS // WEEK)
        + RECENT_SHARE * mean(RECENT_DAYS // WEEK)
        + SEASON_SHARE * around
    )
    return np.clip(1 / held_already, *SPAN_FACTOR)


def promotion_factors(promoted: Bools, lift: Floats, *, days: int) -> Floats:
    """What multiplies the demand of spans of 1, 2, … 119 days, [n, 119].

    `promoted` [n, days + 119]: days past and to come under promotion; `lift` [n]: the logarithm of what one sells over
    an ordinary day. Days ahead over what the level holds, as holidays (`calendar.look_ahead`). Example: a promotion on
    one of the next seven days doubles it, none in the year behind: a week's factor is 8 / 7.
    """
    require_rows([("promoted", len(promoted)), ("lift", len(lift))])
    daily = np.where(promoted, np.exp(lift)[:, None], 1.0)
    coming = np.cumsum(daily[:, days:], axis=1) / np.arange(1, HORIZON_DAYS + 1)
    return np.clip(coming / held(daily[:, :days], np.ones(days)), *SPAN_FACTOR)


def _numbers(products: pl.DataFrame) -> NDArray[np.int64]:
    """The number of each product's category; products without one share one."""
    return products["category"].fill_null("").rank("dense").to_numpy().astype(np.int64)


def _weekly(
    known: pl.LazyFrame, products: pl.DataFrame, promotions: pl.DataFrame, *, morning: dt.date, weeks: int
) -> tuple[Floats, Floats]:
    """Units and price of `products` in each of the `weeks` before `morning`, [n, weeks]."""
    last = morning - dt.timedelta(days=1)
    since = morning - dt.timedelta(weeks=weeks)
    dates = (
        promotions.filter(pl.col("ends_on") >= since, pl.col("starts_on") <= last)
        .select(
            "sku", "dealer", date=pl.date_ranges(pl.col("starts_on").clip(since), pl.col("ends_on").clip(None, last))
        )
        .explode("date")
        .unique()
        .with_columns(promoted=True)
    )
    rows = known.filter(pl.col("date") >= since).join(
        products.select("sku").with_row_index("row").lazy(), on="sku"
    )  # fmt: skip
    paid = (pl.col("quantity") > 0) & (pl.col("amount") > 0)
    if len(dates):
        everywhere = dates.filter(pl.col("dealer").is_null()).drop("dealer").rename({"promoted": "everywhere"})
        alone = dates.filter(pl.col("dealer").is_not_null())
        rows = rows.join(everywhere.lazy(), on=["sku", "date"], how="left").join(
            alone.lazy(), on=["sku", "dealer", "date"], how="left"
        )
        paid &= pl.col("everywhere").is_null() & pl.col("promoted").is_null()
    sums = (
        rows.with_columns(week=(pl.col("date") - pl.lit(since)).dt.total_days() // WEEK)
        .group_by("row", "week")
        .agg(
            pl.col("quantity").sum().clip(lower_bound=0.0),
            price=(pl.col("amount") / pl.col("quantity")).filter(paid).median(),
        )
        .collect()
    )
    units, price = np.zeros((len(products), weeks)), np.full((len(products), weeks), np.nan)
    places = sums["row"].to_numpy(), sums["week"].to_numpy()
    units[places] = sums["quantity"].to_numpy()
    price[places] = sums["price"].cast(pl.Float64).to_numpy()
    return units, price


def _cells(promotions: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    """Where a product is promoted in its own way: sku, dealer (null: wherever there is no other), cell."""
    return (
        promotions.join(products, on="sku", how="semi").select("sku", "dealer").unique().sort("sku", "dealer")
    ).with_columns(cell=pl.int_range(pl.len(), dtype=pl.Int64))


def _at_cell(frame: pl.LazyFrame, cells: pl.DataFrame) -> pl.LazyFrame:
    """`frame` (dealer, sku, …) with the cell of each row, null where it has none; rows keep their order."""
    everywhere = cells.filter(pl.col("dealer").is_null()).select("sku", pl.col("cell").alias("everywhere")).lazy()
    alone = cells.filter(pl.col("dealer").is_not_null()).lazy()
    return (
        frame.join(alone, on=["sku", "dealer"], how="left", maintain_order="left")
        .join(everywhere, on="sku", how="left", maintain_order="left")
        .with_columns(cell=pl.coalesce("cell", "everywhere"))
        .drop("everywhere")
    )


def _windows(
    promotions: pl.DataFrame, cells: pl.DataFrame, *, morning: dt.date, days: int
) -> tuple[Bools, tuple[str, ...], tuple[dt.date | None, ...]]:
    """Days of each cell under promotion, [cells, days + 119], and the promotion that runs or comes next."""
    since = morning - dt.timedelta(days=days)
    promoted = np.zeros((len(cells), days + HORIZON_DAYS), np.bool_)
    names, begins = [""] * len(cells), [None] * len(cells)
    # what runs everywhere runs in the cells of single dealers, too
    felt = cells.join(promotions, on="sku").filter(
        pl.col("dealer_right").is_null() | pl.col("dealer").eq_missing(pl.col("dealer_right"))
    )
    rows = felt.select("cell", "name", "starts_on", "ends_on").sort("starts_on", "name", "cell").iter_rows()
    for cell, name, starts_on, ends_on in rows:
        low, high = (starts_on - since).days, (ends_on - since).days + 1
        promoted[cell, max(low, 0) : max(high, 0)] = True
        if begins[cell] is None and high > days and low < days + HORIZON_DAYS:
            names[cell], begins[cell] = name, starts_on
    return promoted, tuple(names), tuple(begins)
