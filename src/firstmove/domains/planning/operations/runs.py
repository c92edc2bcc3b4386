"""A planning run and its record: what it pinned, what came of it, and when it is due. Its steps stand in `pipeline`."""

import datetime as dt
import logging
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from firstmove.domains.intake import queries as intake
from firstmove.domains.network import operations as network_operations
from firstmove.domains.network import queries as network
from firstmove.domains.planning import executors
from firstmove.domains.planning.models import ProposalState, Run, RunState
from firstmove.domains.planning.operations import (
    alerting,
    breaks,
    hold_out,
    pipeline,
    rebates,
    sensing,
    service,
    starting,
    supplying,
    telling,
    transferring,
    trials,
    writing,
)
from firstmove.domains.planning.operations.inputs import Inputs, gather
from firstmove.domains.planning.operations.scenarios import chosen
from firstmove.domains.planning.operations.sharing import WeeksAhead
from firstmove.domains.planning.scenario import Scenario
from firstmove.domains.trade import operations as trade_operations
from firstmove.kernel import locks, outbox, tenancy
from firstmove.kernel.dates import local_date
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.kernel.tenancy import SYSTEM
from firstmove.lake.store import Lake
from firstmove.lake.tables import LakeError

log = logging.getLogger(__name__)
Progress = Callable[[float, str], None]
Reading = Callable[..., Inputs]

# One run at a time; the number is arbitrary and known only here.
_PLAN_LOCK = 7_215_003
_SERIES_KEPT = 2
# Feeds whose lateness makes an advice worse; the others change rarely.
_DAILY_FEEDS = ("sales", "stock")
FEEDS_CLOSE_HOUR, PATIENCE_ENDS_HOUR = 2, 6


@dataclass(frozen=True)
class Summary:
    run_id: int
    as_of: dt.date
    for_on: dt.date
    dealers: int
    # Dealers for whom an order was proposed; the others have enough.
    proposals: int
    pairs: int
    lines: int
    quantity: float
    amount: float
    seconds: float
    assumed: tuple[str, ...]
    stale: tuple[str, ...]


def plan(
    *,
    now: dt.datetime,
    as_of: dt.date | None = None,
    scenario_name: str = "reactive-opening",
    partitions: int | None = None,
    user_id: int | None = None,
    progress: Progress | None = None,
    reading: Reading = gather,
) -> Summary:
    """Propose the orders of the morning after `as_of` (default: yesterday), from what is known up to it and no later.

    A run that is stopped leaves nothing but its record; repeated, it supersedes what was ready and doubles nothing.
    Waits for a run that is under way. `reading` is where its inputs come from: `inputs.gather` derives the series from
    the lake, `inputs.around` takes them as they stand in a store.

    Raises Conflict when the lake knows no sales up to `as_of`, or the cluster that was chosen is out of reach; Invalid
    for an executor that cannot be had or a driver of demand that nobody knows.
    """
    clock = time.perf_counter()
    progress = progress or _in_silence
    scenario = chosen(scenario_name)
    executor = _executor()
    with tenancy.scope(SYSTEM):
        enterprise = network.enterprise(now=now)
    today = local_date(now=now, time_zone=enterprise.time_zone)
    as_of = as_of or today - dt.timedelta(days=1)
    for_on = as_of + dt.timedelta(days=1)
    with alone():
        progress(0.02, "reading news")
        while outbox.deliver():
            pass
        lake = Lake(settings.LAKE_ROOT)
        versions = lake.versions()
        stale = _stale(as_of)
        with tenancy.scope(SYSTEM):
            Run.objects.filter(state=RunState.RUNNING).update(
                state=RunState.FAILED, finished_at=now, error="The process was stopped before it finished."
            )
            run = Run.objects.create(
                as_of=as_of,
                scenario=scenario.as_json(),
                versions=versions,
                stale=stale,
                started_at=now,
                requested_by_id=user_id,
            )
        try:
            summary = _carry_out(
                run=run, executor=executor, lake=lake, scenario=scenario, for_on=for_on, currency=enterprise.currency,
                partitions=partitions, progress=progress, clock=clock, reading=reading, today=today,
            )  # fmt: skip
        except BaseException as error:
            with tenancy.scope(SYSTEM):
                Run.objects.filter(id=run.pk).update(
                    state=RunState.FAILED, finished_at=now, error=f"{type(error).__name__}: {error}"[:2000]
                )
                telling.failed(run=run, for_on=for_on, error=error)
            raise
        network_operations.set_business_date(day=None if for_on == today else for_on)
    trade_operations.rework_promises(now=now)
    log.info("run %s as of %s: %s lines for %s dealers", run.pk, as_of, summary.lines, summary.proposals)
    return summary


