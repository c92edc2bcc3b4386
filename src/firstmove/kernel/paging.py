"""Long lists for programs: by cursor, so that nothing is doubled or left out while rows come and go.

A list has an order of columns that ends in one that is unique; a page goes on behind the last row of the page before.
A list of changes is ordered by the moment of a row's last change, which the database itself keeps (see
`policies.Tracked`), and goes no further than to what is settled.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, Q, QuerySet

from firstmove.kernel.policies import OPEN_WRITES

Row = TypeVar("Row", bound=Model)
View = TypeVar("View")


@dataclass(frozen=True)
class Slice(Generic[View]):
    """Some items of a list, the place behind the last of them (None: nowhere yet), and whether more follow."""

    items: list[View]
    last: tuple[Any, ...] | None
    more: bool


class AtLeast(int):
    """How many there are, where that was too many to count: so many and more."""


# Nobody reads on to a place behind these; counting on would cost more than the page.
MOST_COUNTED = 10_000


def counted(rows: QuerySet[Row]) -> int:
    """How many rows there are in the order that they stand in, `AtLeast` where there are more than `MOST_COUNTED`."""
    # Ids in that order, so that the index of the list is read and only as far as this.
    found = rows.values_list("pk")[: MOST_COUNTED + 1].count()
    return found if found <= MOST_COUNTED else AtLeast(MOST_COUNTED)


def after(
    rows: QuerySet[Row],
    *,
    by: Sequence[str],
    place: Sequence[Any] | None,
    limit: int,
    view: Callable[[Row], View],
) -> Slice[View]:
    """At most `limit` rows behind `place`, in the order of the columns `by`, all ascending or all descending ("-id").

    Example: ``after(Order.objects.all(), by=("-ordered_on", "-id"), place=None, limit=50, view=_view)``.
    """
    descending = by[0].startswith("-")
    columns = [column.lstrip("-") for column in by]
    if place is not None:
        rows = rows.filter(_behind(columns, place, descending=descending))
    found = list(rows.order_by(*by)[: limit + 1])
    shown = found[:limit]
    last = tuple(getattr(shown[-1], column) for column in columns) if shown else None
    return Slice([view(row) for row in shown], last, more=len(found) > limit)


def _behind(columns: Sequence[str], place: Sequence[Any], *, descending: bool) -> Q:
    """Row-wise comparison: (a, b) behind (x, y) where a is behind x, or equal to it and b behind y."""
    behind = "lt" if descending else "gt"
    condition = Q()
    for index, (column, value) in enumerate(zip(columns, place, strict=True)):
        equal = dict(zip(columns[:index], place[:index], strict=True))
        condition |= Q(**equal, **{f"{column}__{behind}": value})
    # Says the same of the first column alone, so that its index is used.
    return Q(**{f"{columns[0]}__{behind}e": place[0]}) & condition


def sliced(
    rows: QuerySet[Row],
    *,
    by: Sequence[str],
    since: dt.datetime | None,
    place: Sequence[Any] | None,
    limit: int,
    view: Callable[[Row], View],
) -> Slice[View]:
    """`changes` where a moment is named, else `after`: how a query of a domain answers programs."""
    if since is not None:
        return changes(rows, since=since, place=place, limit=limit, view=view)
    return after(rows, by=by, place=place, limit=limit, view=view)


def changes(
    rows: QuerySet[Row],
    *,
    since: dt.datetime,
    place: Sequence[Any] | None,
    limit: int,
    view: Callable[[Row], View],
) -> Slice[View]:
    """Rows with a `changed_at` at `since` or later, the earliest change first, inside a scope.

    Nothing is left out: a row whose transaction is still open could later appear before rows that were shown, so the
    list ends before the oldest open write. `last` is None only where nothing has changed yet.
    """
    settled = _settled_until()
    rows = rows.filter(changed_at__lt=settled, changed_at__gte=since)
    found = after(rows, by=("changed_at", "id"), place=place, limit=limit, view=view)
    return found if found.last is not None or place is None else Slice([], tuple(place), more=False)


def _settled_until() -> dt.datetime:
    """Before this moment no row's change can still appear: when the oldest transaction that has written began.

    Every tracked write holds a lock that names that second (`policies.track_function`). Locks are seen across roles,
    where the activity of another role's transactions is not. Asked in a statement of its own, before the rows are read:
    who wrote before it holds the lock or can be seen, who writes after it begun changes rows later than this. Our own
    transaction's writes are ours to see.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select least(statement_timestamp(), to_timestamp(min(objid::bigint))) from pg_locks "
            "where locktype = 'advisory' and classid = %s and objsubid = 2 and pid <> pg_backend_pid() "
            "and database = (select oid from pg_database where datname = current_database())",
            [OPEN_WRITES],
        )
        found: dt.datetime = cursor.fetchone()[0]
        return found
