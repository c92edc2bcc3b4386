"""Orders that an ERP took stand beside our own, as its files tell, and change with those files alone."""

from decimal import Decimal

import pytest

from firstmove.domains.trade import operations as trade
from firstmove.domains.trade import queries
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, NotFound
from tests.cast import NOW

ORDERS = """order,line,dealer,sku,ordered_on,quantity,price,expected_on
1001,a,D-1,W-1,2026-02-20,10,2.50,2026-02-27
1001,b,D-1,W-2,2026-02-20,4,1.25,2026-02-27
1001,a,D-2,W-1,2026-02-21,7,2.50,2026-02-28
"""
SHIPMENTS = """order,line,dealer,sku,shipped_on,quantity,received_on
1001,a,D-1,W-1,2026-02-23,10,2026-02-26
"""
THE_REST = SHIPMENTS + "1001,b,D-1,W-2,2026-02-23,4,2026-02-27\n"


def orders(person):
    with tenancy.scope(person.actor):
        found, _total = queries.orders(dealer_id=person.actor.dealer_id)
        return [queries.order(order_id=order.id) for order in found]


def test_a_dealer_finds_the_orders_its_erp_took_each_dealer_its_own(take, cast):
    take("orders.csv", ORDERS)
    (mine,) = orders(cast.buyer)
    assert (mine.order.number, mine.order.state, mine.order.amount) == ("1001", "to_ship", Decimal("30.00"))
    assert [(line.sku, line.quantity) for line in mine.lines] == [("W-1", 10), ("W-2", 4)]
    (theirs,) = orders(cast.rival)
    assert (theirs.order.number, theirs.order.amount) == ("1001", Decimal("17.50"))


def test_shipments_move_it_on_and_it_is_complete_when_every_line_came(take, cast):
    take("orders.csv", ORDERS)
    take("shipments.csv", SHIPMENTS)
    (order,) = orders(cast.buyer)
    assert (order.order.state, order.order.received_on) == ("in_transit", None)
    take("shipments.csv", THE_REST)
    (order,) = orders(cast.buyer)
    assert order.order.state == "complete"
    assert order.order.received_on.isoformat() == "2026-02-27"
    assert [step.state for step in order.steps if step.at] == ["order_review", "in_transit", "complete"]


def test_the_same_files_again_change_nothing(take, cast):
    take("orders.csv", ORDERS)
    take("shipments.csv", THE_REST)
    before = orders(cast.buyer)
    take("orders.csv", ORDERS)
    take("shipments.csv", THE_REST)
    assert orders(cast.buyer) == before


def test_a_changed_line_changes_the_order(take, cast):
    take("orders.csv", ORDERS)
    take("orders.csv", ORDERS.replace("W-2,2026-02-20,4", "W-2,2026-02-20,6"))
    (order,) = orders(cast.buyer)
    assert [line.quantity for line in order.lines] == [10, 6]
    assert order.order.amount == Decimal("32.50")


def test_nobody_confirms_its_receipt_here(take, cast):
    take("orders.csv", ORDERS)
    take("shipments.csv", SHIPMENTS)
    (order,) = orders(cast.buyer)
    assert not order.order.can_be_received
    with pytest.raises(Conflict):
        trade.receive(actor=cast.buyer.actor, order_id=order.order.id, received_on=NOW.date(), now=NOW)


def test_the_rival_does_not_find_it(take, cast):
    take("orders.csv", ORDERS)
    (order,) = orders(cast.buyer)
    with tenancy.scope(cast.rival.actor), pytest.raises(NotFound):
        queries.order(order_id=order.order.id)
