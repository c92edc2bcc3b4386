"""What was done can be proved: audit and ledger are written by the database and by nobody else."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog import queries as catalog_queries
from firstmove.domains.network import operations as network
from firstmove.domains.stock import operations as stock
from firstmove.domains.stock import queries as stock_queries
from firstmove.kernel.models import AuditEvent
from firstmove.kernel.tenancy import SYSTEM, scope


def entries(table, action, actor=SYSTEM):
    with scope(actor):
        return list(AuditEvent.objects.filter(table_name=table, action=action).order_by("id"))


def test_a_change_is_recorded_with_what_changed_and_nothing_else(cast):
    network.upsert_dealers(rows=[{"code": "D-1", "name": "Dealer One", "credit_limit": Decimal("60000.00")}])
    (entry,) = entries("network_dealer", "update")
    assert (entry.actor, entry.row_id, entry.dealer_id) == ("system", cast.dealer_id, cast.dealer_id)
    assert entry.before == {"credit_limit": 50000.00}
    assert entry.after == {"credit_limit": 60000.00}


def test_the_same_again_is_no_change(cast):
    network.upsert_dealers(rows=[{"code": "D-1", "name": "Dealer One"}])
    assert entries("network_dealer", "update") == []


def test_a_change_bears_the_name_of_who_made_it(cast):
    network.set_consent(actor=cast.owner.actor, shares_customers=True, now=dt.datetime(2026, 3, 2, tzinfo=dt.UTC))
    (entry,) = entries("network_consent", "insert")
    assert (entry.actor, entry.user_id, entry.dealer_id) == ("dealer", cast.owner.user_id, cast.dealer_id)


def test_no_password_is_recorded(cast):
    network.reset_password(email=cast.owner.email, password="another long password")
    recorded = entries("network_user", "insert") + entries("network_user", "update")
    assert recorded
    assert not any("password" in (part or {}) for entry in recorded for part in (entry.before, entry.after))


def test_a_dealer_reads_its_own_records_alone(cast):
    network.upsert_dealers(rows=[{"code": code, "name": f"Renamed {code}"} for code in ("D-1", "D-2")])
    assert [entry.dealer_id for entry in entries("network_dealer", "update", cast.buyer.actor)] == [cast.dealer_id]


@pytest.fixture
def counted(cast):
    """Stock of one product at the dealer: ten units counted, three sold."""
    catalog.upsert_products(
        rows=[
            {"sku": "077", "name": "Tea", "unit": "case", "unit_cost": 1.0, "unit_price": 2.0, "life_cycle": "active"}
        ]
    )
    with scope(SYSTEM):
        product_id = catalog_queries.product_ids_by_sku()["077"]
    for on_hand, day in ((10, 1), (7, 2)):
        stock.bring_to(
            positions=[stock.Position(dealer_id=cast.dealer_id, product_id=product_id, on_hand=Decimal(on_hand))],
            occurred_on=dt.date(2026, 3, day),
            cause=f"feed:stock of {day}",
        )
    return cast, product_id


def test_the_balance_is_the_sum_of_its_movements(counted):
    cast, product_id = counted
    with scope(SYSTEM):
        moves = stock_queries.movements(dealer_id=cast.dealer_id, product_id=product_id)
        balance = stock_queries.balances(dealer_id=cast.dealer_id)[product_id]
    assert [move.quantity for move in moves] == [Decimal(-3), Decimal(10)]
    assert balance.on_hand == sum(move.quantity for move in moves) == 7


@pytest.mark.parametrize(
    "statement",
    [
        "update kernel_auditevent set actor = 'somebody else'",
        "delete from kernel_auditevent",
        "update stock_movement set quantity = 1000",
        "delete from stock_movement",
        "insert into stock_balance (product_id, on_hand, moved_on) select product_id, 5, moved_on from stock_balance",
        "update stock_balance set on_hand = 1000",
        "delete from stock_balance",
    ],
)
def test_the_serving_role_rewrites_no_history(counted, statement):
    with scope(SYSTEM), connection.cursor() as cursor:
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            cursor.execute(statement)
        cursor.execute("select sum(on_hand) from stock_balance")
        assert cursor.fetchone() == (7,)
