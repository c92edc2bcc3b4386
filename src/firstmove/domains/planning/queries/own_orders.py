"""What a plan knows that an order by the dealer's own hand needs too. Call it inside a `tenancy.scope`."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from firstmove.domains.network import queries as network
from firstmove.domains.planning.dealer_terms import order_days
from firstmove.domains.planning.models import DealerLeadTime
from firstmove.domains.planning.public_days import public_holidays
from firstmove.domains.planning.queries.record import assumptions
from firstmove.domains.planning.queries.supply import shares_of_dealer
from firstmove.domains.trade import queries as trade
from firstmove.engine.inventory.order_days import arrival


@dataclass(frozen=True)
class OwnOrder:
    """`terms` price and bound a cart as proposals are; `arrives_on` is None before a plan knows lead times."""

    terms: trade.Terms
    arrives_on: dt.date | None
    arrival_assumed: bool


def own_order(*, dealer_id: int, on: dt.date) -> OwnOrder:
    """For an order that is placed on a day: the assumed margin, shares of scarce goods, the day on which it comes."""
    margin = assumptions(dealer_id=dealer_id).scenario.get("dealer_margin")
    arrives_on, assumed = arrival_of(dealer_id=dealer_id, on=on)
    return OwnOrder(
        terms=trade.Terms(
            margin=None if margin is None else Decimal(str(margin)),
            shares=shares_of_dealer(dealer_id=dealer_id),
        ),
        arrives_on=arrives_on,
        arrival_assumed=assumed,
    )


def arrival_of(*, dealer_id: int, on: dt.date) -> tuple[dt.date | None, bool]:
    """When an order of a day comes, None before a plan knows lead times, and whether that is assumed.

    By the dealer's delivery days where they are known, else by those that history tells, as plans reckon.
    """
    lead = DealerLeadTime.objects.filter(dealer_id=dealer_id).first()
    if lead is None:
        return None, False
    dealer = network.dealer(dealer_id=dealer_id)
    if dealer.order_weekdays or dealer.delivery_weekdays:
        holidays = public_holidays(around=on, country=network.country())
        days = order_days(dealer.order_weekdays, dealer.delivery_weekdays, holidays)
        return arrival(days, on, max(lead.median, 1)), lead.source == "assumed"
    day = on + dt.timedelta(days=lead.median)
    while lead.weekdays and day.weekday() not in lead.weekdays:
        day += dt.timedelta(days=1)
    return day, lead.source == "assumed"
