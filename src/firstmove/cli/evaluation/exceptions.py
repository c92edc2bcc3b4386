"""The part `sensing` of an evaluation: are changes found, is nothing found where none are, do alerts come true."""

from dataclasses import asdict, replace
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from firstmove.cli.evaluation.folder import EvaluationError, Network
from firstmove.engine.demand import sensing
from firstmove.engine.demand.distribution import SpanDemand, over, pool
from firstmove.engine.measure import detection
from firstmove.engine.twin.accuracy import PROBABILITIES, known
from firstmove.engine.twin.opening import pair_keys
from firstmove.engine.twin.replay import Protocol

# A level that is believed anew stays within these of what the plan has.
_FACTOR = (0.1, 3.0)
_MEMORY_DAYS = 56.0
_STEP_DAYS = 14
# What is planted later has no time to be found.
LEAST_WINDOW_DAYS = detection.LOOKED_WEEKS * detection.WEEK


def measured(network: Network) -> dict[str, Any]:
    """`methods.<name>.changes.<half|double|stop>`, false alarms, `alerts` as replayed, `plan`: pinball with shifts.

    Limits are learned on every second pair before the window, and tried on the others.
    Raises EvaluationError for a window of `LEAST_WINDOW_DAYS` or less.
    """
    if network.window_days <= LEAST_WINDOW_DAYS:
        raise EvaluationError(
            _("Changes are looked for in more than %(days)s days; the window has %(window)s.")
            % {"days": LEAST_WINDOW_DAYS, "window": network.window_days},
            _("Choose an earlier --as-of."),
        )
    before = known(network.demand, network.start)
    limits = sensing.calibrate(before[::2])
    methods = detection.detection(
        np.ascontiguousarray(network.demand[1::2]),
        start=network.start,
        rules={
            "firstmove": detection.sense(limits),
            "limits-alone": detection.sense(limits, whole_list=False),
            "four-weeks": detection.four_weeks,
        },
    )
    alerts = detection.alerts(
        network.demand,
        start=network.start,
        multiple=network.pairs["multiple"].to_numpy(),
        key=pair_keys(network.pairs),
    )
    return {
        "limits": limits.to_dict()["alarm"],
        "methods": {name: asdict(figures) for name, figures in methods.items()},
        "alerts": asdict(alerts),
        "plan": _plan(network, limits),
    }


def _plan(network: Network, limits: sensing.Limits) -> dict[str, float]:
    """Pinball of sums over the protection period, over units sold: as planned, and with the levels after shifts."""
    span = Protocol().protection_days
    pooled = pool(known(network.demand, network.start), spans=[span])
    plain = shifted = units = 0.0
    for day in range(network.start, network.demand.shape[1] - span + 1, _STEP_DAYS):
        history = known(network.demand, day)
        came = network.demand[:, day : day + span].sum(axis=1, dtype=np.float64)
        said = over(history, pooled, span=span)
        plain += _pinball(said, came)
        shifted += _pinball(_with_shifts(said, history, limits), came)
        units += float(came.sum())
    return {"pinball": plain / max(units, 1e-9), "pinball_with_shifts": shifted / max(units, 1e-9)}


def _with_shifts(said: SpanDemand, history: NDArray[np.float32], limits: sensing.Limits) -> SpanDemand:
    """Demand whose level forgets what lies before a shift that is told; the dispersion moves by the root of it."""
    scores = sensing.scan(history, mornings=[history.shape[1]])
    found = sensing.shifts(scores.score[:, 0], limits)
    moved = sensing.told(found) & (found.kind != sensing.KINDS.index("spiked"))
    level = scores.level(_MEMORY_DAYS)[np.arange(len(history)), 0, found.kind]
    rate = said.expected_units / said.days
    factor = np.where(moved, np.clip(level / np.maximum(rate, 1e-9), *_FACTOR), 1.0)
    return replace(
        said, expected_units=said.expected_units * factor, dispersion_units=said.dispersion_units * np.sqrt(factor)
    )


def _pinball(said: SpanDemand, came: NDArray[np.float64]) -> float:
    grid = np.array(PROBABILITIES)
    missed = came[:, None] - said.quantiles(PROBABILITIES)
    return float(np.maximum(grid * missed, (grid - 1) * missed).sum()) / len(grid)
