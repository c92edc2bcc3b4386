# ruff: noqa: PLR0917  (numba has no keyword-only arguments: kernels are called by position)
"""What an order is worth: ordering now against skipping until the next order day.

An order placed now arrives after the lead time and serves the review period; one placed on the next order day takes
over from there. Demand over the two, D_L and D_R, is taken as independent, each as eight equally likely amounts
(`demand.distribution.nodes`), so a line has 64 equally likely scenarios and the same answer every time. With position
S = on hand + in transit and order q, unmet demand being lost:

    left  = max(S - D_L, 0)                    stock when the order arrives
    extra = min(D_R, left + q) - min(D_R, left)   units sold because of the order
    profit = (sale price - purchase price) × extra - holding

**Holding** is the capital that the order ties up, purchase price × yearly rate / 365 for each unit and day:

1. Over the review, demand runs evenly. A stock x then holds F(x) = x - D_R / 2 units on average if it lasts
   (x ≥ D_R), x² / (2 D_R) if it runs out; the order adds F(left + q) - F(left), for the days of the review.
2. After it, e = q - extra units remain beyond the o = max(left - D_R, 0) that would have been there anyway. The next
   order is smaller by them, so ordering now holds each a review longer than skipping would. That ends where nobody
   comes for them: at the mean rate r, units beyond the first 365 r - o sell only after a year, if at all, and are
   charged that year. A margin that they earn later is not credited: skipping would earn it too.

Charging every unit until it sells, with no next order in between, was tried: replayed on real demand it held service
down and cost more in lost margin than it saved.

Both grow at least as fast as q, and extra ever more slowly, so where a sale earns at all, profit is concave in q: it
starts at 0, rises, then falls.

Example: S = 0, D_L = 0, D_R = 10 for certain, q = 10, cost 4, price 6, rate 36.5 % a year, review 10 days: 10 extra
units earn 20; they are held 5 on average for 10 days at 0.004 a day, 0.2; profit 19.8.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.frames import InvalidFrameError, flat_lists, floats, require_columns, require_rows
from firstmove.engine.jit import kernel

Floats = NDArray[np.float64]

NODES = 8
SCENARIOS = NODES * NODES
YEAR_DAYS = 365.0
PROFIT_KEPT = 0.5

LINE: dict[str, pl.DataType] = {
    "on_hand_units": pl.Float64(),
    "in_transit_units": pl.Float64(),
    "quantity_units": pl.Float64(),
    "review_days": pl.Int64(),
    "rate_units_per_day": pl.Float64(),
    "purchase_price": pl.Float64(),
    "sale_price": pl.Float64(),
    "holding_rate_per_year": pl.Float64(),
    "lead_nodes": pl.List(pl.Float32()),
    "review_nodes": pl.List(pl.Float32()),
}
"""What the value of a line rests on; prices in the installation's currency for one unit."""

VALUE: dict[str, pl.DataType] = {
    "profit": pl.Float64(),  # expected, of ordering now against skipping, net of holding
    "profit_low": pl.Float64(),  # 10th percentile of the scenarios
    "profit_high": pl.Float64(),  # 90th percentile
    "holding_cost": pl.Float64(),  # expected
    "stockout_probability": pl.Float64(),  # of running out before the next order can arrive, if this one is skipped
    "lost_units_if_skipped": pl.Float64(),  # expected demand of the review that goes unserved, if it is skipped
}


def order_value(frame: pl.DataFrame) -> pl.DataFrame:
    """Value of each line's `quantity_units`: columns `LINE` in, columns `VALUE` out, row-aligned.

    One row is as good as a million, so a page can ask again when a buyer edits a quantity. `lost_units_if_skipped`
    leaves out what is lost before the order could arrive: no order placed now can save it.

    Raises `InvalidFrameError` for missing columns, values that are not finite, negative quantities or prices, or node
    lists that do not have eight entries. A negative stock (a count below zero) is taken as none.
    """
    require_columns(frame, LINE, name="lines")
    number = {
        column: floats(frame, column, name="lines", minimum=0.0)
        for column in LINE
        if column not in ("on_hand_units", "in_transit_units", "lead_nodes", "review_nodes")
    }
    value = values(
        position=stock_position(frame, name="lines"),
        quantity=number["quantity_units"],
        review_days=number["review_days"],
        rate=number["rate_units_per_day"],
        purchase_price=number["purchase_price"],
        sale_price=number["sale_price"],
        holding_rate=number["holding_rate_per_year"],
        lead=node_array(frame["lead_nodes"]),
        review=node_array(frame["review_nodes"]),
    )
    return pl.DataFrame({column: value[:, k] for k, column in enumerate(VALUE)}, schema=VALUE)


def stock_position(frame: pl.DataFrame, *, name: str) -> Floats:
    """Units on hand and in transit, [n]; a count below zero is an error of the count and taken as none."""
    on_hand = floats(frame, "on_hand_units", name=name)
    return np.maximum(on_hand, 0.0) + np.maximum(floats(frame, "in_transit_units", name=name), 0.0)


