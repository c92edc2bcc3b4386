"""Replays: ask for one, and carry it out in the worker from the lake at pinned versions."""

import datetime as dt
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from firstmove.domains.network import queries as network
from firstmove.domains.planning import queries
from firstmove.domains.planning.models import Replay, ReplayError, ReplayState
from firstmove.domains.planning.operations.replay_inputs import WARM_DAYS, Past, past
from firstmove.domains.planning.operations.what_happened import Happened, what_happened
from firstmove.domains.planning.scenario import Scenario
from firstmove.engine.demand.calendar import some
from firstmove.engine.demand.distribution import PooledQuantiles
from firstmove.engine.twin import retrospective
from firstmove.engine.twin.opening import pair_keys
from firstmove.engine.twin.policies import Scene
from firstmove.engine.twin.replay import Protocol, Values
from firstmove.engine.twin.retrospective import Habits, Played
from firstmove.kernel import locks, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed
from firstmove.kernel.tenancy import SYSTEM, Actor
from firstmove.lake.store import Lake

log = logging.getLogger(__name__)
Progress = Callable[[float], None]

WEEKS = (13, 26, 52)
_YEAR_DAYS = 365
# One replay at a time; the number is arbitrary and known only here.
_REPLAY_LOCK = 7_215_011
# Two who ask at once are one after the other.
_ASK_LOCK = 7_215_048


def request_replay(*, actor: Actor, dealer_id: int | None, weeks: int = 52, now: dt.datetime) -> int:
    """Note that somebody wants the last `weeks` weeks played again; `carry_out` does it. Returns the replay's id.

    A dealer asks for its own past, the enterprise for any dealer's or, without one, for the network's. One that waits
    already for the same is enough, and one at a time is played of a dealer. Raises NotAllowed, Invalid for another
    number of weeks, NotFound for an unknown dealer, Conflict before the first plan, and `replay-under-way` where one of
    other weeks waits or runs.
    """
    if weeks not in WEEKS:
        raise Invalid(
            _("A replay looks back %(weeks)s weeks.") % {"weeks": ", ".join(str(number) for number in WEEKS)},
            field="weeks",
        )
    if actor.kind not in ("dealer", "enterprise", "system") or (
        actor.kind == "dealer" and actor.dealer_id != dealer_id
    ):
        raise NotAllowed()
    with tenancy.scope(actor):
        if dealer_id is not None:
            network.dealer(dealer_id=dealer_id)
    with tenancy.scope(SYSTEM):
        latest = queries.latest_run()
        if latest is None:
            raise Conflict(
                _("Nothing was planned yet."),
                _("Take in sales and plan first; then the past can be played again."),
                code="no-plan",
            )
        span = {"since": latest.as_of - dt.timedelta(days=7 * weeks - 1), "until": latest.as_of}
        open_states = (ReplayState.WAITING, ReplayState.RUNNING)
        locks.until_the_end(_ASK_LOCK)
        waiting = Replay.objects.filter(dealer_id=dealer_id, state__in=open_states, network__isnull=True)
        present = waiting.order_by("id").first()
        if present is not None and (present.since, present.until) == (span["since"], span["until"]):
            return present.pk
        if present is not None:
            raise Conflict(
                _("A replay is under way already: %(since)s to %(until)s.")
                % {"since": present.since.isoformat(), "until": present.until.isoformat()},
                _("Wait until it is done, then ask for the other weeks."),
                code="replay-under-way",
            )
        return Replay.objects.create(
            dealer_id=dealer_id,
            scenario=latest.scenario,
            requested_by_id=actor.user_id,
            requested_at=now,
            **span,
        ).pk


def carry_out(*, replay_id: int, now: dt.datetime) -> None:
    """Play a replay that was asked for, and those of other dealers that wait for the same days.

    Repeating it after a kill begins anew; one that is complete stays as it is. A replay of the network leaves one for
    each of its dealers as well. One that finds too little history fails with that reason; any other error is noted and
    raised.
    """
    clock = time.perf_counter()
    with locks.alone(_REPLAY_LOCK):
        with tenancy.scope(SYSTEM):
            # Whoever runs holds the lock: these were stopped.
            Replay.objects.filter(state=ReplayState.RUNNING).exclude(id=replay_id).update(
                state=ReplayState.FAILED, error=ReplayError.STOPPED
            )
            row = Replay.objects.filter(id=replay_id).first()
            if row is None or row.state == ReplayState.COMPLETE:
                return
            versions = row.versions or Lake(settings.LAKE_ROOT).versions()
            rows = [row, *_waiting_with(row)]
            for one in rows:
                one.versions, one.state, one.error, one.error_facts = versions, ReplayState.RUNNING, "", {}
                one.progress, one.started_at = 0.02, now
                one.save()
        try:
            _play(rows, clock=clock, now=now)
        except BaseException as error:
            stopped = not isinstance(error, Exception)
            _fail(rows, ReplayError.STOPPED if stopped else ReplayError.BROKEN)
            raise


