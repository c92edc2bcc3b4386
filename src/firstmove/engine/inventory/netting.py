# ruff: noqa: PLR0917  (numba has no keyword-only arguments: kernels are called by position)
"""Netting between dealers: what one has beyond its sell-out saves sales of another before goods can come.

Lateral transshipment, reactive: after demand was seen and before the next receipt (Paterson, Kiesmüller, Teunter and
Glazebrook, "Inventory models with lateral transshipments: A review", 2011), with a hold-back level at whoever gives.

- **Who gives** keeps what its own sell-out supports (`guard.supported_units`, at least its order-up-to level), in stock
  and not on the way. So giving never makes it order, and never makes it run out in the quarter that the guard looks at.
- **Who takes** gets units worth having before an order placed now would arrive, and never comes over its level. A
  transfer takes `days` itself. Of a demand D over the lead time L, which runs evenly, D × days / L comes before it and
  is met or lost without it. With left = max(position - that, 0) and late = D - that, q units sell
  min(late, left + q) - min(late, left) more, in the mean over the eight equally likely demands.
- **Worth** is the margin of those sales, less freight. What the giver saves by holding less, and what the taker
  orders less, is left out: both are gains that nobody has to argue about to want the transfer.

Example: a dealer with 40 in stock and 25 supported gives up to 15. Another has none, sells 10 for certain over a lead
time of 10 days; a transfer takes 2 days, so 8 of them are saved by 8 units, and a ninth saves nothing.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.frames import InvalidFrameError, floats, require_columns
from firstmove.engine.inventory.value import node_array, stock_position
from firstmove.engine.jit import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EARTH_KM = 6371.0
LEAST_UNITS = 1e-6

HOLDINGS: dict[str, pl.DataType] = {
    "dealer": pl.String(),
    "sku": pl.String(),
    "on_hand_units": pl.Float64(),
    "in_transit_units": pl.Float64(),
    "level_units": pl.Float64(),
    "supported_units": pl.Float64(),  # what stays with whoever gives; at least the level
    "order_multiple_units": pl.Int64(),
    "lead_days": pl.Int64(),
    "purchase_price": pl.Float64(),
    "sale_price": pl.Float64(),
    "lead_nodes": pl.List(pl.Float32()),
}
"""A pair whose stock was counted, as a run left it; `lat`, `lon` (degrees, null unknown) and `region` stand beside."""

TRANSFERS: dict[str, pl.DataType] = {
    "giver": pl.Int64(),  # row in the pairs
    "taker": pl.Int64(),  # row in the pairs
    "quantity_units": pl.Float64(),
    "saved_units": pl.Float64(),  # expected sales that would else be lost
    "margin": pl.Float64(),  # of those sales
    "freight": pl.Float64(),
    "distance_km": pl.Float64(),  # null where a place is not known
}


@dataclass(frozen=True, kw_only=True)
class Freight:
    """What moving goods between two dealers costs, a share of their purchase value; and how long it takes.

    `near_km` and `far_km` stand for a distance that is not known, within a region and between regions.
    """

    share: float
    share_per_100_km: float
    near_km: float
    far_km: float
    days: int

    def __post_init__(self) -> None:
        if min(self.share, self.share_per_100_km, self.near_km, self.days) < 0 or self.far_km < self.near_km:
            raise InvalidFrameError("freight: shares, kilometres and days are at least 0, and far_km at least near_km.")


def net(pairs: pl.DataFrame, *, freight: Freight) -> pl.DataFrame:
    """Transfers between `pairs` (columns `HOLDINGS`, and lat, lon, region), columns `TRANSFERS`, by taker and giver.

    Steps of the order multiple are given out one by one, always the one that is worth most net of freight, until none
    is worth anything. A step's worth only falls with the steps before it, so this is greedy b-matching: at least half
    of the best that could be had, and the best itself where freight is the same for all. Equal steps go to the dealer
    whose code comes first, so the order of rows has no say.

    Raises `InvalidFrameError` for missing columns, numbers that are not finite, a pair twice, or a giver who would
    keep less than its level.
    """
    require_columns(pairs, HOLDINGS, name="pairs")
    level, kept = (floats(pairs, column, name="pairs", minimum=0.0) for column in ("level_units", "supported_units"))
    if (kept < level - LEAST_UNITS).any():
        raise InvalidFrameError("pairs.supported_units is below level_units: who gives would have to order again.")
    if pairs.select(pl.struct("sku", "dealer").is_duplicated().any()).item():
        raise InvalidFrameError("pairs has a dealer twice for one product.")
    on_hand, position = floats(pairs, "on_hand_units", name="pairs"), stock_position(pairs, name="pairs")
    multiple = floats(pairs, "order_multiple_units", name="pairs", minimum=1.0)
    spare = np.floor(np.maximum(on_hand - kept, 0.0) / multiple + LEAST_UNITS) * multiple
    room = np.floor(np.maximum(level - position, 0.0) / multiple + LEAST_UNITS) * multiple
    sides = pairs.select("sku", "dealer").with_columns(
        pl.Series("spare", spare), pl.Series("room", room), row=pl.int_range(len(pairs))
    )
    met = sides.group_by("sku").agg(pl.col("spare", "room").max()).filter((pl.col("spare") > 0) & (pl.col("room") > 0))
    active = (
        sides.filter((pl.col("spare") > 0) | (pl.col("room") > 0))
        .join(met.select("sku"), on="sku", how="semi")
        .sort("sku", "dealer")
    )
    if active.is_empty():
        return pl.DataFrame(schema=TRANSFERS)
    rows = active["row"].to_numpy()
    chosen = pairs[rows]
    lead = floats(chosen, "lead_days", name="pairs", minimum=0.0)
    nodes = node_array(chosen["lead_nodes"])
    early = nodes * np.minimum(freight.days / np.maximum(lead, 1.0), 1.0)[:, None]
    left = np.maximum(position[rows][:, None] - early, 0.0)
    price = floats(chosen, "purchase_price", name="pairs", minimum=0.0)
    margin = np.maximum(floats(chosen, "sale_price", name="pairs", minimum=0.0) - price, 0.0)
    place = np.radians(chosen.select(pl.col("lat", "lon").cast(pl.Float64).fill_null(np.nan)).to_numpy())
    region = chosen["region"].fill_null("").rank("dense").cast(pl.Int64).to_numpy().copy()
    region[(chosen["region"].fill_null("") == "").to_numpy()] = -1
    starts = np.flatnonzero(active["sku"].to_numpy() != active["sku"].shift(1).to_numpy())
    found = []
    for low, high in pairwise([*starts.tolist(), len(active)]):
        part = slice(low, high)
        giving, taking = np.flatnonzero(spare[rows[part]] > 0), np.flatnonzero(room[rows[part]] > 0)
        km, known = _distances(place[part], region[part], giving, taking, freight)
        cost = (freight.share + freight.share_per_100_km * km / 100) * price[part][taking][None, :]
        moved = np.zeros((len(giving), len(taking)))
        _hand_over(
            spare[rows[part]][giving],
            room[rows[part]][taking],
            multiple[rows[part]][taking],
            np.ascontiguousarray(left[part][taking]),
            np.ascontiguousarray((nodes - early)[part][taking]),
            margin[part][taking],
            np.ascontiguousarray(cost),
            moved,
        )
        for b in np.flatnonzero(moved.any(axis=0)):
            # what is saved belongs to the taker's whole quantity, and is told of each giver by its share
            whole = moved[:, b].sum()
            late, at = (nodes - early)[part][taking[b]], left[part][taking[b]]
            saved = float((np.minimum(late, at + whole) - np.minimum(late, at)).mean())
            for a in np.flatnonzero(moved[:, b]):
                units = moved[a, b]
                found.append(
                    (
                        int(rows[low + giving[a]]),
                        int(rows[low + taking[b]]),
                        units,
                        saved * units / whole,
                        saved * units / whole * margin[part][taking[b]],
                        units * cost[a, b],
                        float(km[a, b]) if known[a, b] else None,
                    )
                )
    return pl.DataFrame(found, schema=TRANSFERS, orient="row")


def _distances(
    place: Floats, region: Ints, giving: Ints, taking: Ints, freight: Freight
) -> tuple[Floats, NDArray[np.bool_]]:
    """Kilometres from each giver to each taker, [givers, takers], along a great circle; and where places are known."""
    lat, lon = place[:, 0], place[:, 1]
    south, north = lat[giving][:, None], lat[taking][None, :]
    turn = lon[giving][:, None] - lon[taking][None, :]
    half = np.sin((south - north) / 2) ** 2 + np.cos(south) * np.cos(north) * np.sin(turn / 2) ** 2
    km = 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    known = np.isfinite(km)
    same = (region[giving][:, None] == region[taking][None, :]) & (region[giving][:, None] >= 0)
    return np.where(known, km, np.where(same, freight.near_km, freight.far_km)), known


@kernel
def _worth(left: Floats, late: Floats, had: float, step: float) -> float:
    """Expected units that `step` more sell, beyond `had` that were given before."""
    total = 0.0
    for k in range(len(late)):
        total += min(late[k], left[k] + had + step) - min(late[k], left[k] + had)
    return total / len(late)


@kernel
def _cheapest(spare: Floats, step: float, cost: Floats, b: int) -> int:
    """The giver with a whole step left whose goods reach the taker `b` cheapest; -1 where nobody has one."""
    best = -1
    for a in range(len(spare)):
        if spare[a] >= step - 1e-9 and (best < 0 or cost[a, b] < cost[best, b]):
            best = a
    return best


@kernel
def _hand_over(
    spare: Floats,
    room: Floats,
    multiple: Floats,
    left: Floats,
    late: Floats,
    margin: Floats,
    cost: Floats,
    moved: Floats,
) -> None:
    """Fill `moved` [givers, takers]; `cost` [givers, takers] is freight of a unit, `left` and `late` [takers, 8]."""
    takers = len(room)
    rest = spare.copy()
    had, worth = np.zeros(takers), np.zeros(takers)
    giver = np.empty(takers, np.int64)
    for b in range(takers):
        giver[b] = _cheapest(rest, multiple[b], cost, b)
        worth[b] = margin[b] * _worth(left[b], late[b], 0.0, multiple[b])
    while True:
        best, gain = -1, 1e-9
        for b in range(takers):
            if giver[b] < 0 or had[b] + multiple[b] > room[b] + 1e-9:
                continue
            # of a unit, so that a large step does not win by its size
            one = worth[b] / multiple[b] - cost[giver[b], b]
            if one > gain:
                best, gain = b, one
        if best < 0:
            break
        a = giver[best]
        moved[a, best] += multiple[best]
        rest[a] -= multiple[best]
        had[best] += multiple[best]
        worth[best] = margin[best] * _worth(left[best], late[best], had[best], multiple[best])
        for b in range(takers):
            if giver[b] >= 0 and rest[giver[b]] < multiple[b] - 1e-9:
                giver[b] = _cheapest(rest, multiple[b], cost, b)