def values(
    *,
    position: Floats,
    quantity: Floats,
    review_days: Floats,
    rate: Floats,
    purchase_price: Floats,
    sale_price: Floats,
    holding_rate: Floats,
    lead: Floats,
    review: Floats,
) -> Floats:
    """`order_value` on arrays: [n] each, `lead` and `review` [n, 8]; returns [n, 6] in the order of `VALUE`."""
    out = np.empty((len(position), len(VALUE)))
    margin, unit_day = sale_price - purchase_price, purchase_price * holding_rate / YEAR_DAYS
    _value_rows(position, quantity, review_days, rate, margin, unit_day, lead, review, out)
    return out


def earning_order(
    *,
    position: Floats,
    quantity: Floats,
    multiple: NDArray[np.int64],
    minimum: NDArray[np.int64],
    review_days: Floats,
    rate: Floats,
    purchase_price: Floats,
    sale_price: Floats,
    holding_rate: Floats,
    lead: Floats,
    review: Floats,
) -> Floats:
    """The part of the order `quantity` that is worth placing, [n] units, keeping multiple and minimum.

    Service may cost profit, but not all of it: the result is the largest order not above `quantity` that expects at
    least half of the best profit to be had on the way to it, and 0 where no order expects any: ordering later is then
    better. As profit is concave in the quantity, the orders that keep half of it are those up to some size, found by
    halving; that size does not rest on `quantity`, so a higher service level never orders less, and it shrinks as stock
    grows, since stock lowers what each further unit earns.
    """
    out = np.empty(len(position))
    margin, unit_day = sale_price - purchase_price, purchase_price * holding_rate / YEAR_DAYS
    _earning_rows(position, quantity, multiple, minimum, review_days, rate, margin, unit_day, lead, review, out)
    return out


def earning_position(
    *,
    level: Floats,
    multiple: NDArray[np.int64],
    minimum: NDArray[np.int64],
    review_days: Floats,
    rate: Floats,
    purchase_price: Floats,
    sale_price: Floats,
    holding_rate: Floats,
    lead: Floats,
    review: Floats,
) -> Floats:
    """The largest stock position, [n] units, at which the smallest order still expects a profit; at most `level`.

    Stock lowers what an order earns, so the position is found by halving, to a 256th of the level; -1 where not even an
    empty shelf makes an order earn. It is when `earning_order` begins to order, without asking it for every position.
    """
    out = np.empty(len(level))
    margin, unit_day = sale_price - purchase_price, purchase_price * holding_rate / YEAR_DAYS
    _earning_positions(level, multiple, minimum, review_days, rate, margin, unit_day, lead, review, out)
    return out


def expected_profits(
    *,
    row: NDArray[np.int64],
    quantity: Floats,
    position: Floats,
    review_days: Floats,
    rate: Floats,
    purchase_price: Floats,
    sale_price: Floats,
    holding_rate: Floats,
    lead: Floats,
    review: Floats,
) -> Floats:
    """Expected profit of `quantity` [m] units of the lines `row` [m]: many quantities of few lines in one call.

    The lines' own columns are [n], `lead` and `review` [n, 8], as `values` takes them. Returns [m] money.
    """
    out = np.empty(len(row))
    margin, unit_day = sale_price - purchase_price, purchase_price * holding_rate / YEAR_DAYS
    _profit_rows(row, quantity, position, review_days, rate, margin, unit_day, lead, review, out)
    return out


def node_array(lists: pl.Series) -> Floats:
    """A column of node lists as [n, 8]; raises `InvalidFrameError` where a list has another length."""
    flat, offsets = flat_lists(lists, pl.Float32, name="lines")
    lengths = np.diff(offsets)
    if (lengths != NODES).any():
        row = int(np.flatnonzero(lengths != NODES)[0])
        raise InvalidFrameError(f"lines.{lists.name} in row {row} has {lengths[row]} entries; it needs {NODES}.")
    out = flat.astype(np.float64).reshape(-1, NODES)
    require_rows([("lines", len(lists)), (lists.name, len(out))])
    return out


@kernel
def _average_stock(stock: float, demand: float) -> float:
    """Mean of max(stock - u × demand, 0) over u in 0..1."""
    if stock >= demand:
        return stock - demand / 2
    return stock * stock / (2 * demand)


@kernel
def _scenario(
    left: float, demand: float, quantity: float, review_days: float, rate: float, margin: float, unit_day: float
) -> tuple[float, float]:
    """Profit and holding cost of one scenario."""
    extra = min(demand, left + quantity) - min(demand, left)
    during = (_average_stock(left + quantity, demand) - _average_stock(left, demand)) * review_days
    remaining = quantity - extra
    before = max(left - demand, 0.0)
    within_year = min(max(YEAR_DAYS * rate - before, 0.0), remaining)
    after = review_days * within_year + YEAR_DAYS * (remaining - within_year)
    holding = unit_day * (during + after)
    return margin * extra - holding, holding


