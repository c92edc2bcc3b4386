"""Reservations: nobody gets what another has, and balances equal the ledger, whoever acts at the same moment."""

import datetime as dt
import random
from decimal import Decimal

import pytest
from django.db import Error, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog import queries as catalog_queries
from firstmove.domains.stock import operations, queries, reserving
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import NOBODY, SYSTEM
from tests.cast import TODAY
from tests.trade.at_once import together

SKUS = ("0001", "0002", "0003")


def _products():
    catalog.upsert_products(rows=[{"sku": sku, "name": sku} for sku in SKUS])
    with tenancy.scope(SYSTEM):
        return list(catalog_queries.product_ids_by_sku().values())


@pytest.fixture
def products(cast):
    return _products()


@pytest.fixture
def committed_products(committed_cast):
    return _products()


def come(cause, *moves, warehouse_id=None, batch="", expires_on=None):
    operations.record(
        actor=SYSTEM,
        kind=operations.MovementKind.RECEIPT,
        cause=cause,
        moves=[operations.Move(p, Decimal(q), None, warehouse_id, batch, expires_on) for p, q in moves],
        occurred_on=TODAY,
    )


def reserve(cast, holder, *wanted, who=SYSTEM):
    return reserving.reserve(
        actor=who,
        holder=holder,
        cause=f"{holder}/placed",
        buyer_dealer_id=cast.dealer_id,
        quantities={p: Decimal(q) for p, q in wanted},
    )


def ship(cast, holder, number=1, **quantities):
    return reserving.ship(
        actor=SYSTEM,
        holder=holder,
        cause=f"{holder}/shipped/{number}",
        buyer_dealer_id=cast.dealer_id,
        occurred_on=TODAY,
        **quantities,
    )


def release(cast, holder, who=SYSTEM, cause="closed"):
    return reserving.release(actor=who, holder=holder, cause=f"{holder}/{cause}", buyer_dealer_id=cast.dealer_id)


def balance(product):
    with tenancy.scope(SYSTEM):
        row = queries.balances(dealer_id=None, product_ids=[product])[product]
    return row.on_hand, row.reserved, row.waiting


def differences():
    """Balances and batches that are not the sums of the two ledgers."""
    with tenancy.scope(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            "select product_id, warehouse_id from stock_balance b full join "
            "(select product_id, warehouse_id, sum(quantity) q from stock_movement group by 1, 2) m "
            "using (product_id, warehouse_id) left join (select product_id, warehouse_id, sum(reserved) r, "
            "sum(waiting) w from stock_reservation group by 1, 2) s using (product_id, warehouse_id) "
            "where b.on_hand is distinct from m.q or b.reserved is distinct from coalesce(s.r, 0) "
            "or b.waiting is distinct from coalesce(s.w, 0) "
            "union all select product_id, warehouse_id from stock_batch b full join "
            "(select product_id, warehouse_id, batch as code, sum(quantity) q from stock_movement where batch <> '' "
            "group by 1, 2, 3) m using (product_id, warehouse_id, code) where b.on_hand is distinct from m.q"
        )
        return cursor.fetchall()


def test_concurrency_fifty_clients_for_ten_units_leave_exactly_ten_reserved(committed_cast, committed_products):
    tea = committed_products[0]
    come("made", (tea, 10))
    got = together(*(lambda n=n: reserve(committed_cast, f"order:{n}", (tea, 1)) for n in range(50)))
    assert sum(held[tea].reserved for held in got) == 10
    assert sum(held[tea].waiting for held in got) == 40
    assert balance(tea) == (10, 10, 40)
    assert differences() == []


