"""Programmes, what they give, and what was settled."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema

from firstmove.api.auth import access
from firstmove.api.network import own_dealer
from firstmove.api.paging import ChangesPage, Paged, paged
from firstmove.api.problems import REFUSALS
from firstmove.api.requests import Id
from firstmove.domains.incentives import queries
from firstmove.domains.incentives.queries import PartView, ProgrammeView, StatementView
from firstmove.domains.network.queries import enterprise
from firstmove.domains.planning import queries as planning
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import Actor

router = Router(tags=["incentives"])
_READERS = access("incentives:read", "dealer", "enterprise")
_Dealer = Annotated[int | None, Query(ge=1, le=2**63 - 1)]


class RebateStepOut(Schema):
    """From `threshold` on: `rate`, a share of what counts, and a fixed `amount`."""

    threshold: Decimal
    rate: Decimal
    amount: Decimal


class ProgrammeOut(Schema):
    """A programme with its latest rules.

    `basis`: placed, received, sell_out or proposals; with `growth`, thresholds are shares over a year before, of
    proposals shares of lines taken. `effect`: rebate, points or priority. `mode`: retroactive, where a rate holds for
    the whole, or marginal. `running` says the days of the period that runs.
    """

    id: int
    name: str
    basis: str
    growth: bool
    effect: str
    mode: str
    cadence: str
    new_within_days: int | None
    categories: list[str]
    product_ids: list[int]
    steps: list[RebateStepOut]
    ended_on: dt.date | None
    starts_on: dt.date | None
    ends_on: dt.date | None


class ProgrammesOut(Schema):
    items: list[ProgrammeOut]


class ParticipationOut(Schema):
    """A dealer in a period that runs: what counts so far, the step that holds (0: none), what it earned and what of it
    is not settled, in the currency or in points; and what the next step takes of the basis."""

    id: int
    programme_id: int
    programme: str
    dealer_id: int
    starts_on: dt.date
    ends_on: dt.date
    basis: Decimal
    step: int
    earned: Decimal
    balance: Decimal
    to_next_step: Decimal | None
    next_step_gains: Decimal | None


class ParticipationsOut(Schema):
    items: list[ParticipationOut]


class PickOut(Schema):
    """More of a product, in its sales unit; `amount` at the price of the latest plan."""

    product_id: int
    units: int
    amount: Decimal


class NextStepOut(Schema):
    """Order `amount` more on `order_on` and gain `gain` by `until_on`, amounts in the currency.

    `silent` is empty, or says why nothing is advised: reached_anyway, not_supported (by sell-out), credit, no_gain,
    too_late, no_money, not_by_ordering, last_step, not_planned. `ordinary` is expected to be ordered anyway, `short` is
    missing after it; where `step` is reached anyway, `beyond` says in the same words why nothing is ordered for the one
    after it, empty where there is none. `net` is the gain less expected `holding` and `overstock`, of which
    `overstock_share`, the share of the price that is lost on what a quarter does not sell, is an assumption.
    """

    part_id: int
    programme: str
    until_on: dt.date
    silent: str
    beyond: str
    step: int
    threshold: Decimal
    distance: Decimal
    order_on: dt.date | None
    ordinary: float
    short: float
    amount: float
    gain: float
    holding: float
    overstock: float
    net: float
    unsold_at_end: float | None
    overstock_share: float
    picks: list[PickOut]


class IncentiveEntryOut(Schema):
    """One amount, added and never changed, with its evidence: an order's line, a product's sell-out of a month, or an
    adjustment. `kind`: counted, changed, step, adjusted or settled. The amounts of a participation sum to its balance.
    """

    id: int
    part_id: int
    dealer_id: int
    programme: str
    kind: str
    on: dt.date
    order_id: int | None
    order_number: str
    line: int | None
    product_id: int | None
    month: dt.date | None
    statement_id: int | None
    basis: Decimal
    amount: Decimal
    step: int
    changed_at: dt.datetime


class EntriesOut(Paged):
    items: list[IncentiveEntryOut]


class IncentiveStatementOut(Schema):
    """What a dealer got for a period, never changed. `credited_at` is empty for points, and until it stands in the
    dealer's account. `dispute_state`: open, answered, settled, or empty."""

    id: int
    number: str
    dealer_id: int
    programme: str
    starts_on: dt.date
    ends_on: dt.date
    effect: str
    amount: Decimal
    made_on: dt.date
    credited_at: dt.datetime | None
    dispute_state: str
    changed_at: dt.datetime

    @staticmethod
    def resolve_programme(view: StatementView) -> str:
        return view.period.name

    @staticmethod
    def resolve_starts_on(view: StatementView) -> dt.date:
        return view.period.starts_on

    @staticmethod
    def resolve_ends_on(view: StatementView) -> dt.date:
        return view.period.ends_on


