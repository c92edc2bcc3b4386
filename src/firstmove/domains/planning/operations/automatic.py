"""Automatic ordering: offered where a replay proves that it gains, switched on by the owner alone, stopped by anybody
whom it concerns.
"""

import datetime as dt
import logging
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from firstmove.domains.network import queries as network
from firstmove.domains.planning import queries
from firstmove.domains.planning.models import (
    AttemptOutcome,
    Attention,
    AutomaticAttempt,
    AutomaticOrdering,
    AutomaticPause,
    ClosedBecause,
    Proposal,
    ProposalLine,
    ProposalState,
    Replay,
    ReplayState,
)
from firstmove.domains.planning.operations.decisions import take
from firstmove.domains.planning.operations.replays import request_replay
from firstmove.domains.trade import operations as trade
from firstmove.domains.trade import queries as trade_queries
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed
from firstmove.kernel.tenancy import SYSTEM, Actor

log = logging.getLogger(__name__)

HOURS = range(6, 19)
# How long an automatic order waits before it goes its way, so that the dealer can still cancel it.
CANCEL_HOURS = 3
_UNUSUAL = (Attention.NEW, Attention.UNUSUAL, Attention.LARGE)
_CANCELLED_IN_A_ROW = 2
# A proof is renewed well before it is too old.
_RENEW_DAYS = 28
_PROOF_WEEKS = 52


def switch_on(
    *,
    actor: Actor,
    most_per_order: Decimal,
    most_per_month: Decimal,
    stops_at_unusual: bool,
    at_hour: int,
    now: dt.datetime,
) -> None:
    """The owner's consent that proposals become orders by themselves, within limits. Again: other limits.

    Raises NotAllowed for anybody but the dealer's owner, Invalid for limits that cannot be meant, Conflict where no
    recent replay gains.
    """
    if actor.kind != "dealer" or actor.dealer_id is None:
        raise NotAllowed(_("Only the dealer's owner switches automatic ordering on."))
    if not most_per_order.is_finite() or not Decimal(0) < most_per_order < Decimal(10) ** 12:
        raise Invalid(_("The limit of an order is an amount above zero."), field="most_per_order")
    if not most_per_month.is_finite() or not most_per_order <= most_per_month < Decimal(10) ** 13:
        raise Invalid(_("The limit of a month is at least that of an order."), field="most_per_month")
    if at_hour not in HOURS:
        raise Invalid(_("Choose an hour from 6 to 18."), field="at_hour")
    with tenancy.scope(actor):
        if network.role_of(actor=actor) != "owner":
            raise NotAllowed(_("Only the dealer's owner switches automatic ordering on."))
        on = network.enterprise(now=now).business_on
        gate = queries.gate(dealer_id=actor.dealer_id, on=on)
        if not gate.is_open or gate.replay is None:
            raise Conflict(
                _("Automatic ordering is not offered: no recent replay shows that it gains."),
                _("Replay the last year; where the saving is sure, it can be switched on."),
                code="gate-closed",
            )
        AutomaticOrdering.objects.update_or_create(
            dealer_id=actor.dealer_id,
            defaults={
                "is_on": True,
                "replay_id": gate.replay.id,
                "most_per_order": most_per_order,
                "most_per_month": most_per_month,
                "stops_at_unusual": stops_at_unusual,
                "at_hour": at_hour,
                "changed_at": now,
                "changed_by_id": actor.user_id,
                "closed_because": "",
            },
        )


def switch_off(*, actor: Actor, now: dt.datetime) -> None:
    """The dealer takes its consent back; from this moment nothing more is ordered by itself. Twice is as once."""
    if actor.kind != "dealer":
        raise NotAllowed(_("Only the dealer's owner and buyers decide about orders."))
    with tenancy.scope(actor):
        if network.role_of(actor=actor) not in network.ORDERING_ROLES:
            raise NotAllowed(_("Only the dealer's owner and buyers decide about orders."))
        row = AutomaticOrdering.objects.select_for_update().filter(dealer_id=actor.dealer_id, is_on=True).first()
        if row is not None:
            _close(row, ClosedBecause.OWNER, now=now, user_id=actor.user_id)


def set_pause(*, actor: Actor, paused: bool, now: dt.datetime) -> None:
    """The enterprise stops all automatic ordering, or lets it go on. Raises NotAllowed for anybody else."""
    if actor.kind != "enterprise":
        raise NotAllowed(_("Only the enterprise pauses automatic ordering for all."))
    with tenancy.scope(actor):
        AutomaticPause.objects.update_or_create(
            id=1, defaults={"is_paused": paused, "changed_at": now, "changed_by_id": actor.user_id}
        )


