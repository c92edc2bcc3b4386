"""Reads of messages, of the ways by which they go, and of what became of them. Call them inside a `tenancy.scope`."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.timezone import localtime

from firstmove.domains.network import queries as network
from firstmove.domains.reminders.models import Channel, ChannelKind, Delivery, DeliveryState, Message, PersonSettings
from firstmove.domains.reminders.timing import Hours, Timing
from firstmove.domains.reminders.topics import PASSWORD_RESET, SUBJECTS, TOPICS, subjects_for
from firstmove.domains.reminders.wording import Said, Words, words_of
from firstmove.kernel.errors import NotFound
from firstmove.kernel.paging import Slice, after
from firstmove.kernel.tenancy import Actor, Kind

# Ways of a person: e-mail, and whatever channels they have set up for themselves.
WAYS = ("email", "channel")


@dataclass(frozen=True)
class MessageView:
    """A message as its reader reads it; `path` is the page that it is about, empty where there is none."""

    id: int
    topic: str
    subject: str
    title: str
    text: str
    path: str
    created_at: dt.datetime
    read_at: dt.datetime | None

    @property
    def is_unread(self) -> bool:
        return self.read_at is None

    @property
    def subject_name(self) -> str:
        return str(SUBJECTS[self.subject].words) if self.subject in SUBJECTS else ""

    @property
    def day(self) -> dt.date:
        return localtime(self.created_at).date()


@dataclass(frozen=True)
class ChannelView:
    """`masked` tells an address apart from others and nobody how to use it."""

    id: int
    kind: str
    name: str
    masked: str
    subjects: tuple[str, ...]
    language: str
    is_own: bool
    waiting: int
    dead: int

    @property
    def kind_name(self) -> str:
        return str(ChannelKind(self.kind).label)

    @property
    def subject_names(self) -> list[str]:
        return [str(SUBJECTS[name].words) for name in self.subjects if name in SUBJECTS]


@dataclass(frozen=True)
class DeliveryView:
    """What was sent to whom by which way, when, with which outcome, and how often it was tried."""

    id: int
    title: str
    reader: str
    address: str
    way: str
    is_digest: bool
    state: str
    attempts: int
    created_at: dt.datetime
    tried_at: dt.datetime | None
    next_at: dt.datetime
    may_be_double: bool
    error: str

    @property
    def state_name(self) -> str:
        return str(DeliveryState(self.state).label)


@dataclass(frozen=True)
class Choices:
    """What a person chose, or the defaults: a timing for each way and subject, and hours."""

    timings: dict[str, dict[str, Timing]]
    hours: Hours

    def timing(self, way: str, subject: str) -> Timing:
        default: Timing = SUBJECTS[subject].email if way == "email" else "now"
        return self.timings.get(way, {}).get(subject, default)


def unread_of(user: str) -> Combinable:
    """How many unread messages somebody has, to be counted within a query of people: no page asks for it alone."""
    rows = Message.objects.filter(user_id=OuterRef(user), read_at__isnull=True).order_by()
    return Coalesce(Subquery(rows.values("user_id").annotate(n=Count("id")).values("n")), 0)


def inbox(
    *, actor: Actor, currency: str, unread_only: bool = False, place: Sequence[Any] | None = None, limit: int = 50
) -> Slice[MessageView]:
    """The person's own messages behind a place, the latest first (see `kernel.paging`)."""
    rows = _own(actor)
    if unread_only:
        rows = rows.filter(read_at__isnull=True)
    return after(rows, by=("-id",), place=place, limit=limit, view=lambda row: _view(row, actor.kind, currency))


def inbox_page(
    *, actor: Actor, currency: str, unread_only: bool = False, offset: int = 0, limit: int = 50
) -> tuple[list[MessageView], int]:
    rows = _own(actor)
    if unread_only:
        rows = rows.filter(read_at__isnull=True)
    return [_view(row, actor.kind, currency) for row in rows.order_by("-id")[offset : offset + limit]], rows.count()


def message(*, actor: Actor, message_id: int, currency: str) -> MessageView:
    """Raises NotFound, also for somebody else's."""
    row = _own(actor).filter(id=message_id).first()
    if row is None:
        raise NotFound()
    return _view(row, actor.kind, currency)


def _own(actor: Actor) -> Any:
    # Somebody whose party changed does not read what was told to them for the old one.
    rows = Message.objects.filter(user_id=actor.user_id, dealer_id=actor.dealer_id, supplier_id=actor.supplier_id)
    return rows.filter(user_id__isnull=False).exclude(topic=PASSWORD_RESET)


