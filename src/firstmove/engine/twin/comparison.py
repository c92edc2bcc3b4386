"""Policies side by side: curves of stock against fill, and what each needs for the same service."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from firstmove.engine.twin.policies import Policy, Scene
from firstmove.engine.twin.replay import Outcome, replay

Floats = NDArray[np.float64]

EQUAL_FILL = 0.95
EQUAL_STOCK_DAYS = 25.0


@dataclass(frozen=True)
class Point:
    """A policy at one value of its parameter. `cost` is in money over the days counted."""

    parameter: float
    fill: float
    empty: float
    stock_days: float
    turnover: float
    order_cycle_days: float
    order_lines: int
    cost: float


def compare(
    scene: Scene,
    policies: Mapping[str, Policy],
    *,
    multiple: NDArray[np.int64],
    key: NDArray[np.uint64],
    margin: Floats,
    holding_per_day: Floats,
) -> dict[str, list[Point]]:
    """The curve of each policy, in the order of its fill; margin and holding cost of a unit (and day) are [n]."""
    curves = {}
    for name, policy in policies.items():
        points = []
        for parameter, rule in policy(scene):
            outcome = replay(scene.demand, rule, start=scene.start, multiple=multiple, key=key, protocol=scene.protocol)
            points.append(_point(parameter, outcome, outcome.cost(margin=margin, holding_per_day=holding_per_day)))
        curves[name] = sorted(points, key=attrgetter("fill"))
    return curves


def stock_days_at(curve: list[Point], *, fill: float = EQUAL_FILL) -> float | None:
    """Stock days that a policy needs for a fill, between its points; None where its curve does not reach there."""
    return _between([point.fill for point in curve], [point.stock_days for point in curve], fill)


def fill_at(curve: list[Point], *, stock_days: float = EQUAL_STOCK_DAYS) -> float | None:
    """Fill that a policy reaches with a stock, between its points; None where its curve does not reach there."""
    ordered = sorted(curve, key=attrgetter("stock_days"))
    return _between([point.stock_days for point in ordered], [point.fill for point in ordered], stock_days)


def _between(places: list[float], values: list[float], wanted: float) -> float | None:
    for (low, low_value), (high, high_value) in pairwise(zip(places, values, strict=True)):
        if low <= wanted <= high:
            share = (wanted - low) / (high - low) if high > low else 0.0
            return low_value + (high_value - low_value) * share
    return None


def _point(parameter: float, outcome: Outcome, cost: float) -> Point:
    return Point(
        parameter=float(parameter),
        fill=outcome.fill,
        empty=outcome.empty,
        stock_days=outcome.stock_days,
        turnover=outcome.turnover,
        order_cycle_days=outcome.order_cycle_days,
        order_lines=int(outcome.order_lines.sum()),
        cost=cost,
    )
