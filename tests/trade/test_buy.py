"""The enterprise buys: a supplier sees what was sent, promises, ships, and what came is in stock."""

import datetime as dt
from decimal import Decimal

import pytest

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog import queries as catalog_queries
from firstmove.domains.network import operations as network
from firstmove.domains.network import queries as network_queries
from firstmove.domains.stock import operations as stock
from firstmove.domains.stock import queries as stock_queries
from firstmove.domains.trade import operations, queries
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.tenancy import SYSTEM, Actor
from tests.cast import NOW, TODAY
from tests.trade.at_once import together
from tests.trade.orders import line, place

LATER = TODAY + dt.timedelta(days=9)


@pytest.fixture
def goods(cast):
    return bought_goods()


@pytest.fixture
def committed_goods(committed_cast):
    return bought_goods()


def bought_goods():
    """Ids by sku: 0001 and 0002 of S-1, 0005 of S-2."""
    network.upsert_suppliers(rows=[{"code": "S-2", "name": "Rival Bottle Maker"}])
    catalog.upsert_products(
        rows=[
            {"sku": sku, "name": sku, "supplier": supplier, "unit_cost": Decimal(3)}
            for sku, supplier in (("0001", "S-1"), ("0002", "S-1"), ("0005", "S-2"))
        ]
    )
    with tenancy.scope(SYSTEM):
        return catalog_queries.product_ids_by_sku()


@pytest.fixture
def rival_supplier(goods):
    with tenancy.scope(SYSTEM):
        supplier_id = network_queries.supplier_ids_by_code()["S-2"]
    user_id = network.add_user(email="s2@example.com", name="S2", role="supplier", password=None, supplier_code="S-2")
    return Actor("supplier", user_id=user_id, supplier_id=supplier_id)


def propose(cast, goods, **units):
    wanted = [operations.Wanted(goods[sku.strip("_")], Decimal(n)) for sku, n in units.items()] or [
        operations.Wanted(goods["0001"], Decimal(10)), operations.Wanted(goods["0002"], Decimal(4)),
    ]  # fmt: skip
    return operations.propose_purchase(
        actor=cast.admin.actor, supplier_id=cast.supplier_id, lines=wanted, expected_on=LATER, now=NOW
    )


def sent(cast, goods):
    order_id = propose(cast, goods)
    operations.send_purchase(actor=cast.admin.actor, order_id=order_id, now=NOW)
    return order_id


def confirm(cast, order_id, **given):
    operations.confirm_purchase(
        **({"actor": cast.supplier.actor, "order_id": order_id, "promised_on": LATER, "now": NOW} | given)
    )


def detail(order_id, supplier_id=None):
    with tenancy.scope(SYSTEM):
        return queries.purchase(order_id=order_id, supplier_id=supplier_id)


def due(goods, sku):
    with tenancy.scope(SYSTEM):
        found = stock_queries.availability(product_ids=[goods[sku]], after=TODAY).get(goods[sku])
    return found.in_transit if found else 0


def test_a_supplier_sees_an_order_when_it_is_sent_and_not_before(cast, goods):
    order_id = propose(cast, goods)
    with pytest.raises(NotFound):
        detail(order_id, cast.supplier_id)
    with pytest.raises(NotFound):
        confirm(cast, order_id)
    operations.send_purchase(actor=cast.admin.actor, order_id=order_id, now=NOW)
    found = detail(order_id, cast.supplier_id)
    assert (found.order.state, found.order.amount, found.order.price_assumed) == (
        "release_review", Decimal(42), True,
    )  # fmt: skip


def test_what_a_supplier_confirms_is_expected_and_covers_who_waits_when_it_came(cast, goods):
    stock.record(
        actor=SYSTEM, kind=stock.MovementKind.CORRECTION, cause="made",
        moves=[stock.Move(goods["0001"], Decimal(1))], occurred_on=TODAY,
    )  # fmt: skip
    operations.set_step_rule(actor=cast.admin.actor, step="release_review", now=NOW, is_on=True, in_stock=True)
    waiting = place(cast, line(goods["0001"], quantity=6))
    order_id = sent(cast, goods)
    confirm(cast, order_id, quantities={1: Decimal(8)})
    outbox.deliver()
    assert due(goods, "0001") == 8
    operations.ship_purchase(actor=cast.supplier.actor, order_id=order_id, now=NOW, note="SF 1234")
    operations.receive_purchase(actor=cast.admin.actor, order_id=order_id, received_on=TODAY, now=NOW)
    operations.receive_purchase(actor=cast.admin.actor, order_id=order_id, received_on=TODAY, now=NOW)
    outbox.deliver()
    assert due(goods, "0001") == 0
    with tenancy.scope(SYSTEM):
        assert stock_queries.balances(dealer_id=None)[goods["0001"]].on_hand == 9
    passed = operations.pass_step(actor=cast.admin.actor, order_id=waiting.id, step="release_review", now=NOW)
    assert passed == "in_transit"
    assert [one.received_quantity for one in detail(order_id).lines] == [8, 4]


