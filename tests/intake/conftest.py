"""The cast with an empty lake, and files as people send them."""

import csv
import io
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from django.utils import translation

from firstmove.domains.intake import operations, queries, words
from firstmove.kernel import tenancy
from firstmove.lake.scope import LakeScope
from firstmove.lake.store import Lake
from tests.cast import NOW

FORMATS = ("csv", "csv-bom", "csv-gb18030", "xlsx", "parquet")


@pytest.fixture(autouse=True)
def english():
    """What is said is compared word by word, in the language of the source."""
    with translation.override("en"):
        yield


@pytest.fixture
def lake(settings, tmp_path) -> Lake:
    """The lake of this test alone, empty."""
    settings.LAKE_ROOT = str(tmp_path / "lake")
    return Lake(settings.LAKE_ROOT)


@pytest.fixture
def inbox(tmp_path) -> Path:
    """An empty folder to put files in."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def take(cast, lake, inbox):
    """Take one file in: ``take("sales.csv", "date,line,…")`` returns what became of it."""

    def taken(name: str, content: str | bytes | Path, **options) -> operations.FileReport:
        path = inbox / name
        if isinstance(content, str):
            content = content.encode()
        if isinstance(content, bytes):
            path.write_bytes(content)
        return operations.take_in(path=path, now=options.pop("now", NOW), **options).files[0]

    return taken


def write(path: Path, header: list[str], rows: list[list[str]], *, form: str) -> None:
    """A table as CSV in one of three encodings, as a workbook, or as Parquet; every cell is text."""
    if form == "xlsx":
        book = openpyxl.Workbook()
        for row in (header, *rows):
            book.active.append(row)
        book.save(path)
    elif form == "parquet":
        pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String), orient="row").write_parquet(path)
    else:
        text = io.StringIO()
        csv.writer(text).writerows((header, *rows))
        encoding = {"csv": "utf-8", "csv-bom": "utf-8-sig", "csv-gb18030": "gb18030"}[form]
        path.write_bytes(text.getvalue().encode(encoding))


def suffix(form: str) -> str:
    """The file ending of a format."""
    return form.split("-", maxsplit=1)[0]


def sales(lake: Lake) -> dict[str, float]:
    """Quantity by line, as the lake has it now; a line that came twice would fail."""
    rows = lake.read(table="sales", scope=LakeScope.system(), columns=["line", "quantity"])
    found = dict(rows.iter_rows())
    assert len(found) == rows.height
    return found


def sentences(report: operations.FileReport) -> list[str]:
    """Why rows of a file were set aside, as a person reads it."""
    with tenancy.scope(tenancy.SYSTEM):
        rows, _ = queries.set_aside(batch_id=report.batch_id)
    return [
        words.row_sentence(feed=report.feed, row=row.row, reason=row.reason, column=row.column, value=row.value)
        for row in rows
    ]


def fault(report: operations.FileReport) -> str:
    """Why a file was not taken, as a person reads it."""
    assert report.outcome == "failed"
    return words.file_sentence(feed=report.feed, file=report.file, problem=report.problem)


def counts(report: operations.FileReport) -> tuple[int, int, int, int, int]:
    """Rows read, added, replaced, unchanged, set aside."""
    assert report.read == report.added + report.replaced + report.unchanged + report.set_aside
    return report.read, report.added, report.replaced, report.unchanged, report.set_aside