def _waiting_with(row: Replay) -> list[Replay]:
    """Other dealers' replays of the same days and scenario: reading the history takes longer than playing it."""
    if row.dealer_id is None:
        return []
    same = Replay.objects.filter(
        state=ReplayState.WAITING, since=row.since, until=row.until, scenario=row.scenario, dealer_id__isnull=False
    )
    return list(same.exclude(id=row.pk).order_by("id"))


def _fail(rows: Sequence[Replay], error: ReplayError, **facts: object) -> None:
    with tenancy.scope(SYSTEM):
        Replay.objects.filter(id__in=[row.pk for row in rows], state=ReplayState.RUNNING).update(
            state=ReplayState.FAILED, error=error, error_facts=facts
        )


def _play(rows: Sequence[Replay], *, clock: float, now: dt.datetime) -> None:
    ids = [row.pk for row in rows]

    def progress(share: float) -> None:
        with tenancy.scope(SYSTEM):
            Replay.objects.filter(id__in=ids).update(progress=share)

    first = rows[0]
    scenario = Scenario(**first.scenario)
    lake = Lake(settings.LAKE_ROOT)
    known = past(lake, since=first.since, until=first.until, versions=first.versions, scenario=scenario)
    progress(0.3)
    wanted = known.pairs["dealer_id"].unique(maintain_order=True).to_list()
    if first.dealer_id is not None:
        asked = {row.dealer_id for row in rows}
        wanted = [dealer for dealer in wanted if dealer in asked]
    tables, habits = _Tables(known), _habits(scenario)
    played: dict[int, Played] = {}
    owners = known.pairs["dealer_id"].to_numpy()
    for done, dealer_id in enumerate(wanted):
        played[dealer_id] = _one_dealer(
            known, np.flatnonzero(owners == dealer_id), tables, habits, scenario.holding_rate_per_year
        )
        if done % 10 == 0:
            progress(0.35 + 0.5 * (done + 1) / len(wanted))
    progress(0.87)
    happened = what_happened(lake, known.pairs, since=first.since, until=first.until, versions=first.versions)
    for row in rows:
        own = [dealer for dealer in wanted if row.dealer_id in (None, dealer)]
        if not own:
            _fail([row], ReplayError.TOO_LITTLE, known_days=known.known_days(dealer_id=row.dealer_id))
            continue
        found = [_result(dealer, played[dealer], known, happened) for dealer in own]
        if row.dealer_id is None:
            found.insert(0, _whole(found, known, happened))
        _store(row, found, habits=habits, clock=clock, now=now)


@dataclass(frozen=True, eq=False)
class _Result:
    dealer_id: int | None
    played: Played
    group: NDArray[np.int64]
    pairs: pl.DataFrame
    left_out: int
    actual: dict[str, Any] | None


def _result(dealer_id: int, played: Played, known: Past, happened: Happened) -> _Result:
    """A dealer's: its intervals are drawn over its products."""
    pairs = known.pairs.filter(pl.col("dealer_id") == dealer_id)
    left_out = len(known.left_out.filter(pl.col("dealer_id") == dealer_id))
    return _Result(dealer_id, played, np.arange(len(pairs)), pairs, left_out, happened.of(dealer_id))


def _whole(parts: Sequence[_Result], known: Past, happened: Happened) -> _Result:
    """The network's: its intervals are drawn over its dealers."""
    group = np.repeat(np.arange(len(parts)), [len(part.pairs) for part in parts])
    pairs = pl.concat([part.pairs for part in parts])
    together = retrospective.together([part.played for part in parts])
    return _Result(None, together, group, pairs, len(known.left_out), happened.of(None))


class _Tables:
    """The shape of demand by protocol, pooled over all pairs on the eve of the window and nothing later."""

    def __init__(self, known: Past) -> None:
        self._before = np.ascontiguousarray(known.demand[:, : known.start])
        self._known: dict[Protocol, PooledQuantiles] = {}

    def of(self, protocol: Protocol) -> PooledQuantiles:
        if protocol not in self._known:
            self._known[protocol] = retrospective.learn(self._before, protocol=protocol)
        return self._known[protocol]


def _one_dealer(known: Past, rows: NDArray[np.int64], tables: _Tables, habits: Habits, holding_rate: float) -> Played:
    pairs = known.pairs[rows]
    low, high, leads, review = pairs.select("lead_low_days", "lead_high_days", "lead_days", "review_days").row(0)
    protocol = Protocol(warm_days=WARM_DAYS, review_days=review, lead_low=low, lead_high=high, leads=tuple(leads))
    price, sale = pairs["purchase_price"].to_numpy(), pairs["sale_price"].to_numpy()
    values = Values(
        worth=price,
        margin=np.maximum(sale - price, 0.0),
        holding_per_day=price * holding_rate / _YEAR_DAYS,
    )
    return retrospective.run(
        Scene(known.demand[rows], known.start, protocol, some(known.calendars, rows)),
        values=values,
        multiple=pairs["order_multiple_units"].to_numpy(),
        minimum=pairs["order_minimum_units"].to_numpy(),
        order_minimum=_order_minimum(pairs),
        key=pair_keys(pairs),
        pooled=tables.of(protocol),
        habits=habits,
    )


