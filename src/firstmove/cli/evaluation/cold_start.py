"""The part `cold_start` of an evaluation: the first 13 weeks of dealers and products that really began.

Parameters come from before each beginning; a week is planned from what was sold before it. Beside ours stand a mean of
what is known, and no plan until there is history; both have the same lots, so that only what is expected differs.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.cli.evaluation.folder import Network
from firstmove.engine.demand import coldstart, first_weeks
from firstmove.engine.demand.belief import Belief
from firstmove.engine.demand.coldstart import (
    KNOWN_DAYS,
    LAUNCH_WEEKS,
    LEAST_DEALERS,
    LEAST_LAUNCHES,
    MONTH_DAYS,
    MONTHS,
    WEEK_DAYS,
    Spread,
)
from firstmove.engine.twin.accuracy import PROBABILITIES

Floats = NDArray[np.float64]

HORIZONS = (4, 8, 13)
# What was listed long before its first sale was no launch then.
_LISTED_DAYS = 182
_DRAWS = 1000
# So sure that chance alone is left.
_SURE = 1e6
# From so few beginnings no interval is drawn.
_LEAST_SAMPLE = 5


@dataclass(frozen=True, eq=False)
class _Start:
    """One beginning: units that came [weeks, p], and by method what is believed of each week before it began."""

    came: Floats
    believed: dict[str, Callable[[int, Floats], Belief]]


@dataclass(frozen=True, eq=False)
class _Months:
    """Units a month [13, dealers, products], the latest first, of products that two dealers sold."""

    dealers: list[str]
    skus: list[str]
    sold: Floats


def measured(network: Network) -> dict[str, Any]:
    """`dealers` that began inside history, `dealers_hidden` (each known one as if it began after `as_of`), `products`.

    Each: `count`, and by horizon of 4, 8 and 13 weeks `count` and `methods.<name>.{pinball,total_error}`, over units
    that came, with 90 % intervals from a bootstrap over beginnings (None for fewer than five); `pinball_ratio` is ours
    over the method's. Pinball is of each pair and week for dealers, of the network's week for products; the total
    error of a week's sum.
    """
    daily = network.lines.group_by("dealer", "sku", "day").agg(pl.col("quantity").sum())
    return {
        "dealers": _figures(list(_dealers(network, daily)), seed=1),
        "dealers_hidden": _figures(list(_hidden(network, daily)), seed=2),
        "products": _figures(list(_products(network, daily)), seed=3),
    }


def _dealers(network: Network, daily: pl.DataFrame) -> Iterator[_Start]:
    first, told = _first(daily), _told(network)
    last = network.demand.shape[1] - HORIZONS[0] * WEEK_DAYS
    for dealer, day in first.items():
        if dealer in told and MONTHS * MONTH_DAYS <= day <= last:
            known = [code for code, began in first.items() if code in told and began <= day - KNOWN_DAYS]
            months = _months(daily, known, day)
            if months is not None:
                yield _dealer(network, daily, dealer, months, told, day=day)


def _hidden(network: Network, daily: pl.DataFrame) -> Iterator[_Start]:
    """Each known dealer in turn, with all others' months before the window."""
    told = _told(network)
    known = [code for code, began in _first(daily).items() if code in told and began <= network.start - KNOWN_DAYS]
    months = _months(daily, known, network.start)
    if months is None or len(months.dealers) <= LEAST_DEALERS:
        return
    ahead = daily.filter(pl.col("day") >= network.start)
    for place, dealer in enumerate(months.dealers):
        others = _Months(
            months.dealers[:place] + months.dealers[place + 1 :], months.skus, np.delete(months.sold, place, axis=1)
        )
        yield _dealer(network, ahead, dealer, others, told, day=network.start)


def _first(daily: pl.DataFrame) -> dict[str, int]:
    """First day of sale by dealer, in the order of their codes."""
    return dict(daily.group_by("dealer").agg(pl.col("day").min()).sort("dealer").rows())


def _told(network: Network) -> dict[str, dict[str, Any]]:
    """Dealers whose market is known."""
    return {row["dealer"]: row for row in network.dealers.iter_rows(named=True) if row["customers"]}


