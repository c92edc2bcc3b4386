"""Rows that break the contract are set aside with row number and reason, and the good ones load."""

import datetime as dt
import json

import polars as pl
import pytest

from firstmove.lake.feeds import FEEDS
from firstmove.lake.parse import RAW_CHARACTERS, REASONS, VALUE_CHARACTERS, Known, explain, read

TODAY = dt.date(2024, 6, 1)
KNOWN = Known(dealers=frozenset({"D-anna"}), suppliers=frozenset({"S-1"}))

SALES = "date,line,dealer,customer,sku,quantity,amount"
ORDERS = "order,line,dealer,sku,ordered_on,quantity,expected_on"
PRODUCTS = "sku,name,pack,minimum,multiple,unit_cost"
PROMOTIONS = "promotion,sku,starts_on,ends_on,discount"
PRODUCTION = "date,sku,quantity,kind,supplier"
SHIPMENTS = "order,line,dealer,sku,shipped_on,quantity,received_on"

CASES = [
    ("sales", SALES, "2024-01-31,,D-anna,,001,1,", "missing", "line", None),
    ("sales", SALES, "2024-01-31,1,D-anna,,001,,", "missing", "quantity", None),
    ("sales", SALES, "2024-01-31,1,D-anna,,001,three,", "not_a_number", "quantity", "three"),
    ("sales", SALES, "2024-01-31,1,D-anna,,001,nan,", "missing", "quantity", "nan"),
    ("sales", SALES, "2024-01-31,1,D-anna,,001,inf,", "not_a_number", "quantity", "inf"),
    ("sales", SALES, '2024-01-31,1,D-anna,,001,1,"12,5"', "not_a_number", "amount", "12,5"),
    ("sales", SALES, "2024-01-31,1,D-anna,,001,15%,", "not_a_number", "quantity", "15%"),
    ("sales", SALES, "01/02/2024,1,D-anna,,001,1,", "not_a_date", "date", "01/02/2024"),
    ("sales", SALES, "2024-02-30,1,D-anna,,001,1,", "not_a_date", "date", "2024-02-30"),
    ("sales", SALES, "45322,1,D-anna,,001,1,", "not_a_date", "date", "45322"),
    ("sales", SALES, "2024-06-02,1,D-anna,,001,1,", "in_the_future", "date", "2024-06-02"),
    ("sales", SALES, "0202-06-02,1,D-anna,,001,1,", "too_small", "date", "0202-06-02"),
    ("sales", SALES, "2024-01-31,1,D-anna,,001,0,", "zero", "quantity", "0"),
    ("sales", SALES, "2024-01-31,1,D-anna,,001,88004022723,", "too_large", "quantity", "88004022723"),
    ("sales", SALES, "2024-01-31,1,D-bert,,001,1,", "unknown_dealer", "dealer", "D-bert"),
    ("sales", SALES, "2024-01-31,1,D-anna,,001,1,234.50,6", "too_many_cells", "", "6"),
    ("orders", ORDERS, "A,1,D-anna,001,2024-07-01,5,", "in_the_future", "ordered_on", "2024-07-01"),
    ("orders", ORDERS, "A,1,D-anna,001,2024-05-01,-5,", "too_small", "quantity", "-5"),
    ("shipments", SHIPMENTS, "A,1,D-anna,001,2024-05-01,5,2024-07-01", "in_the_future", "received_on", "2024-07-01"),
    ("stock", "date,dealer,sku,quantity", "2024-05-01,D-anna,001,-1", "too_small", "quantity", "-1"),
    ("stock", "date,dealer,sku,quantity", "2024-07-01,D-anna,001,1", "in_the_future", "date", "2024-07-01"),
    ("products", PRODUCTS, "1,Tea,-6,1,1,2", "too_small", "pack", "-6"),
    ("products", PRODUCTS, "1,Tea,6,0,1,2", "too_small", "minimum", "0"),
    ("products", PRODUCTS, "1,Tea,6.5,1,1,2", "not_whole", "pack", "6.5"),
    ("products", PRODUCTS, "1,Tea,six,1,1,2", "not_a_number", "pack", "six"),
    ("production", PRODUCTION, "2024-07-01,1,5,actual,S-1", "in_the_future", "date", "2024-07-01"),
    ("production", PRODUCTION, "2024-05-01,1,5,maybe,S-1", "unknown_kind", "kind", "maybe"),
    ("production", PRODUCTION, "2024-05-01,1,5,actual,S-9", "unknown_supplier", "supplier", "S-9"),
    ("promotions", PROMOTIONS, "P,1,2024-02-01,2024-01-01,", "out_of_order", "ends_on", "2024-01-01"),
    ("promotions", PROMOTIONS, "P,1,2024-02-01,2024-03-01,120%", "too_large", "discount", "120%"),
    ("lead_times", "dealer,minimum_days,maximum_days", "D-anna,9,3", "out_of_order", "maximum_days", "3"),
]  # fmt: skip


def checked(path, feed=None):
    """The single chunk of a small file."""
    (chunk,) = read(path, feed=feed, today=TODAY, known=KNOWN)
    return chunk


@pytest.mark.parametrize(("feed", "header", "line", "reason", "column", "value"), CASES)
def test_a_broken_row_is_set_aside_with_its_reason(tmp_path, feed, header, line, reason, column, value):  # noqa: PLR0917
    path = tmp_path / f"{feed}.csv"
    path.write_text(f"{header}\n{line}\n", encoding="utf-8")
    chunk = checked(path)
    assert chunk.good.is_empty()
    assert chunk.bad.select("row", "reason", "column", "value").rows() == [(2, reason, column, value)]
    assert explain(feed=feed, reason=reason, column=column, value=value)


