"""Choosing the service of each class of stock by replay, once a week: too heavy for every night."""

import datetime as dt
import logging
import tempfile
import time
from collections.abc import Callable

import numpy as np
import polars as pl
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from firstmove.domains.network import queries as network
from firstmove.domains.planning import executors, partitions
from firstmove.domains.planning.models import Run, RunState, ServicePolicy
from firstmove.domains.planning.operations import calendar
from firstmove.domains.planning.operations.inputs import Inputs, gather
from firstmove.domains.planning.operations.scenarios import chosen
from firstmove.domains.planning.scenario import Scenario
from firstmove.engine.demand.calendar import Calendars
from firstmove.engine.demand.distribution import SAMPLE_PAIRS
from firstmove.engine.inventory.classes import STOCK_CLASSES, ServiceChoice, choose_service
from firstmove.engine.twin.opening import pair_keys
from firstmove.engine.twin.replay import Protocol
from firstmove.engine.twin.service import GRID, WINDOW_DAYS, Trial, start_of_window, try_service
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict
from firstmove.kernel.tenancy import SYSTEM
from firstmove.lake.store import Lake

log = logging.getLogger(__name__)
Progress = Callable[[float, str], None]

EVERY_DAYS = 7
# A class leaves the quantile of all where what it saves is this many of its standard errors.
CERTAINTY = 1.0
YEAR_DAYS = 365
_HIGHEST = int(np.iinfo(np.uint64).max)


def choose(
    *,
    now: dt.datetime,
    as_of: dt.date | None = None,
    scenario_name: str = "reactive-opening",
    progress: Progress | None = None,
) -> int:
    """Choose the service of each class on the 182 days up to `as_of` (default: the day before the business date).

    It is in force from the day after `as_of` on. Classes, lead times and the shape of demand are those of the days
    before the window; season and the scenario's other drivers are those that each morning of it could see.
    Returns the policy's id. Raises Conflict where history is too short to replay.
    """
    clock = time.perf_counter()
    tell = progress or _in_silence
    scenario = chosen(scenario_name)
    with tenancy.scope(SYSTEM):
        as_of = as_of or network.enterprise(now=now).business_on - dt.timedelta(days=1)
    lake = Lake(settings.LAKE_ROOT)
    versions = lake.versions()
    with tempfile.TemporaryDirectory(prefix="firstmove-service-") as folder:
        with tenancy.scope(SYSTEM):
            tell(0.05, "reading history")
            inputs = gather(lake=lake, as_of=as_of, versions=versions, scenario=scenario, folder=folder)
        pairs = _sampled(inputs, as_of=as_of)
        days = pairs.history.shape[1]
        start = start_of_window(days)
        with tenancy.scope(SYSTEM):
            first_on = as_of - dt.timedelta(days=days - 1)
            seen = calendar.mornings(
                lake,
                versions=versions,
                products=inputs.facts.products,
                drivers=scenario.drivers,
                first=first_on + dt.timedelta(days=start),
                last=as_of,
            )
        tell(0.4, "replaying")
        calendars = None if seen is None else seen.seen_by(pairs.pairs, first_on=first_on)
        trials = _trials(pairs, inputs, scenario, start=start, calendars=calendars)
    classes = np.array([STOCK_CLASSES.index(name) for name in pairs.pairs["stock_class"]], np.int64)
    choice = choose_service(
        [(trial.quantile, trial.costs) for trial in trials],
        classes=classes,
        count=len(STOCK_CLASSES),
        fallback=scenario.service_quantile,
        certainty=CERTAINTY,
    )
    warm = Protocol().warm_days
    with tenancy.scope(SYSTEM):
        policy = ServicePolicy.objects.create(
            in_force_from=as_of + dt.timedelta(days=1),
            as_of=as_of,
            window_from=as_of - dt.timedelta(days=WINDOW_DAYS + warm - 1),
            window_days=WINDOW_DAYS,
            pairs=len(classes),
            one_for_all=choice.one_for_all,
            cost_of_one_for_all=choice.cost_of_one_for_all,
            cost=choice.cost,
            classes=_rows(choice, trials, classes),
            scenario=scenario.as_json(),
            versions=versions,
            seconds=time.perf_counter() - clock,
            chosen_at=now,
        )
    tell(1.0, "done")
    log.info("service of classes chosen as of %s on %s pairs in %.1f s", as_of, len(classes), policy.seconds)
    return policy.pk


