"""The least that writing orders can cost here: the same rows into tables of the same columns, constraints and indexes.

No policy, no trigger, no price, credit or stock; one statement for an order and one for its lines, sent by clients that
each keep a connection, and a commit that waits for the disk.
"""

import json
import sys
import threading
import time

from benchmarks.ordering.clients import LINES
from benchmarks.ordering.spent import spent_by
from benchmarks.ordering.world import superuser

_TABLES = ("trade_order", "trade_orderline")


def write(clients: int, seconds: float) -> dict[str, float]:
    from firstmove.kernel import home

    with superuser() as db:
        db.execute("create schema floor")
        for table in _TABLES:
            db.execute(f"create table floor.{table} (like public.{table} including all)")
        product = db.execute("select min(id) from catalog_product").fetchone()[0]
    over = threading.Event()
    written = [0] * clients

    def act(number: int) -> None:
        with superuser() as db:
            dealer = db.execute("select id from network_dealer order by id offset %s limit 1", [number]).fetchone()[0]
            while not over.is_set():
                with db.transaction():
                    _one(db, dealer=dealer, product=product, name=f"{number}-{written[number]}")
                written[number] += 1

    threads = [threading.Thread(target=act, args=(number,)) for number in range(clients)]
    where = home.path()
    before, cpu, begin = spent_by(home=where, up=0).database, time.process_time(), time.perf_counter()
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    over.set()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begin
    spent = spent_by(home=where, up=0).database - before + time.process_time() - cpu
    with superuser() as db:
        db.execute("drop schema floor cascade")
    return {"orders": sum(written), "seconds": took, "cpu": spent}


def _one(db, *, dealer: int, product: int, name: str) -> None:  # type: ignore[no-untyped-def]
    (order,) = db.execute(
        "insert into floor.trade_order (number, buyer_dealer_id, origin_kind, state, currency, amount, line_count, "
        "price_assumed, ordered_on, created_at, changed_at, automatic) values "
        "(%s, %s, 'direct', 'in_transit', 'CNY', 600, 5, false, '2026-03-02', now(), now(), false) returning id",
        [name, dealer],
    ).fetchone()
    db.execute(
        "insert into floor.trade_orderline (order_id, buyer_dealer_id, number, product_id, quantity, unit_price) "
        "select %s, %s, n, %s, 12, 10 from generate_series(1, %s) n",
        [order, dealer, product, LINES],
    )


def main() -> None:
    from firstmove.cli.database import ready

    with ready():
        print(json.dumps(write(int(sys.argv[1]), float(sys.argv[2]))))


if __name__ == "__main__":
    main()
