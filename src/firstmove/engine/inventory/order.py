"""A dealer's whole order: the lines' own wishes brought under what the dealer and its supplier agreed.

Each line has chosen its quantity alone (`replenishment.propose`). Where their sum keeps the dealer's terms, that stays:
the closed form. Where it does not, packs are cut or added where that costs least expected profit:

- **Budget and credit.** The order costs no more than both; what is cut is what earns least for its money.
- **Minimum order.** Too small an order is topped up with packs that still earn, or it waits for the order day by which
  sell-out will have filled it. Topping up costs the profit that the added packs lose; waiting d days costs
  profit × d / review days, the loss of skipping being spread over the days until the next order. The cheaper is taken.
- **Truck or pallet.** Freight is paid for carriers begun. Packs are added or cut where that costs less than the empty
  part of the last carrier.

Packs within a line's wish are never worth less than nothing here, as the service level asked for them; packs beyond it
never more, as nothing is ordered for its own sake only because a minimum or a truck invites it. A line is topped up
only as far as `earning_order` carries it, and never beyond `supported_units` (see `guard`).

Example: lines A and B want 10 packs of 50 each, a budget of 700. The last packs of A earn 4 each, those of B 9: A is
cut by 6 packs, and 100 more would earn 8.
"""

import datetime as dt
from dataclasses import dataclass, field, replace
from math import ceil, log10

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.frames import floats, require_columns
from firstmove.engine.inventory.order_days import OrderDays, first_order_day
from firstmove.engine.inventory.order_solver import Limits, Steps, choose, greedy
from firstmove.engine.inventory.value import LINE, earning_order, expected_profits, node_array, stock_position

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CAUSES = ("", "budget", "credit", "minimum", "truck", "pallet", "shelf_life")
CARRIERS = ("", "truck", "pallet")

LINES: dict[str, pl.DataType] = {
    **LINE,
    "order_multiple_units": pl.Int64(),
    "order_minimum_units": pl.Int64(),
    "proposable": pl.Boolean(),
    "weight_kg": pl.Float64(),  # of one unit; 0 where it is not known
    "pallets": pl.Float64(),  # that one unit takes; 0 where it is not known
    "supported_units": pl.Float64(),  # the guard: most that stock, transit and a topped-up order come to
    "fresh_units": pl.Float64(),  # most that sells within the shelf life; infinite where a product keeps
}
"""What `settle` needs of each line of a dealer; `quantity_units` is what the line wishes."""

_STEPS_WANTED, _STEPS_BEYOND = 20, 10
_TIE = 1e-3
CENT = 0.01


@dataclass(frozen=True)
class Terms:
    """What a dealer and its supplier agreed on an order. Amounts in money, 0 or infinite where there is none."""

    least_amount: float = 0.0
    least_kg: float = 0.0
    budget: float = np.inf
    credit_left: float = np.inf
    carrier: str = ""
    carrier_pallets: float = np.inf
    carrier_kg: float = np.inf
    carrier_cost: float = 0.0
    today: dt.date = dt.date(2000, 1, 1)
    review_days: int = 7
    days: OrderDays = field(default_factory=OrderDays)

    @property
    def most_amount(self) -> float:
        return max(min(self.budget, self.credit_left), 0.0)

    @property
    def most_cause(self) -> str:
        return "budget" if self.budget <= self.credit_left else "credit"

    @property
    def may_add(self) -> bool:
        """Whether packs beyond the lines' wishes can come into it."""
        return self.least_amount > 0 or self.least_kg > 0 or self.limits.has_carrier

    @property
    def is_given(self) -> bool:
        """Whether anything was agreed."""
        return self.may_add or self.most_amount < np.inf

    @property
    def limits(self) -> Limits:
        """As the solver takes them."""
        return Limits(
            least_amount=self.least_amount,
            most_amount=self.most_amount,
            least_kg=self.least_kg,
            carrier_load=self.carrier_pallets,
            carrier_kg=self.carrier_kg,
            carrier_cost=self.carrier_cost if self.carrier else 0.0,
        )


