"""The rolling order plan: rolled on once a week, changed and agreed by dealer and enterprise in turn."""

import datetime as dt
import logging
import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.network import queries as network
from firstmove.domains.planning.models import (
    DealerOutlook,
    PlanState,
    PlanStep,
    RollingPlan,
    RollingPlanLine,
    RollingPlanVersion,
    Run,
    RunState,
)
from firstmove.domains.planning.operations.copying import copy
from firstmove.domains.planning.operations.inputs import Inputs, gather
from firstmove.domains.planning.partitions import prepare
from firstmove.domains.planning.queries.rolling import current_amount, is_closed
from firstmove.domains.planning.scenario import Scenario
from firstmove.engine.demand.distribution import PooledQuantiles
from firstmove.engine.demand.yearly import SeasonAhead, season_ahead
from firstmove.engine.inventory import order_sums
from firstmove.engine.inventory.paths import WEEKS, horizon_weeks, planned_paths
from firstmove.kernel import locks, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.tenancy import SYSTEM, Actor
from firstmove.lake.scope import LakeScope
from firstmove.lake.store import Lake

log = logging.getLogger(__name__)

# One roll at a time; the number is arbitrary and known only here.
_ROLL_LOCK = 7_215_014
# Sales of so many weeks tell the season: three years to learn from, and a year more for past mornings to judge by.
SEASON_WEEKS = 4 * 52 + 6
# Pairs of whole dealers that past mornings are judged by.
PAIRS_JUDGED = 60_000
MOST_AMOUNT = 1e12
LONGEST_NOTE = 500


_LINE_COLUMNS = {
    "plan_id": "bigint",
    "dealer_id": "bigint",
    "category": "text",
    "week_on": "date",
    "system_amount": "double precision",
    "system_low": "double precision",
    "system_high": "double precision",
    "system_units": "double precision",
    "ahead_amount": "double precision",
    "holding_cost": "double precision",
    "last_year_amount": "double precision",
}


@dataclass(frozen=True)
class Rolled:
    """Plans that were made or rolled on, and what came of judging paths on past mornings."""

    plans: int
    lines: int
    first_week_on: dt.date | None
    samples: int


def monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def roll(*, now: dt.datetime) -> Rolled:
    """Roll every dealer's plan on to the week of the latest run; a plan that is there already stays as it is.

    A new week stands at the end, with the system's figure. Weeks that were agreed stay agreed, whatever the system
    now thinks; the rest of the plan gets its new figures beside what was said about it.
    """
    with locks.alone(_ROLL_LOCK):
        with tenancy.scope(SYSTEM):
            run = Run.objects.filter(state=RunState.COMPLETE).order_by("-id").first()
            if run is None or run.pooled is None:
                return Rolled(0, 0, None, 0)
            first = monday(run.as_of + dt.timedelta(days=1))
            active = {dealer.id for dealer in network.dealers(active_only=True)}
            there = set(RollingPlan.objects.filter(first_week_on__gte=first).values_list("dealer_id", flat=True))
            # A dealer of whom the run knows no sale has nothing to roll: it must not set the work off again and again.
            known = set(DealerOutlook.objects.values_list("dealer_id", flat=True))
            if active & known <= there:
                return Rolled(0, 0, first, 0)
            installation, country = network.enterprise(now=now), network.country()
            lake, scenario = Lake(settings.LAKE_ROOT), Scenario(**run.scenario)
            weekly = _weekly_sales(lake, run)
        with tempfile.TemporaryDirectory() as folder:
            with tenancy.scope(SYSTEM):
                inputs = gather(
                    lake=lake, as_of=run.as_of, versions=run.versions, scenario=scenario, folder=Path(folder)
                )
            if not inputs.partitions:
                return Rolled(0, 0, first, 0)
            cells, years, samples = _expected(inputs, weekly, run=run, country=country)
        last_year = _last_year(lake, run, inputs, cells, first=first)
        with tenancy.scope(SYSTEM):
            unplanned = cells.filter(~pl.col("dealer_id").is_in(list(there)))
            lines = _write(
                unplanned.join(last_year, on=["dealer", "category", "week"], how="left"),
                run=run, first=first, years=years, currency=installation.currency, holding=scenario, now=now,
            )  # fmt: skip
        plans = unplanned["dealer_id"].n_unique()
    log.info("order plan: %s plans rolled to %s, %s lines, band from %s sums", plans, first, lines, samples)
    return Rolled(plans, lines, first, samples)


