# ruff: noqa: PLR0917  (numba has no keyword-only arguments: kernels are called by position)
"""The stock that a network would hold where nobody counted it: a simulated reactive dealer.

A scenario, never a fact: what comes from here is shown as assumed.
"""

import zlib

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.frames import InvalidFrameError, require_rows
from firstmove.engine.jit import kernel

Floats = NDArray[np.float64]

RATE_DAYS = 28
FIRST_RATE_DAYS = 182


def pair_keys(pairs: pl.DataFrame) -> NDArray[np.uint64]:
    """A number for each row, [n], by its dealer's and its product's code: what chance of a pair is drawn from.

    It is the same in every run, order and partition; columns `dealer` and `sku`.
    """
    codes = pairs.select(pl.concat_str("dealer", "sku", separator="|")).to_series()
    return np.array([zlib.crc32(code.encode()) for code in codes], np.uint64)


def reactive_opening(
    history: NDArray[np.float32],
    *,
    multiple: NDArray[np.int64],
    key: NDArray[np.uint64],
    cover_days: int = 35,
    review_days: int = 14,
    lead_low: int = 5,
    lead_high: int = 12,
    warm_days: int = 182,
) -> tuple[Floats, Floats]:
    """Stock after the last day of `history` [n, days], and what is on its way, of a dealer that orders by fixed cover.

    Returns on_hand [n] and pipeline [n, lead_high + 1], both in units; column d arrives d days after the last day, so
    column 0 is empty. The policy runs through the last `warm_days` (a shorter history: through all of it): every
    `review_days` it orders up to `cover_days` of the mean of the last 28 days, in whole multiples; the order takes
    `lead_low`..`lead_high` days, each equally likely; unmet demand is lost. It starts with `cover_days` of the mean of
    the 182 days before, rounded up to a unit.

    Lead times and the day of the first review are drawn from a hash of `key` [n] (one number a pair, the same in every
    run) and the number of the review, so neither partition nor order of the rows changes a draw. Reviews of pairs are
    spread over the `review_days`; on one day for all, every shelf would be at its emptiest together.
    """
    n, days = history.shape
    require_rows([("history", n), ("multiple", len(multiple)), ("key", len(key))])
    if not 0 < lead_low <= lead_high or review_days < 1 or warm_days < 0 or cover_days < 0:
        raise InvalidFrameError("the scenario needs 0 < lead_low <= lead_high, review_days >= 1, no negative days.")
    if n and multiple.min() < 1:
        raise InvalidFrameError("multiple is at least 1.")
    on_hand, pipeline = np.zeros(n), np.zeros((n, lead_high + 1))
    _simulate(
        np.ascontiguousarray(history),
        np.ascontiguousarray(multiple, np.int64),
        np.ascontiguousarray(key, np.uint64),
        cover_days,
        review_days,
        lead_low,
        lead_high,
        max(days - warm_days, 0),
        on_hand,
        pipeline,
    )
    return on_hand, pipeline


def roll_forward(
    on_hand: Floats, pipeline: Floats, demand: NDArray[np.float32], arrivals: NDArray[np.float32]
) -> tuple[Floats, Floats]:
    """Stock and pipeline d days later, by what was sold and received: demand and arrivals are [n, d] units a day.

    Goods arrive before the day's sales; unmet demand is lost. `arrivals` are those of orders that are not in
    `pipeline`. The inputs stay as they are.

    Example: 3 on hand, 2 arriving tomorrow, demand 4 and then 5: 1 is left after the first day, 0 after the second.
    """
    require_rows([(name, len(a)) for name, a in (("on_hand", on_hand), ("pipeline", pipeline), ("demand", demand))])
    if demand.shape != arrivals.shape:
        raise InvalidFrameError(f"demand is {demand.shape} and arrivals {arrivals.shape}; they cover the same days.")
    stock = np.array(on_hand, np.float64)
    horizon = pipeline.shape[1]
    for day in range(demand.shape[1]):
        due = pipeline[:, day + 1] if day + 1 < horizon else 0.0
        stock = np.maximum(stock + due + arrivals[:, day] - demand[:, day], 0.0)
    later = np.zeros_like(pipeline, dtype=np.float64)
    shift = min(demand.shape[1], horizon)
    later[:, 1 : horizon - shift] = pipeline[:, shift + 1 :]
    return stock, later


@kernel
def draw(key: np.uint64, counter: int) -> np.uint64:
    """A number from (key, counter): the finaliser of splitmix64, Steele, Lea and Flood 2014."""
    z = key + np.uint64(counter + 1) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@kernel
def _simulate(
    history: NDArray[np.float32],
    multiple: NDArray[np.int64],
    key: NDArray[np.uint64],
    cover_days: int,
    review_days: int,
    lead_low: int,
    lead_high: int,
    start: int,
    on_hand: Floats,
    pipeline: Floats,
) -> None:
    n, days = history.shape
    ring = np.zeros(lead_high + 1)
    choices = np.uint64(lead_high - lead_low + 1)
    for i in range(n):
        ring[:] = 0.0
        low = max(start - FIRST_RATE_DAYS, 0)
        before = 0.0
        for t in range(low, start):
            before += history[i, t]
        stock = np.ceil(before / max(start - low, 1) * cover_days)
        on_order = 0.0
        phase = int(draw(key[i], -1) % np.uint64(review_days))
        recent = 0.0
        for t in range(max(start - RATE_DAYS, 0), start):
            recent += history[i, t]
        for t in range(start, days):
            slot = t % (lead_high + 1)
            stock += ring[slot]
            on_order -= ring[slot]
            ring[slot] = 0.0
            review, rest = divmod(t - start + review_days - phase, review_days)
            if rest == 0:
                rate = max(recent, 0.0) / max(min(t, RATE_DAYS), 1)
                packs = np.ceil((rate * cover_days - stock - on_order) / multiple[i] - 1e-6)
                if packs > 0:
                    lead = lead_low + int(draw(key[i], review) % choices)
                    on_order += packs * multiple[i]
                    ring[(t + lead) % (lead_high + 1)] += packs * multiple[i]
            stock = max(stock - history[i, t], 0.0)
            recent += history[i, t]
            if t >= RATE_DAYS:
                recent -= history[i, t - RATE_DAYS]
        on_hand[i] = stock
        for d in range(1, lead_high + 1):
            pipeline[i, d] = ring[(days - 1 + d) % (lead_high + 1)]
