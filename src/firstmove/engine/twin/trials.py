"""Methods of seeing demand tried against each other on days past, as a plan would have used them.

A trial has several origins: windows one after the other, each played with tables that were pooled and trees that were
grown on the days before it. The same pairs meet the same lead times under every method, and each pair is ordered at the
service that the plan gives it, so what differs is the method alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.demand import boosted as trees
from firstmove.engine.demand.boosted import BoostedDemand, BoostedQuantiles
from firstmove.engine.demand.calendar import Calendars, some
from firstmove.engine.demand.distribution import PooledQuantiles, SpanDemand, pool
from firstmove.engine.demand.methods import BOOSTED, seen_by
from firstmove.engine.frames import InvalidFrameError, require_rows
from firstmove.engine.twin.policies import Scene
from firstmove.engine.twin.promotion import judge
from firstmove.engine.twin.replay import Outcome, Protocol, Rule, replay

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ORIGINS = 2
WINDOW_DAYS = 91
LEAST_PAST_DAYS = 420
LEAST_DEALERS = 8
ERROR = 0.05
FILL_TOLERANCE = 0.002
# Key of the mixture over lead times among a trial's own pooled tables.
_WHOLE = 10_000

PROMOTED, SECOND, NOT_SURE, UNEVEN, LOWER_FILL, TOO_FEW = VERDICTS = (
    "promoted", "second", "not_sure", "uneven", "lower_fill", "too_few",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Conditions:
    """Under which each pair is ordered, [n]: equally likely days of its lead time, days between orders, units of an
    order's multiple, the key that draws its lead times, margin of a unit and holding of a unit and day in money, and
    the service quantile that the plan gives it."""

    leads: Sequence[tuple[int, ...]]
    review_days: Ints
    multiple: Ints
    key: NDArray[np.uint64]
    margin: Floats
    holding_per_day: Floats
    service: Floats


@dataclass(frozen=True, eq=False)
class Tried:
    """What became of each pair under a method over the days counted, [n]: cost in money, and units."""

    costs: Floats
    demanded_units: Floats
    sold_units: Floats


@dataclass(frozen=True, eq=False)
class Origin:
    """One window: the dealer and the segment of each pair played, [n], and what became of it under each method."""

    dealer: Ints
    segment: Ints
    tried: Mapping[str, Tried]


@dataclass(frozen=True)
class Judgement:
    """A challenger beside the champion of a segment; `saving` is a share of the champion's cost, simulated.

    `low`, `high`: its interval at `confidence`, infinite for a single dealer. `savings`: of each origin alone. The
    verdict is one of `VERDICTS`.
    """

    champion: str
    challenger: str
    champion_cost: float
    challenger_cost: float
    saving: float
    low: float
    high: float
    savings: tuple[float, ...]
    fill_of_champion: float
    fill: float
    dealers: int
    pairs: int
    confidence: float
    verdict: str


def windows(days: int) -> list[tuple[int, int]]:
    """First day and end of each origin's window in a history of `days`, the earliest first: [(start, end)].

    Each counts 91 days after 35 of warming up, and the counted days of two windows do not overlap.
    Example: 730 days are played as (513, 639) and (604, 730).

    Raises `InvalidFrameError` where fewer than 420 days stand before the first.
    """
    ends = [days - WINDOW_DAYS * back for back in reversed(range(ORIGINS))]
    found = [(end - WINDOW_DAYS - Protocol().warm_days, end) for end in ends]
    if found[0][0] < LEAST_PAST_DAYS:
        raise InvalidFrameError(f"{found[0][0]} days stand before the first window; it takes {LEAST_PAST_DAYS}.")
    return found


def usual_span(conditions: Conditions) -> int:
    """The days of lead time and review, rounded up, that most pairs have: the span that trees are grown for."""
    spans = [
        Protocol(review_days=int(review), leads=tuple(lead)).protection_days
        for lead, review in zip(conditions.leads, conditions.review_days, strict=True)
    ]
    return int(np.bincount(spans).argmax())


def try_methods(
    history: NDArray[np.float32],
    *,
    start: int,
    conditions: Conditions,
    methods: Sequence[str],
    calendars: Calendars | None = None,
) -> dict[str, Tried]:
    """Replay `history` [n, days] from day `start` on under each of `methods`.

    Tables are pooled and trees are grown on the days before `start`; an order sees the days before it. What `calendars`
    say of each morning moves the pooled method alone, as in a plan (`methods.seen_by`). Raises
    `boosted.TooLittleToLearnError` where trees are asked for and there is too little to grow them on.
    """
    n = len(history)
    c = conditions
    require_rows([("history", n), ("leads", len(c.leads)), ("review_days", len(c.review_days)),
                  ("multiple", len(c.multiple)), ("key", len(c.key)), ("margin", len(c.margin)),
                  ("holding_per_day", len(c.holding_per_day)), ("service", len(c.service))])  # fmt: skip
    known = Scene(history, start, Protocol()).known(start)
    grown = trees.train(known, span=usual_span(c)) if BOOSTED in methods else None
    groups: dict[tuple[tuple[int, ...], int], list[int]] = {}
    for row, (lead, review) in enumerate(zip(c.leads, c.review_days, strict=True)):
        groups.setdefault((tuple(lead), int(review)), []).append(row)
    figures = {method: np.zeros((3, n)) for method in methods}
    for (lead, review), members in sorted(groups.items()):
        rows = np.array(members, np.int64)
        protocol = Protocol(review_days=review, leads=lead)
        pooled = pool(
            known,
            spans=sorted({_WHOLE, review, *([grown.span] if grown else [])}),
            mixtures={_WHOLE: [review + days for days in lead]},
        )
        scene = Scene(np.ascontiguousarray(history[rows]), start, protocol, some(calendars, rows))
        for method in methods:
            rule = _rule(method, scene, pooled, grown=grown, service=c.service[rows])
            outcome = replay(
                scene.demand, rule, start=start, multiple=c.multiple[rows], key=c.key[rows], protocol=protocol
            )
            figures[method][:, rows] = _figures(outcome, margin=c.margin[rows], holding=c.holding_per_day[rows])
    return {method: Tried(*found) for method, found in figures.items()}


def judge_segment(origins: Sequence[Origin], *, segment: int, champion: str, comparisons: int) -> list[Judgement]:
    """Every other method of the origins beside the champion, on the pairs of a segment; at most one is promoted.

    A challenger is promoted only if its saving over all origins is above 0 with its whole interval (a paired bootstrap
    over dealers, `promotion.judge`), it saves at every origin, its fill is not lower by more than 0.2 points, and at
    least eight dealers take part. A twentieth of error is shared by the `comparisons` of the trial (Bonferroni): with
    six, an interval holds 99.2 %. Of several that pass the one that saves most is promoted, the others are second. The
    champion of yesterday is a challenger like any other, so a promotion is taken back by the same rule.
    """
    confidence = 1 - ERROR / max(comparisons, 1)
    rows = [origin.segment == segment for origin in origins]
    dealer = np.concatenate([origin.dealer[own] for origin, own in zip(origins, rows, strict=True)])
    names = [name for name in origins[0].tried if name != champion]
    found = [
        _judged(
            [_cut(origin.tried[champion], own) for origin, own in zip(origins, rows, strict=True)],
            [_cut(origin.tried[name], own) for origin, own in zip(origins, rows, strict=True)],
            names=(champion, name),
            dealer=dealer,
            confidence=confidence,
        )
        for name in names
    ]
    passed = sorted((one for one in found if one.verdict == PROMOTED), key=lambda one: -one.saving)
    return [_second(one) if one in passed[1:] else one for one in found]


def _judged(
    champion: Sequence[Tried], challenger: Sequence[Tried], *, names: tuple[str, str], dealer: Ints, confidence: float
) -> Judgement:
    ours, theirs = (np.concatenate([one.costs for one in some]) for some in (champion, challenger))
    verdict = judge(champion_cost=ours, challenger_cost=theirs, dealer=dealer, confidence=confidence)
    savings = tuple(
        1 - float(there.costs.sum()) / max(float(here.costs.sum()), 1e-12)
        for here, there in zip(champion, challenger, strict=True)
    )
    fill_of_champion, fill = _fill(champion), _fill(challenger)
    if verdict.dealers < LEAST_DEALERS:
        said = TOO_FEW
    elif not verdict.promoted:
        said = NOT_SURE
    elif min(savings) <= 0:
        said = UNEVEN
    elif fill < fill_of_champion - FILL_TOLERANCE:
        said = LOWER_FILL
    else:
        said = PROMOTED
    return Judgement(
        champion=names[0],
        challenger=names[1],
        champion_cost=float(ours.sum()),
        challenger_cost=float(theirs.sum()),
        saving=verdict.saving,
        low=verdict.low,
        high=verdict.high,
        savings=savings,
        fill_of_champion=fill_of_champion,
        fill=fill,
        dealers=verdict.dealers,
        pairs=len(ours),
        confidence=confidence,
        verdict=said,
    )


def _second(one: Judgement) -> Judgement:
    return replace(one, verdict=SECOND)


def _cut(tried: Tried, rows: NDArray[np.bool_]) -> Tried:
    return Tried(tried.costs[rows], tried.demanded_units[rows], tried.sold_units[rows])


def _fill(tried: Sequence[Tried]) -> float:
    demanded = sum(float(one.demanded_units.sum()) for one in tried)
    return sum(float(one.sold_units.sum()) for one in tried) / demanded if demanded > 0 else 1.0


def _rule(
    method: str, scene: Scene, pooled: PooledQuantiles, *, grown: BoostedQuantiles | None, service: Floats
) -> Rule:
    """The engine's order under a method: up to the service quantile over lead time and review, at most the review's."""
    said: Sequence[BoostedDemand | None] = [None] * len(scene.order_days)
    if method == BOOSTED and grown is not None:
        said = trees.over(scene.demand, grown, mornings=scene.order_days)
    levels, most = [], []
    for day, of_trees in zip(scene.order_days, said, strict=True):
        demand = seen_by(
            method, scene.known(int(day)), pooled, boosted=grown, grown=of_trees, calendar=scene.calendar(int(day))
        )
        levels.append(_at(demand(_WHOLE), service))
        most.append(_at(demand(scene.protocol.review_days), service))
    return Rule(np.stack(levels, axis=1), most=np.stack(most, axis=1))


def _at(demand: SpanDemand, service: Floats) -> Floats:
    quantiles, place = np.unique(service, return_inverse=True)
    return np.take_along_axis(demand.quantiles(quantiles.tolist()), place[:, None], axis=1)[:, 0]


def _figures(outcome: Outcome, *, margin: Floats, holding: Floats) -> Floats:
    costs = outcome.costs(margin=margin, holding_per_day=holding)
    return np.stack([costs, outcome.demanded_units, outcome.sold_units])
