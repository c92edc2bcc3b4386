"""The demo's rebate that ends in a few days, in small steps: what a dealer orders today decides about the next one."""

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firstmove.kernel.tenancy import Actor

DEALER = "D001"
DAYS_LEFT = 4
STEPS = 12


def promise_small_steps(*, now: dt.datetime, keeper: "Actor") -> None:
    """From the first of the month until a few days ahead, steps at every tenth of what its dealer bought in that time.

    The plan that follows looks at them. A month that has just begun is told with the one before it.
    """
    from firstmove.domains.incentives import operations as incentives
    from firstmove.domains.incentives.rules import Rules
    from firstmove.domains.network import queries as network
    from firstmove.domains.trade.queries import bought_lines
    from firstmove.engine.incentives.schedule import Step
    from firstmove.kernel import tenancy

    with tenancy.scope(tenancy.SYSTEM):
        dealer_id = network.dealer_ids_by_code()[DEALER]
        today = network.enterprise(now=now).business_on
        since = (today - dt.timedelta(days=15)).replace(day=1)
        bought = bought_lines(dealer_ids=[dealer_id], since=since, until=today)
    total = sum((line.amount for line in bought), Decimal(0))
    size = max((total / 10000).to_integral_value(), Decimal(1)) * 1000
    first = (total / size).to_integral_value() * size
    rules = Rules(
        cadence="once",
        basis="placed",
        effect="rebate",
        mode="retroactive",
        steps=tuple(
            Step(first + number * size, Decimal("0.01") + Decimal("0.002") * number) for number in range(1, STEPS + 1)
        ),
        from_on=since,
        until_on=today + dt.timedelta(days=DAYS_LEFT),
    )
    incentives.promise(actor=keeper, name="月末冲量返利", rules=rules, now=now)
    incentives.follow_all(now=now)
