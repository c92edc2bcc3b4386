"""XLSX workbooks: the first sheet that holds anything, every cell as text so that codes keep their zeros."""

from collections.abc import Iterator
from pathlib import Path

import fastexcel
import polars as pl

from firstmove.lake.contract import FeedError
from firstmove.lake.formats.cells import EXTRA, PREVIEW_ROWS, ROW, cell_names, without_blank_rows


class Workbook:
    """An open workbook. A sheet has at most 1,048,576 rows, so it is held whole."""

    def __init__(self, path: Path) -> None:
        """Load the first sheet with a cell in it; raises FeedError `broken_file` or `no_header`."""
        try:
            reader = fastexcel.read_excel(path)
            frames = (_load(reader, name) for name in reader.sheet_names)
            cells = next((frame for frame in frames if frame.height and frame.width), None)
        except (fastexcel.FastExcelError, OSError) as error:
            raise FeedError(
                "broken_file",
                f"{path.name}: this is not a whole XLSX workbook ({str(error).splitlines()[0][:200]}). "
                "Open it in a spreadsheet program, save it as XLSX and send it again.",
            ) from error
        if cells is None:
            raise FeedError("no_header", f"{path.name}: every sheet is empty. Put the header in the first row.")
        cells.columns = cell_names(cells.width)
        self._cells = cells.with_columns(pl.int_range(1, cells.height + 1, dtype=pl.Int64).alias(ROW))
        self.lossy = False
        self.preview = [
            (number, [cell or "" for cell in row])
            for number, row in enumerate(cells.head(PREVIEW_ROWS).rows(), start=1)
        ]

    def batches(self, *, header_row: int, width: int, rows: int) -> Iterator[pl.DataFrame]:
        """Yield text cells; see CellFile.batches."""
        names = cell_names(width)
        held = [name for name in self._cells.columns if name != ROW]
        more = [name for name in held if name not in names]
        frame = self._cells.filter(pl.col(ROW) > header_row).select(
            ROW,
            *(pl.col(name) if name in held else pl.lit(None, dtype=pl.String).alias(name) for name in names),
            (pl.coalesce(more) if more else pl.lit(None, dtype=pl.String)).alias(EXTRA),
        )
        yield from without_blank_rows(frame, names).iter_slices(rows)


def open_workbook(path: Path) -> Workbook:
    """Open an XLSX workbook."""
    return Workbook(path)


def _load(reader: fastexcel.ExcelReader, name: str) -> pl.DataFrame:
    # skip_rows=0 keeps leading blank rows, so that row numbers are those a person sees.
    frame: pl.DataFrame = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
    return frame