def test_concurrency_orders_of_many_lines_in_any_order_neither_oversell_nor_deadlock(
    committed_cast, committed_products
):
    come("made", *((product, 20) for product in committed_products))
    chance = random.Random(7)  # noqa: S311 (not for secrets)

    def order(number):
        lines = [(product, 1) for product in chance.sample(committed_products, 3)]

        def act():
            held = reserve(committed_cast, f"order:{number}", *lines)
            if number % 3 == 0:
                release(committed_cast, f"order:{number}")
            elif number % 3 == 1:
                ship(committed_cast, f"order:{number}")
            return held

        return act

    results = together(*(order(number) for number in range(40)))
    assert [result for result in results if isinstance(result, Exception)] == []
    assert differences() == []
    shipped = 13 * 3
    with tenancy.scope(SYSTEM):
        rows = queries.balances(dealer_id=None)
    assert all(row.reserved <= row.on_hand for row in rows.values())
    assert sum(row.on_hand for row in rows.values()) >= 60 - shipped
    assert reserving.cover() >= 0
    with tenancy.scope(SYSTEM):
        after = queries.balances(dealer_id=None)
    # Whoever still waits, waits for lack of goods.
    assert all(not row.waiting or row.reserved == row.on_hand for row in after.values())


ACT = st.tuples(
    st.sampled_from(["reserve", "release", "ship", "come", "count", "cover"]),
    st.integers(0, 4),
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 9)), min_size=1, max_size=3),
)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(streams=st.lists(st.lists(ACT, min_size=1, max_size=5), min_size=3, max_size=3))
def test_concurrency_balances_equal_both_ledgers_after_any_interleaving(
    committed_cast, committed_products, streams, request
):
    """Three connections act at once, however the database interleaves them."""
    run = request.node.stash.setdefault(_RUNS, [0])
    run[0] += 1

    def act(stream, index, turn):
        kind, number, lines = stream[turn]
        name, wanted = f"{run[0]}:{number}", [(committed_products[p], q) for p, q in lines]
        unique = f"{run[0]}/{index}/{turn}"
        if kind == "reserve":
            reserve(committed_cast, name, *wanted)
        elif kind == "release":
            release(committed_cast, name)
        elif kind == "ship":
            ship(committed_cast, name, number=turn)
        elif kind == "come":
            come(unique, *dict(wanted).items(), batch=str(number % 2 or ""))
        elif kind == "count":
            found = [operations.Position(None, p, Decimal(q)) for p, q in dict(wanted).items()]
            operations.bring_to(positions=found, occurred_on=TODAY, cause=unique)
        else:
            reserving.cover()

    def connection_of(index, stream):
        return lambda: [act(stream, index, turn) for turn in range(len(stream))]

    results = together(*(connection_of(index, stream) for index, stream in enumerate(streams)))
    assert [result for result in results if isinstance(result, Exception)] == []
    assert differences() == []


_RUNS = pytest.StashKey[list[int]]()


def test_what_is_not_there_waits_and_those_who_wait_longest_get_the_next_goods(cast, products):
    tea = products[0]
    come("made", (tea, 4))
    assert reserve(cast, "order:1", (tea, 10))[tea] == reserving.Held(Decimal(4), Decimal(6))
    assert reserve(cast, "order:2", (tea, 3))[tea] == reserving.Held(Decimal(0), Decimal(3))
    come("made again", (tea, 8))
    # Nobody who comes now gets ahead of those who wait.
    assert reserve(cast, "order:3", (tea, 1))[tea] == reserving.Held(Decimal(0), Decimal(1))
    reserving.cover()
    with tenancy.scope(SYSTEM):
        held = [(row.holder, row.reserved, row.waiting) for row in queries.holders(product_id=tea)]
    assert held == [("order:1", 10, 0), ("order:2", 2, 1), ("order:3", 0, 1)]
    assert differences() == []


def test_reserving_again_changes_nothing(cast, products):
    tea = products[0]
    come("made", (tea, 10))
    first = reserve(cast, "order:1", (tea, 4))
    assert reserve(cast, "order:1", (tea, 4)) == first
    assert balance(tea) == (10, 4, 0)


