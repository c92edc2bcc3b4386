"""A dealer may know whether the enterprise has something, and from when on; never how much."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import Error, transaction

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog import queries as catalog_queries
from firstmove.domains.stock import operations, queries, reserving
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import TODAY


@pytest.fixture
def ids(cast):
    """Ids by sku: 8 of A and of B are in the enterprise's warehouse, none of C and nothing is known of D."""
    catalog.upsert_products(rows=[{"sku": sku, "name": sku} for sku in "ABCD"])
    with tenancy.scope(SYSTEM):
        found = catalog_queries.product_ids_by_sku()
    moves = [operations.Move(found[sku], Decimal(8)) for sku in "ABC"]
    operations.record(actor=SYSTEM, kind="correction", cause="counted", moves=moves, occurred_on=TODAY)
    gone = [operations.Move(found["C"], Decimal(-8))]
    operations.record(actor=SYSTEM, kind="correction", cause="gone", moves=gone, occurred_on=TODAY)
    return found


def offered(person, dealer_id=None):
    with tenancy.scope(person.actor):
        return queries.offered(dealer_id=dealer_id or person.actor.dealer_id, after=TODAY)


def test_what_others_were_promised_is_not_in_stock_and_comes_with_the_day_that_covers_them(cast, ids):
    reserving.reserve(
        actor=cast.rival.actor, holder="order:1", cause="order:1", buyer_dealer_id=cast.rival_id,
        quantities={ids["B"]: Decimal(10)},
    )  # fmt: skip
    first, second = TODAY + dt.timedelta(days=2), TODAY + dt.timedelta(days=9)
    operations.expect(
        source="production",
        arrivals=[operations.Due(ids["B"], Decimal(2), first), operations.Due(ids["B"], Decimal(1), second)],
    )
    found = offered(cast.buyer)
    assert found[ids["A"]] == queries.Offered(is_free=True, from_on=None)
    assert found[ids["B"]] == queries.Offered(is_free=False, from_on=second)
    assert found[ids["C"]] == queries.Offered(is_free=False, from_on=None)
    assert ids["D"] not in found


def test_a_dealer_asks_in_its_own_name_alone_and_a_supplier_not_at_all(cast, ids):
    for person, dealer_id in ((cast.buyer, cast.rival_id), (cast.supplier, cast.dealer_id)):
        with pytest.raises(Error, match="not theirs"), transaction.atomic():
            offered(person, dealer_id)
    with tenancy.scope(cast.buyer.actor):
        assert queries.availability(after=TODAY) == {}