def _expected(inputs: Inputs, weekly: pl.DataFrame, *, run: Run, country: str) -> tuple[pl.DataFrame, int, int]:
    """(cells with ids and band, years of season, sums that the band was learned from).

    Paths are found partition by partition. The band is learned from whole dealers, as many partitions of them as hold
    60,000 pairs: dealers are spread over partitions by a hash of their code, so these are any of them.
    """
    facts = inputs.facts
    categories = sorted(set(facts.products["category"].to_list()))
    totals, ahead = _matrix(weekly, categories), horizon_weeks(facts.dealers)
    morning, quantile = run.as_of + dt.timedelta(days=1), facts.scenario.service_quantile
    pooled = PooledQuantiles.from_dict(run.pooled or {})
    place = {category: row for row, category in enumerate(categories)}

    def season(weeks_back: int) -> SeasonAhead:
        known = totals[:, : totals.shape[1] - weeks_back] if weeks_back else totals
        day = morning - dt.timedelta(weeks=weeks_back)
        return season_ahead(known, morning=day, weeks=ahead, country=country)

    now, found, judged = season(0), [], []
    for partition in inputs.partitions:
        prepared = prepare(facts, partition)
        rows = prepared.pairs["category"].replace_strict(place, return_dtype=pl.Int64).to_numpy()
        paths = planned_paths(
            prepared.pairs, prepared.history, pooled, season=now.factors[rows], service_quantile=quantile
        )
        found.append(order_sums.cells(prepared.pairs, paths).join(_assumed(prepared.pairs), on="dealer"))
        if sum(len(pairs) for pairs, _history, _rows in judged) < PAIRS_JUDGED:
            judged.append((prepared.pairs, prepared.history, rows))
    pairs = pl.concat([pairs for pairs, _history, _rows in judged])
    history = np.concatenate([history for _pairs, history, _rows in judged])
    rows = np.concatenate([rows for _pairs, _history, rows in judged])
    days = history.shape[1]
    past = [
        order_sums.past_cells(
            pairs,
            history,
            origin=origin,
            season=season((days - origin) // 7).factors[rows],
            service_quantile=quantile,
            leads=facts.leads,
        )
        for origin in order_sums.origins(days)
    ]
    band = order_sums.learn_band(pl.concat(past) if past else order_sums.NOTHING_PAST)
    return band.corrected(pl.concat(found)), now.years, band.samples


def _assumed(pairs: pl.DataFrame) -> pl.DataFrame:
    """What of each dealer's plan rests on the scenario."""
    return pairs.group_by("dealer").agg(
        pl.col("dealer_id").first(),
        stock=pl.col("stock_assumed").any(),
        price=pl.col("price_assumed").any(),
        lead_time=pl.col("lead_assumed").first(),
        order_days=pl.col("review_assumed").first(),
    )


def _weekly_sales(lake: Lake, run: Run) -> pl.DataFrame:
    """Units sold of every category in each week before the run's morning: category, week (0 is the oldest), units."""
    schema = {"category": pl.String, "week": pl.Int64, "units": pl.Float64}
    if "sales" not in run.versions:
        return pl.DataFrame(schema=schema)
    rows = [(product.sku, product.category) for product in catalog.plan_products()]
    products = pl.DataFrame(rows, schema={"sku": pl.String, "category": pl.String}, orient="row")
    since = run.as_of - dt.timedelta(days=7 * SEASON_WEEKS - 1)
    sold = lake.scan(
        table="sales", scope=LakeScope.system(), since=since, until=run.as_of, version=run.versions["sales"]
    )
    return (
        sold.join(products.lazy(), on="sku", how="inner")
        .with_columns(week=((pl.col("date") - pl.lit(since)).dt.total_days() // 7).cast(pl.Int64))
        .group_by("category", "week")
        .agg(units=pl.col("quantity").sum().clip(lower_bound=0.0))
        .collect()
    )


def _matrix(weekly: pl.DataFrame, categories: list[str]) -> NDArray[np.float64]:
    """Units [categories, weeks]; weeks before the first sale of all are not known and left away."""
    found = weekly.join(
        pl.DataFrame({"category": categories, "row": range(len(categories))}, schema_overrides={"row": pl.Int64}),
        on="category",
    )
    units = np.zeros((len(categories), SEASON_WEEKS))
    units[found["row"].to_numpy(), found["week"].to_numpy()] = found["units"].to_numpy()
    sold = np.flatnonzero(units.sum(axis=0))
    # The first week with a sale may be half a week of history.
    return units[:, sold[0] + 1 :] if len(sold) else units[:, :0]


def _last_year(lake: Lake, run: Run, inputs: Inputs, cells: pl.DataFrame, *, first: dt.date) -> pl.DataFrame:
    """What each dealer ordered 52 weeks before each of the plan's weeks; nothing where no order of then is known.

    An order without a price counts at what the scenario says a dealer pays.
    """
    empty = cells.select("dealer", "category", "week").clear().with_columns(last_year=pl.lit(0.0))
    if "orders" not in run.versions:
        return empty
    since = first - dt.timedelta(weeks=52)
    until = min(since + dt.timedelta(days=7 * WEEKS - 1), run.as_of)
    orders = lake.scan(
        table="orders", scope=LakeScope.system(), since=since, until=until, version=run.versions["orders"]
    )
    products = inputs.facts.products.select(
        "sku", "category", paid=pl.col("sale_price") * (1 - inputs.facts.scenario.dealer_margin)
    )
    found = (
        orders.filter(pl.col("quantity") > 0)
        .join(products.lazy(), on="sku", how="inner")
        .with_columns(
            week=((pl.col("ordered_on") - pl.lit(since)).dt.total_days() // 7).cast(pl.Int64),
            worth=pl.col("quantity") * pl.coalesce("price", "paid"),
        )
        .group_by("dealer", "category", "week")
        .agg(last_year=pl.col("worth").sum())
        .collect()
    )
    # A dealer with orders of then ordered nothing in the weeks and categories that are not among them.
    known = cells.filter(pl.col("dealer").is_in(found["dealer"].unique().to_list()))
    every = known.select("dealer", "category", "week").join(found, on=["dealer", "category", "week"], how="left")
    return every.with_columns(pl.col("last_year").fill_null(0.0))


def _write(
    cells: pl.DataFrame,
    *,
    run: Run,
    first: dt.date,
    years: int,
    currency: str,
    holding: Scenario,
    now: dt.datetime,
) -> int:
    """Plans and their lines, and a version of each. A plan that somebody changes meanwhile is waited for."""
    lines = []
    kept = {plan.dealer_id: plan for plan in RollingPlan.objects.select_for_update().order_by("id")}
    for (dealer_id,), rows in cells.group_by("dealer_id", maintain_order=True):
        facts = rows.row(0, named=True)
        plan = kept.get(dealer_id) or RollingPlan(dealer_id=dealer_id, version=0)
        plan.run, plan.first_week_on, plan.weeks = run, first, WEEKS
        plan.currency, plan.season_years = currency, years
        plan.assumed = [name for name in ("stock", "price", "lead_time", "order_days") if facts[name]]
        plan.rolled_at = plan.changed_at = now
        plan.changed_by, plan.version = None, plan.version + 1
        if plan.state == PlanState.AGREED:
            plan.state = PlanState.PROPOSED
        plan.save()
        lines.append(
            rows.select(
                "category",
                (pl.lit(first) + pl.duration(weeks="week")).alias("week_on"),
                "ahead_amount",
                plan_id=pl.lit(plan.pk),
                dealer_id=pl.lit(dealer_id),
                system_amount="amount",
                system_low="low",
                system_high="high",
                system_units="units",
                holding_cost=pl.col("ahead_amount") * holding.holding_rate_per_year / 52,
                last_year_amount="last_year",
            )
        )
        # A category that the dealer no longer sells expects nothing more.
        RollingPlanLine.objects.filter(plan=plan, week_on__gte=first).exclude(
            category__in=rows["category"].unique().to_list()
        ).update(system_amount=0, system_low=0, system_high=0, system_units=0, ahead_amount=0, holding_cost=0)
        figures = rows.group_by("category", maintain_order=True).agg(pl.col("amount").round(2))
        _keep(plan, PlanStep.ROLLED, actor=SYSTEM, note="", now=now, figures=dict(figures.iter_rows()))
    if not lines:
        return 0
    written = pl.concat(lines)
    copy("planning_rollingplanline", written, _LINE_COLUMNS, instead_of=("plan_id", "category", "week_on"))
    return len(written)


def roll_if_due(*, now: dt.datetime) -> Rolled | None:
    """Roll once a week, after the first run of the week. None where there is nothing to roll on."""
    if not network.is_initialised():
        return None
    done = roll(now=now)
    return done if done.plans else None


def change_plan(
    *, actor: Actor, dealer_id: int, version: int, figures: Mapping[int, float], note: str = "", now: dt.datetime
) -> int:
    """Put other amounts in place of the plan's, by line; the other side answers. Returns the new version.

    A dealer's change waits for the enterprise, the enterprise's for the dealer. Figures that are as they were change
    nothing. Raises NotAllowed, NotFound for a plan or a line of somebody else, Invalid for an amount that nobody can
    mean or where nothing is changed, Conflict `plan-changed` where `version` is not the latest, and Conflict where a
    week is closed: it is over, or was agreed and has begun.
    """
    with tenancy.scope(actor):
        _may_plan(actor, dealer_id)
        today = network.enterprise(now=now).business_on
        plan = _locked(dealer_id, version)
        if len(note) > LONGEST_NOTE:
            raise Invalid(_("The note is longer than %(most)s characters.") % {"most": LONGEST_NOTE}, field="note")
        lines = {line.pk: line for line in RollingPlanLine.objects.filter(plan=plan, id__in=list(figures))}
        if set(figures) - set(lines):
            raise NotFound()
        changed = []
        for pk, amount in sorted(figures.items()):
            line = lines[pk]
            if not (math.isfinite(amount) and 0 <= amount <= MOST_AMOUNT):
                raise Invalid(_("An amount is zero or more."), _("Write it in figures alone."), field=f"amount-{pk}")
            if round(amount) == round(current_amount(line)):
                continue
            if is_closed(line, today):
                raise Conflict(
                    _("The week of %(day)s is closed.") % {"day": line.week_on.isoformat()},
                    _("A week that was agreed and has begun, or is over, stays as it is. Change a later one."),
                    code="week-closed",
                )
            if actor.kind == "dealer":
                line.dealer_amount, line.enterprise_amount = amount, None
            else:
                line.enterprise_amount = amount
            line.agreed_amount = None
            changed.append(line)
        if not changed:
            raise Invalid(
                _("No figure was changed."), _("Agree to the plan as it stands, or write another amount."), field="note"
            )
        RollingPlanLine.objects.bulk_update(changed, ["dealer_amount", "enterprise_amount", "agreed_amount"])
        if actor.kind == "dealer":
            plan.state, plan.dealer_note, step = PlanState.CHANGED, note, PlanStep.CHANGED
        else:
            plan.state, plan.enterprise_note, step = PlanState.COUNTERED, note, PlanStep.COUNTERED
        return _say(plan, step, actor=actor, note=note, now=now)


def agree_plan(*, actor: Actor, dealer_id: int, version: int, note: str = "", now: dt.datetime) -> int:
    """Agree to every figure as it stands: system's, other side's, or what was agreed before. Returns the new version.

    Nobody agrees with itself: raises Conflict where the last word was the actor's own, and as `change_plan` does.
    """
    with tenancy.scope(actor):
        _may_plan(actor, dealer_id)
        today = network.enterprise(now=now).business_on
        plan = _locked(dealer_id, version)
        mine = {"dealer": (PlanState.PROPOSED, PlanState.COUNTERED), "enterprise": (PlanState.CHANGED,)}[actor.kind]
        if plan.state not in mine:
            raise Conflict(
                _("This plan does not wait for you."),
                _("It is %(state)s.") % {"state": PlanState(plan.state).label},
                code="not-your-turn",
            )
        lines = [line for line in RollingPlanLine.objects.filter(plan=plan) if not is_closed(line, today)]
        for line in lines:
            line.agreed_amount = current_amount(line)
        RollingPlanLine.objects.bulk_update(lines, ["agreed_amount"], batch_size=1000)
        plan.state = PlanState.AGREED
        return _say(plan, PlanStep.AGREED, actor=actor, note=note[:LONGEST_NOTE], now=now)


def _may_plan(actor: Actor, dealer_id: int) -> None:
    if actor.kind == "dealer":
        if actor.dealer_id != dealer_id:
            raise NotFound()
        if network.role_of(actor=actor) not in network.ORDERING_ROLES:
            raise NotAllowed(_("Only the dealer's owner and buyers decide about orders."))
    elif actor.kind != "enterprise":
        raise NotAllowed()


def _locked(dealer_id: int, version: int) -> RollingPlan:
    plan = RollingPlan.objects.select_for_update(of=("self",)).filter(dealer_id=dealer_id).first()
    if plan is None:
        raise NotFound()
    if plan.version != version:
        who = _who_changed(plan)
        raise Conflict(
            _("%(who)s changed this plan while you looked at it.") % {"who": who},
            _("Nothing of yours is lost: compare your figures with the plan as it now stands, and send them again."),
            code="plan-changed",
            version=plan.version,
        )
    return plan


def _who_changed(plan: RollingPlan) -> str:
    """Whose change was the last, as far as who asks may know: a dealer is not shown who works for the enterprise."""
    if plan.changed_by_id is None:
        return str(_("The system"))
    name = RollingPlan.objects.filter(pk=plan.pk).values_list("changed_by__name", flat=True).first()
    return name or str(_("The other side"))


def _say(plan: RollingPlan, step: PlanStep, *, actor: Actor, note: str, now: dt.datetime) -> int:
    plan.version, plan.changed_at, plan.changed_by_id = plan.version + 1, now, actor.user_id
    plan.save()
    figures: dict[str, list[float]] = {}
    ahead = RollingPlanLine.objects.filter(plan=plan, week_on__gte=plan.first_week_on).order_by("category", "week_on")
    for line in ahead:
        figures.setdefault(line.category, []).append(round(current_amount(line), 2))
    _keep(plan, step, actor=actor, note=note, now=now, figures=figures)
    return plan.version


def _keep(
    plan: RollingPlan,
    step: PlanStep,
    *,
    actor: Actor,
    note: str,
    now: dt.datetime,
    figures: Mapping[str, list[float]],
) -> None:
    RollingPlanVersion.objects.create(
        plan=plan, dealer_id=plan.dealer_id, number=plan.version, step=step, at=now, user_id=actor.user_id, note=note,
        first_week_on=plan.first_week_on, figures=dict(figures),
    )  # fmt: skip
