"""The tables of the lake: their schemas, keys and dates, derived from the feeds' contracts."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from firstmove.lake.feeds import FEEDS, Feed


class LakeError(ValueError):
    """The lake was asked for what it cannot do; the text says what, and what to do instead."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A history table.

    Its columns are the feed's columns and `source`, `line`, `batch`, `month` ("YYYY-MM" of the row's date; the
    partition). A row is known by (source, line). Where the feed has a line number of its own (orders, shipments), that
    is kept as `order_line`, because `line` is the whole key.
    """

    name: str
    feed: Feed
    date: str

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """Column names and dtypes of the table, in order."""
        content = {self._stored(name): dtype for name, dtype in self.feed.schema.items()}
        content.pop("line", None)
        return {
            "source": pl.String(),
            "line": pl.String(),
            **content,
            "batch": pl.String(),
            "month": pl.String(),
        }

    @property
    def content(self) -> tuple[str, ...]:
        """Columns that make two rows of one key differ: all but the key, the batch and the derived month."""
        return tuple(name for name in self.schema if name not in {"source", "line", "batch", "month"})

    def keyed(self, rows: pl.DataFrame, *, source: str, batch: str) -> pl.DataFrame:
        """Bring rows with the feed's columns into the table's form; where a key comes twice, the last row stays.

        Columns that the feed does not require may be left out; other columns are ignored. Raises LakeError when a
        required column is missing or a key or date is null.
        """
        missing = [name for name in self.feed.required if name not in rows.columns]
        if missing:
            raise LakeError(
                f"rows for {self.name} lack {', '.join(missing)}; they need {', '.join(self.feed.required)}"
            )
        try:
            typed = rows.select(
                (pl.col(name) if name in rows.columns else pl.lit(None)).cast(dtype).alias(name)
                for name, dtype in self.feed.schema.items()
            )
        except pl.exceptions.PolarsError as error:
            raise LakeError(f"rows for {self.name} have a column of another type: {error}") from error
        typed = typed.with_columns(
            pl.col(column.name).fill_null(pl.lit(column.default))
            for column in self.feed.columns
            if column.default is not None
        )
        keyed = typed.with_columns(key_of(self.feed.key).alias("_key")).rename(
            {name: self._stored(name) for name in self.feed.schema}
        )
        if self.feed.key == ("line",):
            keyed = keyed.drop("line")
        keyed = keyed.rename({"_key": "line"})
        if keyed["line"].null_count() or keyed[self.date].null_count():
            raise LakeError(f"rows for {self.name} need {', '.join({*self.feed.key, self.date})} in every row")
        keyed = keyed.with_columns(
            pl.lit(source).alias("source"),
            pl.lit(batch).alias("batch"),
            pl.col(self.date).dt.strftime("%Y-%m").alias("month"),
        ).select(list(self.schema))
        return keyed.unique("line", keep="last", maintain_order=True) if keyed["line"].is_duplicated().any() else keyed

    def _stored(self, name: str) -> str:
        return "order_line" if name == "line" and self.feed.key != ("line",) else name


def key_of(columns: Sequence[str]) -> pl.Expr:
    r"""Join key columns with "|" to one text. A "|" or "\" inside a code is escaped, so no two keys meet."""
    if len(columns) == 1:
        return pl.col(columns[0])
    escaped = (
        pl.col(name)
        .cast(pl.String)
        .str.replace_all("\\", "\\\\", literal=True)
        .str.replace_all("|", "\\|", literal=True)
        for name in columns
    )
    return pl.concat_str(*escaped, separator="|")


_DATES = {
    "sales": "date",
    "orders": "ordered_on",
    "shipments": "shipped_on",
    "stock": "date",
    "warehouse": "date",
    "production": "date",
}

TABLES: dict[str, Table] = {
    feed.table: Table(name=feed.table, feed=feed, date=_DATES[feed.name]) for feed in FEEDS.values() if feed.table
}
