"""A dealer sees how far the goods are that it waits for, and nothing of what others wait for."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import Error, transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.stock import operations as stock
from firstmove.domains.stock import queries as stock_queries
from firstmove.domains.trade import operations, queries
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import NOW, TODAY
from tests.portals.conftest import plain_static, signed_in  # noqa: F401 (fixtures)
from tests.trade.orders import line, place


def day(n):
    return TODAY + dt.timedelta(days=n)


@pytest.fixture
def tea(cast, products):
    """Eight units in stock, each take five days to make; the rival was first and wants ten of them."""
    tea = products["0001"]
    catalog.upsert_supply_terms(rows=[{"sku": "0001", "supply_days": 5}])
    moves = [stock.Move(tea, Decimal(8))]
    stock.record(actor=SYSTEM, kind="correction", cause="counted", moves=moves, occurred_on=TODAY)
    return tea


def due(*pairs):
    return {(part.stage, part.units, part.due_on) for part in pairs}


def lines(person):
    with tenancy.scope(person.actor):
        return queries.waiting_lines(dealer_id=person.actor.dealer_id, on=TODAY)


def expect(tea, *rows):
    stock.expect(source="production", arrivals=[stock.Due(tea, Decimal(units), day(n)) for n, units in rows])


def test_what_comes_is_shared_first_come_first_served_with_its_day_and_stage(cast, tea):
    place(cast, line(tea, 10), who="rival")
    place(cast, line(tea, 5))
    expect(tea, (3, 4), (9, 9))
    (own,) = lines(cast.buyer)
    assert (own.wanted, own.waiting, own.unknown, own.complete_on) == (5, 5, 0, day(9))
    assert due(*own.parts) == {("in_production", 2, day(3)), ("planned", 3, day(9))}
    assert [part.share for part in own.parts] == [0.4, 0.6]
    (theirs,) = lines(cast.rival)
    assert due(*theirs.parts) == {("in_production", 2, day(3))}


def test_what_is_reserved_while_an_order_waits_for_its_shipment_is_at_the_warehouse(cast, tea):
    operations.set_step_rule(actor=cast.admin.actor, step="to_ship", now=NOW, is_on=True, automatic=False)
    place(cast, line(tea, 10))
    expect(tea, (3, 2))
    (own,) = lines(cast.buyer)
    assert (own.wanted, own.waiting, own.complete_on) == (10, 2, day(3))
    assert due(*own.parts) == {("at_warehouse", 8, None), ("in_production", 2, day(3))}


def test_goods_of_which_no_day_is_known_are_not_promised(cast, tea):
    place(cast, line(tea, 20))
    expect(tea, (3, 4), (-1, 50))
    (own,) = lines(cast.buyer)
    assert (own.unknown, own.complete_on) == (8, None)
    assert lines(cast.rival) == []


def test_what_a_supplier_shipped_is_on_its_way(cast, tea):
    catalog.upsert_products(rows=[{"sku": "0001", "name": "Oolong tea", "supplier": "S-1", "unit_cost": 3}])
    place(cast, line(tea, 12))
    purchase = operations.propose_purchase(
        actor=cast.admin.actor, supplier_id=cast.supplier_id, lines=[operations.Wanted(tea, Decimal(30))],
        expected_on=day(9), now=NOW,
    )  # fmt: skip
    operations.send_purchase(actor=cast.admin.actor, order_id=purchase, now=NOW)
    operations.confirm_purchase(actor=cast.supplier.actor, order_id=purchase, promised_on=day(9), now=NOW)
    outbox.deliver()
    stages = [{part.stage for part in lines(cast.buyer)[0].parts} - {"at_warehouse"}]
    operations.ship_purchase(actor=cast.supplier.actor, order_id=purchase, now=NOW)
    outbox.deliver()
    stages.append({part.stage for part in lines(cast.buyer)[0].parts} - {"at_warehouse"})
    assert stages == [{"planned"}, {"on_the_way"}]


def test_nobody_asks_in_anothers_name(cast, tea):
    place(cast, line(tea, 12))
    for person in (cast.rival, cast.supplier):
        with pytest.raises(Error, match="not theirs"), transaction.atomic(), tenancy.scope(person.actor):
            stock_queries.coming(dealer_id=cast.dealer_id, on=TODAY)


def test_the_page_and_the_program_tell_the_same(cast, tea, signed_in):  # noqa: F811
    client = signed_in(cast.buyer)
    assert "You wait for nothing" in client.get(reverse("dealer:progress")).content.decode()
    place(cast, line(tea, 12))
    expect(tea, (3, 4))
    text = client.get(reverse("dealer:progress")).content.decode()
    assert "You wait for goods of 1 line" in text
    assert "in production" in text
    (item,) = client.get("/api/v1/back-orders").json()["items"]
    assert (item["waiting"], item["complete_on"], item["unknown"]) == ("4.000", day(3).isoformat(), "0.000")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wants=st.lists(st.tuples(st.booleans(), st.integers(1, 9)), min_size=1, max_size=5),
    comes=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 12)), max_size=4, unique_by=lambda row: row[0]),
)
def test_the_parts_of_all_dealers_never_exceed_what_comes_and_fill_it_where_enough_wait(cast, tea, wants, comes):
    with transaction.atomic():
        for mine, units in wants:
            place(cast, line(tea, units), who="buyer" if mine else "rival")
        expect(tea, *comes)
        told = [found for person in (cast.buyer, cast.rival) for found in lines(person)]
        waiting = sum(found.waiting for found in told)
        assert waiting == max(0, sum(units for _mine, units in wants) - 8)
        meant = sum(part.units for found in told for part in found.parts if part.due_on)
        assert meant == min(waiting, sum(units for _day, units in comes))
        transaction.set_rollback(True)
