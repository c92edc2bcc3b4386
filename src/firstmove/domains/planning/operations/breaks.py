"""The price of a proposed line is the one of its quantity: what the order would pay, and what its worth rests on."""

import numpy as np
import polars as pl

from firstmove.domains.catalog.price_book import PriceBook
from firstmove.engine.inventory.value import VALUE, order_value


def at_their_quantity(results: pl.DataFrame, prices: PriceBook) -> pl.DataFrame:
    """Results with `line_price`, what a unit of the proposed quantity costs, and lines valued anew where it differs.

    How much to order was decided at the price of one unit (`purchase_price`, which stays): a quantity is never made
    larger to reach a step of the price. Example: 10.00 from 1, 9.80 from 24, 30 proposed: the line costs 9.80.
    """
    results = results.with_columns(line_price="purchase_price")
    rows = np.flatnonzero((results["quantity_units"] > 0).to_numpy())
    if not len(rows) or not prices.has_steps:
        return results
    ordered = results[rows]
    paid = prices.paid(ordered.select("product_id", "dealer_id", quantity="quantity_units"))
    differs = (paid.is_not_null() & (paid != ordered["purchase_price"])).fill_null(value=False).to_numpy()
    if not differs.any():
        return results
    at, price = pl.Series(rows[differs]), paid.filter(pl.Series(differs))
    value = order_value(ordered.filter(pl.Series(differs)).with_columns(purchase_price=price))
    return results.with_columns(
        results["line_price"].clone().scatter(at, price),
        results["price_assumed"].clone().scatter(at, values=False),
        *(results[name].clone().scatter(at, value[name]) for name in VALUE if name in results.columns),
    )
