# ruff: noqa: PLR0917  (numba has no keyword-only arguments: kernels are called by position)
"""Daily demand of every dealer × product, from the sparse series store to a dense array.

The store keeps what happened (days with sales, days without stock). Kernels want one number a day. What lies between is
the question of what a day without stock would have sold, and it is answered here, once, for every later kernel.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.frames import InvalidFrameError, flat_lists, require_columns
from firstmove.engine.jit import kernel

SERIES: dict[str, pl.DataType] = {
    "dealer": pl.String(),
    "sku": pl.String(),
    "day": pl.List(pl.Int32()),  # days since the window's first day, ascending, unique
    "quantity": pl.List(pl.Float32()),  # net units sold on that day
    "out_day": pl.List(pl.Int32()),  # days out of stock, ascending, unique; may be empty
}
"""One row a dealer × product: the contract between the series store and the engine."""

FILL_DAYS = 91
FILL_EVIDENCE_DAYS = 28


def dense(series: pl.DataFrame, *, days: int) -> NDArray[np.float32]:
    """Demand in units a day, [n, days], row-aligned with `series` (columns `SERIES`).

    A day's net quantity below zero (more returned than sold) is 0. A day that was out of stock and sold nothing is
    missing, not zero: it takes the pair's mean over its in-stock days among the 91 days before it. Where those are
    fewer than 28, the mean over all earlier in-stock days makes up the count, so that one busy day between two outages
    is not taken for the rate of a quarter. Nothing after a day changes its value.

    Example: sold 2, 0, 4, then out of stock for one day: that day counts as (2 + 0 + 4) / 3 = 2 units.

    Raises `InvalidFrameError` when columns are missing, lists differ in length, or a day is outside 0..days - 1, out of
    order or double.
    """
    require_columns(series, SERIES, name="series")
    day, offsets = flat_lists(series["day"], pl.Int32, name="series")
    quantity, quantity_offsets = flat_lists(series["quantity"], pl.Float32, name="series")
    out, out_offsets = flat_lists(series["out_day"], pl.Int32, name="series")
    if not np.array_equal(offsets, quantity_offsets):
        row = int(np.flatnonzero(offsets != quantity_offsets)[0]) - 1
        raise InvalidFrameError(f"series row {row} has lists day and quantity of different length.")
    if not np.isfinite(quantity).all():
        row = int(np.searchsorted(offsets, np.flatnonzero(~np.isfinite(quantity))[0], side="right")) - 1
        raise InvalidFrameError(f"series row {row} has a quantity that is not a finite number.")
    for name, values, bounds in (("day", day, offsets), ("out_day", out, out_offsets)):
        row = int(_first_bad_row(values, bounds, days))
        if row >= 0:
            raise InvalidFrameError(
                f"series.{name} in row {row} must be ascending, without doubles and within 0..{days - 1}."
            )
    demand = np.zeros((len(series), days), np.float32)
    _scatter(day, quantity, offsets, out, out_offsets, demand)
    return demand


@kernel
def _first_bad_row(values: NDArray[np.int32], offsets: NDArray[np.int64], days: int) -> int:
    for i in range(len(offsets) - 1):
        last = -1
        for j in range(offsets[i], offsets[i + 1]):
            if values[j] <= last or values[j] >= days:
                return i
            last = values[j]
    return -1


@kernel
def _scatter(
    day: NDArray[np.int32],
    quantity: NDArray[np.float32],
    offsets: NDArray[np.int64],
    out: NDArray[np.int32],
    out_offsets: NDArray[np.int64],
    demand: NDArray[np.float32],
) -> None:
    days = demand.shape[1]
    missing = np.zeros(days, np.bool_)
    for i in range(demand.shape[0]):
        for j in range(offsets[i], offsets[i + 1]):
            demand[i, day[j]] = max(quantity[j], 0.0)
        if out_offsets[i] == out_offsets[i + 1]:
            continue
        missing[:] = False
        for j in range(out_offsets[i], out_offsets[i + 1]):
            missing[out[j]] = demand[i, out[j]] == 0.0
        recent = earlier = 0.0
        recent_days = earlier_days = 0
        for t in range(days):
            gone = t - FILL_DAYS - 1
            if gone >= 0 and not missing[gone]:
                recent -= demand[i, gone]
                recent_days -= 1
            if missing[t]:
                lacking = max(FILL_EVIDENCE_DAYS - recent_days, 0)
                before = earlier / earlier_days if earlier_days > 0 else 0.0
                demand[i, t] = max(recent + lacking * before, 0.0) / (recent_days + lacking)
            else:
                recent += demand[i, t]
                recent_days += 1
                earlier += demand[i, t]
                earlier_days += 1
