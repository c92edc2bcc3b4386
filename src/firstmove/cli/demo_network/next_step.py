"""The demo's rebate that ends in a few days: a little more than today's order reaches its next step."""

import datetime as dt
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firstmove.kernel.tenancy import Actor

DEALER = "D001"
DAYS_LEFT = 3
# The second step lies so much above what the dealer is expected to have ordered.
BEYOND = Decimal("0.015")


def promise_next_step(*, now: dt.datetime, keeper: "Actor") -> None:
    """For the month so far and the next days, with steps around what its dealer bought and orders today.

    It is promised after the plan, which says what that is, and looked at by `weigh_new`, as on any other day. The month
    before counts where this one has just begun.
    """
    from firstmove.domains.incentives import operations as incentives
    from firstmove.domains.incentives.rules import Rules
    from firstmove.domains.network import queries as network
    from firstmove.domains.planning import operations as planning
    from firstmove.domains.planning import queries
    from firstmove.domains.trade.queries import bought_lines
    from firstmove.engine.incentives.schedule import Step
    from firstmove.kernel import tenancy

    with tenancy.scope(tenancy.SYSTEM):
        dealer_id = network.dealer_ids_by_code()[DEALER]
        today = network.enterprise(now=now).business_on
        since = (today - dt.timedelta(days=15)).replace(day=1)
        bought = bought_lines(dealer_ids=[dealer_id], since=since, until=today)
        proposal = queries.todays_proposal(dealer_id=dealer_id, on=today)
    if proposal is None:
        return
    expected = sum((line.amount for line in bought), Decimal(0)) + proposal.totals.amount
    near = _tens(expected * (1 + BEYOND))
    rules = Rules(
        cadence="once",
        basis="placed",
        effect="rebate",
        mode="retroactive",
        steps=(
            Step(_tens(near / 2), Decimal("0.01")),
            Step(near, Decimal("0.02")),
            Step(_tens(near * 2), Decimal("0.03")),
        ),
        from_on=since,
        until_on=today + dt.timedelta(days=DAYS_LEFT),
    )
    incentives.promise(actor=keeper, name="月末冲量返利", rules=rules, now=now)
    incentives.follow_all(now=now)
    planning.weigh_new(now=now)


def _tens(amount: Decimal) -> Decimal:
    """Rounded up to a multiple of 10, above zero."""
    return max((amount / 10).to_integral_value(ROUND_CEILING), Decimal(1)) * 10
