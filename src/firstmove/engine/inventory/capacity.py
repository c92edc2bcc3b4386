"""What is made when, where a production line cannot make all that the plan wants."""

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.frames import InvalidFrameError, require_rows
from firstmove.engine.inventory.linear import Programme

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OWED, UNSAFE, HELD = 1.0, 0.1, 0.25 / 52
"""What a unit costs a week, as a share of its value: owed to dealers, lacking in the safety stock, held."""


def overloaded(planned: Floats, *, use: Floats, line: Ints, capacity: Floats) -> Ints:
    """Numbers of the lines whose load exceeds capacity in some week, ascending.

    `planned` [n, weeks] units; `use` [n] hours (or whatever capacity is counted in) a unit; `line` [n], -1 for none;
    `capacity` [lines, weeks], infinite where it is not known.
    """
    load = np.zeros_like(capacity)
    on = line >= 0
    np.add.at(load, line[on], planned[on] * use[on, None])
    return np.flatnonzero((load > capacity * (1 + 1e-9)).any(axis=1))


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
) -> Floats:
    """Receipts of the products of one line, [n, weeks] units in lots, that cost least within `capacity` [weeks].

    Least is: what is owed to dealers, then what lacks in the safety stock, then what is held, each by `value` [n] of a
    unit (`OWED`, `UNSAFE`, `HELD`). So the line builds ahead in idle weeks, and what is worth more goes first. The
    programme is linear; its answer is brought up to whole lots week by week, what a lot makes more is made less later,
    and no week exceeds its capacity. Who lacks most weeks of what is wanted comes first, then the lower row.

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
    held = programme.add_columns(cost=HELD * weight)
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
