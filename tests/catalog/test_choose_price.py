"""One order of precedence: contract > dealer > tier > region > everybody, the later start, the higher step."""

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from firstmove.domains.catalog import operations, queries
from firstmove.domains.catalog.precedence import ListOf, PriceRow, applying, applying_and_next, steps
from firstmove.domains.catalog.price_book import book_of
from firstmove.domains.network import operations as network
from firstmove.kernel import tenancy
from firstmove.kernel.models import AuditEvent
from tests.cast import TODAY

DAY = dt.timedelta(days=1)


@pytest.fixture
def tea(cast):
    network.upsert_dealers(
        rows=[{"code": "D-1", "tier": "A", "region": "North"}, {"code": "D-2", "tier": "B", "region": "North"}]
    )
    operations.upsert_products(rows=[{"sku": "007", "name": "Tea"}])
    with tenancy.scope(tenancy.SYSTEM):
        return queries.product_ids_by_sku()["007"]


def prices(*rows):
    return operations.upsert_prices(rows=[{"sku": "007", **row} for row in rows])


def quote(cast, tea, *, who="buyer", quantity=1, on=TODAY):
    actor = getattr(cast, who).actor
    with tenancy.scope(actor):
        return queries.prices_for(dealer_id=actor.dealer_id, on=on, quantities={tea: quantity}).get(tea)


def test_the_more_particular_list_goes_first_even_where_it_is_dearer(cast, tea):
    """The lowest won by accident."""
    parties = [
        ("everybody", {}),
        ("region", {"region": "North"}),
        ("tier", {"tier": "A"}),
        ("dealer", {"dealer": "D-1"}),
        ("contract", {"contract": "C-1", "tier": "A"}),
    ]
    for price, (rule, party) in enumerate(parties, start=5):
        prices({"price": price, **party})
        found = quote(cast, tea)
        assert (found.price, found.price_list.rule) == (price, rule)
    assert quote(cast, tea, who="rival").price_list.rule == "region"


def test_a_quantity_reaches_its_step_and_is_told_the_next(cast, tea):
    prices(
        {"price": 10},
        {"price": "9.9", "from_quantity": 12},
        {"price": "9.8", "from_quantity": 24, "valid_to": TODAY + 7 * DAY},
    )
    below, at, above = (quote(cast, tea, quantity=units) for units in (11, 12, 30))
    assert [(one.price, one.next_from, one.next_price) for one in (below, at, above)] == [
        (10, 12, Decimal("9.9")),
        (Decimal("9.9"), 24, Decimal("9.8")),
        (Decimal("9.8"), None, None),
    ]
    assert (above.from_quantity, above.valid_to) == (24, TODAY + 7 * DAY)
    with tenancy.scope(cast.buyer.actor):
        found = queries.price_steps(dealer_id=cast.dealer_id, product_id=tea, on=TODAY)
    assert [(one.from_quantity, one.price) for one in found] == [(1, 10), (12, Decimal("9.9")), (24, Decimal("9.8"))]


def test_a_later_start_replaces_the_steps_of_an_earlier_one(cast, tea):
    """A dealer kept last year's step below this year's price."""
    prices(
        {"price": 10, "valid_from": TODAY - 90 * DAY},
        {"price": 9, "from_quantity": 24, "valid_from": TODAY - 90 * DAY},
        {"price": "10.5", "valid_from": TODAY},
    )
    assert quote(cast, tea, quantity=30).price == Decimal("10.5")
    assert quote(cast, tea, quantity=30, on=TODAY - DAY).price == 9


def test_a_step_of_an_own_list_leaves_smaller_orders_to_everybodys_price(cast, tea):
    prices({"price": 10}, {"price": 9, "from_quantity": 24, "dealer": "D-1"})
    assert [quote(cast, tea, quantity=units).price for units in (5, 24)] == [10, 9]


