"""Reads of methods: which is in force where, since when, by what evidence, and the rounds that tried them."""

import datetime as dt
from dataclasses import dataclass

from firstmove.domains.planning.models import (
    Champion,
    Method,
    ReplayState,
    Run,
    RunState,
    Segment,
    Trial,
    TrialError,
    TrialRound,
    TrialVerdict,
)
from firstmove.kernel.errors import NotFound


@dataclass(frozen=True)
class TrialView:
    """Simulated. `saving` is a share of the champion's cost; its interval holds `confidence`."""

    segment: str
    champion: str
    challenger: str
    champion_cost: float
    challenger_cost: float
    saving: float
    saving_low: float | None
    saving_high: float | None
    savings: tuple[float, ...]
    fill_of_champion: float
    fill: float
    dealers: int
    pairs: int
    confidence: float
    verdict: str

    @property
    def is_promoted(self) -> bool:
        return self.verdict == TrialVerdict.PROMOTED

    @property
    def verdict_name(self) -> str:
        return str(TrialVerdict(self.verdict).label)

    @property
    def segment_name(self) -> str:
        return str(Segment(self.segment).label)

    @property
    def champion_name(self) -> str:
        return str(Method(self.champion).label)

    @property
    def challenger_name(self) -> str:
        return str(Method(self.challenger).label)


@dataclass(frozen=True)
class TrialWindow:
    """Days counted, both ends, and who took part."""

    from_on: dt.date
    until_on: dt.date
    pairs: int
    dealers: int


@dataclass(frozen=True)
class RoundView:
    id: int
    as_of: dt.date
    state: str
    progress: float
    windows: tuple[TrialWindow, ...]
    left_out: tuple[str, ...]
    versions: dict[str, int]
    seconds: float
    cpu_seconds: float
    peak_megabytes: float
    error: str
    requested_by: str
    requested_at: dt.datetime

    @property
    def state_name(self) -> str:
        return str(ReplayState(self.state).label)

    @property
    def error_name(self) -> str:
        return str(TrialError(self.error).label) if self.error else ""

    @property
    def left_out_names(self) -> list[str]:
        return [str(Method(method).label) for method in self.left_out]

    @property
    def is_open(self) -> bool:
        return self.state in (ReplayState.WAITING, ReplayState.RUNNING)

    @property
    def is_complete(self) -> bool:
        return self.state == ReplayState.COMPLETE


@dataclass(frozen=True)
class Promotion:
    segment: str
    method: str
    in_force_from: dt.date
    round_id: int
    trial: TrialView

    @property
    def segment_name(self) -> str:
        return str(Segment(self.segment).label)

    @property
    def method_name(self) -> str:
        return str(Method(self.method).label)


@dataclass(frozen=True)
class Standing:
    """A segment: the method that the next run plans with (by the promotion, or the pooled history from the start), and
    the method that the latest run used, which differs where it fell back or was planned before the promotion."""

    segment: str
    method: str
    promotion: Promotion | None
    used: str
    fell_back: bool

    @property
    def segment_name(self) -> str:
        return str(Segment(self.segment).label)

    @property
    def method_name(self) -> str:
        return str(Method(self.method).label)

    @property
    def used_name(self) -> str:
        return str(Method(self.used).label) if self.used else ""


def method_standings() -> list[Standing]:
    """Every segment, steady ones first."""
    run = Run.objects.filter(state=RunState.COMPLETE).order_by("-id").values_list("methods", flat=True).first() or {}
    latest: dict[str, Promotion] = {}
    for one in promotions():
        latest.setdefault(one.segment, one)
    return [
        Standing(
            segment=segment,
            method=latest[segment].method if segment in latest else str(Method.POOLED),
            promotion=latest.get(segment),
            used=run.get("segments", {}).get(segment, ""),
            fell_back=segment in run.get("fallen_back", []),
        )
        for segment in Segment.values
    ]


def promotions() -> list[Promotion]:
    """Newest first."""
    rows = Champion.objects.select_related("trial").order_by("-in_force_from", "-id")
    return [
        Promotion(
            segment=row.segment,
            method=row.method,
            in_force_from=row.in_force_from,
            round_id=row.trial.round_id,
            trial=_trial(row.trial),
        )
        for row in rows
    ]


def trial_rounds(*, offset: int = 0, limit: int = 20) -> tuple[list[RoundView], int]:
    """Newest first."""
    rows = TrialRound.objects.select_related("requested_by").order_by("-id")
    return [_round(row) for row in rows[offset : offset + limit]], rows.count()


def trial_round(*, round_id: int) -> RoundView:
    """Raises NotFound."""
    row = TrialRound.objects.select_related("requested_by").filter(id=round_id).first()
    if row is None:
        raise NotFound()
    return _round(row)


def trials_of(*, round_id: int) -> list[TrialView]:
    """Of every segment, steady ones first, the largest saving first in each."""
    return [_trial(row) for row in Trial.objects.filter(round_id=round_id).order_by("segment", "-saving", "id")]


def latest_trials() -> tuple[RoundView | None, list[TrialView]]:
    """The latest complete round, with its trials."""
    row = TrialRound.objects.select_related("requested_by").filter(state=ReplayState.COMPLETE).order_by("-id").first()
    return (None, []) if row is None else (_round(row), trials_of(round_id=row.pk))


def _round(row: TrialRound) -> RoundView:
    return RoundView(
        id=row.pk,
        as_of=row.as_of,
        state=row.state,
        progress=row.progress,
        windows=tuple(
            TrialWindow(
                from_on=dt.date.fromisoformat(one["from_on"]),
                until_on=dt.date.fromisoformat(one["until_on"]),
                pairs=one["pairs"],
                dealers=one["dealers"],
            )
            for one in row.windows
        ),
        left_out=tuple(row.left_out),
        versions=row.versions,
        seconds=row.seconds,
        cpu_seconds=row.cpu_seconds,
        peak_megabytes=row.peak_megabytes,
        error=row.error,
        requested_by=row.requested_by.name if row.requested_by else "",
        requested_at=row.requested_at,
    )


def _trial(row: Trial) -> TrialView:
    plain = {name: getattr(row, name) for name in TrialView.__dataclass_fields__ if name != "savings"}
    return TrialView(savings=tuple(row.savings), **plain)
