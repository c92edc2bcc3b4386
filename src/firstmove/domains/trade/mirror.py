"""Orders that another system took, as its files tell: shown beside our own, changed by its files alone."""

import datetime as dt
from collections.abc import Mapping

import polars as pl
from django.db import connection

from firstmove.domains.catalog.queries import product_ids_by_sku
from firstmove.domains.network.queries import dealer_ids_by_code, enterprise
from firstmove.domains.trade.history import SOURCE
from firstmove.domains.trade.models import FEED, State
from firstmove.domains.trade.operations import accounts
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
from firstmove.lake.scope import LakeScope
from firstmove.lake.store import Lake

SHOWN_DAYS = 180

_LINES = {
    "number": "text",
    "dealer_id": "bigint",
    "line": "integer",
    "product_id": "bigint",
    "quantity": "numeric",
    "price": "numeric",
    "received": "numeric",
    "ordered_on": "date",
    "expected_on": "date",
    "shipped_on": "date",
    "received_on": "date",
}

# An order is one number of one dealer. Prices that the file leaves out count as nothing and are marked.
_ORDERS = """
create temporary table mirrored on commit drop as
select number, dealer_id, min(ordered_on) as ordered_on, max(expected_on) as expected_on,
  min(shipped_on) as shipped_on,
  case when bool_and(coalesce(received, 0) >= quantity) then max(received_on) end as received_on,
  round(sum(quantity * coalesce(price, 0)), 2) as amount, count(*) as lines, bool_or(price is null) as price_missing
from incoming group by number, dealer_id;

insert into trade_order (number, buyer_dealer_id, origin_kind, state, currency, amount, line_count, price_assumed,
  ordered_on, expected_on, due_on, received_on, created_at)
select m.number, m.dealer_id, %(feed)s,
  case when m.received_on is not null then %(complete)s when m.shipped_on is not null then %(in_transit)s
    else %(to_ship)s end,
  %(currency)s, m.amount, m.lines, m.price_missing, m.ordered_on, m.expected_on, m.ordered_on + d.terms_days,
  m.received_on, m.ordered_on::timestamp at time zone %(time_zone)s
from mirrored m join network_dealer d on d.id = m.dealer_id
on conflict (number, buyer_dealer_id, seller_supplier_id) do update
set state = excluded.state, amount = excluded.amount,
  line_count = excluded.line_count, expected_on = excluded.expected_on, received_on = excluded.received_on
where trade_order.origin_kind = %(feed)s and (trade_order.state, trade_order.amount, trade_order.line_count,
  trade_order.expected_on, trade_order.received_on) is distinct from
  (excluded.state, excluded.amount, excluded.line_count, excluded.expected_on, excluded.received_on);

create temporary table changed on commit drop as
select o.id, o.buyer_dealer_id, i.* from incoming i
join trade_order o on o.number = i.number and o.buyer_dealer_id = i.dealer_id and o.origin_kind = %(feed)s
left join trade_orderline l on l.order_id = o.id and l.number = i.line
where l.id is null
  or (l.product_id, l.quantity, coalesce(l.received_quantity, 0)) is distinct from
     (i.product_id, i.quantity, coalesce(i.received, 0));

insert into trade_orderline (order_id, buyer_dealer_id, number, product_id, quantity, unit_price, received_quantity)
select id, buyer_dealer_id, line, product_id, quantity, coalesce(price, 0), received from changed
on conflict (order_id, number) do update set product_id = excluded.product_id, quantity = excluded.quantity,
  unit_price = excluded.unit_price, received_quantity = excluded.received_quantity;

insert into trade_orderstep (order_id, buyer_dealer_id, state, at, automatic)
select o.id, o.buyer_dealer_id, s.state, s.day::timestamp at time zone %(time_zone)s, true
from mirrored m
join trade_order o on o.number = m.number and o.buyer_dealer_id = m.dealer_id and o.origin_kind = %(feed)s
cross join lateral (values (%(order_review)s, m.ordered_on), (%(in_transit)s, m.shipped_on),
  (%(complete)s, m.received_on)) s (state, day)
where s.day is not null
  and not exists (select 1 from trade_orderstep t where t.order_id = o.id and t.state = s.state);
"""


