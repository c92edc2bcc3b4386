"""Order X more and gain Y: which lines could fill the distance to a programme's next step, and what that costs.

A step invites to order earlier and more than sell-out asks for. So three questions come before any advice:

1. **Does the dealer get there anyway?** Until the period ends it orders what it sells: with order days every R days,
   the last one within T days lies at t = ⌊T / R⌋ × R, and by then it has ordered level + rate × t - position of each
   line. What reaches the step by that is no reason to order anything.
2. **Does sell-out support more?** Each line is filled no further than `inventory.order.reach`: the stuffing guard, the
   shelf life and half of the line's profit bind here as they bind a minimum order.
3. **Is it worth it?** Ordering u units beyond that day's order (B in stock, in transit and ordered; level L) ties up
   money and may never sell. Demand has 64 equally likely scenarios, the sums of lead and review nodes, stretched from
   the protection time P to d days as independent increments are: mean d / P times, deviation √(d / P) times.

   - *Holding.* Without the step, the unit at place y beyond that position would be ordered when y more had sold. It is
     held y / ρ days longer at the scenario's daily demand ρ, at most a year; stock above the level comes first, so for
     x = (B - L)⁺ + u in all

         held(x) = x² / (2 ρ) if x ≤ 365 ρ, else 365² ρ / 2 + 365 (x - 365 ρ)     unit days,

     each at purchase price × yearly rate / 365. Only the difference that u makes counts.
   - *Overstock.* Of what the guard's 91 days leave unsold because of u, a share of the purchase price is lost: an
     assumption that belongs to the caller and is to be shown as one.

Both are convex in u, so packs in ascending order cost ever more. Packs by cost for money cover the distance at no more
than the cost of one pack above the relaxation's, which bounds the best; where that is not close, measured by what the
step pays, `inventory.order_solver` is asked. Goods that are ordered early are not ordered again: what that takes from
the *next* period's programme is not counted.

Example: level 70, 60 in stock, 10 ordered today, 10 sell a day for certain, cost 4, 36.5 % a year. 20 more are held
20² / (2 × 10) = 20 unit days at .004: .08. They sell within 91 days: no overstock. A step that pays 3 for 80 more than
today's 40 is worth 2.92.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.frames import floats, require_columns
from firstmove.engine.inventory import order
from firstmove.engine.inventory.guard import GUARD_DAYS
from firstmove.engine.inventory.order_solver import Limits, Steps, choose
from firstmove.engine.inventory.value import SCENARIOS, YEAR_DAYS, node_array, stock_position

Floats = NDArray[np.float64]

SILENT = ("", "reached_anyway", "not_supported", "credit", "no_gain")
"""Why nothing is advised: the ordinary orders reach the step; sell-out does not support as much; credit or budget end
before it; it would cost more than it pays."""

LINES: dict[str, pl.DataType] = {**order.LINES, "level_units": pl.Float64(), "lead_days": pl.Float64()}
"""What a dealer's lines that count for the programme bring; `quantity_units` is today's order."""

# A line of many packs is weighed at so many numbers of them.
_CUTS = 12
# An order that may cost so much more than the best one, as a share of what the step pays, is good enough.
_LOSS = 0.01
_CENT = 0.005
_HAIR = 1e-6


@dataclass(frozen=True, eq=False)
class TopUp:
    """What to order beyond the ordinary order, in `waits_days` (0: today); `units` [n], all 0 where `silent` says why.

    Amounts in money: `ordinary` is expected to be ordered by the end anyway, today's order included, `short` is still
    missing then, `supported` is the most that sell-out lets one add. `holding` and `overstock` are expected costs of
    `amount`, `unsold_at_end` what of it is expected to be still there when the period ends. `net` is what is left.
    """

    units: Floats
    silent: str
    waits_days: int
    ordinary: float
    short: float
    supported: float
    amount: float = 0.0
    gain: float = 0.0
    holding: float = 0.0
    overstock: float = 0.0
    unsold_at_end: float = 0.0

    @property
    def net(self) -> float:
        return self.gain - self.holding - self.overstock


def top_up(
    lines: pl.DataFrame,
    *,
    distance: float,
    pays: Callable[[float], float],
    days_left: int,
    overstock_share: float,
    most_amount: float = np.inf,
) -> TopUp:
    """The cheapest order beyond the ordinary ones that reaches the step, or why there is none.

    `lines` [n] (`LINES`) are the dealer's products that count for the programme. `distance` is what is missing of the
    basis before today's order, `pays(amount)` what so much more basis pays. `days_left` are the days on which orders
    still count, today not counted. `overstock_share` of the purchase price is lost on what is not sold in 91 days.
    `most_amount`: what credit and budget leave beyond today's order.

    Raises `InvalidFrameError` for missing columns and values that cannot be.
    """
    require_columns(lines, LINES, name="lines")
    price = floats(lines, "purchase_price", name="lines", minimum=0.0)
    ordinary = float(price @ expected_units(lines, days_left=days_left))
    short = max(distance - ordinary, 0.0)
    waits = int(_last_order_day(lines, days_left).max(initial=0))
    lines = on_last_order_day(lines, days_left=days_left)
    costs = Costs.of(lines, overstock_share=overstock_share)
    room = order.reach(lines) - floats(lines, "quantity_units", name="lines", minimum=0.0)
    steps = _steps(lines, costs, np.maximum(room, 0.0))
    plain = TopUp(
        units=np.zeros(len(lines)),
        silent="",
        waits_days=waits,
        ordinary=ordinary,
        short=short,
        supported=float(steps.amount.sum()),
    )
    if short <= _CENT:
        return _silent(plain, "reached_anyway")
    if plain.supported < short - _CENT:
        return _silent(plain, "not_supported")
    if most_amount < short - _CENT:
        return _silent(plain, "credit")
    ahead = pays(ordinary + short) - pays(ordinary)
    if ahead <= _relaxed(steps, short=short).cost + _CENT:
        return _silent(plain, "no_gain")
    packs = _cover(steps, short=short, most_amount=most_amount, loss=_LOSS * ahead)
    if packs is None:
        return _silent(plain, "credit" if np.isfinite(most_amount) else "not_supported")
    chosen = packs * floats(lines, "order_multiple_units", name="lines", minimum=1.0)
    amount = float(price @ chosen)
    found = replace(
        plain,
        units=chosen,
        amount=amount,
        gain=pays(ordinary + amount) - pays(ordinary),
        holding=float(costs.holding(chosen).sum()),
        overstock=float(costs.overstock(chosen).sum()),
        unsold_at_end=float((price * costs.unsold(chosen, days=days_left - waits)).sum()),
    )
    return found if found.net > _CENT else _silent(plain, "no_gain")


def expected_units(lines: pl.DataFrame, *, days_left: int) -> Floats:
    """Units of each line, [n], that the dealer is expected to order by the last order day, today's order included."""
    last = _last_order_day(lines, days_left)
    sold = floats(lines, "rate_units_per_day", name="lines", minimum=0.0) * last
    level = floats(lines, "level_units", name="lines", minimum=0.0)
    today = floats(lines, "quantity_units", name="lines", minimum=0.0)
    needed = np.where(last > 0, level + sold - stock_position(lines, name="lines"), 0.0)
    return np.maximum(np.where(lines["proposable"].to_numpy(), needed, 0.0), today)


