"""Shelves, orders and deliveries of every pair, day by day, so that stock, orders, shipments and sales agree."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .catalogue import Catalogue
from .dealers import CHRONIC, OVERSTOCKED, Dealer
from .demand import Wanted
from .pairs import Pairs
from .prices import Prices

RING = 64  # days ahead that a delivery may lie: more than the longest lead time with its longest delay
MEMORY_DAYS = 28  # dealers judge demand by about four weeks
LATE_SHARE = 0.03  # of order lines wait for goods
SHORT_LATE_SHARE = 0.35  # while the enterprise is short of a product
SHORT_DAYS = 21


@dataclass(frozen=True)
class Orders:
    """One entry an order line, in the order of ``ordered``. Days may lie before the history (opening orders: negative).

    ``shipped`` and ``received`` may lie after it: then the goods are still to be sent, or on their way. ``expected``:
    the day that the enterprise promised.
    """

    pair: NDArray[np.int32]
    quantity: NDArray[np.int32]
    ordered: NDArray[np.int32]
    expected: NDArray[np.int32]
    shipped: NDArray[np.int32]
    received: NDArray[np.int32]


@dataclass(frozen=True)
class Ledger:
    """``sold`` and ``closing``: units sold on, and left after, each day; shape (day, pair).

    Goods arrive in the morning: closing of a day = closing of the day before + received on the day - sold on the day.
    """

    sold: NDArray[np.int32]
    closing: NDArray[np.int32]
    orders: Orders


def run_stock(
    rng: Generator,
    *,
    wanted: Wanted,
    pairs: Pairs,
    catalogue: Catalogue,
    dealers: Sequence[Dealer],
    prices: Prices,
    seasons: NDArray[np.float64],
    days: int,
) -> Ledger:
    """Play all days: goods arrive, customers take what is there (what is not there is lost), dealers review and order.

    A dealer orders a product when stock and goods on the way fall under (lead time + review days) × its level + safety,
    up to its cover more, in the product's multiple and from its minimum on; an order below the dealer's minimum amount
    waits. The level is a moving mean of its sales, which a chronic dealer also lets sink while the shelf is empty.
    """
    shelves = _Shelves(
        rng, pairs=pairs, catalogue=catalogue, dealers=dealers, prices=prices, seasons=seasons, days=days
    )
    opening = _by_day(pairs.starts, days=days)
    sold = np.zeros((days, len(pairs)), dtype=np.int32)
    closing = np.zeros((days, len(pairs)), dtype=np.int32)
    for day in range(days):
        shelves.receive(day)
        shelves.open(opening[day], day=day)
        lines = slice(wanted.starts[day], wanted.starts[day + 1])
        asked = np.bincount(wanted.pair[lines], weights=wanted.quantity[lines], minlength=len(pairs))
        sold[day] = shelves.sell(asked.astype(np.int64))
        closing[day] = shelves.on_hand
        shelves.review(day)
    return Ledger(sold=sold, closing=closing, orders=shelves.orders())


class _Shelves:
    """The state of every pair while the days pass: units on hand and on order, the dealer's level, its order lines."""

    def __init__(
        self,
        rng: Generator,
        *,
        pairs: Pairs,
        catalogue: Catalogue,
        dealers: Sequence[Dealer],
        prices: Prices,
        seasons: NDArray[np.float64],
        days: int,
    ) -> None:
        self._rng, self._pairs, self._prices, self._seasons = rng, pairs, prices, seasons
        self._own = _OfPairs(pairs=pairs, dealers=dealers, catalogue=catalogue)
        self._lead_days = np.array([dealer.lead_days for dealer in dealers])
        self._review_offset = rng.integers(0, 7, len(dealers))
        self._shortages = _draw_shortages(rng, products=len(catalogue), days=days)
        self._ring = np.zeros((RING, len(pairs)), dtype=np.int64)
        self.on_hand = np.zeros(len(pairs), dtype=np.int64)
        self._on_order = np.zeros(len(pairs), dtype=np.int64)
        self._floor = 0.2 * pairs.usual_units
        self._level = pairs.usual_units * self._own.coming_season(seasons, day=0)
        self._entries: list[tuple[NDArray[np.int64], ...]] = []

    def receive(self, day: int) -> None:
        """What is due today comes in."""
        arrived = self._ring[day % RING]
        self.on_hand += arrived
        self._on_order -= arrived
        arrived[:] = 0

    def open(self, opens: NDArray[np.int64], *, day: int) -> None:
        """Pairs ``opens`` come on the shelf with a first stock by guess, ordered a lead time ago and received today.

        The coming season is known; the product's luck with these customers is not.
        """
        if not len(opens):
            return
        usual = self._pairs.usual_units[opens] * self._own.coming_season(self._seasons, day=day)[opens]
        multiple, lead = self._own.multiple[opens], self._own.longest_lead[opens]
        span = lead + self._own.review[opens] + 7 + 0.7 * self._own.cover[opens]
        guess = usual * self._rng.lognormal(0.0, 0.4, len(opens))
        quantity = np.maximum(np.ceil(guess * span / multiple).astype(np.int64) * multiple, self._own.minimum[opens])
        self.on_hand[opens] += quantity
        self._level[opens] = 0.7 * usual
        today = np.full(len(opens), day)
        self._entries.append((opens, quantity, today - lead, today, day - np.maximum(1, lead - 2), today))

    def sell(self, asked: NDArray[np.int64]) -> NDArray[np.int64]:
        """Units sold of those ``asked`` for today; dealers learn from what they sold."""
        learns = (self.on_hand > 0) | ~self._own.sees_stock_outs
        gone = np.minimum(asked, self.on_hand)
        self.on_hand -= gone
        self._level += np.where(learns, (gone - self._level) / MEMORY_DAYS, 0.0)
        np.maximum(self._level, self._floor, out=self._level)
        return gone

    def review(self, day: int) -> None:
        """The dealers whose day it is look at their shelves and order."""
        own, pairs, rng = self._own, self._pairs, self._rng
        today = (day + self._review_offset) % own.review_by_dealer == 0
        today &= rng.random(len(today)) >= own.missed_by_dealer
        carried = (pairs.starts <= day) & (day < pairs.ends) & (day < own.last_supply)
        looked = np.flatnonzero(today[pairs.dealer] & carried)
        quantity = own.to_order(
            looked,
            level=self._level,
            position=self.on_hand + self._on_order,
            ahead=own.season_ahead(self._seasons, pairs=looked, day=day),
        )
        dealer = pairs.dealer[looked]
        price = self._prices.paid_by_dealer(day=np.full(len(looked), day), dealer=dealer, product=pairs.product[looked])
        amount = np.bincount(dealer, weights=quantity * price, minlength=len(today))
        bought = (quantity > 0) & (amount >= own.minimum_amount)[dealer]
        self._order(looked[bought], quantity[bought], day=day)

    def orders(self) -> Orders:
        """All order lines by day, and within a day by pair, so that a dealer's lines stand together."""
        columns = [np.concatenate(part).astype(np.int32) for part in zip(*self._entries, strict=True)]
        order = np.lexsort((columns[0], columns[2]))
        return Orders(*(column[order] for column in columns))

    def _order(self, chosen: NDArray[np.int64], quantity: NDArray[np.int64], *, day: int) -> None:
        """Goods leave on the next day and are on the road for the dealer's lead time; some lines wait for goods."""
        dealer, rng = self._pairs.dealer[chosen], self._rng
        lead = rng.integers(self._lead_days[:, 0], self._lead_days[:, 1] + 1)[dealer]
        short_from = self._shortages[self._pairs.product[chosen]]
        is_short = (short_from <= day) & (day < short_from + SHORT_DAYS)
        late = rng.random(len(chosen)) < np.where(is_short, SHORT_LATE_SHARE, LATE_SHARE)
        wait = np.where(late, rng.integers(4, 15, len(chosen)), 0)
        self._on_order[chosen] += quantity
        self._ring[(day + lead + wait) % RING, chosen] += quantity
        today = np.full(len(chosen), day)
        self._entries.append(
            (chosen, quantity, today, day + self._own.usual_lead[chosen], day + 1 + wait, day + lead + wait)
        )


