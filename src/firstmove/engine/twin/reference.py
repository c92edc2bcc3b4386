"""The engine's order-up-to level in the form that the replay program of the evidence asks for."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.demand.distribution import (
    DISPERSION_DAYS,
    ORIGIN_STEP_DAYS,
    ORIGINS,
    PooledQuantiles,
    content_hash,
    pool,
    quantiles,
)


@dataclass(frozen=True)
class _Pinned:
    """Tables, and the history that they were pooled from: its days, and a hash of its rows."""

    days: int
    rows: NDArray[np.uint64]
    pooled: PooledQuantiles


_pinned: dict[int, _Pinned] = {}


def order_up_to(
    history: NDArray[np.float32], pairs: pl.DataFrame, day: dt.date, protection_days: int, q: float
) -> NDArray[np.float64]:
    """Order-up-to level in units for each pair, [n]: the `q` quantile of the demand over `protection_days`.

    `history` [n, days] ends the day before `day`; nothing later is seen. A replay pins the pooled tables as a planning
    run does: they come from the first day that is asked for, and serve later days of the same history. Another history,
    an earlier day or another span pools anew.
    """
    del pairs, day  # the programme hands them to every policy; this level rests on the history alone
    known = _pinned.get(protection_days)
    if known is None or not _continues(history, known, protection_days):
        seen = _recent(history, protection_days)
        known = _Pinned(history.shape[1], content_hash(seen), pool(seen, spans=[protection_days]))
        _pinned[protection_days] = known
    recent = _recent(history, protection_days)
    return quantiles(recent, known.pooled, span=protection_days, probabilities=[q])[:, 0]


def _recent(history: NDArray[np.float32], span: int) -> NDArray[np.float32]:
    """The days that pooling looks at: a year behind the first of its origins."""
    needed = DISPERSION_DAYS + ORIGIN_STEP_DAYS * ORIGINS + 2 * span
    return np.ascontiguousarray(history[:, -needed:], np.float32)


def _continues(history: NDArray[np.float32], known: _Pinned, span: int) -> bool:
    if history.shape[0] != len(known.rows) or history.shape[1] < known.days:
        return False
    return np.array_equal(content_hash(_recent(history[:, : known.days], span)), known.rows)
