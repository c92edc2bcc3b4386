"""The step of a run between dealers: what all of them will need, what the enterprise makes or buys, who gets what.

Where the enterprise's own stock was never told, it is taken to have enough: nothing is shared out, and the plan says
so.
"""

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.incentives.queries import supply_weights
from firstmove.domains.network.queries import DealerView
from firstmove.domains.planning.models import Allocation, Run, SupplyLine, SupplyPlan, TierPriority
from firstmove.domains.planning.operations.copying import copy
from firstmove.domains.planning.operations.sharing import ALLOCATION_COLUMNS, Bonuses, WeeksAhead, forward, share
from firstmove.domains.planning.queries import SUPPLY_AT_RISK
from firstmove.domains.planning.scenario import Scenario
from firstmove.engine.inventory.allocation import BONUS_MOST
from firstmove.engine.inventory.capacity import built_ahead, overloaded, within_capacity
from firstmove.engine.inventory.paths import WEEK, WEEKS
from firstmove.engine.inventory.supply import (
    SupplyWeeks,
    by_product,
    moving_together,
    plan_weeks,
    project,
    shortage_risk,
    swing,
)
from firstmove.lake import supply as supply_history
from firstmove.lake.store import Lake

Floats = NDArray[np.float64]

# Pairs whose paths are in memory at once; only the sums over dealers are kept.
_AT_ONCE = 50_000
_PAST_WEEKS = 52
_SWING_WEEKS = 26
# The band of a week holds four of five.
_BAND = 1.2816


@dataclass(frozen=True, eq=False)
class Supply:
    """What the step found: `results` with scarce lines cut, the plan's `lines` and `allocations`, and sums of it."""

    results: pl.DataFrame
    lines: pl.DataFrame
    allocations: pl.DataFrame
    sums: Mapping[str, Any]


def between_dealers(
    *,
    results: pl.DataFrame,
    lake: Lake,
    as_of: dt.date,
    versions: Mapping[str, int],
    scenario: Scenario,
    dealers: Mapping[int, DealerView],
    bonuses: Bonuses,
    ahead: WeeksAhead,
) -> Supply:
    """Plan supply for the pairs of `results` and share what is scarce. Call it inside the system's scope.

    `ahead` is the calendar of the run's drivers, so that a peak of the quarter is made before it comes.
    """
    clock = time.perf_counter()
    starts_on = as_of + dt.timedelta(days=1)
    results = results.with_columns(scarce=pl.lit(None, pl.String))
    products = _products(results, lake=lake, as_of=as_of, versions=versions, scenario=scenario)
    place = _places(results["sku"], products["sku"])
    need, variance, cumulated = _needs(results, place, ahead, products=len(products))
    past = _by_week(lake, "sales", products["sku"], as_of=as_of, versions=versions, weeks=_PAST_WEEKS)
    alone = np.bincount(place, weights=results["week_variance"].to_numpy(), minlength=len(products))
    together = moving_together(alone=alone, weekly=past)[:, None]
    variance, cumulated = variance * together, cumulated * together
    due, first_due = _due(lake, products["sku"], as_of=as_of, versions=versions)
    weeks = plan_weeks(
        products, need=need, cumulated_variance=cumulated, receipts=due, service=scenario.supply_service_quantile
    )
    weeks, line = _within_lines(
        products, weeks, need=need, cumulated=cumulated, due=due, starts_on=starts_on,
        held_a_week=scenario.holding_rate_per_year / 52,
    )  # fmt: skip
    covered, until, more_on = _coverage(products, weeks, need=need, due=due, first_due=first_due, starts_on=starts_on)
    lines = _lines(products, weeks, need=need, variance=variance, due=due, covered=covered, more_on=more_on, line=line)
    scarce = np.flatnonzero(covered < 1)
    results, allocations = share(
        results, lines, place=place, scarce=scarce, until=until, dealers=dealers, bonuses=bonuses, ahead=ahead
    )
    orders = _by_week(lake, "orders", products["sku"], as_of=as_of, versions=versions, weeks=_SWING_WEEKS)
    known = orders.sum() > 0
    sums = {
        "starts_on": starts_on,
        "weeks": WEEKS,
        "products": len(lines),
        "to_order": int((lines["order_now"] > 0).sum()),
        "at_risk": int((lines["shortage_risk"] >= SUPPLY_AT_RISK).sum()),
        "scarce": len(scarce),
        "order_value": float(lines["order_value"].sum()),
        "assumed": [
            name
            for name, lacking in (
                ("supply_stock", ~products["stock_known"]),
                ("supply_days", products["supply_days_assumed"]),
                ("supply_capacity", products["production_line"] == ""),
            )
            if lacking.any()
        ],
        "swing_orders": swing(orders) if known else None,
        "swing_sales": swing(past[:, -_SWING_WEEKS:]) if known else None,
        "swing_plan": swing(need[:, 1:], variance=variance[:, 1:]) if known else None,
    }
    sums["seconds"] = time.perf_counter() - clock
    return Supply(results=results, lines=lines, allocations=allocations, sums=sums)


