"""Classes of pairs, and how much service each deserves: not from a textbook, but by what service cost in replay."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.frames import InvalidFrameError, require_rows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MARGIN_SHARES = (0.8, 0.95)
VARIATION_EDGES = (0.5, 1.0)
WEEK = 7


def by_margin(margin: Floats) -> Ints:
    """ABC of `margin` [n] earned in a year: 0 (A) for the pairs that bring the first 80 %, 1 (B) up to 95 %, 2 (C).

    The pair that carries the sum over a border belongs to the better class. Pairs of equal margin keep their order.

    Example: margins 70, 20, 6, 4 are of A, A, B, C.
    """
    earned = np.maximum(margin, 0.0)
    order = np.argsort(-earned, kind="stable")
    before = np.cumsum(earned[order]) - earned[order]
    total = max(float(earned.sum()), 1e-12)
    classes = np.empty(len(margin), np.int64)
    classes[order] = np.searchsorted(np.array(MARGIN_SHARES) - 1e-12, before / total, side="right")
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


@dataclass(frozen=True)
class ServiceChoice:
    """The service quantile of each class, and what it cost in replay beside one quantile for all, in money."""

    quantiles: tuple[float, ...]
    cost: float
    cost_of_one_for_all: float


def choose_service(
    trials: Iterable[tuple[float, Floats]], *, classes: Ints, count: int, fallback: float = 0.95
) -> ServiceChoice:
    """Choose for each of `count` classes the quantile that was cheapest in replay on past days.

    `trials` gives for each quantile the replayed cost of each pair [n] (margin lost and stock held); `classes` [n]. A
    class without pairs gets `fallback`. Raises `InvalidFrameError` without a trial.
    """
    tried = list(trials)
    if not tried:
        raise InvalidFrameError("there is no trial to choose a service quantile from.")
    for _, cost in tried:
        require_rows([("classes", len(classes)), ("cost", len(cost))])
    costs = np.array([np.bincount(classes, weights=cost, minlength=count)[:count] for _, cost in tried])
    best = costs.argmin(axis=0)
    present = np.bincount(classes, minlength=count)[:count] > 0
    return ServiceChoice(
        quantiles=tuple(tried[k][0] if there else fallback for k, there in zip(best, present, strict=True)),
        cost=float(costs.min(axis=0).sum()),
        cost_of_one_for_all=float(costs.sum(axis=1).min()),
    )