def test_the_rival_sees_neither_lists_nor_prices_of_others(cast, tea):
    prices(
        {"price": 7, "dealer": "D-1"},
        {"price": 6, "contract": "C-1", "dealer": "D-1"},
        {"price": 5, "tier": "A"},
        {"price": 4, "region": "South"},
        {"price": 10},
    )
    with tenancy.scope(cast.rival.actor), connection.cursor() as cursor:
        cursor.execute("select price from catalog_price")
        assert cursor.fetchall() == [(Decimal("10.0000"),)]
        cursor.execute("select contract, dealer_id, tier, region from catalog_pricelist")
        assert cursor.fetchall() == [("", None, "", "")]
        # Not even by asking in another's name.
        assert queries.prices_for(dealer_id=cast.dealer_id, on=TODAY) == {}


def test_a_dealer_who_changes_tier_pays_the_new_tiers_price_at_once(cast, tea):
    prices({"price": 10}, {"price": 8, "tier": "A"})
    network.upsert_dealers(rows=[{"code": "D-2", "tier": "A"}])
    assert quote(cast, tea, who="rival").price == 8


def test_one_new_price_touches_one_row(cast, tea):
    prices({"price": 8, "tier": "A"}, {"price": 10})
    with tenancy.scope(tenancy.SYSTEM):
        before = AuditEvent.objects.count()
    assert prices({"price": 9, "tier": "A"}).changed == 1
    with tenancy.scope(tenancy.SYSTEM):
        assert AuditEvent.objects.count() == before + 1
    assert [quote(cast, tea).price, quote(cast, tea, who="rival").price] == [9, 10]


def test_all_prices_of_a_dealer_take_one_statement(cast, tea):
    prices({"price": 10}, {"price": 9, "from_quantity": 24}, {"price": 8, "tier": "A"})
    with tenancy.scope(cast.buyer.actor), CaptureQueriesContext(connection) as asked:
        queries.prices_for(dealer_id=cast.dealer_id, on=TODAY)
    assert len(asked) == 1


def test_a_price_of_an_unknown_dealer_does_not_become_everybodys(cast, tea):
    assert prices({"price": 1, "dealer": "D-404"}).added == 0
    assert quote(cast, tea) is None


LISTS = [
    ListOf(1, "", "", None, "", ""),
    ListOf(2, "Spring", "", None, "", ""),
    ListOf(3, "", "", None, "", "North"),
    ListOf(4, "", "", None, "A", ""),
    ListOf(5, "", "", 7, "", ""),
    ListOf(6, "", "C-1", 7, "", ""),
    ListOf(7, "", "", 8, "", ""),
    ListOf(8, "", "", None, "A", "South"),
]
DEALERS = [(7, "A", "North"), (8, "A", "South"), (9, "", "")]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(LISTS),
        st.sampled_from([None, TODAY - DAY, TODAY]),
        st.sampled_from([1, 12, 24]),
        st.integers(1, 9),
    ),
    max_size=12,
    unique_by=lambda row: row[:3],
)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, dealer=st.sampled_from(DEALERS), quantity=st.sampled_from([1, 11, 12, 23, 24, 100]))
def test_a_line_and_a_run_over_all_dealers_choose_the_same_price(rows, dealer, quantity):
    dealer_id, tier, region = dealer
    mine = [
        PriceRow(where.rank, start or dt.date.min, units, where.id, Decimal(price), None)
        for where, start, units, price in rows
        if where.is_for(dealer_id=dealer_id, tier=tier, region=region)
    ]
    book = book_of(
        rows=[(where.id, 1, units, start, price) for where, start, units, price in rows], lists=LISTS, dealers=DEALERS
    )
    pairs = pl.DataFrame({"dealer_id": [dealer_id], "product_id": [1], "quantity": [quantity]})
    chosen, then = applying_and_next(mine, quantity=quantity)
    assert book.paid(pairs).to_list() == [None if chosen is None else float(chosen.price)]
    # The step that is promised is the price that comes, nothing cheaper comes before it, and none is kept back.
    cheaper = [step for step, row in steps(mine) if chosen and step > quantity and row.price < chosen.price]
    assert (applying(mine, quantity=cheaper[0]) if cheaper else None) == then
