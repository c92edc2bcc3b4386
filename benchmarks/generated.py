"""A network of any size from a seed: dealers, products, counted stock, and two years of lumpy demand by bucket.

Each pair sells on rare days, more often in its own season and on the days before a weekend; its rate is log-normal over
pairs (median 28 days with a sale in two years, some sell daily), its sizes are geometric. A pair's numbers come from
its bucket's seed, so that any number of processes makes the same network.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from firstmove.lake import series as series_store

AS_OF = dt.date(2026, 6, 30)
DAYS, ACTIVE_DAYS = 730, 364
SEED = 20260630


@dataclass(frozen=True)
class Network:
    """`dealers` sell each of `products`. Every fourth dealer counts no stock: the scenario supplies it."""

    dealers: int
    products: int
    buckets: int = 16

    @property
    def pairs(self) -> int:
        return self.dealers * self.products

    def dealer_codes(self) -> list[str]:
        return [f"D-{number:05d}" for number in range(self.dealers)]

    def skus(self) -> list[str]:
        return [f"{number:06d}" for number in range(self.products)]

    def counts_stock(self) -> list[str]:
        return [code for number, code in enumerate(self.dealer_codes()) if number % 4]


def series(network: Network, bucket: int) -> pl.DataFrame:
    """The series of one bucket's dealers, as `lake.series` stores them, sorted by dealer and sku."""
    dealers = [
        code for code in network.dealer_codes() if series_store.bucket_of(code, buckets=network.buckets) == bucket
    ]
    n = len(dealers) * network.products
    draw = np.random.default_rng([SEED, bucket])
    rate = np.minimum(draw.lognormal(np.log(28), 1.0, n), 600.0)
    count = draw.poisson(rate)
    pair = np.repeat(np.arange(n), count)
    # Twice as many sales in the middle of a pair's season as in the year's rest, and more on Thursdays and Fridays.
    season = np.repeat(draw.integers(0, 365, n), count)
    day = draw.integers(0, DAYS, len(pair))
    in_season = draw.random(len(pair)) < 0.25
    day = np.where(in_season, (season + draw.normal(0, 25, len(pair)).astype(np.int64)) % 365 + 365 * (day // 365), day)
    late = draw.random(len(pair)) < 0.3
    day = np.clip(np.where(late, day - day % 7 + 4, day), 0, DAYS - 1)
    # Everybody sold once in the last year, as pairs that are planned did.
    pair = np.concatenate([pair, np.arange(n)])
    day = np.concatenate([day, draw.integers(DAYS - ACTIVE_DAYS, DAYS, n)])
    key = np.unique(pair * DAYS + day)
    pair, day = key // DAYS, (key % DAYS).astype(np.int32)
    size = draw.geometric(1 / (1 + draw.exponential(4.0, n))[pair]).astype(np.float32)
    starts = np.searchsorted(pair, np.arange(n + 1))
    return pl.DataFrame(
        {
            "dealer": np.repeat(dealers, network.products) if n else [],
            "sku": network.skus() * len(dealers),
            "day": _lists(day, starts, pl.Int32()),
            "quantity": _lists(size, starts, pl.Float32()),
            "out_day": pl.Series([[]] * n, dtype=pl.List(pl.Int32())),
            "first_sale_day": day[starts[:-1]],
            "last_sale_day": day[starts[1:] - 1],
            "bucket": np.full(n, bucket, np.int32),
        },
        schema=series_store.SERIES_SCHEMA,
    )


def write_series(network: Network, folder: Path) -> None:
    """The whole series store, a bucket at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    for bucket in range(network.buckets):
        series(network, bucket).write_parquet(folder / f"bucket-{bucket:03d}.parquet")
    series_store.finish(folder, first_on=AS_OF - dt.timedelta(days=DAYS - 1), days=DAYS, buckets=network.buckets)


def stock(network: Network) -> pl.DataFrame:
    """What dealers counted on the last day: rows of the feed `stock`."""
    codes = network.counts_stock()
    draw = np.random.default_rng([SEED, network.buckets])
    n = len(codes) * network.products
    return pl.DataFrame(
        {
            "date": pl.Series([AS_OF], dtype=pl.Date).new_from_index(0, n),
            "dealer": np.repeat(codes, network.products),
            "sku": network.skus() * len(codes),
            "quantity": np.floor(draw.exponential(10.0, n)),
        }
    )


def products(network: Network) -> list[dict[str, object]]:
    """Rows for the catalogue: forty categories, packs of 1, 6 or 12, prices between 2 and 42."""
    return [
        {
            "sku": sku,
            "name": f"Product {number}",
            "category": f"Category {number % 40:02d}",
            "multiple": (1, 1, 6, 12)[number % 4],
            "minimum": 1,
            "unit_price": 2.0 + (number * 7919) % 4000 / 100,
        }
        for number, sku in enumerate(network.skus())
    ]


def _lists(values: np.ndarray, starts: np.ndarray, dtype: pl.DataType) -> pl.Series:
    """Values end to end as one list a row; row i is values[starts[i]:starts[i + 1]]."""
    row = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    frame = pl.DataFrame({"row": row, "value": values}).group_by("row", maintain_order=True).agg(pl.col("value"))
    return frame["value"].cast(pl.List(dtype))
