"""SQL over frames that are already scoped: DuckDB in memory, shut off from every file, network and Python variable."""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import duckdb
import polars as pl

from firstmove.lake.tables import LakeError


def select(query: str, *, frames: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """Run one SELECT over `frames` by their names; only frames that the query mentions are read.

    Raises LakeError with DuckDB's words when the query is wrong, or reaches for anything but the frames.
    """
    with tempfile.TemporaryDirectory(prefix="firstmove-sql-") as folder, duckdb.connect() as connection:
        for name, frame in frames.items():
            if re.search(rf"\b{name}\b", query, re.IGNORECASE):
                path = Path(folder) / f"{name}.parquet"
                frame.collect().write_parquet(path)
                connection.read_parquet(str(path)).create_view(name)
        connection.execute("set allowed_directories = [$folder]", {"folder": folder})
        for setting in ("enable_external_access", "python_enable_replacements"):
            connection.execute(f"set {setting} = false")
        connection.execute("set lock_configuration = true")
        try:
            if [statement.type for statement in connection.extract_statements(query)] != [duckdb.StatementType.SELECT]:
                raise LakeError("only one SELECT at a time can be run on the lake")
            # By file: handing the result over in memory needs pyarrow, or warns at the end of the process.
            result = Path(folder) / "result.parquet"
            connection.sql(query).write_parquet(str(result))
            return pl.read_parquet(result)
        except duckdb.Error as error:
            raise LakeError(f"the query cannot be run: {error}") from error
