"""What customers want, line by line, before anybody asks whether it is on the shelf."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .catalogue import Catalogue
from .changes import Change, factors
from .customers import Customers
from .pairs import Pairs
from .ranges import RANGES

RAMP_DAYS = 30.0  # a launch reaches 63 % of its level after these
NEWCOMER_RAMP_DAYS = 12.0


@dataclass(frozen=True)
class Wanted:
    """Lines sorted by day, then pair. ``starts[d]``: the first line of day d (one more entry ends the last day)."""

    day: NDArray[np.int32]
    pair: NDArray[np.int32]
    customer: NDArray[np.int32]
    quantity: NDArray[np.int32]
    starts: NDArray[np.int64]


def draw_demand(
    rng: Generator,
    *,
    pairs: Pairs,
    catalogue: Catalogue,
    customers: Customers,
    seasons: NDArray[np.float64],
    climate: NDArray[np.int64],
    discounts: NDArray[np.int8],
    opened: NDArray[np.int64],
    weekday: NDArray[np.int64],
    changes: Sequence[Change] = (),
) -> Wanted:
    """Lines of every pair and day: Poisson around a level that moves by season, trend, launch, promotion and chance.

    ``seasons``: see `season_table`; ``climate`` and ``opened`` by dealer; ``discounts`` in per cent, (day, pair);
    ``weekday`` by day, Monday 0; ``changes``: see `make_changes`. Weeks differ by a gamma factor of each pair (variance
    0.5), so demand is lumpier than Poisson, as real demand is.
    """
    days = len(discounts)
    category = catalogue.category[pairs.product]
    zone = climate[pairs.dealer]
    response = np.array([line.response for line in RANGES])[category]
    launched = pairs.starts > 0
    ramp = np.where(opened[pairs.dealer] > 0, NEWCOMER_RAMP_DAYS, RAMP_DAYS)
    week = np.ones(len(pairs))
    drawn_day, drawn_pair = [], []
    for day in range(days):
        if day % 7 == 0:
            week = rng.gamma(2.0, 0.5, len(pairs))
        level = pairs.rate * week * seasons[zone, category, day]
        level *= np.exp(pairs.growth * (day - days / 2) / 365)
        level *= np.where(launched, -np.expm1(-(day - pairs.starts + 3) / ramp), 1.0)
        off = discounts[day]
        level *= np.where(off > 0, 1.1 * np.exp(response * off / 100), 1.0)
        level *= factors(changes, day=day, pairs=len(pairs))
        level[(day < pairs.starts) | (day >= pairs.ends)] = 0.0
        lines = rng.poisson(np.minimum(level, 60.0))
        drawn_pair.append(np.repeat(np.arange(len(pairs), dtype=np.int32), lines))
        drawn_day.append(len(drawn_pair[-1]))
    counts = np.array(drawn_day)
    day_of = np.repeat(np.arange(days, dtype=np.int32), counts)
    pair_of = np.concatenate(drawn_pair)
    customer = customers.draw(
        rng, dealer=pairs.dealer[pair_of], category=category[pair_of], weekday=weekday[day_of], day=day_of
    )
    return Wanted(
        day=day_of,
        pair=pair_of,
        customer=customer.astype(np.int32),
        quantity=_quantities(
            rng, customer=customer, usual=catalogue.usual_quantity[pairs.product[pair_of]], of=customers
        ),
        starts=np.concatenate(([0], np.cumsum(counts))),
    )


def _quantities(
    rng: Generator, *, customer: NDArray[np.int64], usual: NDArray[np.float64], of: Customers
) -> NDArray[np.int32]:
    """Geometric with the product's usual quantity as mean for stores; persons and passers-by take one, rarely more."""
    store = (customer >= 0) & of.is_store[customer]
    mean = np.where(store, usual, 1.2)
    # The inverse of the geometric distribution: 1 + floor(log u / log(1 - 1 / mean)).
    return (1 + np.floor(np.log(1 - rng.random(len(mean))) / np.log1p(-1 / mean))).clip(1, 60).astype(np.int32)