def mirror_orders(*, lake: Lake, versions: Mapping[str, int], until: dt.date, now: dt.datetime) -> int:
    """Bring the orders that other systems took in the last half year up to what their files say; returns how many.

    Repeating it changes nothing. An order's receipt comes with its system's files, so nobody confirms it here.
    """
    if "orders" not in versions:
        return 0
    rows = _lines(lake, versions, since=until - dt.timedelta(days=SHOWN_DAYS), until=until)
    if rows.is_empty():
        return 0
    with tenancy.scope(SYSTEM), connection.cursor() as cursor:
        installation = enterprise(now=now)
        columns = ", ".join(f"{name} {kind}" for name, kind in _LINES.items())
        cursor.execute(f"create temporary table incoming ({columns}) on commit drop")
        with cursor.copy(f"copy incoming ({', '.join(_LINES)}) from stdin (format csv)") as copy:
            copy.write(rows.write_csv(include_header=False).encode())
        dealers = accounts.locked_open()
        states = (State.ORDER_REVIEW, State.TO_SHIP, State.IN_TRANSIT, State.COMPLETE)
        facts = {
            "currency": installation.currency,
            "time_zone": installation.time_zone,
            "feed": FEED,
            **{str(state): str(state) for state in states},
        }
        for statement in _ORDERS.split(";\n\n"):
            cursor.execute(statement, facts)
        # A payment may have come before the order that it names. Each dealer's own names alone: numbers repeat.
        named = accounts.named_by_payments(dealers)
        for dealer_id, numbers in named.items():
            accounts.follow_orders([dealer_id], now=now, named=numbers)
        accounts.follow_orders([dealer_id for dealer_id in dealers if dealer_id not in named], now=now)
        cursor.execute("drop table incoming, mirrored, changed")
    return rows["number"].n_unique()


def _lines(lake: Lake, versions: Mapping[str, int], *, since: dt.date, until: dt.date) -> pl.DataFrame:
    """Order lines with what came of them, columns `_LINES`. Lines of unknown products or dealers are left out."""
    key = ["dealer", "order", "order_line"]
    scope = LakeScope.system()
    ordered = lake.scan(table="orders", scope=scope, since=since, until=until, version=versions["orders"])
    shipped = pl.LazyFrame(schema=dict.fromkeys(key, pl.String)).with_columns(
        shipped_on=pl.lit(None, pl.Date), received_on=pl.lit(None, pl.Date), received=pl.lit(None, pl.Float64)
    )
    if "shipments" in versions:
        arrived = pl.col("received_on") <= until
        shipped = (
            lake.scan(table="shipments", scope=scope, since=since, until=until, version=versions["shipments"])
            .group_by(key)
            .agg(
                pl.col("shipped_on").min(),
                pl.col("received_on").filter(arrived).max(),
                received=pl.col("quantity").filter(arrived).sum(),
            )
        )
    with tenancy.scope(SYSTEM):
        dealers, products = dealer_ids_by_code(), product_ids_by_sku()
    return (
        ordered.filter((pl.col("source") != SOURCE) & (pl.col("quantity") > 0))
        .join(shipped, on=key, how="left")
        .with_columns(
            dealer_id=pl.col("dealer").replace_strict(dealers, default=None, return_dtype=pl.Int64),
            product_id=pl.col("sku").replace_strict(products, default=None, return_dtype=pl.Int64),
            number=pl.col("order"),
        )
        .drop_nulls(["dealer_id", "product_id"])
        .sort("dealer_id", "number", "order_line")
        .with_columns(line=pl.int_range(1, pl.len() + 1).over("dealer_id", "number"))
        .select(*_LINES)
        .collect()
    )
