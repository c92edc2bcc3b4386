"""Years of orders at once, straight into the tables: three years, few dealers with many, few articles in most."""

import json
import sys
import time

from benchmarks.ordering.world import DEALERS, PRODUCTS, superuser

# Rank r of n by a share u between 0 and 1: exp(u ln n) is spread as a Zipf law is.
_ORDERS = """
with facts as (
  select n, (current_date - 1095 + (n * 1095 / %(orders)s)::int) as day,
    floor(exp(random() * ln(%(dealers)s)))::int - 1 as dealer, 1 + (random() * random() * 5)::int as lines,
    random() as chance
  from generate_series(1, %(orders)s::bigint) n
)
insert into trade_order (number, buyer_dealer_id, origin_kind, state, currency, amount, line_count, price_assumed,
  ordered_on, expected_on, received_on, due_on, created_at, changed_at, automatic)
select 'SO' || to_char(day, 'YYMMDD') || '-' || lpad((n + 1000000)::text, 7, '0'), d.id, 'direct',
  case when chance < 0.02 then 'cancelled' when day > current_date - 6 then 'in_transit' else 'complete' end,
  'CNY', round((50 + 2000 * chance * chance)::numeric, 2), lines, false, day, day + 4,
  case when chance >= 0.02 and day <= current_date - 6 then day + 4 end, day + 30, day, day + 5, false
from facts join network_dealer d on d.code = 'D' || dealer
order by n
"""
_LINES = """
insert into trade_orderline (order_id, buyer_dealer_id, number, product_id, quantity, unit_price)
select o.id, o.buyer_dealer_id, n, p.ids[least(floor(exp(random() * ln(%(products)s)))::int, %(products)s)], 12, 10
from trade_order o cross join lateral generate_series(1, o.line_count) n,
  (select array_agg(id order by sku) as ids from catalog_product) p
where o.id > %(after)s
order by o.id, n
"""


def write(orders: int) -> dict[str, float]:
    """Neither triggers nor foreign keys are asked: this is about reading."""
    began = time.perf_counter()
    with superuser() as db:
        db.execute("set session_replication_role = replica")
        after = db.execute("select coalesce(max(id), 0) from trade_order").fetchone()[0]
        facts = {"orders": orders, "dealers": DEALERS, "products": PRODUCTS, "after": after}
        db.execute(_ORDERS, facts)
        lines = db.execute(_LINES, facts).rowcount
        db.execute("vacuum analyze trade_order")
        db.execute("vacuum analyze trade_orderline")
    return {"orders": orders, "lines": lines, "seconds": time.perf_counter() - began}


def main() -> None:
    from firstmove.cli.database import ready

    _world, orders = sys.argv[1:]
    with ready():
        print(json.dumps(write(int(orders))))


if __name__ == "__main__":
    main()
