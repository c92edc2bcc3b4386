"""What a dealer pays: its own price before everybody's, the latest start that has begun."""

import datetime as dt
from decimal import Decimal

import pytest

from firstmove.domains.catalog import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.models import AuditEvent
from tests.cast import TODAY

TOMORROW, YESTERDAY = TODAY + dt.timedelta(days=1), TODAY - dt.timedelta(days=1)


@pytest.fixture
def tea(cast):
    operations.upsert_products(rows=[{"sku": "007", "name": "Tea"}])
    with tenancy.scope(tenancy.SYSTEM):
        return queries.product_ids_by_sku()["007"]


def prices(*rows):
    return operations.upsert_prices(rows=[{"sku": "007", **row} for row in rows])


def paid(cast, tea, *, who="buyer", on=TODAY):
    actor = getattr(cast, who).actor
    with tenancy.scope(actor):
        return queries.dealer_prices(dealer_id=actor.dealer_id, on=on).get(tea)


def test_a_dealers_own_price_goes_before_everybodys(cast, tea):
    prices({"price": 10}, {"price": "8.5", "dealer": "D-1"})
    assert paid(cast, tea) == Decimal("8.5")
    assert paid(cast, tea, who="rival") == 10


def test_an_own_price_goes_before_a_later_common_one(cast, tea):
    prices({"price": 8, "dealer": "D-1"}, {"price": 10, "valid_from": TODAY})
    assert paid(cast, tea) == 8


def test_a_price_holds_from_its_first_to_its_last_day(cast, tea):
    prices(
        {"price": 10},
        {"price": 12, "valid_from": TODAY, "valid_to": TOMORROW},
        {"price": 15, "valid_from": TOMORROW + dt.timedelta(days=1)},
    )
    days = [YESTERDAY, TODAY, TOMORROW, TOMORROW + dt.timedelta(days=1)]
    assert [paid(cast, tea, on=day) for day in days] == [10, 12, 12, 15]


def test_the_latest_start_wins(cast, tea):
    prices({"price": 12, "valid_from": TODAY}, {"price": 11, "valid_from": YESTERDAY}, {"price": 10})
    assert paid(cast, tea) == 12


def test_an_own_price_that_ended_gives_way_to_everybodys(cast, tea):
    prices({"price": 8, "dealer": "D-1", "valid_from": YESTERDAY, "valid_to": YESTERDAY}, {"price": 10})
    assert paid(cast, tea) == 10


def test_without_a_price_there_is_none_and_not_zero(cast, tea):
    prices({"price": 10, "valid_from": TOMORROW})
    assert paid(cast, tea) is None


def test_a_price_of_an_unknown_product_is_left_out(cast, tea):
    assert operations.upsert_prices(rows=[{"sku": "nothing", "price": 1}]).added == 0


def test_the_same_list_again_changes_nothing(cast, tea):
    rows = ({"price": 10}, {"price": "8.5", "dealer": "D-1", "valid_from": TODAY})
    assert prices(*rows).added == 2
    again = prices(*rows)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)


def test_a_change_of_price_says_who_saw_what_before_and_after(cast, tea):
    operations.set_price(sku="007", price=Decimal(8), dealer="D-1")
    operations.set_price(sku="007", price=Decimal(9), dealer="D-1")
    operations.set_price(sku="007", price=Decimal(9), dealer="D-1")
    with tenancy.scope(cast.owner.actor):
        insert, update = AuditEvent.objects.filter(table_name="catalog_price").order_by("id")
    assert (insert.action, insert.after["price"]) == ("insert", 8)
    assert (update.action, update.before, update.after) == ("update", {"price": 8}, {"price": 9})
    with tenancy.scope(cast.rival.actor):
        assert not AuditEvent.objects.filter(table_name="catalog_price").exists()