def _order_minimum(pairs: pl.DataFrame) -> float:
    """The least money of a whole order of a dealer; 0 where none was agreed, or where not every price is known."""
    known = bool((pairs["purchase_price"] > 0).all())
    return float(pairs["order_minimum"][0]) if known else 0.0


def _habits(scenario: Scenario) -> Habits:
    return Habits(
        cover_days=scenario.opening_cover_days,
        order_every_days=scenario.opening_review_days,
        service=scenario.service_quantile,
    )


def _store(row: Replay, found: Sequence[_Result], *, habits: Habits, clock: float, now: dt.datetime) -> None:
    """All of it in one transaction: a network's replay and those of its dealers come together or not at all."""
    with tenancy.scope(SYSTEM):
        locked = Replay.objects.select_for_update().get(id=row.pk)
        for result in found:
            own = locked
            if result.dealer_id != row.dealer_id:
                own = Replay(
                    dealer_id=result.dealer_id, network=locked, since=row.since, until=row.until,
                    scenario=row.scenario, versions=row.versions, requested_by_id=row.requested_by_id,
                    requested_at=row.requested_at, started_at=now,
                )  # fmt: skip
            _fill(own, result, habits)
            own.seconds = time.perf_counter() - clock
            own.save()


def _fill(row: Replay, result: _Result, habits: Habits) -> None:
    played, proof = result.played, retrospective.prove(result.played, group=result.group)
    verdict = proof.verdict
    row.assumed = [
        name
        for name, column in (
            ("price", "price_assumed"),
            ("lead_time", "lead_assumed"),
            ("order_days", "review_assumed"),
        )
        if result.pairs[column].any()
    ]
    interval = np.isfinite([verdict.low, verdict.high]).all()
    row.saving = verdict.saving
    row.saving_low, row.saving_high = (verdict.low, verdict.high) if interval else (None, None)
    row.fill, row.fill_of_base, row.gains = proof.fill, proof.fill_of_base, proof.gains
    row.results = {
        "days": played.days,
        "pairs": len(played.demanded_units),
        "left_out": result.left_out,
        "dealers": result.pairs["dealer_id"].n_unique(),
        "order_minimums": [_order_minimum(own) for _, own in result.pairs.group_by("dealer_id", maintain_order=True)],
        "habits": asdict(habits),
        "lead_days": [int(result.pairs["lead_low_days"].min()), int(result.pairs["lead_high_days"].max())],  # type: ignore[arg-type]
        "review_days": sorted(result.pairs["review_days"].unique().to_list()),
        "policies": {name: _policy(tries, played) for name, tries in played.tries.items()},
        "gains": asdict(retrospective.gains(played, group=result.group)),
        "actual": result.actual,
        "drivers": list(Scenario(**row.scenario).drivers),
    }
    row.state, row.progress = ReplayState.COMPLETE, 1.0


def _policy(tries: retrospective.Tries, played: Played) -> dict[str, Any]:
    """Figures at the chosen point, its weeks, and the curve; money is of the days counted."""
    outcome, daily = tries.outcome, tries.outcome.daily
    assert daily is not None  # noqa: S101 - a retrospective asks for the days
    values = played.values
    lost = float(((outcome.demanded_units - outcome.sold_units) * values.margin).sum())
    demanded = max(float(played.demanded_units.sum()), 1e-12)
    wanted = retrospective.weekly(daily.demanded)
    return {
        "parameter": float(tries.parameters[tries.chosen]),
        "fill": outcome.fill,
        "empty": outcome.empty,
        "stock_days": outcome.stock_days,
        "stock_value": float(daily.held.mean()),
        "turnover": outcome.turnover,
        "order_lines": int(outcome.order_lines.sum()),
        "order_cycle_days": outcome.order_cycle_days,
        "lost_margin": lost,
        "holding": float((outcome.held_unit_days * values.holding_per_day).sum()),
        "cost": float(tries.cost[tries.chosen].sum()),
        "curve": [
            {"parameter": parameter, "fill": fill, "stock_days": stock, "cost": cost}
            for parameter, fill, stock, cost in zip(
                tries.parameters.tolist(),
                (tries.sold_units.sum(axis=1) / demanded).tolist(),
                (tries.held_unit_days.sum(axis=1) / demanded).tolist(),
                tries.cost.sum(axis=1).tolist(),
                strict=True,
            )
        ],
        "weeks": {
            "stock_value": (retrospective.weekly(daily.held) / retrospective.WEEK).round(2).tolist(),
            "empty": (
                retrospective.weekly(daily.empty_pairs) / (retrospective.WEEK * len(played.demanded_units))
            ).round(5).tolist(),
            "fill": np.where(
                wanted > 0, retrospective.weekly(daily.sold) / np.maximum(wanted, 1e-12), 1.0
            ).round(5).tolist(),
            "cost": retrospective.weekly(daily.cost).round(2).tolist(),
        },
    }  # fmt: skip
