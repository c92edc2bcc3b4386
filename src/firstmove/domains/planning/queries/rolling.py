"""Reads of the rolling order plan: one dealer's, all dealers' in sum, and how plans compared with what was ordered."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from firstmove.domains.planning.models import (
    PlanState,
    PlanStep,
    RollingPlan,
    RollingPlanLine,
    RollingPlanVersion,
)
from firstmove.domains.trade import queries as trade

WEEK = dt.timedelta(weeks=1)
# The last word about a week, in the database and for a row at hand.
CURRENT = Coalesce("agreed_amount", "enterprise_amount", "dealer_amount", "system_amount")


def current_amount(line: RollingPlanLine) -> float:
    """What stands: the agreed amount, or the last word, or the system's figure where nobody said anything."""
    for amount in (line.agreed_amount, line.enterprise_amount, line.dealer_amount):
        if amount is not None:
            return amount
    return line.system_amount


def is_closed(line: RollingPlanLine, today: dt.date) -> bool:
    """Over, or agreed and begun: such a week is no longer changed."""
    return line.week_on + WEEK <= today or (line.agreed_amount is not None and line.week_on <= today)


@dataclass(frozen=True)
class PlanView:
    """A dealer's plan. `waits_for`: "dealer", "enterprise" or nobody. Amounts are at purchase prices."""

    dealer_id: int
    dealer_name: str
    state: str
    version: int
    first_week_on: dt.date
    weeks: int
    currency: str
    assumed: tuple[str, ...]
    season_years: int
    rolled_at: dt.datetime
    changed_at: dt.datetime
    changed_by: str
    dealer_note: str
    enterprise_note: str

    @property
    def state_name(self) -> str:
        return str(PlanState(self.state).label)

    @property
    def waits_for(self) -> str:
        return {"proposed": "dealer", "countered": "dealer", "changed": "enterprise"}.get(self.state, "")

    @property
    def last_week_on(self) -> dt.date:
        return self.first_week_on + (self.weeks - 1) * WEEK


@dataclass(frozen=True)
class PlanCell:
    """A category in a week. `amount` stands now; `closed` cells cannot be changed any more."""

    id: int
    category: str
    week_on: dt.date
    amount: float
    system: float
    low: float
    high: float
    units: float
    ahead: float
    holding_cost: float
    last_year: float | None
    dealer: float | None
    enterprise: float | None
    agreed: float | None
    closed: bool

    @property
    def current_units(self) -> float:
        """Units that the amount stands for, at the mix and prices of the system's figure."""
        return self.units * self.amount / self.system if self.system else 0.0


@dataclass(frozen=True)
class PlanCategory:
    """A category over the plan's weeks, in sum."""

    category: str
    amount: float
    system: float
    units: float
    holding_cost: float


@dataclass(frozen=True)
class PlanWeek:
    """A week in sum. `last_year` is empty where orders of then are not known, `ordered` before the week has begun."""

    week_on: dt.date
    amount: float
    system: float
    units: float
    ahead: float
    holding_cost: float
    last_year: float | None
    ordered: float | None


@dataclass(frozen=True)
class PlanStanding:
    """A dealer's plan as the enterprise sees it in a list."""

    plan: PlanView
    amount: float
    system: float
    changed_lines: int

    @property
    def deviation(self) -> float | None:
        return self.amount / self.system - 1 if self.system else None


@dataclass(frozen=True)
class PlanVersionView:
    number: int
    step: str
    step_name: str
    at: dt.datetime
    by: str
    note: str
    amount: float


@dataclass(frozen=True)
class Accuracy:
    """Plans of weeks that are over against what was ordered in them, by weeks planned ahead (0: the week itself).

    `wape` = sum of |plan - ordered| of dealer × category × week over what was ordered; `bias` = sum of plan over
    ordered, less 1. Both empty where nothing was ordered.
    """

    horizon: int
    weeks: int
    planned: float
    ordered: float
    wape: float | None
    bias: float | None


