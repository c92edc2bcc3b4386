"""The effect of advice, from pairs that had it and pairs that by lot had none.

Pairs differ far more from each other than advice changes them, so each is compared with its own time before (CUPED):

    y' = y - θ (x - mean x),   θ = cov(x, y) / var(x), pooled within the two groups

with y the metric of a pair in the period and x that of the time before its first advice. θ = 1 is the difference in
differences; θ from the data never has a larger variance. The effect is the difference of the two means of y'.

The interval: pairs of a dealer share its customers and its buyer, so whole dealers are drawn with replacement, 2,000
times from a fixed seed, everything (θ too) is computed anew, and the effect ± t × the standard deviation of the draws
is the interval, t of Student with (dealers - 1) degrees of freedom. Where the interval holds 0 the verdict is "none":
no measurable effect, whatever the sign of the figure.

Sources: Deng, Xu, Kohavi and Walker, Improving the Sensitivity of Online Controlled Experiments by Utilizing
Pre-Experiment Data, WSDM 2013; Cameron, Gelbach and Miller, Bootstrap-Based Improvements for Inference with Clustered
Errors, Review of Economics and Statistics 2008.

Example: two dealers alike, each with a pair advised (before 10, now 12) and a pair held out (before 10, now 11): the
effect is 1 on a base of 11.
"""

import functools
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.frames import InvalidFrameError, require_rows
from firstmove.engine.measure.gain import Measured, verdict_of

Floats = NDArray[np.float64]

DRAWS = 2_000
SEED = 20_261_122
CONFIDENCE = 0.95
POWER = 0.8
FEWEST_DEALERS = 5
FEWEST_HELD = 20


@dataclass(frozen=True)
class Effect:
    """What advice did to one metric, and how much it takes to see `target`.

    `detectable` is the smallest difference that this experiment finds four times of five (in the metric's unit; inf
    where nothing can be said). `held_needed`: pairs that would have to be held out, in place of `held`, to find a
    change of `target` × base; None where nothing can be said.
    """

    gain: Measured
    theta: float
    advised: int
    held: int
    detectable: float
    target: float
    held_needed: int | None


def effect(
    *,
    before: Floats,
    now: Floats,
    held: NDArray[np.bool_],
    dealer: NDArray[np.int64],
    confidence: float = CONFIDENCE,
    target: float = 0.05,
) -> Effect:
    """The effect of advice on a metric of pairs: all [n]; `before` and `now` in the same unit, `dealer` any numbers.

    Fewer than 5 dealers or 20 pairs held out give the figure with an infinite interval and the verdict "too_few".
    Raises `InvalidFrameError` for values that are not finite or inputs that are not row-aligned.
    """
    require_rows([("before", len(before)), ("now", len(now)), ("held", len(held)), ("dealer", len(dealer))])
    if not (np.isfinite(before).all() and np.isfinite(now).all()):
        raise InvalidFrameError("before and now must be finite: leave out pairs whose metric is not known.")
    _, place = np.unique(dealer, return_inverse=True)
    count = int(place.max()) + 1 if len(place) else 0
    sums = np.stack([_sums(before, now, place, count, part) for part in (~held, held)])
    difference, theta, base = _estimate(sums.sum(axis=1)[:, None, :])
    advised, held_out = int((~held).sum()), int(held.sum())
    enough = count >= FEWEST_DEALERS and held_out >= FEWEST_HELD and advised >= FEWEST_HELD
    spread = _spread(sums, count) if enough else np.inf
    if not np.isfinite(spread):
        low, high, needed, detectable = -np.inf, np.inf, None, float("inf")
    else:
        reach = student((1 + confidence) / 2, count - 1) * spread
        low, high = float(difference[0] - reach), float(difference[0] + reach)
        weight = NormalDist().inv_cdf((1 + confidence) / 2) + NormalDist().inv_cdf(POWER)
        detectable = weight * spread
        wanted = target * abs(float(base[0]))
        # the variance is that of the small group, so it falls as the group grows
        needed = int(np.ceil(held_out * (detectable / wanted) ** 2)) if wanted > 0 else None
    gain = Measured(
        difference=float(difference[0]), low=low, high=high, base=float(base[0]), confidence=confidence,
        clusters=count, verdict=verdict_of(low, high) if np.isfinite(low) else "too_few",
    )  # fmt: skip
    return Effect(
        gain=gain, theta=float(theta[0]), advised=advised, held=held_out, detectable=detectable, target=target,
        held_needed=needed,
    )  # fmt: skip


