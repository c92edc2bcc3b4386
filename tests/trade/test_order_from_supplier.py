"""A dealer orders from a supplier where the enterprise allows it; the enterprise sees of it what the dealer shares."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import Error, transaction
from django.utils import translation

from firstmove.domains.catalog import direct_prices
from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog import queries as catalog_queries
from firstmove.domains.network import direct_supply
from firstmove.domains.network import operations as network
from firstmove.domains.network import queries as network_queries
from firstmove.domains.stock import queries as stock
from firstmove.domains.trade import operations, queries
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import NOW, TODAY
from tests.isolation.tables import run

LATER = TODAY + dt.timedelta(days=9)
TABLES = ("trade_order", "trade_orderline", "trade_orderstep")


@pytest.fixture
def goods(cast):
    """Ids by sku: T and W of S-1 at 7 and 3 by its list; Dealer One may order its tea."""
    network.upsert_suppliers(rows=[{"code": "S-2", "name": "Rival Bottle Maker"}])
    catalog.upsert_products(
        rows=[
            {"sku": "T", "name": "Tea", "category": "Tea", "supplier": "S-1", "multiple": 6},
            {"sku": "W", "name": "Water", "category": "Water", "supplier": "S-1"},
            {"sku": "X", "name": "Else", "category": "Tea", "supplier": "S-2"},
        ]
    )
    with tenancy.scope(SYSTEM):
        ids = catalog_queries.product_ids_by_sku()
    allow(cast)
    for sku, price in (("T", "7"), ("W", "3")):
        ask(cast, ids[sku], price)
    return ids


def allow(cast, categories=("Tea",), dealer_id=None):
    direct_supply.allow(
        actor=cast.admin.actor, dealer_id=dealer_id or cast.dealer_id, supplier_id=cast.supplier_id,
        categories=categories, now=NOW,
    )  # fmt: skip


def ask(cast, product_id, price, dealer_id=None, valid_from=TODAY):
    direct_prices.set_supplier_price(
        actor=cast.supplier.actor, product_id=product_id, price=Decimal(price), valid_from=valid_from,
        dealer_id=dealer_id,
    )  # fmt: skip


def order(cast, who="buyer", **units):
    with tenancy.scope(SYSTEM):
        ids = catalog_queries.product_ids_by_sku()
    quantities = {ids[sku]: Decimal(n) for sku, n in (units or {"T": 12}).items()}
    return operations.order_from_supplier(
        actor=getattr(cast, who).actor, supplier_id=cast.supplier_id, quantities=quantities, expected_on=LATER, now=NOW
    ).id


def detail(cast, order_id, who="buyer"):
    actor = getattr(cast, who).actor
    with tenancy.scope(actor):
        return queries.purchase(order_id=order_id, supplier_id=actor.supplier_id, dealer_id=actor.dealer_id)


def seen(person):
    with tenancy.scope(person.actor):
        found = [run(f"select count(*) from {table} where seller_supplier_id is not null")[0][0] for table in TABLES]  # noqa: S608
        told = "select count(*) from kernel_auditevent where table_name ~ '^trade_order' and supplier_id > 0"
        news = "select count(*) from kernel_outboxevent where topic = 'trade.supplier_order_moved'"
        return [*found, run(told)[0][0], run(news)[0][0]]


def test_an_order_goes_from_the_dealer_to_the_supplier_and_into_the_dealers_stock(cast, goods):
    order_id = order(cast)
    asked = detail(cast, order_id, "supplier").order
    assert (asked.state, asked.amount, asked.buyer_name) == ("release_review", Decimal(84), "Dealer One")
    given = {"order_id": order_id, "now": NOW}
    supplier, buyer = cast.supplier.actor, cast.buyer.actor
    operations.confirm_purchase(actor=supplier, promised_on=LATER, quantities={1: Decimal(10)}, **given)
    operations.ship_purchase(actor=supplier, **given)
    outbox.deliver()
    operations.receive_purchase(actor=buyer, received_on=TODAY, **given)
    operations.receive_purchase(actor=buyer, received_on=TODAY, **given)
    assert detail(cast, order_id).order.state == "complete"
    with tenancy.scope(SYSTEM):
        assert stock.balances(dealer_id=cast.dealer_id)[goods["T"]].on_hand == 10
        assert stock.balances(dealer_id=None) == {}
        assert stock.availability(after=TODAY) == {}
        # Nothing of it is owed to the enterprise, waits at its steps or stands among its orders.
        assert queries.credit(dealer_id=cast.dealer_id, on=TODAY).used == 0
        assert queries.orders()[1] == 0
        assert queries.purchases()[1] == 0
        assert queries.waiting_counts() == {}
        assert queries.order_cycle(since=TODAY, until=TODAY) is None


def test_the_enterprise_sees_such_orders_as_long_as_the_dealer_shares_them_and_changes_none(cast, goods):
    order_id = order(cast)
    assert seen(cast.admin) == [0, 0, 0, 0, 0]
    with tenancy.scope(cast.admin.actor):
        assert queries.dealers_purchases()[1] == 0
    network.set_consent(actor=cast.owner.actor, shares_supplier_orders=True, now=NOW)
    assert seen(cast.admin) == seen(cast.buyer) == seen(cast.supplier)
    assert seen(cast.admin)[:3] == [1, 1, 1]
    with tenancy.scope(cast.admin.actor):
        assert [one.buyer_name for one in queries.dealers_purchases()[0]] == ["Dealer One"]
        run("update trade_order set amount = 0 where id = %s", [order_id])
        run("delete from trade_orderstep where order_id = %s", [order_id])
    assert detail(cast, order_id).order.amount == 84
    with pytest.raises(NotFound):
        operations.cancel_purchase(actor=cast.admin.actor, order_id=order_id, note="Mine", now=NOW)
    network.set_consent(actor=cast.owner.actor, shares_supplier_orders=False, now=NOW)
    assert seen(cast.admin) == [0, 0, 0, 0, 0]


def test_consents_are_given_one_by_one(cast):
    network.set_consent(actor=cast.owner.actor, shares_customers=True, now=NOW)
    network.set_consent(actor=cast.owner.actor, shares_supplier_orders=True, now=NOW)
    with tenancy.scope(cast.owner.actor):
        found = network_queries.consent(dealer_id=cast.dealer_id)
    assert (found.shares_customers, found.shares_supplier_orders) == (True, True)


def test_a_rival_sees_and_moves_nothing_and_orders_where_it_may(cast, goods):
    order_id = order(cast)
    assert seen(cast.rival) == [0, 0, 0, 0, 0]
    for act in (
        lambda: detail(cast, order_id, "rival"),
        lambda: operations.cancel_purchase(actor=cast.rival.actor, order_id=order_id, note="Mine", now=NOW),
        lambda: operations.receive_purchase(actor=cast.rival.actor, order_id=order_id, received_on=TODAY, now=NOW),
        lambda: order(cast, "rival"),
    ):
        with pytest.raises(NotFound):
            act()
    with tenancy.scope(cast.rival.actor):
        assert run("select count(*) from catalog_supplierprice") == [(0,)]
    allow(cast, dealer_id=cast.rival_id)
    assert detail(cast, order(cast, "rival"), "supplier").order.buyer_name == "Rival Two"


@pytest.mark.parametrize(
    ("units", "words"),
    [
        ({"W": 3}, "may not order"),
        ({"X": 6}, "may not order"),
        ({"T": 7}, "next quantity that can be ordered is 12"),
        ({"T": "6.5"}, "whole number"),
        ({"T": 0}, "at least one line"),
    ],
)
def test_only_what_is_allowed_is_ordered_in_its_steps(cast, goods, units, words):
    with translation.override("en"), pytest.raises(Invalid, match=words):
        order(cast, **units)


def test_without_a_permission_or_a_price_nothing_is_ordered(cast, goods):
    allow(cast, categories=())
    catalog.upsert_products(rows=[{"sku": "N", "name": "New", "category": "Tea", "supplier": "S-1"}])
    with translation.override("en"), pytest.raises(Invalid, match="no price"):
        order(cast, N=1)
    assert detail(cast, order(cast, W=1)).order.amount == 3
    direct_supply.withdraw(actor=cast.admin.actor, dealer_id=cast.dealer_id, supplier_id=cast.supplier_id)
    with pytest.raises(NotFound):
        order(cast)
    with pytest.raises(NotAllowed):
        direct_supply.allow(
            actor=cast.owner.actor, dealer_id=cast.dealer_id, supplier_id=cast.supplier_id, now=NOW
        )  # fmt: skip


def test_what_was_agreed_goes_before_the_list_and_the_latest_that_began_holds(cast, goods):
    ask(cast, goods["T"], "6", dealer_id=cast.dealer_id, valid_from=TODAY - dt.timedelta(days=30))
    ask(cast, goods["T"], "9", valid_from=LATER)
    with tenancy.scope(cast.buyer.actor):
        mine = direct_prices.supplier_quotes(supplier_id=cast.supplier_id, dealer_id=cast.dealer_id, on=TODAY)
        later = direct_prices.supplier_quotes(supplier_id=cast.supplier_id, dealer_id=None, on=LATER)
    assert (mine[goods["T"]].price, mine[goods["T"]].agreed) == (6, True)
    assert (later[goods["T"]].price, later[goods["W"]].price) == (9, 3)
    with tenancy.scope(cast.admin.actor):
        assert run("select count(*) from catalog_supplierprice where dealer_id is not null") == [(0,)]
        with pytest.raises(Error), transaction.atomic():
            run("insert into catalog_supplierprice (supplier_id, product_id, price, valid_from) select 1, 1, 1, now()")
    with pytest.raises(NotFound):
        ask(cast, goods["X"], "1")
    with pytest.raises(NotFound):
        ask(cast, goods["T"], "1", dealer_id=cast.rival_id)
    with pytest.raises(Invalid):
        ask(cast, goods["T"], "0")


def test_an_order_is_taken_back_until_the_supplier_confirmed_it(cast, goods):
    first, second = order(cast), order(cast)
    operations.cancel_purchase(actor=cast.buyer.actor, order_id=first, note="Too much", now=NOW)
    assert detail(cast, first, "supplier").order.state == "cancelled"
    operations.confirm_purchase(actor=cast.supplier.actor, order_id=second, promised_on=LATER, now=NOW)
    with pytest.raises(Conflict):
        operations.cancel_purchase(actor=cast.buyer.actor, order_id=second, note="Too much", now=NOW)
