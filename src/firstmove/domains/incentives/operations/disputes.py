"""A dealer does not agree with a statement: both sides write until the dealer does."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from firstmove.domains.incentives.models import DisputeMessage, DisputeState, RebateDispute, RebateStatement
from firstmove.domains.incentives.operations.rights import may_claim, may_keep, words_of
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, NotFound
from firstmove.kernel.tenancy import Actor

DISPUTED = "incentives.disputed"
_MOST = 2000


def dispute(*, actor: Actor, statement_id: int, words: str, now: dt.datetime) -> int:
    """Object to a statement, with words. Returns the dispute's id; one that was settled opens again.

    Raises NotAllowed for a dealer's staff, NotFound, Invalid without words, Conflict where it is disputed already.
    """
    with tenancy.scope(actor):
        dealer_id = may_claim(actor)
        # The statement is not the dealer's to lock: the constraint of one dispute a statement decides between two.
        statement = RebateStatement.objects.filter(id=statement_id, dealer_id=dealer_id).first()
        if statement is None:
            raise NotFound()
        said = words_of(words, most=_MOST, field="words")
        row, made = RebateDispute.objects.get_or_create(
            statement=statement, defaults={"dealer_id": dealer_id, "opened_at": now}
        )
        if not made and row.state != DisputeState.SETTLED:
            raise Conflict(_("This statement is disputed already."), _("Write your message there."))
        _write(row, said, actor=actor, now=now)
        return row.pk


def answer(*, actor: Actor, dispute_id: int, words: str, now: dt.datetime) -> None:
    """Another message, of the dealer or the enterprise. Raises NotAllowed, NotFound, Invalid, Conflict once agreed."""
    with tenancy.scope(actor):
        row = _locked(actor, dispute_id)
        if row.state == DisputeState.SETTLED:
            raise Conflict(_("This dispute is settled."), _("Open it again on the statement."))
        _write(row, words_of(words, most=_MOST, field="words"), actor=actor, now=now)


def agree(*, actor: Actor, dispute_id: int, now: dt.datetime) -> None:
    """The dealer agrees now; agreeing again changes nothing. Raises NotAllowed for everybody else, NotFound."""
    with tenancy.scope(actor):
        may_claim(actor)
        row = _locked(actor, dispute_id)
        if row.state != DisputeState.SETTLED:
            row.state, row.settled_at = DisputeState.SETTLED, now
            row.save(update_fields=["state", "settled_at"])


def _locked(actor: Actor, dispute_id: int) -> RebateDispute:
    rows = RebateDispute.objects.select_for_update(of=("self",)).select_related("statement").filter(id=dispute_id)
    if actor.kind == "dealer":
        rows = rows.filter(dealer_id=may_claim(actor))
    else:
        may_keep(actor)
    row = rows.first()
    if row is None:
        raise NotFound()
    return row


def _write(row: RebateDispute, words: str, *, actor: Actor, now: dt.datetime) -> None:
    by_dealer = actor.kind == "dealer"
    row.state = DisputeState.OPEN if by_dealer else DisputeState.ANSWERED
    row.settled_at = None
    row.save(update_fields=["state", "settled_at"])
    DisputeMessage.objects.create(
        dispute=row, dealer_id=row.dealer_id, words=words, by_dealer=by_dealer, at=now, user_id=actor.user_id
    )
    outbox.publish(
        topic=DISPUTED,
        dealer_id=row.dealer_id,
        payload={"dispute_id": row.pk, "statement": row.statement.number, "state": row.state, "by_dealer": by_dealer},
    )