def on_last_order_day(lines: pl.DataFrame, *, days_left: int) -> pl.DataFrame:
    """The lines as they are expected to stand on the last order day; the same lines where that is today.

    By then a line stands at its level, or above it where today's stock and order last for longer, and what one review
    sells has just been ordered.
    """
    last = _last_order_day(lines, days_left)
    rate = floats(lines, "rate_units_per_day", name="lines", minimum=0.0)
    today = floats(lines, "quantity_units", name="lines", minimum=0.0)
    level = floats(lines, "level_units", name="lines", minimum=0.0)
    stands = np.maximum(stock_position(lines, name="lines") + today - rate * last, level)
    held = np.maximum(stands - rate * floats(lines, "review_days", name="lines", minimum=1.0), 0.0)
    later = pl.Series(last > 0)
    return lines.with_columns(
        on_hand_units=pl.when(later).then(pl.Series(held)).otherwise("on_hand_units"),
        in_transit_units=pl.when(later).then(0.0).otherwise("in_transit_units"),
        quantity_units=pl.when(later).then(pl.Series(stands - held)).otherwise("quantity_units"),
    )


def _last_order_day(lines: pl.DataFrame, days_left: int) -> Floats:
    """In how many days each line can be ordered for the last time, [n]."""
    review = floats(lines, "review_days", name="lines", minimum=1.0)
    last: Floats = np.floor(max(days_left, 0) / review) * review
    return last


