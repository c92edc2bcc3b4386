"""The history as frames: sell-out lines, stock, orders and shipments, with codes instead of numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .catalogue import Catalogue
from .customers import Customers
from .dealers import Dealer
from .demand import Wanted
from .pairs import Pairs
from .prices import Prices
from .stock import Ledger, Orders

SNAPSHOT_DAYS = 60  # before these, stock.parquet keeps only the days with an empty shelf
EARLIEST = -120  # opening orders lie this much before the history at most


@dataclass(frozen=True)
class Codes:
    """Turns numbers of days, pairs and customers into the texts and dates that files carry."""

    pairs: Pairs
    dealers: pl.Series
    skus: pl.Series
    customers: pl.Series
    dates: pl.Series

    def of_pair(self, pair: NDArray[np.int32]) -> dict[str, pl.Series]:
        return {
            "dealer": self.dealers.gather(self.pairs.dealer[pair]),
            "sku": self.skus.gather(self.pairs.product[pair]),
        }

    def date(self, day: NDArray[np.int32]) -> pl.Series:
        return self.dates.gather(day - EARLIEST)

    def date_text(self, day: NDArray[np.int32]) -> pl.Series:
        """Such as 20260331."""
        return self.dates.dt.strftime("%Y%m%d").gather(day - EARLIEST)


def make_codes(
    *, pairs: Pairs, dealers: Sequence[Dealer], catalogue: Catalogue, customers: Customers, first: date, days: int
) -> Codes:
    begin, end = first + timedelta(days=EARLIEST), first + timedelta(days=days + 120)
    return Codes(
        pairs=pairs,
        dealers=pl.Series([dealer.code for dealer in dealers]),
        skus=pl.Series(catalogue.skus),
        customers=customers.frame["customer"],
        dates=pl.date_range(begin, end, eager=True),
    )


def sales_frame(
    *,
    days: range,
    wanted: Wanted,
    ledger: Ledger,
    codes: Codes,
    prices: Prices,
    discounts: NDArray[np.int8],
) -> pl.DataFrame:
    """The lines of ``days``, cut to what was sold: first come, first served while a day's goods last."""
    lines = slice(wanted.starts[days.start], wanted.starts[days.stop])
    day, pair, customer = wanted.day[lines], wanted.pair[lines], wanted.customer[lines]
    quantity = served(quantity=wanted.quantity[lines], day=day, pair=pair, sold=ledger.sold)
    kept = quantity > 0
    day, pair, customer, quantity = day[kept], pair[kept], customer[kept], quantity[kept]
    product = codes.pairs.product[pair]
    price = np.round(prices.paid_by_customer(day=day, product=product) * (1 - discounts[day, pair] / 100), 2)
    # A line is known by its date and a running number of the day.
    number = np.arange(len(day)) - np.searchsorted(day, day)
    return pl.DataFrame(
        {
            "date": codes.date(day),
            "line": codes.date_text(day) + pl.Series(number).cast(pl.String).str.zfill(6),
            "dealer": codes.dealers.gather(codes.pairs.dealer[pair]),
            "customer": codes.customers.gather(np.maximum(customer, 0)).set(pl.Series(customer < 0), None),
            "sku": codes.skus.gather(codes.pairs.product[pair]),
            "quantity": pl.Series(quantity, dtype=pl.Int64),
            "amount": np.round(quantity * price, 2),
        }
    )


def served(
    *, quantity: NDArray[np.int32], day: NDArray[np.int32], pair: NDArray[np.int32], sold: NDArray[np.int32]
) -> NDArray[np.int64]:
    """What each line gets of the ``sold`` units of its day and pair. Lines are sorted by day, then pair.

    Example: lines of 3, 4 and 2 units where 5 were there get 3, 2 and 0.
    """
    if not len(quantity):
        return np.zeros(0, dtype=np.int64)
    running = np.cumsum(quantity, dtype=np.int64)
    begins = np.flatnonzero(np.concatenate(([True], (day[1:] != day[:-1]) | (pair[1:] != pair[:-1]))))
    before = np.repeat(running[begins] - quantity[begins], np.diff(np.append(begins, len(quantity))))
    return np.clip(sold[day, pair] - (running - quantity - before), 0, quantity)


def stock_frame(*, ledger: Ledger, codes: Codes) -> pl.DataFrame:
    """Stock at the end of the day: of every carried pair in the last 60 days, of the empty shelves before.

    A pair that is no longer carried stays in the list while units are left.
    """
    days = len(ledger.closing)
    recent = max(0, days - SNAPSHOT_DAYS)
    starts, ends = codes.pairs.starts, codes.pairs.ends
    parts = []
    for day in range(days):
        carried = (starts <= day) & (day < ends)
        if day < recent:
            listed = np.flatnonzero(carried & (ledger.closing[day] == 0))
        else:
            listed = np.flatnonzero(carried | (ledger.closing[day] > 0))
        parts.append(listed.astype(np.int32))
    day_of = np.repeat(np.arange(days, dtype=np.int32), [len(part) for part in parts])
    pair = np.concatenate(parts)
    return pl.DataFrame(
        {
            "date": codes.date(day_of),
            **codes.of_pair(pair),
            "quantity": pl.Series(ledger.closing[day_of, pair], dtype=pl.Int64),
        }
    )


def orders_frame(*, orders: Orders, codes: Codes, prices: Prices) -> pl.DataFrame:
    """One row an order line; a dealer's lines of one day are one order. ``line`` is unique across orders."""
    of = codes.of_pair(orders.pair)
    price = prices.paid_by_dealer(
        day=orders.ordered, dealer=codes.pairs.dealer[orders.pair], product=codes.pairs.product[orders.pair]
    )
    return (
        pl.DataFrame(
            {
                **of,
                "ordered_on": codes.date(orders.ordered),
                "quantity": pl.Series(orders.quantity, dtype=pl.Int64),
                "price": price,
                "expected_on": codes.date(orders.expected),
                "shipped_on": codes.date(orders.shipped),
                "received_on": codes.date(orders.received),
            }
        )
        .with_columns(order=pl.lit("SO") + codes.date_text(orders.ordered) + pl.col("dealer"))
        .with_columns(number=pl.int_range(1, pl.len() + 1).over("order").cast(pl.String).str.zfill(4))
        .with_columns(line=pl.col("order") + "-" + pl.col("number"))
    )


def shipments_frame(*, lines: pl.DataFrame, until: date) -> pl.DataFrame:
    """What has left by ``until``; ``received_on`` is empty while the goods are on their way."""
    return lines.filter(pl.col("shipped_on") <= until).select(
        "order",
        "line",
        "dealer",
        "sku",
        "shipped_on",
        "quantity",
        received_on=pl.when(pl.col("received_on") <= until).then("received_on"),
    )