@dataclass(frozen=True, eq=False)
class Settled:
    """An order under its terms. Row-aligned with the lines: `quantity` [n] units and `causes` [n] of `CAUSES`.

    `bound` names the terms that changed something. `waits_until` is set where nothing is ordered now; then `quantity`
    is 0 throughout. `more_amount` more money would earn `more_profit`; 0 where money does not bind. `carriers` are
    begun, filled to `carriers_filled` (1.6 of 2). Costs of topping up and waiting are set where a minimum was short.
    """

    quantity: Floats
    causes: tuple[str, ...]
    bound: tuple[str, ...] = ()
    amount_wished: float = 0.0
    profit_wished: float = 0.0
    amount: float = 0.0
    profit: float = 0.0
    carriers: int = 0
    carriers_filled: float = 0.0
    more_amount: float = 0.0
    more_profit: float = 0.0
    top_up_cost: float | None = None
    wait_cost: float | None = None
    waits_until: dt.date | None = None


def fresh_quantity(lines: pl.DataFrame) -> Floats:
    """Units of each line, [n], that can be ordered and sold before they expire; columns `LINES`."""
    quantity = floats(lines, "quantity_units", name="lines", minimum=0.0)
    multiple = floats(lines, "order_multiple_units", name="lines", minimum=1.0)
    smallest = _smallest(multiple, floats(lines, "order_minimum_units", name="lines", minimum=0.0))
    room = np.maximum(lines["fresh_units"].to_numpy() - stock_position(lines, name="lines"), 0.0)
    kept = np.where(np.isfinite(room), np.floor(np.where(np.isfinite(room), room, 0.0) / multiple), np.inf)
    packs = np.minimum(quantity / multiple, kept)
    return np.where(packs >= smallest, packs * multiple, 0.0)


def reach(lines: pl.DataFrame) -> Floats:
    """Units of each line, [n], up to which anything may invite a dealer to order; columns `LINES`.

    The bound of every top-up: what sell-out supports, what sells before it expires, and what keeps half of the profit
    to be had. A line that wishes more by itself reaches its wish.
    """
    require_columns(lines, LINES, name="lines")
    return _Goods.of(lines, fresh_quantity(lines)).reach()


def settle(lines: pl.DataFrame, terms: Terms) -> Settled:
    """One dealer's order under its `terms`; `lines` [n] are all its products (`LINES`), also those that wish nothing.

    Raises `InvalidFrameError` for missing columns and values that cannot be. The result does not depend on the order
    of the rows as long as products differ.
    """
    require_columns(lines, LINES, name="lines")
    wished = floats(lines, "quantity_units", name="lines", minimum=0.0)
    fresh = fresh_quantity(lines)
    goods = _Goods.of(lines, fresh)
    amount, kg = float(goods.amount @ fresh), float(goods.kg @ fresh)
    profit = float(goods.profit(np.arange(len(lines)), fresh).sum())
    spoiling = fresh < wished
    plain = Settled(
        quantity=fresh,
        causes=tuple("shelf_life" if one else "" for one in spoiling),
        bound=("shelf_life",) if spoiling.any() else (),
        amount_wished=amount,
        profit_wished=profit,
        amount=amount,
        profit=profit,
    )
    over = amount > terms.most_amount + CENT / 2
    short = amount < terms.least_amount - CENT / 2 or kg < terms.least_kg - 1e-6
    if not fresh.any() or not (over or short or terms.limits.has_carrier):
        return plain
    reach = goods.reach() if short or terms.limits.has_carrier else fresh
    steps, gains = goods.steps(reach)
    packs = choose(steps, terms.limits)
    until = _enough_on(terms, goods, amount, kg)
    wait_cost = profit * (until - terms.today).days / terms.review_days if short else None
    if packs is None or not packs.any():
        bound = ({terms.most_cause} if over else set()) | ({"minimum"} if short or not over else set())
        return _waiting(plain, bound=bound, until=until, wait_cost=wait_cost)
    quantity = packs * goods.multiple
    earned = float(goods.profit(np.arange(len(lines)), quantity).sum())
    top_up_cost = profit - earned if short else None
    if wait_cost is not None and top_up_cost is not None and (top_up_cost > wait_cost or earned <= 0):
        return replace(_waiting(plain, bound={"minimum"}, until=until, wait_cost=wait_cost), top_up_cost=top_up_cost)
    causes = np.array(plain.causes, dtype=object)
    causes[quantity < fresh] = terms.most_cause if over else terms.carrier
    causes[quantity > fresh] = "minimum" if short else terms.carrier
    filled = goods.carried(quantity, terms.limits)
    more_amount, more_profit = _more_money(steps, gains, terms) if over else (0.0, 0.0)
    return replace(
        plain,
        quantity=quantity,
        causes=tuple(causes),
        bound=_named({*plain.bound, *causes[quantity != fresh]}),
        amount=float(goods.amount @ quantity),
        profit=earned,
        carriers=ceil(filled - 1e-6),
        carriers_filled=filled,
        more_amount=more_amount,
        more_profit=more_profit,
        top_up_cost=top_up_cost,
        wait_cost=wait_cost,
    )