@dataclass(frozen=True, eq=False)
class Costs:
    """What units beyond the ordinary order cost. Row-aligned with the lines: `base` [n] is what each has in all.

    `protection` [n, 64] are the demands of the `days` [n] that lead time and review take.
    """

    base: Floats
    level: Floats
    days: Floats
    protection: Floats
    unit_day: Floats
    lost: Floats

    @classmethod
    def of(cls, lines: pl.DataFrame, *, overstock_share: float) -> "Costs":
        lead, review = node_array(lines["lead_nodes"]), node_array(lines["review_nodes"])
        price = floats(lines, "purchase_price", name="lines", minimum=0.0)
        rate = floats(lines, "holding_rate_per_year", name="lines", minimum=0.0)
        return cls(
            base=stock_position(lines, name="lines") + floats(lines, "quantity_units", name="lines", minimum=0.0),
            level=floats(lines, "level_units", name="lines", minimum=0.0),
            days=floats(lines, "lead_days", name="lines", minimum=0.0)
            + floats(lines, "review_days", name="lines", minimum=1.0),
            protection=(lead[:, :, None] + review[:, None, :]).reshape(len(lines), SCENARIOS),
            unit_day=price * rate / YEAR_DAYS,
            lost=price * overstock_share,
        )

    def demand(self, days: int) -> Floats:
        """Demand of `days`, [n, 64] equally likely amounts."""
        share = (days / self.days)[:, None]
        mean = self.protection.mean(axis=1, keepdims=True)
        stretched: Floats = np.maximum(mean * share + (self.protection - mean) * np.sqrt(share), 0.0)
        return stretched

    def unsold(self, units: Floats, *, days: int) -> Floats:
        """Expected units that are left after `days` because of `units` [n] more, [n]."""
        demand = self.demand(days)
        left = np.maximum((self.base + units)[:, None] - demand, 0.0) - np.maximum(self.base[:, None] - demand, 0.0)
        expected: Floats = left.mean(axis=1)
        return expected

    def overstock(self, units: Floats) -> Floats:
        """Expected loss, [n] money, on what `units` [n] more leave unsold after the guard's days."""
        return self.lost * self.unsold(units, days=GUARD_DAYS)

    def holding(self, units: Floats) -> Floats:
        """Expected cost, [n] money, of holding `units` [n] longer than without a step."""
        rate = self.demand(GUARD_DAYS) / GUARD_DAYS
        before = np.maximum(self.base - self.level, 0.0)
        more = _held((before + units)[:, None], rate) - _held(before[:, None], rate)
        held: Floats = self.unit_day * more.mean(axis=1)
        return held

    def rows(self, row: NDArray[np.int64]) -> "Costs":
        """The same for the lines `row` [m]."""
        return Costs(
            base=self.base[row],
            level=self.level[row],
            days=self.days[row],
            protection=self.protection[row],
            unit_day=self.unit_day[row],
            lost=self.lost[row],
        )


def _held(above: Floats, rate: Floats) -> Floats:
    """Unit days that `above` units [n, 1] wait for their turn at `rate` [n, 64] a day, a unit a year at most."""
    within = np.minimum(above, YEAR_DAYS * rate)
    days: Floats = np.divide(within**2, 2 * rate, out=np.zeros_like(rate), where=rate > 0)
    days += YEAR_DAYS * (above - within)
    return days


