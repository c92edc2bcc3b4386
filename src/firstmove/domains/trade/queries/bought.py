"""What dealers bought, line by line, as what they are given for it counts it."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.db import connection

from firstmove.domains.trade.models import ReturnState, State


@dataclass(frozen=True)
class BoughtLine:
    """A line of an order: `amount` at its held price, tax included, unrounded, net of what never came or went back."""

    dealer_id: int
    order_id: int
    order_number: str
    line: int
    product_id: int
    on: dt.date
    quantity: Decimal
    amount: Decimal
    # Whether the order grew from a proposal.
    proposed: bool


# A complete line is worth what came, less what was counted when it came back; one on its way what was ordered and not
# cancelled. Of a line that was cancelled whole nothing was received, so its receipt says nothing.
_BOUGHT = """
select o.buyer_dealer_id, o.id, o.number, l.number, l.product_id,
  case when %(received)s then coalesce(o.received_on, o.ordered_on) else o.ordered_on end as day,
  q.units, q.units * l.unit_price, o.origin_kind = 'proposal'
from trade_order o
join trade_orderline l on l.order_id = o.id
cross join lateral (select coalesce(sum(coalesce(b.restocked, 0) + coalesce(b.scrapped, 0)), 0) as units
  from trade_returnline b join trade_return t on t.id = b.returned_id
  where b.order_line_id = l.id and t.state = %(returned)s) back
cross join lateral (select l.quantity - l.cancelled_quantity as units) kept
cross join lateral (select case when o.state = %(complete)s
  then greatest(least(coalesce(l.received_quantity, kept.units), kept.units) - back.units, 0)
  else kept.units end as units) q
where o.buyer_dealer_id = any(%(dealers)s) and o.seller_supplier_id is null and o.state <> %(cancelled)s
  and (not %(received)s or o.state = %(complete)s)
  and case when %(received)s then coalesce(o.received_on, o.ordered_on) else o.ordered_on end
    between %(since)s and %(until)s
order by o.buyer_dealer_id, day, o.id, l.number
"""


def bought_lines(
    *, dealer_ids: Collection[int], since: dt.date, until: dt.date, counted: Literal["placed", "received"] = "placed"
) -> list[BoughtLine]:
    """Lines of dealers' orders from the enterprise by the business day of the order, or of the receipt where only what
    was received counts; by dealer, the earliest first. What was cancelled was not bought."""
    with connection.cursor() as cursor:
        cursor.execute(
            _BOUGHT,
            {
                "dealers": sorted(dealer_ids),
                "received": counted == "received",
                "since": since,
                "until": until,
                "complete": str(State.COMPLETE),
                "cancelled": str(State.CANCELLED),
                "returned": str(ReturnState.RECEIVED),
            },
        )
        return [BoughtLine(*row) for row in cursor.fetchall()]
