"""The dealers: who they are, where they are, and the story that each of them tells."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from .places import CITIES, ISLAND, City
from .words import LONG_DEALER_NAME, dealer_name

OPENED_AGO = 28  # days since the newcomer opened


@dataclass(frozen=True)
class Habit:
    """How a dealer buys.

    ``cover``: days of sales on top of lead time and review; ``safety``: in standard deviations; ``missed``: share of
    its review days on which nobody looks. ``sees_stock_outs``: it knows that an empty shelf sells nothing, so it does
    not take lost days for lack of demand. ``looks_ahead``: it buys for the coming season.
    """

    name: str
    review_days: tuple[int, ...]
    cover: float
    safety: float
    missed: float
    sees_stock_outs: bool
    looks_ahead: bool


WELL_RUN = Habit("well_run", (7,), 3, 1.6, 0.02, True, True)
REGULAR = Habit("regular", (7, 10, 14), 4, 0.6, 0.10, True, False)
CHRONIC = Habit("chronic_out_of_stock", (14,), 2, 0.0, 0.20, False, False)
OVERSTOCKED = Habit("over_stocked", (14,), 75, 1.0, 0.05, True, False)
HABITS = (WELL_RUN, REGULAR, CHRONIC, OVERSTOCKED)
HABIT_SHARES = (0.27, 0.49, 0.12, 0.12)


@dataclass(frozen=True)
class Dealer:
    """One dealer. ``size`` is its sales relative to others, ``breadth`` the share of the catalogue that it carries."""

    code: str
    name: str
    city: City
    lat: float
    lon: float
    habit: Habit
    size: float
    breadth: float
    opened: int
    lead_days: tuple[int, int]
    review_days: int
    market_growth: float
    market_share: float
    terms_days: int

    @property
    def tier(self) -> str:
        if self.size > 1.6:
            return "A"
        return "B" if self.size > 0.7 else "C"

    @property
    def minimum_order_amount(self) -> int:
        return {"A": 3000, "B": 1500, "C": 800}[self.tier]


def make_dealers(rng: Generator, *, dealers: int, days: int) -> list[Dealer]:
    """At least six dealers: the cast that everyone meets, then the rest of the country.

    D001 well run, D002 chronically out of stock, D003 over-stocked, D004 opened four weeks ago, D005 on an island,
    D006 with a very long name. ``days`` is the length of the history; a dealer's ``opened`` counts from its first day.
    """
    taken: set[str] = set()
    out = []
    for number, city in enumerate(_cities(rng, dealers=dealers)):
        habit = HABITS[int(rng.choice(len(HABITS), p=HABIT_SHARES))]
        habit = {0: WELL_RUN, 1: CHRONIC, 2: OVERSTOCKED, 3: REGULAR, 4: REGULAR, 5: REGULAR}.get(number, habit)
        size = float(np.clip(city.weight**0.6 * rng.lognormal(-0.1, 0.6), 0.25, 5.0))
        size = {0: 1.9, 1: 1.2, 2: 1.3, 3: 1.0, 4: 0.25, 5: 0.9}.get(number, size)
        breadth = float(np.clip(0.28 * size**0.4 * rng.lognormal(0, 0.15), 0.10, 0.60))
        breadth = {3: 0.22, 4: 0.05}.get(number, breadth)
        spread = 0.01 if city is ISLAND else 0.09
        name = dealer_name(rng, city=city.name, taken=taken)
        out.append(
            Dealer(
                code=f"D{number + 1:03d}",
                name=city.name + LONG_DEALER_NAME if number == 5 else name,
                city=city,
                lat=round(city.lat + float(rng.uniform(-spread, spread)), 4),
                lon=round(city.lon + float(rng.uniform(-spread, spread)), 4),
                habit=habit,
                size=size,
                breadth=breadth,
                opened=days - OPENED_AGO if number == 3 else 0,
                lead_days=city.lead_days,
                review_days=int(rng.choice(habit.review_days)),
                market_growth=round(float(rng.normal(0.04, 0.05)), 3),
                market_share=round(float(rng.uniform(0.06, 0.30)), 3),
                terms_days=int(rng.choice((0, 15, 30, 45, 60), p=(0.1, 0.15, 0.45, 0.2, 0.1))),
            )
        )
    return out


def _cities(rng: Generator, *, dealers: int) -> list[City]:
    """Every city once while there are dealers, then by the size of its market; the fifth dealer has the island."""
    weight = np.array([city.weight for city in CITIES])
    rest = rng.choice(len(CITIES), size=max(0, dealers - len(CITIES)), p=weight / weight.sum())
    out = [*CITIES, *(CITIES[int(pick)] for pick in rest)]
    out.insert(4, ISLAND)
    return out[:dealers]