def _carry_out(
    *,
    run: Run,
    executor: executors.Executor,
    lake: Lake,
    scenario: Scenario,
    for_on: dt.date,
    currency: str,
    partitions: int | None,
    progress: Progress,
    clock: float,
    reading: Reading,
    today: dt.date,
) -> Summary:
    folder = f"{str(settings.SERIES_ROOT).rstrip('/')}/{run.pk}"
    with tenancy.scope(SYSTEM):
        progress(0.05, "reading history")
        hold_out.begin(on=for_on, now=run.started_at)
        run.service_policy = service.in_force(as_of=run.as_of)
        inputs = reading(
            lake=lake, as_of=run.as_of, versions=run.versions, scenario=scenario, folder=folder, partitions=partitions,
            service=service.by_class(run.service_policy),
        )  # fmt: skip
        seeing = trials.pinned(as_of=run.as_of)
        run.methods = seeing.record
        inputs = replace(inputs, facts=replace(inputs.facts, methods=seeing.methods, trees=seeing.trees))
        dealers = {dealer.id: dealer for dealer in network.dealers()}
    if not inputs.partitions:
        raise Conflict(
            _("Nothing was sold in the year up to %(day)s.") % {"day": run.as_of.isoformat()},
            _("Take in sales first, or plan for a day that they cover."),
            code="no-sales",
        )
    with _computing(executor):
        progress(0.25, "learning demand")
        learned = pipeline.learn(inputs, executor, done=lambda share: progress(0.25 + 0.2 * share, "learning demand"))
        progress(0.5, "weighing orders")
        results = pipeline.decide(
            inputs, learned, executor, done=lambda share: progress(0.5 + 0.2 * share, "weighing orders")
        )
    # What compares dealers belongs here: `results` hold every pair of the network, nothing is written yet.
    progress(0.75, "planning supply")
    with tenancy.scope(SYSTEM):
        supply = supplying.between_dealers(
            results=results, lake=lake, as_of=run.as_of, versions=run.versions, scenario=scenario,
            dealers=dealers, bonuses=supplying.bonuses(on=for_on),
            ahead=WeeksAhead(inputs.facts.calendar, inputs.facts.categories),
        )  # fmt: skip
        transfers = transferring.between_dealers(
            results=supply.results, held=inputs.facts.held, scenario=scenario, dealers=dealers
        )
    results = breaks.at_their_quantity(supply.results, inputs.prices)
    progress(0.78, "writing proposals")
    with tenancy.scope(SYSTEM):
        lines = writing.write(
            run=run,
            results=results,
            dealers=dealers,
            lead_times=inputs.lead_times,
            scenario=scenario,
            for_on=for_on,
            currency=currency,
        )
        supplying.write(run=run, supply=supply)
        transferring.write(run=run, transfers=transfers)
        starting.write(run=run, starts=inputs.starts)
        alerting.watch_stock(
            results=results, held=inputs.facts.held, lake=lake, as_of=run.as_of, versions=run.versions, for_on=for_on,
            comes_on=writing.earliest_arrivals(results, lead_times=inputs.lead_times, for_on=for_on),
        )  # fmt: skip
        rebates.weigh(run=run, results=results, facts=inputs.facts, pooled=learned.pooled, for_on=for_on)
        sensing.watch_demand(results=results, held=inputs.facts.held, for_on=for_on)
        run.state = RunState.COMPLETE
        run.pooled = learned.to_dict()
        run.assumed = [
            name
            for name, column in (
                ("stock", "stock_assumed"), ("price", "price_assumed"),
                ("lead_time", "lead_assumed"), ("order_days", "review_assumed"),
            )
            if results[column].any()
        ]  # fmt: skip
        run.dealers = results["dealer_id"].n_unique()
        run.proposals = lines["dealer_id"].n_unique()
        run.pairs = len(results)
        run.lines = len(lines)
        run.quantity = Decimal(str(lines["quantity"].sum()))
        run.amount = Decimal(str(round(lines["value"].sum(), 2)))
        run.seconds = time.perf_counter() - clock
        run.finished_at = run.started_at + dt.timedelta(seconds=run.seconds)
        run.save()
        # A past morning that is planned again is nobody's news.
        if for_on == today:
            telling.completed(run=run, for_on=for_on)
    _keep_latest()
    progress(1.0, "done")
    return Summary(
        run_id=run.pk,
        as_of=run.as_of,
        for_on=for_on,
        dealers=run.dealers,
        proposals=run.proposals,
        pairs=run.pairs,
        lines=run.lines,
        quantity=float(run.quantity),
        amount=float(run.amount),
        seconds=run.seconds,
        assumed=tuple(run.assumed),
        stale=tuple(run.stale),
    )


