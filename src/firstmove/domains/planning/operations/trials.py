"""Champion and challenger: every week the methods are tried against each other, and the plan follows only evidence."""

import datetime as dt
import hashlib
import json
import logging
import resource
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from firstmove.domains.network import queries as network
from firstmove.domains.planning import executors, partitions, queries
from firstmove.domains.planning.models import (
    Champion,
    GrownTrees,
    Method,
    ReplayState,
    Segment,
    Trial,
    TrialError,
    TrialRound,
)
from firstmove.domains.planning.operations import calendar, service
from firstmove.domains.planning.operations.inputs import Inputs, gather
from firstmove.domains.planning.partitions import Prepared
from firstmove.domains.planning.scenario import Scenario
from firstmove.engine.demand import boosted
from firstmove.engine.demand.boosted import BoostedQuantiles, TooLittleToLearnError
from firstmove.engine.demand.distribution import SAMPLE_PAIRS
from firstmove.engine.demand.mornings import Mornings
from firstmove.engine.frames import InvalidFrameError
from firstmove.engine.twin import trials
from firstmove.engine.twin.opening import pair_keys
from firstmove.engine.twin.replay import Protocol
from firstmove.engine.twin.trials import Conditions, Judgement, Origin
from firstmove.kernel import locks, tenancy
from firstmove.kernel.errors import Conflict, NotAllowed
from firstmove.kernel.tenancy import SYSTEM, Actor
from firstmove.lake import series as series_store
from firstmove.lake.store import Lake

log = logging.getLogger(__name__)
Progress = Callable[[float], None]

EVERY_DAYS = 7
_YEAR_DAYS = 365
_TREES_KEPT = 4
# One round at a time; the number is arbitrary and known only here.
_TRIAL_LOCK = 7_215_029
_HIGHEST = int(np.iinfo(np.uint64).max)
_OPEN = (ReplayState.WAITING, ReplayState.RUNNING)


@dataclass(frozen=True)
class Pinned:
    """What a run plans with: the methods of segments that are not planned by the pooled history, and their trees.

    `record` is what the run keeps: the method of every segment, the round that the trees are of and their digest, and
    the segments that fell back to the pooled history as their trees could not be read.
    """

    methods: dict[str, str]
    trees: BoostedQuantiles | None
    record: dict[str, Any]


def request_trials(*, actor: Actor, now: dt.datetime) -> int:
    """Note that somebody wants the methods tried on what is known today; `carry_out` does it. Returns the round's id.

    A round that waits or runs is enough. Raises NotAllowed for anybody but the enterprise, Conflict before the first
    plan.
    """
    if actor.kind not in ("enterprise", "system"):
        raise NotAllowed()
    with tenancy.scope(SYSTEM):
        latest = queries.latest_run()
        if latest is None:
            raise Conflict(
                _("Nothing was planned yet."),
                _("Take in sales and plan first; then methods can be tried on the past."),
                code="no-plan",
            )
        present = TrialRound.objects.filter(state__in=_OPEN, as_of=latest.as_of).order_by("id").first()
        if present is not None:
            return present.pk
        return TrialRound.objects.create(
            as_of=latest.as_of, scenario=latest.scenario, requested_by_id=actor.user_id, requested_at=now
        ).pk


def request_if_due(*, now: dt.datetime) -> int | None:
    """The weekly round's id; None where the last one is of less than a week ago, or nothing was planned yet."""
    if not network.is_initialised():
        return None
    with tenancy.scope(SYSTEM):
        latest = queries.latest_run()
        if latest is None:
            return None
        since = latest.as_of - dt.timedelta(days=EVERY_DAYS)
        if TrialRound.objects.filter(as_of__gt=since, as_of__lte=latest.as_of).exists():
            return None
    return request_trials(actor=SYSTEM, now=now)


