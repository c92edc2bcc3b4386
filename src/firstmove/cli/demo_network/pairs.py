"""Which dealer carries which product, from when to when, and how much of it its customers want."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .catalogue import NEVER, Catalogue
from .dealers import Dealer
from .ranges import RANGES, TASTES

INTAKE_DAYS = 14  # a dealer looks at new products every second week
LINES_PER_PAIR_DAY = 0.182  # sets the size of the whole network; the median pair sells far less than the mean


@dataclass(frozen=True)
class Pairs:
    """One entry a dealer × product that was ever carried, sorted by dealer, then product; days of the history.

    ``rate``: lines wanted on an average day. ``starts``: first day on the shelf, ``ends``: first day off it.
    ``usual_units``: units wanted on an average day, as a good buyer would guess.
    """

    dealer: NDArray[np.int64]
    product: NDArray[np.int64]
    rate: NDArray[np.float64]
    growth: NDArray[np.float64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    usual_units: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.dealer)


def make_pairs(rng: Generator, *, dealers: Sequence[Dealer], catalogue: Catalogue, days: int) -> Pairs:
    """Each dealer's assortment: what is popular and to its region's taste first, with much of chance.

    A fifth of the dealers take up a launch on its first day, others follow within two months or not at all; some pairs
    are added late and some dropped, as assortments move.
    """
    taste = _tastes(rng, dealers=dealers)
    parts = []
    for number, dealer in enumerate(dealers):
        worth = catalogue.popularity * np.exp(taste[number, catalogue.category])
        size = max(6, round(dealer.breadth * len(catalogue)))
        score = np.log(worth) + rng.gumbel(0.0, 0.8, len(catalogue))
        score[catalogue.ends <= dealer.opened] = -np.inf
        carried = np.sort(np.argsort(-score)[:size])
        parts.append((np.full(len(carried), number), carried, worth[carried]))
    dealer_of, product, worth = (np.concatenate(column) for column in zip(*parts, strict=True))
    opened = np.array([dealer.opened for dealer in dealers])[dealer_of]
    starts, ends = _shelf_life(rng, listed=catalogue.listed[product], opened=opened, dealer=dealer_of, days=days)
    ends = np.minimum(ends, catalogue.ends[product])
    kept = (starts < np.minimum(ends, days) - 5) & (starts < catalogue.last_supply[product])
    dealer_of, product, worth, starts, ends = (v[kept] for v in (dealer_of, product, worth, starts, ends))
    size_of = np.array([dealer.size for dealer in dealers])[dealer_of]
    rate = worth * size_of**0.8 * rng.lognormal(0.0, 0.5, len(worth))
    rate = np.minimum(rate / rate.mean() * LINES_PER_PAIR_DAY, 7.0)
    market = np.array([dealer.market_growth for dealer in dealers])[dealer_of]
    return Pairs(
        dealer=dealer_of,
        product=product,
        rate=rate,
        growth=catalogue.growth[product] + market + rng.normal(0, 0.05, len(rate)),
        starts=starts,
        ends=ends,
        # Stores write six lines of seven.
        usual_units=rate * (0.85 * catalogue.usual_quantity[product] + 0.2),
    )


def _tastes(rng: Generator, *, dealers: Sequence[Dealer]) -> NDArray[np.float64]:
    """Log factor of (dealer, category): the region's known taste and each dealer's own streak."""
    known = [[TASTES.get((dealer.city.region, line.category), 0.0) for line in RANGES] for dealer in dealers]
    return np.array(known) + rng.normal(0.0, 0.15, (len(dealers), len(RANGES)))


def _shelf_life(
    rng: Generator, *, listed: NDArray[np.int64], opened: NDArray[np.int64], dealer: NDArray[np.int64], days: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last days. A dealer takes up products every second week, so that they come in one order."""
    late = np.where(rng.random(len(listed)) < 0.2, 0, rng.integers(0, 60, len(listed)))
    starts = np.maximum(np.where(listed > 0, listed + late, 0), opened)
    added = (rng.random(len(listed)) < 0.12) & (listed <= 0) & (opened == 0)
    starts = np.where(added, rng.integers(30, days - 60, len(listed)), starts)
    own_day = dealer % INTAKE_DAYS
    fortnight = own_day + INTAKE_DAYS * -((own_day - starts) // INTAKE_DAYS)
    starts = np.where((starts > 0) & (starts > opened), fortnight, starts)
    dropped = (rng.random(len(listed)) < 0.05) & (starts < days - 300)
    ends = np.where(dropped, rng.integers(np.minimum(starts + 120, days - 100), days - 60), NEVER)
    return starts, ends
