"""The lake: history tables in Delta, written exactly once, read by scope and at a version."""

import datetime as dt
import random
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, TableNotFoundError

from firstmove.lake.locks import exclusive
from firstmove.lake.scope import LakeScope
from firstmove.lake.tables import TABLES, LakeError, Table

KEPT_DAYS = 400
"""Versions stay readable for this many days, so that last year's proposals can be computed again."""

_ATTEMPTS = 20
_CONFIGURATION: dict[str, str | None] = {
    "delta.logRetentionDuration": f"interval {KEPT_DAYS} days",
    "delta.deletedFileRetentionDuration": f"interval {KEPT_DAYS} days",
}


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a write did: rows `added`, `replaced` and `unchanged` (they sum to the rows given), and the table's version.

    `repeated`: this batch had been written before, so nothing was done.
    """

    added: int
    replaced: int
    unchanged: int
    version: int
    repeated: bool = False


@dataclass(frozen=True, kw_only=True)
class Compacted:
    """What a compaction did: the number of files that a read of the current version opens, before and after."""

    files_before: int
    files_after: int


class Lake:
    """The history of an installation under one root.

    `root` is a folder or a URL of an object store (s3://…) with its `storage_options`. Tables are made on first write.
    """

    def __init__(self, root: str | Path, *, storage_options: Mapping[str, str] | None = None) -> None:
        """Point at `root`; nothing is read or made yet."""
        self._remote = "://" in str(root)
        self._root = str(root).rstrip("/") if self._remote else str(Path(root).absolute())
        self._options = dict(storage_options) if storage_options else None

    def write(self, *, table: str, rows: pl.DataFrame, source: str, batch_id: str) -> Written:
        """Write rows with the feed's columns in one commit: new ones are added, changed ones replaced, none doubled.

        A row is known by (source, line); where `rows` holds a key twice, the last one counts. A batch that was written
        before is left alone, so a chunk may be sent again after any failure; chunks of one file have ids of their own
        (`f"{batch}/{chunk}"`). Killed at any point, the table is as before or as after, never between.

        Raises LakeError for an unknown table, or rows that lack a required column or a key.
        """
        spec = _spec(table)
        if not source or not batch_id:
            raise LakeError("a write needs a source and a batch id; they say where rows come from and that they came")
        incoming = spec.keyed(rows, source=source, batch=batch_id)
        for attempt in range(_ATTEMPTS):
            with self._lock(table):
                delta = self._opened(table) or self._created(spec)
                if delta.transaction_version(_batch(batch_id)) is not None:
                    return Written(
                        added=0, replaced=0, unchanged=rows.height, version=delta.version(), repeated=True
                    )  # fmt: skip
                try:
                    return self._commit(spec, delta, incoming, given=rows.height, source=source, batch_id=batch_id)
                except CommitFailedError:
                    # Another process committed to this source or these months: look again at what is there.
                    if attempt == _ATTEMPTS - 1:
                        raise
            time.sleep(random.uniform(0, 0.05 * (attempt + 1)))  # noqa: S311
        raise AssertionError("unreachable")

    def version(self, table: str) -> int | None:
        """Return the current version of a table, None when nothing has been written to it."""
        delta = self._opened(_spec(table).name)
        return None if delta is None else delta.version()

    def versions(self) -> dict[str, int]:
        """Return the current version of every table that exists: what a planning run pins."""
        found = {table: self.version(table) for table in TABLES}
        return {table: version for table, version in found.items() if version is not None}

    def scan(
        self,
        *,
        table: str,
        scope: LakeScope,
        columns: Sequence[str] | None = None,
        since: dt.date | None = None,
        until: dt.date | None = None,
        version: int | None = None,
    ) -> pl.LazyFrame:
        """Return the lazy rows that `scope` may see, from `since` to `until` (both included) by the table's date.

        Without `version` the current one is read. A table that was never written has no rows.
        Raises LakeError for an unknown table or column, and for a version that is not there (any more).
        """
        spec = _spec(table)
        unknown = [name for name in columns or () if name not in spec.schema]
        if unknown:
            raise LakeError(f"{table} has no column {', '.join(unknown)}; it has {', '.join(spec.schema)}")
        delta = self._opened(table, version=version)
        rows = pl.LazyFrame(schema=spec.schema) if delta is None else _rows(delta, spec)
        if since is not None:
            rows = rows.filter(pl.col("month") >= f"{since:%Y-%m}", pl.col(spec.date) >= since)
        if until is not None:
            rows = rows.filter(pl.col("month") <= f"{until:%Y-%m}", pl.col(spec.date) <= until)
        rows = scope.apply(table=table, rows=rows)
        return rows if columns is None else rows.select(columns)

    def read(
        self,
        *,
        table: str,
        scope: LakeScope,
        columns: Sequence[str] | None = None,
        since: dt.date | None = None,
        until: dt.date | None = None,
        version: int | None = None,
    ) -> pl.DataFrame:
        """Return the rows that `scan` describes."""
        rows = self.scan(table=table, scope=scope, columns=columns, since=since, until=until, version=version)
        try:
            return rows.collect()
        except FileNotFoundError as error:
            if version is None:
                raise
            raise _gone(table, version) from error

    def sql(self, query: str, *, scope: LakeScope, versions: Mapping[str, int] | None = None) -> pl.DataFrame:
        """Run one SELECT over the tables as `scope` sees them, now or at pinned `versions`.

        >>> lake.sql("select dealer, sum(quantity) as units from sales group by dealer", scope=LakeScope.system())

        Raises LakeError for a wrong query, and for one that reaches beyond the tables.
        """
        from firstmove.lake import sql  # DuckDB takes 0.15 s to import, which workers that only scan need not wait for.

        pinned = self.versions() if versions is None else versions
        return sql.select(
            query,
            frames={
                table: self.scan(table=table, scope=scope, version=pinned[table])
                if table in pinned
                else pl.LazyFrame(schema=spec.schema)
                for table, spec in TABLES.items()
            },
        )

    def compact(self, table: str, *, kept_days: int = KEPT_DAYS) -> Compacted:
        """Merge a table's small files, and remove files that no version of the last `kept_days` days reads."""
        spec = _spec(table)
        with self._lock(table):
            delta = self._opened(spec.name)
            if delta is None:
                return Compacted(files_before=0, files_after=0)
            before = len(delta.file_uris())
            delta.optimize.compact()
            delta.vacuum(retention_hours=kept_days * 24, dry_run=False, enforce_retention_duration=False, full=True)
            return Compacted(files_before=before, files_after=len(delta.file_uris()))

    def _commit(
        self, spec: Table, delta: DeltaTable, incoming: pl.DataFrame, *, given: int, source: str, batch_id: str
    ) -> Written:
        present = _present(_rows(delta, spec), spec, incoming, source)
        changed = present.filter("_changed")
        added = incoming.height - present.height
        fresh = (
            incoming
            if present.is_empty()
            else incoming.join(present.filter(~pl.col("_changed")), on="line", how="anti")
        )
        once = CommitProperties(
            # The source's own counter makes two writers of one source conflict instead of doubling its rows.
            app_transactions=[
                Transaction(_batch(batch_id), 1),
                Transaction(_counter(source), (delta.transaction_version(_counter(source)) or 0) + 1),
            ],
            max_commit_retries=_ATTEMPTS if changed.is_empty() else 0,
        )
        if changed.is_empty():
            write_deltalake(delta, fresh, mode="append", commit_properties=once)
        else:
            months = pl.concat([changed["month"], fresh["month"]]).unique().sort()
            superseded = changed.select(pl.lit(source).alias("source"), "line").lazy()
            kept = (
                _rows(delta, spec)
                .filter(pl.col("month").is_in(months.implode()))
                .join(superseded, on=["source", "line"], how="anti")
            )
            write_deltalake(
                delta,
                pl.concat([kept.collect(), fresh]),
                mode="overwrite",
                predicate="month IN ({})".format(", ".join(f"'{month}'" for month in months)),
                commit_properties=once,
            )
        return Written(
            added=added, replaced=changed.height, unchanged=given - added - changed.height, version=delta.version()
        )

    def _opened(self, table: str, *, version: int | None = None) -> DeltaTable | None:
        try:
            return DeltaTable(f"{self._root}/{table}", version=version, storage_options=self._options)
        except TableNotFoundError:
            if version is None:
                return None
            raise LakeError(f"{table} has no version {version}: it was never written under {self._root}") from None
        except Exception as error:
            if version is None:
                raise
            raise _gone(table, version) from error

    def _created(self, spec: Table) -> DeltaTable:
        return DeltaTable.create(
            f"{self._root}/{spec.name}",
            schema=pl.Schema(spec.schema),
            mode="ignore",
            partition_by=["month"],
            configuration=_CONFIGURATION,
            storage_options=self._options,
        )

    def _lock(self, table: str) -> AbstractContextManager[None]:
        return nullcontext() if self._remote else exclusive(Path(self._root) / ".locks" / f"{table}.lock")


def _present(rows: pl.LazyFrame, spec: Table, incoming: pl.DataFrame, source: str) -> pl.DataFrame:
    """Return line, month (of the row that is there) and `_changed` for the incoming keys that the source already has.

    Keys are looked up first, and rows fetched only from months where keys were found: news costs one column.
    """
    if incoming.is_empty():
        return pl.DataFrame(schema={"line": pl.String, "month": pl.String, "_changed": pl.Boolean})
    own = rows.filter(
        pl.col("source") == source,
        pl.col("line").is_between(pl.lit(incoming["line"].min()), pl.lit(incoming["line"].max())),
    )
    found = own.select("line", "month").join(incoming.select("line").lazy(), on="line", how="semi").collect()
    if found.is_empty():
        return found.with_columns(pl.lit(value=False).alias("_changed"))
    months = found["month"].unique().implode()
    old = own.filter(pl.col("month").is_in(months)).select("line", "month", *spec.content)
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_new")) for name in spec.content)
    return (
        old.join(incoming.lazy().select("line", *spec.content), on="line", how="inner", suffix="_new")
        .select("line", "month", differs.alias("_changed"))
        .collect()
    )


def _rows(delta: DeltaTable, spec: Table) -> pl.LazyFrame:
    return pl.scan_delta(delta).select(list(spec.schema))


def _spec(table: str) -> Table:
    if table not in TABLES:
        raise LakeError(f"the lake has no table '{table}'; it has {', '.join(TABLES)}")
    return TABLES[table]


def _gone(table: str, version: int) -> LakeError:
    return LakeError(f"version {version} of {table} cannot be read (any more); versions are kept for {KEPT_DAYS} days")


def _batch(batch_id: str) -> str:
    return f"batch:{batch_id}"


def _counter(source: str) -> str:
    return f"source:{source}"
