"""Price lists: what dealers pay the enterprise and end customers pay the dealers, with the yearly rises."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from .catalogue import Catalogue
from .dealers import Dealer

KEY_ACCOUNT = 0.97  # share of the list that large dealers pay for a part of the products


@dataclass(frozen=True)
class Prices:
    """``begins``: the day on which each list becomes valid (the first is before the history).

    ``dealer`` and ``end_customer``: CNY a unit, shape (list, product). ``special``: whether a dealer has its own,
    lower price, shape (dealer, product).
    """

    begins: NDArray[np.int64]
    dealer: NDArray[np.float64]
    end_customer: NDArray[np.float64]
    special: NDArray[np.bool_]

    def paid_by_dealer(
        self, *, day: NDArray[np.int64], dealer: NDArray[np.int64], product: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """CNY a unit."""
        price = self.dealer[self._valid(day), product]
        return np.where(self.special[dealer, product], np.round(price * KEY_ACCOUNT, 2), price)

    def paid_by_customer(self, *, day: NDArray[np.int64], product: NDArray[np.int64]) -> NDArray[np.float64]:
        """CNY a unit, without promotions."""
        return self.end_customer[self._valid(day), product]

    def frame(self, *, catalogue: Catalogue, dealers: Sequence[Dealer], first: date) -> pl.DataFrame:
        """``prices.csv``: the general lists, then each dealer's own prices; a row is valid until the next one."""
        general = self._rows(catalogue=catalogue, first=first, price=self.dealer, dealer=None, wanted=None)
        own = [
            self._rows(
                catalogue=catalogue,
                first=first,
                price=np.round(self.dealer * KEY_ACCOUNT, 2),
                dealer=dealer.code,
                wanted=self.special[number],
            )
            for number, dealer in enumerate(dealers)
            if self.special[number].any()
        ]
        return pl.concat([general, *own])

    def _rows(
        self,
        *,
        catalogue: Catalogue,
        first: date,
        price: NDArray[np.float64],
        dealer: str | None,
        wanted: NDArray[np.bool_] | None,
    ) -> pl.DataFrame:
        changed = np.ones(price.shape, dtype=bool)
        changed[1:] = price[1:] != price[:-1]
        if wanted is not None:
            changed &= wanted
        lists, products = np.nonzero(changed)
        return pl.DataFrame(
            {
                "sku": [catalogue.skus[product] for product in products],
                "price": price[lists, products],
                "dealer": pl.Series([dealer] * len(products), dtype=pl.String),
                "valid_from": [first + timedelta(days=int(self.begins[number])) for number in lists],
            }
        )

    def _valid(self, day: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.maximum(np.searchsorted(self.begins, day, side="right") - 1, 0)


def make_prices(rng: Generator, *, catalogue: Catalogue, dealers: Sequence[Dealer], first: date, until: date) -> Prices:
    """Each April about half of the products rise by 2 to 3 %; today's prices are those of the catalogue."""
    aprils = [date(year, 4, 1) for year in range(first.year, until.year + 1)]
    rises = [day for day in aprils if first < day <= until]
    begins = np.array([-60, *((day - first).days for day in rises)])
    factor = np.ones((len(begins), len(catalogue)))
    for row in range(len(begins) - 2, -1, -1):
        rise = np.where(rng.random(len(catalogue)) < 0.5, rng.uniform(1.02, 1.03, len(catalogue)), 1.0)
        factor[row] = factor[row + 1] / rise
    special = np.zeros((len(dealers), len(catalogue)), dtype=bool)
    for number, dealer in enumerate(dealers):
        if dealer.tier == "A":
            special[number] = rng.random(len(catalogue)) < 0.05
    return Prices(
        begins=begins,
        dealer=np.round(catalogue.price * catalogue.dealer_share * factor, 2),
        end_customer=np.round(catalogue.price * factor, 1),
        special=special,
    )