def _in_silence(share: float, step: str) -> None:
    """Nobody watches."""
    log.debug("%3.0f %% %s", share * 100, step)


def alone() -> AbstractContextManager[None]:
    """No run goes on while this is held."""
    return locks.alone(_PLAN_LOCK)


def _stale(as_of: dt.date) -> list[str]:
    """Daily feeds that once came and do not reach `as_of`."""
    with tenancy.scope(SYSTEM):
        last = intake.last_days()
    return [feed for feed in _DAILY_FEEDS if feed in last and last[feed] < as_of]


def _executor() -> executors.Executor:
    """The executor that the installation chose. Raises Invalid where it cannot be had."""
    try:
        return executors.named(settings.PLAN_EXECUTOR, address=settings.RAY_ADDRESS)
    except executors.UnknownExecutorError:
        raise Invalid(
            _("There is no executor %(name)s.") % {"name": settings.PLAN_EXECUTOR},
            _("Set FIRSTMOVE_EXECUTOR to local or ray."),
        ) from None
    except executors.MissingRayError:
        raise Invalid(
            _("FIRSTMOVE_EXECUTOR is ray, but Ray is not installed here."),
            _("Install it with: pip install 'firstmove[cluster]'. Or set FIRSTMOVE_EXECUTOR to local."),
        ) from None


@contextmanager
def _computing(executor: executors.Executor) -> Iterator[None]:
    """Connected to where partitions are computed. Raises Conflict where that, or the series there, is out of reach."""
    try:
        with executor:
            yield
    except executors.ClusterError as error:
        raise Conflict(
            _("The cluster does not work for this run: %(error)s.") % {"error": error},
            _("Look at RAY_ADDRESS and at the versions of firstmove on its machines, then plan again."),
            code="no-cluster",
        ) from error
    except LakeError as error:
        raise Conflict(
            _("A worker cannot read the histories of this run: %(error)s.") % {"error": error},
            _("Set FIRSTMOVE_SERIES to a folder or URL that every machine of the cluster reaches, then plan again."),
            code="no-series",
        ) from error


def _keep_latest() -> None:
    """Throw away the series of all runs but the latest that were completed; a run that was stopped leaves some too.

    On an object store nothing is thrown away: a rule of the store does that.
    """
    if "://" in str(settings.SERIES_ROOT):
        return
    with tenancy.scope(SYSTEM):
        complete = Run.objects.filter(state=RunState.COMPLETE).order_by("-id")
        kept = {str(number) for number in complete.values_list("id", flat=True)[:_SERIES_KEPT]}
    for old in Path(settings.SERIES_ROOT).iterdir():
        if old.name.isdigit() and old.name not in kept:
            shutil.rmtree(old, ignore_errors=True)


def plan_again(*, now: dt.datetime, user_id: int | None = None) -> Summary:
    """As the latest run: of the day before the business date, which on a replayed installation is not yesterday."""
    with tenancy.scope(SYSTEM):
        business_on = network.enterprise(now=now).business_on
    return plan(now=now, as_of=business_on - dt.timedelta(days=1), user_id=user_id)


def plan_if_due(*, now: dt.datetime) -> Summary | None:
    """The nightly run. Feeds close at 2 in the installation's night; late ones are waited for until 6, then
    named as stale.

    None where there is nothing to do: before 2, after this night's run, on an installation that replays a past day or
    never took in a sale.
    """
    if not network.is_initialised():
        return None
    with tenancy.scope(SYSTEM):
        enterprise = network.enterprise(now=now)
        as_of = enterprise.business_on - dt.timedelta(days=1)
        planned = Run.objects.filter(as_of=as_of, state=RunState.COMPLETE).exists()
        sold = "sales" in intake.last_days()
    local = now.astimezone(ZoneInfo(enterprise.time_zone))
    if enterprise.replayed or planned or not sold or local.hour < FEEDS_CLOSE_HOUR:
        return None
    late = _stale(as_of)
    if late and local.hour < PATIENCE_ENDS_HOUR:
        log.warning("tonight's run waits for %s, which end before %s", ", ".join(late), as_of)
        return None
    return plan(now=now, as_of=as_of)


def expire(*, now: dt.datetime) -> int:
    """Close proposals that nobody took up in time. Returns how many."""
    if not network.is_initialised():
        return 0
    with tenancy.scope(SYSTEM):
        today = network.enterprise(now=now).business_on
        late = [proposal for proposal in writing.ready_locked() if proposal.expires_on < today]
        writing.close(late, state=ProposalState.EXPIRED)
        return len(late)
