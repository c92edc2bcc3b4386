"""Tables as files: CSV that Excel opens with the right characters, or XLSX."""

import csv
import datetime as dt
import io
import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

MOST_ROWS = 100_000
FORMS = ("xlsx", "csv")
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table_file(*, name: str, form: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A table as a file to keep: `form` "csv", or "xlsx" for anything else. Numbers and dates stay what they are.

    Text that a spreadsheet would take for a formula is marked as text: names come from other people's files.
    """
    if form == "csv":
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(head)
        writer.writerows([_harmless(cell) for cell in row] for row in rows)
        content, kind = text.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8"
    else:
        form, kind = "xlsx", _XLSX
        book = Workbook(write_only=True)
        sheet = book.create_sheet()
        sheet.freeze_panes = "A2"
        for column, label in enumerate(head, start=1):
            sheet.column_dimensions[get_column_letter(column)].width = max(12, min(2 * len(label), 40))
        sheet.append([_bold(sheet, label) for label in head])
        for row in rows:
            sheet.append([_harmless(cell) for cell in row])
        buffer = io.BytesIO()
        book.save(buffer)
        content = buffer.getvalue()
    return HttpResponse(
        content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    )


def _bold(sheet: Any, label: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value=str(label))
    cell.font = Font(bold=True)
    return cell


def _harmless(cell: Any) -> Any:
    if isinstance(cell, float):
        # A workbook with a number that is none cannot be opened.
        return cell if math.isfinite(cell) else None
    if cell is None or isinstance(cell, (int, Decimal, dt.date)):
        return cell
    text = ILLEGAL_CHARACTERS_RE.sub("", str(cell))
    # Full-width signs are formulas too where a spreadsheet program speaks Chinese.
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text[:1] in ("\t", "\r", "\n") else text
