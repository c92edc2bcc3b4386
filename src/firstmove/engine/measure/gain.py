"""Gains that must never be added up: what was measured, and what was worked out as if.

*Measured* is a difference that was seen between two groups of real pairs or two periods, with its interval. *Simulated*
is worked out with one side that never happened: what an order would have brought, had it been placed. Each adds to its
own kind alone; the two have no common base, and adding one to the other is a TypeError and an error of the type check.

Example: an advice that was ignored would have brought 40 (simulated). The hold-out shows +3 a pair and day, -1 to +7
(measured). Neither 43 nor any other sum of the two means anything.
"""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["gain", "loss", "none", "too_few"]


@dataclass(frozen=True)
class Simulated:
    """What would have come of something that did not happen, in the installation's currency, over `cases` cases."""

    amount: float
    cases: int

    def __add__(self, other: "Simulated") -> "Simulated":
        if not isinstance(other, Simulated):
            return NotImplemented
        return Simulated(amount=self.amount + other.amount, cases=self.cases + other.cases)


@dataclass(frozen=True)
class Measured:
    """A difference that was seen, in the metric's own unit, with the interval that holds `confidence` of such figures.

    `base` is the level without advice, so `difference / base` is the relative change. Measured differences of distinct
    groups are not sums either: there is no addition.
    """

    difference: float
    low: float
    high: float
    base: float
    confidence: float
    clusters: int
    verdict: Verdict

    @property
    def relative(self) -> float | None:
        """The change as a share of the base; None where the base is 0."""
        return self.difference / self.base if self.base else None


def verdict_of(low: float, high: float) -> Verdict:
    """A gain or a loss only where the whole interval lies on one side of 0; else no measurable effect.

    >>> verdict_of(0.2, 1.4), verdict_of(-3.0, -0.1), verdict_of(-0.5, 2.0)
    ('gain', 'loss', 'none')
    """
    if low > 0:
        return "gain"
    return "loss" if high < 0 else "none"