def order_plan(*, dealer_id: int) -> PlanView | None:
    """None before the first roll that knew the dealer."""
    row = RollingPlan.objects.select_related("dealer", "changed_by").filter(dealer_id=dealer_id).first()
    return None if row is None else _plan_view(row)


def _plan_view(row: RollingPlan) -> PlanView:
    return PlanView(
        dealer_id=row.dealer_id,
        dealer_name=row.dealer.name,
        state=row.state,
        version=row.version,
        first_week_on=row.first_week_on,
        weeks=row.weeks,
        currency=row.currency,
        assumed=tuple(row.assumed),
        season_years=row.season_years,
        rolled_at=row.rolled_at,
        changed_at=row.changed_at,
        changed_by=row.changed_by.name if row.changed_by else "",
        dealer_note=row.dealer_note,
        enterprise_note=row.enterprise_note,
    )


def _ahead(plan: PlanView | None = None) -> QuerySet[RollingPlanLine]:
    """Lines of the weeks to come, of one plan or of all."""
    rows = RollingPlanLine.objects.filter(week_on__gte=F("plan__first_week_on"))
    return rows if plan is None else rows.filter(dealer_id=plan.dealer_id)


def plan_cells(*, plan: PlanView, today: dt.date, categories: Collection[str] | None = None) -> list[PlanCell]:
    """Cells of the weeks to come, by category and week."""
    rows = _ahead(plan)
    if categories is not None:
        rows = rows.filter(category__in=list(categories))
    return [_cell(line, today) for line in rows.order_by("category", "week_on")]


def _cell(line: RollingPlanLine, today: dt.date) -> PlanCell:
    return PlanCell(
        id=line.pk,
        category=line.category,
        week_on=line.week_on,
        amount=current_amount(line),
        system=line.system_amount,
        low=line.system_low,
        high=line.system_high,
        units=line.system_units,
        ahead=line.ahead_amount,
        holding_cost=line.holding_cost,
        last_year=line.last_year_amount,
        dealer=line.dealer_amount,
        enterprise=line.enterprise_amount,
        agreed=line.agreed_amount,
        closed=is_closed(line, today),
    )


def plan_categories(
    *, plan: PlanView | None = None, search: str = "", offset: int = 0, limit: int = 50
) -> tuple[list[PlanCategory], int]:
    """Categories of a plan, or of all, the largest first, and how many there are."""
    rows = _ahead(plan)
    if search:
        rows = rows.filter(category__icontains=search)
    sums = (
        rows.values("category")
        .annotate(
            amount=Sum(CURRENT),
            system=Sum("system_amount"),
            units=Sum("system_units"),
            holding=Sum("holding_cost"),
        )
        .order_by("-amount", "category")
    )
    found = [
        PlanCategory(row["category"], row["amount"], row["system"], row["units"], row["holding"])
        for row in sums[offset : offset + limit]
    ]
    return found, rows.values("category").distinct().count()


def plan_weeks(*, today: dt.date, plan: PlanView | None = None, category: str | None = None) -> list[PlanWeek]:
    """Every week that was ever planned, past ones with what was ordered in them, of one dealer or all.

    The last year is empty in a week where no dealer's orders of then are known.
    """
    rows = RollingPlanLine.objects.all() if plan is None else RollingPlanLine.objects.filter(dealer_id=plan.dealer_id)
    if category is not None:
        rows = rows.filter(category=category)
    sums = list(
        rows.values("week_on")
        .annotate(
            amount=Sum(CURRENT),
            system=Sum("system_amount"),
            units=Sum("system_units"),
            ahead=Sum("ahead_amount"),
            holding=Sum("holding_cost"),
            last_year=Sum("last_year_amount"),
        )
        .order_by("week_on")
    )
    if not sums:
        return []
    ordered: dict[dt.date, float] = defaultdict(float)
    for row in trade.by_week(since=sums[0]["week_on"], until=today, dealer_id=None if plan is None else plan.dealer_id):
        if category is None or row.category == category:
            ordered[row.week_on] += row.amount
    return [
        PlanWeek(
            week_on=row["week_on"],
            amount=row["amount"],
            system=row["system"],
            units=row["units"],
            ahead=row["ahead"],
            holding_cost=row["holding"],
            last_year=row["last_year"],
            ordered=ordered.get(row["week_on"], 0.0) if row["week_on"] <= today else None,
        )
        for row in sums
    ]


