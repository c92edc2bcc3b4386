"""One intake at a time in an installation, on whatever machine it runs."""

import contextlib
from collections.abc import Callable, Iterator

from django.db import connection

# The number is arbitrary and known only here.
_KEY = 7_215_002


@contextlib.contextmanager
def alone(*, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the intake's lock; `waiting` is called once if another intake holds it. It ends with the process.

    The lock lives on a connection of its own, so that no reconnect of the ordinary one can lose it.
    """
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(%s)", [_KEY])
            if not cursor.fetchone()[0]:
                waiting()
                cursor.execute("select pg_advisory_lock(%s)", [_KEY])
            yield
            # Given back here and not by closing, which the server notices a moment later.
            cursor.execute("select pg_advisory_unlock(%s)", [_KEY])
    finally:
        own.close()


def is_held() -> bool:
    """Whether an intake runs now, in this process or another."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select 1 from pg_locks where locktype = 'advisory' and granted and objsubid = 1 "
            "and classid = 0 and objid = %s "
            "and database = (select oid from pg_database where datname = current_database()))",
            [_KEY],
        )
        return bool(cursor.fetchone()[0])
