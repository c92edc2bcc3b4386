"""Who gets how much of what is scarce: the lines that are cut, and the numbers that every dealer is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.domains.network.queries import DealerView
from firstmove.engine.demand.calendar import Ahead, PairCalendar
from firstmove.engine.demand.mornings import places
from firstmove.engine.inventory.allocation import BONUS_MOST, allocate
from firstmove.engine.inventory.paths import WEEK, OrderPaths, Seasons, order_paths, seasons
from firstmove.engine.inventory.value import order_value
from firstmove.engine.twin.opening import pair_keys

ALLOCATION_COLUMNS = {
    "run_id": "bigint",
    "dealer_id": "bigint",
    "product_id": "bigint",
    "wanted": "double precision",
    "need": "double precision",
    "granted": "double precision",
    "covered": "double precision",
    "tier": "text",
    "bonus": "double precision",
    "available": "double precision",
    "needed": "double precision",
    "more_on": "date",
}


@dataclass(frozen=True, eq=False)
class WeeksAhead:
    """The calendar that a run's drivers chose, whose rows are `categories`; None where they chose none of it."""

    calendar: Ahead | None = None
    categories: Sequence[str] = ()

    def of(self, pairs: pl.DataFrame) -> Seasons | None:
        """What it asks of the weeks to come of `pairs`, rows of a run's results."""
        if self.calendar is None:
            return None
        return seasons(
            PairCalendar(self.calendar, places(pairs["category"], self.categories)),
            lead_days=pairs["lead_days"].to_numpy().astype(np.int64),
            review_days=pairs["review_days"].to_numpy().astype(np.int64),
        )


def forward(pairs: pl.DataFrame, ahead: WeeksAhead) -> OrderPaths:
    """The order paths of `pairs`, rows of a run's results, through the season that lies ahead of them."""
    nodes = pairs["review_nodes"].cast(pl.List(pl.Float64)).explode().to_numpy().reshape(len(pairs), -1)
    review = pairs["review_days"].to_numpy().astype(np.float64)[:, None]
    mean = nodes.mean(axis=1, keepdims=True)
    # Deviations over the review brought to a week as those of independent days, around the week's own mean.
    week = np.maximum(mean * WEEK / review + (nodes - mean) * np.sqrt(WEEK / review), 0.0)
    level = week.mean(axis=1, keepdims=True)
    week *= pairs["week_mean_units"].to_numpy()[:, None] / np.where(level > 0, level, 1.0)
    return order_paths(pairs, week_nodes=week, key=pair_keys(pairs), season=ahead.of(pairs))


@dataclass(frozen=True)
class Bonuses:
    """By how much dealers are preferred: by their tier, and by id for a step that they reached in a programme."""

    tiers: Mapping[str, float]
    reached: Mapping[int, float]

    def of(self, dealer: DealerView) -> float:
        """Both together, at most what the rule of shares allows."""
        return min(self.tiers.get(dealer.tier, 0.0) + self.reached.get(dealer.id, 0.0), BONUS_MOST)


def share(
    results: pl.DataFrame,
    lines: pl.DataFrame,
    *,
    place: NDArray[np.int64],
    scarce: NDArray[np.int64],
    until: NDArray[np.int64],
    dealers: Mapping[int, DealerView],
    bonuses: Bonuses,
    ahead: WeeksAhead,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cut the lines of scarce products at what their dealer gets; and the allocations, with the numbers behind them.

    `lines` is the supply plan, a row a product; `place` [n] the row of each result in it, `scarce` the rows that are
    shared, `until` [products] the week before which no more comes. A dealer's need is what its order path asks for
    until then, and at least today's order: so those who order later in the week find their share, too.
    """
    rows = np.flatnonzero(np.isin(place, scarce))
    if not len(rows):
        return results, pl.DataFrame()
    pairs = results[rows]
    expected = np.cumsum(forward(pairs, ahead).expected, axis=1)[np.arange(len(rows)), until[place[rows]] - 1]
    asking = [dealers[dealer_id] for dealer_id in pairs["dealer_id"]]
    there = (pl.col("available_units") + pl.col("due").list.get(0) + pl.col("planned").list.get(0)).clip(lower_bound=0)
    facts = lines.select("covered", "more_on", available=there.floor())[place[rows]]
    claims = pairs.select(
        "dealer_id",
        "product_id",
        "sku",
        "dealer",
        wanted="quantity_units",
        multiple_units="order_multiple_units",
        minimum_units="order_minimum_units",
    ).with_columns(
        pl.Series("tier", [dealer.tier for dealer in asking], dtype=pl.String),
        pl.Series("bonus", [bonuses.of(dealer) for dealer in asking], dtype=pl.Float64),
        pl.Series("reached", [bonuses.reached.get(dealer.id, 0.0) for dealer in asking], dtype=pl.Float64),
        need_units=pl.max_horizontal(pl.Series("expected", expected), "wanted"),
    )
    claims = claims.hstack(facts)
    available = claims.select("sku", available_units="available").unique("sku", keep="first", maintain_order=True)
    claims = claims.hstack(allocate(claims, available).select(granted="granted_units")).with_columns(
        allowed=pl.min_horizontal("wanted", "granted"),
        needed=pl.col("need_units").sum().over("sku"),
        need="need_units",
    )
    cut = np.flatnonzero((claims["allowed"] < claims["wanted"]).to_numpy())
    told = claims.filter((pl.col("need") >= LEAST_NEED) | (pl.col("granted") > 0))
    return _cut(results, rows[cut], claims[cut]), told


LEAST_NEED = 0.5
"""A dealer that is expected to order less than half a unit has no claim that anybody would look at."""


def _cut(results: pl.DataFrame, rows: NDArray[np.int64], claims: pl.DataFrame) -> pl.DataFrame:
    """Results with the smaller quantities in `rows`, valued anew, and the reason as numbers."""
    if not len(rows):
        return results
    smaller = results[rows].with_columns(quantity_units=claims["allowed"])
    value = order_value(smaller)
    rate = pl.col("rate_units_per_day")
    position = pl.col("on_hand_units").clip(lower_bound=0) + pl.col("in_transit_units").clip(lower_bound=0)
    reason = pl.struct(
        pl.col("wanted").cast(pl.Int64),
        pl.col("granted").cast(pl.Int64),
        pl.col("covered").round(4),
        "bonus",
        "tier",
        "reached",
        pl.col("more_on").cast(pl.String),
    )
    smaller = smaller.with_columns(
        *(value[name] for name in value.columns if name in smaller.columns),
        cover_after_days=pl.when(rate > 0).then((position + pl.col("quantity_units")) / rate),
        scarce=claims.select(reason.struct.json_encode().alias("scarce")).to_series(),
    )
    kept = results.with_row_index("row").filter(~pl.col("row").is_in(rows.tolist())).drop("row")
    return pl.concat([kept, smaller.select(kept.columns)]).sort("dealer", "sku")
