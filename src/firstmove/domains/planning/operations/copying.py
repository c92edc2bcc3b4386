"""Many rows into a table at once: COPY to a temporary table, then INSERT … SELECT."""

from collections.abc import Collection, Mapping

import polars as pl
from django.db import connection


def copy(
    table: str,
    frame: pl.DataFrame,
    columns: Mapping[str, str],
    *,
    extra: Mapping[str, str] | None = None,
    instead_of: Collection[str] = (),
) -> None:
    """Rows of a frame into a table whose policies forbid a direct COPY. `extra` are columns of one value.

    Where a row with the same values in the columns `instead_of` stands already, its other columns are overwritten.
    """
    if frame.is_empty():
        return
    extra = extra or {}
    names = ", ".join(columns)
    declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    texts = [name for name, kind in columns.items() if kind == "text"]
    # Without this an empty text would be read as null.
    kept_empty = f", force_not_null ({', '.join(texts)})" if texts else ""
    anew = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in instead_of)
    conflict = f" on conflict ({', '.join(instead_of)}) do update set {anew}" if instead_of else ""
    rows = frame.select(_as_text(name, kind) for name, kind in columns.items())
    with connection.cursor() as cursor:
        cursor.execute(f"create temporary table incoming ({declared}) on commit drop")
        with cursor.copy(f"copy incoming ({names}) from stdin (format csv{kept_empty})") as copy:
            copy.write(rows.write_csv(include_header=False).encode())
        cursor.execute(
            f"insert into {table} ({', '.join([*columns, *extra])}) "  # noqa: S608 (names from this module)
            f"select {', '.join([names, *['%s'] * len(extra)])} from incoming{conflict}",
            list(extra.values()),
        )
        cursor.execute("drop table incoming")


def _as_text(name: str, kind: str) -> pl.Expr:
    column = pl.col(name)
    if kind.endswith("[]"):
        return pl.concat_str(pl.lit("{"), column.cast(pl.List(pl.String)).list.join(","), pl.lit("}")).alias(name)
    return column.cast(pl.Int64) if kind in ("integer", "bigint") else column