class _OfPairs:
    """The dealers' habits and the products' rules, spread over the pairs."""

    def __init__(self, *, pairs: Pairs, dealers: Sequence[Dealer], catalogue: Catalogue) -> None:
        of = pairs.dealer
        self.review_by_dealer = np.array([dealer.review_days for dealer in dealers])
        self.missed_by_dealer = np.array([dealer.habit.missed for dealer in dealers])
        self.minimum_amount = np.array([dealer.minimum_order_amount for dealer in dealers])
        self.longest_lead = np.array([dealer.lead_days[1] for dealer in dealers])[of]
        self.usual_lead = np.array([round(sum(dealer.lead_days) / 2) for dealer in dealers])[of]
        self.review = self.review_by_dealer[of]
        self.cover = np.array([dealer.habit.cover for dealer in dealers])[of]
        self.safety = np.array([dealer.habit.safety for dealer in dealers])[of]
        self.sees_stock_outs = np.array([dealer.habit.sees_stock_outs for dealer in dealers])[of]
        self.looks_ahead = np.array([dealer.habit.looks_ahead for dealer in dealers])[of]
        # Some count on goods before they can come, others like a full shelf.
        self.patience = np.array([{CHRONIC: 0.8, OVERSTOCKED: 1.2}.get(dealer.habit, 1.0) for dealer in dealers])[of]
        self.zone = np.array([dealer.city.climate for dealer in dealers])[of]
        self.category = catalogue.category[pairs.product]
        self.multiple = catalogue.multiple[pairs.product]
        self.minimum = catalogue.minimum[pairs.product]
        self.last_supply = catalogue.last_supply[pairs.product]
        self.lumps = catalogue.usual_quantity[pairs.product] * 3.0  # variance of a day's demand over its mean

    def coming_season(self, seasons: NDArray[np.float64], *, day: int) -> NDArray[np.float64]:
        """The factor of the coming fortnight, by pair."""
        fortnight: NDArray[np.float64] = seasons[:, :, day : day + 14].mean(axis=2)
        return fortnight[self.zone, self.category]

    def season_ahead(self, seasons: NDArray[np.float64], *, pairs: NDArray[np.int64], day: int) -> NDArray[np.float64]:
        """What the next three weeks sell against the last four, for those who look ahead; else 1."""
        past = seasons[:, :, max(0, day - MEMORY_DAYS) : day + 1].mean(axis=2)
        ahead = np.clip(seasons[:, :, day + 1 : day + 22].mean(axis=2) / past, 0.6, 1.8)
        return np.where(self.looks_ahead[pairs], ahead[self.zone[pairs], self.category[pairs]], 1.0)

    def to_order(
        self,
        pairs: NDArray[np.int64],
        *,
        level: NDArray[np.float64],
        position: NDArray[np.int64],
        ahead: NDArray[np.float64],
    ) -> NDArray[np.int64]:
        """Units to order for each of ``pairs``, 0 where none are due."""
        rate = level[pairs] * ahead
        span = (self.usual_lead[pairs] + self.review[pairs]) * self.patience[pairs]
        safety = self.safety[pairs] * np.sqrt(rate * span * self.lumps[pairs])
        due_at = np.maximum(rate * span + safety, 0.0)
        up_to = due_at + rate * (self.cover[pairs] + 3)
        multiple = self.multiple[pairs]
        quantity = np.ceil((up_to - position[pairs]) / multiple).astype(np.int64) * multiple
        return np.where(position[pairs] <= due_at, np.maximum(quantity, self.minimum[pairs]), 0)


def _draw_shortages(rng: Generator, *, products: int, days: int) -> NDArray[np.int64]:
    """The day on which the enterprise runs short of each product; beyond the history for nineteen in twenty."""
    return np.where(rng.random(products) < 0.05, rng.integers(0, days, products), 10 * days)


def _by_day(starts: NDArray[np.int64], *, days: int) -> list[NDArray[np.int64]]:
    order = np.argsort(starts, kind="stable")
    edges = np.searchsorted(starts[order], np.arange(days + 1))
    return [order[edges[day] : edges[day + 1]] for day in range(days)]