def change(
    *, before: Floats, before_size: Floats, now: Floats, now_size: Floats, confidence: float = CONFIDENCE
) -> Measured:
    """How a ratio of sums changed between two periods, Σ now / Σ now_size - Σ before / Σ before_size.

    Rows are what may be drawn: dealers for the network, weeks for one dealer, each with its own two periods, [n].
    This is no experiment: a season, a price or the market may have moved it. The interval is as in `effect`.

    Example: sold 90 of 100 wanted before and 95 of 100 now: +0.05 on a base of 0.9.
    """
    require_rows([("before", len(before)), ("size", len(before_size)), ("now", len(now)), ("size", len(now_size))])
    count = len(before)
    columns = np.stack([before, before_size, now, now_size], axis=1)
    base, later = (
        _ratio(columns[:, 0].sum(), columns[:, 1].sum()),
        _ratio(columns[:, 2].sum(), columns[:, 3].sum()),
    )
    drawn = _weights(count) @ columns if count >= FEWEST_DEALERS else np.zeros((0, 4))
    found = _ratio(drawn[:, 2], drawn[:, 3]) - _ratio(drawn[:, 0], drawn[:, 1])
    found = found[np.isfinite(found)]
    difference = float(later - base)
    if len(found) < DRAWS / 2 or not np.isfinite(difference):
        return Measured(difference, -np.inf, np.inf, float(base), confidence, count, "too_few")
    reach = float(student((1 + confidence) / 2, count - 1) * found.std(ddof=1))
    low, high = difference - reach, difference + reach
    return Measured(difference, low, high, float(base), confidence, count, verdict_of(low, high))


def student(share: float, freedom: int) -> float:
    """The quantile of Student's t, within 0.005 from four degrees of freedom on and shares up to 0.975.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, 26.7.5.

    >>> round(student(0.975, 10), 3)
    2.228
    """
    z = NormalDist().inv_cdf(share)
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * freedom**4)
    )


def _sums(before: Floats, now: Floats, place: NDArray[np.int64], count: int, part: NDArray[np.bool_]) -> Floats:
    """n, Σx, Σy, Σxx, Σxy of each dealer's pairs of one group, [dealers, 5]."""
    x, y, of = before[part], now[part], place[part]
    columns = (np.ones(len(x)), x, y, x * x, x * y)
    return np.stack([np.bincount(of, weights=column, minlength=count) for column in columns], axis=1)


def _estimate(sums: Floats) -> tuple[Floats, Floats, Floats]:
    """Effect, θ and the adjusted mean of the held-out pairs from sums [2 groups, draws, 5]; each [draws]."""
    n = np.where(sums[:, :, 0] > 0, sums[:, :, 0], np.nan)
    x, y = sums[:, :, 1] / n, sums[:, :, 2] / n
    within = (sums[:, :, 3] - n * x * x).sum(axis=0)
    across = (sums[:, :, 4] - n * x * y).sum(axis=0)
    theta = np.where(within > 1e-12, across / np.where(within > 1e-12, within, 1.0), 0.0)
    centre = sums[:, :, 1].sum(axis=0) / sums[:, :, 0].sum(axis=0)
    adjusted = y - theta * (x - centre)
    return adjusted[0] - adjusted[1], theta, adjusted[1]


def _spread(sums: Floats, count: int) -> float:
    """Standard deviation of the effect over draws of dealers."""
    weights = _weights(count)
    found = _estimate(np.stack([weights @ sums[0], weights @ sums[1]]))[0]
    found = found[np.isfinite(found)]
    return float(found.std(ddof=1)) if len(found) >= DRAWS / 2 else float("inf")


@functools.lru_cache(maxsize=4)
def _weights(count: int) -> Floats:
    """How often each of `count` dealers is drawn, [draws, count]; the same for every metric of a network."""
    return np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), size=DRAWS).astype(np.float64)


def _ratio(part: Floats | float, whole: Floats | float) -> Floats:
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)