def test_a_rival_supplier_sees_and_moves_nothing(cast, goods, rival_supplier):
    order_id = sent(cast, goods)
    with tenancy.scope(rival_supplier):
        assert queries.purchases() == ([], 0)
        assert queries.purchases(supplier_id=rival_supplier.supplier_id) == ([], 0)
        assert queries.units_on_purchase(product_ids=goods.values()) == {}
    # Nor where the database hides nothing: who asks for one supplier gets that supplier's alone.
    rival_id = rival_supplier.supplier_id
    with tenancy.scope(SYSTEM):
        assert queries.purchases(supplier_id=rival_id) == ([], 0)
        assert queries.purchase_counts(supplier_id=rival_id) == {}
        assert queries.units_on_purchase(product_ids=goods.values(), supplier_id=rival_id) == {}
        with pytest.raises(NotFound):
            queries.purchase(order_id=order_id, supplier_id=rival_id)
    for act in (
        lambda: confirm(cast, order_id, actor=rival_supplier),
        lambda: operations.ship_purchase(actor=rival_supplier, order_id=order_id, now=NOW),
        lambda: operations.cancel_purchase(actor=rival_supplier, order_id=order_id, note="Mine", now=NOW),
    ):
        with pytest.raises(NotFound):
            act()


def test_each_side_does_its_own_part(cast, goods):
    order_id = sent(cast, goods)
    with pytest.raises(NotAllowed):
        confirm(cast, order_id, actor=cast.admin.actor)
    with pytest.raises(NotAllowed):
        operations.propose_purchase(
            actor=cast.owner.actor, supplier_id=cast.supplier_id, lines=[], expected_on=LATER, now=NOW
        )
    with pytest.raises(Conflict):
        operations.ship_purchase(actor=cast.supplier.actor, order_id=order_id, now=NOW)
    confirm(cast, order_id)
    with pytest.raises(Conflict):
        confirm(cast, order_id)
    with pytest.raises(Conflict):
        operations.cancel_purchase(actor=cast.admin.actor, order_id=order_id, note="Too late", now=NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"quantities": {1: Decimal(11)}},
        {"quantities": {1: Decimal("NaN")}},
        {"quantities": {7: Decimal(1)}},
        {"quantities": {1: Decimal(0), 2: Decimal(0)}},
        {"promised_on": TODAY - dt.timedelta(days=1)},
    ],
)
def test_a_promise_that_cannot_be_is_refused(cast, goods, wrong):
    order_id = sent(cast, goods)
    with pytest.raises(Invalid):
        confirm(cast, order_id, **wrong)
    assert detail(order_id).order.promised_on is None


def test_nobody_buys_what_the_supplier_does_not_deliver_or_at_no_price(cast, goods):
    catalog.upsert_products(rows=[{"sku": "0007", "name": "No cost", "supplier": "S-1"}])
    with tenancy.scope(SYSTEM):
        ids = catalog_queries.product_ids_by_sku()
    for sku in ("0005", "0007"):
        with pytest.raises(Invalid):
            propose(cast, ids, **{f"_{sku}": 1})


def test_a_declined_order_says_why_and_expects_nothing(cast, goods):
    order_id = sent(cast, goods)
    with pytest.raises(Invalid):
        operations.cancel_purchase(actor=cast.supplier.actor, order_id=order_id, note="", now=NOW)
    operations.cancel_purchase(actor=cast.supplier.actor, order_id=order_id, note="Oven broken", now=NOW)
    outbox.deliver()
    assert (detail(order_id).order.state, detail(order_id).steps[-1].note) == ("cancelled", "Oven broken")
    assert due(goods, "0001") == 0


def test_concurrency_one_origin_proposed_twice_at_once_makes_one_order(committed_cast, committed_goods):
    """The second of two got a page of an error."""
    cast, goods = committed_cast, committed_goods
    wanted = [operations.Wanted(goods["0001"], Decimal(10))]
    proposal = {"actor": cast.admin.actor, "supplier_id": cast.supplier_id, "lines": wanted, "expected_on": LATER}
    done = together(*[lambda: operations.propose_purchase(**proposal, now=NOW, origin=("supply", 7))] * 4)
    assert len(set(done)) == 1
    assert isinstance(done[0], int)


def test_concurrency_a_supplier_confirms_and_the_enterprise_receives_once(committed_cast, committed_goods):
    cast, goods = committed_cast, committed_goods
    order_id = sent(cast, goods)
    done = together(*[lambda n=n: confirm(cast, order_id, quantities={1: Decimal(n)}) for n in (8, 9)])
    assert sorted(getattr(one, "code", "") for one in done) == ["", "step-passed"]
    assert detail(order_id).lines[0].confirmed_quantity == (8 if done[0] is None else 9)
    operations.ship_purchase(actor=cast.supplier.actor, order_id=order_id, now=NOW)
    receipt = {"actor": cast.admin.actor, "order_id": order_id, "received_on": TODAY, "now": NOW}
    assert together(*[lambda: operations.receive_purchase(**receipt)] * 2) == [None, None]
    with tenancy.scope(SYSTEM):
        assert stock_queries.balances(dealer_id=None)[goods["0002"]].on_hand == 4