def _dealer(
    network: Network, daily: pl.DataFrame, dealer: str, months: _Months, told: dict[str, dict[str, Any]], *, day: int
) -> _Start:
    around = _markets([told[code] for code in months.dealers])
    spread, year = coldstart.learn(months.sold, around), months.sold.sum(axis=0)
    rates, _weights = coldstart.initial_rates(new=_markets([told[dealer]]), known=around, sold=year, spread=spread)
    mean = year.mean(axis=0) / (MONTHS * MONTH_DAYS)
    own = daily.filter((pl.col("dealer") == dealer) & pl.col("sku").is_in(months.skus))
    came = _weeks(own, {sku: i for i, sku in enumerate(months.skus)}, day=day, days=network.demand.shape[1])

    def ours(week: int, sold: Floats) -> Belief:
        return coldstart.believe(rates=rates, sold=sold[None], days=np.array([float(week * WEEK_DAYS)]), spread=spread)

    return _Start(
        came,
        {
            "firstmove": ours,
            "product_mean": lambda _week, _sold: _around(mean, spread, shape=spread.pair_shape),
            "no_plan": lambda week, sold: _around(_own(sold, week), spread, shape=_SURE),
        },
    )


def _products(network: Network, daily: pl.DataFrame) -> Iterator[_Start]:
    """Launches of the window; all parameters from before it."""
    first = dict(daily.group_by("sku").agg(pl.col("day").min()).sort("sku").rows())
    last = network.demand.shape[1] - HORIZONS[0] * WEEK_DAYS
    listed = {sku: (on - network.first_on).days for sku, on in network.listing.select("sku", "listed_on").rows() if on}
    group_of, category_of = _groups(network.listing)
    launched = {
        sku: day for sku, day in first.items() if sku in group_of and listed.get(sku, day) >= day - _LISTED_DAYS
    }
    new = [sku for sku, day in launched.items() if network.start <= day <= last]
    past = [sku for sku, day in launched.items() if KNOWN_DAYS <= day <= network.start - LAUNCH_WEEKS * WEEK_DAYS]
    dealers = daily.filter(pl.col("day") < network.start)["dealer"].unique().sort().to_list()
    months = _months(daily, dealers, network.start)
    if not new or len(past) < LEAST_LAUNCHES or months is None:
        return
    spread = coldstart.learn(months.sold, _alike(len(months.dealers)))
    own = daily.filter(pl.col("sku").is_in([*new, *past])).group_by("sku", "day").agg(pl.col("quantity").sum())
    weeks = {
        sku: _weeks(part, {sku: 0}, day=launched[sku], days=network.demand.shape[1])
        for (sku,), part in own.partition_by("sku", as_dict=True).items()
    }
    levels = np.array([weeks[sku][:, 0] for sku in past])
    groups = np.array([group_of[sku] for sku in past])
    launches = coldstart.learn_launches(levels, group=groups, groups=max(group_of.values()) + 1)
    everything = float(levels.mean()) / WEEK_DAYS
    for sku in new:
        of_category = levels[[category_of[one] == category_of[sku] for one in past]]
        mean = np.array([float(of_category.mean()) / WEEK_DAYS if len(of_category) else everything])
        yield _launch(weeks[sku], launches, group_of[sku], mean, spread)


def _launch(came: Floats, launches: coldstart.Launches, group: int, mean: Floats, spread: Spread) -> _Start:
    def ours(week: int, sold: Floats) -> Belief:
        return first_weeks.launch_belief(
            launches, group=np.array([group]), known=np.array([week]), sold=sold, week=week, spread=spread
        )

    return _Start(
        came,
        {
            "firstmove": ours,
            "category_mean": lambda _week, _sold: _around(mean, spread, shape=launches.shape),
            "no_plan": lambda week, sold: _around(_own(sold, week), spread, shape=_SURE),
        },
    )


