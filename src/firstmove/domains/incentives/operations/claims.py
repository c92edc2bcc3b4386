"""Something is missing: a dealer claims it, one person of the enterprise asks for it, another approves."""

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from firstmove.domains.incentives.models import (
    Adjustment,
    AdjustmentState,
    ClaimState,
    Effect,
    EntryKind,
    Participation,
    RebateClaim,
    RebateEntry,
)
from firstmove.domains.incentives.operations.rights import may_claim, may_keep, words_of
from firstmove.domains.network.queries import currency, enterprise
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.money import rounded
from firstmove.kernel.tenancy import Actor

CLAIMED = "incentives.claimed"
_MOST = Decimal(10**12)


def claim(*, actor: Actor, part_id: int, amount: Decimal, words: str, evidence: str, now: dt.datetime) -> int:
    """A dealer says what is missing, how much, and what shows it. Returns the claim's id.

    Raises NotAllowed for its staff, NotFound, Invalid for an amount that is none.
    """
    with tenancy.scope(actor):
        dealer_id = may_claim(actor)
        part = _part(part_id, dealer_id)
        row = RebateClaim.objects.create(
            participation=part,
            dealer_id=dealer_id,
            words=words_of(words, most=1000, field="words"),
            evidence=words_of(evidence, most=200, field="evidence"),
            amount=_positive(amount, part),
            made_at=now,
            made_by_id=actor.user_id,
        )
        outbox.publish(
            topic=CLAIMED,
            dealer_id=dealer_id,
            payload={"claim_id": row.pk, "programme": part.programme.name, "amount": str(row.amount)},
        )
        return row.pk


def grant_claim(*, actor: Actor, claim_id: int, amount: Decimal, cause: str, now: dt.datetime) -> int:
    """Ask a second person to approve a claim, whole or in part. Returns the adjustment's id.

    Raises NotAllowed, NotFound, Invalid, Conflict for a claim that was answered or waits for approval.
    """
    with tenancy.scope(actor):
        may_keep(actor)
        row = _open_claim(claim_id)
        return _ask(row.participation, amount, cause, actor=actor, now=now, of_claim=row)


def decline_claim(*, actor: Actor, claim_id: int, answer: str, now: dt.datetime) -> None:
    """Say no, and why. Raises NotAllowed, NotFound, Invalid without words, Conflict for a claim that was answered."""
    with tenancy.scope(actor):
        may_keep(actor)
        row = _open_claim(claim_id)
        _answer(row, ClaimState.DECLINED, words_of(answer, most=1000, field="answer"), actor=actor, now=now)


def ask_adjustment(*, actor: Actor, part_id: int, amount: Decimal, cause: str, now: dt.datetime) -> int:
    """Ask for an amount, above or below zero, that the rules do not give. Returns the adjustment's id.

    Raises NotAllowed, NotFound, Invalid for an amount that is none or no cause.
    """
    with tenancy.scope(actor):
        may_keep(actor)
        return _ask(_part(part_id), amount, cause, actor=actor, now=now)


def decide_adjustment(*, actor: Actor, adjustment_id: int, approved: bool, now: dt.datetime) -> None:
    """A second person approves or declines; approved, it is entered. Raises NotAllowed for the one who asked.

    Raises NotFound, Conflict for one that was decided.
    """
    with tenancy.scope(actor):
        may_keep(actor)
        row = (
            Adjustment.objects.select_for_update(of=("self",))
            .select_related("claim", "participation")
            .filter(id=adjustment_id)
            .first()
        )
        if row is None:
            raise NotFound()
        if row.state != AdjustmentState.ASKED:
            raise Conflict(_("This adjustment was decided already."))
        if actor.user_id is None or row.asked_by_id == actor.user_id:
            raise NotAllowed(_("Who asked for an adjustment does not approve it."), _("Ask somebody else to decide."))
        row.state = AdjustmentState.APPROVED if approved else AdjustmentState.DECLINED
        row.decided_at, row.decided_by_id = now, actor.user_id
        row.save(update_fields=["state", "decided_at", "decided_by"])
        if not approved:
            return
        Participation.objects.select_for_update().get(id=row.participation_id)
        RebateEntry.objects.create(
            participation_id=row.participation_id,
            dealer_id=row.dealer_id,
            kind=EntryKind.ADJUSTED,
            on=enterprise(now=now).business_on,
            adjustment=row,
            amount=row.amount,
        )
        if row.claim is not None:
            _answer(row.claim, ClaimState.GRANTED, row.cause, actor=actor, now=now)


def _part(part_id: int, dealer_id: int | None = None) -> Participation:
    rows = Participation.objects.select_related("programme", "period__version").filter(id=part_id)
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    row = rows.first()
    if row is None:
        raise NotFound()
    if row.period.version.effect == Effect.PRIORITY:
        raise Invalid(_("This programme gives no amounts."), field="amount")
    return row


def _open_claim(claim_id: int) -> RebateClaim:
    rows = RebateClaim.objects.select_for_update(of=("self",)).select_related("participation__period__version")
    row = rows.filter(id=claim_id).first()
    if row is None:
        raise NotFound()
    if row.state != ClaimState.OPEN:
        raise Conflict(_("This claim was answered already."))
    if Adjustment.objects.filter(claim=row, state=AdjustmentState.ASKED).exists():
        raise Conflict(_("This claim waits for a second person."))
    return row


def _answer(row: RebateClaim, state: ClaimState, answer: str, *, actor: Actor, now: dt.datetime) -> None:
    row.state, row.answer = state, answer
    row.answered_at, row.answered_by_id = now, actor.user_id
    row.save(update_fields=["state", "answer", "answered_at", "answered_by"])


def _ask(
    part: Participation,
    amount: Decimal,
    cause: str,
    *,
    actor: Actor,
    now: dt.datetime,
    of_claim: RebateClaim | None = None,
) -> int:
    exact = _exact(amount, part)
    if not exact:
        raise Invalid(_("An adjustment is of an amount above or below zero."), field="amount")
    row = Adjustment.objects.create(
        participation=part,
        dealer_id=part.dealer_id,
        claim=of_claim,
        amount=exact,
        cause=words_of(cause, most=500, field="cause"),
        asked_at=now,
        asked_by_id=actor.user_id,
    )
    return row.pk


def _positive(amount: Decimal, part: Participation) -> Decimal:
    exact = _exact(amount, part)
    if exact <= 0:
        raise Invalid(_("A claim is of an amount above zero."), field="amount")
    return exact


def _exact(amount: Decimal, part: Participation) -> Decimal:
    """The amount in whole units of the currency, or whole points. Raises Invalid."""
    code = currency()
    of_points = part.period.version.effect == Effect.POINTS
    exact = None
    if amount.is_finite() and abs(amount) < _MOST:
        exact = amount.to_integral_value() if of_points else rounded(amount, currency=code)
    if exact is None or exact != amount:
        raise Invalid(
            _("%(amount)s is not a number of points.") % {"amount": amount}
            if of_points
            else _("%(amount)s is not an amount of %(currency)s.") % {"amount": amount, "currency": code},
            field="amount",
        )
    return exact
