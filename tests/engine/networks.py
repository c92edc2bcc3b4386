"""Small networks for the engine's tests: lumpy demand from a seed, and pairs with plain prices."""

import numpy as np
import polars as pl
from numpy.typing import NDArray


def lumpy(n: int, *, days: int = 730, seed: int = 1) -> NDArray[np.float32]:
    """Daily demand [n, days]: rare days with a few units, each pair with its own rate and size."""
    draw = np.random.default_rng(seed)
    rate, size = draw.uniform(0.01, 0.5, (n, 1)), draw.uniform(1, 12, (n, 1))
    return ((draw.random((n, days)) < rate) * np.ceil(draw.exponential(size, (n, days)))).astype(np.float32)


def pairs(n: int, *, seed: int = 2, dealers: int = 4, **columns: object) -> pl.DataFrame:
    """`propose`'s frame of n pairs spread over dealers; `columns` replaces whole columns by a list or one value."""
    draw = np.random.default_rng(seed)
    frame = pl.DataFrame(
        {
            "dealer": [f"{i % dealers:03d}" for i in range(n)],
            "sku": [f"{i:05d}" for i in range(n)],
            "category": ["tea"] * n,
            "on_hand_units": draw.integers(0, 30, n).astype(float),
            "in_transit_units": draw.integers(0, 10, n).astype(float),
            "order_multiple_units": draw.choice([1, 1, 6, 12], n),
            "order_minimum_units": draw.choice([0, 0, 10], n),
            "lead_days": [9] * n,
            "review_days": [7] * n,
            "purchase_price": draw.uniform(1, 20, n),
            "holding_rate_per_year": [0.2] * n,
            "proposable": [True] * n,
            "days_known": draw.integers(1, 2000, n),
        }
    ).with_columns(sale_price=pl.col("purchase_price") * 1.3)
    for name, values in columns.items():
        column = pl.Series(name, values) if isinstance(values, (list, np.ndarray, pl.Series)) else pl.lit(values)
        frame = frame.with_columns(column.alias(name))
    return frame