def _months(daily: pl.DataFrame, dealers: Sequence[str], day: int) -> _Months | None:
    """The 13 months before `day` of these dealers; None where fewer than three of them sold."""
    near = daily.filter(
        pl.col("day").is_between(day - MONTHS * MONTH_DAYS, day - 1) & pl.col("dealer").is_in(list(dealers))
    )
    skus = near.group_by("sku").agg(pl.col("dealer").n_unique()).filter(pl.col("dealer") >= 2)["sku"].sort().to_list()
    near = near.filter(pl.col("sku").is_in(skus))
    codes = near["dealer"].unique().sort().to_list()
    if len(codes) < LEAST_DEALERS:
        return None
    rows = near.with_columns(month=(day - 1 - pl.col("day")) // MONTH_DAYS)
    sums = rows.group_by("month", "dealer", "sku").agg(pl.col("quantity").sum())
    sold = np.zeros((MONTHS, len(codes), len(skus)))
    at = (
        sums["month"].to_numpy(),
        np.searchsorted(codes, sums["dealer"].to_numpy()),
        np.searchsorted(skus, sums["sku"].to_numpy()),
    )
    sold[at] = sums["quantity"].to_numpy()
    return _Months(codes, skus, sold)


def _markets(rows: Sequence[dict[str, Any]]) -> coldstart.Markets:
    def number(name: str) -> Floats:
        return np.array([np.nan if row[name] is None else row[name] for row in rows], np.float64)

    region = np.array([row["region"] or "" for row in rows], dtype=np.str_)
    return coldstart.Markets(reach=number("customers"), lat=number("lat"), lon=number("lon"), region=region)


def _alike(dealers: int) -> coldstart.Markets:
    """Where only lots are learned, which need no markets."""
    nowhere = np.full(dealers, np.nan)
    return coldstart.Markets(reach=np.ones(dealers), lat=nowhere, lon=nowhere, region=np.full(dealers, ""))


def _groups(listing: pl.DataFrame) -> tuple[dict[str, int], dict[str, str]]:
    """The group (category and third of prices) and the category of each product, as a run takes them."""
    price = listing["unit_price"].fill_null(0.0).to_numpy()
    category, skus = listing["category"].fill_null("?").to_list(), listing["sku"].to_list()
    groups = coldstart.launch_groups(category, price)
    return dict(zip(skus, groups.tolist(), strict=True)), dict(zip(skus, category, strict=True))


def _weeks(rows: pl.DataFrame, place: dict[str, int], *, day: int, days: int) -> Floats:
    """Units of each whole week from `day` on, 13 at most, [weeks, p]."""
    out = np.zeros((min(LAUNCH_WEEKS, (days - day) // WEEK_DAYS), len(place)))
    for sku, when, units in rows.select("sku", "day", "quantity").rows():
        week = (when - day) // WEEK_DAYS
        if 0 <= week < len(out):
            out[week, place[sku]] += units
    return out


def _own(sold: Floats, week: int) -> Floats:
    """What sold a day so far; nothing in the first week."""
    return sold / max(week * WEEK_DAYS, 1)


def _around(rate: Floats, spread: Spread, *, shape: float) -> Belief:
    return Belief(rate=rate, shape=np.full(len(rate), shape), lot=spread.lots(rate))


def _figures(starts: Sequence[_Start], *, seed: int) -> dict[str, Any]:
    """Errors of every method over units that came, by horizon."""
    draw = np.random.default_rng(seed)
    names = list(starts[0].believed) if starts else []
    missed = {name: [_missed(start, name) for start in starts] for name in names}
    horizons = {}
    for weeks in HORIZONS:
        chosen = [i for i, start in enumerate(starts) if len(start.came) >= weeks]
        came = np.array([starts[i].came[:weeks].sum() for i in chosen])
        if not chosen or not came.sum():
            continue
        # [starts] of each method: pinball and error of totals, summed over the weeks
        sums = {name: np.array([missed[name][i][:weeks].sum(axis=0) for i in chosen]) for name in names}
        picks = draw.integers(0, len(chosen), (_DRAWS, len(chosen)))
        ours = sums["firstmove"][:, 0]
        horizons[str(weeks)] = {
            "count": len(chosen),
            "methods": {
                name: {
                    "pinball": _ratio(sums[name][:, 0], came, picks),
                    "total_error": _ratio(sums[name][:, 1], came, picks),
                    "pinball_ratio": _ratio(ours, sums[name][:, 0], picks),
                }
                for name in names
            },
        }
    return {"count": len(starts), "weeks": horizons}


def _missed(start: _Start, name: str) -> Floats:
    """Pinball over all pairs and the error of their sum, in units, of each week, [weeks, 2]."""
    grid = np.array(PROBABILITIES)
    out = np.empty((len(start.came), 2))
    sold = np.zeros(start.came.shape[1])
    for week, came in enumerate(start.came):
        belief = start.believed[name](week, sold)
        over = came[:, None] - belief.quantiles(np.full(len(came), WEEK_DAYS), PROBABILITIES)
        out[week] = (
            np.maximum(grid * over, (grid - 1) * over).sum() / len(grid),
            abs(float(belief.rate.sum()) * WEEK_DAYS - float(came.sum())),
        )
        sold = sold + came
    return out


def _ratio(above: Floats, below: Floats, picks: NDArray[np.int64]) -> dict[str, float | None]:
    """Ratio of sums, and its 90 % interval over bootstrap draws."""
    value = float(above.sum() / max(below.sum(), 1e-9))
    if len(above) < _LEAST_SAMPLE:
        return {"value": value, "low": None, "high": None}
    drawn = above[picks].sum(axis=1) / np.maximum(below[picks].sum(axis=1), 1e-9)
    low, high = np.quantile(drawn, [0.05, 0.95])
    return {"value": value, "low": float(low), "high": float(high)}
