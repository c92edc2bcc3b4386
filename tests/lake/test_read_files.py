"""Reading files as people send them: encodings, separators, spreadsheets, headers in two languages, odd spellings."""

import csv
import datetime as dt
from unittest import mock

import openpyxl
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firstmove.lake.feeds import FEEDS, FeedError, detect, fold
from firstmove.lake.formats import delimited
from firstmove.lake.parse import Known, feed_of, read

TODAY = dt.date(2024, 6, 1)
HEADER = "date,line,dealer,customer,sku,quantity,amount\n"
LINES = "2024-01-31,1,D-anna,C1,00123,5,12.50\n2024-02-01,2,D-anna,,00124,-1,\n"


def chunks(path, feed=None, **options):
    """All chunks of a file."""
    return list(read(path, feed=feed, today=TODAY, known=Known(), **options))


def good(path, feed=None, **options):
    """The good rows of a file that has no bad ones."""
    parts = chunks(path, feed, **options)
    for part in parts:
        assert part.bad.is_empty(), part.bad.to_dicts()
        assert part.good.schema == {"row": pl.Int64, **FEEDS[part.feed].schema}
    return pl.concat([part.good for part in parts])


def as_expected(rows):
    """Say whether the rows are those of LINES."""
    assert rows["sku"].to_list() == ["00123", "00124"]
    assert rows["date"].to_list() == [dt.date(2024, 1, 31), dt.date(2024, 2, 1)]
    assert rows["quantity"].to_list() == [5.0, -1.0]
    assert rows["amount"].to_list() == [12.5, None]
    assert rows["customer"].to_list() == ["C1", None]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_chinese_csv_is_read_in_every_encoding_and_with_every_separator(tmp_path, encoding, separator, line_end):
    text = "日期,明细号,经销商,客户,商品编码,数量,金额\n" + LINES + "2024年2月3日,三,安娜商贸有限公司,门店,可乐,7,8\n"
    path = tmp_path / "一月.csv"
    path.write_bytes(text.replace(",", separator).replace("\n", line_end).encode(encoding))
    rows = good(path)
    as_expected(rows[:2])
    assert rows.row(2) == (4, dt.date(2024, 2, 3), "三", "安娜商贸有限公司", "门店", "可乐", 7.0, 8.0)


def test_a_quoted_cell_may_hold_separators_quotes_and_line_ends(tmp_path):
    path = tmp_path / "products.csv"
    path.write_text('sku,name,pack\n"007","Cola, ""zero""\nsugar",6\n008,"",12\n009,"Tea",24\n', encoding="utf-8")
    parts = chunks(path)
    assert parts[0].good.select("row", "sku", "name", "pack").rows() == [
        (2, "007", 'Cola, "zero"\nsugar', 6),
        (4, "009", "Tea", 24),
    ]
    assert parts[0].bad.select("row", "reason", "column").rows() == [(3, "missing", "name")]


@pytest.mark.parametrize("name", ['Pipe 5" wide', 'Pipe 5"', '5"6" Pipe'])
def test_an_inch_sign_in_a_name_swallows_no_rows(tmp_path, name):
    path = tmp_path / "products.csv"
    path.write_text(f'sku,name,pack\n1,{name},6\n2,"Tea, green",7\n3,Milk,8\n', encoding="utf-8")
    assert good(path)["name"].to_list() == [name, "Tea, green", "Milk"]


@given(
    names=st.lists(st.text('ab "\r\n,;中', min_size=1, max_size=12).filter(str.strip), min_size=1, max_size=30),
    encoding=st.sampled_from(["utf-8", "gb18030"]),
    block=st.sampled_from([16, 100, 1 << 20]),
)
@example(names=[";\r;a", ";\r;"], encoding="utf-8", block=16)
@settings(max_examples=150, deadline=None)
def test_any_cell_that_a_spreadsheet_program_writes_is_read_back(tmp_path_factory, names, encoding, block):
    path = tmp_path_factory.mktemp("csv") / "products.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([["sku", "name", "pack"], *([n, name, 6] for n, name in enumerate(names))])
    with mock.patch.object(delimited, "_BLOCK", block):
        rows = good(path)
    assert rows["name"].to_list() == [name.strip() for name in names]
    assert rows["row"].to_list() == list(range(2, 2 + len(names)))