def order_due(*, now: dt.datetime) -> int:
    """Take up this morning's proposals of dealers whose hour has come. Returns how many became orders.

    One that breaks is logged, and the others go on. Nothing happens on an installation that replays a past day, or
    while the enterprise has paused it.
    """
    if not network.is_initialised():
        return 0
    with tenancy.scope(SYSTEM):
        enterprise = network.enterprise(now=now)
        if enterprise.replayed or queries.pause().is_paused:
            return 0
        hour = now.astimezone(ZoneInfo(enterprise.time_zone)).hour
        consenting = AutomaticOrdering.objects.filter(is_on=True, at_hour__lte=hour, dealer__is_active=True)
        due = Proposal.objects.filter(
            dealer_id__in=consenting.values("dealer_id"),
            state=ProposalState.READY,
            for_on=enterprise.business_on,
            automaticattempt__isnull=True,
        )
        ids = list(due.order_by("id").values_list("dealer_id", "id"))
    ordered = 0
    for dealer_id, proposal_id in ids:
        try:
            ordered += attempt(dealer_id=dealer_id, proposal_id=proposal_id, now=now) == AttemptOutcome.ORDERED
        except Exception:
            # What breaks on one dealer's order must not keep the others' from going out; it is tried again next time.
            log.exception("automatic ordering of proposal %s of dealer %s broke", proposal_id, dealer_id)
    return ordered


def attempt(*, dealer_id: int, proposal_id: int, now: dt.datetime) -> str | None:
    """Order a proposal as its dealer agreed, or note why it is left to a person; one transaction.

    None where there is nothing to do any more: consent was taken back, all is paused, somebody decided, or it was
    taken up before. Consent is locked first, then the proposal, as a person locks it who decides: whoever comes second
    sees what the first did.
    """
    with tenancy.scope(SYSTEM):
        consent = AutomaticOrdering.objects.select_for_update().filter(dealer_id=dealer_id, is_on=True).first()
        if consent is None or queries.pause().is_paused:
            return None
        if not _owner_is_there(consent):
            _close(consent, ClosedBecause.OWNER_LEFT, now=now)
            return None
        today = network.enterprise(now=now).business_on
        gate = queries.gate(dealer_id=dealer_id, on=today)
        if not gate.is_open:
            _close(consent, ClosedBecause.OLD_PROOF if gate.why == "old" else ClosedBecause.NO_GAIN, now=now)
            return None
        proposal = Proposal.objects.select_for_update().filter(id=proposal_id, dealer_id=dealer_id).first()
        if proposal is None or proposal.state != ProposalState.READY or proposal.expires_on < today:
            return None
        if AutomaticAttempt.objects.filter(proposal=proposal).exists():
            return None
        outcome, facts, order_id = _carry_out(consent, proposal, today=today, now=now)
        AutomaticAttempt.objects.create(
            dealer_id=dealer_id, proposal=proposal, outcome=outcome, facts=facts, order_id=order_id, at=now
        )
    log.info("automatic ordering of proposal %s: %s", proposal_id, outcome)
    return outcome


def _carry_out(
    consent: AutomaticOrdering, proposal: Proposal, *, today: dt.date, now: dt.datetime
) -> tuple[AttemptOutcome, dict[str, object], int | None]:
    """What becomes of the proposal, what that is about, and the order."""
    amount = queries.totals(proposal_id=proposal.pk).amount
    for_a_person = _left_to_a_person(consent, proposal, amount, today=today)
    if for_a_person is not None:
        return (*for_a_person, None)
    try:
        taken = take(proposal, actor=SYSTEM, today=today, now=now, automatic=True)
    except trade.OverCredit:
        return AttemptOutcome.OVER_CREDIT, {"amount": str(amount)}, None
    except Invalid:
        return AttemptOutcome.EMPTY, {}, None
    if taken.order_id is None:
        return AttemptOutcome.CHANGED, {"lines": len(taken.changes)}, None
    return AttemptOutcome.ORDERED, {"amount": str(amount)}, taken.order_id


