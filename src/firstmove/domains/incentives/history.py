"""What the history tells of dealers' purchases and sell-out: for growth over a year before, sell-out and previews."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

import polars as pl
from django.conf import settings

from firstmove.domains.catalog.queries import Listing
from firstmove.domains.incentives.rules import Rules
from firstmove.kernel.money import rounded
from firstmove.lake.scope import LakeScope
from firstmove.lake.store import Lake


@dataclass(frozen=True)
class SoldOut:
    """What a dealer sold of a product in a month, at what its customers paid, as far as the period reaches."""

    dealer: str
    product_id: int
    month: dt.date
    amount: Decimal


def sold_out(
    rules: Rules,
    *,
    dealers: Collection[str],
    since: dt.date,
    until: dt.date,
    listings: dict[str, Listing],
    currency: str,
) -> list[SoldOut]:
    """Sell-out that counts by dealer, month and product. A sale without an amount is worth the product's list price."""
    rows = _counting(_sales(dealers, since, until, listings), rules, listings)
    sums = (
        rows.group_by("dealer", pl.col("date").dt.truncate("1mo").alias("month"), "sku")
        .agg(pl.col("amount").sum())
        .sort("dealer", "month", "sku")
        .collect()
    )
    return [
        SoldOut(dealer, listings[sku].id, month, rounded(amount, currency=currency))
        for dealer, month, sku, amount in sums.select("dealer", "month", "sku", "amount").iter_rows()
    ]


def amounts(
    rules: Rules,
    *,
    dealers: Collection[str],
    since: dt.date,
    until: dt.date,
    listings: dict[str, Listing],
    currency: str,
) -> dict[str, Decimal]:
    """What counts of each dealer between two days, by the history alone: orders by their business day, or sell-out.

    Dealers without any are absent.
    """
    read = _sales if rules.basis == "sell_out" else _orders
    rows = _counting(read(dealers, since, until, listings), rules, listings)
    sums = rows.group_by("dealer").agg(pl.col("amount").sum()).collect()
    return {dealer: rounded(amount, currency=currency) for dealer, amount in sums.iter_rows()}


def _sales(dealers: Collection[str], since: dt.date, until: dt.date, listings: dict[str, Listing]) -> pl.LazyFrame:
    return _read("sales", "date", dealers, since, until).with_columns(
        amount=pl.coalesce("amount", pl.col("quantity") * _prices(listings))
    )


def _orders(dealers: Collection[str], since: dt.date, until: dt.date, _listings: dict[str, Listing]) -> pl.LazyFrame:
    return _read("orders", "ordered_on", dealers, since, until).with_columns(
        # A price that a file left out counts as nothing, as it does in the order.
        amount=pl.col("quantity") * pl.col("price").fill_null(0.0),
        date=pl.col("ordered_on"),
    )


def _read(table: str, day: str, dealers: Collection[str], since: dt.date, until: dt.date) -> pl.LazyFrame:
    lake = Lake(settings.LAKE_ROOT)
    if lake.version(table) is None:
        return pl.LazyFrame(
            schema={
                "dealer": pl.String,
                "sku": pl.String,
                day: pl.Date,
                "quantity": pl.Float64,
                "price": pl.Float64,
                "amount": pl.Float64,
            }
        )
    rows = lake.scan(table=table, scope=LakeScope.system(), since=since, until=until)
    return rows.filter(pl.col("dealer").is_in(sorted(dealers)))


def _prices(listings: dict[str, Listing]) -> pl.Expr:
    prices = {sku: float(one.unit_price) for sku, one in listings.items() if one.unit_price is not None}
    return pl.col("sku").replace_strict(prices, default=0.0, return_dtype=pl.Float64)


def _counting(rows: pl.LazyFrame, rules: Rules, listings: dict[str, Listing]) -> pl.LazyFrame:
    """Rows of products that count on their day."""
    wanted = [
        sku
        for sku, one in listings.items()
        if (not rules.product_ids or one.id in rules.product_ids)
        and (not rules.categories or one.category in rules.categories)
    ]
    rows = rows.filter(pl.col("sku").is_in(wanted))
    if rules.new_within_days is not None:
        listed = {sku: one.listed_on for sku, one in listings.items() if one.listed_on is not None}
        rows = rows.with_columns(
            listed_on=pl.col("sku").replace_strict(listed, default=None, return_dtype=pl.Date)
        ).filter((pl.col("date") - pl.col("listed_on")).dt.total_days().is_between(0, rules.new_within_days - 1))
    return rows
