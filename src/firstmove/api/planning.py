"""Proposals and planning runs."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from pydantic import ConfigDict, Field

from firstmove.api.auth import access
from firstmove.api.catalog import which_dealer
from firstmove.api.once import once
from firstmove.api.paging import Page, Paged, paged
from firstmove.api.problems import REFUSALS
from firstmove.api.requests import Id
from firstmove.domains.network import queries as network
from firstmove.domains.planning import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, NotFound
from firstmove.kernel.tenancy import Actor

router = Router(tags=["planning"])
_READERS = access("proposals:read", "dealer", "enterprise")
_DECIDERS = access("proposals:write", "dealer")
_PLANNERS = access("plan:write", "dealer", "enterprise")


class TotalsOut(Schema):
    """Of the order as it now stands, in the proposal's currency. The range holds four of five outcomes."""

    lines: int
    quantity: int
    amount: Decimal
    profit: float
    profit_low: float
    profit_high: float
    runs_out: int


class LineOut(Schema):
    """One advice. Quantities are in the product's sales unit; `reason` and `attention` are codes.

    `quantity` would be ordered now, `proposed_quantity` is what was advised, `wished_quantity` what the line alone
    would order, before the terms of the whole order, of which `cause` changed it. Covers are in days, and empty where
    nothing sells. `stockout_probability`, `lost_units_if_skipped` and the profit are of skipping the line until the
    next order day, against ordering it now.
    """

    number: int
    product_id: int
    sku: str
    product_name: str
    category: str
    unit: str
    pack: int
    quantity: int
    proposed_quantity: int
    wished_quantity: int | None
    cause: str
    order_multiple: int
    order_minimum: int
    unit_price: Decimal
    price_assumed: bool
    amount: Decimal
    on_hand: float
    in_transit: float
    rate_per_day: float
    rate_recent_per_day: float
    level: float
    safety_stock: float
    cover_before_days: float | None
    cover_after_days: float | None
    stockout_probability: float
    lost_units_if_skipped: float
    profit: float
    profit_low: float
    profit_high: float
    reason: str
    attention: str
    decision: str
    decided_quantity: int | None


class TermsOut(Schema):
    """What was agreed on the order, empty where nothing was, and what it changed: `bound` are codes.

    `more_amount` more money would earn about `more_profit`. Costs are in expected profit.
    """

    bound: list[str]
    least_amount: float | None
    least_kg: float | None
    budget: float | None
    credit_left: float | None
    carrier: str
    carrier_pallets: float | None
    carrier_kg: float | None
    carrier_cost: float | None
    next_order_on: dt.date | None
    amount_wished: float
    more_amount: float
    more_profit: float
    top_up_cost: float | None
    wait_cost: float | None
    left_out_count: int


class ProposalHeadOut(Schema):
    """A proposal in a list: an order ready to confirm, or what became of it."""

    id: int
    dealer_id: int
    state: str
    as_of: dt.date
    for_on: dt.date
    expires_on: dt.date
    expected_on: dt.date
    currency: str
    decided_at: dt.datetime | None
    reject_cause: str
    order_id: int | None
    totals: TotalsOut


class ProposalOut(Schema):
    """An order ready to confirm, or what became of it. `assumed`: the inputs that no feed gave."""

    id: int
    dealer_id: int
    state: str
    as_of: dt.date
    for_on: dt.date
    expires_on: dt.date
    expected_on: dt.date
    review_days: int
    assumed: list[str]
    assumptions: dict[str, Any]
    currency: str
    decided_at: dt.datetime | None
    reject_cause: str
    order_id: int | None
    terms: TermsOut
    totals: TotalsOut
    lines: list[LineOut]


class ConfirmationOut(Schema):
    """The order that was made."""

    order_id: int
    order_number: str


