"""`firstmove backup`: everything in one file, while people go on working.

No password or key of the installation is in it, but people's password hashes and all their figures are: the file can be
read by its owner alone, and belongs where only they can reach it.
"""

import argparse
import contextlib
import datetime as dt
import io
import os
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg import IsolationLevel, sql

if TYPE_CHECKING:
    from firstmove.cli import archive

SPOOLED_BYTES = 32 * 1024 * 1024


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="where to write it, such as firstmove.tar.gz")


def run(options: argparse.Namespace) -> int:
    """Raises Conflict where the file exists or the lake lies on an object store, NotFound before `firstmove init`."""
    from firstmove.cli.console import console
    from firstmove.cli.database import ready

    with ready():
        file = options.file.expanduser().absolute()
        write(file)
        console.print(f"{file} holds everything up to now ({file.stat().st_size / 1e6:,.1f} MB).")
        console.print("It holds people's figures and password hashes: keep it where nobody else can read it.")
    return 0


def write(file: Path) -> None:
    """Write the file beside its name and rename it when it is whole: there is all of it, or none."""
    from firstmove.cli import archive
    from firstmove.kernel.errors import Conflict, Invalid

    if archive.history_is_remote():
        raise Conflict(
            "The lake or the series lie on an object store, which a backup in one file cannot hold.",
            "Use the store's own versions and pg_dump for the database.",
        )
    if file.exists():
        raise Conflict(f"{file} exists already.", "Name another file, or remove that one first.")
    if not file.parent.is_dir():
        raise Invalid(f"There is no folder {file.parent}.", "Make it first, or name another one.")
    if any(folder in file.parents for folder in archive.folders().values()):
        raise Invalid(f"{file} lies within what is saved.", "Name a file elsewhere.")
    partial = file.with_name(file.name + ".partial")
    partial.unlink(missing_ok=True)
    try:
        with (
            _nobody_writes_history(),
            os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
        ):
            _write_all(out)
            out.flush()
            os.fsync(out.fileno())
        partial.rename(file)
    finally:
        partial.unlink(missing_ok=True)


@contextlib.contextmanager
def _nobody_writes_history() -> Iterator[None]:
    """Neither an intake nor a run nor the relay writes to the lake, which then agrees with the database's snapshot."""
    from firstmove.cli.console import errors
    from firstmove.domains.intake import locks
    from firstmove.domains.planning import operations as planning
    from firstmove.kernel import outbox

    with (
        locks.alone(waiting=lambda: errors.print("an intake runs; waiting for it to end")),
        planning.alone(),
        outbox.paused(),
    ):
        yield


def _write_all(out: io.BufferedIOBase) -> None:
    from firstmove import __version__
    from firstmove.cli import archive
    from firstmove.domains.network import queries as network
    from firstmove.kernel import home, postgres

    now = dt.datetime.now(dt.UTC)
    folders = {name: (folder, archive.files(folder)) for name, folder in archive.folders().items()}
    with postgres.logins(home.path()).owner.connect() as db:
        db.isolation_level = IsolationLevel.REPEATABLE_READ
        db.read_only = True
        with db.transaction(), tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as tar:
            # Row-level security binds the owner too.
            db.execute("select set_config('app.actor', 'system', true), set_config('TimeZone', 'UTC', true)")
            tables = archive.tables(db)
            manifest = archive.Manifest(
                format=archive.FORMAT,
                firstmove=__version__,
                created_at=now.isoformat(timespec="seconds"),
                enterprise=network.enterprise(now=now).name,
                migrations=archive.migrations(db),
                tables={name: _count(db, name) for name in tables},
                sequences=archive.sequences(db),
                folders={
                    name: (len(files), sum(path.stat().st_size for path in files))
                    for name, (_folder, files) in folders.items()
                },
            )
            _add(tar, archive.MANIFEST, io.BytesIO(manifest.as_bytes()), now)
            for name, columns in tables.items():
                with tempfile.SpooledTemporaryFile(max_size=SPOOLED_BYTES) as rows:
                    with db.cursor().copy(archive.copy_statement(name, columns, way="to stdout")) as copy:
                        for block in copy:
                            rows.write(block)
                    _add(tar, f"{archive.TABLES}/{name}.csv", rows, now)
            for name, (folder, files) in folders.items():
                for path in files:
                    tar.add(path, arcname=f"{name}/{path.relative_to(folder).as_posix()}", recursive=False)


def _count(db: "archive.Database", table: str) -> int:
    row = db.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table))).fetchone()
    return 0 if row is None else row[0]


def _add(
    tar: tarfile.TarFile, name: str, content: "io.BytesIO | tempfile.SpooledTemporaryFile[bytes]", now: dt.datetime
) -> None:
    about = tarfile.TarInfo(name)
    about.size = content.seek(0, os.SEEK_END)
    about.mtime = now.timestamp()
    about.mode = 0o600
    content.seek(0)
    tar.addfile(about, content)
