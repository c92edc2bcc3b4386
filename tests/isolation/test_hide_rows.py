"""Nothing of the dealer comes back from any table, or changes in it, for whoever is not the dealer."""

import psycopg
import pytest
from django.db import Error, transaction

from firstmove.domains.customers import queries as customers
from firstmove.domains.network import operations as network
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import NOBODY, SYSTEM
from tests.cast import NOW
from tests.isolation.conftest import CUSTOMER, CUSTOMER_CODE
from tests.isolation.tables import dealer_tables, fingerprint, protected_tables, rows_of, run

# Rows that the enterprise sees only by consent, or that were told to a program of the dealer alone.
BY_CONSENT = {"customers_customer", "catalog_supplierprice", "kernel_givenanswer"}
# What a dealer gathers is its own until it orders.
OWN_ALONE = {
    "trade_cart", "trade_cartline", "trade_orderlist", "trade_orderlistline", "planning_newsread",
    "reminders_channel", "reminders_personsettings",
}  # fmt: skip
# Tables that even the dealer itself only reads through the enterprise's pages, or not at all.
REFUSALS = (psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation)


def shown(dealer_id):
    return {
        table: count
        for table, column in dealer_tables().items()
        if (count := rows_of(dealer_id, table=table, column=column))
    }


def test_the_scene_fills_every_table_for_dealer_and_rival(busy):
    """Without this, all the other tests of this module could pass on empty tables."""
    with tenancy.scope(SYSTEM):
        assert set(shown(busy.cast.dealer_id)) == set(dealer_tables())
        assert set(shown(busy.cast.rival_id)) == set(dealer_tables())


def test_the_dealer_sees_all_of_its_own(busy):
    with tenancy.scope(SYSTEM):
        everything = shown(busy.cast.dealer_id)
    with tenancy.scope(busy.cast.owner.actor):
        assert shown(busy.cast.dealer_id) == everything
        assert shown(busy.cast.rival_id) == {}


@pytest.mark.parametrize("who", ["rival", "supplier", "nobody", "outside"])
def test_nothing_of_the_dealer_comes_back(busy, who):
    if who == "outside":
        assert tenancy.current() is None
        assert shown(busy.cast.dealer_id) == {}
        return
    with tenancy.scope(NOBODY if who == "nobody" else getattr(busy.cast, who).actor):
        assert shown(busy.cast.dealer_id) == {}


@pytest.mark.parametrize("scope", [NOBODY, None])
def test_outside_any_party_every_protected_table_is_empty(busy, scope):
    def counts():
        return {t: n for t in protected_tables() if (n := run(f"select count(*) from {t}")[0][0])}  # noqa: S608

    if scope is None:
        assert counts() == {}
    else:
        with tenancy.scope(scope):
            assert counts() == {}


def test_a_supplier_sees_its_own_and_nothing_of_another_supplier(busy):
    with tenancy.scope(busy.cast.supplier.actor):
        assert run("select code from network_supplier") == [("S-1",)]
        assert run("select count(*) from catalog_product where sku = '000031'") == [(0,)]
        assert run("select number from trade_order") == [("PO-S1-777",)]
        assert run("select count(*) from trade_orderline") == [(1,)]
        assert run("select topic from kernel_outboxevent") == [("supply.ordered",)]
        assert run("select count(*) from catalog_price") == [(0,)]
    other = tenancy.Actor("supplier", supplier_id=busy.second_supplier_id)
    with tenancy.scope(other):
        assert run("select code from network_supplier") == [("S-2",)]
        assert run("select sku from catalog_product") == [("000031",)]
        for table in ("trade_order", "trade_orderline", "trade_orderstep", "kernel_outboxevent", "network_user"):
            assert run(f"select count(*) from {table}") == [(0,)], table  # noqa: S608


def test_no_dealer_sees_what_the_enterprise_bought(busy):
    with tenancy.scope(busy.cast.owner.actor):
        assert run("select count(*) from trade_order where id = %s", [busy.purchase_id]) == [(0,)]


def test_the_enterprise_sees_every_table_of_a_dealer_but_its_customers_and_its_cart(busy):
    with tenancy.scope(SYSTEM):
        everything = shown(busy.cast.dealer_id)
    with tenancy.scope(busy.cast.admin.actor):
        assert shown(busy.cast.dealer_id) == {t: n for t, n in everything.items() if t not in BY_CONSENT | OWN_ALONE}


def test_the_enterprise_sees_customers_as_long_as_their_dealer_agrees(busy):
    cast = busy.cast

    def seen():
        with tenancy.scope(cast.admin.actor):
            return [
                [row.code for row in customers.customers(dealer_id=dealer)[0]]
                for dealer in (cast.dealer_id, cast.rival_id)
            ]

    assert seen() == [[], []]
    network.set_consent(actor=cast.owner.actor, shares_customers=True, now=NOW)
    assert seen() == [[CUSTOMER_CODE], []]
    network.set_consent(actor=cast.owner.actor, shares_customers=False, now=NOW)
    assert seen() == [[], []]


