"""What changed of late: one product that a dealer's customers no longer want, one they want more, a silent feed.

Without them nothing in the demo would be there to be found but chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .catalogue import NEVER
from .dealers import Dealer
from .pairs import Pairs

CHANGING_DEALER, SILENT_DEALER = "D001", "D007"
STOPPED_AGO, ROSE_AGO, SILENT_DAYS = 35, 77, 6
ROSE_BY = 3.0
# Places among the dealer's products by how often they sell: often enough that a month tells.
_STOPPED_PLACE, _ROSE_PLACE = 1, 0


@dataclass(frozen=True)
class Change:
    """From `day` of the history on, the demand of a pair is `factor` times what it would be."""

    pair: int
    day: int
    factor: float


def make_changes(*, pairs: Pairs, dealers: Sequence[Dealer], days: int) -> list[Change]:
    """One pair stops and one rises, of the products that the dealer has carried since the first day and still does."""
    number = next(place for place, dealer in enumerate(dealers) if dealer.code == CHANGING_DEALER)
    steady = np.flatnonzero((pairs.dealer == number) & (pairs.starts <= 0) & (pairs.ends >= NEVER))
    often = steady[np.argsort(-pairs.rate[steady], kind="stable")]
    told = [(_STOPPED_PLACE, STOPPED_AGO, 0.0), (_ROSE_PLACE, ROSE_AGO, ROSE_BY)]
    return [Change(int(often[place]), days - ago, factor) for place, ago, factor in told if place < len(often)]


def factors(changes: Sequence[Change], *, day: int, pairs: int) -> NDArray[np.float64]:
    """What the demand of each pair is multiplied by on a day, [pairs]."""
    out = np.ones(pairs)
    for change in changes:
        if day >= change.day:
            out[change.pair] = change.factor
    return out


def without_silent(frame: pl.DataFrame, *, until: date) -> pl.DataFrame:
    """Rows (dealer, date) that came in: of the silent dealer none of the last days."""
    return frame.filter((pl.col("dealer") != SILENT_DEALER) | (pl.col("date") <= until - timedelta(days=SILENT_DAYS)))
