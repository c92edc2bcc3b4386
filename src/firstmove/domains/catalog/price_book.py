"""The prices of all dealers on a day as frames, for a run over every dealer and product.

It follows the same `precedence.PRECEDENCE` as the price of one line, and a test holds both together. No Django here:
a book travels to the machines of a run.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from firstmove.domains.catalog.precedence import PRECEDENCE, ListOf


@dataclass(frozen=True)
class PriceBook:
    """Prices that hold on a day.

    `common` (product_id, from_quantity, price, place) stand in lists for everybody, `particular` (also price_list_id)
    in the others, and `gets` (dealer_id, price_list_id) tells for whom those are. Of the rows that a quantity reaches
    the one of the highest `place` applies.
    """

    common: pl.DataFrame
    particular: pl.DataFrame
    gets: pl.DataFrame

    def of(self, dealer_ids: Collection[int]) -> "PriceBook":
        """What is told of these dealers alone, without everybody's prices."""
        gets = self.gets.filter(pl.col("dealer_id").is_in(list(dealer_ids)))
        return replace(
            self,
            common=self.common.clear(),
            particular=self.particular.join(gets, on="price_list_id", how="semi"),
            gets=gets,
        )

    def with_common(self, common: pl.DataFrame) -> "PriceBook":
        return replace(self, common=common)

    @property
    def has_steps(self) -> bool:
        """Whether any price depends on the quantity."""
        return any((frame["from_quantity"] > 1).any() for frame in (self.common, self.particular))

    def paid(self, pairs: pl.DataFrame) -> pl.Series:
        """What a unit costs, a value a row, null without a price.

        `pairs` has product_id, dealer_id and quantity (units; less than one costs what one does).
        """
        asked = pairs.select("product_id", "dealer_id", reached=pl.col("quantity").clip(lower_bound=1)).with_row_index(
            "row"
        )
        every = asked.join(self.common, on="product_id").select("row", "reached", "from_quantity", "price", "place")
        own = (
            asked.join(self.gets, on="dealer_id")
            .join(self.particular, on=["price_list_id", "product_id"])
            .select("row", "reached", "from_quantity", "price", "place")
        )
        applies = (
            pl.concat([every, own])
            .filter(pl.col("from_quantity") <= pl.col("reached"))
            .group_by("row")
            .agg(pl.col("price").sort_by("place").last())
        )
        return asked.select("row").join(applies, on="row", how="left", maintain_order="left")["price"]


def book_of(
    *, rows: Sequence[tuple[Any, ...]], lists: Iterable[ListOf], dealers: Iterable[tuple[int, str, str]]
) -> PriceBook:
    """Bring prices into their order of precedence.

    `rows` are (price_list_id, product_id, from_quantity, valid_from, price) that hold on the day, `dealers`
    (id, tier, region).
    """
    lists, dealers = list(lists), list(dealers)
    frame = pl.DataFrame(
        [(*row[:3], row[3] or dt.date.min, float(row[4])) for row in rows],
        schema={
            "price_list_id": pl.Int64, "product_id": pl.Int64, "from_quantity": pl.Int64, "starts_on": pl.Date,
            "price": pl.Float64,
        },
        orient="row",
    )  # fmt: skip
    ranks = pl.DataFrame(
        [(one.id, one.rank) for one in lists], schema={"price_list_id": pl.Int64, "rank": pl.Int64}, orient="row"
    )
    ordered = (
        frame.join(ranks, on="price_list_id", maintain_order="left")
        .sort(PRECEDENCE, maintain_order=True)
        .with_row_index("place")
    )
    gets = [
        (dealer_id, one.id)
        for one in lists
        if one.rank
        for dealer_id, tier, region in dealers
        if one.is_for(dealer_id=dealer_id, tier=tier, region=region)
    ]
    columns = ("product_id", "from_quantity", "price", "place")
    return PriceBook(
        common=ordered.filter(pl.col("rank") == 0).select(columns),
        particular=ordered.filter(pl.col("rank") > 0).select("price_list_id", *columns),
        gets=pl.DataFrame(gets, schema={"dealer_id": pl.Int64, "price_list_id": pl.Int64}, orient="row"),
    )
