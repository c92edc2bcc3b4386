"""Pages of a list for programs: opaque cursors, and changes since a moment."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import AwareDatetime, Field

from firstmove.kernel.errors import Invalid
from firstmove.kernel.paging import Slice

MOST_ROWS = 200


class Page(Schema):
    """At most `limit` items behind `cursor`, which is the `next` of the page before."""

    cursor: str = Field("", max_length=600, pattern=r"^[\x20-\x7e]*$")
    limit: int = Field(50, ge=1, le=MOST_ROWS)


class ChangesPage(Page):
    """Also, by `updated_after`, only what changed at that moment or later, the earliest change first."""

    updated_after: AwareDatetime | None = Field(
        None, description="A moment with its zone, such as 2026-03-02T08:00:00Z. Then `next` is always given."
    )


class Paged(Schema):
    """`next` is the cursor of the next page; empty at the end of a list. A list of changes has no end: keep it."""

    next: str | None
    more: bool


def paged(listing: str, page: Page, read: Callable[[Any], Slice[Any]], **filters: Any) -> dict[str, Any]:
    """The answer of a listing. `read` is given the place behind which to go on and returns a `Slice`.

    A cursor holds for the listing and the filters that it was given out for, and for no others.
    """
    since = getattr(page, "updated_after", None)
    salt = f"cursor:{listing}:{json.dumps(filters | {'since': since}, sort_keys=True, default=str)}"
    found = read(_place(page.cursor, salt))
    goes_on = found.last is not None and (found.more or since is not None)
    return {"items": found.items, "next": _cursor(found.last, salt) if goes_on else None, "more": found.more}


def _cursor(place: Any, salt: str) -> str:
    return signing.dumps([_told(value) for value in place], salt=salt, compress=False)


def _told(value: Any) -> Any:
    match value:
        case dt.datetime():
            return {"at": value.isoformat()}
        case dt.date():
            return {"on": value.isoformat()}
        case _:
            return value


def _place(cursor: str, salt: str) -> list[Any] | None:
    if not cursor:
        return None
    try:
        return [_read(value) for value in signing.loads(cursor, salt=salt)]
    except signing.BadSignature as error:
        raise Invalid(
            _("This cursor was not given out for this list."),
            _("Repeat the request with the same filters and the next of its last page, or begin without a cursor."),
            code="wrong-cursor",
            field="cursor",
        ) from error


def _read(value: Any) -> Any:
    match value:
        case {"at": text}:
            return dt.datetime.fromisoformat(text)
        case {"on": text}:
            return dt.date.fromisoformat(text)
        case _:
            return value