def _left_to_a_person(
    consent: AutomaticOrdering, proposal: Proposal, amount: Decimal, *, today: dt.date
) -> tuple[AttemptOutcome, dict[str, object]] | None:
    """The first reason why a person is to decide; None where the limits hold."""
    lines = ProposalLine.objects.filter(proposal=proposal)
    edited = lines.filter(chosen_quantity__isnull=False).count()
    unusual = lines.filter(attention__in=_UNUSUAL).count() if consent.stops_at_unusual else 0
    orders = trade_queries.automatic_orders(dealer_id=proposal.dealer_id, since=today.replace(day=1))
    month = amount + sum((order.amount for order in orders if not order.cancelled), Decimal(0))
    reasons: list[tuple[bool, AttemptOutcome, dict[str, object]]] = [
        (bool(proposal.run.stale), AttemptOutcome.STALE, {}),
        (edited > 0, AttemptOutcome.EDITED, {"lines": edited}),
        (unusual > 0, AttemptOutcome.UNUSUAL, {"lines": unusual}),
        (
            amount > consent.most_per_order,
            AttemptOutcome.OVER_ORDER,
            {"amount": str(amount), "limit": str(consent.most_per_order)},
        ),
        (
            month > consent.most_per_month,
            AttemptOutcome.OVER_MONTH,
            {"amount": str(month), "limit": str(consent.most_per_month)},
        ),
    ]
    return next(((outcome, facts) for holds, outcome, facts in reasons if holds), None)


def release_due(*, now: dt.datetime) -> int:
    """Let automatic orders go whose time for cancelling is over. Returns how many."""
    return trade.release(placed_before=now - dt.timedelta(hours=CANCEL_HOURS), now=now)


def review(*, now: dt.datetime) -> list[int]:
    """Close automatic ordering where it no longer gains, and ask anew for proofs that grow old.

    It closes where the owner who switched it on left, where the latest proof does not gain or is too old, and where the
    dealer cancelled the last two automatic orders. Returns the replays that were asked for.
    """
    if not network.is_initialised():
        return []
    asked = []
    with tenancy.scope(SYSTEM):
        on = network.enterprise(now=now).business_on
        for row in AutomaticOrdering.objects.select_for_update().filter(is_on=True).order_by("id"):
            gate = queries.gate(dealer_id=row.dealer_id, on=on)
            if not _owner_is_there(row):
                _close(row, ClosedBecause.OWNER_LEFT, now=now)
            elif _cancelled_in_a_row(row):
                _close(row, ClosedBecause.CANCELLED, now=now)
            elif not gate.is_open:
                _close(row, ClosedBecause.OLD_PROOF if gate.why == "old" else ClosedBecause.NO_GAIN, now=now)
            elif gate.replay is not None and (on - gate.replay.until).days > _RENEW_DAYS:
                asked.append(row.dealer_id)
        waiting = set(
            Replay.objects.filter(state__in=(ReplayState.WAITING, ReplayState.RUNNING)).values_list(
                "dealer_id", flat=True
            )
        )
    return [
        request_replay(actor=SYSTEM, dealer_id=dealer_id, weeks=_PROOF_WEEKS, now=now)
        for dealer_id in asked
        if dealer_id not in waiting
    ]


def _owner_is_there(row: AutomaticOrdering) -> bool:
    """Whether who gave the consent still is the dealer's owner: it was theirs to give, and ends with them."""
    if row.changed_by_id is None:
        return False
    person = network.active_user(user_id=row.changed_by_id)
    return person is not None and person.dealer_id == row.dealer_id and person.role == "owner"


def _cancelled_in_a_row(row: AutomaticOrdering) -> bool:
    """Whether the last two orders of this consent were cancelled; those of an earlier one were answered by giving it.

    Moments are compared and not days: a consent may be given anew in the hours after an order was cancelled.
    """
    placed = AutomaticAttempt.objects.filter(
        dealer_id=row.dealer_id, outcome=AttemptOutcome.ORDERED, at__gte=row.changed_at
    )
    latest = set(placed.order_by("-id").values_list("order_id", flat=True)[:_CANCELLED_IN_A_ROW])
    orders = trade_queries.automatic_orders(dealer_id=row.dealer_id, limit=_CANCELLED_IN_A_ROW)
    return len(latest) == _CANCELLED_IN_A_ROW and all(order.cancelled and order.id in latest for order in orders)


def _close(row: AutomaticOrdering, because: ClosedBecause, *, now: dt.datetime, user_id: int | None = None) -> None:
    row.is_on, row.closed_because, row.changed_at, row.changed_by_id = False, because, now, user_id
    row.save(update_fields=["is_on", "closed_because", "changed_at", "changed_by"])
