"""What is made when, where a production line cannot make all that the plan wants."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.frames import InvalidFrameError, require_rows
from firstmove.engine.inventory.linear import Programme

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OWED, UNSAFE, HELD = 1.0, 0.1, 0.25 / 52
"""What a unit costs a week, as a share of its value: owed to dealers, lacking in the safety stock, held unless told."""


def overloaded(planned: Floats, *, use: Floats, line: Ints, capacity: Floats) -> Ints:
    """Numbers of the lines whose load exceeds capacity in some week, ascending.

    `planned` [n, weeks] units; `use` [n] hours (or whatever capacity is counted in) a unit; `line` [n], -1 for none;
    `capacity` [lines, weeks], infinite where it is not known.
    """
    load = np.zeros_like(capacity)
    on = line >= 0
    np.add.at(load, line[on], planned[on] * use[on, None])
    return np.flatnonzero((load > capacity * (1 + 1e-9)).any(axis=1))


@dataclass(frozen=True, eq=False)
class BuiltAhead:
    """What is made before the week that wants it: `units` [n, weeks] by the week that they are for, and what that costs
    to hold, `cost` [n], in the money of a unit's value. `load` [weeks]: what the line is asked for over what it can do.
    """

    units: Floats
    cost: Floats
    load: Floats


def built_ahead(
    *, wanted: Floats, made: Floats, use: Floats, value: Floats, capacity: Floats, held_a_week: float = HELD
) -> BuiltAhead:
    """What the products of a line are made earlier, because a later week asks for more than it can do.

    `wanted` [n, weeks] is the plan without limits, `made` that within `capacity` [weeks] (`within_capacity`). First
    made is first used: of what week v wants as much is built ahead as was made before v beyond what all weeks before v
    wanted. After the last week that asks for too much nothing is: what is early there is a lot that was rounded up.

    Example: nothing is wanted but 60 in week 10, of a line that makes 20 a week: 20 are made in weeks 8, 9 and 10, so
    40 are built ahead for week 10, held 20 + 40 unit weeks.
    """
    need, done = np.cumsum(wanted, axis=1), np.cumsum(made, axis=1)
    asked = (wanted * use[:, None]).sum(axis=0)
    load = np.where(np.isfinite(capacity), asked / np.maximum(capacity, 1e-9), 0.0)
    full = np.flatnonzero(asked > capacity * (1 + 1e-9))
    last = int(full[-1]) if len(full) else 0
    early = np.maximum(done - need, 0.0)
    early[:, last:] = 0.0
    units = np.zeros_like(wanted)
    units[:, 1:] = np.minimum(early[:, :-1], wanted[:, 1:])
    return BuiltAhead(units, early.sum(axis=1) * value * held_a_week, load)


def within_capacity(
    *,
    opening: Floats,
    need: Floats,
    receipts: Floats,
    safety: Floats,
    lead_weeks: Ints,
    value: Floats,
    use: Floats,
    minimum: Floats,
    multiple: Floats,
    capacity: Floats,
    held_a_week: float = HELD,
) -> Floats:
    """Receipts of the products of one line, [n, weeks] units in lots, that cost least within `capacity` [weeks].

    Least is: what is owed to dealers, then what lacks in the safety stock, then what is held, each by `value` [n] of a
    unit (`OWED`, `UNSAFE`, `held_a_week`). So the line builds ahead in idle weeks, and what is worth more goes first.
    The programme is linear; its answer is brought up to whole lots week by week, what a lot makes more is made less
    later, and no week exceeds its capacity. Who lacks most weeks of what is wanted comes first, then the lower row.

    Example: 10 a week are needed, the line makes 8, and starts with 4 in stock: 8 every week, and from week 2 on 2 more
    are owed each week.
    """
    n, weeks = need.shape
    require_rows([(name, len(a)) for name, a in (("opening", opening), ("need", need), ("use", use), ("value", value))])
    if capacity.shape != (weeks,) or (use <= 0).any():
        raise InvalidFrameError("capacity is one number a week, and a unit has to use some of it.")
    programme = Programme()
    weight = np.repeat(np.maximum(value, 1e-6)[:, None], weeks, axis=1)
    possible = np.where(np.arange(weeks)[None, :] >= lead_weeks[:, None], np.inf, 0.0)
    made = programme.add_columns(cost=np.zeros((n, weeks)), upper=possible)
    held = programme.add_columns(cost=held_a_week * weight)
    owed = programme.add_columns(cost=OWED * weight)
    lacking = programme.add_columns(cost=UNSAFE * weight)
    flow = need - receipts
    flow[:, 0] -= opening
    # made + stock before - stock after = need less receipts; stock is held less owed
    balance = programme.add_rows(lower=flow, upper=flow)
    programme.put(rows=balance, columns=made, values=1.0)
    programme.put(rows=balance, columns=held, values=-1.0)
    programme.put(rows=balance, columns=owed, values=1.0)
    programme.put(rows=balance[:, 1:], columns=held[:, :-1], values=1.0)
    programme.put(rows=balance[:, 1:], columns=owed[:, :-1], values=-1.0)
    floor = np.repeat(safety[:, None], weeks, axis=1)
    kept = programme.add_rows(lower=floor, upper=np.full((n, weeks), np.inf))
    programme.put(rows=kept, columns=held, values=1.0)
    programme.put(rows=kept, columns=lacking, values=1.0)
    limited = np.flatnonzero(np.isfinite(capacity))
    rows = programme.add_rows(lower=np.full(len(limited), -np.inf), upper=capacity[limited])
    programme.put(
        rows=np.repeat(rows[None, :], n, axis=0),
        columns=made[:, limited],
        values=np.repeat(use[:, None], len(limited), axis=1),
    )
    wanted = programme.solve()[made.ravel()].reshape(n, weeks)
    return _lots(wanted, use=use, minimum=minimum, multiple=multiple, capacity=capacity)


def _lots(wanted: Floats, *, use: Floats, minimum: Floats, multiple: Floats, capacity: Floats) -> Floats:
    n, weeks = wanted.shape
    step = np.maximum(multiple, 1.0)
    out, missing = np.zeros((n, weeks)), np.zeros(n)
    usual = np.maximum(wanted.mean(axis=1), 1e-9)
    for week in range(weeks):
        missing += wanted[:, week]
        left = capacity[week]
        # up to whole lots: a product of which little is wanted would else never be made
        lots = np.where(missing > 1e-6, np.ceil(np.maximum(missing, minimum) / step - 1e-6), 0.0)
        for row in np.lexsort((np.arange(n), -missing / usual)):
            room = np.floor(left / (use[row] * step[row]) + 1e-9) if np.isfinite(left) else np.inf
            units = min(lots[row], room) * step[row]
            if units <= 0 or units < minimum[row]:
                continue
            out[row, week] = units
            missing[row] -= units
            left -= units * use[row]
    return out
