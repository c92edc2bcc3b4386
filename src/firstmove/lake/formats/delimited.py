"""Delimited text (CSV): separator and encoding found out, rows read in bounded memory.

Blocks of bytes are cut at line ends outside quotes and parsed by Polars. A file in which quotes also stand inside
unquoted cells (5" pipe) cannot be cut that way and goes through the csv module, some five times slower.
"""

import csv
import io
import mmap
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import polars as pl

from firstmove.lake.contract import FeedError
from firstmove.lake.formats.cells import EXTRA, PREVIEW_ROWS, ROW, cell_names, sliced, without_blank_rows
from firstmove.lake.formats.encoding import encoding_of

_BLOCK = 16 << 20
_SAMPLE = 1 << 16
_SEPARATORS = ",;\t|"


class DelimitedFile:
    """An open CSV file; memory in use is some multiples of 16 MiB whatever its size."""

    def __init__(self, path: Path) -> None:
        """Find out encoding, separator and quoting; raises FeedError `unknown_encoding` or `no_header`."""
        self._path = path
        self._encoding = encoding_of(path)
        self.lossy = not self._encoding.clean
        with path.open("rb") as file:
            file.seek(self._encoding.skip)
            sample = file.read(_SAMPLE)
        whole = len(sample) < _SAMPLE
        text = sample if whole else sample[: sample.rfind(b"\n") + 1] or sample
        lines = self._encoding.decode(text)
        if not lines.strip():
            raise FeedError(
                "no_header", f"{path.name}: the file holds blank lines only. Put the header in the first row."
            )
        self._separator = _separator(lines)
        rows = csv.reader(io.StringIO(lines, newline=""), delimiter=self._separator)
        self.preview = [(number, cells) for number, cells in zip(range(1, PREVIEW_ROWS + 1), rows, strict=False)]
        self._row_by_row = b"\n" not in sample or self._has_stray_quotes()

    def batches(self, *, header_row: int, width: int, rows: int) -> Iterator[pl.DataFrame]:
        """Yield text cells; see CellFile.batches. Raises FeedError `broken_file` where a quote is never closed."""
        names = cell_names(width)
        frames = self._slow(width, rows) if self._row_by_row else self._fast(width)
        yield from sliced((without_blank_rows(frame.filter(pl.col(ROW) > header_row), names) for frame in frames), rows)

    def _fast(self, width: int) -> Iterator[pl.DataFrame]:
        schema = {name: pl.String() for name in (*cell_names(width), EXTRA)}
        start = 1
        for block in self._blocks():
            frame = pl.read_csv(
                block,
                has_header=False,
                schema=schema,
                separator=self._separator,
                truncate_ragged_lines=True,
                infer_schema=False,
                raise_if_empty=False,
                missing_columns="insert",
            )
            yield frame.with_columns(pl.int_range(start, start + frame.height, dtype=pl.Int64).alias(ROW))
            start += frame.height

    def _blocks(self) -> Iterator[bytes]:
        """Yield whole lines as UTF-8, about 16 MiB at a time; a line end inside quotes does not end a line."""
        with self._path.open("rb") as file:
            file.seek(self._encoding.skip)
            rest = b""
            while data := file.read(_BLOCK):
                data = rest + data
                cut = data.rfind(b"\n") + 1
                while cut and data.count(b'"', 0, cut) % 2:
                    cut = data.rfind(b"\n", 0, cut - 1) + 1
                if cut:
                    yield self._encoding.utf8(data[:cut])
                rest = data[cut:]
            if rest:
                yield self._encoding.utf8(rest)

    def _slow(self, width: int, rows: int) -> Iterator[pl.DataFrame]:
        schema = {ROW: pl.Int64(), **{name: pl.String() for name in (*cell_names(width), EXTRA)}}
        with self._path.open(encoding=self._encoding.name, errors="replace", newline="") as file:
            file.seek(self._encoding.skip)
            found: list[list[int | str | None]] = []
            number = 0
            try:
                for number, cells in enumerate(csv.reader(file, delimiter=self._separator, strict=True), start=1):
                    padded: list[int | str | None] = [cell or None for cell in cells[: width + 1]]
                    found.append([number, *padded, *[None] * (width + 1 - len(padded))])
                    if len(found) == rows:
                        yield pl.DataFrame(found, schema=schema, orient="row")
                        found = []
            except csv.Error as error:
                raise FeedError(
                    "broken_file",
                    f"{self._path.name}: after row {number} a quote is opened and not closed in its place ({error}). "
                    'Write a quote inside quoted text twice ("") and send the file again.',
                ) from error
            if found:
                yield pl.DataFrame(found, schema=schema, orient="row")

    def _has_stray_quotes(self) -> bool:
        """Say whether a quote may stand elsewhere than around a cell or doubled inside one, or is left open.

        Well-formed quotes come in pairs, and as many open a cell as close one. A false alarm costs only time.
        """
        mark = self._separator.encode()
        stray = re.compile(rb'[^"\r\n%b]"(?![\r\n"%b])' % (re.escape(mark), re.escape(mark)))
        with self._path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            if data.find(b'"') < 0:
                return False
            if stray.search(data, self._encoding.skip):
                return True
        quotes = opening = closing = 0
        before = b"\n"
        with self._path.open("rb") as file:
            file.seek(self._encoding.skip)
            while block := file.read(_BLOCK):
                quotes += block.count(b'"')
                # One byte of the block before makes every pair of bytes count once.
                pairs = before + block
                opening += pairs.count(b'\n"') + pairs.count(mark + b'"')
                closing += pairs.count(b'"\n') + pairs.count(b'"\r') + pairs.count(b'"' + mark)
                before = block[-1:]
        closing += before == b'"'
        return quotes % 2 == 1 or opening != closing


def open_delimited(path: Path) -> DelimitedFile:
    """Open a CSV file."""
    return DelimitedFile(path)


def _separator(lines: str) -> str:
    """Return the separator by which the largest share of the first rows has one number of cells, more than one.

    A share, not a count: read by a wrong separator, a cell with line breaks falls into many short rows of equal width.
    """
    best, best_score = ",", (0.0, 0)
    for mark in _SEPARATORS:
        rows = csv.reader(io.StringIO(lines, newline=""), delimiter=mark)
        widths = Counter(len(cells) for cells in islice(rows, PREVIEW_ROWS * 5) if cells)
        for width, count in widths.items():
            score = (count / widths.total(), width)
            if width > 1 and score > best_score:
                best, best_score = mark, score
    return best
