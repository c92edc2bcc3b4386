"""Which of several prices a dealer pays: one order of precedence, and why a price applied.

A price stands in a list. A list is for those dealers who meet all of its conditions (a dealer, a tier, a region; none:
everybody) and may be a contract. Of the prices that hold on a day and whose quantity is reached, the one applies

1. whose list is the most particular: contract > dealer > tier > region > everybody,
2. then, that started last (a price without a start is the oldest),
3. then, of the higher quantity,
4. then, of the list that was made last.

Never the lowest by accident. A later start so replaces the steps of an earlier one from its own quantity on: after
10 from 1 and 9 from 24 since January, a price of 10.50 from 1 since March is what 30 units cost in March too.

Example: everybody 10.00, and 9.80 from 24; tier A 9.90. A dealer of tier A pays 9.90 for 30 units, another 9.80.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import NamedTuple

# Sums of them compare as the particular goes before the general: a tier within a region before a tier.
_CONTRACT, _DEALER, _TIER, _REGION = 8, 4, 2, 1

PRECEDENCE = ("rank", "starts_on", "from_quantity", "price_list_id")
"""The columns by which prices are ordered; of those that are reached the highest applies."""


@dataclass(frozen=True, slots=True)
class ListOf:
    """A price list and whom it is for; empty conditions are met by everybody."""

    id: int
    name: str
    contract: str
    dealer_id: int | None
    tier: str
    region: str

    @property
    def rank(self) -> int:
        return rank(contract=self.contract, dealer_id=self.dealer_id, tier=self.tier, region=self.region)

    @property
    def rule(self) -> str:
        """The first of "contract", "dealer", "tier", "region" that it names, else "everybody"."""
        for name, named in (
            ("contract", self.contract), ("dealer", self.dealer_id), ("tier", self.tier), ("region", self.region)
        ):  # fmt: skip
            if named:
                return name
        return "everybody"

    def is_for(self, *, dealer_id: int, tier: str, region: str) -> bool:
        return self.dealer_id in (None, dealer_id) and self.tier in ("", tier) and self.region in ("", region)


def rank(*, contract: str, dealer_id: int | None, tier: str, region: str) -> int:
    """How particular a list is, 0 for everybody's.

    >>> rank(contract="", dealer_id=7, tier="", region="") > rank(contract="", dealer_id=None, tier="A", region="N")
    True
    """
    named = ((contract, _CONTRACT), (dealer_id, _DEALER), (tier, _TIER), (region, _REGION))
    return sum(worth for condition, worth in named if condition)


class PriceRow(NamedTuple):
    """A price that holds on the day that is asked about. `starts_on` is the earliest date where it has no start."""

    rank: int
    starts_on: dt.date
    from_quantity: int
    price_list_id: int
    price: Decimal
    valid_to: dt.date | None


_FROM_QUANTITY = itemgetter(2)


@dataclass(frozen=True, slots=True)
class PriceQuote:
    """What a unit costs at a quantity and why; `next_from` is the quantity from which it is cheaper, if any is."""

    product_id: int
    price: Decimal
    price_list: ListOf
    from_quantity: int
    valid_from: dt.date | None
    valid_to: dt.date | None
    next_from: int | None
    next_price: Decimal | None


def applying(rows: Sequence[PriceRow], *, quantity: Decimal | float = 1) -> PriceRow | None:
    """The price of a product that applies at a quantity; less than one unit costs what one does. None: no price."""
    return applying_and_next(rows, quantity=quantity)[0]


def applying_and_next(
    rows: Sequence[PriceRow], *, quantity: Decimal | float = 1
) -> tuple[PriceRow | None, PriceRow | None]:
    """The price that applies, and the one at the next quantity at which a unit is cheaper; None where there is none.

    Example: 10.00 from 1, 9.90 from 12, 9.80 from 24, asked at 12 units: the 9.90, and the 9.80 from 24. Both at one
    look at the rows, for a catalogue asks it of ten thousand products. Rows compare as tuples, whose first four are
    `PRECEDENCE` and never all equal.
    """
    reached = quantity if quantity > 1 else 1
    now: PriceRow | None = None
    beyond: list[PriceRow] = []
    for row in rows:
        if row[2] > reached:
            beyond.append(row)
        elif now is None or row > now:
            now = row
    if now is None or not beyond:
        return now, None
    # Of one quantity the highest comes first; a row below one that is reached before it never applies.
    beyond.sort(reverse=True)
    beyond.sort(key=_FROM_QUANTITY)
    highest = now
    for row in beyond:
        if row > highest:
            highest = row
            if row[4] < now[4]:
                return now, row
    return now, None


def steps(rows: Sequence[PriceRow]) -> list[tuple[int, PriceRow]]:
    """(quantity, price from there on) wherever a unit begins to cost something else, in ascending order."""
    found: list[tuple[int, PriceRow]] = []
    for step in sorted({row.from_quantity for row in rows}):
        row = applying(rows, quantity=step)
        if row is not None and (not found or found[-1][1].price != row.price):
            found.append((step, row))
    return found
