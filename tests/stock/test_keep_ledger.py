"""The ledger: a balance is the sum of its movements, whatever happens in whatever order."""

import threading
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog import queries as catalog_queries
from firstmove.domains.stock import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import TODAY

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


def record(cast, cause, *moves, dealer_id=None, who=SYSTEM):
    return operations.record(
        actor=who,
        kind=operations.MovementKind.CORRECTION,
        cause=cause,
        moves=[operations.Move(product, Decimal(quantity), dealer_id) for product, quantity in moves],
        occurred_on=TODAY,
    )


def difference():
    """Balances that are not the sum of their movements, and movements without a balance."""
    with tenancy.scope(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            "select m.dealer_id, m.product_id, m.total, b.on_hand from "
            "(select dealer_id, product_id, sum(quantity) total from stock_movement group by 1, 2) m "
            "full join stock_balance b on b.product_id = m.product_id and b.dealer_id is not distinct from m.dealer_id "
            "where b.on_hand is distinct from m.total"
        )
        return cursor.fetchall()


def on_hand(product, *, dealer_id=None):
    with tenancy.scope(SYSTEM):
        found = queries.balances(dealer_id=dealer_id, product_ids=[product])
    return found[product].on_hand if found else None


STEP = st.tuples(
    st.sampled_from(["record", "count"]),
    st.integers(0, 2),
    st.decimals(-20, 20, places=3),
    st.integers(0, 5),
    st.sampled_from(["dealer", "rival"]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=12))
def test_a_balance_equals_its_movements_after_any_history(cast, products, steps):
    """Movements and counts in any order, with causes that repeat: the ledger stays whole."""
    from django.db import transaction

    with transaction.atomic():
        for kind, index, quantity, cause, whose in steps:
            dealer_id = cast.dealer_id if whose == "dealer" else cast.rival_id
            if kind == "record":
                record(cast, f"cause-{cause}", (products[index], quantity), dealer_id=dealer_id)
            else:
                position = operations.Position(dealer_id, products[index], abs(quantity))
                operations.bring_to(positions=[position], occurred_on=TODAY, cause=f"count-{len(steps)}-{cause}")
        assert difference() == []
        transaction.set_rollback(True)


def test_two_writers_at_once_lose_nothing(committed_cast, committed_products):
    """Both move every product of both dealers, in opposite orders: neither a lost update nor a deadlock."""
    errors = []

    def write(name, products):
        try:
            for turn in range(12):
                for dealer_id in (committed_cast.dealer_id, committed_cast.rival_id, None):
                    moves = [(product, 1 + index) for index, product in enumerate(products)]
                    record(committed_cast, f"{name}-{turn}", *moves, dealer_id=dealer_id)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    writers = [
        threading.Thread(target=write, args=("a", committed_products)),
        threading.Thread(target=write, args=("b", committed_products[::-1])),
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=60)
    assert errors == []
    assert difference() == []
    # 12 turns of 1 + 3 units; the product in the middle moves 2 + 2.
    for product in committed_products:
        assert on_hand(product, dealer_id=committed_cast.rival_id) == 48


def test_a_cause_moves_a_product_once(cast, products):
    move = (products[0], 5)
    assert record(cast, "order:7", move, dealer_id=cast.dealer_id) == 1
    assert record(cast, "order:7", move, dealer_id=cast.dealer_id) == 0
    assert record(cast, "order:7", (products[0], 9), (products[1], 1), dealer_id=cast.dealer_id) == 1
    assert on_hand(products[0], dealer_id=cast.dealer_id) == 5
    # The enterprise's own goods, which belong to no dealer, too.
    assert [record(cast, "made", move), record(cast, "made", move)] == [1, 0]
    assert on_hand(products[0]) == 5


def test_a_move_of_nothing_is_left_out(cast, products):
    assert record(cast, "nothing", (products[0], 0), dealer_id=cast.dealer_id) == 0
    assert on_hand(products[0], dealer_id=cast.dealer_id) is None


def test_a_count_moves_the_difference_and_nothing_else(cast, products):
    record(cast, "receipt", (products[0], 5), (products[1], 8), dealer_id=cast.dealer_id)
    counted = [
        operations.Position(cast.dealer_id, product, Decimal(n))
        for product, n in zip(products, (12, 8, 3), strict=True)
    ]
    assert operations.bring_to(positions=counted, occurred_on=TODAY, cause="file") == 2
    assert [on_hand(product, dealer_id=cast.dealer_id) for product in products] == [12, 8, 3]
    with tenancy.scope(cast.buyer.actor):
        newest = queries.movements(dealer_id=cast.dealer_id, product_id=products[0])[0]
    assert (newest.quantity, newest.kind, newest.cause) == (7, "feed", "file")
    assert operations.bring_to(positions=counted, occurred_on=TODAY, cause="file again") == 0
    assert operations.bring_to(positions=[], occurred_on=TODAY, cause="empty file") == 0


def test_a_count_of_nothing_empties_the_shelf(cast, products):
    record(cast, "receipt", (products[0], 5), dealer_id=cast.dealer_id)
    empty = [operations.Position(cast.dealer_id, products[0], Decimal(0))]
    operations.bring_to(positions=empty, occurred_on=TODAY, cause="file")
    assert on_hand(products[0], dealer_id=cast.dealer_id) == 0


def test_a_dealer_sees_its_own_shelf_alone(cast, products):
    record(cast, "receipt", (products[0], 5), dealer_id=cast.dealer_id)
    with tenancy.scope(cast.rival.actor):
        assert queries.balances(dealer_id=cast.dealer_id) == {}
        assert queries.movements(dealer_id=cast.dealer_id, product_id=products[0]) == []
