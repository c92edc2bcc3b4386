"""What a person was told. A key reads the inbox of the account that it belongs to; an account of a program has none."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema

from firstmove.api.auth import access
from firstmove.api.once import once
from firstmove.api.paging import Page, Paged, paged
from firstmove.api.problems import REFUSALS
from firstmove.api.requests import Id
from firstmove.domains.network import queries as network
from firstmove.domains.reminders import operations, queries
from firstmove.kernel import tenancy

router = Router(tags=["inbox"])
_EVERYBODY = ("enterprise", "dealer", "supplier")


class MessageOut(Schema):
    """`title` and `text` are in the language of the request; `path` is the page that it is about, here."""

    id: int
    topic: str
    subject: str
    title: str
    text: str
    path: str
    created_at: dt.datetime
    read_at: dt.datetime | None


class MessagesOut(Paged):
    items: list[MessageOut]


@router.get("", response={200: MessagesOut, **REFUSALS}, auth=access("inbox:read", *_EVERYBODY))
def read_inbox(request: HttpRequest, page: Query[Page], unread: bool = False) -> dict[str, Any]:
    """The person's messages, the latest first; with `unread` those alone that nobody has read."""
    actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        return paged(
            "inbox",
            page,
            lambda place: queries.inbox(
                actor=actor, currency=network.currency(), unread_only=unread, place=place, limit=page.limit
            ),
            unread=unread,
        )


@router.post("/{message_id}/reading", response={200: MessageOut, **REFUSALS}, auth=access("inbox:write", *_EVERYBODY))
@once(MessageOut)
def read_message(request: HttpRequest, message_id: Id) -> queries.MessageView:
    """Mark a message as read. Marked again, it keeps the first moment."""
    actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        operations.mark_read(actor=actor, message_id=message_id, now=timezone.now())
        return queries.message(actor=actor, message_id=message_id, currency=network.currency())