def write(*, run: Run, supply: Supply) -> None:
    """Store the plan of this run in place of the last one's lines. Call it inside the system's scope."""
    published = _published_before(run)
    SupplyPlan.objects.create(run=run, **supply.sums)
    SupplyLine.objects.all().delete()
    number = pl.lit(run.pk).alias("run_id")
    copy("planning_supplyline", supply.lines.with_columns(number), _LINE_COLUMNS)
    copy("planning_allocation", supply.allocations.with_columns(number), ALLOCATION_COLUMNS)
    if published:
        # Goods that are scarce for another day stay public: what dealers were told does not vanish overnight.
        Allocation.objects.filter(run=run, product_id__in=published).update(published_at=run.started_at)


def bonuses(*, on: dt.date) -> Bonuses:
    """By how much dealers are preferred on a day: by tier, and by what they reached in programmes."""
    tiers = {tier: min(bonus, BONUS_MOST) for tier, bonus in TierPriority.objects.values_list("tier", "bonus")}
    return Bonuses(tiers=tiers, reached=supply_weights(on=on))


def _published_before(run: Run) -> list[int]:
    last = SupplyPlan.objects.exclude(run=run).order_by("-run_id").values_list("run_id", flat=True).first()
    rows = Allocation.objects.filter(run_id=last, published_at__isnull=False)
    return list(rows.values_list("product_id", flat=True).distinct())


def _products(
    results: pl.DataFrame, *, lake: Lake, as_of: dt.date, versions: Mapping[str, int], scenario: Scenario
) -> pl.DataFrame:
    """A row a product that some dealer sells, by code: what lies there, how it is got, what a unit is worth."""
    terms = [
        (t.product_id, t.supply_days, t.lot_minimum, t.lot_multiple, t.production_line, t.use_per_unit)
        for t in catalog.supply_terms()
    ]
    told = pl.DataFrame(
        terms,
        schema={
            "product_id": pl.Int64,
            "supply_days": pl.Int64,
            "lot_minimum": pl.Float64,
            "lot_multiple": pl.Float64,
            "production_line": pl.String,
            "use_per_unit": pl.Float64,
        },
        orient="row",
    )
    costs = pl.DataFrame(
        [(product, float(cost)) for product, cost in catalog.unit_costs().items()],
        schema={"product_id": pl.Int64, "unit_cost": pl.Float64},
        orient="row",
    )
    return (
        results.group_by("sku")
        .agg(
            pl.col("product_id").first(),
            dealers=pl.len(),
            purchase_price=pl.col("purchase_price").mean(),
        )
        .join(told, on="product_id", how="left")
        .join(costs, on="product_id", how="left")
        .join(supply_history.warehouse(lake, as_of=as_of, versions=versions), on="sku", how="left")
        .join(supply_history.unshipped(lake, as_of=as_of, versions=versions), on="sku", how="left")
        .with_columns(
            stock_known=pl.col("on_hand_units").is_not_null(),
            supply_days_assumed=pl.col("supply_days").is_null(),
            on_hand=pl.col("on_hand_units").fill_null(0.0),
            unshipped=pl.col("unshipped_units").fill_null(0.0),
            lead_days=pl.col("supply_days").fill_null(scenario.supply_days),
            lot_minimum_units=pl.col("lot_minimum").fill_null(0.0),
            lot_multiple_units=pl.col("lot_multiple").fill_null(1.0),
            production_line=pl.col("production_line").fill_null(""),
            use_per_unit=pl.col("use_per_unit").fill_null(1.0),
            unit_value=pl.coalesce("unit_cost", "purchase_price"),
        )
        .with_columns(available_units=pl.col("on_hand") - pl.col("unshipped"))
        .sort("sku")
    )


