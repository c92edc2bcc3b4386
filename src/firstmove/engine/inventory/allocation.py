# ruff: noqa: PLR0912, PLR0917  (numba has no keyword-only arguments, and a kernel's loops stand in one place)
"""Scarce goods: who gets how much of what is there, and the numbers that explain it to each dealer.

The rule is the same for everybody: in proportion to calibrated need, times one plus the bonus of the dealer's tier,
which is at most `BONUS_MOST`; nobody gets more than it asked for, and what one does not need goes to the others. First
come first served fills fewer orders and leaves the slowest dealer with nothing; rules that reward large orders teach
dealers to inflate them (Cachon and Lariviere, "Capacity Choice and Allocation", 1999), which is why need comes from
sell-out and not from the order.
"""

from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.frames import InvalidFrameError, floats, require_columns
from firstmove.engine.jit import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BONUS_MOST = 0.25
"""No tier is preferred by more: with it every dealer keeps at least four fifths of an equal share."""

CLAIMS: dict[str, pl.DataType] = {
    "sku": pl.String(),
    "dealer": pl.String(),
    "need_units": pl.Float64(),  # calibrated: what its order path asks for until more comes
    "bonus": pl.Float64(),  # of its tier, 0 … BONUS_MOST
    "multiple_units": pl.Int64(),
    "minimum_units": pl.Int64(),
}
"""One row a dealer that needs a scarce product; one a dealer and product."""

GRANTS: dict[str, pl.DataType] = {
    "granted_units": pl.Float64(),
    "share": pl.Float64(),  # of this dealer's need
    "equal_share": pl.Float64(),  # of everybody's need: what is there over what is needed, at most 1
}


def allocate(claims: pl.DataFrame, available: pl.DataFrame) -> pl.DataFrame:
    """Grants for `claims` (columns `CLAIMS`), row-aligned: columns `GRANTS`. `available`: sku, available_units.

    Steps of an order (the first one the minimum, then multiples) are handed out one by one, always to the dealer who is
    furthest behind its fair share, measured from the middle of the step (Webster's divisor rule). The sequence does not
    rest on how much there is, so a unit more never costs anybody a unit, as largest remainders would now and then (the
    Alabama paradox). When the next step does not fit, the rest stays: less than one step.

    Every dealer ends within half a step of its fair share, at least need × equal share / (1 + BONUS_MOST), less a step
    and what did not fit. Needs are rounded down to what can be ordered, but not below the first step where half of it
    is needed. Equal claims are told apart by the dealer's code, never by the order of rows.

    Example: 70 there, needs 60 and 40, single units, no bonus: 42 and 28.

    Raises `InvalidFrameError` for missing columns, a bonus outside 0 … BONUS_MOST, or a dealer twice for a product.
    """
    require_columns(claims, CLAIMS, name="claims")
    require_columns(available, {"sku": pl.String(), "available_units": pl.Float64()}, name="available")
    bonus = floats(claims, "bonus", name="claims", minimum=0.0)
    if len(bonus) and bonus.max() > BONUS_MOST:
        raise InvalidFrameError(f"claims.bonus is {bonus.max():g}; a tier's bonus is at most {BONUS_MOST:g}.")
    if claims.select(pl.struct("sku", "dealer").is_duplicated().any()).item():
        raise InvalidFrameError("claims has a dealer twice for one product: add its needs up first.")
    floats(claims, "need_units", name="claims", minimum=0.0)
    floats(claims, "multiple_units", name="claims", minimum=1.0)
    rows = (
        claims.with_row_index("row")
        .join(available.select("sku", "available_units"), on="sku", how="left", maintain_order="left")
        .sort("sku", "dealer")
    )
    if rows["available_units"].null_count():
        sku = rows.filter(pl.col("available_units").is_null())["sku"][0]
        raise InvalidFrameError(f"available has no row for product {sku}.")
    if rows.is_empty():
        return pl.DataFrame(schema=GRANTS)
    need = rows["need_units"].cast(pl.Float64).to_numpy()
    multiple = rows["multiple_units"].cast(pl.Int64).to_numpy()
    first = -(-np.maximum(rows["minimum_units"].cast(pl.Int64).to_numpy(), multiple) // multiple) * multiple
    asked = np.floor(need / multiple + 1e-6) * multiple
    asked = np.where(asked >= first, asked, np.where(2 * need >= first, first, 0)).astype(np.float64)
    weight = asked * (1.0 + rows["bonus"].cast(pl.Float64).to_numpy())
    start = np.flatnonzero(np.r_[True, rows["sku"].to_numpy()[1:] != rows["sku"].to_numpy()[:-1]])
    bounds = np.r_[start, len(rows)].astype(np.int64)
    there = np.maximum(rows["available_units"].cast(pl.Float64).to_numpy(), 0.0)
    granted = np.zeros(len(rows))
    _hand_out(bounds, there, asked, weight, first.astype(np.float64), multiple.astype(np.float64), granted)
    equal = np.zeros(len(rows))
    for low, high in pairwise(bounds.tolist()):
        whole = asked[low:high].sum()
        equal[low:high] = min(there[low] / whole, 1.0) if whole > 0 else 1.0
    share = np.where(asked > 0, granted / np.where(asked > 0, asked, 1.0), 1.0)
    return (
        pl.DataFrame({"row": rows["row"], "granted_units": granted, "share": share, "equal_share": equal})
        .sort("row")
        .drop("row")
    )


@kernel
def _units_behind(threshold: float, asked: float, weight: float, first: float, multiple: float) -> float:
    """Units of the steps of one claim whose key is at most `threshold`."""
    reach = threshold * weight
    if asked <= 0.0 or reach < first / 2:
        return 0.0
    units = first + max(np.floor((reach - first) / multiple + 0.5), 0.0) * multiple
    return float(min(units, asked))


@kernel
def _hand_out(
    bounds: Ints, there: Floats, asked: Floats, weight: Floats, first: Floats, multiple: Floats, granted: Floats
) -> None:
    for product in range(len(bounds) - 1):
        low, high = bounds[product], bounds[product + 1]
        supply = there[low]
        total = 0.0
        for i in range(low, high):
            total += asked[i]
        if total <= supply:
            for i in range(low, high):
                granted[i] = asked[i]
            continue
        # the largest threshold whose steps all fit; what is left is handed out step by step
        below, above = 0.0, 1.0
        biggest = 0.0
        for i in range(low, high):
            if asked[i] > 0.0:
                biggest = max(biggest, first[i] / weight[i])
        above += biggest
        for _ in range(60):
            middle = (below + above) / 2
            used = 0.0
            for i in range(low, high):
                used += _units_behind(middle, asked[i], weight[i], first[i], multiple[i])
            if used <= supply:
                below = middle
            else:
                above = middle
        left = supply
        for i in range(low, high):
            granted[i] = _units_behind(below, asked[i], weight[i], first[i], multiple[i])
            left -= granted[i]
        while True:
            best, key, size = -1, 0.0, 0.0
            for i in range(low, high):
                if granted[i] >= asked[i]:
                    continue
                step = first[i] if granted[i] == 0.0 else multiple[i]
                behind = (granted[i] + step / 2) / weight[i]
                if best < 0 or behind < key:
                    best, key, size = i, behind, step
            if best < 0 or size > left + 1e-9:
                break
            granted[best] += size
            left -= size
