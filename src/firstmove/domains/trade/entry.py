"""What people type, paste, scan or upload as an order, read into codes and quantities.

Nothing is guessed: a row that can be read in two ways is told as a row that cannot be read.
"""

import csv
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from firstmove.domains.catalog.quantities import MOST_UNITS
from firstmove.kernel.errors import Invalid
from firstmove.lake.contract import FeedError
from firstmove.lake.formats.encoding import encoding_of
from firstmove.lake.formats.workbook import open_workbook

MOST_ROWS = 2_000
MOST_LETTERS = 200_000
MOST_FILE_BYTES = 5_000_000
# What an uploaded workbook may become when it is unpacked.
_MOST_UNPACKED_BYTES = 60_000_000
_LONGEST_CODE = 60
_MOST_CELLS = 30
_CODE_WORDS = frozenset({
    "sku", "code", "item", "itemcode", "productcode", "barcode", "ean", "gtin", "upc", "编码", "商品编码", "产品编码",
    "物料编码", "商品编号", "货号", "条码", "商品条码", "国际条码", "条形码", "商品",
})  # fmt: skip
_QUANTITY_WORDS = frozenset({
    "qty", "quantity", "units", "orderquantity", "orderqty", "数量", "订货数量", "订购数量", "订货量", "采购数量",
    "要货数量",
})  # fmt: skip
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad"))
_PREFIXED = re.compile(r"(\d{1,7})\s*[*×]\s*(\S.*)")
_NUMBER = re.compile(r"([+-]?[\d.,]*\d[\d.,]*)\s*(\D{0,12})")
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.0+)?")
_QUOTED = re.compile(r'^"(.*)"$')
_WRAPPED = re.compile(r'="([^"]*)"')


@dataclass(frozen=True)
class Wish:
    """A row that names a code. `unit` is what was written behind the number, such as 箱, and empty mostly.

    `trouble` is empty or a code: "formula", "letters" (an encoding went wrong), "code", "quantity", "columns".
    """

    row: int
    code: str
    quantity: int = 0
    unit: str = ""
    trouble: str = ""


def read_text(text: str) -> list[Wish]:
    """Rows of a paste: tabs, commas, semicolons or spaces, half or full width, with or without a row of names.

    ``6*6901234500001`` is six of a code, and a code alone is one. Raises Invalid for more than anybody pastes.

    >>> [(wish.code, wish.quantity) for wish in read_text("000012，２４\\n6*000013")]
    [('000012', 24), ('000013', 6)]
    """
    if len(text) > MOST_LETTERS:
        raise Invalid(
            _("This list is too long: it has %(letters)s characters, and %(most)s can be pasted at once.")
            % {"letters": len(text), "most": MOST_LETTERS},
            _("Upload it as a file, or paste it in parts."),
            code="too-long",
        )
    return _wishes(enumerate(map(_split, text.splitlines()), start=1))


def read_file(path: Path, *, name: str) -> list[Wish]:
    """Rows of an XLSX workbook or a CSV file. Raises Invalid where it is neither, too large or broken."""
    ending = Path(name).suffix.lower()
    if ending not in (".csv", ".tsv", ".txt", ".xlsx"):
        raise Invalid(_("Only XLSX and CSV files are read."), _("Save it as XLSX and send it again."), code="ending")
    if path.stat().st_size > MOST_FILE_BYTES:
        raise Invalid(
            _("This file is too large: it has more than %(most)s MB.") % {"most": MOST_FILE_BYTES // 1_000_000},
            _("Keep the columns of codes and quantities alone."),
            code="too-large",
        )
    try:
        if ending != ".xlsx":
            encoding = encoding_of(path)
            text = encoding.decode(path.read_bytes()[encoding.skip :])
            return _wishes(enumerate(map(_split, text.splitlines()), start=1))
        _require_small_inside(path)
        workbook = open_workbook(path)
        width = min(_MOST_CELLS, max((len(cells) for _row, cells in workbook.preview), default=1))
        frames = workbook.batches(header_row=0, width=width, rows=MOST_ROWS)
        rows = (row for frame in frames for row in frame.drop("extra").iter_rows())
        return _wishes((number, [_cell(cell or "") for cell in cells]) for number, *cells in rows)
    except FeedError as error:
        raise Invalid(
            _("This file cannot be read as a table."),
            _("Open it in a spreadsheet program, save it as XLSX or as CSV in UTF-8, and send it again."),
            code=error.code,
        ) from error


def _require_small_inside(path: Path) -> None:
    """A small file can unpack to more than memory holds."""
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise FeedError("broken_file", f"{path.name}: this is not a whole XLSX workbook.") from error
    if unpacked > _MOST_UNPACKED_BYTES:
        raise Invalid(
            _("This workbook holds far more than an order."),
            _("Copy the columns of codes and quantities into a new one."),
            code="too-large",
        )


def _cell(text: str) -> str:
    """Without what cannot be seen and in half width: ``_cell("１２")`` is ``"12"``."""
    return unicodedata.normalize("NFKC", text).translate(_INVISIBLE).strip()


def _split(line: str) -> list[str]:
    """A line's cells, by the first of its separators that stands in it."""
    line = line.translate(_INVISIBLE)
    if "\t" in line:
        return [_cell(_QUOTED.sub(r"\1", cell.strip())) for cell in line.split("\t")]
    line = unicodedata.normalize("NFKC", line).replace("、", ",").strip()
    for separator in ",;|":
        if separator in line:
            try:
                cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True))
            except csv.Error:  # a cell longer than anything a table holds
                cells = line.split(separator)
            return [_cell(cell) for cell in cells]
    return [line] if _PREFIXED.fullmatch(line) else line.split()