def test_a_row_that_was_set_aside_tells_the_enterprise_no_customer(busy, tmp_path):
    from firstmove.domains.intake import operations as intake
    from firstmove.domains.intake import queries

    file = tmp_path / "customers.csv"
    file.write_text(f"customer,name,dealer,kind\n{CUSTOMER_CODE},{CUSTOMER},D-1,castle\n")
    batch_id = intake.take_in(path=file, source="till", now=NOW).files[0].batch_id
    for batch in (busy.batch_id, batch_id):
        with tenancy.scope(SYSTEM):
            assert CUSTOMER_CODE in queries.set_aside(batch_id=batch)[0][0].raw
        with tenancy.scope(busy.cast.admin.actor):
            (row,), count = queries.set_aside(batch_id=batch)
        assert (row.row, count) == (2 if batch == batch_id else 3, 1)
        assert row.reason
        assert row.raw == ""
        assert row.value == ("" if batch == batch_id else "many")


def test_the_enterprise_cannot_agree_in_a_dealers_name(busy):
    with tenancy.scope(busy.cast.admin.actor):
        run("update network_consent set shares_customers = true")
        assert run("select count(*) from network_consent where shares_customers") == [(0,)]


@pytest.mark.parametrize("who", ["rival", "supplier", "nobody"])
def test_no_row_of_the_dealer_can_be_changed_or_deleted(busy, who):
    cast = busy.cast
    before = fingerprint(cast.dealer_id)
    actor = NOBODY if who == "nobody" else getattr(cast, who).actor
    for table, column in dealer_tables().items():
        for statement in (
            f"update {table} set {column} = {column} where {column} = {cast.dealer_id}",  # noqa: S608
            f"update {table} set id = id",  # noqa: S608
            f"delete from {table} where {column} = {cast.dealer_id}",  # noqa: S608
        ):
            try:
                with transaction.atomic(), tenancy.scope(actor):
                    run(statement)
            except Error as error:
                assert isinstance(error.__cause__, REFUSALS), statement  # noqa: PT017
    assert fingerprint(cast.dealer_id) == before


@pytest.mark.parametrize("who", ["rival", "supplier", "nobody", "outside"])
def test_no_row_can_be_put_under_the_dealers_name(busy, who):
    cast = busy.cast
    before = fingerprint(cast.dealer_id)
    for table, column in dealer_tables().items():
        with tenancy.scope(SYSTEM):
            copy = run(f"select to_jsonb(t)::text from {table} t where {column} = %s limit 1", [cast.dealer_id])[0][0]  # noqa: S608
        # A fresh id, so that nothing but the policy stands in the way.
        insert = (
            f"insert into {table} select * from jsonb_populate_record(null::{table}, "  # noqa: S608
            "%s::jsonb || jsonb_build_object('id', 900000000))"
        )
        if column == "id":
            insert = insert.replace("|| jsonb_build_object('id', 900000000)", "")
        with pytest.raises(Error) as refused, transaction.atomic():  # noqa: PT012
            if who == "outside":
                run(insert, [copy])
            else:
                with tenancy.scope(NOBODY if who == "nobody" else getattr(cast, who).actor):
                    run(insert, [copy])
        assert isinstance(refused.value.__cause__, REFUSALS), (table, refused.value)
    assert fingerprint(cast.dealer_id) == before


def test_the_rival_cannot_give_its_own_rows_to_the_dealer(busy):
    cast = busy.cast
    before = fingerprint(cast.dealer_id)
    for table, column in dealer_tables().items():
        try:
            with transaction.atomic(), tenancy.scope(cast.rival.actor):
                run(f"update {table} set {column} = {cast.dealer_id} where {column} = {cast.rival_id}")  # noqa: S608
        except Error as error:
            assert isinstance(error.__cause__, (*REFUSALS, psycopg.errors.ForeignKeyViolation)), table  # noqa: PT017
    assert fingerprint(cast.dealer_id) == before


@pytest.mark.parametrize(
    "table", ["kernel_auditevent", "stock_movement", "stock_balance", "stock_reservation", "stock_batch"]
)
@pytest.mark.parametrize("who", ["owner", "admin"])
def test_the_audit_and_the_ledger_cannot_be_rewritten_by_anybody(busy, table, who):
    for statement in (f"update {table} set id = id", f"delete from {table}"):  # noqa: S608
        with (
            pytest.raises(Error) as refused,
            transaction.atomic(),
            tenancy.scope(getattr(busy.cast, who).actor),
        ):
            run(statement)
        assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)
