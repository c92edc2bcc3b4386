"""Who changed which price of a list, and when: read from the audit that the database itself writes."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from firstmove.domains.network import queries as network


@dataclass(frozen=True)
class PriceEvent:
    """One change of one price. `act` is "insert", "update" or "delete"; `by` is empty where a file or program did it.

    `before` and `after` are what a unit cost; empty where there was no price before, or is none any more. An update
    that leaves the price as it is changed its last day: `until_before` and `until_after`.
    """

    at: dt.datetime
    by: str
    act: str
    product_id: int
    sku: str
    product_name: str
    unit: str
    from_quantity: int
    valid_from: dt.date | None
    before: Decimal | None
    after: Decimal | None
    until_before: dt.date | None
    until_after: dt.date | None


# What stands in the list now is known by its row; what was taken out, by the list that its last state names.
_EVENTS = """
select e.at, e.user_id, e.action, p.id, p.sku, p.name, p.unit,
  coalesce(r.from_quantity, (e.before->>'from_quantity')::int),
  coalesce(r.valid_from, (e.before->>'valid_from')::date),
  (e.before->>'price')::numeric, (e.after->>'price')::numeric,
  (e.before->>'valid_to')::date, (e.after->>'valid_to')::date
from (
  (select * from kernel_auditevent where table_name = 'catalog_price'
    and row_id in (select id from catalog_price where price_list_id = %(list)s)
    order by at desc, id desc limit %(most)s)
  union all
  (select * from kernel_auditevent where table_name = 'catalog_price' and action = 'delete'
    and (before->>'price_list_id')::bigint = %(list)s order by at desc, id desc limit %(most)s)
) e
left join catalog_price r on r.id = e.row_id
join catalog_product p on p.id = coalesce(r.product_id, (e.before->>'product_id')::bigint)
order by e.at desc, e.id desc limit %(most)s
"""


def price_history(*, price_list_id: int, limit: int = 20) -> list[PriceEvent]:
    """The latest changes of a list's prices, newest first, inside a scope; two statements for any number of them."""
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, {"list": price_list_id, "most": limit})
        rows = cursor.fetchall()
    if not rows:
        return []
    names = {user.id: user.name for user in network.users()}
    return [PriceEvent(at, names.get(user_id, ""), *what) for at, user_id, *what in rows]