class StatementsOut(Paged):
    items: list[IncentiveStatementOut]


@router.get("/programmes", response={200: ProgrammesOut, **REFUSALS}, auth=_READERS)
def read_programmes(request: HttpRequest) -> dict[str, Any]:
    """Programmes: the enterprise's all, a dealer's those that it takes part in."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        on = enterprise(now=timezone.now()).business_on
        return {"items": [_programme(one) for one in queries.programmes(on=on)]}


@router.get("/participations", response={200: ParticipationsOut, **REFUSALS}, auth=_READERS)
def read_participations(request: HttpRequest, dealer_id: _Dealer = None) -> dict[str, Any]:
    """Who stands where in the periods that run: a dealer's own, the enterprise's all, or those of one dealer."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        on = enterprise(now=timezone.now()).business_on
        found = queries.parts_running(on=on, dealer_id=_whose(actor, dealer_id))
        return {"items": [_participation(one) for one in found]}


@router.get("/participations/{part_id}/next-step", response={200: NextStepOut, **REFUSALS}, auth=_READERS)
def read_next_step(
    request: HttpRequest,
    part_id: Id,
    amount: Annotated[Decimal | None, Query(gt=0, max_digits=14, decimal_places=2)] = None,
) -> planning.StepAhead:
    """What more orders would gain: what reaches the next step, or what `amount` more than the dealer orders anyway
    would bring. Nothing is advised beyond what sell-out supports; `silent` then says why."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        on = enterprise(now=timezone.now()).business_on
        part = queries.part(part_id=part_id, dealer_id=actor.dealer_id)
        return planning.simulate(part=part, on=on, amount=amount)


@router.get("/entries", response={200: EntriesOut, **REFUSALS}, auth=_READERS)
def read_entries(
    request: HttpRequest,
    page: Query[ChangesPage],
    dealer_id: _Dealer = None,
    programme_id: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> dict[str, Any]:
    """What was earned, amount by amount, with the evidence of each, the first entered first."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        asked = _whose(actor, dealer_id)
        return paged(
            "rebate-entries",
            page,
            lambda place: queries.entry_slice(
                dealer_id=asked,
                programme_id=programme_id,
                since=page.updated_after,
                place=place,
                limit=page.limit,
            ),
            dealer_id=asked,
            programme_id=programme_id,
        )


@router.get("/statements", response={200: StatementsOut, **REFUSALS}, auth=_READERS)
def read_statements(request: HttpRequest, page: Query[ChangesPage], dealer_id: _Dealer = None) -> dict[str, Any]:
    """What was settled, the first made first."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        asked = _whose(actor, dealer_id)
        return paged(
            "rebate-statements",
            page,
            lambda place: queries.statement_slice(
                dealer_id=asked, since=page.updated_after, place=place, limit=page.limit
            ),
            dealer_id=asked,
        )


def _whose(actor: Actor, dealer_id: int | None) -> int | None:
    return dealer_id if actor.dealer_id is None else own_dealer(actor, dealer_id or actor.dealer_id)


def _programme(view: ProgrammeView) -> dict[str, Any]:
    rules = view.rules
    named = ("basis", "growth", "effect", "mode", "cadence", "new_within_days")
    return {
        "id": view.id,
        "name": view.name,
        **{name: getattr(rules, name) for name in named},
        "categories": list(rules.categories),
        "product_ids": list(rules.product_ids),
        "steps": list(rules.steps),
        "ended_on": view.ended_on,
        "starts_on": view.period.starts_on if view.period else None,
        "ends_on": view.period.ends_on if view.period else None,
    }


def _participation(view: PartView) -> dict[str, Any]:
    ahead = view.ahead
    return {
        "id": view.id,
        "programme_id": view.period.programme_id,
        "programme": view.period.name,
        "dealer_id": view.dealer_id,
        "starts_on": view.period.starts_on,
        "ends_on": view.period.ends_on,
        "basis": view.standing.basis,
        "step": view.step,
        "earned": view.earned,
        "balance": view.balance,
        "to_next_step": ahead.distance if ahead else None,
        "next_step_gains": ahead.gain if ahead else None,
    }
