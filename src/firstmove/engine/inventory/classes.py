"""Classes of pairs, and how much service each deserves: not from a textbook, but by what service cost in replay."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.frames import InvalidFrameError, floats, require_rows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MARGIN_SHARES = (0.8, 0.95)
VARIATION_EDGES = (0.5, 1.0)
WEEK = 7
YEAR_DAYS = 364

MARGIN_NAMES, VARIATION_NAMES = ("A", "B", "C"), ("X", "Y", "Z")
STOCK_CLASSES = tuple(a + x for a in MARGIN_NAMES for x in VARIATION_NAMES)
LIFE_CYCLES = ("new", "growing", "mature", "declining", "dead")
DEAD_DAYS = 182
TREND_DAYS = 91
TREND_RATIO = 1.5
TREND_T = 1.645


def by_margin(margin: Floats, *, group: Ints | None = None) -> Ints:
    """ABC of `margin` [n] earned in a year: 0 (A) for the pairs that bring the first 80 %, 1 (B) up to 95 %, 2 (C).

    With `group` [n] each group has its own A, B and C. The pair that carries the sum over a border belongs to the
    better class. Pairs of equal margin keep their order.

    Example: margins 70, 20, 6, 4 are of A, A, B, C.
    """
    earned = np.maximum(margin, 0.0)
    group = np.zeros(len(margin), np.int64) if group is None else group
    require_rows([("margin", len(margin)), ("group", len(group))])
    order = np.lexsort((-earned, group))
    classes = np.empty(len(margin), np.int64)
    for rows in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        before = np.cumsum(earned[rows]) - earned[rows]
        total = max(float(earned[rows].sum()), 1e-12)
        classes[rows] = np.searchsorted(np.array(MARGIN_SHARES) - 1e-12, before / total, side="right")
    return classes


def by_variability(history: NDArray[np.float32], *, days: int = 364) -> Ints:
    """XYZ of weekly demand over the last `days` of history [n, days]: 0 (X) where its coefficient of variation is at
    most 0.5, 1 (Y) up to 1, 2 (Z) beyond, and for a pair that did not sell.
    """
    weeks = min(days, history.shape[1]) // WEEK
    if not weeks:
        return np.full(len(history), len(VARIATION_EDGES), np.int64)
    sums = (
        history[:, history.shape[1] - weeks * WEEK :].reshape(len(history), weeks, WEEK).sum(axis=2, dtype=np.float64)
    )
    mean = sums.mean(axis=1)
    variation = np.where(mean > 0, sums.std(axis=1) / np.where(mean > 0, mean, 1.0), np.inf)
    return np.searchsorted(np.array(VARIATION_EDGES), variation).astype(np.int64)


def by_life_cycle(history: NDArray[np.float32], *, days_known: Ints) -> Ints:
    """The stage of each pair's life, [n], as an index of `LIFE_CYCLES`, by the first that holds:

    - new: first sold within the last 182 days, too short a time for a trend
    - dead: not sold in the last 182 days
    - growing, declining: the last 13 weeks sold half as much again as the same 13 weeks a year before (the 13 before
      them where the pair is younger than 65 weeks), or two thirds and less of them; and Welch's t of the weekly sums
      is beyond 1.645, so that one large order is no trend
    - mature: none of these

    The stages are those of Levitt (Exploit the product life cycle, HBR 1965); the borders are ours. `days_known` [n]
    are days since the first sale.
    """
    n, days = history.shape
    require_rows([("history", n), ("days_known", len(days_known))])
    recent = _weeks(history, days, TREND_DAYS)
    older = _weeks(history, days - TREND_DAYS, TREND_DAYS)
    year_ago = _weeks(history, days - YEAR_DAYS, TREND_DAYS) if days >= YEAR_DAYS + TREND_DAYS else older
    before = np.where((days_known >= YEAR_DAYS + TREND_DAYS)[:, None], year_ago, older)
    now, then = recent.mean(axis=1), before.mean(axis=1)
    error = np.sqrt((recent.var(axis=1, ddof=1) + before.var(axis=1, ddof=1)) / recent.shape[1])
    sure = np.abs(now - then) >= TREND_T * np.maximum(error, 1e-12)
    stage = np.full(n, LIFE_CYCLES.index("mature"), np.int64)
    stage[sure & (now >= TREND_RATIO * then) & (now > 0)] = LIFE_CYCLES.index("growing")
    stage[sure & (now * TREND_RATIO <= then) & (then > 0)] = LIFE_CYCLES.index("declining")
    stage[~history[:, max(days - DEAD_DAYS, 0) :].any(axis=1)] = LIFE_CYCLES.index("dead")
    stage[days_known < DEAD_DAYS] = LIFE_CYCLES.index("new")
    return stage


def _weeks(history: NDArray[np.float32], end: int, days: int) -> Floats:
    """Sums of the whole weeks of the `days` up to `end`, [n, weeks]; days before the history count as none."""
    part = np.zeros((len(history), days), np.float64)
    known = history[:, max(end - days, 0) : max(end, 0)]
    if known.shape[1]:
        part[:, -known.shape[1] :] = known
    return np.asarray(part.reshape(len(history), days // WEEK, WEEK).sum(axis=2), np.float64)


def classify(pairs: pl.DataFrame, history: NDArray[np.float32]) -> pl.DataFrame:
    """`stock_class` (AX to CZ) and `life_cycle` of each pair, row-aligned; ABC within each dealer.

    `pairs` has dealer, purchase_price, sale_price and days_known; `history` [n, days] ends this morning. A dealer's
    rows must be in one call.
    """
    require_rows([("pairs", len(pairs)), ("history", len(history))])
    sold = history[:, max(history.shape[1] - YEAR_DAYS, 0) :].sum(axis=1, dtype=np.float64)
    unit = floats(pairs, "sale_price", name="pairs") - floats(pairs, "purchase_price", name="pairs")
    dealer = pairs["dealer"].rank("dense").cast(pl.Int64).to_numpy()
    margin, variation = by_margin(sold * unit, group=dealer), by_variability(history)
    stage = by_life_cycle(history, days_known=floats(pairs, "days_known", name="pairs").astype(np.int64))
    return pl.DataFrame(
        {
            "stock_class": [
                STOCK_CLASSES[a * len(VARIATION_NAMES) + x] for a, x in zip(margin, variation, strict=True)
            ],
            "life_cycle": [LIFE_CYCLES[k] for k in stage],
        },
        schema={"stock_class": pl.String, "life_cycle": pl.String},
    )


@dataclass(frozen=True)
class ServiceChoice:
    """The service quantile of each class, and what it cost in replay beside one quantile for all, in money."""

    quantiles: tuple[float, ...]
    cost: float
    cost_of_one_for_all: float
    one_for_all: float


def choose_service(
    trials: Iterable[tuple[float, Floats]],
    *,
    classes: Ints,
    count: int,
    fallback: float = 0.95,
    certainty: float = 0.0,
) -> ServiceChoice:
    """Choose for each of `count` classes the quantile that was cheapest in replay on past days.

    `trials` gives for each quantile the replayed cost of each pair [n] (margin lost and stock held); `classes` [n]. A
    class without pairs gets `fallback`. With `certainty` a class leaves the quantile that is best for all only where
    what it saves is at least so many standard errors of the sum over its pairs: a class of few or wild pairs would
    otherwise follow the luck of one window. Raises `InvalidFrameError` without a trial.
    """
    tried = list(trials)
    if not tried:
        raise InvalidFrameError("there is no trial to choose a service quantile from.")
    for _, cost in tried:
        require_rows([("classes", len(classes)), ("cost", len(cost))])
    costs = np.array([np.bincount(classes, weights=cost, minlength=count)[:count] for _, cost in tried])
    common = int(costs.sum(axis=1).argmin())
    best = costs.argmin(axis=0)
    present = np.bincount(classes, minlength=count)[:count] > 0
    for index in np.flatnonzero(present & (best != common)):
        members = classes == index
        saved = tried[common][1][members] - tried[best[index]][1][members]
        if saved.sum() < certainty * np.sqrt(len(saved)) * saved.std():
            best[index] = common
    return ServiceChoice(
        quantiles=tuple(tried[k][0] if there else fallback for k, there in zip(best, present, strict=True)),
        cost=float(costs[best, np.arange(count)].sum()),
        cost_of_one_for_all=float(costs[common].sum()),
        one_for_all=tried[common][0],
    )