def carry_out(*, round_id: int, now: dt.datetime) -> None:
    """Try the methods of a round that was asked for, and promote what is surely better.

    Repeating it after a kill begins anew; one that is complete stays as it is. Champions, trials and trees come
    together or not at all. One that finds too little history fails with that reason; any other error is noted and
    raised.
    """
    with locks.alone(_TRIAL_LOCK):
        with tenancy.scope(SYSTEM):
            # Whoever runs holds the lock: these were stopped.
            TrialRound.objects.filter(state=ReplayState.RUNNING).exclude(id=round_id).update(
                state=ReplayState.FAILED, error=TrialError.STOPPED
            )
            row = TrialRound.objects.filter(id=round_id).first()
            if row is None or row.state == ReplayState.COMPLETE:
                return
            row.versions = row.versions or Lake(settings.LAKE_ROOT).versions()
            row.state, row.error, row.progress, row.started_at = ReplayState.RUNNING, "", 0.02, now
            row.save()
        try:
            _try(row)
        except BaseException as error:
            _fail(row, TrialError.BROKEN if isinstance(error, Exception) else TrialError.STOPPED)
            raise


def in_force(*, as_of: dt.date) -> dict[str, str]:
    """The champion of every segment by trials on days up to `as_of`. Call it inside the system's scope."""
    found = dict.fromkeys(Segment.values, str(Method.POOLED))
    rows = Champion.objects.filter(in_force_from__lte=as_of + dt.timedelta(days=1))
    found.update(rows.order_by("in_force_from", "id").values_list("segment", "method"))
    return found


def pinned(*, as_of: dt.date) -> Pinned:
    """What a run as of that day plans with. A segment whose trees cannot be read falls back to the pooled history.

    Call it inside the system's scope.
    """
    champions = in_force(as_of=as_of)
    methods = {segment: method for segment, method in champions.items() if method != Method.POOLED}
    record: dict[str, Any] = {"segments": champions, "round": None, "trees": "", "fallen_back": []}
    trees = None
    if Method.BOOSTED in methods.values():
        kept = GrownTrees.objects.filter(as_of__lte=as_of).order_by("-as_of", "-id").first()
        trees = None if kept is None else _read(kept)
        if trees is None or kept is None:
            lost = sorted(segment for segment, method in methods.items() if method == Method.BOOSTED)
            log.error("no trees can be read: segments %s are planned by the pooled history", ", ".join(lost))
            methods = {segment: method for segment, method in methods.items() if segment not in lost}
            record["fallen_back"] = lost
            record["segments"] = champions | dict.fromkeys(lost, str(Method.POOLED))
        else:
            record |= {"round": kept.round_id, "trees": kept.digest}
    return Pinned(methods=methods, trees=trees, record=record)


def _read(kept: GrownTrees) -> BoostedQuantiles | None:
    content = bytes(kept.content)
    if hashlib.sha256(content).hexdigest() != kept.digest:
        log.error("the trees of round %s are damaged", kept.round_id)
        return None
    return BoostedQuantiles.from_dict(json.loads(zlib.decompress(content)))


