"""Work that goes on once at a time in an installation, on whatever machine it runs."""

import contextlib
from collections.abc import Callable, Iterator

from django.db import connection


@contextlib.contextmanager
def alone(key: int, *, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the lock of that number; `waiting` is called once if another holds it. It ends with the process.

    The lock lives on a connection of its own: the ordinary one's transactions come and go under it, and no reconnect
    can lose it.
    """
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(%s)", [key])
            if not cursor.fetchone()[0]:
                if waiting is not None:
                    waiting()
                cursor.execute("select pg_advisory_lock(%s)", [key])
            try:
                yield
            finally:
                # Given back here and not by closing, which the server notices a moment later.
                cursor.execute("select pg_advisory_unlock(%s)", [key])
    finally:
        own.close()


def until_the_end(key: int) -> None:
    """Hold the lock of that number until this transaction ends: whoever asks for it meanwhile waits."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [key])


def is_held(key: int) -> bool:
    """Whether anybody holds the lock now, in this process or another."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select 1 from pg_locks where locktype = 'advisory' and granted and objsubid = 1 "
            "and classid = 0 and objid = %s "
            "and database = (select oid from pg_database where datname = current_database()))",
            [key],
        )
        return bool(cursor.fetchone()[0])
