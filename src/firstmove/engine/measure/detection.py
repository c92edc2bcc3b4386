"""How good exceptions are: changes planted in real history, shuffled history in which nothing changed, alerts replayed.

Every morning is seen as the nightly run sees it: the two years before it and no day after, limits learned before the
window. What the limits are learned from and what they are tried on are other pairs.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.engine.demand import sensing
from firstmove.engine.demand.distribution import centre
from firstmove.engine.frames import InvalidFrameError, require_rows
from firstmove.engine.inventory.run_out import run_out, threatens
from firstmove.engine.inventory.supply import weekly_variance
from firstmove.engine.twin.accuracy import known
from firstmove.engine.twin.opening import reactive_opening
from firstmove.engine.twin.replay import Protocol

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rule = Callable[[NDArray[np.float32]], NDArray[np.int64]]
"""Of history [n, days] the kind found on the morning after it (place in `sensing.KINDS`), -1 for none: [n]."""

WEEK, YEAR = 7, 364
HALF, DOUBLE, STOP = PLANTED = ("half", "double", "stop")
ANSWERS = {HALF: ("fell", "stopped"), DOUBLE: ("rose",), STOP: ("stopped", "fell")}
"""What counts as having found it: a stop that is first seen as a fall was found."""
PLANTED_SHARE = 0.05
# A change is looked for so many weeks; one that is found later is not found.
LOOKED_WEEKS = 16
# A pair that sells on one day in a week or more is one that somebody would miss.
QUICK_DAYS_PER_WEEK = 1.0
CHANCES = (0.5, 0.7, 0.9)


@dataclass(frozen=True)
class Found:
    """Changes of one kind that were planted, and how many were found, after how many days (of those found)."""

    planted: int
    recall: float
    recall_8_weeks: float
    delay_days_median: float | None
    planted_quick: int
    recall_quick: float
    delay_days_quick: float | None


@dataclass(frozen=True)
class Detection:
    """`per_1000_pair_weeks`: new alarms on shuffled histories; `told_…`: on the real ones nothing was planted in."""

    changes: dict[str, Found]
    false_alarms_per_1000_pair_weeks: float
    told_per_1000_pair_weeks: float
    pair_weeks: int


def sense(limits: sensing.Limits, *, whole_list: bool = True) -> Rule:
    """What a nightly run tells: scores over their limits, and (`whole_list`) rare enough for so long a list."""

    def rule(history: NDArray[np.float32]) -> NDArray[np.int64]:
        found = sensing.shifts(sensing.scan(history, mornings=[history.shape[1]]).score[:, 0], limits)
        told = sensing.told(found) if whole_list else found.kind >= 0
        return np.where(told, found.kind, -1)

    return rule


def four_weeks(history: NDArray[np.float32]) -> NDArray[np.int64]:
    """What most lists do: the last four weeks are half or less of the four before, or twice as much or more."""
    last = history[:, -28:].sum(axis=1, dtype=np.float64)
    before = history[:, -56:-28].sum(axis=1, dtype=np.float64)
    kind = np.full(len(history), -1, np.int64)
    kind[(before > 0) & (last <= before / 2)] = sensing.KINDS.index("fell")
    kind[(before > 0) & (last >= before * 2)] = sensing.KINDS.index("rose")
    kind[(before > 0) & (last == 0)] = sensing.KINDS.index("stopped")
    return kind


def detection(
    demand: NDArray[np.float32], *, start: int, rules: dict[str, Rule], seed: int = 1
) -> dict[str, Detection]:
    """Each rule on the window of demand [n, days] from day `start` on, looked at once a week.

    One pair in twenty gets each kind of `PLANTED`, on a day drawn before the window is looked at: from then on half of
    its days of sale are gone, those of a year before are added once more, or nothing is sold. Pairs in which the rule
    sees something on that day are left out of recall, as they say nothing. Raises `InvalidFrameError` for a window
    that is shorter than the weeks looked, or without a year before it.
    """
    n, days = demand.shape
    room = days - start - LOOKED_WEEKS * WEEK
    if room < 1 or start < YEAR:
        raise InvalidFrameError(f"a year before the window and {LOOKED_WEEKS * WEEK} days in it are not there.")
    draw = np.random.default_rng(seed)
    order, count = draw.permutation(n), int(n * PLANTED_SHARE)
    rows = {kind: np.sort(order[place * count : (place + 1) * count]) for place, kind in enumerate(PLANTED)}
    on = start + draw.integers(0, room, n)
    changed = np.array(demand)
    for kind, chosen in rows.items():
        for row in chosen:
            changed[row, on[row] :] = _changed(demand[row], int(on[row]), kind, draw)
    untouched = sensing.shuffled(demand, seed=seed + 1)
    spared = np.ones(n, np.bool_)
    spared[order[: len(PLANTED) * count]] = False
    mornings = np.arange(start, days + 1, WEEK)
    quick = (demand[:, start - YEAR : start] > 0).sum(axis=1) / (YEAR / WEEK) >= QUICK_DAYS_PER_WEEK
    measured = {}
    for name, rule in rules.items():
        seen = np.stack([rule(known(changed, int(day))) for day in mornings], axis=1)
        quiet = np.stack([rule(known(untouched, int(day))) for day in mornings], axis=1)
        measured[name] = Detection(
            changes={
                kind: _found(seen, rows=chosen, on=on, mornings=mornings, kind=kind, quick=quick)
                for kind, chosen in rows.items()
            },
            false_alarms_per_1000_pair_weeks=_new(quiet),
            told_per_1000_pair_weeks=_new(seen[spared]),
            pair_weeks=n * (len(mornings) - 1),
        )
    return measured


def _changed(row: NDArray[np.float32], day: int, kind: str, draw: np.random.Generator) -> NDArray[np.float32]:
    after = row[day:]
    if kind == HALF:
        return np.where(draw.random(len(after)) < 0.5, after, 0).astype(np.float32)
    if kind == DOUBLE:
        return after + row[day - YEAR : len(row) - YEAR]
    return np.zeros_like(after)


def _new(kinds: NDArray[np.int64]) -> float:
    """Alarms that were not there the week before, in 1,000 pair-weeks."""
    news = (kinds[:, 1:] >= 0) & (kinds[:, :-1] < 0)
    return float(news.mean() * 1000) if news.size else 0.0


def _found(
    seen: NDArray[np.int64],
    *,
    rows: NDArray[np.int64],
    on: NDArray[np.int64],
    mornings: NDArray[np.int64],
    kind: str,
    quick: Bools,
) -> Found:
    answers = [sensing.KINDS.index(name) for name in ANSWERS[kind]]
    delays, fast = [], []
    for row in rows:
        eve = np.searchsorted(mornings, on[row], side="right") - 1
        if seen[row, eve] >= 0:
            continue
        looked = np.isin(seen[row, eve + 1 : eve + 1 + LOOKED_WEEKS], answers)
        hit = int(looked.argmax())
        delays.append(float(mornings[eve + 1 + hit] - on[row]) if looked.any() else np.inf)
        fast.append(bool(quick[row]))
    after, missed = np.array(delays), np.array(fast, np.bool_)
    return Found(
        planted=len(after),
        recall=_share(np.isfinite(after)),
        recall_8_weeks=_share(after <= 8 * WEEK),
        delay_days_median=_median(after),
        planted_quick=int(missed.sum()),
        recall_quick=_share(np.isfinite(after[missed])),
        delay_days_quick=_median(after[missed]),
    )


def _share(hits: Bools) -> float:
    return float(hits.mean()) if len(hits) else 0.0


def _median(delays: Floats) -> float | None:
    there = delays[np.isfinite(delays)]
    return float(np.median(there)) if len(there) else None


@dataclass(frozen=True)
class Replayed:
    """Alerts 'runs out before goods can come' that were raised on mornings of the window, and what came.

    `precision`: of those raised, the share in which demand exceeded what was there before goods could come; `emptied`:
    in which at least the last unit went. `recall`: of the pairs in which it exceeded, the share that was raised.
    `base_rate`: of all pairs in which it did. `by_chance`: for pairs whose chance was told to be that or more, how many
    they were, the mean chance told and the share in which it came true.
    """

    raised: int
    precision: float
    emptied: float
    recall: float
    base_rate: float
    lost_units_told: float
    lost_units_came: float
    by_chance: dict[str, tuple[int, float, float]]


def alerts(
    demand: NDArray[np.float32], *, start: int, multiple: NDArray[np.int64], key: NDArray[np.uint64], step: int = 28
) -> Replayed:
    """Alerts on every `step`-th morning from `start` on, each judged by the demand that came until goods could come.

    Stock is that of a reactive dealer up to the morning (`twin.opening`: nobody counted it), goods that are on the way
    come on their day, goods ordered now after the mean lead time, rounded up.
    """
    require_rows([("demand", len(demand)), ("multiple", len(multiple)), ("key", len(key))])
    lengths = Protocol().lead_lengths
    comes = -(-sum(lengths) // len(lengths))
    parts = []
    for day in range(start, demand.shape[1] - comes + 1, step):
        history = known(demand, day)
        stock, pipeline = reactive_opening(history, multiple=multiple, key=key)
        arriving = np.zeros((len(demand), comes))
        reach = min(comes, pipeline.shape[1] - 1)
        arriving[:, :reach] = pipeline[:, 1 : reach + 1]
        expected = centre(history, span=Protocol().protection_days)[0]
        said = run_out(
            pl.DataFrame(
                {
                    "on_hand_units": stock,
                    "rate_units_per_day": expected / Protocol().protection_days,
                    "week_variance": weekly_variance(history),
                    "comes_in_days": np.full(len(demand), comes, np.int64),
                }
            ),
            arriving,
        )
        # What sold out stays lost when goods come later: the largest lack of any day, as the alert tells it.
        lack = demand[:, day : day + comes].cumsum(axis=1, dtype=np.float64) - (
            stock[:, None] + arriving.cumsum(axis=1)
        )
        parts.append(
            said.select("chance", "lost_units", raised=threatens()).with_columns(lack=pl.Series(lack.max(axis=1)))
        )
    every = pl.concat(parts)
    told, out = every.filter("raised"), every.filter(pl.col("lack") > 0)
    came = told.filter(pl.col("lack") > 0)
    return Replayed(
        raised=len(told),
        precision=len(came) / max(len(told), 1),
        emptied=len(told.filter(pl.col("lack") >= 0)) / max(len(told), 1),
        recall=len(came) / max(len(out), 1),
        base_rate=len(out) / max(len(every), 1),
        lost_units_told=float(told["lost_units"].sum()),
        lost_units_came=float(told["lack"].clip(0).sum()),
        by_chance={str(chance): _as_told(every.filter(pl.col("chance") >= chance)) for chance in CHANCES},
    )


def _as_told(pairs: pl.DataFrame) -> tuple[int, float, float]:
    if pairs.is_empty():
        return 0, 0.0, 0.0
    told, came = pairs.select(pl.col("chance").mean(), came=(pl.col("lack") > 0).mean()).row(0)
    return len(pairs), float(told), float(came)