def _places(codes: pl.Series, known: pl.Series) -> NDArray[np.int64]:
    """The row of each code in `known`, whose codes are sorted and hold all of them."""
    return known.search_sorted(codes).to_numpy().astype(np.int64)


def _needs(
    results: pl.DataFrame, place: NDArray[np.int64], ahead: WeeksAhead, *, products: int
) -> tuple[Floats, Floats, Floats]:
    """Expected need, its variance and that of the cumulated need, [products, weeks], of independent dealers."""
    sums = [np.zeros((products, WEEKS)) for _ in range(3)]
    for start in range(0, len(results), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        paths = forward(results[part], ahead)
        for number, values in enumerate((paths.expected, paths.variance, paths.cumulated_variance)):
            sums[number] += by_product(values, product=place[part], products=products)
    return sums[0], sums[1], sums[2]


def _by_week(
    lake: Lake, table: str, skus: pl.Series, *, as_of: dt.date, versions: Mapping[str, int], weeks: int
) -> Floats:
    """Units of each product and past week, [products, weeks]."""
    rows = supply_history.weekly(lake, table, as_of=as_of, versions=versions, weeks=weeks)
    rows = rows.join(skus.to_frame().with_row_index("row"), on="sku")
    out = np.zeros((len(skus), weeks))
    out[rows["row"].to_numpy(), rows["week"].to_numpy()] = rows["units"].to_numpy()
    return out


def _due(
    lake: Lake, skus: pl.Series, *, as_of: dt.date, versions: Mapping[str, int]
) -> tuple[Floats, list[dt.date | None]]:
    """Receipts on their way by week, [products, weeks], and the first day of one after this week, by product."""
    rows = supply_history.due(lake, as_of=as_of, versions=versions).join(
        skus.to_frame().with_row_index("row"), on="sku"
    )
    week = ((rows["due_on"] - as_of).dt.total_days().to_numpy() - 1) // WEEK
    out = np.zeros((len(skus), WEEKS))
    within = week < WEEKS
    np.add.at(out, (rows["row"].to_numpy()[within], week[within]), rows["due_units"].to_numpy()[within])
    first: list[dt.date | None] = [None] * len(skus)
    for row, day, number in zip(rows["row"].to_list(), rows["due_on"].to_list(), week.tolist(), strict=True):
        if number >= 1 and first[row] is None:
            first[row] = day
    return out, first


@dataclass(frozen=True, eq=False)
class _Line:
    """What a product's line does to it: whether it `binds` [products], what is built `ahead` [products, weeks] and the
    `cost` of holding that, and the `load` that the line is asked for, a share of what it can do; 0 where not known.
    """

    binds: NDArray[np.bool_]
    ahead: Floats
    cost: Floats
    load: Floats


def _within_lines(
    products: pl.DataFrame,
    weeks: SupplyWeeks,
    *,
    need: Floats,
    cumulated: Floats,
    due: Floats,
    starts_on: dt.date,
    held_a_week: float,
) -> tuple[SupplyWeeks, _Line]:
    """The plan where production lines carry it, and what a line that cannot make all of it does to its products."""
    names = sorted(set(products["production_line"]) - {""})
    capacity = _capacity(names, starts_on=starts_on)
    line = np.array([names.index(name) if name else -1 for name in products["production_line"]], np.int64)
    use = np.maximum(products["use_per_unit"].to_numpy(), 1e-9)
    value = products["unit_value"].to_numpy()
    found = _Line(np.zeros(len(products), np.bool_), np.zeros_like(need), np.zeros(len(products)), np.zeros_like(need))
    if not names:
        return weeks, found
    lead = -(-products["lead_days"].to_numpy() // WEEK)
    known = products["stock_known"].to_numpy()
    opening = np.where(
        known,
        products["available_units"].to_numpy(),
        weeks.projected[:, 0] + need[:, 0] - due[:, 0] - weeks.planned[:, 0],
    )
    planned, ordered, projected, risk = (
        weeks.planned.copy(),
        weeks.ordered.copy(),
        weeks.projected.copy(),
        weeks.risk.copy(),
    )
    for number in overloaded(planned, use=use, line=line, capacity=capacity):
        rows = np.flatnonzero(line == number)
        planned[rows] = within_capacity(
            opening=opening[rows],
            need=need[rows],
            receipts=due[rows],
            safety=weeks.safety_units[rows],
            lead_weeks=lead[rows],
            value=value[rows],
            use=use[rows],
            minimum=products["lot_minimum_units"].to_numpy()[rows],
            multiple=products["lot_multiple_units"].to_numpy()[rows],
            capacity=capacity[number],
            held_a_week=held_a_week,
        )
        early = built_ahead(
            wanted=weeks.planned[rows],
            made=planned[rows],
            use=use[rows],
            value=value[rows],
            capacity=capacity[number],
            held_a_week=held_a_week,
        )
        found.binds[rows], found.ahead[rows], found.cost[rows], found.load[rows] = (
            True, early.units, early.cost, early.load,
        )  # fmt: skip
        projected[rows] = project(opening=opening[rows], need=need[rows], receipts=due[rows], planned=planned[rows])
        risk[rows] = shortage_risk(projected[rows], np.sqrt(cumulated[rows]))
        for row in rows:
            ordered[row] = 0.0
            ordered[row, : WEEKS - lead[row]] = planned[row, lead[row] :]
    return replace(weeks, planned=planned, ordered=ordered, projected=projected, risk=risk), found


def _capacity(names: Sequence[str], *, starts_on: dt.date) -> Floats:
    """Capacity of each line and week, [lines, weeks]; infinite where none is known."""
    out = np.full((len(names), WEEKS), np.inf)
    place = {name: row for row, name in enumerate(names)}
    # Earliest start first, so a later one replaces it from its week on.
    for told in catalog.capacities():
        if told.production_line in place:
            week = 0 if told.starts_on is None else max(-(-(told.starts_on - starts_on).days // WEEK), 0)
            out[place[told.production_line], week:] = told.a_week
    return out


def _coverage(
    products: pl.DataFrame,
    weeks: SupplyWeeks,
    *,
    need: Floats,
    due: Floats,
    first_due: Sequence[dt.date | None],
    starts_on: dt.date,
) -> tuple[Floats, NDArray[np.int64], list[dt.date | None]]:
    """The share of need that is there until more comes; that week [products]; and the day.

    What is due within the week counts as there: nobody is cut short for goods that come in days.
    """
    receipts = due + weeks.planned
    later = receipts[:, 1:] > 0
    until = np.where(later.any(axis=1), later.argmax(axis=1) + 1, WEEKS).astype(np.int64)
    wanted = np.cumsum(need, axis=1)[np.arange(len(need)), until - 1]
    there = np.maximum(products["available_units"].to_numpy() + receipts[:, 0], 0.0)
    short = products["stock_known"].to_numpy() & (wanted > 0) & (there < wanted)
    covered = np.where(short, there / np.where(wanted > 0, wanted, 1.0), 1.0)
    more_on: list[dt.date | None] = []
    for row, week in enumerate(until.tolist()):
        if week == WEEKS:
            more_on.append(None)
        elif due[row, week] > 0:
            more_on.append(first_due[row])
        else:
            more_on.append(starts_on + dt.timedelta(days=WEEK * week))
    return covered, until, more_on


def _lines(
    products: pl.DataFrame,
    weeks: SupplyWeeks,
    *,
    need: Floats,
    variance: Floats,
    due: Floats,
    covered: Floats,
    more_on: Sequence[dt.date | None],
    line: _Line,
) -> pl.DataFrame:
    lead = np.minimum(-(-products["lead_days"].to_numpy() // WEEK), WEEKS - 1)
    spread = _BAND * np.sqrt(variance)
    order_now = weeks.ordered[:, 0]
    value = products["unit_value"].to_numpy()
    reach = np.arange(WEEKS)[None, :] <= np.maximum(lead - 1, 0)[:, None]
    lists = {
        "need": need,
        "need_low": np.maximum(need - spread, 0.0),
        "need_high": need + spread,
        "due": due,
        "planned": weeks.planned,
        "ordered": weeks.ordered,
        "projected": weeks.projected,
        "risk": weeks.risk,
        "ahead": line.ahead,
        "line_load": line.load,
    }
    return products.select(
        "sku",
        "product_id",
        "dealers",
        "on_hand",
        "unshipped",
        "stock_known",
        "counted_on",
        "supply_days_assumed",
        "production_line",
        "unit_value",
        "available_units",
        supply_days="lead_days",
        lot_minimum="lot_minimum_units",
        lot_multiple="lot_multiple_units",
    ).with_columns(
        pl.Series("capacity_binds", line.binds),
        pl.Series("ahead_total", line.ahead.sum(axis=1)),
        pl.Series("ahead_cost", line.cost),
        pl.Series("safety_stock", weeks.safety_units),
        pl.Series("order_now", order_now),
        pl.Series("order_value", order_now * value),
        pl.Series("need_total", need.sum(axis=1)),
        pl.Series("shortage_risk", np.where(reach, weeks.risk, 0.0).max(axis=1)),
        pl.Series("shortage_risk_later", weeks.risk.max(axis=1)),
        pl.Series("covered", covered),
        pl.Series("more_on", more_on, dtype=pl.Date),
        *(pl.Series(name, np.round(values, 4)).cast(pl.List(pl.Float64)) for name, values in lists.items()),
    )


_LISTS = ("need", "need_low", "need_high", "due", "planned", "ordered", "projected", "risk", "ahead", "line_load")
_LINE_COLUMNS = {
    "run_id": "bigint",
    "product_id": "bigint",
    "dealers": "integer",
    "on_hand": "double precision",
    "unshipped": "double precision",
    "stock_known": "boolean",
    "counted_on": "date",
    "supply_days": "integer",
    "supply_days_assumed": "boolean",
    "lot_minimum": "double precision",
    "lot_multiple": "double precision",
    "production_line": "text",
    "capacity_binds": "boolean",
    "ahead_total": "double precision",
    "ahead_cost": "double precision",
    "unit_value": "double precision",
    "safety_stock": "double precision",
    "order_now": "double precision",
    "order_value": "double precision",
    "need_total": "double precision",
    "shortage_risk": "double precision",
    "shortage_risk_later": "double precision",
    "covered": "double precision",
    "more_on": "date",
    **dict.fromkeys(_LISTS, "double precision[]"),
}
