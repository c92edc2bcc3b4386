"""A dealer orders more for the next step of a rebate."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from firstmove.domains.incentives import queries as incentives
from firstmove.domains.network import queries as network
from firstmove.domains.planning import queries
from firstmove.domains.planning.models import ProposalLine, ProposalState, RebateAdvice
from firstmove.domains.planning.operations.decisions import edit_line
from firstmove.domains.trade import operations as trade
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, NotAllowed
from firstmove.kernel.tenancy import Actor


@dataclass(frozen=True)
class Topped:
    """How many products went into today's proposal, and how many into the cart as the proposal does not hold them."""

    in_proposal: int
    in_cart: int


def order_for_step(*, actor: Actor, part_id: int, seen: Decimal, today: dt.date, now: dt.datetime) -> Topped:
    """Put what brings the dealer to the next step into its order: more of the proposal's lines, the rest in the cart.

    `seen` is the amount that the person looked at. Raises NotFound, also for somebody else's; NotAllowed for whoever
    does not order; Conflict where there is nothing to order for it today, where it was done already, or where the
    amount is another one by now.
    """
    with tenancy.scope(actor):
        dealer_id = _may_order(actor)
        part = incentives.part(part_id=part_id, dealer_id=dealer_id)
        ahead = queries.simulate(part=part, on=today)
        if ahead.taken_at is not None:
            raise _taken()
        if not ahead.is_for(today):
            raise Conflict(
                _("There is nothing to order for this step today."), _("Look at your rebates."), code="no-step"
            )
        if round(Decimal(str(ahead.amount)), 2) != seen:
            raise Conflict(
                _("What reaches the step changed since you looked at it."),
                _("Look at it and confirm again. Nothing is ordered yet."),
                code="step-changed",
            )
        rows = ProposalLine.objects.filter(
            proposal__dealer_id=dealer_id, proposal__state=ProposalState.READY, proposal__expires_on__gte=today
        )
        lines = {row.product_id: row for row in rows}
        rest: dict[int, int] = {}
        for pick in ahead.picks:
            line = lines.get(pick.product_id)
            if line is None:
                rest[pick.product_id] = pick.units
                continue
            standing = line.quantity if line.chosen_quantity is None else line.chosen_quantity
            edit_line(
                actor=actor,
                proposal_id=line.proposal_id,
                number=line.number,
                quantity=standing + pick.units,
                today=today,
            )
        if rest:
            trade.add_products(actor=actor, quantities=rest, now=now)
        # Last, as a run locks proposals before advice; whoever clicked at the same time finds it taken.
        open_advice = RebateAdvice.objects.filter(participation_id=part_id, taken_at__isnull=True)
        if not open_advice.update(taken_at=now, taken_by_id=actor.user_id):
            raise _taken()
        return Topped(len(ahead.picks) - len(rest), len(rest))


def _may_order(actor: Actor) -> int:
    """The dealer that the actor orders for. Raises NotAllowed for its staff and for everybody else."""
    if actor.dealer_id is None or network.role_of(actor=actor) not in network.ORDERING_ROLES:
        raise NotAllowed(_("Only the dealer's owner and buyers decide about orders."))
    return actor.dealer_id


def _taken() -> Conflict:
    return Conflict(_("This was put into your order already."), code="step-taken")
