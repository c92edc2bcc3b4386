"""`firstmove restore`: a file that `firstmove backup` wrote, into an empty data folder.

The database takes everything in one transaction. The lake and the series are unpacked beside their places first and
moved in by renaming once that transaction is done. A mark in the data folder says that this is under way; whoever opens
the folder after a kill finishes the moves (the transaction was done) or removes what was unpacked (it was not), so the
folder is as before or holds everything.
"""

import argparse
import contextlib
import fcntl
import gzip
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from firstmove.cli.archive import Database, Manifest

MARK = "restoring"
_BLOCK = 1024 * 1024


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="written by firstmove backup")


def run(options: argparse.Namespace) -> int:
    """Raises Conflict where the folder is somebody's already or in use, Invalid for a file that cannot be read here."""
    from firstmove.cli import up
    from firstmove.cli.console import console
    from firstmove.cli.database import ready
    from firstmove.kernel import home

    with up.alone(home.path()), ready():
        manifest = read(options.file.expanduser().absolute())
        console.print(
            f"{home.path()} is now {manifest.enterprise} as of {manifest.created_at}: "
            f"{sum(manifest.tables.values()):,} rows and {sum(n for n, _size in manifest.folders.values()):,} files."
        )
        console.print("Everybody signs in again, with the password they had. Start it with: firstmove up")
    return 0


def read(file: Path) -> "Manifest":
    """Read the file into this empty installation. Whatever stops it, the folder is then empty as before, or whole."""
    from firstmove.cli import archive
    from firstmove.kernel import home, postgres
    from firstmove.kernel.errors import Conflict, Invalid

    if archive.history_is_remote():
        raise Conflict(
            "The lake or the series lie on an object store, into which a file cannot be restored.",
            "Restore without FIRSTMOVE_LAKE and FIRSTMOVE_SERIES into a local folder.",
        )
    if not file.is_file():
        raise Invalid(f"There is no file {file}.")
    _require_empty()
    with _marked(home.path()), postgres.logins(home.path()).owner.connect() as db:
        with _damage_in_words(file), db.transaction(), file.open("rb") as raw:
            with tarfile.open(fileobj=raw, mode="r|gz") as tar:
                manifest = _manifest(tar)
                _require_same_schema(db, manifest)
                with _unguarded(db, list(archive.tables(db))):
                    # Asked again now that nobody else can write, on this connection, which waits for no other.
                    if db.execute("select 1 from network_enterprise").fetchone():
                        raise Conflict("Another command filled this data folder just now.", "Use an empty one.")
                    _take_in(db, tar, manifest)
                    # Keys between tables are checked here, while it can still be undone.
                    db.execute("set constraints all immediate")
            os.sync()
        db.execute("analyze")
    return manifest


def settle(home: Path) -> None:
    """Finish a restore whose transaction was done, remove what one left behind whose transaction was not.

    Waits while a restore is under way.
    """
    mark = home / MARK
    if not mark.exists():
        return
    with mark.open("a") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if mark.exists():
            _settle(mark)


def _settle(mark: Path) -> None:
    from firstmove.cli import archive
    from firstmove.domains.network import queries as network

    done = network.is_initialised()
    for place in archive.folders().values():
        unpacked = _beside(place)
        if unpacked.exists():
            shutil.rmtree(place if done else unpacked, ignore_errors=True)
            if done:
                unpacked.rename(place)
    mark.unlink()


def _beside(place: Path) -> Path:
    return place.with_name(f"{place.name}.{MARK}")


@contextlib.contextmanager
def _marked(home: Path) -> Iterator[None]:
    """Others that open the folder wait until this is over, and settle it should this process be killed."""
    from firstmove.cli import archive

    mark = home / MARK
    with mark.open("a") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        for place in archive.folders().values():
            _beside(place).mkdir(parents=True, exist_ok=True)
        try:
            yield
        finally:
            _settle(mark)


def _require_empty() -> None:
    """Raises Conflict unless nobody's figures are here."""
    from firstmove.cli import archive
    from firstmove.domains.network import queries as network
    from firstmove.kernel import home
    from firstmove.kernel.errors import Conflict

    kept = [str(place) for place in archive.folders().values() if place.is_dir() and archive.files(place)]
    if kept or network.is_initialised():
        raise Conflict(
            f"The data folder {home.path()} is not empty"
            + (f": there are files in {', '.join(kept)}." if kept else "."),
            "Set FIRSTMOVE_HOME to an empty folder.",
        )


