"""Who is acting, and the transaction in which the database shows that actor's rows and no others.

Explicit filters in queries are the first lock. Row-level security (see `policies`) is the second: it reads the four
settings that `scope` makes local to its transaction. Outside a scope a tenant's table is empty.
"""

import contextlib
import contextvars
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from django.db import connection, transaction

Kind = Literal["system", "enterprise", "dealer", "supplier", "nobody"]


@dataclass(frozen=True)
class Actor:
    """Somebody, or the system itself, with the one party on whose behalf they act."""

    kind: Kind
    user_id: int | None = None
    dealer_id: int | None = None
    supplier_id: int | None = None

    def __post_init__(self) -> None:
        if (self.kind == "dealer") != (self.dealer_id is not None):
            raise ValueError("a dealer's actor names its dealer, and no other actor does")
        if (self.kind == "supplier") != (self.supplier_id is not None):
            raise ValueError("a supplier's actor names its supplier, and no other actor does")


SYSTEM = Actor("system")
NOBODY = Actor("nobody")


class ScopeError(Exception):
    """Two actors in one transaction: a programming error that must never pass silently."""


_current: contextvars.ContextVar[Actor | None] = contextvars.ContextVar("actor", default=None)

_SET = (
    "select set_config('app.actor', %s, true), set_config('app.user', %s, true), "
    "set_config('app.dealer', %s, true), set_config('app.supplier', %s, true)"
)


def _announce(actor: Actor) -> None:
    values = [actor.kind, actor.user_id, actor.dealer_id, actor.supplier_id]
    with connection.cursor() as cursor:
        cursor.execute(_SET, ["" if value is None else str(value) for value in values])


@contextlib.contextmanager
def scope(actor: Actor, *, undone_alone: bool = True) -> Iterator[Actor]:
    """A transaction in which the database shows what this actor may see.

    A scope inside a scope of the same actor joins it; of another actor it raises ScopeError. An error that leaves an
    inner one undoes what was done in it alone; with `undone_alone` false all that the outer one did too, which is for
    a part that nobody goes on without, and saves the database two statements.
    """
    outer = _current.get()
    if outer is not None:
        if outer != actor:
            raise ScopeError(f"already acting as {outer}, asked to act as {actor}")
        with transaction.atomic(savepoint=undone_alone):
            yield actor
        return
    token = _current.set(actor)
    try:
        with transaction.atomic():
            _announce(actor)
            yield actor
            # A released savepoint would leave the settings behind in the surrounding transaction.
            if connection.savepoint_ids:
                _announce(NOBODY)
    finally:
        _current.reset(token)


def current() -> Actor | None:
    """The actor of the scope we are in, if any."""
    return _current.get()
