"""Why a line of a new dealer or a new product was proposed, as it was stored with the line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ColdStart:
    """`kind`: "dealer" or "product". Units a week at this dealer: `expected_week` before anything sold, `week` after
    `sold` units in `days` days, at this dealer where it is new, in the whole network where the product is.

    Of a new dealer: how many `look_alikes`, what they sell on average (`their_week`), and the dealer's `market` over
    theirs. Of a new product: how many `launches` of its category and price band there were, of `all_launches`.
    """

    kind: str
    expected_week: float
    week: float
    sold: float
    days: int
    look_alikes: int = 0
    their_week: float = 0.0
    market: float = 0.0
    launches: int = 0
    all_launches: int = 0


def cold_start(stored: Mapping[str, Any] | None) -> ColdStart | None:
    """What a run stored with a line, or None where history spoke."""
    return ColdStart(**stored) if stored else None
