"""Reads of steps: their rules, the orders that wait at them, and how long orders take. Inside a `tenancy.scope`."""

import datetime as dt
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, QuerySet, Subquery

from firstmove.domains.network.queries import working_days
from firstmove.domains.trade.models import FEED, REVIEWED, CycleTarget, Order, OrderStep, State, StepRule
from firstmove.domains.trade.queries.orders import OrderView, order_view
from firstmove.kernel.paging import Slice, after


@dataclass(frozen=True)
class RuleView:
    """How a step goes; `is_on` false: every order passes it by itself. `most_deviation` is a share of the price."""

    step: str
    is_on: bool = False
    automatic: bool = True
    within_credit: bool = False
    in_stock: bool = False
    most_amount: Decimal | None = None
    most_deviation: Decimal | None = None
    target_days: Decimal | None = None
    asked_role: str = ""
    changed_at: dt.datetime | None = None
    changed_by: str = ""

    @property
    def name(self) -> str:
        return str(State(self.step).label)


_FIELDS = tuple(name for name in RuleView.__dataclass_fields__ if name != "changed_by")


def step_rules() -> list[RuleView]:
    """One for each step before transit, in their order."""
    rows = {row.step: row for row in StepRule.objects.select_related("changed_by")}
    return [
        RuleView(
            **{name: getattr(rows[step], name) for name in _FIELDS},
            changed_by=rows[step].changed_by.name if rows[step].changed_by else "",
        )
        if step in rows
        else RuleView(step=str(step.value))
        for step in REVIEWED
    ]


@dataclass(frozen=True)
class WaitingStep:
    """A step at which an order waits, since when, and by when somebody was to decide; no `due_at`: no target."""

    step_id: int
    order_id: int
    step: str
    since: dt.datetime
    held_by: tuple[str, ...]
    due_at: dt.datetime | None
    asked_role: str
    told: bool
    waited_days: float

    def is_late(self, *, now: dt.datetime) -> bool:
        return self.due_at is not None and now > self.due_at


@dataclass(frozen=True)
class WaitingOrder:
    order: OrderView
    at: WaitingStep
    is_late: bool


def _held(step: str = "") -> QuerySet[OrderStep]:
    """The steps at which orders of dealers stay: the last entry of each order that somebody has to decide about."""
    last = OrderStep.objects.filter(order=OuterRef("order")).order_by("-at", "-id").values("id")[:1]
    rows = OrderStep.objects.filter(
        order__state__in=[step] if step else REVIEWED, order__seller_supplier_id__isnull=True, state=F("order__state")
    )
    return rows.exclude(order__origin_kind=FEED).exclude(held_by=[]).filter(id=Subquery(last))


def _waiting(rows: Iterable[OrderStep], *, now: dt.datetime) -> list[WaitingStep]:
    rows = list(rows)
    if not rows:
        return []
    calendar = working_days()
    rules = {rule.step: rule for rule in StepRule.objects.filter(is_on=True)}
    found = []
    for row in rows:
        rule = rules.get(row.state)
        target = None if rule is None or rule.target_days is None else float(rule.target_days)
        found.append(
            WaitingStep(
                step_id=row.pk,
                order_id=row.order_id,
                step=row.state,
                since=row.at,
                held_by=tuple(row.held_by),
                due_at=None if target is None else calendar.due(since=row.at, days=target),
                asked_role=rule.asked_role if rule else "",
                told=row.late_told_at is not None,
                waited_days=calendar.elapsed(since=row.at, until=now),
            )
        )
    return found


def waiting_orders(*, now: dt.datetime, step: str = "", limit: int = 200) -> list[WaitingOrder]:
    """Orders that wait for somebody of the enterprise: the late ones first, then who waits longest."""
    rows = list(_held(step).select_related("order__buyer_dealer").order_by("at", "id")[:limit])
    found = [
        WaitingOrder(order_view(row.order), at, at.is_late(now=now))
        for row, at in zip(rows, _waiting(rows, now=now), strict=True)
    ]
    return sorted(found, key=lambda one: (not one.is_late, one.at.since, one.order.id))