class RunOut(Schema):
    """A planning run. `versions` are those of the lake's tables that it read, `stale` the feeds that were late."""

    id: int
    as_of: dt.date
    state: str
    assumed: list[str]
    scenario: dict[str, Any]
    versions: dict[str, int]
    stale: list[str]
    dealers: int
    pairs: int
    lines: int
    quantity: Decimal
    amount: Decimal
    seconds: float
    error: str
    started_at: dt.datetime
    finished_at: dt.datetime | None


class RunsOut(Paged):
    items: list[RunOut]


class ProposalsOut(Paged):
    items: list[ProposalHeadOut]


class QuantityIn(Schema):
    """What to order of a line instead; 0 leaves it out."""

    model_config = ConfigDict(extra="forbid")

    quantity: Annotated[int, Field(ge=0, le=1_000_000)]


class RejectionIn(Schema):
    """Why there is no order: `too_much`, `wrong_time`, `no_cash`, `no_room`, `bad_data` or `other`."""

    model_config = ConfigDict(extra="forbid")

    cause: Literal["too_much", "wrong_time", "no_cash", "no_room", "bad_data", "other"]


@router.get("/proposals/today", response={200: ProposalOut, **REFUSALS}, auth=access("proposals:read", "dealer"))
def read_todays_proposal(request: HttpRequest) -> dict[str, Any]:
    """The dealer's order of the business day: ready to confirm, or as it was decided."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        assert actor.dealer_id is not None  # noqa: S101 (a dealer's actor names its dealer)
        today = network.enterprise(now=timezone.now()).business_on
        found = queries.todays_proposal(dealer_id=actor.dealer_id, on=today)
        if found is None:
            raise NotFound(_("There is no order to confirm today."), code="no-proposal")
        return _with_lines(found)


@router.get("/proposals", response={200: ProposalsOut, **REFUSALS}, auth=_READERS)
def read_proposals(request: HttpRequest, page: Query[Page]) -> dict[str, Any]:
    """Proposals, the latest morning first: a dealer's own, or of the whole network."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        return paged(
            "proposals",
            page,
            lambda place: queries.proposal_slice(dealer_id=actor.dealer_id, place=place, limit=page.limit),
        )


@router.get("/proposals/{proposal_id}", response={200: ProposalOut, **REFUSALS}, auth=_READERS)
def read_proposal(request: HttpRequest, proposal_id: Id) -> dict[str, Any]:
    """A proposal with all its lines, the largest amount first."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        return _with_lines(queries.proposal(proposal_id=proposal_id, dealer_id=actor.dealer_id))


def _with_lines(proposal: queries.ProposalView) -> dict[str, Any]:
    shown = {name: getattr(proposal, name) for name in ProposalOut.model_fields if name != "lines"}
    return shown | {"lines": queries.lines(proposal_id=proposal.id)}


@router.put("/proposals/{proposal_id}/lines/{number}/quantity", response={200: LineOut, **REFUSALS}, auth=_DECIDERS)
def change_line(
    request: HttpRequest, proposal_id: Id, number: Annotated[int, Path(ge=1, le=100_000)], change: QuantityIn
) -> queries.LineView:
    """Order another quantity of a line; it is rounded up to minimum and multiple, and the answer says to what."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    today = network.enterprise(now=timezone.now()).business_on
    return operations.edit_line(
        actor=actor, proposal_id=proposal_id, number=number, quantity=change.quantity, today=today
    )


