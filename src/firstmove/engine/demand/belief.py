"""What is believed of a pair that hardly sold yet, as a gamma-Poisson model: a rate, how sure it is, and lots.

Customers come by chance and buy a lot each. Lots a day are Poisson with an unknown rate, the rate is gamma: demand over
a span is then negative binomial in lots, and every day of sell-out corrects the rate by Bayes' rule (Gelman et al.,
Bayesian Data Analysis, 3rd ed., section 2.6).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.demand.distribution import SpanDemand, Spans
from firstmove.engine.frames import InvalidFrameError, require_rows
from firstmove.engine.jit import kernel

Floats = NDArray[np.float64]

# Beyond so many expected lots the sum of probabilities is replaced by a gamma distribution of like mean and variance.
MANY_LOTS = 300.0


@dataclass(frozen=True, eq=False)
class Belief:
    """Row-aligned, each [n]: the expected `rate` in units a day, the `shape` of its gamma distribution (its relative
    variance is 1 / shape; 0 where nothing is believed and history speaks), and the units of a `lot`."""

    rate: Floats
    shape: Floats
    lot: Floats

    def __post_init__(self) -> None:
        require_rows([("rate", len(self.rate)), ("shape", len(self.shape)), ("lot", len(self.lot))])
        for name, values in (("rate", self.rate), ("shape", self.shape)):
            if not (np.isfinite(values) & (values >= 0)).all():
                raise InvalidFrameError(f"{name} of a belief has to be a finite number of at least 0.")
        if not (np.isfinite(self.lot) & (self.lot > 0)).all():
            raise InvalidFrameError("lot of a belief has to be a finite number above 0.")

    @property
    def holds(self) -> NDArray[np.bool_]:
        """For which pairs something is believed, [n]."""
        return self.shape > 0

    def rows(self, chosen: NDArray[np.int64]) -> "Belief":
        """The belief of some of the pairs."""
        return Belief(rate=self.rate[chosen], shape=self.shape[chosen], lot=self.lot[chosen])

    def dispersion(self, days: NDArray[np.int64]) -> Floats:
        """Standard deviation of the units over so many days, [n].

        Example: 2 a day, shape 4, lots of 3, 8 days: mean 16, variance 3 × 16 + 16² / 4 = 112, so 10.6.
        """
        mean = self.rate * days
        return np.asarray(np.sqrt(self.lot * mean + mean**2 / np.where(self.holds, self.shape, 1.0)), np.float64)

    def quantiles(self, days: NDArray[np.int64], probabilities: Sequence[float]) -> Floats:
        """Quantiles of the units over so many days [n], [n, k]; ascending in the probability, whole lots.

        Example: 1 a day, shape 1, lots of one, 1 day: geometric with p = 1/2: the median is 0, the 80 % quantile 2.
        """
        wanted = np.asarray(probabilities, np.float64)
        order = np.argsort(wanted, kind="stable")
        normal = np.array([NormalDist().inv_cdf(p) for p in wanted[order]])
        out = np.empty((len(self.rate), len(wanted)))
        mean = np.where(self.holds, self.rate * days / self.lot, 0.0)
        _negative_binomial(mean, np.where(self.holds, self.shape, 1.0), wanted[order], normal, out)
        back = np.empty_like(out)
        back[:, order] = out * self.lot[:, None]
        return back


def corrected(*, rate: Floats, shape: Floats | float, lot: Floats, sold: Floats, days: Floats) -> Belief:
    """The belief after `sold` units in `days` days of sell-out, all [n].

    A rate is gamma with mean `rate` (units a day) and `shape`; n = sold / lot lots in days d make its shape + n and its
    mean × (shape + n) / (shape + rate × d / lot).

    Example: 2 a day believed with shape 1, lots of one, nothing sold in a week: 2 × 1 / (1 + 14) = 0.13 a day.
    """
    shapes = np.broadcast_to(np.asarray(shape, np.float64), rate.shape)
    came, due = np.maximum(sold, 0.0) / lot, rate * days / lot
    return Belief(rate=rate * (shapes + came) / (shapes + due), shape=shapes + came, lot=lot)


@dataclass(frozen=True, eq=False)
class BelievedDemand(SpanDemand):
    """Demand of pairs of which some are believed: those follow their `belief`, the others `plain`."""

    plain: SpanDemand
    belief: Belief

    def quantiles(self, probabilities: Sequence[float]) -> Floats:
        """As `SpanDemand.quantiles`."""
        out = self.plain.quantiles(probabilities)
        rows = np.flatnonzero(self.belief.holds)
        out[rows] = self.belief.rows(rows).quantiles(self.days[rows], probabilities)
        return out


def believed(plain: SpanDemand, belief: Belief) -> SpanDemand:
    """`plain` where nothing is believed, row-aligned with `belief`."""
    require_rows([("demand", len(plain.span)), ("belief", len(belief.rate))])
    known = {one.name: getattr(plain, one.name) for one in fields(SpanDemand)}
    known["expected_units"] = np.where(belief.holds, belief.rate * plain.days, plain.expected_units)
    # A quarter is added as `distribution.centre` does, so that nobody divides by nothing.
    spread = np.sqrt(belief.dispersion(plain.days) ** 2 + 0.25)
    known["dispersion_units"] = np.where(belief.holds, spread, plain.dispersion_units)
    return BelievedDemand(**known, plain=plain, belief=belief)


def believing(demand: Callable[[Spans], SpanDemand], belief: Belief) -> Callable[[Spans], SpanDemand]:
    """`demand` of any span, corrected by `belief`."""
    return lambda span: believed(demand(span), belief)


@kernel
def _negative_binomial(mean: Floats, shape: Floats, wanted: Floats, normal: Floats, out: Floats) -> None:
    """Quantiles in lots for ascending probabilities `wanted`; `normal` are those of the standard normal."""
    for i in range(len(mean)):
        m, k = mean[i], shape[i]
        if m <= 0:
            for j in range(len(wanted)):
                out[i, j] = 0.0
            continue
        empty = -k * math.log1p(m / k)
        if m > MANY_LOTS or empty < -600.0:
            # Wilson and Hilferty's cube root for a gamma distribution of the same mean and variance
            a = 1.0 / (1.0 / m + 1.0 / k)
            for j in range(len(wanted)):
                root = 1.0 - 1.0 / (9.0 * a) + normal[j] / (3.0 * math.sqrt(a))
                out[i, j] = m * max(root, 0.0) ** 3
            continue
        share = m / (m + k)
        term = math.exp(empty)
        below = term
        count = 0
        for j in range(len(wanted)):
            while below < wanted[j] and count < 1_000_000:
                term *= (k + count) / (count + 1) * share
                below += term
                count += 1
            out[i, j] = count