@contextlib.contextmanager
def _damage_in_words(file: Path) -> Iterator[None]:
    from firstmove.kernel.errors import Invalid

    try:
        yield
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise Invalid(
            f"{file} is damaged or was not written by firstmove backup ({error}).", "Use another copy."
        ) from error


def _manifest(tar: tarfile.TarFile) -> "Manifest":
    from firstmove.cli import archive
    from firstmove.kernel.errors import Invalid

    first = tar.next()
    content = tar.extractfile(first) if first is not None and first.name == archive.MANIFEST else None
    if content is None:
        raise tarfile.ReadError("it does not begin with a manifest")
    try:
        manifest = archive.Manifest.read(content.read())
    except (ValueError, KeyError, TypeError) as error:
        raise tarfile.ReadError("its manifest cannot be read") from error
    if manifest.format != archive.FORMAT:
        raise Invalid(
            f"The file has format {manifest.format}; this version of firstmove reads format {archive.FORMAT}.",
            f"Restore it with firstmove {manifest.firstmove}.",
        )
    return manifest


def _require_same_schema(db: "Database", manifest: "Manifest") -> None:
    from firstmove import __version__
    from firstmove.cli import archive
    from firstmove.kernel.errors import Conflict

    here, there = set(archive.migrations(db)), set(manifest.migrations)
    if here == there:
        return
    differing = [f"only the file has {name}" for name in sorted(there - here)]
    differing += [f"only this version has {name}" for name in sorted(here - there)]
    raise Conflict(
        f"The file is of firstmove {manifest.firstmove} and this is firstmove {__version__}, whose tables differ: "
        f"{'; '.join(differing)}.",
        f"Restore it with firstmove {manifest.firstmove} and let this version bring that data folder up to date.",
    )


@contextlib.contextmanager
def _unguarded(db: "Database", tables: list[str]) -> Iterator[None]:
    """Within this transaction the owner may COPY into its tables, and no trigger adds rows of its own."""
    forced = {
        name
        for (name,) in db.execute(
            "select relname from pg_class where relforcerowsecurity and relnamespace = 'public'::regnamespace"
        )
    }

    def alter(table: str, what: str) -> None:
        db.execute(sql.SQL("alter table {} {}").format(sql.Identifier(table), sql.SQL(what)))

    for table in tables:
        alter(table, "disable trigger user")
        if table in forced:
            alter(table, "no force row level security")
    yield
    for table in tables:
        alter(table, "enable trigger user")
        if table in forced:
            alter(table, "force row level security")


def _take_in(db: "Database", tar: tarfile.TarFile, manifest: "Manifest") -> None:
    """Tables, files and sequences, each counted against the manifest. Raises ReadError where something is missing."""
    from firstmove.cli import archive

    columns, places = archive.tables(db), archive.folders()
    for table in reversed(columns):
        # An installation without an enterprise can know failed sign-ins at most.
        db.execute(sql.SQL("delete from {}").format(sql.Identifier(table)))
    rows: dict[str, int] = {}
    found = {name: [0, 0] for name in places}
    while (member := tar.next()) is not None:
        kind, *rest = PurePosixPath(member.name).parts
        content = tar.extractfile(member)
        if content is None or not rest or ".." in rest:
            raise tarfile.ReadError(f"it holds {member.name}, which is no part of a backup")
        if kind == archive.TABLES:
            table = rest[0].removesuffix(".csv")
            if table not in columns:
                raise tarfile.ReadError(f"it holds the unknown table {table}")
            rows[table] = _copy_in(db, archive.copy_statement(table, columns[table], way="from stdin"), content)
        elif kind in places:
            _unpack(content, _beside(places[kind]).joinpath(*rest))
            found[kind] = [found[kind][0] + 1, found[kind][1] + member.size]
        else:
            raise tarfile.ReadError(f"it holds {member.name}, which is no part of a backup")
    if rows != manifest.tables or found != {name: list(about) for name, about in manifest.folders.items()}:
        raise tarfile.ReadError("it holds less or more than its manifest says")
    for name, (value, is_called) in manifest.sequences.items():
        db.execute("select setval(%s::regclass, %s, %s)", [f'"{name}"', value, is_called])


def _copy_in(db: "Database", statement: sql.Composed, content: IO[bytes]) -> int:
    cursor = db.cursor()
    with cursor.copy(statement) as copy:
        while block := content.read(_BLOCK):
            copy.write(block)
    return cursor.rowcount


def _unpack(content: IO[bytes], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        shutil.copyfileobj(content, out, _BLOCK)