def _view(row: Message, kind: Kind, currency: str) -> MessageView:
    words = said_words(row, kind, currency)
    return MessageView(
        id=row.pk,
        topic=row.topic,
        subject=TOPICS[row.topic].subject if row.topic in TOPICS else "",
        title=words.title,
        text=words.text,
        path=words.path,
        created_at=row.created_at,
        read_at=row.read_at,
    )


def said_words(row: Message, kind: Kind, currency: str) -> Words:
    return words_of(said(row, kind, currency))


def said(row: Message, kind: Kind, currency: str) -> Said:
    return Said(topic=row.topic, facts=row.facts, kind=kind, currency=currency, at=row.created_at)


def kind_of(row: Message | Channel) -> Kind:
    """Whose row it is."""
    return "dealer" if row.dealer_id else "supplier" if row.supplier_id else "enterprise"


def choices(*, user_id: int) -> Choices:
    return choices_of([user_id])[user_id]


def choices_of(user_ids: Sequence[int]) -> dict[int, Choices]:
    """What each of them chose; the defaults for whoever chose nothing."""
    found = {row.user_id: _choices(row) for row in PersonSettings.objects.filter(user_id__in=user_ids)}
    return {user_id: found.get(user_id, Choices({}, Hours())) for user_id in user_ids}


def _choices(row: PersonSettings) -> Choices:
    hours = Hours(quiet_from=row.quiet_from_hour, quiet_until=row.quiet_until_hour, digest=row.digest_hour)
    return Choices(row.timings, hours)


def subjects_of_person(*, actor: Actor) -> list[tuple[str, str]]:
    """(subject, words) of what the person can be told of."""
    names = subjects_for(actor.kind, network.role_of(actor=actor))
    return [(name, str(SUBJECTS[name].words)) for name in names]


def masked(url: str) -> str:
    """``https://qyapi.weixin.qq.com/…3f1c``: the host, and the end by which people tell two apart."""
    scheme, _slashes, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0].partition('?')[0]}/…{url[-4:]}"


def channels(*, actor: Actor) -> list[ChannelView]:
    """The person's own, then their party's."""
    rows = Channel.objects.filter(dealer_id=actor.dealer_id, supplier_id=actor.supplier_id)
    rows = rows.filter(user_id=actor.user_id) | rows.filter(user_id__isnull=True)
    counts: dict[int, dict[str, int]] = {}
    open_states = (DeliveryState.WAITING, DeliveryState.DEAD)
    for row in (
        Delivery.objects.filter(channel__in=rows, state__in=open_states)
        .values("channel_id", "state")
        .annotate(n=Count("id"))
    ):
        counts.setdefault(row["channel_id"], {})[row["state"]] = row["n"]
    return [
        ChannelView(
            id=row.pk,
            kind=row.kind,
            name=row.name,
            masked=masked(row.url),
            subjects=tuple(row.subjects),
            language=row.language,
            is_own=row.user_id is not None,
            waiting=counts.get(row.pk, {}).get(DeliveryState.WAITING, 0),
            dead=counts.get(row.pk, {}).get(DeliveryState.DEAD, 0),
        )
        for row in sorted(rows, key=lambda row: (row.user_id is None, row.pk))
    ]


def delivery_counts() -> dict[str, int]:
    """How many deliveries that the scope shows are in each state."""
    rows = Delivery.objects.order_by().values("state").annotate(n=Count("id"))
    return {row["state"]: row["n"] for row in rows}


def deliveries(*, currency: str, state: str = "", offset: int = 0, limit: int = 50) -> tuple[list[DeliveryView], int]:
    """The log, the latest first; of a channel whose address the scope hides its kind alone is told."""
    rows = Delivery.objects.all()
    if state:
        rows = rows.filter(state=state)
    count = rows.count()
    found = list(rows.select_related("message", "message__user", "channel").order_by("-id")[offset : offset + limit])
    return [_logged(row, currency) for row in found], count


def _logged(row: Delivery, currency: str) -> DeliveryView:
    user, channel = row.message.user, row.channel
    return DeliveryView(
        id=row.pk,
        title=said_words(row.message, kind_of(row.message), currency).title,
        reader=user.name if user else "",
        address=masked(channel.url) if channel else user.email if user else "",
        way="email" if row.channel_id is None else channel.kind if channel else "channel",
        is_digest=row.is_digest,
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
        tried_at=row.tried_at,
        next_at=row.next_at,
        may_be_double=row.may_be_double,
        error=row.error,
    )
