# ruff: noqa: PLR0917  (numba has no keyword-only arguments: kernels are called by position)
"""What goes on around a pair: at its dealer, with its product elsewhere, in its category, and with its customers.

Each function returns a driver for `boosted.train` and `boosted.over`: numbers of every pair as known on given mornings.
"""

from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.frames import require_columns, require_rows
from firstmove.engine.jit import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Driver = Callable[[Ints], NDArray[np.float32]]

YEAR = 364
WINDOWS = (7, 14, 28, 91)
GROUPS = (("sku",), ("dealer",), ("category",), ("dealer", "category"))
LEAST_RATE = 1e-3

RATIOS = (0.15, 0.3, 0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0)
GAPS = (8.0, 12.0, 20.0, 32.0, 50.0, 90.0)
COUNTS = (2, 3, 8, 16)
CELLS = (len(COUNTS) + 1) * (len(RATIOS) + 1) * (len(GAPS) + 1)
MEMORY_DAYS = 546
ONE_ORDER_GAP = 200.0
RHYTHM = 8


def network_trends(pairs: pl.DataFrame, lines: pl.DataFrame, *, span: int, days: int) -> Driver:
    """How much more than usual was sold lately, and a year ago in the coming span, around each pair of `pairs`.

    `pairs` has dealer, sku and category; `lines` the sell-out of the whole network (dealer, sku, day, quantity), whose
    days are numbered like the mornings, 0..days - 1. For each of `GROUPS` the driver gives the group's mean over 7, 14,
    28 and 91 days, and over the coming span a year ago, each over its mean of 364 days: [n, m, 4 × 5].
    """
    require_columns(pairs, {"dealer": pl.String(), "sku": pl.String(), "category": pl.String()}, name="pairs")
    daily = lines.group_by("dealer", "sku", "day").agg(pl.col("quantity").sum())
    category = pairs.select("sku", "category").unique("sku")
    daily = daily.join(category, on="sku", how="left").with_columns(pl.col("category").fill_null("?"))
    totals: list[tuple[Floats, Ints]] = []
    for columns in GROUPS:
        keys = pairs.select(columns).unique(maintain_order=True).with_row_index("group")
        sold = daily.join(keys, on=list(columns)).group_by("group", "day").agg(pl.col("quantity").sum())
        units = np.zeros((len(keys), days + 1))
        units[sold["group"].to_numpy(), sold["day"].to_numpy() + 1] = np.maximum(sold["quantity"].to_numpy(), 0)
        place = pairs.join(keys, on=list(columns), how="left", maintain_order="left")["group"].to_numpy()
        totals.append((units.cumsum(axis=1), place.astype(np.int64)))

    def driver(mornings: Ints) -> NDArray[np.float32]:
        columns = []
        year_ago = np.maximum(mornings - YEAR, 0)
        for total, place in totals:
            usual = (total[:, mornings] - total[:, year_ago]) / YEAR + LEAST_RATE
            for window in WINDOWS:
                recent = (total[:, mornings] - total[:, np.maximum(mornings - window, 0)]) / window
                columns.append((recent / usual)[place])
            coming = (total[:, np.minimum(year_ago + span, mornings)] - total[:, year_ago]) / span
            columns.append((coming / usual)[place])
        return np.stack(columns, axis=2).astype(np.float32)

    return driver