def waiting_slice(
    *, now: dt.datetime, step: str = "", place: Sequence[Any] | None = None, limit: int = 50
) -> Slice[WaitingOrder]:
    """Orders that wait for somebody of the enterprise behind a place, who waits longest first (see `kernel.paging`)."""
    rows: QuerySet[OrderStep] = _held(step).select_related("order__buyer_dealer")
    found = after(rows, by=("at", "id"), place=place, limit=limit, view=lambda row: row)
    items = [
        WaitingOrder(order_view(row.order), at, at.is_late(now=now))
        for row, at in zip(found.items, _waiting(found.items, now=now), strict=True)
    ]
    return Slice(items, found.last, found.more)


def waiting_counts() -> dict[str, int]:
    """How many orders wait at each step; steps without one are absent."""
    return dict(_held().order_by().values_list("state").annotate(Count("id")))


def waiting_at(*, order_id: int, now: dt.datetime) -> WaitingStep | None:
    """Where an order waits for somebody of the enterprise, if it does."""
    found = _waiting(_held().filter(order_id=order_id), now=now)
    return found[0] if found else None


def late_steps(*, now: dt.datetime) -> list[WaitingStep]:
    """Every step at which an order waits for longer than was agreed."""
    return [at for at in _waiting(_held().order_by("at", "id"), now=now) if at.is_late(now=now)]


@dataclass(frozen=True)
class TargetView:
    """Working days from order to receipt that were agreed; without a dealer, for all who agreed nothing else."""

    dealer_id: int | None
    dealer_name: str
    working_days: int


def cycle_targets() -> list[TargetView]:
    """That of all first, then those of dealers by name."""
    rows = CycleTarget.objects.select_related("dealer").order_by(F("dealer__name").asc(nulls_first=True))
    return [TargetView(row.dealer_id, row.dealer.name if row.dealer else "", row.working_days) for row in rows]


@dataclass(frozen=True)
class OrderCycle:
    """How many working days orders took from the day they were placed to the day they were received.

    `within` of `agreed` orders came within what was agreed; orders of whom nothing was agreed count in `orders` alone.
    """

    orders: int
    median_days: float
    ninth_decile_days: float
    agreed: int
    within: int

    @property
    def share_within(self) -> float | None:
        return self.within / self.agreed if self.agreed else None


def order_cycle(*, since: dt.date, until: dt.date, dealer_id: int | None = None) -> OrderCycle | None:
    """Orders of dealers that were received within those days; None without one.

    The ninth decile is the smallest number of days within which nine orders of ten came.
    """
    rows = Order.objects.filter(state=State.COMPLETE, received_on__range=(since, until), buyer_dealer_id__isnull=False)
    rows = rows.filter(seller_supplier_id__isnull=True)
    if dealer_id is not None:
        rows = rows.filter(buyer_dealer_id=dealer_id)
    columns = rows.order_by().values_list("buyer_dealer_id", "ordered_on", "received_on").annotate(n=Count("id"))
    spans: Sequence[tuple[int, dt.date, dt.date, int]] = list(columns)
    if not spans:
        return None
    calendar, targets = working_days(), {target.dealer_id: target.working_days for target in cycle_targets()}
    counted: dict[tuple[dt.date, dt.date], int] = {}
    days: list[int] = []
    agreed = within = 0
    for dealer, ordered_on, received_on, n in spans:
        span = (ordered_on, received_on)
        if span not in counted:
            counted[span] = calendar.count(since=ordered_on, until=received_on)
        days += [counted[span]] * n
        target = targets.get(dealer, targets.get(None))
        if target is not None:
            agreed += n
            within += n if counted[span] <= target else 0
    days.sort()
    return OrderCycle(
        orders=len(days),
        median_days=statistics.median(days),
        ninth_decile_days=days[math.ceil(0.9 * len(days)) - 1],
        agreed=agreed,
        within=within,
    )
