"""The shape that every file format is brought into."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import polars as pl

PREVIEW_ROWS = 20
"""A header is looked for in this many first rows: exports like to put a title above it."""

ROW = "row"
EXTRA = "extra"


class CellFile(Protocol):
    """An open file.

    `preview` holds the first rows as (row number, cells). Rows are numbered as a person counts them in the file, from
    1; Parquet keeps its header outside the rows, so there the header has the number 0. `lossy` says that
    some bytes could not be decoded and became U+FFFD.
    """

    preview: list[tuple[int, list[str]]]
    lossy: bool

    def batches(self, *, header_row: int, width: int, rows: int) -> Iterator[pl.DataFrame]:
        """Yield the rows below `header_row`, at most `rows` a frame, in the file's order.

        Columns: `row` (i64), `c0` … `c{width-1}` (text, or typed for Parquet), and `extra` (text; not null where a row
        has more cells than the header). Rows without any cell are left out. The frames are the same on every run.
        """
        ...


def cell_names(width: int) -> list[str]:
    """Return the names of the cell columns: c0, c1 …"""
    return [f"c{position}" for position in range(width)]


def without_blank_rows(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Drop rows in which no cell holds anything but spaces."""
    if not (frame[names[0]].fill_null("").str.strip_chars() == "").any():
        return frame
    return frame.filter(~pl.all_horizontal(pl.col(name).fill_null("").str.strip_chars() == "" for name in names))


def sliced(frames: Iterator[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """Cut a stream of frames of any height into frames of exactly `rows` rows (the last may be shorter)."""
    waiting: list[pl.DataFrame] = []
    height = 0
    for frame in frames:
        waiting.append(frame)
        height += frame.height
        if height < rows:
            continue
        joined = pl.concat(waiting)
        whole = height - height % rows
        for start in range(0, whole, rows):
            yield joined.slice(start, rows)
        rest = joined.slice(whole)
        waiting, height = ([rest] if rest.height else []), rest.height
    if height:
        yield pl.concat(waiting)
