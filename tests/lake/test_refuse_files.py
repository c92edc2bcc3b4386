"""Files that cannot be taken whole are refused in a sentence that says what, where, and what to do."""

import datetime as dt
import hashlib

import openpyxl
import pytest

from firstmove.lake.feeds import FeedError
from firstmove.lake.parse import Known, read

HEADER = "date,line,dealer,customer,sku,quantity,amount\n"


def refused(path, feed=None):
    """The error with which a file is refused."""
    with pytest.raises(FeedError) as error:
        list(read(path, feed=feed, today=dt.date(2024, 6, 1), known=Known()))
    return error.value


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_an_empty_file_is_refused(tmp_path, ending):
    path = tmp_path / f"sales.{ending}"
    path.touch()
    assert refused(path).code == "empty_file"
    assert "Export it again" in str(refused(path))


@pytest.mark.parametrize("ending", ["xlsx", "parquet"])
@pytest.mark.parametrize("content", [b"\x00\x01garbage" * 50, b"PAR1" + b"x" * 100, b"PK\x03\x04" + b"x" * 100])
def test_a_broken_workbook_or_parquet_file_is_refused(tmp_path, ending, content):
    path = tmp_path / f"sales.{ending}"
    path.write_bytes(content)
    assert refused(path).code == "broken_file"


@pytest.mark.parametrize(
    "content",
    [
        (HEADER + "2024-01-31,1,D,,1,1,\n").encode("utf-16"),
        (HEADER + "2024-01-31,1,D,,1,1,\n").encode("utf-16-le"),
        (HEADER + "2024-01-31,1,Café,,1,1,\n2024-01-31,2,Müller,,1,1,\n").encode("latin-1"),
        hashlib.shake_256(b"no text").digest(5000),
    ],
    ids=["utf-16", "utf-16 without mark", "latin-1", "binary"],
)
def test_text_in_an_unknown_encoding_is_refused_not_garbled(tmp_path, content):
    path = tmp_path / "sales.csv"
    path.write_bytes(content)
    error = refused(path)
    assert error.code == "unknown_encoding"
    assert "CSV UTF-8" in str(error)


def test_a_missing_column_is_named_with_the_names_that_would_be_understood(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text("日期,明细号,经销商,数量\n2024-01-31,1,D,1\n", encoding="utf-8")
    error = refused(path)
    assert error.code == "missing_column"
    assert error.columns == ("sku",)
    assert "商品编码" in str(error)


@pytest.mark.parametrize("content", ["\n\n \n", "2024-01-31,1,D,,1,1,\n2024-01-31,2,D,,1,1,\n"])
def test_a_file_without_a_header_is_refused(tmp_path, content):
    path = tmp_path / "sales.csv"
    path.write_text(content, encoding="utf-8")
    assert refused(path).code == "no_header"


def test_a_workbook_with_empty_sheets_only_is_refused(tmp_path):
    path = tmp_path / "sales.xlsx"
    openpyxl.Workbook().save(path)
    assert refused(path).code == "no_header"


def test_a_quote_that_is_never_closed_is_refused_with_its_row(tmp_path):
    path = tmp_path / "products.csv"
    path.write_text('sku,name\n1,Tea\n2,"Milk\n3,Cola\n', encoding="utf-8")
    error = refused(path)
    assert error.code == "broken_file"
    assert "after row 2" in str(error)


def test_an_unknown_feed_format_or_file_is_refused(tmp_path):
    path = tmp_path / "things.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    assert refused(path).code == "unknown_feed"
    assert refused(path, feed="sale").code == "unknown_feed"
    assert refused(tmp_path / "absent.csv").code == "no_file"
    (tmp_path / "sales.pdf").write_bytes(b"%PDF")
    assert refused(tmp_path / "sales.pdf").code == "unknown_format"


def test_a_header_without_rows_is_no_fault(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text(HEADER, encoding="utf-8")
    assert sum(chunk.good.height for chunk in read(path, today=dt.date(2024, 6, 1), known=Known())) == 0