def _try(row: TrialRound) -> None:
    clock, cpu = time.perf_counter(), time.process_time()

    def progress(share: float) -> None:
        with tenancy.scope(SYSTEM):
            TrialRound.objects.filter(id=row.pk).update(progress=share)

    scenario = Scenario(**row.scenario)
    lake = Lake(settings.LAKE_ROOT)
    with tempfile.TemporaryDirectory(prefix="firstmove-trial-") as folder:
        with tenancy.scope(SYSTEM):
            champions = in_force(as_of=row.as_of)
            inputs = gather(
                lake=lake, as_of=row.as_of, versions=row.versions, scenario=scenario, folder=folder,
                service=service.by_class(service.in_force(as_of=row.as_of)),
            )  # fmt: skip
        progress(0.1)
        windows = _windows(inputs)
        seen = _mornings(lake, row, inputs, scenario, windows)
        played = _sampled(inputs, windows)
    if not played or any(one.pairs.is_empty() for one in played):
        _fail(row, TrialError.TOO_LITTLE)
        return
    progress(0.2)
    conditions = [_conditions(one, inputs, scenario) for one in played]
    codes = {code: number for number, code in enumerate(inputs.facts.dealers["dealer"])}
    methods, origins = list(Method.values), []
    first_on = row.as_of - dt.timedelta(days=windows[-1][1] - 1)
    for number, (one, given, (start, _end)) in enumerate(zip(played, conditions, windows, strict=True)):
        asked = {
            "start": start,
            "conditions": given,
            "calendars": None if seen is None else seen.seen_by(one.pairs, first_on=first_on),
        }
        try:
            tried = trials.try_methods(one.history, methods=methods, **asked)
        except TooLittleToLearnError as little:
            log.info("no trees are tried: %s", little)
            methods = [method for method in methods if method != Method.BOOSTED]
            origins = [_without_trees(origin) for origin in origins]
            tried = trials.try_methods(one.history, methods=methods, **asked)
        origins.append(
            Origin(
                dealer=one.pairs["dealer"].replace_strict(codes, return_dtype=pl.Int64).to_numpy(),
                segment=_segments(one),
                tried=tried,
            )
        )
        progress(0.2 + 0.6 * (number + 1) / len(windows))
    # A champion that cannot be tried any more is not judged, nor is anybody judged beside it.
    judged = {
        segment: trials.judge_segment(
            origins,
            segment=Segment.values.index(segment),
            champion=champions[segment],
            comparisons=len(Segment.values) * (len(methods) - 1),
        )
        for segment in Segment.values
        if champions[segment] in methods and _present(origins, segment)
    }
    after = champions | {
        segment: one.challenger for segment, found in judged.items() for one in found if one.verdict == trials.PROMOTED
    }
    trees = None
    if Method.BOOSTED in after.values() and Method.BOOSTED in methods:
        trees = boosted.train(played[-1].history, span=trials.usual_span(conditions[-1]))
    progress(0.95)
    row.left_out = [method for method in Method.values if method not in methods]
    row.windows = [
        _window(row.as_of, start=start, end=end, days=windows[-1][1], origin=origin)
        for (start, end), origin in zip(windows, origins, strict=True)
    ]
    row.seconds, row.cpu_seconds, row.peak_megabytes = time.perf_counter() - clock, time.process_time() - cpu, _peak()
    _store(row, judged, trees)


def _store(row: TrialRound, judged: dict[str, list[Judgement]], trees: BoostedQuantiles | None) -> None:
    """Verdicts, champions and trees in one transaction: a run sees all of them or none."""
    with tenancy.scope(SYSTEM):
        row.state, row.progress = ReplayState.COMPLETE, 1.0
        row.save()
        for segment, found in judged.items():
            for one in found:
                trial = Trial.objects.create(round=row, segment=segment, **_figures(one))
                if one.verdict == trials.PROMOTED:
                    Champion.objects.create(
                        segment=segment,
                        method=one.challenger,
                        in_force_from=row.as_of + dt.timedelta(days=1),
                        trial=trial,
                    )
                    log.info("%s is promoted over %s for segment %s", one.challenger, one.champion, segment)
        if trees is not None:
            content = zlib.compress(json.dumps(trees.to_dict()).encode())
            GrownTrees.objects.create(
                round=row, as_of=row.as_of, span=trees.span, content=content,
                digest=hashlib.sha256(content).hexdigest(),
            )  # fmt: skip
            kept = GrownTrees.objects.order_by("-id").values_list("id", flat=True)[:_TREES_KEPT]
            GrownTrees.objects.exclude(id__in=list(kept)).delete()


def _figures(one: Judgement) -> dict[str, Any]:
    bounded = bool(np.isfinite([one.low, one.high]).all())
    return {
        "champion": one.champion,
        "challenger": one.challenger,
        "champion_cost": one.champion_cost,
        "challenger_cost": one.challenger_cost,
        "saving": one.saving,
        "saving_low": one.low if bounded else None,
        "saving_high": one.high if bounded else None,
        "savings": list(one.savings),
        "fill_of_champion": one.fill_of_champion,
        "fill": one.fill,
        "dealers": one.dealers,
        "pairs": one.pairs,
        "confidence": one.confidence,
        "verdict": one.verdict,
    }