def _waiting(plain: Settled, *, bound: set[str], until: dt.date, wait_cost: float | None) -> Settled:
    """Nothing now, and until when."""
    return replace(
        plain,
        quantity=np.zeros_like(plain.quantity),
        bound=_named({*plain.bound, *bound}),
        amount=0.0,
        profit=0.0,
        wait_cost=wait_cost,
        waits_until=until,
    )


def _named(causes: set[str]) -> tuple[str, ...]:
    return tuple(cause for cause in CAUSES if cause and cause in causes)


@dataclass(frozen=True, eq=False)
class _Goods:
    """The lines as arrays, [n]: per unit `amount`, `kg`, `load`; order steps; and what their value rests on."""

    wished: Floats
    multiple: Floats
    smallest: Floats
    minimum: Floats
    room: Floats
    amount: Floats
    kg: Floats
    load: Floats
    rate: Floats
    economics: dict[str, Floats]

    @classmethod
    def of(cls, lines: pl.DataFrame, wished: Floats) -> "_Goods":
        number = {
            column: floats(lines, column, name="lines", minimum=0.0)
            for column in (
                "review_days", "rate_units_per_day", "purchase_price", "sale_price", "holding_rate_per_year",
                "order_multiple_units", "order_minimum_units", "weight_kg", "pallets",
            )
        }  # fmt: skip
        position = stock_position(lines, name="lines")
        most = np.minimum(lines["supported_units"].to_numpy(), lines["fresh_units"].to_numpy())
        room = np.where(lines["proposable"].to_numpy(), np.maximum(most - position, 0.0), 0.0)
        return cls(
            wished=wished,
            multiple=number["order_multiple_units"],
            smallest=_smallest(number["order_multiple_units"], number["order_minimum_units"]),
            minimum=number["order_minimum_units"],
            room=room,
            amount=number["purchase_price"],
            kg=number["weight_kg"],
            load=number["pallets"],
            rate=number["rate_units_per_day"],
            economics={
                "position": position,
                "review_days": number["review_days"],
                "rate": number["rate_units_per_day"],
                "purchase_price": number["purchase_price"],
                "sale_price": number["sale_price"],
                "holding_rate": number["holding_rate_per_year"],
                "lead": node_array(lines["lead_nodes"]),
                "review": node_array(lines["review_nodes"]),
            },
        )

    def profit(self, row: Ints, quantity: Floats) -> Floats:
        return expected_profits(row=row, quantity=quantity.astype(np.float64), **self.economics)

    def reach(self) -> Floats:
        """Units, [n], up to which a line may be topped up: supported by sell-out, and keeping half of its profit."""
        packs = np.floor(self.room / self.multiple + 1e-6)
        earning = earning_order(
            quantity=packs * self.multiple,
            multiple=self.multiple.astype(np.int64),
            minimum=self.minimum.astype(np.int64),
            **self.economics,
        )
        return np.maximum(self.wished, earning)

    def carried(self, quantity: Floats, limits: Limits) -> float:
        """Carriers that a quantity fills; 0 where there are none."""
        if not limits.has_carrier:
            return 0.0
        return float(max(self.load @ quantity / limits.carrier_load, self.kg @ quantity / limits.carrier_kg))

    def steps(self, reach: Floats) -> tuple[Steps, Floats]:
        """Steps of every line up to `reach`, and the expected profit of each step [m], which is concave in a line.

        The steps' `value` leans on that profit, but is at least 0 within the wish and at most 0 beyond it.
        """
        line, upto = [], []
        for i in np.flatnonzero(reach > 0).tolist():
            smallest, wish, most = (
                int(self.smallest[i]),
                *(round(x[i] / self.multiple[i]) for x in (self.wished, reach)),
            )
            for cut in _cuts(smallest, wish, most):
                line.append(i)
                upto.append(cut)
        rows, packs = np.array(line, np.int64), np.array(upto, np.int64)
        first = np.ones(len(rows), np.bool_)
        first[1:] = rows[1:] != rows[:-1]
        total = self.profit(rows, packs * self.multiple[rows])
        size = packs - np.where(first, 0, np.roll(packs, 1))
        gain = total - np.where(first, 0.0, np.roll(total, 1))
        amount = size * self.multiple[rows] * self.amount[rows]
        within = packs * self.multiple[rows] <= self.wished[rows] + 1e-6
        units = size * self.multiple[rows]
        steps = Steps(
            lines=len(reach), line=rows, packs=size, first=first, value=_leaning(gain, amount, within), amount=amount,
            kg=units * self.kg[rows], load=units * self.load[rows],
        )  # fmt: skip
        return steps, gain


