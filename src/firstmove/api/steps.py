"""Steps of orders: their rules, who waits at them, passing and sending back, and how long orders take."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Query, Router, Schema
from pydantic import ConfigDict, Field

from firstmove.api.auth import access
from firstmove.api.network import own_dealer
from firstmove.api.once import once
from firstmove.api.paging import Page, Paged, paged
from firstmove.api.problems import REFUSALS
from firstmove.api.requests import Id, IdAsked, IdIn, Note
from firstmove.api.trade import OrderOut
from firstmove.domains.network import queries as network
from firstmove.domains.trade import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.paging import Slice
from firstmove.kernel.tenancy import Actor

router = Router(tags=["steps"])
_READERS = access("steps:read", "enterprise")
_DECIDERS = access("steps:write", "enterprise")
_CYCLE_DAYS = 91
Step = Literal["order_review", "finance_review", "release_review", "to_ship"]


class StepRuleOut(Schema):
    """How a step goes. Off: every order passes it by itself. On: `automatic` lets an order pass that keeps the rules
    below; else each waits for somebody of `asked_role` (empty: anybody). `most_deviation` is a share of the list's
    price, `target_days` the working days after which an order is late here.
    """

    step: str
    is_on: bool
    automatic: bool
    within_credit: bool
    in_stock: bool
    most_amount: Decimal | None
    most_deviation: Decimal | None
    target_days: Decimal | None
    asked_role: str
    changed_at: dt.datetime | None
    changed_by: str


class StepRulesOut(Schema):
    items: list[StepRuleOut]


class StepRuleIn(Schema):
    model_config = ConfigDict(extra="forbid")

    is_on: bool
    automatic: bool = True
    within_credit: bool = False
    in_stock: bool = False
    most_amount: Annotated[Decimal, Field(ge=0, le=10**13)] | None = None
    most_deviation: Annotated[Decimal, Field(ge=0, le=9)] | None = None
    target_days: Annotated[Decimal, Field(ge=Decimal("0.01"), le=250)] | None = None
    asked_role: Annotated[str, Field(max_length=20, pattern=r"^[a-z_]*$")] = ""


class WaitingOrderOut(Schema):
    """An order that waits for somebody of `asked_role` (empty: anybody). `held_by`: `credit`, `stock`, `amount`,
    `price`, `by-hand`, `sent-back`. `waited_days` are working days.
    """

    order: OrderOut
    step: str
    since: dt.datetime
    due_at: dt.datetime | None
    is_late: bool
    waited_days: float
    held_by: list[str]
    asked_role: str


class WaitingOrdersOut(Paged):
    items: list[WaitingOrderOut]


class DecisionIn(Schema):
    """`step` is the one at which the order was seen: somebody may have been quicker."""

    model_config = ConfigDict(extra="forbid")

    step: Step
    note: Note = ""


class ReturnIn(DecisionIn):
    """The note says why."""

    note: Note


class PassedOut(Schema):
    """Where the order is now."""

    state: str


class CycleOut(Schema):
    """Working days from the day on which orders were placed to the day of receipt, of those that were received from
    `since` to `until`. `within` of the `agreed` came within what was agreed.

    Without an order, counts are 0 and days empty. Nine of ten orders came within `ninth_decile_days`.
    """

    since: dt.date
    until: dt.date
    orders: int
    median_days: float | None
    ninth_decile_days: float | None
    agreed: int
    within: int


class TargetOut(Schema):
    """Working days that were agreed; without a dealer, with all who agreed nothing else."""

    dealer_id: int | None
    dealer_name: str
    working_days: int


class TargetsOut(Schema):
    items: list[TargetOut]


class TargetIn(Schema):
    """Without a dealer for all; without days nothing is agreed any more."""

    model_config = ConfigDict(extra="forbid")

    dealer_id: IdIn | None = None
    working_days: Annotated[int, Field(ge=1, le=250)] | None


@router.get("/steps", response={200: StepRulesOut, **REFUSALS}, auth=_READERS)
def read_step_rules(request: HttpRequest) -> dict[str, Any]:
    """The four steps before transit, in their order."""
    with tenancy.scope(request.auth):  # type: ignore[attr-defined]
        return {"items": queries.step_rules()}


@router.put("/steps/{step}", response={200: StepRulesOut, **REFUSALS}, auth=_DECIDERS)
def set_step_rule(request: HttpRequest, step: Annotated[Step, Path()], rule: StepRuleIn) -> dict[str, Any]:
    """Set a step's rule, of an administrator's account. Orders that wait already stay until somebody passes them."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    operations.set_step_rule(actor=actor, step=step, now=timezone.now(), **rule.dict())
    return read_step_rules(request)