def test_rows_are_numbered_as_a_person_counts_them_past_titles_and_blank_lines(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text("Sales of Anna\n\n" + HEADER + LINES.replace("\n", "\n\n", 1), encoding="utf-8")
    assert good(path)["row"].to_list() == [4, 6]


def test_the_chunks_of_a_file_are_the_same_rows_whatever_their_size(tmp_path):
    path = tmp_path / "sales.csv"
    lines = "".join(f"2024-01-{day:02},{day},D-anna,,001,{day},\n" for day in range(1, 31))
    path.write_text(HEADER + lines, encoding="utf-8")
    whole = good(path)
    assert [part.good.height for part in chunks(path, chunk_rows=7)] == [7, 7, 7, 7, 2]
    assert good(path, chunk_rows=7).equals(whole)
    whole.drop("row").write_parquet(tmp_path / "sales.parquet")
    assert good(tmp_path / "sales.parquet", chunk_rows=7).drop("row").equals(whole.drop("row"))


def _workbook(path, *rows):
    book = openpyxl.Workbook()
    book.active.title = "empty"
    sheet = book.create_sheet("data")
    for row in rows:
        sheet.append(row)
    book.save(path)


def test_a_spreadsheet_keeps_leading_zeros_and_real_dates(tmp_path):
    path = tmp_path / "销售明细.xlsx"
    _workbook(
        path,
        ["2024年销售明细"],
        [],
        ["日期", "明细号", "经销商", "客户", "商品编码", "数量", "金额"],
        [dt.date(2024, 1, 31), 1, "D-anna", "C1", "00123", 5, 12.5],
        [],
        ["2024/2/1", "2", "D-anna", None, "00124", -1, None],
    )
    rows = good(path)
    as_expected(rows)
    assert rows["line"].to_list() == ["1", "2"]
    assert rows["row"].to_list() == [4, 6]


def test_typed_parquet_is_taken_as_it_is(tmp_path):
    path = tmp_path / "sales.parquet"
    pl.DataFrame(
        {
            "Date": pl.Series(["2024-01-31 12:00", "2024-02-01 00:00"]).str.to_datetime(),
            "line": [1.0, 2.0],
            "dealer": pl.Series(["D-anna", "D-anna"], dtype=pl.Categorical),
            "customer": ["C1", None],
            "sku": ["00123", "00124"],
            "quantity": pl.Series([5, -1], dtype=pl.Int8),
            "amount": [12.5, float("nan")],
        }
    ).write_parquet(path)
    rows = good(path)
    as_expected(rows)
    assert rows["line"].to_list() == ["1", "2"]
    assert rows["row"].to_list() == [1, 2]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1234.5", 1234.5), ("1,234.50", 1234.5), ("１，２３４．５", 1234.5), ("¥1,234.5", 1234.5), ("￥12", 12.0),
        ("$ 12.00", 12.0), ("-3", -3.0), ("(3)", -3.0), ("+3", 3.0), ("1e3", 1000.0), (" 7 ", 7.0),
        ("-", None), ("NULL", None), ("", None),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(tmp_path, written, meant):
    path = tmp_path / "sales.csv"
    path.write_text(HEADER + f'2024-01-31,1,D-anna,,001,1,"{written}"\n', encoding="utf-8")
    assert good(path)["amount"].to_list() == [meant]


@pytest.mark.parametrize(
    "written",
    [
        "2024-01-31", "2024/1/31", "2024.01.31", "20240131", "2024年1月31日", "2024 年 1 月 31 日",
        "２０２４－０１－３１", "2024-01-31 08:30:00", "2024-01-31T08:30:00Z",
    ],
)  # fmt: skip
def test_dates_are_read_as_people_write_them(tmp_path, written):
    path = tmp_path / "sales.csv"
    path.write_text(HEADER + f"{written},1,D-anna,,001,1,\n", encoding="utf-8")
    assert good(path)["date"].to_list() == [dt.date(2024, 1, 31)]


def test_a_share_may_be_written_in_percent(tmp_path):
    path = tmp_path / "promotions.csv"
    header = "promotion,sku,starts_on,ends_on,discount\n"
    path.write_text(header + "P,1,2024-01-01,2024-01-31,15%\nP,2,2024-01-01,2024-01-31,0.2\n", encoding="utf-8")
    assert good(path)["discount"].to_list() == [0.15, 0.2]


def test_kinds_are_read_in_both_languages_and_have_a_default(tmp_path):
    path = tmp_path / "customers.csv"
    path.write_text("客户,客户名称,经销商,类型\n1,甲,D,门店\n2,乙,D,个人\n3,丙,D,\n", encoding="utf-8")
    assert good(path)["kind"].to_list() == ["store", "person", "store"]
    path = tmp_path / "production.csv"
    path.write_text("date,sku,quantity\n2024-01-01,1,5\n", encoding="utf-8")
    assert good(path)["kind"].to_list() == ["actual"]


def test_full_width_codes_are_the_same_codes(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text(HEADER + "2024-01-31,1,Ｄ－anna,,００１,1,\n", encoding="utf-8")
    assert good(path).select("dealer", "sku").row(0) == ("D-anna", "001")


@pytest.mark.parametrize(
    ("name", "header", "feed"),
    [
        ("sales_2019.parquet", [], "sales"),
        ("销售明细.xlsx", [], "sales"),
        ("Lead Times.csv", [], "lead_times"),
        ("inventory-2024-01.csv", [], "stock"),
        ("库存.csv", [], "stock"),
        ("production.csv", [], "production"),
        ("products.csv", [], "products"),
        ("export.csv", ["日期", "经销商", "商品编码", "库存数量"], "stock"),
        ("export.csv", HEADER.strip().split(","), "sales"),
        ("export.csv", ["supplier", "name"], "suppliers"),
        ("export.csv", ["Customer Code", "Name", "Dealer", "zip"], "customers"),
        ("销售订单.csv", ["订单号", "行号", "经销商", "商品编码", "订货日期", "数量"], "orders"),
    ],
)
def test_a_file_is_recognised_by_its_name_and_else_by_its_header(name, header, feed):
    assert detect(name, header) == feed


def test_a_file_that_fits_nothing_or_two_feeds_is_not_guessed_at(tmp_path):
    with pytest.raises(FeedError, match="neither its name nor its header") as error:
        detect("export.csv", ["a", "b"])
    assert error.value.code == "unknown_feed"
    with pytest.raises(FeedError, match="alike") as error:
        detect("export.csv", ["supplier", "dealer", "name"])
    assert error.value.code == "ambiguous_feed"


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_every_alias_means_its_column_and_every_history_feed_has_a_table(feed):
    for column in feed.columns:
        for alias in (column.name, *column.aliases):
            assert feed.match([alias.upper().replace(" ", "_")]) == {column.name: 0}
    assert feed.column(feed.key[0]).required
    assert (feed.table is not None) == (
        feed.name in {"sales", "orders", "shipments", "stock", "warehouse", "production"}
    )


def test_header_names_ignore_case_spaces_underscores_width_and_units():
    assert {fold(name) for name in ("Unit_Cost", "unit cost", "ＵＮＩＴ－ＣＯＳＴ", "Unit Cost (USD)")} == {"unitcost"}


def test_the_canonical_name_wins_over_an_alias_in_the_same_file():
    assert FEEDS["products"].match(["inner_pack", "sku", "multiple", "name"])["multiple"] == 2


def test_feed_of_tells_the_feed_without_reading_the_rows(tmp_path):
    path = tmp_path / "unnamed.csv"
    path.write_text(HEADER + LINES, encoding="utf-8")
    assert feed_of(path) == "sales"


def test_parquet_columns_of_unusual_types_are_read_or_set_aside_never_a_crash(tmp_path):
    path = tmp_path / "sales.parquet"
    pl.DataFrame(
        {
            "date": [20240131, 20240201],
            "line": [1, 2],
            "dealer": [b"D-anna", b"D-\xff"],
            "customer": [None, None],
            "sku": [123, 456],
            "quantity": pl.Series(["1.50", "2"]).cast(pl.Decimal(10, 2)),
            "amount": [None, True],
            "tags": [[1], [2]],
            "mark": [b"x", b"\xff"],
        }
    ).write_parquet(path)
    (chunk,) = chunks(path)
    assert chunk.good.drop("row").rows() == [(dt.date(2024, 1, 31), "1", "D-anna", None, "123", 1.5, None)]
    assert chunk.bad.select("row", "reason", "column").rows() == [(2, "not_text", "dealer")]
    assert "[2]" in chunk.bad["raw"][0]
