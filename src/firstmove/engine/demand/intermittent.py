"""The field's two methods for items that sell on few days: Croston's with its bias taken out, and that of Teunter,
Syntetos and Babai. They give a level alone; they stand beside ours where forecasts are measured."""

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.frames import InvalidFrameError
from firstmove.engine.jit import kernel

Floats = NDArray[np.float64]

ALPHA = 0.1
PERIOD_DAYS = 7
# Syntetos, Boylan and Croston 2005, section 4: mean distance between demands, and squared variation of their sizes.
MEAN_DISTANCE, SQUARED_VARIATION = 1.32, 0.49
SEGMENTS = ("smooth", "erratic", "intermittent", "lumpy")


def croston_sba(history: NDArray[np.float32], *, alpha: float = ALPHA) -> Floats:
    """Units a day after history [n, days], [n]: Croston's mean size over mean distance, × (1 - alpha / 2).

    Both are smoothed by `alpha` on days with a sale alone, from the first size and its distance from the eve of the
    first day. Sources: Croston 1972; the correction, Syntetos and Boylan 2005, The accuracy of intermittent demand
    estimates, eq. 5. A row without a sale is 0. Example: 0, 4, 0, 2 with alpha .5: sizes 4 → 3, distances 2 → 2:
    3 / 2 × .75 = 1.125.

    Raises `InvalidFrameError` for an alpha outside 0 to 1.
    """
    rate = np.empty(len(history))
    _croston(np.ascontiguousarray(history, np.float32), _smoothing(alpha), rate)
    out: Floats = rate * (1.0 - alpha / 2.0)
    return out


def tsb(history: NDArray[np.float32], *, alpha: float = ALPHA, chance_alpha: float = ALPHA) -> Floats:
    """Units a day after history [n, days], [n]: mean size of a sale × chance of one, which falls on days without.

    Size is smoothed by `alpha` on days with a sale from the first size, the chance by `chance_alpha` on all days from
    that of the first day (0 or 1). Source: Teunter, Syntetos and Babai 2011, Intermittent demand: linking forecasting
    to inventory obsolescence, eq. 2 and 3. Example: 4, 0, 2 with .5 and .5: sizes 4 → 3, chance 1 → .5 → .75: 2.25.

    Raises `InvalidFrameError` for an alpha outside 0 to 1.
    """
    rate = np.empty(len(history))
    _tsb(np.ascontiguousarray(history, np.float32), _smoothing(alpha), _smoothing(chance_alpha), rate)
    return rate


def segments(history: NDArray[np.float32]) -> NDArray[np.int64]:
    """The place in `SEGMENTS` of each pair by how it sold, from its last 364 days (or those that there are), [n].

    Days are taken seven together, the time from one order to the next: of single days nearly every pair has more
    without a sale than with one. Smooth and erratic pairs have a sale in more than one of 1.32 weeks; in erratic and
    lumpy ones the sizes of the weeks with a sale vary by .49 or more (variance over the mean's square). Source:
    Syntetos, Boylan and Croston 2005, On the categorization of demand patterns. Example: 5 units in every second week
    are intermittent; 1 and 9 by turns in every week erratic (16 / 25 = .64).
    """
    weeks = min(history.shape[1], 364) // PERIOD_DAYS
    if not weeks:
        raise InvalidFrameError(f"a history of {history.shape[1]} days is too short: it takes {PERIOD_DAYS}.")
    sums = history[:, history.shape[1] - weeks * PERIOD_DAYS :].reshape(len(history), weeks, PERIOD_DAYS)
    units = sums.sum(axis=2, dtype=np.float64)
    sold = np.maximum((units > 0).sum(axis=1), 1)
    mean = units.sum(axis=1) / sold
    variance = np.maximum(np.square(units).sum(axis=1) / sold - mean**2, 0.0)
    varied = np.divide(variance, mean**2, out=np.zeros(len(units)), where=mean > 0) >= SQUARED_VARIATION
    distant = weeks / sold >= MEAN_DISTANCE
    return np.asarray(2 * distant + varied, np.int64)


def _smoothing(alpha: float) -> float:
    if not 0 < alpha <= 1:
        raise InvalidFrameError(f"alpha is {alpha}; it has to lie above 0 and not above 1.")
    return alpha


@kernel
def _croston(history: NDArray[np.float32], alpha: float, rate: Floats) -> None:
    for i in range(history.shape[0]):
        size = distance = 0.0
        since = 0
        for t in range(history.shape[1]):
            since += 1
            if history[i, t] > 0.0:
                if distance == 0.0:
                    size, distance = history[i, t], float(since)
                else:
                    size += alpha * (history[i, t] - size)
                    distance += alpha * (since - distance)
                since = 0
        rate[i] = size / distance if distance > 0.0 else 0.0


@kernel
def _tsb(history: NDArray[np.float32], alpha: float, chance_alpha: float, rate: Floats) -> None:
    for i in range(history.shape[0]):
        size = chance = 0.0
        seen = False
        for t in range(history.shape[1]):
            sold = history[i, t] > 0.0
            if sold and not seen:
                size, seen = history[i, t], True
            elif sold:
                size += alpha * (history[i, t] - size)
            one = 1.0 if sold else 0.0
            chance = one if t == 0 else chance + chance_alpha * (one - chance)
        rate[i] = size * chance
