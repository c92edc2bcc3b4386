"""Scoped reads: the rival, a supplier and a stranger get nothing of Anna's; the enterprise no customers."""

import datetime as dt
from typing import get_args

import pytest

from firstmove.lake.scope import RULES, Kind, LakeScope
from firstmove.lake.tables import TABLES
from tests.lake.rows import ANNA, RIVAL, SUPPLIER, count, made, order, sale, shipment, written

DEALER_TABLES = ("sales", "orders", "shipments", "stock_daily")


@pytest.fixture
def full(lake):
    """A lake in which every table has a row of Anna and one of the rival, and two suppliers produced."""
    written(lake, "sales", sale(1), sale(2, dealer=RIVAL))
    written(lake, "orders", order("A"), order("B", dealer=RIVAL))
    written(lake, "shipments", shipment("A"), shipment("B", dealer=RIVAL))
    written(lake, "stock_daily", count("2024-03-05", 1), count("2024-03-05", 2, dealer=RIVAL))
    written(lake, "production", made("2024-03-05"), made("2024-03-06", supplier="S-2"))
    written(lake, "warehouse_daily", {"date": dt.date(2024, 3, 5), "sku": "001", "on_hand": 9.0})
    assert set(lake.versions()) == set(TABLES)
    return lake


def test_every_table_has_a_rule_for_every_kind_of_reader():
    assert set(RULES) == set(get_args(Kind))
    for kind, rules in RULES.items():
        assert set(rules) == set(TABLES), f"{kind} lacks a rule for a table"


@pytest.mark.parametrize("table", DEALER_TABLES)
def test_a_dealer_reads_only_its_own_rows(full, table):
    assert set(full.read(table=table, scope=LakeScope.dealer(ANNA))["dealer"]) == {ANNA}
    assert full.read(table=table, scope=LakeScope.dealer("D-new")).is_empty()


@pytest.mark.parametrize("table", TABLES)
def test_nobody_and_an_empty_code_read_nothing(full, table):
    for scope in (LakeScope.nobody(), LakeScope.dealer(""), LakeScope.supplier("")):
        assert full.read(table=table, scope=scope).is_empty()


def test_a_supplier_reads_its_own_production_and_nothing_of_the_dealers(full):
    scope = LakeScope.supplier(SUPPLIER)
    assert set(full.read(table="production", scope=scope)["supplier"]) == {SUPPLIER}
    for table in DEALER_TABLES:
        assert full.read(table=table, scope=scope).is_empty()
    assert full.read(table="production", scope=LakeScope.dealer(ANNA)).is_empty()


def test_what_lies_in_the_enterprises_warehouse_is_the_enterprises(full):
    assert full.read(table="warehouse_daily", scope=LakeScope.enterprise()).height == 1
    for scope in (LakeScope.dealer(ANNA), LakeScope.supplier(SUPPLIER)):
        assert full.read(table="warehouse_daily", scope=scope).is_empty()


def test_the_enterprise_sees_a_dealers_customers_only_with_its_consent(full):
    closed = full.read(table="sales", scope=LakeScope.enterprise())
    assert closed.height == 2
    assert closed["customer"].null_count() == 2
    opened = full.read(table="sales", scope=LakeScope.enterprise(open_dealers=frozenset({ANNA})))
    assert dict(opened.select("dealer", "customer").iter_rows()) == {ANNA: "C1", RIVAL: None}


def test_choosing_columns_does_not_lift_the_scope(full):
    rows = full.read(table="sales", scope=LakeScope.dealer(ANNA), columns=["line"])
    assert rows["line"].to_list() == ["1"]
    assert full.read(table="sales", scope=LakeScope.enterprise(), columns=["customer"])["customer"].null_count() == 2


def test_a_table_without_a_rule_shows_nothing(full):
    rows = full.scan(table="sales", scope=LakeScope.system())
    for scope in (LakeScope.system(), LakeScope.enterprise(), LakeScope.dealer(ANNA)):
        assert scope.apply(table="brand_new", rows=rows).collect().is_empty()
