"""A dealer confirms the statement of a month, or disputes it with the enterprise until one of them settles it."""

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from firstmove.domains.network.queries import ORDERING_ROLES, enterprise, role_of
from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.trade.models import CheckState, StatementCheck, StatementMessage
from firstmove.domains.trade.operations import accounts
from firstmove.domains.trade.operations.payments import KEEPERS
from firstmove.domains.trade.queries.accounts import statement
from firstmove.domains.trade.queries.statements import month_ends
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed
from firstmove.kernel.tenancy import Actor

STATEMENT_CONFIRMED, STATEMENT_DISPUTED = "trade.statement_confirmed", "trade.statement_disputed"
_LONGEST = 1000


def confirm_statement(*, actor: Actor, month_on: dt.date, closing: Decimal, now: dt.datetime) -> None:
    """The dealer says that a month which is over closed with `closing`, as it was shown to it.

    Confirming the same balance again changes nothing. Raises NotAllowed, Invalid for a month that is not over or of an
    account that is not open, Conflict where the balance is another by now.
    """
    with tenancy.scope(actor):
        if actor.dealer_id is None:
            raise NotAllowed(_("A statement is confirmed by its dealer."))
        dealer_id = _party(actor, actor.dealer_id)
        accounts.locked(dealer_id)
        first, last = _month(month_on, now=now)
        found = statement(dealer_id=dealer_id, since=first, until=last)
        if found.opened_on is None:
            raise Invalid(_("No payment is known yet"), _("There is nothing to confirm."), code="no-account")
        if found.closing != closing:
            raise Conflict(
                _("The balance of this month is another by now."), _("Look at it again."), code="balance-changed"
            )
        check = _locked_check(dealer_id, first, CheckState.CONFIRMED)
        if check.state == CheckState.CONFIRMED and check.closing == closing:
            return
        check.state, check.closing = CheckState.CONFIRMED, closing
        check.confirmed_at, check.confirmed_by_id = now, actor.user_id
        check.save()
        _tell(STATEMENT_CONFIRMED, check)


def write_about_statement(*, actor: Actor, dealer_id: int, month_on: dt.date, text: str, now: dt.datetime) -> None:
    """The dealer disputes a month, or writes again; the enterprise answers.

    Raises NotAllowed, Invalid without words, with too many, or for a month that has not begun, Conflict where the
    enterprise answers what nobody disputed.
    """
    kept = text.replace("\x00", "").strip()
    if not kept or len(kept) > _LONGEST:
        raise Invalid(_("Write what is meant, in at most %(most)s characters.") % {"most": _LONGEST}, field="text")
    with tenancy.scope(actor):
        dealer_id = _party(actor, dealer_id)
        accounts.locked(dealer_id)
        first, _last = month_ends(month_on)
        if first > enterprise(now=now).business_on:
            raise Invalid(_("This month has not begun."), field="month")
        by_dealer = actor.kind == "dealer"
        if not by_dealer and not StatementCheck.objects.filter(dealer_id=dealer_id, month_on=first).exists():
            raise Conflict(_("The dealer has not disputed this month."), code="not-disputed")
        check = _locked_check(dealer_id, first, CheckState.OPEN)
        check.state = CheckState.OPEN if by_dealer else CheckState.ANSWERED
        check.save()
        StatementMessage.objects.create(
            check_of=check, dealer_id=dealer_id, at=now, user_id=actor.user_id, by_dealer=by_dealer, text=kept
        )
        _tell(STATEMENT_DISPUTED, check, text=kept)


def settle_statement(*, actor: Actor, dealer_id: int, month_on: dt.date) -> None:
    """Either side says that the dispute is over. Repeating changes nothing. Raises NotAllowed, Conflict without one."""
    with tenancy.scope(actor):
        dealer_id = _party(actor, dealer_id)
        accounts.locked(dealer_id)
        first, _last = month_ends(month_on)
        check = StatementCheck.objects.select_for_update().filter(dealer_id=dealer_id, month_on=first).first()
        if check is None or check.state == CheckState.CONFIRMED:
            raise Conflict(_("This month is not disputed."), code="not-disputed")
        if check.state == CheckState.SETTLED:
            return
        check.state = CheckState.SETTLED
        check.save()
        _tell(STATEMENT_DISPUTED, check)


def _month(month_on: dt.date, *, now: dt.datetime) -> tuple[dt.date, dt.date]:
    """First and last day of a month that is over. Raises Invalid for one that is not."""
    first, last = month_ends(month_on)
    if last >= enterprise(now=now).business_on:
        raise Invalid(_("A statement is confirmed when its month is over."), field="month", code="month-not-over")
    return first, last


def _locked_check(dealer_id: int, first: dt.date, state: CheckState) -> StatementCheck:
    StatementCheck.objects.bulk_create(
        [StatementCheck(dealer_id=dealer_id, month_on=first, state=state)], ignore_conflicts=True
    )
    return StatementCheck.objects.select_for_update(of=("self",)).get(dealer_id=dealer_id, month_on=first)


def _party(actor: Actor, dealer_id: int) -> int:
    """Whose statement it is, for who may speak about it. Raises NotAllowed."""
    role = role_of(actor=actor)
    if actor.kind == "dealer" and actor.dealer_id == dealer_id and role in ORDERING_ROLES:
        return dealer_id
    if actor.kind == "enterprise" and role in KEEPERS:
        return dealer_view(dealer_id=dealer_id).id
    raise NotAllowed(_("Only the dealer's owner and buyers, and who keeps accounts, speak about a statement."))


def _tell(topic: str, check: StatementCheck, *, text: str = "") -> None:
    outbox.publish(
        topic=topic,
        dealer_id=check.dealer_id,
        payload={
            "dealer": dealer_view(dealer_id=check.dealer_id).code,
            "month": f"{check.month_on:%Y-%m}",
            "state": check.state,
            "closing": None if check.closing is None else str(check.closing),
            "text": text,
        },
    )
