"""Products: added and changed by code, found by whatever people type, never lost."""

from decimal import Decimal

import pytest

from firstmove.domains.catalog import operations, queries
from firstmove.kernel import tenancy

TEA = {
    "sku": "000123",
    "name": "乌龙茶 500ml",
    "category": "Tea",
    "supplier": "S-1",
    "pack": 12,
    "minimum": 24,
    "multiple": 12,
    "unit_cost": 3,
    "unit_price": "5.5",
    "barcode": "6901234500001",
}


def found(search, **options):
    with tenancy.scope(tenancy.SYSTEM):
        return [row.sku for row in queries.products(search=search, **options)[0]]


def product(sku):
    with tenancy.scope(tenancy.SYSTEM):
        return queries.product(product_id=queries.product_ids_by_sku()[sku])


@pytest.fixture
def tea(cast):
    operations.upsert_products(rows=[TEA, {"sku": "000999", "name": "Spring Water"}])


@pytest.mark.parametrize(
    "search", ["乌龙", "wulongcha", "wlc", "WLC", "000123", "123", "6901234500001", "乌龙 500", "wulong 123"]
)
def test_a_product_is_found_by_name_pinyin_initials_code_and_bar_code(tea, search):
    assert found(search) == ["000123"]


def test_every_word_must_be_there(tea):
    assert found("spring WATER") == ["000999"]
    assert found("spring tea") == []
    assert found("") == ["000999", "000123"]


def test_a_page_says_how_many_there_are_in_all(tea):
    with tenancy.scope(tenancy.SYSTEM):
        rows, count = queries.products(offset=1, limit=1)
    assert ([row.sku for row in rows], count) == (["000123"], 2)


def test_columns_that_a_file_does_not_name_keep_their_values(tea):
    before = product("000123")
    done = operations.upsert_products(rows=[{"sku": "000123", "unit_price": "6"}])
    assert (done.added, done.changed) == (0, 1)
    after = product("000123")
    assert after.unit_price == 6
    for name in ("name", "category", "supplier_name", "pack", "minimum", "multiple", "barcode", "life_cycle"):
        assert getattr(after, name) == getattr(before, name), name
    assert found("wlc") == ["000123"]


def test_a_file_that_names_one_word_leaves_the_others_to_be_found(tea):
    operations.upsert_products(rows=[{"sku": "000123", "name": "Oolong"}])
    assert found("oolong") == found("6901234500001") == ["000123"]
    assert found("wlc") == []
    operations.upsert_products(rows=[{"sku": "000123", "barcode": "42"}])
    assert found("oolong 42") == ["000123"]
    assert found("6901234500001") == []


def test_of_two_rows_with_one_code_the_last_wins(cast):
    done = operations.upsert_products(rows=[{"sku": "1", "name": "First"}, {"sku": "1", "name": "Second"}])
    assert done.added == 1
    assert product("1").name == "Second"


def test_the_same_file_again_changes_nothing(tea):
    again = operations.upsert_products(rows=[TEA])
    assert (again.added, again.changed, again.unchanged) == (0, 0, 1)


def test_a_supplier_that_nobody_knows_stays_empty(cast):
    operations.upsert_products(rows=[{"sku": "1", "name": "First", "supplier": "S-404"}])
    assert product("1").supplier_name == ""


def test_what_sales_know_and_the_catalogue_does_not_is_kept_unlisted(tea):
    assert operations.register_unlisted(skus={"000123", "000777", "000778"}) == 2
    assert operations.register_unlisted(skus={"000777"}) == 0
    kept = product("000777")
    assert (kept.name, kept.is_listed) == ("000777", False)
    assert product("000123").is_listed
    assert found("777") == ["000777"]
    assert found("777", listed_only=True) == []
    with tenancy.scope(tenancy.SYSTEM):
        proposable = {row.sku: row.proposable for row in queries.plan_products()}
    # A product without a price to the customer cannot be valued, so it is not proposed either.
    assert proposable == {"000123": True, "000777": False, "000778": False, "000999": False}


def test_a_product_that_comes_into_the_catalogue_is_listed(tea):
    operations.register_unlisted(skus={"000777"})
    operations.upsert_products(rows=[{"sku": "000777", "name": "Peach tea", "life_cycle": "active"}])
    assert found("peach", listed_only=True) == ["000777"]


def test_a_dealer_never_learns_what_the_enterprise_pays(tea):
    assert not [name for name in queries.ProductView.__dataclass_fields__ if "cost" in name]
    assert product("000123").unit_price == Decimal("5.5")
