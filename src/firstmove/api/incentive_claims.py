"""What dealers say is missing or wrong about incentives, and what they are answered."""

import datetime as dt
from decimal import Decimal
from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from firstmove.api.auth import access
from firstmove.api.once import once
from firstmove.api.problems import REFUSALS
from firstmove.api.requests import Id
from firstmove.domains.incentives import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import Actor

router = Router(tags=["incentives"])
_READERS = access("incentives:read", "dealer", "enterprise")
_DEALERS = access("incentives:write", "dealer")
_ENTERPRISE = access("incentives:write", "enterprise")
_BOTH = access("incentives:write", "dealer", "enterprise")
_MOST = 10**12


def _words(most: int) -> object:
    return Field(min_length=1, max_length=most, pattern=r"^[^\x00]*$")


class ClaimOut(Schema):
    """What a dealer says is missing. `state`: open, granted or declined; one that a second person has to approve is
    open still. `amount` is what was claimed, in the currency or in points."""

    id: int
    part_id: int
    programme: str
    dealer_id: int
    dealer_name: str
    words: str
    evidence: str
    amount: Decimal
    effect: str
    state: str
    answer: str
    made_at: dt.datetime


class ClaimsOut(Schema):
    items: list[ClaimOut]


class ClaimIn(Schema):
    """`evidence` says what shows it, such as the number of an order or an invoice."""

    model_config = ConfigDict(extra="forbid")

    amount: Annotated[Decimal, Field(gt=0, lt=_MOST)]
    words: Annotated[str, _words(1000)]
    evidence: Annotated[str, _words(200)]


class GrantIn(Schema):
    """The whole or a part of what was claimed, and why."""

    model_config = ConfigDict(extra="forbid")

    amount: Annotated[Decimal, Field(gt=0, lt=_MOST)]
    cause: Annotated[str, _words(500)]


class ClaimRefusalIn(Schema):
    model_config = ConfigDict(extra="forbid")

    answer: Annotated[str, _words(1000)]


class DisputeMessageOut(Schema):
    words: str
    by_dealer: bool
    by: str
    at: dt.datetime


class DisputeOut(Schema):
    """A dealer's objection to a statement, the earliest message first. `state`: open, answered or settled."""

    id: int
    statement_id: int
    number: str
    programme: str
    dealer_id: int
    dealer_name: str
    state: str
    opened_at: dt.datetime
    messages: list[DisputeMessageOut]


class DisputeMessageIn(Schema):
    model_config = ConfigDict(extra="forbid")

    words: Annotated[str, _words(2000)]


class RedemptionIn(Schema):
    """So many points of a dealer, and for what they went."""

    model_config = ConfigDict(extra="forbid")

    dealer_id: Annotated[int, Field(ge=1, le=2**63 - 1)]
    points: Annotated[int, Field(ge=1, lt=_MOST)]
    words: Annotated[str, _words(300)]


class PointsOut(Schema):
    """The points that a dealer has."""

    dealer_id: int
    points: Decimal


@router.get("/claims", response={200: ClaimsOut, **REFUSALS}, auth=_READERS)
def read_claims(request: HttpRequest, *, open_only: bool = False) -> dict[str, list[queries.ClaimView]]:
    """The latest 200 claims, those that wait first: a dealer's own, the enterprise's all."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        return {"items": queries.claims(dealer_id=actor.dealer_id, open_only=open_only)}


@router.post("/participations/{part_id}/claims", response={201: ClaimOut, **REFUSALS}, auth=_DEALERS)
@once(ClaimOut, status=201, required=True)
def claim(request: HttpRequest, part_id: Id, wanted: ClaimIn) -> queries.ClaimView:
    """Say that something is missing in a programme that the dealer takes part in."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    made = operations.claim(
        actor=actor,
        part_id=part_id,
        amount=wanted.amount,
        words=wanted.words,
        evidence=wanted.evidence,
        now=timezone.now(),
    )
    return _claim(actor, made)


