"""Files as tables of cells: CSV, XLSX and Parquet behind one shape, without knowing any feed."""

from collections.abc import Callable
from pathlib import Path

from firstmove.lake.contract import FeedError
from firstmove.lake.formats.cells import CellFile
from firstmove.lake.formats.delimited import open_delimited
from firstmove.lake.formats.parquet import open_parquet
from firstmove.lake.formats.workbook import open_workbook

_OPENERS: dict[str, Callable[[Path], CellFile]] = {
    ".csv": open_delimited,
    ".tsv": open_delimited,
    ".txt": open_delimited,
    ".xlsx": open_workbook,
    ".parquet": open_parquet,
}

__all__ = ["CellFile", "open_cells"]


def open_cells(path: Path) -> CellFile:
    """Open a file by its ending.

    Raises FeedError `no_file`, `empty_file`, `unknown_format`, `unknown_encoding` or `broken_file`.
    """
    if not path.is_file():
        raise FeedError("no_file", f"{path}: there is no such file. Check the path.")
    opener = _OPENERS.get(path.suffix.lower())
    if opener is None:
        raise FeedError(
            "unknown_format",
            f"{path.name}: files ending in '{path.suffix}' are not read. Save it as CSV, XLSX or Parquet.",
        )
    if path.stat().st_size == 0:
        raise FeedError("empty_file", f"{path.name}: the file is empty (0 bytes). Export it again.")
    return opener(path)
