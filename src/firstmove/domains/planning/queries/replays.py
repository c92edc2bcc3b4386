"""Reads of replays: simulated figures of a dealer's or the network's past, and what they allow."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from firstmove.domains.planning.models import Replay, ReplayError, ReplayState
from firstmove.kernel.errors import NotFound

# A proof takes half a year, and is not older than six weeks.
PROOF_DAYS = 182
PROOF_KEPT_DAYS = 42


@dataclass(frozen=True)
class CurvePoint:
    parameter: float
    fill: float
    stock_days: float
    cost: float


@dataclass(frozen=True)
class PolicyFigures:
    """Simulated figures of a policy at the point that the dealer would have run; money is of the whole window.

    `stock_value` is the mean; the `week_…` series have a value a week.
    """

    name: str
    parameter: float
    fill: float
    empty: float
    stock_days: float
    stock_value: float
    turnover: float
    order_lines: int
    order_cycle_days: float
    lost_margin: float
    holding: float
    cost: float
    curve: tuple[CurvePoint, ...]
    week_stock_value: tuple[float, ...]
    week_empty: tuple[float, ...]
    week_fill: tuple[float, ...]


@dataclass(frozen=True)
class Estimate:
    """Simulated, with its 95 % interval; None where it cannot be told."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class StepGain:
    """What one step brings: stock days fewer at equal fill, fill more at equal stock, money less as it would be run."""

    stock_days_fewer: Estimate
    fill_more: Estimate
    cost_less: Estimate


@dataclass(frozen=True)
class Actual:
    """Measured by feeds, not simulated. Stock and empty shelves are of the days that were counted in full alone."""

    sold_units: float
    count_days: int
    stock_days: float | None
    empty: float | None
    order_lines: int
    order_cycle_days: float | None


@dataclass(frozen=True)
class ReplayFigures:
    days: int
    pairs: int
    left_out: int
    dealers: int
    lead_low_days: int
    lead_high_days: int
    review_days: tuple[int, ...]
    cover_days: int
    order_every_days: int
    slow_lead_low: int
    slow_lead_high: int
    policies: tuple[PolicyFigures, ...]
    at_fill: float
    at_stock_days: float
    speed: StepGain
    decisions: StepGain
    actual: Actual | None
    # Money, of each dealer whose orders wait below it; none of replays that did not play it yet.
    order_minimums: tuple[float, ...] = ()
    drivers: tuple[str, ...] = ()

    def policy(self, name: str) -> PolicyFigures:
        return next(policy for policy in self.policies if policy.name == name)


@dataclass(frozen=True)
class ReplayView:
    """`figures` are there once it is complete; `saving` is the share of cost that decisions alone save, simulated."""

    id: int
    dealer_id: int | None
    dealer_name: str
    since: dt.date
    until: dt.date
    state: str
    progress: float
    scenario: dict[str, Any]
    assumed: tuple[str, ...]
    versions: dict[str, int]
    saving: float | None
    saving_low: float | None
    saving_high: float | None
    fill: float | None
    fill_of_base: float | None
    gains: bool | None
    error: str
    known_days: int | None
    requested_by: str
    requested_at: dt.datetime
    seconds: float
    figures: ReplayFigures | None

    @property
    def state_name(self) -> str:
        return str(ReplayState(self.state).label)

    @property
    def error_name(self) -> str:
        return str(ReplayError(self.error).label) if self.error else ""

    @property
    def is_open(self) -> bool:
        return self.state in (ReplayState.WAITING, ReplayState.RUNNING)

    @property
    def is_complete(self) -> bool:
        return self.state == ReplayState.COMPLETE

    @property
    def weeks(self) -> int:
        return ((self.until - self.since).days + 1) // 7

    @property
    def is_proof(self) -> bool:
        """Whether it is long enough to open or close automatic ordering."""
        return self.is_complete and (self.until - self.since).days + 1 >= PROOF_DAYS


@dataclass(frozen=True)
class Gate:
    """Whether automatic ordering may be offered to a dealer, and by which replay.

    `why`: "gains", or "none" (never replayed long enough), "old", "no_gain", "lower_fill".
    """

    is_open: bool
    why: str
    replay: ReplayView | None


def replays(
    *, dealer_id: int | None = None, network_only: bool = False, offset: int = 0, limit: int = 20
) -> tuple[list[ReplayView], int]:
    """Newest first, without figures: a dealer's, the network's, or those that somebody asked for."""
    rows = _rows().defer("results")
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    elif network_only:
        rows = rows.filter(dealer_id__isnull=True)
    else:
        rows = rows.filter(network__isnull=True)
    return [_view(row, None) for row in rows[offset : offset + limit]], rows.count()


