"""What rules would have cost on what dealers did a year before. Call it inside a `tenancy.scope` of the enterprise."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from firstmove.domains.catalog.queries import listings
from firstmove.domains.incentives.calendar import period_around, year_before
from firstmove.domains.incentives.history import amounts
from firstmove.domains.incentives.rules import NOTHING, Rules, Standing, earned_up_to, step_ahead, step_reached
from firstmove.domains.network.queries import currency, dealers
from firstmove.kernel.money import rounded


@dataclass(frozen=True)
class DealerPreview:
    """One dealer: what would have counted, the step that it would have reached (0: none), and what that had earned."""

    dealer_id: int
    name: str
    basis: Decimal
    step: int
    earned: Decimal
    # How much of the basis the next step would still have taken; None where there was none.
    distance: Decimal | None


@dataclass(frozen=True)
class Preview:
    """The days that were looked at, the cost in the currency or in points, and the dealers, who earns most first.

    `reached` says how many dealers would have stood at each step, from 0 (none) on.
    """

    since: dt.date
    until: dt.date
    cost: Decimal
    basis: Decimal
    reached: tuple[int, ...]
    dealers: tuple[DealerPreview, ...]


def preview(*, rules: Rules) -> Preview | None:
    """The same days a year before as the first period of `rules`, by the history of orders or sell-out.

    Goods received are taken as ordered, since history tells both and few differ; None for the use of proposals, of
    which there is no history. Growth is measured against the year before that one.
    """
    if rules.basis == "proposals":
        return None
    first, last = period_around(rules.from_on, cadence=rules.cadence, from_on=rules.from_on, until_on=rules.until_on)
    since, until = year_before(first), year_before(last)
    meant = [
        one for one in dealers(active_only=True) if rules.meant_for(dealer_id=one.id, tier=one.tier, region=one.region)
    ]
    goods, money = listings(), currency()
    asked = {"dealers": [one.code for one in meant], "listings": goods, "currency": money}
    did = amounts(rules, since=since, until=until, **asked)
    bases = amounts(rules, since=year_before(since), until=year_before(until), **asked) if rules.growth else {}
    found = []
    for one in meant:
        basis = did.get(one.code, NOTHING)
        standing = Standing(basis=basis, base=bases.get(one.code, NOTHING) if rules.growth else None)
        ahead = step_ahead(rules, standing)
        earned = rounded(earned_up_to(rules, standing, counted=basis), currency=money)
        found.append(
            DealerPreview(
                one.id, one.name, basis, step_reached(rules, standing), earned, ahead.distance if ahead else None
            )
        )
    steps = Counter(one.step for one in found)
    return Preview(
        since=since,
        until=until,
        cost=sum((one.earned for one in found), NOTHING),
        basis=sum((one.basis for one in found), NOTHING),
        reached=tuple(steps.get(step, 0) for step in range(len(rules.steps) + 1)),
        dealers=tuple(sorted(found, key=lambda one: (-one.earned, -one.basis, one.name))),
    )
