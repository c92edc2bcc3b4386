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

import heapq
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

    `near_km` and `far_km` stand for a distance that is not known, within a region and between regions. A `trip` takes
    whatever one dealer gives another and costs so much money whatever it carries; none is made that gains less than
    `least_gain` after all of that.
    """

    share: float
    share_per_100_km: float
    near_km: float
    far_km: float
    days: int
    trip: float = 0.0
    least_gain: float = 0.0

    def __post_init__(self) -> None:
        least = min(self.share, self.share_per_100_km, self.near_km, self.days, self.trip, self.least_gain)
        if least < 0 or self.far_km < self.near_km:
            raise InvalidFrameError(
                "freight: shares, kilometres, days and money are at least 0, and far_km at least near_km."
            )

    @property
    def threshold(self) -> float:
        """What the lines of a trip together have to earn after their own freight."""
        return self.trip + self.least_gain


def net(pairs: pl.DataFrame, *, freight: Freight) -> pl.DataFrame:
    """Transfers between `pairs` (columns `HOLDINGS`, and lat, lon, region), columns `TRANSFERS`, by taker and giver.

    Steps of the order multiple are given out one by one, always the one that is worth most net of freight, until none
    is worth anything. A step's worth only falls with the steps before it, so this is greedy b-matching: at least half
    of the best that could be had, and the best itself where freight is the same for all. Equal steps go to the dealer
    whose code comes first, so the order of rows has no say.

    Where a trip costs something or has to gain something, routes are chosen first: always the one whose lines earn
    most together, of what those before it left, until none earns its trip. What a route earns only falls with every
    other one, so it is looked at again when its turn comes and no sooner (Minoux, "Accelerated greedy algorithms",
    1978). On the routes that are open the steps are then given out as above, and a route that no longer earns its trip
    is closed, until all do. A fixed charge makes the best plan hard to find: of it nothing is promised.

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
    dealer = active["dealer"].rank("dense").cast(pl.Int64).to_numpy() - 1
    starts = np.flatnonzero(active["sku"].to_numpy() != active["sku"].shift(1).to_numpy())
    products = []
    for low, high in pairwise([*starts.tolist(), len(active)]):
        part = slice(low, high)
        giving = low + np.flatnonzero(spare[rows[part]] > 0)
        taking = low + np.flatnonzero(room[rows[part]] > 0)
        km, known = _distances(place, region, giving, taking, freight)
        cost = (freight.share + freight.share_per_100_km * km / 100) * price[taking][None, :]
        products.append(_Product(giving, taking, np.ascontiguousarray(cost), km, known))
    sides_of = _Sides(
        spare=spare[rows], room=room[rows], multiple=multiple[rows], left=left, late=nodes - early, margin=margin,
        dealer=dealer,
    )  # fmt: skip
    found = _given_out(products, sides_of, threshold=freight.threshold)
    return found.with_columns(
        pl.col("giver", "taker").map_batches(lambda place: pl.Series(rows[place.to_numpy()]), return_dtype=pl.Int64)
    )


@dataclass(frozen=True, eq=False)
class _Sides:
    """The pairs that may give or take, one below the other: units; `left` and `late` [n, 8]; `dealer` a number."""

    spare: Floats
    room: Floats
    multiple: Floats
    left: Floats
    late: Floats
    margin: Floats
    dealer: Ints


@dataclass(frozen=True, eq=False)
class _Product:
    """Who could give and take a product, as rows of the sides; freight of a unit and kilometres [givers, takers]."""

    giving: Ints
    taking: Ints
    cost: Floats
    km: Floats
    known: NDArray[np.bool_]


def _given_out(products: list[_Product], sides: _Sides, *, threshold: float) -> pl.DataFrame:
    """Transfers (columns `TRANSFERS`, rows of the sides), of which every trip earns the threshold."""
    many = int(sides.dealer.max()) + 1
    routes = _routes(products, sides, many=many, threshold=threshold) if threshold > 0 else None
    while True:
        found = _steps(products, sides, routes, many=many)
        if routes is None or found.is_empty():
            return found
        route = pl.Series("route", sides.dealer[found["giver"]] * many + sides.dealer[found["taker"]])
        earned = found.group_by(route).agg(net=(pl.col("margin") - pl.col("freight")).sum())
        poor = earned.filter(pl.col("net") < threshold - LEAST_UNITS)["route"].to_numpy()
        if not len(poor):
            return found
        routes = np.setdiff1d(routes, poor)


