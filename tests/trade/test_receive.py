"""Receiving an order: into the ledger, into the history, once."""

from decimal import Decimal

import pytest

from firstmove.domains.stock import queries as stock
from firstmove.domains.trade import operations, queries
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotFound
from firstmove.lake.scope import LakeScope
from firstmove.lake.store import Lake
from tests.cast import NOW, TODAY
from tests.trade.orders import line, place


@pytest.fixture
def order(cast, products):
    """Ten of 0001 on two lines, two of 0002."""
    placed = place(cast, line(products["0001"], 6), line(products["0002"], 2), line(products["0001"], 4))
    return placed.id


def receive(cast, order_id, *, who="buyer", quantities=None):
    operations.receive(
        actor=getattr(cast, who).actor, order_id=order_id, received_on=TODAY, now=NOW, quantities=quantities
    )


def on_hand(cast, products):
    with tenancy.scope(cast.buyer.actor):
        found = stock.balances(dealer_id=cast.dealer_id)
    return {sku: found[product].on_hand for sku, product in products.items() if product in found}


def state(cast, order_id):
    with tenancy.scope(cast.buyer.actor):
        return queries.order(order_id=order_id).order.state


def test_what_came_is_on_hand_and_the_order_complete(cast, products, order):
    receive(cast, order)
    assert on_hand(cast, products) == {"0001": 10, "0002": 2}
    with tenancy.scope(cast.buyer.actor):
        detail = queries.order(order_id=order)
        assert queries.open_count(dealer_id=cast.dealer_id) == 0
    assert detail.order.state == "complete"
    assert detail.order.received_on == TODAY
    assert [row.received_quantity for row in detail.lines] == [6, 2, 4]
    assert (detail.steps[-1].by, detail.steps[-1].automatic, detail.steps[-1].current) == ("Buyer", False, True)


def test_what_did_not_come_is_not_on_hand(cast, products, order):
    receive(cast, order, quantities={1: Decimal(5), 2: Decimal(0)})
    assert on_hand(cast, products) == {"0001": 9}
    with tenancy.scope(cast.buyer.actor):
        assert [row.received_quantity for row in queries.order(order_id=order).lines] == [5, 0, 4]


@pytest.mark.parametrize("came", ["7", "-1"])
def test_more_than_was_ordered_or_less_than_nothing_is_refused_whole(cast, products, order, came):
    with pytest.raises(Invalid) as refused:
        receive(cast, order, quantities={1: Decimal(came)})
    assert refused.value.facts["field"] == "line-1"
    assert on_hand(cast, products) == {}
    assert state(cast, order) == "in_transit"


def test_receiving_twice_counts_once(cast, products, order):
    receive(cast, order)
    receive(cast, order, quantities={1: Decimal(1)})
    assert on_hand(cast, products) == {"0001": 10, "0002": 2}


def test_the_rival_cannot_receive_somebody_elses_goods(cast, products, order):
    with pytest.raises(NotFound):
        receive(cast, order, who="rival")
    with pytest.raises(NotFound):
        receive(cast, 10**9)
    assert state(cast, order) == "in_transit"


@pytest.mark.parametrize("before", ["to_ship", "cancelled"])
def test_what_is_not_on_its_way_cannot_come(cast, products, order, before):
    from firstmove.domains.trade.models import Order

    with tenancy.scope(tenancy.SYSTEM):
        Order.objects.filter(id=order).update(state=before)
    with pytest.raises(Conflict):
        receive(cast, order)
    assert on_hand(cast, products) == {}


def test_a_receipt_reaches_the_history_with_what_came(cast, products, order, settings, tmp_path):
    settings.LAKE_ROOT = str(tmp_path / "lake")
    receive(cast, order, quantities={2: Decimal(1)})
    outbox.deliver()
    rows = Lake(settings.LAKE_ROOT).read(table="shipments", scope=LakeScope.dealer("D-1")).sort("order_line")
    assert rows.select("order_line", "sku", "quantity", "received_on").rows() == [
        ("1", "0001", 6.0, TODAY),
        ("2", "0002", 1.0, TODAY),
        ("3", "0001", 4.0, TODAY),
    ]