@kernel
def _percentile(ordered: Floats, share: float) -> float:
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (ordered[high] - ordered[low]) * (place - low))


@kernel
def _value_rows(
    position: Floats,
    quantity: Floats,
    review_days: Floats,
    rate: Floats,
    margin: Floats,
    unit_day: Floats,
    lead: Floats,
    review: Floats,
    out: Floats,
) -> None:
    profits = np.empty(SCENARIOS)
    for i in range(len(position)):
        total = held = lost = 0.0
        short = 0
        k = 0
        for a in range(NODES):
            left = max(position[i] - lead[i, a], 0.0)
            for b in range(NODES):
                demand = review[i, b]
                profit, holding = _scenario(left, demand, quantity[i], review_days[i], rate[i], margin[i], unit_day[i])
                profits[k] = profit
                k += 1
                total += profit
                held += holding
                lost += max(demand - left, 0.0)
                short += lead[i, a] + demand > position[i]
        profits.sort()
        out[i, 0] = total / SCENARIOS
        out[i, 1] = _percentile(profits, 0.1)
        out[i, 2] = _percentile(profits, 0.9)
        out[i, 3] = held / SCENARIOS
        out[i, 4] = short / SCENARIOS
        out[i, 5] = lost / SCENARIOS


@kernel
def _expected_profit(
    line: tuple[float, float, float, float, float], quantity: float, lead: Floats, review: Floats
) -> float:
    position, review_days, rate, margin, unit_day = line
    total = 0.0
    for a in range(NODES):
        left = max(position - lead[a], 0.0)
        for b in range(NODES):
            total += _scenario(left, review[b], quantity, review_days, rate, margin, unit_day)[0]
    return total / SCENARIOS


@kernel
def _profit_rows(
    row: NDArray[np.int64],
    quantity: Floats,
    position: Floats,
    review_days: Floats,
    rate: Floats,
    margin: Floats,
    unit_day: Floats,
    lead: Floats,
    review: Floats,
    out: Floats,
) -> None:
    for k in range(len(row)):
        i = row[k]
        line = (position[i], review_days[i], rate[i], margin[i], unit_day[i])
        out[k] = _expected_profit(line, quantity[k], lead[i], review[i])


@kernel
def _earning_rows(
    position: Floats,
    quantity: Floats,
    multiple: NDArray[np.int64],
    minimum: NDArray[np.int64],
    review_days: Floats,
    rate: Floats,
    margin: Floats,
    unit_day: Floats,
    lead: Floats,
    review: Floats,
    out: Floats,
) -> None:
    for i in range(len(position)):
        line = (position[i], review_days[i], rate[i], margin[i], unit_day[i])
        smallest = max((minimum[i] + multiple[i] - 1) // multiple[i], 1)
        wanted = int(quantity[i] / multiple[i] + 0.5)
        out[i] = 0.0
        if wanted < smallest or _expected_profit(line, float(smallest * multiple[i]), lead[i], review[i]) <= 0.0:
            continue
        # the best: the first number of packs from which one more earns less
        best, above = smallest, wanted
        while best < above:
            middle = (best + above) // 2
            here = _expected_profit(line, float(middle * multiple[i]), lead[i], review[i])
            if _expected_profit(line, float((middle + 1) * multiple[i]), lead[i], review[i]) > here:
                best = middle + 1
            else:
                above = middle
        enough = PROFIT_KEPT * _expected_profit(line, float(best * multiple[i]), lead[i], review[i])
        kept, above = best, wanted
        while kept < above:
            middle = (kept + above + 1) // 2
            if _expected_profit(line, float(middle * multiple[i]), lead[i], review[i]) >= enough:
                kept = middle
            else:
                above = middle - 1
        out[i] = kept * multiple[i]


@kernel
def _earning_positions(
    level: Floats,
    multiple: NDArray[np.int64],
    minimum: NDArray[np.int64],
    review_days: Floats,
    rate: Floats,
    margin: Floats,
    unit_day: Floats,
    lead: Floats,
    review: Floats,
    out: Floats,
) -> None:
    for i in range(len(level)):
        smallest = float(max((minimum[i] + multiple[i] - 1) // multiple[i], 1) * multiple[i])
        low, high = -1.0, level[i]
        if _expected_profit((0.0, review_days[i], rate[i], margin[i], unit_day[i]), smallest, lead[i], review[i]) > 0.0:
            low = 0.0
            for _ in range(8):
                middle = (low + high) / 2
                line = (middle, review_days[i], rate[i], margin[i], unit_day[i])
                if _expected_profit(line, smallest, lead[i], review[i]) > 0.0:
                    low = middle
                else:
                    high = middle
        out[i] = low