def test_the_same_faults_are_found_in_typed_parquet(tmp_path):
    path = tmp_path / "sales.parquet"
    day = dt.date(2024, 1, 1)
    pl.DataFrame(
        {
            "date": [day, None, dt.date(2024, 7, 1), day, day, day, day],
            "line": [*"123456", None],
            "dealer": ["D-anna"] * 5 + ["D-bert", "D-anna"],
            "sku": ["1"] * 7,
            "quantity": [1.5, 1.0, 1.0, 0.0, float("inf"), 1.0, 1.0],
        }
    ).write_parquet(path)
    chunk = checked(path)
    assert chunk.good["row"].to_list() == [1]
    assert chunk.bad.select("row", "reason").rows() == [
        (2, "missing"),
        (3, "in_the_future"),
        (4, "zero"),
        (5, "not_a_number"),
        (6, "unknown_dealer"),
        (7, "missing"),
    ]


def test_good_rows_load_beside_bad_ones_and_every_row_is_counted(tmp_path):
    path = tmp_path / "sales.csv"
    lines = [f"2024-01-{day:02},{day},D-anna,,001,{'x' if day % 3 == 0 else day}," for day in range(1, 31)]
    path.write_text("\n".join([SALES, *lines]), encoding="utf-8")
    chunk = checked(path)
    assert (chunk.good.height, chunk.bad.height) == (20, 10)
    assert chunk.bad["row"].to_list() == [day + 1 for day in range(3, 31, 3)]


def test_an_unknown_product_or_customer_is_no_fault(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text(f"{SALES}\n2024-01-31,1,D-anna,nobody,never-seen,1,\n", encoding="utf-8")
    assert checked(path).good.height == 1


def test_a_planned_production_may_lie_ahead(tmp_path):
    path = tmp_path / "production.csv"
    path.write_text(f"{PRODUCTION}\n2024-07-01,1,5,计划,\n", encoding="utf-8")
    assert checked(path).good["kind"].to_list() == ["planned"]


def test_of_two_rows_with_one_key_the_last_is_used_and_the_other_shown(tmp_path):
    path = tmp_path / "sales.csv"
    rows = ["2024-01-31,1,D-anna,,001,1,", "2024-01-31,2,D-anna,,001,1,", "2024-01-31,1,D-anna,,001,9,"]
    path.write_text("\n".join([SALES, *rows, rows[2], rows[1]]), encoding="utf-8")
    chunk = checked(path)
    assert chunk.good.select("row", "line", "quantity").rows() == [(5, "1", 9.0), (6, "2", 1.0)]
    assert chunk.bad.select("row", "reason", "column", "value").rows() == [(2, "duplicate_key", "line", "1")]
    assert chunk.repeated == 2
    assert chunk.good.height + chunk.bad.height + chunk.repeated == 5


def test_a_price_for_every_dealer_twice_is_one_key_although_the_dealer_is_blank(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text("sku,price,dealer,valid_from\n1,5,,\n1,6,,\n1,7,D-anna,\n", encoding="utf-8")
    chunk = checked(path)
    assert chunk.good["price"].to_list() == [6.0, 7.0]
    assert chunk.bad["reason"].to_list() == ["duplicate_key"]


def test_bytes_that_are_no_text_cost_their_row_only(tmp_path):
    path = tmp_path / "products.csv"
    lines = ["sku,name", "1,冰红茶五百毫升", "2,绿\xff茶", "3,茉莉花茶一升装"]
    path.write_bytes("\n".join(lines).encode().replace("\xff".encode(), b"\xff"))
    chunk = checked(path)
    assert chunk.good["sku"].to_list() == ["1", "3"]
    assert chunk.bad.select("row", "reason", "column").rows() == [(3, "not_text", "name")]


def test_a_name_that_was_damaged_long_ago_does_not_cost_the_product(tmp_path):
    path = tmp_path / "products.csv"
    path.write_text("sku,name\n1,CR\ufffdME\n", encoding="utf-8")
    assert checked(path).good.height == 1


def test_what_was_found_is_kept_short_and_can_be_read_by_programs(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text(f'{SALES}\n2024-01-31,1,"{"长" * 5000}",C,001,"{"9" * 3000}x",\n', encoding="utf-8")
    (bad,) = checked(path).bad.to_dicts()
    assert bad["reason"] == "not_a_number"
    assert len(bad["value"]) == VALUE_CHARACTERS
    assert len(bad["raw"]) <= RAW_CHARACTERS
    raw = json.loads(bad["raw"])
    assert list(raw) == SALES.split(",")
    assert raw["sku"] == "001"


def test_every_reason_is_shown_by_a_case_and_worded_without_gaps():
    shown = {case[3] for case in CASES} | {"duplicate_key", "not_text"}
    assert shown == set(REASONS)
    for feed, _, _, reason, column, value in CASES:
        sentence = explain(feed=feed, reason=reason, column=column, value=value)
        assert "{" not in sentence
        assert "()" not in sentence
    assert explain(feed="products", reason="too_small", column="pack", value="-6").endswith("less than allowed (1).")
    assert "actual, planned" in explain(feed="production", reason="unknown_kind", column="kind", value="maybe")
    assert FEEDS["products"].column("pack").minimum == 1