def _steps(lines: pl.DataFrame, costs: Costs, room: Floats) -> Steps:
    """Packs of every line up to its `room` [n] units in ascending order, worth less the more they cost.

    A line that today's order holds already takes single packs; another begins with the smallest order that it allows.
    """
    multiple = floats(lines, "order_multiple_units", name="lines", minimum=1.0)
    minimum = floats(lines, "order_minimum_units", name="lines", minimum=0.0)
    today = floats(lines, "quantity_units", name="lines", minimum=0.0)
    price = floats(lines, "purchase_price", name="lines", minimum=0.0)
    smallest = np.where(today > 0, 1.0, np.maximum(np.ceil(minimum / multiple - _HAIR), 1.0))
    most = np.floor(room / multiple + _HAIR)
    cuts = [_cuts(int(low), int(high)) for low, high in zip(smallest, most, strict=True)]
    row = np.repeat(np.arange(len(lines)), [len(one) for one in cuts])
    upto = np.array([cut for one in cuts for cut in one], np.int64)
    first = np.ones(len(row), np.bool_)
    first[1:] = row[1:] != row[:-1]
    own = costs.rows(row)
    total = own.holding(upto * multiple[row]) + own.overstock(upto * multiple[row])
    packs = upto - np.where(first, 0, np.roll(upto, 1))
    cost = total - np.where(first, 0.0, np.roll(total, 1))
    none = np.zeros(len(row))
    return Steps(
        lines=len(lines), line=row, packs=packs, first=first, value=-cost, amount=packs * multiple[row] * price[row],
        kg=none, load=none,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Relaxed:
    """The steps by cost for money that cover an amount: `whole` ones, and `share` of the `last`. No packs cost less."""

    whole: NDArray[np.int64]
    last: int
    share: float
    cost: float


def _relaxed(steps: Steps, *, short: float) -> _Relaxed:
    """Of steps that amount to `short` at least."""
    ranked = np.argsort(-steps.value / np.maximum(steps.amount, _HAIR), kind="stable")
    before = np.cumsum(steps.amount[ranked]) - steps.amount[ranked]
    needed = ranked[before < short - _CENT]
    whole, last = needed[:-1], int(needed[-1])
    share = min((short - float(steps.amount[whole].sum())) / float(steps.amount[last]), 1.0)
    return _Relaxed(whole, last, share, float(-steps.value[whole].sum() - steps.value[last] * share))


def _cover(steps: Steps, *, short: float, most_amount: float, loss: float) -> NDArray[np.int64] | None:
    """Packs of each line, [n], that amount to at least `short` and at most `most_amount` at least cost, give or take
    `loss` money; None where no packs do."""
    relaxed = _relaxed(steps, short=short)
    last = relaxed.last
    taken = np.zeros(len(steps.line))
    taken[relaxed.whole] = 1.0
    taken[last] = 1.0 if steps.first[last] else np.ceil(relaxed.share * steps.packs[last] - _HAIR) / steps.packs[last]
    _spare(taken, steps, surplus=float(steps.amount @ taken) - short)
    if -steps.value @ taken - relaxed.cost > loss or steps.amount @ taken > most_amount + _CENT:
        return choose(steps, Limits(least_amount=short, most_amount=most_amount))
    packs = np.zeros(steps.lines, np.int64)
    np.add.at(packs, steps.line, np.rint(taken * steps.packs).astype(np.int64))
    return packs


def _spare(taken: Floats, steps: Steps, *, surplus: float) -> None:
    """Take packs out of `taken` [m], in place, that the amount reaches its aim without: the dearest for money first."""
    a_pack = steps.amount / steps.packs
    for j in np.argsort(steps.value / np.maximum(steps.amount, _HAIR), kind="stable").tolist():
        packs = round(float(taken[j]) * int(steps.packs[j]))
        later = taken[j + 1 :][steps.line[j + 1 :] == steps.line[j]]
        if not packs or later.any():
            continue
        fits = min(int((surplus + _CENT) / max(a_pack[j], _HAIR)), packs)
        gone = (packs if fits == packs else 0) if steps.first[j] else fits
        taken[j] = (packs - gone) / steps.packs[j]
        surplus -= gone * float(a_pack[j])


def _cuts(smallest: int, most: int) -> list[int]:
    """Ascending numbers of packs: every one, or a few of many. Example: smallest 2, most 5: 2, 3, 4, 5."""
    if most < smallest:
        return []
    return sorted({round(x) for x in np.linspace(smallest, most, min(_CUTS, most - smallest + 1)).tolist()})


def _silent(plain: TopUp, cause: str) -> TopUp:
    return replace(plain, silent=cause)