def _wishes(rows: Iterable[tuple[int, Sequence[str]]]) -> list[Wish]:
    wishes: list[Wish] = []
    columns: tuple[int, int | None] | None = None
    for at_start, (number, cells) in _filled(rows):
        if at_start:
            columns = _columns(cells)
            if columns is not None:
                continue
        if len(wishes) == MOST_ROWS:
            raise Invalid(
                _("This list is too long: it has more than %(most)s rows.") % {"most": MOST_ROWS},
                _("Send it in parts."),
                code="too-long",
            )
        wishes.append(_wish(number, cells) if columns is None else _wish_by_name(number, cells, *columns))
    return wishes


def _filled(rows: Iterable[tuple[int, Sequence[str]]]) -> Iterable[tuple[bool, tuple[int, Sequence[str]]]]:
    """Rows that hold anything, and whether it is the first of them."""
    filled = ((number, cells) for number, cells in rows if any(cells))
    return ((index == 0, row) for index, row in enumerate(filled))


def _columns(cells: Sequence[str]) -> tuple[int, int | None] | None:
    """Where code and quantity stand by the names of the first row; None where that is no row of names."""
    names = [re.sub(r"[\s_.-]", "", cell).lower() for cell in cells]
    code = next((at for at, name in enumerate(names) if name in _CODE_WORDS), None)
    quantity = next((at for at, name in enumerate(names) if name in _QUANTITY_WORDS), None)
    return None if code is None else (code, quantity)


def _wish_by_name(row: int, cells: Sequence[str], code: int, quantity: int | None) -> Wish:
    cell = cells[code] if code < len(cells) else ""
    if quantity is None:
        return _read(row, cell, "1")
    return _read(row, cell, cells[quantity] if quantity < len(cells) else "")


def _wish(row: int, cells: Sequence[str]) -> Wish:
    """A row without names: the code first, and one number behind it, in the second cell or alone."""
    code, rest = cells[0], [cell for cell in cells[1:] if cell]
    if not rest:
        prefixed = _PREFIXED.fullmatch(code)
        return _read(row, prefixed[2].strip(), prefixed[1]) if prefixed else _read(row, code, "1")
    if len(rest) == 1 or _number(cells[1])[0] is not None:
        return _read(row, code, rest[0])
    numbers = [cell for cell in rest if _number(cell)[0] is not None]
    if len(numbers) == 1:
        return _read(row, code, numbers[0])
    return Wish(row, _shown(code), trouble="columns")


def _read(row: int, code: str, quantity: str) -> Wish:
    wrapped = _WRAPPED.fullmatch(code)
    code = wrapped[1].strip() if wrapped else code
    units, unit = _number(quantity)
    trouble = (
        "formula" if code.startswith(("=", "@")) or quantity.startswith(("=", "@"))
        else "letters" if "\ufffd" in code
        else "code" if not code or len(code) > _LONGEST_CODE or not code.isprintable()
        else "quantity" if units is None or not 0 < units <= MOST_UNITS
        else ""
    )  # fmt: skip
    return Wish(row, _shown(code), units or 0 if not trouble else 0, unit if not trouble else "", trouble)


def _shown(code: str) -> str:
    """As much of a code as is worth repeating."""
    return "".join(letter for letter in code[:_LONGEST_CODE] if letter.isprintable())


def _number(text: str) -> tuple[int | None, str]:
    """A whole number and its unit: ``_number("1,200 箱")`` is ``(1200, "箱")``; None for what is no number."""
    match = _NUMBER.fullmatch(text) if len(text) <= 40 else None
    if match is None:
        return None, ""
    digits = match[1].replace(",", "") if _THOUSANDS.fullmatch(match[1]) else match[1]
    try:
        value = Decimal(digits)
    except InvalidOperation:
        return None, ""
    if value != value.to_integral_value() or abs(value) > MOST_UNITS:
        return None, ""
    return int(value), match[2].strip()