@router.post("/proposals/{proposal_id}/rejection", response={200: ProposalHeadOut, **REFUSALS}, auth=_DECIDERS)
@once(ProposalHeadOut)
def reject_proposal(request: HttpRequest, proposal_id: Id, rejection: RejectionIn) -> queries.ProposalView:
    """No order today, and why."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    operations.reject(actor=actor, proposal_id=proposal_id, cause=rejection.cause, now=timezone.now())
    with tenancy.scope(actor):
        return queries.proposal(proposal_id=proposal_id, dealer_id=actor.dealer_id)


@router.post("/proposals/{proposal_id}/confirmation", response={200: ConfirmationOut, **REFUSALS}, auth=_DECIDERS)
@once(ConfirmationOut)
def confirm_proposal(request: HttpRequest, proposal_id: Id) -> dict[str, Any]:
    """Make the order. Repeating it answers with the same order.

    Where a price, the listing or the stock changed meanwhile, nothing is ordered: 409 `proposal-changed` names the
    `changes`, the proposal is brought up to date, and a second confirmation orders it so.
    """
    actor: Actor = request.auth  # type: ignore[attr-defined]
    done = operations.accept(actor=actor, proposal_id=proposal_id, now=timezone.now())
    if done.order_id is None:
        raise Conflict(
            _("The proposal changed since it was made."),
            _("Look at the changes and confirm again."),
            code="proposal-changed",
            changes=[
                {"line": change.number, "kind": change.kind, "before": change.before, "after": change.after}
                for change in done.changes
            ],
        )
    return {"order_id": done.order_id, "order_number": done.order_number}


class OutcomeOut(Schema):
    """An advice whose time is over, and what came. Profits are worked out by the valuation that made the advice.

    `answer` and `verdict` are codes; `counts`: of several mornings of one order cycle this advice stands for all.
    `out_days` and `lost_units` are empty where stock is not counted, `week_place` (-1, 0, 1) where nobody can judge.
    """

    dealer_id: int
    sku: str
    for_on: dt.date
    due_on: dt.date
    answer: str
    verdict: str
    counts: bool
    advised: int
    ordered: float
    received: float
    sold: float
    out_days: float | None
    lost_units: float | None
    week_low: float | None
    week_high: float | None
    sold_week: float
    week_place: int | None
    said_profit: float
    said_low: float
    said_high: float
    advised_profit: float
    ordered_profit: float


class OutcomesOut(Paged):
    items: list[OutcomeOut]


@router.get("/outcomes", response={200: OutcomesOut, **REFUSALS}, auth=_READERS)
def read_outcomes(request: HttpRequest, page: Query[Page]) -> dict[str, Any]:
    """What came of advice, the latest mornings first: a dealer's own, or of the whole network."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        return paged(
            "outcomes",
            page,
            lambda place: queries.outcome_slice(dealer_id=actor.dealer_id, place=place, limit=page.limit),
        )


@router.get("/runs", response={200: RunsOut, **REFUSALS}, auth=access("plan:read", "enterprise"))
def read_runs(request: HttpRequest, page: Query[Page]) -> dict[str, Any]:
    """Planning runs, the latest first."""
    with tenancy.scope(request.auth):  # type: ignore[attr-defined]
        return paged("runs", page, lambda place: queries.run_slice(place=place, limit=page.limit))


@router.get("/runs/{run_id}", response={200: RunOut, **REFUSALS}, auth=access("plan:read", "enterprise"))
def read_run(request: HttpRequest, run_id: Id) -> queries.RunView:
    """A planning run."""
    with tenancy.scope(request.auth):  # type: ignore[attr-defined]
        return queries.run(run_id=run_id)


class ShareOut(Schema):
    """What a dealer gets of something scarce until `more_on`, and the numbers that explain it, in sales units.

    `granted` is the most that it can order, of `wanted`; `covered` is the share of its need that stock and this order
    meet. `available` is for all dealers, who need `needed`.
    """

    product_id: int
    sku: str
    product_name: str
    unit: str
    wanted: float
    granted: float
    covered: float
    available: float
    needed: float
    more_on: dt.date | None
    published_at: dt.datetime


class SharesOut(Paged):
    dealer_id: int
    items: list[ShareOut]


