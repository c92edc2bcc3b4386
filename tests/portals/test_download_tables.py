"""Tables taken along as files: whatever stands in a name, the file opens and nothing in it runs."""

import csv
import io

import pytest
from openpyxl import load_workbook

from firstmove.portals.download import table_file


def downloaded(form, *cells):
    response = table_file(name="table", form=form, head=["cell"], rows=[[cell] for cell in cells])
    if form == "csv":
        return [row[0] for row in csv.reader(io.StringIO(response.content.decode("utf-8-sig")))][1:]
    return [row[0] for row in load_workbook(io.BytesIO(response.content)).active.values][1:]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1+1", "\n=1", "＝1+1", "＠x", "\x0b=1"])
def test_a_name_that_looks_like_a_formula_stays_text(form, text):
    (cell,) = downloaded(form, text)
    assert cell.startswith("'")


def test_a_name_with_a_character_that_no_workbook_can_hold_does_not_lose_the_file():
    assert downloaded("xlsx", "oolong\x0btea", "x" * 40_000)[0] == "oolongtea"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_number_that_is_none_is_an_empty_cell_and_a_negative_one_stays_a_number(form):
    cells = downloaded(form, float("nan"), float("inf"), -2.5)
    assert [cell or None for cell in cells[:2]] == [None, None]
    assert float(cells[2]) == -2.5
