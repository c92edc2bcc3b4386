"""Stock, sales and receipts by file bring the ledger to what must lie there now."""

import datetime as dt

import pytest

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog.queries import product_ids_by_sku
from firstmove.domains.intake import operations
from firstmove.domains.stock import queries as stock
from firstmove.domains.trade import operations as trade
from firstmove.kernel import tenancy
from firstmove.lake import series
from tests.cast import NOW, TODAY
from tests.trade.orders import line, place

FILES = {
    "stock.csv": "date,dealer,sku,quantity\n2026-02-20,D-1,077,10\n2026-02-20,D-1,078,5\n",
    "sales.csv": (
        "date,line,dealer,sku,quantity\n2026-02-20,0,D-1,077,9\n2026-02-21,1,D-1,077,4\n2026-02-22,2,D-1,078,8\n"
        "2026-02-22,3,D-2,077,3\n"
    ),
    "orders.csv": "order,line,dealer,sku,ordered_on,quantity\nO-1,1,D-1,077,2026-02-10,6\n",
    "shipments.csv": ("order,line,dealer,sku,shipped_on,quantity,received_on\nO-1,1,D-1,077,2026-02-15,6,2026-02-23\n"),
}


@pytest.fixture
def taken(cast, lake, inbox):
    """A folder with all four feeds, taken in."""
    for name, content in FILES.items():
        (inbox / name).write_text(content)
    return operations.take_in(path=inbox, now=NOW)


def ledger(dealer_id: int) -> dict[str, float]:
    with tenancy.scope(tenancy.SYSTEM):
        products = {product_id: sku for sku, product_id in product_ids_by_sku().items()}
        return {products[key]: float(row.on_hand) for key, row in stock.balances(dealer_id=dealer_id).items()}


def test_the_ledger_holds_the_count_less_sales_plus_receipts(taken, cast):
    assert taken.stock_moved == 1  # 078 is sold out, and nothing need move to say so
    assert ledger(cast.dealer_id) == {
        "077": 12.0
    }  # 10 counted − 4 sold + 6 received; day 20's sales came before the count


def test_the_ledger_equals_the_positions_of_the_lake(taken, cast, lake):
    positions = series.positions(lake, as_of=dt.date(2026, 2, 23), versions=lake.versions())
    inferred = {sku: units for dealer, sku, units in positions.select("dealer", "sku", "on_hand_units").iter_rows()}
    assert {sku: units for sku, units in inferred.items() if units} == ledger(cast.dealer_id)


def test_a_dealer_whose_stock_nobody_counted_gets_no_ledger(taken, cast):
    assert ledger(cast.rival_id) == {}


def test_later_sales_move_the_ledger_and_the_same_files_again_do_not(taken, cast, inbox):
    assert operations.take_in(path=inbox, now=NOW).stock_moved == 0
    (inbox / "sales_2.csv").write_text("date,line,dealer,sku,quantity\n2026-02-24,4,D-1,077,5\n")
    assert operations.take_in(path=inbox, now=NOW).stock_moved == 1
    assert ledger(cast.dealer_id) == {"077": 7.0}


def test_a_kill_before_the_ledger_is_settled_is_made_good_by_the_next_intake(cast, lake, inbox, monkeypatch):
    for name, content in FILES.items():
        (inbox / name).write_text(content)

    def killed(step):
        if step.kind == "stock":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        operations.take_in(path=inbox, now=NOW, progress=killed)
    assert ledger(cast.dealer_id) == {}
    again = operations.take_in(path=inbox, now=NOW)
    assert again.stock_moved == 1
    assert ledger(cast.dealer_id) == {"077": 12.0}


def test_a_shipment_made_here_stays_off_the_count_that_came_before_it(cast, lake, inbox):
    """Any later file of the day put back on the shelf what had just left it, and it was sold twice."""

    def take(name, content):
        (inbox / name).write_text(content)
        operations.take_in(path=inbox / name, now=NOW)
        return ledger(None)["077"]

    def sold(number, day=TODAY):
        return take(f"sales_{number}.csv", f"date,line,dealer,sku,quantity\n{day},{number},D-2,077,1\n")

    assert take("warehouse.csv", f"date,sku,on_hand\n{TODAY},077,100\n") == 100
    catalog.upsert_products(rows=[{"sku": "077", "name": "Water", "life_cycle": "active"}])
    with tenancy.scope(tenancy.SYSTEM):
        product_id = product_ids_by_sku()["077"]
    order = place(cast, line(product_id, 10, 1))
    assert (ledger(None)["077"], sold(1)) == (90, 90)
    # Received: now the lake knows the shipment too, and it still left once.
    trade.receive(actor=cast.buyer.actor, order_id=order.id, received_on=TODAY, now=NOW)
    assert sold(2) == 90
    # Who counts after it left counts what is left.
    assert take("warehouse_2.csv", f"date,sku,on_hand\n{TODAY},077,88\n") == 88
    assert sold(3) == 88
