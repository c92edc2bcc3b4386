"""Whether a challenger takes over: only where replay says that it costs less, and not by luck of a few dealers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.frames import require_rows

Floats = NDArray[np.float64]

DRAWS = 2_000
CONFIDENCE = 0.95
SEED = 20_261_122


@dataclass(frozen=True)
class Verdict:
    """Saving of the challenger as a share of the champion's cost, with its interval; promoted if that is above 0."""

    saving: float
    low: float
    high: float
    dealers: int
    promoted: bool


def judge(
    *, champion_cost: Floats, challenger_cost: Floats, dealer: NDArray[np.int64], confidence: float = CONFIDENCE
) -> Verdict:
    """Compare the replayed cost of the same pairs [n] under two policies, by a paired bootstrap over dealers.

    Pairs of a dealer share its customers and its season, so dealers are drawn, not pairs: 2,000 samples of as many
    dealers as there are, with replacement, from a fixed seed. The interval holds `confidence` of the savings found. A
    single dealer gives no interval, and nothing is promoted on it.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13 (percentile interval).
    """
    require_rows([("champion", len(champion_cost)), ("challenger", len(challenger_cost)), ("dealer", len(dealer))])
    _, place = np.unique(dealer, return_inverse=True)
    count = int(place.max()) + 1 if len(place) else 0
    ours, theirs = (np.bincount(place, weights=cost, minlength=count) for cost in (champion_cost, challenger_cost))
    whole = float(ours.sum())
    if count < 2 or whole <= 0:
        saving = float(1 - theirs.sum() / whole) if whole > 0 else 0.0
        return Verdict(saving=saving, low=-np.inf, high=np.inf, dealers=count, promoted=False)
    drawn = np.random.default_rng(SEED).integers(0, count, (DRAWS, count))
    base = np.maximum(ours[drawn].sum(axis=1), 1e-12)
    savings = 1 - theirs[drawn].sum(axis=1) / base
    low, high = np.quantile(savings, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Verdict(
        saving=float(1 - theirs.sum() / whole), low=float(low), high=float(high), dealers=count, promoted=bool(low > 0)
    )