def _fail(row: TrialRound, error: TrialError) -> None:
    with tenancy.scope(SYSTEM):
        TrialRound.objects.filter(id=row.pk).exclude(state=ReplayState.COMPLETE).update(
            state=ReplayState.FAILED, error=error
        )


def _windows(inputs: Inputs) -> list[tuple[int, int]]:
    """None where history is too short, or there is none."""
    if not inputs.partitions:
        return []
    days = series_store.load(inputs.facts.series, bucket=inputs.partitions[0].buckets[0]).days
    try:
        return trials.windows(days)
    except InvalidFrameError as short:
        log.info("no methods are tried: %s", short)
        return []


def _mornings(
    lake: Lake, row: TrialRound, inputs: Inputs, scenario: Scenario, windows: Sequence[tuple[int, int]]
) -> Mornings | None:
    """What season and the scenario's other drivers asked on each morning that is played."""
    if not windows:
        return None
    with tenancy.scope(SYSTEM):
        return calendar.mornings(
            lake,
            versions=row.versions,
            products=inputs.facts.products,
            drivers=scenario.drivers,
            first=row.as_of - dt.timedelta(days=windows[-1][1] - 1 - windows[0][0]),
            last=row.as_of,
        )


def _sampled(inputs: Inputs, windows: Sequence[tuple[int, int]]) -> list[Prepared]:
    """The pairs of each window; of many those whose past hashes lowest, about 10,000, whatever the partitions."""
    limit = min(_HIGHEST * SAMPLE_PAIRS // max(inputs.pairs, 1), _HIGHEST)
    asked = [(part, limit, tuple(windows)) for part in inputs.partitions]
    with executors.Local() as executor:
        found = list(executor.map(partitions.on_the_eves, inputs.facts, asked))
    return [
        Prepared(
            pairs=pl.concat([part[number].pairs for part in found]),
            history=np.concatenate([part[number].history for part in found]),
        )
        for number in range(len(windows))
    ]


def _conditions(prepared: Prepared, inputs: Inputs, scenario: Scenario) -> Conditions:
    pairs, leads = prepared.pairs, inputs.facts.leads
    purchase, sale = pairs["purchase_price"].to_numpy(), pairs["sale_price"].to_numpy()
    quantiles = pairs["stock_class"].replace_strict(
        inputs.facts.service, default=scenario.service_quantile, return_dtype=pl.Float64
    )
    return Conditions(
        leads=[tuple(leads[c]) if c else (days,) for c, days in pairs.select("lead_class", "lead_days").rows()],
        review_days=pairs["review_days"].to_numpy(),
        multiple=pairs["order_multiple_units"].to_numpy(),
        key=pair_keys(pairs),
        margin=np.maximum(sale - purchase, 0.0),
        holding_per_day=purchase * scenario.holding_rate_per_year / _YEAR_DAYS,
        service=quantiles.to_numpy(),
    )


def _segments(prepared: Prepared) -> np.ndarray:
    letters = {letter: number for number, letter in enumerate(Segment.values)}
    return prepared.pairs["stock_class"].str.slice(-1).replace_strict(letters, return_dtype=pl.Int64).to_numpy()


def _present(origins: Sequence[Origin], segment: str) -> bool:
    number = Segment.values.index(segment)
    return all((origin.segment == number).any() for origin in origins)


def _without_trees(origin: Origin) -> Origin:
    kept = {method: tried for method, tried in origin.tried.items() if method != Method.BOOSTED}
    return Origin(dealer=origin.dealer, segment=origin.segment, tried=kept)


def _window(as_of: dt.date, *, start: int, end: int, days: int, origin: Origin) -> dict[str, Any]:
    """The days counted, and who took part."""
    first = as_of - dt.timedelta(days=days - start - Protocol().warm_days - 1)
    return {
        "from_on": first.isoformat(),
        "until_on": (as_of - dt.timedelta(days=days - end)).isoformat(),
        "pairs": len(origin.dealer),
        "dealers": len(np.unique(origin.dealer)),
    }


def _peak() -> float:
    """The most memory that this process held so far, MB; macOS counts in bytes where others count in kB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1e6 if sys.platform == "darwin" else 1e3)
