"""A dealer is told of new prices that it pays, and of no others."""

import datetime as dt
from decimal import Decimal

import pytest

from firstmove.domains.catalog import operations, queries
from firstmove.kernel import tenancy
from tests.cast import TODAY

DAY = dt.timedelta(days=1)


@pytest.fixture
def told(cast):
    """What the dealer is told of after these prices: ``told((price, dealer, valid_from, valid_to), …)``."""
    operations.upsert_products(rows=[{"sku": "000001", "name": "Oolong tea", "unit_price": 20}])

    def tell(*rows):
        names = ("price", "dealer", "valid_from", "valid_to")
        operations.upsert_prices(rows=[{"sku": "000001"} | dict(zip(names, row, strict=True)) for row in rows])
        with tenancy.scope(cast.buyer.actor):
            found = queries.price_changes(dealer_id=cast.dealer_id, since=TODAY - 7 * DAY, until=TODAY)
        return [(change.starts_on, change.before, change.price) for change in found]

    return tell


def test_a_new_price_is_told_beside_the_old_one(told):
    assert told((10, "D-1", None, None), (12, "D-1", TODAY, None)) == [(TODAY, Decimal(10), Decimal(12))]


def test_everybodys_new_price_is_no_news_for_a_dealer_with_a_price_of_its_own(told):
    """The dealer read of a price that it never pays."""
    assert told((10, "D-1", None, None), (15, None, None, None), (16, None, TODAY, None)) == []


def test_the_first_price_of_its_own_is_told_beside_everybodys(told):
    """It was told as if there had been no price before."""
    assert told((15, None, None, None), (12, "D-1", TODAY, None)) == [(TODAY, Decimal(15), Decimal(12))]


def test_a_price_that_had_ended_is_not_the_one_before(told):
    ended = TODAY - 30 * DAY
    assert told((10, "D-1", None, ended), (12, "D-1", TODAY, None)) == [(TODAY, None, Decimal(12))]


def test_the_same_price_again_is_no_news(told):
    assert told((10, "D-1", None, None), (10, "D-1", TODAY, None)) == []


def test_the_rivals_price_is_not_told(told):
    assert told((10, "D-2", None, None), (12, "D-2", TODAY, None)) == []


def test_many_new_prices_of_many_days_are_asked_for_at_once(cast, told, django_assert_max_num_queries):
    """They were asked for day by day, two statements for each."""
    rows = [(10 + day, "D-1", TODAY - day * DAY, None) for day in range(7)]
    told(*rows)
    with tenancy.scope(cast.buyer.actor), django_assert_max_num_queries(3):
        found = queries.price_changes(dealer_id=cast.dealer_id, since=TODAY - 7 * DAY, until=TODAY)
    assert len(found) == 7
