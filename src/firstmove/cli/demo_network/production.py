"""What the enterprise's suppliers planned and made, week by week, following what dealers ordered."""

from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.random import Generator

from .catalogue import Catalogue, supplier_code
from .pairs import Pairs
from .stock import Orders

WEEKS = 52


def production_frame(
    rng: Generator, *, orders: Orders, pairs: Pairs, catalogue: Catalogue, until: date, days: int
) -> pl.DataFrame:
    """``production.csv``: the last 52 weeks, two rows a product and week (its last day), planned and actual, in units.

    The plan is the mean of four weeks' orders; what was made falls a little short of it, now and then by much.
    """
    # Week 0 ends on `until`; older weeks have higher numbers.
    week = (days - 1 - orders.ordered) // 7
    recent = (week >= 0) & (week < WEEKS + 3)
    flat = week[recent].astype(np.int64) * len(catalogue) + pairs.product[orders.pair[recent]]
    ordered = np.bincount(flat, weights=orders.quantity[recent], minlength=(WEEKS + 3) * len(catalogue))
    running = np.cumsum(np.vstack([np.zeros(len(catalogue)), ordered.reshape(WEEKS + 3, -1)]), axis=0)
    planned = np.ceil((running[4:] - running[:-4]) / 4)
    troubled = rng.random(planned.shape) < 0.03
    actual = np.floor(
        planned * np.where(troubled, rng.uniform(0.3, 0.7, planned.shape), rng.normal(0.99, 0.02, planned.shape))
    )
    weeks, products = np.nonzero(planned[::-1] > 0)
    weeks = WEEKS - 1 - weeks
    rows = pl.DataFrame(
        {
            "date": [until - timedelta(days=7 * int(number)) for number in weeks],
            "sku": pl.Series(catalogue.skus).gather(products),
            "planned": planned[weeks, products].astype(np.int64),
            "actual": np.maximum(actual[weeks, products], 0).astype(np.int64),
            "supplier": [supplier_code(int(number)) for number in catalogue.category[products]],
        }
    )
    return rows.unpivot(
        on=["planned", "actual"], index=["date", "sku", "supplier"], variable_name="kind", value_name="quantity"
    ).select("date", "sku", "quantity", "kind", "supplier")