@router.post("/claims/{rebate_claim_id}/grant", response={200: ClaimOut, **REFUSALS}, auth=_ENTERPRISE)
@once(ClaimOut)
def grant_claim(request: HttpRequest, rebate_claim_id: Id, grant: GrantIn) -> queries.ClaimView:
    """Ask for a claim's adjustment: a second person approves it on the page of approvals (409 where it waits there)."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    operations.grant_claim(
        actor=actor, claim_id=rebate_claim_id, amount=grant.amount, cause=grant.cause, now=timezone.now()
    )
    return _claim(actor, rebate_claim_id)


@router.post("/claims/{rebate_claim_id}/decline", response={200: ClaimOut, **REFUSALS}, auth=_ENTERPRISE)
@once(ClaimOut)
def decline_claim(request: HttpRequest, rebate_claim_id: Id, refusal: ClaimRefusalIn) -> queries.ClaimView:
    """Say no, and why."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    operations.decline_claim(actor=actor, claim_id=rebate_claim_id, answer=refusal.answer, now=timezone.now())
    return _claim(actor, rebate_claim_id)


@router.post("/statements/{rebate_statement_id}/dispute", response={201: DisputeOut, **REFUSALS}, auth=_DEALERS)
@once(DisputeOut, status=201, required=True)
def dispute(request: HttpRequest, rebate_statement_id: Id, message: DisputeMessageIn) -> queries.DisputeView:
    """Object to a statement; one whose dispute was settled is open again (409 where it is disputed already)."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    made = operations.dispute(actor=actor, statement_id=rebate_statement_id, words=message.words, now=timezone.now())
    return _dispute(actor, made)


@router.get("/disputes/{rebate_dispute_id}", response={200: DisputeOut, **REFUSALS}, auth=_READERS)
def read_dispute(request: HttpRequest, rebate_dispute_id: Id) -> queries.DisputeView:
    """A dispute with all that was written."""
    return _dispute(request.auth, rebate_dispute_id)  # type: ignore[attr-defined]


@router.post("/disputes/{rebate_dispute_id}/messages", response={201: DisputeOut, **REFUSALS}, auth=_BOTH)
@once(DisputeOut, status=201, required=True)
def answer_dispute(request: HttpRequest, rebate_dispute_id: Id, message: DisputeMessageIn) -> queries.DisputeView:
    """Another message of the dealer or the enterprise, until the dealer agrees."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    operations.answer(actor=actor, dispute_id=rebate_dispute_id, words=message.words, now=timezone.now())
    return _dispute(actor, rebate_dispute_id)


@router.post("/disputes/{rebate_dispute_id}/agreement", response={200: DisputeOut, **REFUSALS}, auth=_DEALERS)
@once(DisputeOut)
def agree(request: HttpRequest, rebate_dispute_id: Id) -> queries.DisputeView:
    """The dealer agrees to the statement; agreeing again changes nothing."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    operations.agree(actor=actor, dispute_id=rebate_dispute_id, now=timezone.now())
    return _dispute(actor, rebate_dispute_id)


@router.post("/redemptions", response={201: PointsOut, **REFUSALS}, auth=_ENTERPRISE)
@once(PointsOut, status=201, required=True)
def redeem(request: HttpRequest, redemption: RedemptionIn) -> dict[str, object]:
    """A dealer got something for points (409 where it has fewer); answers what it has left."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    operations.redeem(
        actor=actor,
        dealer_id=redemption.dealer_id,
        amount=redemption.points,
        words=redemption.words,
        now=timezone.now(),
    )
    with tenancy.scope(actor):
        return {"dealer_id": redemption.dealer_id, "points": queries.points(dealer_id=redemption.dealer_id)}


def _claim(actor: Actor, claim_id: int) -> queries.ClaimView:
    with tenancy.scope(actor):
        return queries.claim(claim_id=claim_id, dealer_id=actor.dealer_id)


def _dispute(actor: Actor, dispute_id: int) -> queries.DisputeView:
    with tenancy.scope(actor):
        return queries.dispute(dispute_id=dispute_id, dealer_id=actor.dealer_id)
