# ruff: noqa: PLR0917  (numba has no keyword-only arguments: kernels are called by position)
"""What the past of a pair says beyond its level and dispersion, in numbers that pairs of any size share."""

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.jit import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

YEAR = 364
QUARTER = 91
WINDOWS = (7, 14, 28, 56, 91, 112, 224)
NAMES = (
    "log_expected",
    "relative_spread",
    *(f"mean_{days}" for days in WINDOWS),
    "last_span",
    "year_ago",
    "year_ago_wide",
    "year_before_last",
    "days_since_sale",
    "days_known",
    "sale_days_28",
    "sale_days_91",
    "sale_days_364",
    "largest_day_364",
    "largest_day_91",
    "third_largest_day_364",
    "last_sale",
    "typical_sale",
    "largest_sum_364",
    "largest_sum_91",
)
"""Columns of `features`. Amounts are (amount - expected) / dispersion of the span; the first is the log of units."""


def features(
    history: NDArray[np.float32], *, mornings: Ints, span: int, expected: Floats, dispersion: Floats
) -> NDArray[np.float32]:
    """`NAMES` of each pair as seen on each morning, [n, mornings, len(NAMES)]; missing years are NaN.

    `history` [n, days]; a morning is the number of days known. `expected` and `dispersion` [n, mornings] are those of
    `distribution.seen_from`. Nothing on or after a morning is looked at.
    """
    out = np.full((len(history), len(mornings), len(NAMES)), np.nan, np.float32)
    _fill(
        np.ascontiguousarray(history),
        np.ascontiguousarray(mornings, np.int64),
        span,
        np.ascontiguousarray(expected),
        np.ascontiguousarray(dispersion),
        np.array(WINDOWS),
        out,
    )
    return out


@kernel
def _fill(  # noqa: PLR0912, PLR0915 (one walk over a row fills its numbers side by side)
    history: NDArray[np.float32],
    mornings: Ints,
    span: int,
    expected: Floats,
    dispersion: Floats,
    windows: Ints,
    out: NDArray[np.float32],
) -> None:
    n, days = history.shape
    total, sales = np.zeros(days + 1), np.zeros(days + 1)
    last = np.full(days + 1, -1)
    count = len(windows)
    for i in range(n):
        born = days
        for t in range(1, days + 1):
            amount = history[i, t - 1]
            total[t] = total[t - 1] + amount
            sales[t] = sales[t - 1] + (amount > 0)
            last[t] = t - 1 if amount > 0 else last[t - 1]
            if born == days and amount > 0:
                born = t - 1
        for k in range(len(mornings)):
            t = mornings[k]
            mean, spread = expected[i, k], dispersion[i, k]
            row = out[i, k]
            row[0] = np.log(mean + 0.01)
            row[1] = spread / np.sqrt(mean + 0.25)
            for w in range(count):
                window = min(windows[w], t)
                row[2 + w] = ((total[t] - total[t - window]) / max(window, 1) * span - mean) / spread
            at = 2 + count
            row[at] = (total[t] - total[max(t - span, 0)] - mean) / spread
            then = t - YEAR
            if then >= 14:
                low, high = then - 14, min(then + span + 14, t)
                row[at + 1] = (total[then + span] - total[then] - mean) / spread
                row[at + 2] = (total[high] - total[low] - mean * (high - low) / span) / spread
            if then >= 182:
                row[at + 3] = ((total[then] - total[then - 182]) / 182 * span - mean) / spread
            row[at + 4] = t - 1 - last[t] if last[t] >= 0 else YEAR
            row[at + 5] = min(max(t - born, 0), YEAR)
            row[at + 6] = sales[t] - sales[max(t - 28, 0)]
            row[at + 7] = sales[t] - sales[max(t - QUARTER, 0)]
            row[at + 8] = sales[t] - sales[max(t - YEAR, 0)]
            first = second = third = recent = squares = 0.0
            for u in range(max(t - YEAR, 0), t):
                amount = history[i, u]
                if amount <= 0:
                    continue
                squares += amount * amount
                if u >= t - QUARTER and amount > recent:
                    recent = amount
                if amount > first:
                    first, second, third = amount, first, second
                elif amount > second:
                    second, third = amount, second
                elif amount > third:
                    third = amount
            year = total[t] - total[max(t - YEAR, 0)]
            row[at + 9] = (first - mean) / spread
            row[at + 10] = (recent - mean) / spread
            row[at + 11] = (third - mean) / spread
            row[at + 12] = (history[i, last[t]] - mean) / spread if last[t] >= 0 else 0.0
            row[at + 13] = squares / max(year, 1.0) / (mean + 1.0)
            top = top_recent = 0.0
            for u in range(max(t - YEAR + span, span), t + 1):
                amount = total[u] - total[u - span]
                top = max(top, amount)
                if u >= t - QUARTER + span and amount > top_recent:
                    top_recent = amount
            row[at + 14] = (top - mean) / spread
            row[at + 15] = (top_recent - mean) / spread