@router.get("/waiting-orders", response={200: WaitingOrdersOut, **REFUSALS}, auth=_READERS)
def read_waiting_orders(
    request: HttpRequest, page: Query[Page], step: Annotated[Step | None, Query()] = None
) -> dict[str, Any]:
    """Orders that wait for somebody of the enterprise, who waits longest first."""
    now = timezone.now()

    def read(place: Any) -> Slice[dict[str, Any]]:
        found = queries.waiting_slice(now=now, step=step or "", place=place, limit=page.limit)
        return Slice([_waiting(one) for one in found.items], found.last, found.more)

    with tenancy.scope(request.auth):  # type: ignore[attr-defined]
        return paged("waiting-orders", page, read, step=step)


def _waiting(one: queries.WaitingOrder) -> dict[str, Any]:
    told = {name: getattr(one.at, name) for name in WaitingOrderOut.model_fields if hasattr(one.at, name)}
    return told | {"order": one.order, "is_late": one.is_late}


@router.post("/orders/{order_id}/passing", response={200: PassedOut, **REFUSALS}, auth=_DECIDERS)
@once(PassedOut)
def pass_order(request: HttpRequest, order_id: Id, decision: DecisionIn) -> dict[str, str]:
    """Let an order pass the step at which it was seen. What a rule holds wants a note that says why.

    409 `step-passed` where somebody was quicker, `not-held` where it goes on by itself, `over-credit` and
    `credit-blocked` where goods would leave that the dealer's credit does not carry; 422 `note`.
    """
    actor: Actor = request.auth  # type: ignore[attr-defined]
    state = operations.pass_step(
        actor=actor, order_id=order_id, step=decision.step, note=decision.note, now=timezone.now()
    )
    return {"state": state}


@router.post("/orders/{order_id}/return", response={200: PassedOut, **REFUSALS}, auth=_DECIDERS)
@once(PassedOut)
def return_order(request: HttpRequest, order_id: Id, decision: ReturnIn) -> dict[str, str]:
    """Send an order back to the step before that is on. 409 `step-passed`, or `first-step` where there is none."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    state = operations.send_back(
        actor=actor, order_id=order_id, step=decision.step, note=decision.note, now=timezone.now()
    )
    return {"state": state}


@router.get("/order-cycle", response={200: CycleOut, **REFUSALS}, auth=access("orders:read", "dealer", "enterprise"))
def read_order_cycle(
    request: HttpRequest,
    dealer_id: IdAsked = None,
    since: Annotated[dt.date | None, Query(description="Empty: thirteen weeks ago.")] = None,
    until: Annotated[dt.date | None, Query(description="Empty: the business day.")] = None,
) -> dict[str, Any]:
    """How long orders take, against what was agreed: a dealer's own, or of all or one dealer for the enterprise."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        asked = dealer_id if actor.dealer_id is None else own_dealer(actor, dealer_id or actor.dealer_id)
        last = until or network.enterprise(now=timezone.now()).business_on
        first = since or (last - dt.timedelta(days=_CYCLE_DAYS) if last > dt.date(1, 6, 1) else dt.date.min)
        found = queries.order_cycle(since=first, until=last, dealer_id=asked)
        told = {"orders": 0, "median_days": None, "ninth_decile_days": None, "agreed": 0, "within": 0}
        if found is not None:
            told = {name: getattr(found, name) for name in told}
        return told | {"since": first, "until": last}


@router.get("/cycle-targets", response={200: TargetsOut, **REFUSALS}, auth=_READERS)
def read_cycle_targets(request: HttpRequest) -> dict[str, Any]:
    """What was agreed: with all, then with dealers by name."""
    with tenancy.scope(request.auth):  # type: ignore[attr-defined]
        return {"items": queries.cycle_targets()}


@router.put("/cycle-targets", response={200: TargetsOut, **REFUSALS}, auth=_DECIDERS)
def set_cycle_target(request: HttpRequest, target: TargetIn) -> dict[str, Any]:
    """Set what was agreed with a dealer or with all, of an administrator's account."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    operations.set_cycle_target(
        actor=actor, dealer_id=target.dealer_id, working_days=target.working_days, now=timezone.now()
    )
    return read_cycle_targets(request)
