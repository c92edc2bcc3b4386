"""How long orders take, learned from the orders' own dates: for each dealer a distribution of days, and its source.

An order that is still on its way says something too: it takes longer than it has taken so far. Leaving such orders out
would make slow dealers look quick, so survival is estimated as Kaplan and Meier do. A dealer with few orders leans on
what is known without them, its prior: the range that its master data give, else the network's own distribution, else
the scenario's range. Estimate and prior meet as in the beta process of Hjort (Annals of Statistics 18, 1990): the
hazard of day d, the share of orders still open that arrive on it, is

    h(d) = (e(d) + k f0(d)) / (r(d) + k S0(d - 1))

with e(d) orders that arrived after d days, r(d) orders open for at least d, f0 and S0 the prior's probability of d and
of more than d - 1, and k the number of orders that the prior is worth. Orders weigh half for every half year of age.

Example: prior evenly 2 or 3 days, k = 8, and eight orders of today's weight that all took 5: h(2) = (0 + 4) / (8 + 8) =
1/4, h(3) = (0 + 4) / (8 + 4) = 1/3, h(5) = 8 / 8. So 2 days have 1/4, 3 days 3/4 × 1/3 = 1/4, 5 days 1/2: half of the
weight is the prior's.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.frames import InvalidFrameError, require_columns

Floats = NDArray[np.float64]
Lengths = tuple[int, ...]

ORDERS: dict[str, pl.DataType] = {
    "dealer": pl.String(),
    "order": pl.String(),
    "ordered_on": pl.Date(),
}
"""One row an order line, and `received_on` (date) beside it: null for a line that is still on its way."""

SOURCES = ("learned", "given", "network", "assumed")

MOST_DAYS = 120
REMEMBERED_DAYS = 730
HALF_LIFE_DAYS = 182
PRIOR_ORDERS = 8.0
LEAST_ORDERS = 8
LEAST_NETWORK_ORDERS = 20
POINTS = 8
MOST_CLASSES = 4
MOST_COMPARED = 200
LEAST_RECEIPTS = 30
RARE_SHARE = 0.02


@dataclass(frozen=True)
class LeadTime:
    """Days from order to receipt of one dealer.

    `days`: eight equally likely ones, ascending; `low`, `high`: the range that is shown (10 and 90 % where it was
    learned, the ends of the range where it was given or assumed); `median`: the day by which more than half have come.
    `orders`: how many received orders it rests on (the network's own where the source is "network"). `weekdays`: on
    which goods come (0 is Monday), all seven where history does not tell.
    """

    days: Lengths
    low: int
    median: int
    high: int
    source: str
    orders: int
    weekdays: frozenset[int] = frozenset(range(7))

    def arrives_on(self, ordered_on: dt.date) -> dt.date:
        """The day of the median, or the next one on which goods come."""
        day = ordered_on + dt.timedelta(days=self.median)
        while day.weekday() not in self.weekdays:
            day += dt.timedelta(days=1)
        return day


def learn(
    orders: pl.DataFrame,
    *,
    as_of: dt.date,
    dealers: Mapping[str, tuple[int, int] | None],
    assumed: tuple[int, int],
) -> dict[str, LeadTime]:
    """The lead time of every one of `dealers` as of the evening of `as_of`, by code.

    `orders`: columns `ORDERS` and `received_on`, of any dealers; what was ordered or received after `as_of` is not
    looked at. `dealers`: the range in days that master data give, or None; `assumed`: the scenario's range.

    Lines of an order share the weight of one. A line that has been open for over 120 days is taken to be forgotten;
    what took longer counts as 120, and a receipt on the day of the order as one day. The source is "learned" from
    eight received orders on: from there the dealer's own orders weigh as much as the prior.

    Raises `InvalidFrameError` for missing columns or a range that does not run from one day up.
    """
    require_columns(orders, ORDERS, name="orders")
    for low, high in [assumed, *(given for given in dealers.values() if given)]:
        if not 0 <= low <= high:
            raise InvalidFrameError(f"a lead time runs from {low} to {high} days; it has to be 0 <= low <= high.")
    codes = sorted(dealers)
    seen = _observed(orders, as_of=as_of)
    known = seen.join(pl.DataFrame({"dealer": codes, "row": range(len(codes))}, schema_overrides={"dealer": pl.String}),
                      on="dealer")  # fmt: skip
    came, open_ = _weights(known, len(codes))
    scenario = _even(*assumed)
    pooled = _posterior(came.sum(axis=0, keepdims=True), open_.sum(axis=0, keepdims=True), scenario[None, :])[0]
    received = known.filter("came")
    counts = dict(received.group_by("dealer").agg(pl.col("order").n_unique()).iter_rows())
    in_network = sum(counts.values())
    prior = np.array([
        _even(*given) if given else pooled if in_network >= LEAST_NETWORK_ORDERS else scenario
        for given in (dealers[code] for code in codes)
    ]).reshape(len(codes), MOST_DAYS + 1)  # fmt: skip
    own = _posterior(came, open_, prior)
    weekdays = _weekdays(received, codes)
    found = {}
    for row, code in enumerate(codes):
        given, orders_seen = dealers[code], counts.get(code, 0)
        low, median, high = (_quantile(own[row], share) for share in (0.1, 0.5, 0.9))
        if orders_seen >= LEAST_ORDERS:
            source = "learned"
        elif given:
            source, (low, high) = "given", given
        elif in_network >= LEAST_NETWORK_ORDERS:
            source, orders_seen = "network", in_network
        else:
            source, (low, high) = "assumed", assumed
        found[code] = LeadTime(
            days=tuple(_quantile(own[row], (point + 0.5) / POINTS) for point in range(POINTS)),
            low=low, median=median, high=high, source=source, orders=orders_seen, weekdays=weekdays[code],
        )  # fmt: skip
    return found


def classes(lengths: Sequence[Lengths], *, most: int = MOST_CLASSES) -> dict[Lengths, Lengths]:
    """For each distribution of `lengths` the one that stands for it: at most `most` different ones.

    The shape of demand is pooled for every length that is random, so dealers with like lead times share one. The two
    that are nearest are merged into their mean until few enough are left, each weighed by how many dealers have it
    (Ward 1963, on quantiles, so that the distance is that of Wasserstein). The order of the dealers plays no part.

    Example: with `most` 1, (4, 4) of two dealers and (7, 7) of one are all (5, 5).
    """
    if not lengths:
        return {}
    exact = np.array(list(lengths), np.int64)
    step, distinct, member, weight = 1, *np.unique(exact, axis=0, return_inverse=True, return_counts=True)
    while len(distinct) > MOST_COMPARED:  # every two are compared: thousands of them first share a coarser grid
        step += 1
        rounded = (exact + step // 2) // step * step
        distinct, member, weight = np.unique(rounded, axis=0, return_inverse=True, return_counts=True)
    centres, mass = distinct.astype(np.float64), weight.astype(np.float64)
    while len(centres) > max(most, 1):
        apart = ((centres[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
        apart *= mass[:, None] * mass[None, :] / (mass[:, None] + mass[None, :])
        apart[np.tril_indices(len(centres))] = np.inf
        first, second = (int(place) for place in np.unravel_index(apart.argmin(), apart.shape))
        both = mass[first] + mass[second]
        centres[first] = (centres[first] * mass[first] + centres[second] * mass[second]) / both
        mass[first] = both
        centres, mass = np.delete(centres, second, axis=0), np.delete(mass, second)
        member = np.where(member == second, first, member)
        member -= member > second
    whole = np.maximum(np.floor(centres + 0.5), 1).astype(np.int64)
    return {own: tuple(int(day) for day in whole[k]) for own, k in zip(lengths, member, strict=True)}


def _observed(orders: pl.DataFrame, *, as_of: dt.date) -> pl.DataFrame:
    """dealer, order, ordered_on, received_on, days, came, weight: one row for what of an order came on one day."""
    age = (pl.lit(as_of) - pl.col("ordered_on")).dt.total_days()
    lines = orders.select(
        "dealer",
        "order",
        "ordered_on",
        received_on=pl.when(pl.col("received_on") <= as_of).then(pl.col("received_on")),
    ).filter(age.is_between(0, REMEMBERED_DAYS) & (pl.col("received_on").is_not_null() | (age <= MOST_DAYS)))
    taken = (pl.coalesce("received_on", pl.lit(as_of)) - pl.col("ordered_on")).dt.total_days()
    came = pl.col("received_on").is_not_null()
    return (
        lines.group_by("dealer", "order", "ordered_on", "received_on")
        .len()
        .with_columns(share=pl.col("len") / pl.col("len").sum().over("dealer", "order"))
        .with_columns(
            came=came,
            days=pl.when(came).then(taken.clip(1, MOST_DAYS)).otherwise(taken.clip(0, MOST_DAYS)),
            weight=pl.col("share") * (-age / HALF_LIFE_DAYS * np.log(2)).exp(),
        )
        # sums of weights are taken in this order, so that they do not depend on that of the rows
        .sort("dealer", "ordered_on", "order", "received_on")
    )


def _weights(known: pl.DataFrame, count: int) -> tuple[Floats, Floats]:
    """Weight of the orders that came after d days, and of those open for d so far; each [count, 121]."""
    came, open_ = np.zeros((count, MOST_DAYS + 1)), np.zeros((count, MOST_DAYS + 1))
    for arrived, into in ((True, came), (False, open_)):
        part = known.filter(pl.col("came") == arrived)
        np.add.at(into, (part["row"].to_numpy(), part["days"].to_numpy()), part["weight"].to_numpy())
    return came, open_


def _even(low: int, high: int) -> Floats:
    days = np.zeros(MOST_DAYS + 1)
    first = min(max(low, 1), MOST_DAYS)
    days[first : max(min(high, MOST_DAYS), first) + 1] = 1.0
    return np.asarray(days / days.sum(), np.float64)


def _posterior(came: Floats, open_: Floats, prior: Floats) -> Floats:
    """Probability of each number of days, [n, 121]: the formula at the head of the module."""
    at_risk = np.cumsum((came + open_)[:, ::-1], axis=1)[:, ::-1]
    before = 1.0 - np.cumsum(prior, axis=1) + prior
    events = came + PRIOR_ORDERS * prior
    exposed = at_risk + PRIOR_ORDERS * np.where(before > 1e-12, before, 0.0)
    hazard = np.divide(events, exposed, out=np.zeros_like(events), where=exposed > 1e-12)
    alive = np.cumprod(1.0 - hazard, axis=1)
    probability = np.concatenate([np.ones((len(alive), 1)), alive[:, :-1]], axis=1) * hazard
    # orders that are open longer than any has taken: they come the day after, at the earliest
    left = np.maximum(1.0 - probability.sum(axis=1), 0.0)
    last = np.where(exposed > 1e-12, np.arange(exposed.shape[1]), 0).max(axis=1)
    probability[np.arange(len(last)), np.minimum(last + 1, MOST_DAYS)] += left
    return np.asarray(probability, np.float64)


def _quantile(probability: Floats, share: float) -> int:
    """The first day by which more than `share` have come."""
    return int(np.searchsorted(np.cumsum(probability), share + 1e-9, side="left").clip(1, MOST_DAYS))


def _weekdays(received: pl.DataFrame, codes: Sequence[str]) -> dict[str, frozenset[int]]:
    """The weekdays on which goods come: at least one in fifty of 30 receipts, the dealer's own or the network's."""
    days = received.select("dealer", "received_on", day=pl.col("received_on").dt.weekday() - 1).unique()
    everywhere = _usual(days["day"])
    own = {code: _usual(part["day"]) for (code,), part in days.group_by("dealer")}
    return {str(code): own.get(code) or everywhere or frozenset(range(7)) for code in codes}


def _usual(days: pl.Series) -> frozenset[int] | None:
    if len(days) < LEAST_RECEIPTS:
        return None
    counts = np.bincount(days.to_numpy(), minlength=7)
    return frozenset(int(day) for day in np.flatnonzero(counts >= RARE_SHARE * len(days)))