def test_giving_back_twice_takes_nothing_from_those_who_still_hold(cast, products):
    tea = products[0]
    come("made", (tea, 10))
    reserve(cast, "order:1", (tea, 4))
    reserve(cast, "order:2", (tea, 8))
    ship(cast, "order:1", quantities={tea: Decimal(1)})
    assert [release(cast, "order:1", cause=cause) for cause in ("closed", "closed", "closed again")] == [1, 0, 0]
    assert balance(tea) == (9, 6, 2)


def test_a_product_whose_stock_is_not_kept_here_is_not_reserved(cast, products):
    come("made", (products[0], 10))
    assert list(reserve(cast, "order:1", (products[0], 1), (products[1], 5))) == [products[0]]


def test_a_warehouse_that_has_all_of_it_comes_before_the_first_one(cast, products):
    tea, water = products[:2]
    north = operations.add_warehouse(actor=cast.admin.actor, code="N", name="North")
    come("main", (tea, 3), (water, 3))
    come("north", (tea, 5), (water, 2), warehouse_id=north)
    reserve(cast, "order:1", (tea, 5), (water, 5))
    assert [(p.product_id == tea, p.warehouse_id == north, p.quantity) for p in ship(cast, "order:1")] == [
        (True, True, 5),
        (False, False, 3),
        (False, True, 2),
    ]
    assert balance(tea) == (3, 0, 0)
    assert balance(water) == (0, 0, 0)


def test_a_closed_warehouse_gives_nothing(cast, products):
    tea = products[0]
    north = operations.add_warehouse(actor=cast.admin.actor, code="N", name="North")
    come("main", (tea, 1))
    come("north", (tea, 5), warehouse_id=north)
    operations.change_warehouse(actor=cast.admin.actor, warehouse_id=north, name="North", is_open=False)
    assert reserve(cast, "order:1", (tea, 3))[tea] == reserving.Held(Decimal(1), Decimal(2))


def test_what_expires_first_goes_first(cast, products):
    tea = products[0]
    come("late", (tea, 5), batch="B", expires_on=TODAY + dt.timedelta(days=90))
    come("soon", (tea, 2), batch="A", expires_on=TODAY + dt.timedelta(days=9))
    come("without", (tea, 4))
    reserve(cast, "order:1", (tea, 9))
    assert [(p.batch, p.quantity) for p in ship(cast, "order:1", quantities={tea: Decimal(3)})] == [("A", 2), ("B", 1)]
    assert balance(tea) == (8, 6, 0)
    assert [(p.batch, p.quantity) for p in ship(cast, "order:1", number=2)] == [("", 2), ("B", 4)]
    # The same shipment again is no second one.
    assert [(p.batch, p.quantity) for p in ship(cast, "order:1", number=2)] == [("", 2), ("B", 4)]
    assert balance(tea) == (2, 0, 0)
    assert differences() == []


def test_nobody_reserves_in_a_rivals_name_or_takes_its_goods(cast, products):
    tea = products[0]
    come("made", (tea, 10))
    reserve(cast, "order:1", (tea, 4))
    for who in (cast.rival.actor, cast.supplier.actor, NOBODY):
        for act in (
            lambda who=who: reserve(cast, "order:2", (tea, 1), who=who),
            lambda who=who: release(cast, "order:1", who),
        ):
            with pytest.raises(Error, match="not theirs"), transaction.atomic():
                act()
    # In its own name, a rival gives back nothing of the dealer's order.
    reserving.release(actor=cast.rival.actor, holder="order:1", cause="mine", buyer_dealer_id=cast.rival_id)
    assert balance(tea) == (10, 4, 0)
    with tenancy.scope(cast.rival.actor):
        assert queries.held_by(holder="order:1") == {}
    with tenancy.scope(cast.buyer.actor):
        assert queries.held_by(holder="order:1")[tea].reserved == 4
        # Its own promise is all that a dealer learns of the enterprise's stock.
        assert queries.balances(dealer_id=None) == {}
        assert queries.warehouses(dealer_id=None) == []