def customer_rhythm(
    pairs: pl.DataFrame,
    lines: pl.DataFrame,
    *,
    span: int,
    learn: Ints,
    expected: Callable[[Ints], tuple[Floats, Floats]],
) -> Driver:
    """The third tier: what the customers of each pair would order over the coming span, by their own rhythm and size.

    A customer who has bought a product some times at some distance is due or is not: how often such customers bought
    within `span` days, and how much of their usual size, is pooled over the network in cells of count, mean distance
    and time since the last purchase over that distance, on the mornings `learn`. `lines` has dealer, customer, sku, day
    and quantity; `expected` gives expected units and dispersion of the pairs [n, m] for mornings, the scale of amounts.

    The driver gives [n, m, 8]: expected units by rhythm; the root of its sum of squares; the weightiest customer's part
    in it; the largest usual size among customers who are due; the number of customers within 182 days; the share of the
    largest customer squared and summed (Herfindahl); customers who are due; the largest customer's time since its last
    purchase over its distance.
    """
    columns = {"dealer": pl.String(), "sku": pl.String(), "day": pl.Int32(), "quantity": pl.Float64()}
    require_columns(lines, columns, name="lines")
    keys = pairs.select("dealer", "sku").with_row_index("pair")
    orders = (
        lines.filter(pl.col("quantity") > 0)
        .join(keys, on=["dealer", "sku"])
        .group_by("pair", "customer", "day")
        .agg(pl.col("quantity").sum())
        .sort("pair", "customer", "day")
    )
    starts = orders.select(pl.struct("pair", "customer").rle_id().alias("run")).to_series().to_numpy()
    offsets = np.concatenate([np.flatnonzero(np.diff(starts, prepend=-1.0)), [len(orders)]]).astype(np.int64)
    pair = orders["pair"].to_numpy().astype(np.int64)
    day, quantity = orders["day"].to_numpy().astype(np.int64), orders["quantity"].to_numpy().astype(np.float64)
    tried, bought, size = np.zeros(CELLS), np.zeros(CELLS), np.zeros(CELLS)
    _learn(day, quantity, offsets, np.ascontiguousarray(learn, np.int64), span, tried, bought, size)
    chance = (bought + 0.5) / (tried + 10.0)
    usual = np.clip(size / np.maximum(bought, 1.0), 0.3, 3.0)

    def driver(mornings: Ints) -> NDArray[np.float32]:
        mean, spread = expected(mornings)
        require_rows([("pairs", len(pairs)), ("expected", len(mean))])
        out = np.zeros((len(pairs), len(mornings), RHYTHM))
        _gather(pair, day, quantity, offsets, np.ascontiguousarray(mornings, np.int64), chance, usual, out)
        for column in (0, 2, 3):
            out[:, :, column] = (out[:, :, column] - mean) / spread
        out[:, :, 1] = np.sqrt(out[:, :, 1]) / spread
        return out.astype(np.float32)

    return driver


@kernel
def _cell(count: int, first: int, last: int, morning: int) -> tuple[int, float]:
    """The cell of a customer with `count` purchases between two days, and time since the last over mean distance."""
    gap = max((last - first) / (count - 1.0), 1.0) if count > 1 else ONE_ORDER_GAP
    ratio = (morning - last) / gap
    a = b = c = 0
    for edge in COUNTS:
        a += count >= edge
    for limit in RATIOS:
        b += ratio > limit
    for limit in GAPS:
        c += gap > limit
    return (a * (len(RATIOS) + 1) + b) * (len(GAPS) + 1) + c, ratio


@kernel
def _learn(
    day: Ints,
    quantity: Floats,
    offsets: Ints,
    mornings: Ints,
    span: int,
    tried: Floats,
    bought: Floats,
    size: Floats,
) -> None:
    for run in range(len(offsets) - 1):
        low = high = offsets[run]
        units = 0.0
        for k in range(len(mornings)):
            morning = mornings[k]
            while high < offsets[run + 1] and day[high] < morning:
                units += quantity[high]
                high += 1
            while low < high and day[low] < morning - MEMORY_DAYS:
                units -= quantity[low]
                low += 1
            if low == high:
                continue
            cell, _ = _cell(high - low, day[low], day[high - 1], morning)
            tried[cell] += 1.0
            coming = 0.0
            place = high
            while place < offsets[run + 1] and day[place] < morning + span:
                coming += quantity[place]
                place += 1
            if coming > 0.0:
                bought[cell] += 1.0
                size[cell] += coming / (units / (high - low))


@kernel
def _gather(
    pair: Ints,
    day: Ints,
    quantity: Floats,
    offsets: Ints,
    mornings: Ints,
    chance: Floats,
    usual: Floats,
    out: Floats,
) -> None:
    pairs = out.shape[0]
    bought, largest = np.zeros((pairs, len(mornings))), np.zeros((pairs, len(mornings)))
    for run in range(len(offsets) - 1):
        low = high = offsets[run]
        i = pair[low]
        units = 0.0
        for k in range(len(mornings)):
            morning = mornings[k]
            while high < offsets[run + 1] and day[high] < morning:
                units += quantity[high]
                high += 1
            while low < high and day[low] < morning - MEMORY_DAYS:
                units -= quantity[low]
                low += 1
            if low == high:
                continue
            cell, ratio = _cell(high - low, day[low], day[high - 1], morning)
            amount = units / (high - low)
            part = chance[cell] * amount * usual[cell]
            row = out[i, k]
            row[0] += part
            row[1] += part * amount * usual[cell]
            row[2] = max(row[2], part)
            if chance[cell] > 0.3:
                row[3] = max(row[3], amount)
                row[6] += 1.0
            row[4] += morning - day[high - 1] <= 182
            row[5] += units * units
            bought[i, k] += units
            if units > largest[i, k]:
                largest[i, k] = units
                row[7] = ratio
    for i in range(pairs):
        for k in range(len(mornings)):
            if bought[i, k] > 0.0:
                out[i, k, 5] /= bought[i, k] * bought[i, k]