def replay(*, replay_id: int, dealer_id: int | None = None) -> ReplayView:
    """Raises NotFound, also for somebody else's."""
    rows = _rows().filter(id=replay_id)
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    row = rows.first()
    if row is None:
        raise NotFound()
    return _view(row, row.results)


def dealers_of_replay(*, replay_id: int) -> list[ReplayView]:
    """Each dealer's part of a replay of the network, the largest saving first."""
    rows = _rows().defer("results").filter(network_id=replay_id).order_by("-saving", "id")
    return [_view(row, None) for row in rows]


def gate(*, dealer_id: int, on: dt.date) -> Gate:
    """Decided by the latest replay of half a year or more, up to six weeks old."""
    return gates(dealer_ids=[dealer_id], on=on)[dealer_id]


def gates(*, dealer_ids: list[int], on: dt.date) -> dict[int, Gate]:
    found = dict.fromkeys(dealer_ids, Gate(False, "none", None))
    rows = _rows().defer("results").filter(dealer_id__in=dealer_ids, state=ReplayState.COMPLETE)
    for row in rows.order_by("dealer_id", "-id"):
        view = _view(row, None)
        if view.is_proof and row.dealer_id is not None and found[row.dealer_id].replay is None:
            found[row.dealer_id] = _gate(view, on)
    return found


def _gate(view: ReplayView, on: dt.date) -> Gate:
    if (on - view.until).days > PROOF_KEPT_DAYS:
        return Gate(False, "old", view)
    if view.gains:
        return Gate(True, "gains", view)
    lower = view.fill is not None and view.fill_of_base is not None and view.fill < view.fill_of_base
    return Gate(False, "lower_fill" if lower else "no_gain", view)


def _rows() -> QuerySet[Replay]:
    return Replay.objects.select_related("dealer", "requested_by").order_by("-id")


def _view(row: Replay, results: dict[str, Any] | None) -> ReplayView:
    return ReplayView(
        id=row.pk,
        dealer_id=row.dealer_id,
        dealer_name=row.dealer.name if row.dealer else "",
        since=row.since,
        until=row.until,
        state=row.state,
        progress=row.progress,
        scenario=row.scenario,
        assumed=tuple(row.assumed),
        versions=row.versions,
        saving=row.saving,
        saving_low=row.saving_low,
        saving_high=row.saving_high,
        fill=row.fill,
        fill_of_base=row.fill_of_base,
        gains=row.gains,
        error=row.error,
        known_days=row.error_facts.get("known_days"),
        requested_by=row.requested_by.name if row.requested_by else "",
        requested_at=row.requested_at,
        seconds=row.seconds,
        figures=_figures(results) if results else None,
    )


def _figures(results: dict[str, Any]) -> ReplayFigures:
    habits, gains = results["habits"], results["gains"]
    return ReplayFigures(
        days=results["days"],
        pairs=results["pairs"],
        left_out=results["left_out"],
        dealers=results["dealers"],
        lead_low_days=results["lead_days"][0],
        lead_high_days=results["lead_days"][1],
        review_days=tuple(results["review_days"]),
        cover_days=habits["cover_days"],
        order_every_days=habits["order_every_days"],
        slow_lead_low=habits["slow_lead_low"],
        slow_lead_high=habits["slow_lead_high"],
        policies=tuple(
            _policy(name, results["policies"][name]) for name in POLICY_ORDER if name in results["policies"]
        ),
        at_fill=gains["at_fill"],
        at_stock_days=gains["at_stock_days"],
        speed=_step(gains["speed"]),
        decisions=_step(gains["decisions"]),
        actual=Actual(**results["actual"]) if results["actual"] else None,
        order_minimums=tuple(least for least in results.get("order_minimums", ()) if least > 0),
        drivers=tuple(results.get("drivers", ())),
    )


# From the slowest to what nobody can reach; JSON keeps no order.
POLICY_ORDER = ("reactive-18", "reactive", "minmax", "textbook", "firstmove", "clairvoyant")


def _policy(name: str, stored: dict[str, Any]) -> PolicyFigures:
    plain = {key: value for key, value in stored.items() if key not in ("curve", "weeks")}
    weeks = stored["weeks"]
    return PolicyFigures(
        name=name,
        **plain,
        curve=tuple(sorted((CurvePoint(**point) for point in stored["curve"]), key=lambda point: point.stock_days)),
        week_stock_value=tuple(weeks["stock_value"]),
        week_empty=tuple(weeks["empty"]),
        week_fill=tuple(weeks["fill"]),
    )


def _step(stored: dict[str, Any]) -> StepGain:
    return StepGain(**{name: Estimate(**figures) for name, figures in stored.items()})