def choose_if_due(*, now: dt.datetime) -> int | None:
    """The weekly choice; None where a policy is less than a week old, or nothing was planned yet."""
    if not network.is_initialised():
        return None
    with tenancy.scope(SYSTEM):
        business_on = network.enterprise(now=now).business_on
        since = business_on - dt.timedelta(days=EVERY_DAYS)
        planned = Run.objects.filter(state=RunState.COMPLETE).exists()
        if not planned or ServicePolicy.objects.filter(in_force_from__gt=since).exists():
            return None
    try:
        return choose(now=now)
    except Conflict as short:
        log.info("no service is chosen: %s", short)
        return None


def in_force(*, as_of: dt.date) -> ServicePolicy | None:
    """The latest policy that was chosen on days up to `as_of`. Call it inside the system's scope."""
    return ServicePolicy.objects.filter(as_of__lte=as_of).order_by("-in_force_from", "-id").first()


def by_class(policy: ServicePolicy | None) -> dict[str, float]:
    """The quantile of each class that the policy knows; a class that is absent gets the scenario's."""
    return {} if policy is None else {row["stock_class"]: row["quantile"] for row in policy.classes}


def _sampled(inputs: Inputs, *, as_of: dt.date) -> partitions.Prepared:
    """The pairs that are replayed: those alive before the window, of many those whose history hashes lowest, about
    10,000, so that no partition changes the sample."""
    limit = min(_HIGHEST * SAMPLE_PAIRS // max(inputs.pairs, 1), _HIGHEST)
    asked = [(part, limit) for part in inputs.partitions]
    with executors.Local() as executor:
        found = list(executor.map(partitions.on_the_eve, inputs.facts, asked))
    pairs = pl.concat([one.pairs for one in found]) if found else pl.DataFrame()
    if pairs.is_empty():
        raise Conflict(
            _("Too little was sold before the half year up to %(day)s to choose a service on it.")
            % {"day": as_of.isoformat()},
            _("Until there is more history, the scenario's service is used for every class."),
            code="short-history",
        )
    return partitions.Prepared(pairs=pairs, history=np.concatenate([one.history for one in found]))


def _trials(
    prepared: partitions.Prepared, inputs: Inputs, scenario: Scenario, *, start: int, calendars: Calendars | None
) -> list[Trial]:
    pairs = prepared.pairs
    leads = inputs.facts.leads
    purchase, sale = pairs["purchase_price"].to_numpy(), pairs["sale_price"].to_numpy()
    within = [quantile for quantile in GRID if scenario.service_lowest <= quantile <= scenario.service_highest]
    return try_service(
        prepared.history,
        start=start,
        leads=[tuple(leads[c]) if c else (days,) for c, days in pairs.select("lead_class", "lead_days").rows()],
        review_days=pairs["review_days"].to_numpy(),
        multiple=pairs["order_multiple_units"].to_numpy(),
        key=pair_keys(pairs),
        margin=np.maximum(sale - purchase, 0.0),
        holding_per_day=purchase * scenario.holding_rate_per_year / YEAR_DAYS,
        grid=within or [scenario.service_quantile],
        calendars=calendars,
    )


def _rows(choice: ServiceChoice, trials: list[Trial], classes: np.ndarray) -> list[dict[str, object]]:
    by_quantile = {trial.quantile: trial for trial in trials}
    common = by_quantile[choice.one_for_all]
    rows: list[dict[str, object]] = []
    for number, name in enumerate(STOCK_CLASSES):
        members = classes == number
        if not members.any():
            continue
        own = by_quantile[choice.quantiles[number]]
        rows.append(
            {
                "stock_class": name,
                "quantile": own.quantile,
                "pairs": int(members.sum()),
                "fill": own.fill(members),
                "stock_days": own.stock_days(members),
                "cost": float(own.costs[members].sum()),
                "cost_of_one": float(common.costs[members].sum()),
            }
        )
    return rows


def _in_silence(share: float, step: str) -> None:
    """Nobody watches."""
    log.debug("%3.0f %% %s", share * 100, step)
