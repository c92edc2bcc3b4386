"""Parquet files: typed columns, read a slice at a time."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from firstmove.lake.contract import FeedError
from firstmove.lake.formats.cells import EXTRA, ROW, cell_names


class ParquetFile:
    """An open Parquet file; its header has the row number 0, so the first data row is 1."""

    def __init__(self, path: Path) -> None:
        """Read the schema and the number of rows; raises FeedError `broken_file`."""
        self._path = path
        try:
            schema = pl.read_parquet_schema(path)
            self._height: int = pl.scan_parquet(path, hive_partitioning=False).select(pl.len()).collect().item()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise _broken(path, error) from error
        self._names = list(schema)
        self.lossy = any(dtype == pl.Binary for dtype in schema.values())
        self.preview = [(0, list(self._names))]

    def batches(self, *, header_row: int, width: int, rows: int) -> Iterator[pl.DataFrame]:
        """Yield typed slices; see CellFile.batches."""
        names = cell_names(width)
        first = header_row + 1
        lazy = pl.scan_parquet(self._path, hive_partitioning=False).select(self._names[:width])
        for start in range(0, self._height, rows):
            try:
                frame = lazy.slice(start, rows).collect()
            except (pl.exceptions.PolarsError, OSError) as error:
                raise _broken(self._path, error) from error
            frame.columns = names
            yield frame.with_columns(
                *(_as_text(column) for column in frame if column.dtype == pl.Binary or column.dtype.is_nested()),
                pl.int_range(start + first, start + first + frame.height, dtype=pl.Int64).alias(ROW),
                pl.lit(None, dtype=pl.String).alias(EXTRA),
            )


def open_parquet(path: Path) -> ParquetFile:
    """Open a Parquet file."""
    return ParquetFile(path)


def _as_text(column: pl.Series) -> pl.Series:
    """Return bytes and nested values as text. Few files have such columns, and no contract asks for one."""
    texts = [
        value if value is None else value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        for value in column.to_list()
    ]
    return pl.Series(column.name, texts, dtype=pl.String)


def _broken(path: Path, error: Exception) -> FeedError:
    reason = str(error).splitlines()[0][:200]
    return FeedError(
        "broken_file",
        f"{path.name}: this is not a whole Parquet file ({reason}). Export it again and send the new file.",
    )
