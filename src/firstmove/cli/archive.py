"""One file that holds everything: what is in it and in which order. `backup` writes it, `restore` reads it.

A gzipped tar with ``manifest.json`` first, then ``tables/NAME.csv`` for each table of PostgreSQL (with a header; in the
order in which their keys allow them to be read), then the lake and the series as they lie on disk.
"""

import graphlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

FORMAT = 1
MANIFEST = "manifest.json"
TABLES = "tables"
# Made by migrations, or of the moment: sessions and jobs of the old machine mean nothing on the new one.
LEFT_OUT = ("django_migrations", "django_content_type", "auth_permission", "django_session", "procrastinate_")

Database = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a file holds, so that it can be checked before and after it is read."""

    format: int
    firstmove: str
    created_at: str
    enterprise: str
    migrations: list[str]
    # Rows by table, in the order of the file.
    tables: dict[str, int]
    # By name: the last value, and whether it was handed out.
    sequences: dict[str, tuple[int, bool]]
    # Files and bytes by folder.
    folders: dict[str, tuple[int, int]]

    def as_bytes(self) -> bytes:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False).encode()

    @classmethod
    def read(cls, text: bytes) -> "Manifest":
        """Raises ValueError, KeyError or TypeError for anything that is no manifest."""
        return cls(**json.loads(text))


def folders() -> dict[str, Path]:
    """What is kept beside the database, by its name in the file."""
    from django.conf import settings

    return {"lake": Path(settings.LAKE_ROOT).absolute(), "series": Path(settings.SERIES_ROOT).absolute()}


def history_is_remote() -> bool:
    from django.conf import settings

    return any("://" in str(root) for root in (settings.LAKE_ROOT, settings.SERIES_ROOT))


def files(folder: Path) -> list[Path]:
    """The files below a folder that are worth keeping: all but locks."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if ".locks" not in path.relative_to(folder).parts)


def migrations(db: Database) -> list[str]:
    return [f"{app}.{name}" for app, name in db.execute("select app, name from django_migrations order by app, name")]


def tables(db: Database) -> dict[str, list[str]]:
    """Columns by table, parents before the children whose foreign keys are checked row by row."""
    columns = {
        name: list(names)
        for name, names in db.execute(
            "select c.relname, array_agg(a.attname::text order by a.attnum) from pg_class c "
            "join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' "
            "where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' group by c.relname"
        )
        if not _is_left_out(name)
    }
    parents: dict[str, set[str]] = {name: set() for name in sorted(columns)}
    for child, parent in db.execute(
        "select conrelid::regclass::text, confrelid::regclass::text from pg_constraint "
        "where contype = 'f' and not condeferrable and connamespace = 'public'::regnamespace"
    ):
        if child != parent and child in parents and parent in parents:
            parents[child].add(parent)
    return {name: columns[name] for name in graphlib.TopologicalSorter(parents).static_order()}


def sequences(db: Database) -> dict[str, tuple[int, bool]]:
    """The state of every sequence but those of tables that are left out."""
    owned = db.execute(
        "select s.relname, t.relname from pg_class s "
        "left join pg_depend d on d.objid = s.oid and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i') "
        "and d.refclassid = 'pg_class'::regclass left join pg_class t on t.oid = d.refobjid "
        "where s.relkind = 'S' and s.relnamespace = 'public'::regnamespace order by s.relname"
    ).fetchall()
    found = {}
    for name, table in owned:
        if _is_left_out(table or name):
            continue
        row = db.execute(sql.SQL("select last_value, is_called from {}").format(sql.Identifier(name))).fetchone()
        assert row is not None  # noqa: S101 (a sequence has exactly one row)
        found[name] = (row[0], row[1])
    return found


def copy_statement(table: str, columns: Iterable[str], *, way: str) -> sql.Composed:
    """COPY of a table: `way` is ``to stdout`` or ``from stdin``. Reading checks that the header names its columns."""
    header = "header match" if way == "from stdin" else "header"
    return sql.SQL("copy {} ({}) {} (format csv, {}, encoding 'UTF8')").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(way), sql.SQL(header)
    )


def _is_left_out(table: str) -> bool:
    return any(table == name or (name.endswith("_") and table.startswith(name)) for name in LEFT_OUT)
