"""Customers: added and changed by their dealer and code; each dealer's are its own."""

from firstmove.domains.customers import operations, queries
from firstmove.domains.network import operations as network
from firstmove.kernel import tenancy
from tests.cast import NOW

ROWS = [
    {"dealer": "D-1", "code": "007", "name": "Corner shop", "kind": "store", "city": "Ames"},
    {"dealer": "D-1", "code": "008", "name": "Li Lei", "kind": "person", "age_band": "30-39"},
    {"dealer": "D-2", "code": "007", "name": "Another shop", "kind": "store"},
]


def seen(cast, dealer_id, *, who="owner", search=""):
    with tenancy.scope(getattr(cast, who).actor):
        rows, count = queries.customers(dealer_id=dealer_id, search=search)
    assert count == len(rows)
    return {row.code: row.name for row in rows}


def test_two_dealers_use_one_code_for_two_customers(cast):
    assert operations.upsert_customers(rows=ROWS).added == 3
    assert seen(cast, cast.dealer_id) == {"007": "Corner shop", "008": "Li Lei"}
    assert seen(cast, cast.rival_id, who="rival") == {"007": "Another shop"}
    assert seen(cast, cast.dealer_id, who="rival") == {}


def test_columns_that_a_file_does_not_name_keep_their_values(cast):
    operations.upsert_customers(rows=ROWS)
    done = operations.upsert_customers(rows=[{"dealer": "D-1", "code": "007", "name": "Corner shop & bar"}])
    assert (done.added, done.changed) == (0, 1)
    with tenancy.scope(cast.owner.actor):
        (row,), _count = queries.customers(dealer_id=cast.dealer_id, search="bar")
        assert queries.counts_by_kind(dealer_id=cast.dealer_id) == {"store": 1, "person": 1}
    assert (row.city, row.kind) == ("Ames", "store")
    assert seen(cast, cast.rival_id, who="rival") == {"007": "Another shop"}


def test_the_enterprise_counts_customers_only_where_it_may_see_them(cast):
    operations.upsert_customers(rows=ROWS)
    network.set_consent(actor=cast.rival.actor, shares_customers=True, now=NOW)
    assert seen(cast, cast.dealer_id, who="admin") == {}
    assert seen(cast, cast.rival_id, who="admin") == {"007": "Another shop"}