@router.get("/shares", response={200: SharesOut, **REFUSALS}, auth=_READERS)
def read_shares(
    request: HttpRequest, page: Query[Page], dealer_id: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None
) -> dict[str, Any]:
    """What a dealer was told it gets of scarce products: no order of more is taken. The enterprise names the dealer."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        asked = which_dealer(actor, dealer_id)
        network.dealer(dealer_id=asked)
        return {"dealer_id": asked} | paged(
            "shares",
            page,
            lambda place: queries.allocation_slice(dealer_id=asked, place=place, limit=page.limit),
            dealer_id=asked,
        )


class PlanCellOut(Schema):
    """A category in a week, known by `id`. `amount` stands now; `low` to `high` holds four of five outcomes of the
    system's figure. `ahead` is ordered ahead of a season by the end of that week, and `holding_cost` what that costs in
    the week. A `closed` week cannot be changed. Amounts are at purchase prices.
    """

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


class OrderPlanOut(Schema):
    """A dealer's order plan of the weeks to come. `state` is a code; `assumed`: the inputs that no feed gave.

    `waits_for` says whose word is next, empty where it is agreed. A change names the `version` that it was made on.
    """

    dealer_id: int
    state: str
    waits_for: str
    version: int
    first_week_on: dt.date
    weeks: int
    currency: str
    assumed: list[str]
    changed_at: dt.datetime
    cells: list[PlanCellOut]


@router.get("/order-plan", response={200: OrderPlanOut, **REFUSALS}, auth=access("plan:read", "dealer", "enterprise"))
def read_order_plan(
    request: HttpRequest, dealer_id: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None
) -> dict[str, Any]:
    """A dealer's plan by category and week. The enterprise names the dealer."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        plan = queries.order_plan(dealer_id=which_dealer(actor, dealer_id))
        if plan is None:
            raise NotFound(_("This dealer has no order plan yet."), code="no-plan")
        today = network.enterprise(now=timezone.now()).business_on
        head = {name: getattr(plan, name) for name in OrderPlanOut.model_fields if name != "cells"}
        return head | {"cells": queries.plan_cells(plan=plan, today=today)}


class PlanAgreementIn(Schema):
    """The enterprise names the dealer; `version` is that of the plan as it was read."""

    dealer_id: int | None = Field(None, ge=1, le=2**63 - 1)
    version: int = Field(ge=0, le=2**31 - 1)
    # The database keeps no zero character.
    note: str = Field("", max_length=500, pattern=r"^[^\x00]*$")


class PlanFigureIn(Schema):
    """Another amount for a cell, by its id."""

    id: int = Field(ge=1, le=2**63 - 1)
    amount: float


class PlanChangesIn(PlanAgreementIn):
    figures: list[PlanFigureIn] = Field(min_length=1, max_length=2000)


class PlanVersionOut(Schema):
    """The version after it: the next change is made on this one."""

    version: int


@router.post("/order-plan/changes", response={200: PlanVersionOut, **REFUSALS}, auth=_PLANNERS)
@once(PlanVersionOut)
def change_order_plan(request: HttpRequest, change: PlanChangesIn) -> dict[str, int]:
    """Propose other amounts; the other side answers. 409 `plan-changed` where the version is not the latest."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    version = operations.change_plan(
        actor=actor,
        dealer_id=which_dealer(actor, change.dealer_id),
        version=change.version,
        figures={figure.id: figure.amount for figure in change.figures},
        note=change.note,
        now=timezone.now(),
    )
    return {"version": version}


@router.post("/order-plan/agreement", response={200: PlanVersionOut, **REFUSALS}, auth=_PLANNERS)
@once(PlanVersionOut)
def agree_order_plan(request: HttpRequest, agreement: PlanAgreementIn) -> dict[str, int]:
    """Agree to every figure as it stands. 409 `not-your-turn` where the last word was your own."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    version = operations.agree_plan(
        actor=actor,
        dealer_id=which_dealer(actor, agreement.dealer_id),
        version=agreement.version,
        note=agreement.note,
        now=timezone.now(),
    )
    return {"version": version}