def _leaning(gain: Floats, amount: Floats, within: NDArray[np.bool_]) -> Floats:
    """Values of steps: their gain, but at least 0 within the wish and at most 0 beyond it; ties by gain for money."""
    worth = gain / np.maximum(amount, 1e-9)
    least = worth[within].min(initial=0.0)
    most = worth[~within].max(initial=0.0)
    tie = np.where(within, gain - least * amount, gain - most * amount)
    value: Floats = np.where(within, np.maximum(gain, 0.0), np.minimum(gain, 0.0)) + _TIE * tie
    return value


def _cuts(smallest: int, wish: int, most: int) -> list[int]:
    """Ascending numbers of packs at which a line's value is taken: every one, or a few dozen of many.

    Example: smallest 2, wish 4, most 6: 2, 3, 4, 5, 6.
    """
    within = _spaced(smallest, wish, _STEPS_WANTED) if wish >= smallest else []
    beyond = _spaced(max(wish + 1, smallest), most, _STEPS_BEYOND)
    return within + beyond


def _spaced(low: int, high: int, count: int) -> list[int]:
    if high < low:
        return []
    return sorted({round(x) for x in np.linspace(low, high, min(count, high - low + 1)).tolist()})


def _smallest(multiple: Floats, minimum: Floats) -> Floats:
    """The smallest order of a line, [n] packs."""
    packs: Floats = np.maximum(np.ceil(minimum / multiple - 1e-6), 1.0)
    return packs


def _enough_on(terms: Terms, goods: _Goods, amount: float, kg: float) -> dt.date:
    """The order day by which what sells meanwhile has filled the order up to its minimum; tomorrow at the earliest."""
    days = 1
    for missing, a_day in (
        (terms.least_amount - amount, float(goods.rate @ goods.amount)),
        (terms.least_kg - kg, float(goods.rate @ goods.kg)),
    ):
        if missing > 0 and a_day > 0:
            days = max(days, min(ceil(missing / a_day), 60))
    return first_order_day(terms.days, since=terms.today + dt.timedelta(days=days))


def _more_money(steps: Steps, gains: Floats, terms: Terms) -> tuple[float, float]:
    """A tenth more money, rounded to one figure, and what it would earn by the relaxation's order."""
    tenth = max(terms.most_amount / 10, 1.0)
    more = round(tenth, -int(log10(tenth)))
    per_pack = gains / steps.packs
    earned = []
    for amount in (terms.most_amount, terms.most_amount + more):
        packs, _ = greedy(steps, most_amount=amount)
        left, profit = packs.copy(), 0.0
        for j in range(len(steps.line)):
            taken = min(left[steps.line[j]], steps.packs[j])
            profit += per_pack[j] * taken
            left[steps.line[j]] -= taken
        earned.append(profit)
    return float(more), max(float(earned[1] - earned[0]), 0.0)
