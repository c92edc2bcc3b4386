"""The dealers' customers, and the draw of who stands behind a line of sales."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from .dealers import Dealer
from .people import AGE_BANDS, AGE_SHARES, AGE_TASTES, STORE_SEGMENTS, STORE_SHARES, STORE_TASTES, person_segment
from .ranges import RANGES
from .words import person_name, store_name

STORE_SHARE = 0.35
WEEKDAYS = 7


@dataclass(frozen=True)
class Customers:
    """Customers in the order of their codes, which is by dealer.

    ``first`` of dealer d: the number of its first customer (one more entry ends the last dealer). ``joined`` and
    ``left`` are days of the history. ``chances``: running sums of the chance that a line of (dealer, category,
    weekday) is each customer's, flattened; group g = (dealer × 12 + category) × 7 + weekday runs from g to g + 1, so
    that one sorted search finds the customer of any number of lines at once. ``begins``: where each group starts.
    """

    frame: pl.DataFrame
    first: NDArray[np.int64]
    is_store: NDArray[np.bool_]
    joined: NDArray[np.int64]
    left: NDArray[np.int64]
    chances: NDArray[np.float64]
    begins: NDArray[np.int64]

    def draw(
        self,
        rng: Generator,
        *,
        dealer: NDArray[np.int64],
        category: NDArray[np.int64],
        weekday: NDArray[np.int64],
        day: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """The customer of each line, -1 for passers-by: who had not come yet, or has left, is drawn once again."""
        group = (dealer * len(RANGES) + category) * WEEKDAYS + weekday
        out = self._draw_any(rng, dealer=dealer, group=group)
        absent = np.flatnonzero((self.joined[out] > day) | (self.left[out] <= day))
        out[absent] = self._draw_any(rng, dealer=dealer[absent], group=group[absent])
        return np.where((self.joined[out] > day) | (self.left[out] <= day), -1, out)

    def _draw_any(self, rng: Generator, *, dealer: NDArray[np.int64], group: NDArray[np.int64]) -> NDArray[np.int64]:
        # Never quite 1: rounding g + u up to g + 1 would hand the line to another dealer's customer.
        chance = np.minimum(rng.random(len(group)), 1 - 1e-9)
        found = np.searchsorted(self.chances, group + chance, side="right")
        return self.first[dealer] + found - self.begins[group]


def make_customers(rng: Generator, *, dealers: Sequence[Dealer], customers: int, days: int) -> Customers:
    """About ``customers`` customers, at least eight a dealer: stores, which buy most, and persons, who are most."""
    size = np.array([dealer.size for dealer in dealers])
    counts = np.maximum(8, np.round(customers * size / size.sum())).astype(np.int64)
    counts[int(np.argmax(counts))] += max(customers, 8 * len(dealers)) - counts.sum()
    first = np.concatenate(([0], np.cumsum(counts)))
    total = int(first[-1])
    home = np.repeat(np.arange(len(dealers)), counts)
    is_store = rng.random(total) < STORE_SHARE
    is_store[first[:-1]] = True  # nobody lives from persons alone
    segment, age, taste = _draw_kinds(rng, is_store=is_store)
    opened = np.array([dealer.opened for dealer in dealers])[home]
    joined = np.where(rng.random(total) < 0.75, opened, rng.integers(opened, days))
    joined[first[:-1]] = opened[first[:-1]]
    left = np.where(rng.random(total) < 0.12, joined + rng.integers(60, 900, total), days + 1)
    left[first[:-1]] = days + 1
    weight = np.where(is_store, 10.0, 1.0) * rng.lognormal(0.0, 0.7, total)
    chances, begins = _running_chances(
        likes=weight[:, None] * taste, days_of_week=_days_of_week(rng, is_store=is_store), first=first
    )
    frame = pl.DataFrame(
        {
            "customer": [f"C{number + 1:05d}" for number in range(total)],
            "name": [
                store_name(rng, segment=name) if store else person_name(rng)
                for name, store in zip(segment, is_store, strict=True)
            ],
            "dealer": [dealers[number].code for number in home],
            "kind": np.where(is_store, "store", "person").tolist(),
            "city": [dealers[number].city.name for number in home],
            "age_band": age,
            "segment": segment,
            "lat": np.round(np.array([dealers[number].lat for number in home]) + rng.normal(0, 0.02, total), 4),
            "lon": np.round(np.array([dealers[number].lon for number in home]) + rng.normal(0, 0.02, total), 4),
        }
    )
    return Customers(frame, first, is_store, joined, left, chances, begins)


def _draw_kinds(
    rng: Generator, *, is_store: NDArray[np.bool_]
) -> tuple[list[str], list[str | None], NDArray[np.float64]]:
    """Segment, age band (none for a store) and taste by category, shape (customers, 12), of each customer."""
    total = len(is_store)
    stores = rng.choice(len(STORE_SEGMENTS), size=total, p=STORE_SHARES)
    ages = rng.choice(len(AGE_BANDS), size=total, p=AGE_SHARES)
    chance = rng.random(total)
    segment: list[str] = []
    age: list[str | None] = []
    taste = rng.lognormal(0.0, 0.5, (total, len(RANGES)))
    for number in range(total):
        band = AGE_BANDS[ages[number]]
        if is_store[number]:
            segment.append(STORE_SEGMENTS[stores[number]])
            age.append(None)
            likes = STORE_TASTES[segment[-1]]
        else:
            segment.append(person_segment(age_band=band, chance=float(chance[number])))
            age.append(band)
            likes = AGE_TASTES[band]
        taste[number] *= [likes.get(line.category, 1.0) for line in RANGES]
    return segment, age, taste


def _days_of_week(rng: Generator, *, is_store: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Shape (customers, 7). A store is visited on its day, so its lines come in baskets; persons shop at week-ends."""
    out = np.where(is_store[:, None], 0.6, 1.0) * np.ones((len(is_store), WEEKDAYS))
    out[~is_store, 5:] = 1.7
    visit = rng.integers(0, 6, len(is_store))
    out[is_store, visit[is_store]] = 5.0
    return out


def _running_chances(
    *, likes: NDArray[np.float64], days_of_week: NDArray[np.float64], first: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    groups = len(RANGES) * WEEKDAYS
    chances, begins = [], []
    for dealer in range(len(first) - 1):
        own = slice(first[dealer], first[dealer + 1])
        table = np.einsum("ic,iw->cwi", likes[own], days_of_week[own]).reshape(groups, -1)
        running = np.cumsum(table, axis=1)
        running /= running[:, -1:]
        running[:, -1] = 1.0
        chances.append((running + (dealer * groups + np.arange(groups))[:, None]).ravel())
        begins.append(first[dealer] * groups + np.arange(groups) * running.shape[1])
    return np.concatenate(chances), np.concatenate(begins)