def _routes(products: list[_Product], sides: _Sides, *, many: int, threshold: float) -> Ints:
    """The routes (giver's number × many + taker's) that are opened, ascending."""
    parts = []
    for one in products:
        a, b = (side.ravel() for side in np.meshgrid(one.giving, one.taking, indexing="ij"))
        parts.append((a, b, one.cost.ravel()))
    giver, taker, cost = (np.concatenate(column) for column in zip(*parts, strict=True))
    spare, had = sides.spare.copy(), np.zeros(len(sides.room))
    gain, units = np.zeros(len(giver)), np.zeros(len(giver))

    def look(arcs: Ints) -> None:
        _earn(
            giver, taker, cost, arcs, spare, had, sides.room, sides.multiple, sides.left, sides.late, sides.margin,
            gain, units,
        )  # fmt: skip

    look(np.arange(len(giver)))
    kept = np.flatnonzero(gain > 0)
    route = sides.dealer[giver[kept]] * many + sides.dealer[taker[kept]]
    order = np.argsort(route, kind="stable")
    kept, route = kept[order], route[order]
    codes, first = np.unique(route, return_index=True)
    arcs_of = dict(zip(codes.tolist(), np.split(kept, first[1:]), strict=True)) if len(codes) else {}
    waiting = [(-float(gain[arcs].sum()), code) for code, arcs in arcs_of.items()]
    heapq.heapify(waiting)
    opened = []
    while waiting and -waiting[0][0] >= threshold:
        _before, code = heapq.heappop(waiting)
        arcs = arcs_of[code]
        look(arcs)
        now = float(gain[arcs].sum())
        if now < threshold:
            continue
        if waiting and (-now, code) > waiting[0]:
            heapq.heappush(waiting, (-now, code))
            continue
        opened.append(code)
        np.subtract.at(spare, giver[arcs], units[arcs])
        np.add.at(had, taker[arcs], units[arcs])
    return np.array(sorted(opened), np.int64)


def _steps(products: list[_Product], sides: _Sides, routes: Ints | None, *, many: int) -> pl.DataFrame:
    """Transfers on the open routes (None: on all), step by step."""
    found = []
    for one in products:
        giving, taking, cost = one.giving, one.taking, one.cost
        if routes is not None:
            lanes = sides.dealer[giving][:, None] * many + sides.dealer[taking][None, :]
            is_open = np.isin(lanes, routes)
            if not is_open.any():
                continue
            cost = np.where(is_open, cost, np.inf)
        late, left, margin = sides.late[taking], sides.left[taking], sides.margin[taking]
        moved = np.zeros(cost.shape)
        _hand_over(sides.spare[giving], sides.room[taking], sides.multiple[taking], left, late, margin, cost, moved)
        for b in np.flatnonzero(moved.any(axis=0)):
            # what is saved belongs to the taker's whole quantity, and is told of each giver by its share
            whole = moved[:, b].sum()
            saved = float((np.minimum(late[b], left[b] + whole) - np.minimum(late[b], left[b])).mean())
            for a in np.flatnonzero(moved[:, b]):
                units = moved[a, b]
                part = saved * units / whole
                km = float(one.km[a, b]) if one.known[a, b] else None
                found.append((int(giving[a]), int(taking[b]), units, part, part * margin[b], units * cost[a, b], km))
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
def _earn(
    giver: Ints,
    taker: Ints,
    cost: Floats,
    arcs: Ints,
    spare: Floats,
    had: Floats,
    room: Floats,
    multiple: Floats,
    left: Floats,
    late: Floats,
    margin: Floats,
    gain: Floats,
    units: Floats,
) -> None:
    """What each of `arcs` would earn alone after freight, and by how many units, of what is spare and was had."""
    for arc in arcs:
        a, b = giver[arc], taker[arc]
        step, taken, earned = multiple[b], 0.0, 0.0
        while taken + step <= spare[a] + 1e-9 and had[b] + taken + step <= room[b] + 1e-9:
            one = margin[b] * _worth(left[b], late[b], had[b] + taken, step) - cost[arc] * step
            if one <= 1e-9 * step:
                break
            earned += one
            taken += step
        gain[arc], units[arc] = earned, taken


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
