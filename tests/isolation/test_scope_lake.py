"""What really happened in the scene, read from the lake by everybody."""

import pytest

from firstmove.domains.network import operations as network
from firstmove.domains.network import queries as network_queries
from firstmove.kernel import tenancy
from firstmove.lake.scope import LakeScope
from firstmove.lake.tables import TABLES
from tests.cast import NOW

DEALER_TABLES = sorted(table for table, spec in TABLES.items() if "dealer" in spec.schema)


def test_the_scene_fills_every_table_for_dealer_and_rival(busy_lake):
    assert set(busy_lake.versions()) == set(TABLES)
    for table in DEALER_TABLES:
        dealers = set(busy_lake.read(table=table, scope=LakeScope.system())["dealer"])
        assert dealers >= ({"D-1"} if table == "stock_daily" else {"D-1", "D-2"}), table


@pytest.mark.parametrize("table", sorted(TABLES))
def test_each_reader_gets_its_own_rows_and_no_others(busy_lake, table):
    everything = busy_lake.read(table=table, scope=LakeScope.system())
    expected = {
        LakeScope.dealer("D-1"): ("dealer", "D-1"),
        LakeScope.dealer("D-2"): ("dealer", "D-2"),
        LakeScope.supplier("S-1"): ("supplier", "S-1"),
    }
    for scope, (column, code) in expected.items():
        own = everything.filter(everything[column] == code) if column in everything.columns else everything.clear()
        assert busy_lake.read(table=table, scope=scope).sort("line").equals(own.sort("line")), (table, scope)
    assert busy_lake.read(table=table, scope=LakeScope.nobody()).is_empty()


@pytest.mark.parametrize("table", sorted(TABLES))
def test_sql_reaches_no_further_than_the_tables(busy_lake, table):
    counted = f"select count(*) as n from {table}"  # noqa: S608
    for scope in (LakeScope.nobody(), LakeScope.supplier("S-9"), LakeScope.dealer("D-9")):
        assert busy_lake.sql(counted, scope=scope)["n"].to_list() == [0]


def test_the_enterprise_reads_customers_as_long_as_their_dealer_agrees(busy, busy_lake):
    def customers_seen():
        with tenancy.scope(busy.cast.admin.actor):
            open_dealers = network_queries.dealer_codes_sharing_customers()
        rows = busy_lake.read(table="sales", scope=LakeScope.enterprise(open_dealers=open_dealers))
        assert set(rows["dealer"]) == {"D-1", "D-2"}
        return set(rows.drop_nulls("customer")["dealer"])

    assert customers_seen() == set()
    network.set_consent(actor=busy.cast.owner.actor, shares_customers=True, now=NOW)
    assert customers_seen() == {"D-1"}
    network.set_consent(actor=busy.cast.owner.actor, shares_customers=False, now=NOW)
    assert customers_seen() == set()
