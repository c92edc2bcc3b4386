"""Which packs of which lines: the most valuable order within limits, by greedy choice or by HiGHS.

A line's packs come in *steps*: the first is the smallest order that the line allows, each later one some packs more.
As the value of a line is concave in its packs, a step is worth no more a pack than the step before it, so an order by
value for money never takes a later step before an earlier one.

With one limit on money alone the problem is a knapsack. Taking steps by value for money, the last one in part, solves
its relaxation; in whole packs the loss is at most the value of the one pack that did not fit. Where that bound is small
the greedy choice stands; where it is not, or where minima and trucks enter, the integer programme

    max  Σ value_j x_j - cost × T + cost × load / capacity
    s.t. least ≤ Σ amount_j x_j ≤ most,  Σ kg_j x_j ≥ least kg,  load ≤ capacity × T

is solved by HiGHS (https://highs.dev, Huangfu and Hall 2018), T whole carriers. `cost × load / capacity` credits what
is carried: all goods have to be carried some day, so an order answers for the empty part of its last carrier alone.

Example: lines of 40 and 30 money, worth 8 and 7, budget 50: by value for money the second (.233 before .2) is taken
and the first no longer fits. The bound on the loss is 4 of 11, so HiGHS is asked; it takes the first, worth 8.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import highspy
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# A greedy order that is proved to be within this share of the best one stands.
GREEDY_LOSS = 0.002
# Lines that are chosen anew around the relaxed order, and how far below it, as a share, the result may stay.
CORE_LINES = 24
CORE_LOSS = 0.01
_OPTIONS: dict[str, bool | int | float | str] = {
    "output_flag": False, "threads": 1, "parallel": "off", "random_seed": 0, "mip_rel_gap": 1e-4, "mip_max_nodes": 500,
}  # fmt: skip
_EPSILON = 1e-6


@dataclass(frozen=True, eq=False)
class Steps:
    """Steps of n lines, [m], those of a line one after the other in ascending order, lines ascending.

    `packs` of the step; `value`, `amount`, `kg` and `load` (share of pallets) of the whole step. `first` marks each
    line's first step, which is taken whole or not at all.
    """

    lines: int
    line: Ints
    packs: Ints
    first: NDArray[np.bool_]
    value: Floats
    amount: Floats
    kg: Floats
    load: Floats


@dataclass(frozen=True)
class Limits:
    """What an order has to keep. `carrier_load` and `carrier_kg` are what one carrier takes."""

    least_amount: float = 0.0
    most_amount: float = np.inf
    least_kg: float = 0.0
    carrier_load: float = np.inf
    carrier_kg: float = np.inf
    carrier_cost: float = 0.0

    @cached_property
    def has_carrier(self) -> bool:
        return self.carrier_cost > 0 and (np.isfinite(self.carrier_load) or np.isfinite(self.carrier_kg))


def choose(steps: Steps, limits: Limits) -> Ints | None:
    """Packs of each line, [n]; None where no order keeps the limits."""
    if not limits.has_carrier and limits.least_amount <= 0 and limits.least_kg <= 0:
        packs, bound = greedy(steps, most_amount=limits.most_amount)
        if bound <= GREEDY_LOSS:
            return packs
    return _solve(steps, limits)


def greedy(steps: Steps, *, most_amount: float) -> tuple[Ints, float]:
    """Packs of each line by value for money within `most_amount`, and the most that they can lose, as a share.

    Only steps of value above zero are taken. The share is of the relaxation's value, an upper bound of the best order.
    """
    worth = steps.value / np.maximum(steps.amount, _EPSILON)
    # Equal worth: earlier lines and earlier steps first, so the same question has the same answer.
    ranked = np.lexsort((np.arange(len(worth)), -worth))
    ranked = ranked[steps.value[ranked] > 0]
    packs, value, room, relaxed = np.zeros(steps.lines, np.int64), 0.0, most_amount, -1.0
    closed = np.zeros(steps.lines, np.bool_)
    for j in ranked.tolist():
        i, amount = steps.line[j], steps.amount[j]
        if closed[i]:
            continue
        if amount <= room + _EPSILON:
            taken = steps.packs[j]
        else:
            if relaxed < 0:  # the first that does not fit: from here on the relaxation takes a part
                relaxed = value + steps.value[j] * room / amount
            taken = 0 if steps.first[j] else int((room + _EPSILON) * steps.packs[j] / amount)
            closed[i] = True
        share = taken / steps.packs[j]
        packs[i] += taken
        value += steps.value[j] * share
        room -= amount * share
    loss = 0.0 if relaxed <= 0 else max(relaxed - value, 0.0) / relaxed
    return packs, loss


def _solve(steps: Steps, limits: Limits) -> Ints | None:
    """By HiGHS: all lines at once where they are few, else the relaxation and then its core."""
    programme = _Programme.of(steps, limits)
    relaxed = None if programme.lines <= CORE_LINES else programme.solve(whole=False)
    if relaxed is not None:
        found = _by_core(programme, relaxed)
        if found is not None:
            return programme.packs(found.values)
    answer = programme.solve(whole=True)
    return None if answer is None else programme.packs(answer.values)


def _by_core(programme: "_Programme", relaxed: "_Answer") -> "_Answer | None":
    """The integer order near the relaxed one; None where none is found that is proved to be close.

    The relaxed worth of an order is concave in the number of carriers, so that the best whole number is one of the two
    beside the best broken one. The relaxation breaks no more lines than there are limits. They, and the lines that it
    would be cheapest to change by reduced cost, are the core (Balas and Zemel 1980): the rest stays as it is.
    """
    bound = relaxed
    if programme.has_carrier:
        whole = float(np.floor(relaxed.values[-1] + _EPSILON))
        tried = [programme.with_carriers(number) for number in (whole, whole + 1)]
        answers = [(one, answer) for one in tried if (answer := one.solve(whole=False)) is not None]
        if not answers:
            return None
        programme, bound = max(answers, key=lambda pair: pair[1].worth)
    found = programme.around(bound).solve(whole=True)
    if found is None or bound.worth - found.worth > CORE_LOSS * abs(bound.worth):
        return None
    return found


@dataclass(frozen=True, eq=False)
class _Answer:
    values: Floats
    reduced: Floats  # worth of one more of each column, 0 for those between their bounds
    worth: float


@dataclass(frozen=True, eq=False)
class _Programme:
    """max cost · x with lower ≤ x ≤ upper and rows (low, high, columns, factors).

    Columns: a step each (packs, or 0/1 for a first step), the whole packs beyond it by line, carriers.
    """

    steps: Steps
    beyond: Ints  # lines that have more than their first step
    has_carrier: bool
    cost: Floats
    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_]
    rows: list[tuple[float, float, Ints, Floats]]

    @classmethod
    def of(cls, steps: Steps, limits: Limits) -> "_Programme":
        m, n = len(steps.line), steps.lines
        starts = np.flatnonzero(steps.first)
        extra = np.bincount(steps.line[~steps.first], weights=steps.packs[~steps.first], minlength=n)
        lines = np.flatnonzero(extra)
        first_of = np.full(n, -1, np.int64)
        first_of[steps.line[starts]] = starts
        whole = np.where(steps.first, 1, steps.packs).astype(np.float64)
        carriers = int(limits.has_carrier)
        columns = m + len(lines) + carriers
        cost = np.zeros(columns)
        cost[:m] = (steps.value + _carried(steps, limits)) / whole
        rows: list[tuple[float, float, Ints, Floats]] = []
        if carriers:
            cost[-1] = -limits.carrier_cost
            for amount, capacity in ((steps.load, limits.carrier_load), (steps.kg, limits.carrier_kg)):
                if np.isfinite(capacity):
                    used = np.append(amount / whole / capacity, -1.0)
                    rows.append((-np.inf, 0.0, np.append(np.arange(m), columns - 1), used))
        if limits.least_amount > 0 or np.isfinite(limits.most_amount):
            rows.append((limits.least_amount, limits.most_amount, np.arange(m), steps.amount / whole))
        if limits.least_kg > 0:
            rows.append((limits.least_kg, np.inf, np.arange(m), steps.kg / whole))
        later = np.flatnonzero(~steps.first)
        begins, ends = (np.searchsorted(steps.line[later], lines, side=side) for side in ("left", "right"))
        for place, (i, begin, end) in enumerate(zip(lines, begins, ends, strict=True)):
            own = later[begin:end]
            rows.append((0.0, 0.0, np.append(own, m + place), np.append(np.ones(len(own)), -1.0)))
            rows.append((-np.inf, 0.0, np.array([m + place, first_of[i]]), np.array([1.0, -extra[i]])))
        return cls(
            steps=steps, beyond=lines, has_carrier=limits.has_carrier, cost=cost, lower=np.zeros(columns),
            upper=np.concatenate([whole, extra[lines], np.full(carriers, np.inf)]),
            integer=np.concatenate([steps.first, np.ones(len(lines) + carriers, np.bool_)]), rows=rows,
        )  # fmt: skip

    @property
    def lines(self) -> int:
        return int(self.steps.first.sum())

    def packs(self, values: Floats) -> Ints:
        """Packs of each line, [n]."""
        starts = np.flatnonzero(self.steps.first)
        packs = np.zeros(self.steps.lines, np.int64)
        np.add.at(packs, self.steps.line[starts], np.rint(values[starts]).astype(np.int64) * self.steps.packs[starts])
        m = len(self.steps.line)
        packs[self.beyond] += np.rint(values[m : m + len(self.beyond)]).astype(np.int64)
        return packs

    def with_carriers(self, number: float) -> "_Programme":
        lower, upper = self.lower.copy(), self.upper.copy()
        lower[-1] = upper[-1] = number
        return replace(self, lower=lower, upper=upper)

    def around(self, answer: "_Answer") -> "_Programme":
        """Only the core of a relaxed answer is left to choose."""
        m, line = len(self.steps.line), self.steps.line
        nearness = np.full(self.steps.lines, np.inf)
        np.minimum.at(nearness, line, np.abs(answer.reduced[:m]))
        broken = np.abs(answer.values - np.rint(answer.values)) > _EPSILON
        nearness[line[broken[:m]]] = -1.0
        core = np.zeros(self.steps.lines, np.bool_)
        core[np.argsort(nearness, kind="stable")[:CORE_LINES]] = True
        fixed = np.concatenate([~core[line], ~core[self.beyond], np.zeros(int(self.has_carrier), np.bool_)])
        settled = np.clip(np.rint(answer.values), self.lower, self.upper)
        return replace(self, lower=np.where(fixed, settled, self.lower), upper=np.where(fixed, settled, self.upper))

    def solve(self, *, whole: bool) -> "_Answer | None":
        """By HiGHS; None where nothing keeps the rows. `whole` keeps the integer columns whole.

        One thread and a limit on nodes, not on time, so that the same question has the same answer on any machine.
        """
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self.cost), len(self.rows)
        model.sense_ = highspy.ObjSense.kMaximize
        model.col_cost_, model.col_lower_, model.col_upper_ = self.cost, self.lower, self.upper
        model.row_lower_ = np.array([row[0] for row in self.rows])
        model.row_upper_ = np.array([row[1] for row in self.rows])
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.concatenate([[0], np.cumsum([len(row[2]) for row in self.rows])]).astype(np.int32)
        model.a_matrix_.index_ = np.concatenate([row[2] for row in self.rows]).astype(np.int32)
        model.a_matrix_.value_ = np.concatenate([row[3] for row in self.rows])
        if whole:
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            model.integrality_ = [kinds[int(one)] for one in self.integer]
        highs = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in _OPTIONS.items():
            highs.setOptionValue(option, value)
        highs.passModel(model)
        highs.run()
        info, found = highs.getInfo(), highs.getSolution()
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        reduced = np.zeros(len(self.cost)) if whole else np.asarray(found.col_dual)
        return _Answer(np.asarray(found.col_value), reduced, float(info.objective_function_value))


def _carried(steps: Steps, limits: Limits) -> Floats:
    """What carrying each step is worth: its part of a full carrier, by the measure that fills first."""
    if not limits.has_carrier:
        return np.zeros(len(steps.line))
    by_load, by_kg = steps.load.sum() / limits.carrier_load, steps.kg.sum() / limits.carrier_kg
    share = steps.load / limits.carrier_load if by_load >= by_kg else steps.kg / limits.carrier_kg
    return limits.carrier_cost * share