def plan_standings(*, dealer_ids: Collection[int] | None = None) -> list[PlanStanding]:
    """Every dealer's plan in sum, by dealer name; of the weeks to come."""
    plans = RollingPlan.objects.select_related("dealer", "changed_by").order_by("dealer__name", "id")
    lines = _ahead()
    if dealer_ids is not None:
        plans, lines = plans.filter(dealer_id__in=dealer_ids), lines.filter(dealer_id__in=dealer_ids)
    sums = {
        row["dealer_id"]: row
        for row in lines.values("dealer_id").annotate(
            amount=Sum(CURRENT),
            system=Sum("system_amount"),
            changed=Count("id", filter=Q(dealer_amount__isnull=False, agreed_amount__isnull=True)),
        )
    }
    nothing = {"amount": 0.0, "system": 0.0, "changed": 0}
    return [
        PlanStanding(_plan_view(row), found["amount"], found["system"], found["changed"])
        for row in plans
        for found in (sums.get(row.dealer_id, nothing),)
    ]


def plans_waiting() -> int:
    """How many dealers' changes wait for the enterprise."""
    return RollingPlan.objects.filter(state=PlanState.CHANGED).count()


def plan_versions(*, dealer_id: int, limit: int = 20) -> list[PlanVersionView]:
    """How the plan came to stand as it does, the latest first."""
    rows = RollingPlanVersion.objects.filter(dealer_id=dealer_id).select_related("user").order_by("-number")[:limit]
    return [
        PlanVersionView(
            number=row.number,
            step=row.step,
            step_name=str(PlanStep(row.step).label),
            at=row.at,
            by=row.user.name if row.user else "",
            note=row.note,
            amount=sum(sum(amounts) for amounts in row.figures.values()),
        )
        for row in rows
    ]


def plan_accuracy(*, today: dt.date, dealer_id: int | None = None) -> list[Accuracy]:
    """What was planned for weeks that are over against what was ordered, by how long before it was planned.

    For each week ahead the plan as it stood last before the next roll counts: what was rolled, or what was then said.
    """
    rows = RollingPlanVersion.objects.filter(first_week_on__lt=today)
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    latest = {
        (row["dealer_id"], row["first_week_on"]): row["figures"]
        for row in rows.order_by("number").values("dealer_id", "first_week_on", "figures")
    }
    if not latest:
        return []
    since = min(week for _dealer, week in latest)
    real = {
        (row.dealer_id, row.category, row.week_on): row.amount
        for row in trade.by_week(since=since, until=today, dealer_id=dealer_id)
    }
    planned, ordered, missed = defaultdict(float), defaultdict(float), defaultdict(float)
    weeks: dict[int, set[dt.date]] = defaultdict(set)
    for (dealer, first), figures in latest.items():
        for category, amounts in figures.items():
            for horizon, amount in enumerate(amounts):
                week = first + horizon * WEEK
                if week + WEEK > today:
                    break
                came = real.get((dealer, category, week), 0.0)
                planned[horizon] += amount
                ordered[horizon] += came
                missed[horizon] += abs(amount - came)
                weeks[horizon].add(week)
    return [
        Accuracy(
            horizon=horizon,
            weeks=len(weeks[horizon]),
            planned=planned[horizon],
            ordered=ordered[horizon],
            wape=missed[horizon] / ordered[horizon] if ordered[horizon] else None,
            bias=planned[horizon] / ordered[horizon] - 1 if ordered[horizon] else None,
        )
        for horizon in sorted(weeks)
    ]
