"""From the outbox to messages: who is told, and by which ways. Inside the relay's transaction, and only once."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.utils import timezone

from firstmove.domains.network import queries as network
from firstmove.domains.reminders.models import Channel, Delivery, Message
from firstmove.domains.reminders.queries import WAYS, Choices, choices_of, kind_of
from firstmove.domains.reminders.timing import Hours, due_at
from firstmove.domains.reminders.topics import DUNNING, PASSWORD_RESET, TOPICS, Topic
from firstmove.domains.trade import queries as trade
from firstmove.kernel import tenancy
from firstmove.kernel.outbox import Event
from firstmove.kernel.tenancy import SYSTEM, Kind

_KINDS: tuple[Kind, ...] = ("enterprise", "dealer", "supplier")
_BATCH = 1000


Item = TypeVar("Item")


class _Parties(defaultdict[tuple[int | None, int | None], list[Item]]):
    """People, or channels, by the (dealer, supplier) that they belong to; neither: the enterprise."""

    def __init__(self) -> None:
        super().__init__(list)


@dataclass(frozen=True)
class _News:
    """Something to tell: whose it is, and the key under which nobody is told of it twice."""

    topic: Topic
    facts: Mapping[str, Any]
    key: str
    dealer_id: int | None
    supplier_id: int | None

    def party(self, kind: Kind) -> tuple[int | None, int | None] | None:
        """(dealer, supplier) of that kind whom it concerns; None where there is none."""
        if kind == "enterprise":
            return None, None
        if kind == "dealer":
            return None if self.dealer_id is None else (self.dealer_id, None)
        return None if self.supplier_id is None else (None, self.supplier_id)


def take_up(events: Sequence[Event]) -> None:
    """What the outbox calls: its relay knows no clock but the machine's, which is when people are told."""
    queue(events=events, now=timezone.now())


def queue(*, events: Sequence[Event], now: dt.datetime) -> None:
    """Put events in the inboxes of whom they concern and in line for the ways that these chose.

    An event that comes twice, and a second one of what is told once (see `Topic.once`), changes nothing.
    """
    found = []
    for event in events:
        topic = TOPICS[event.topic]
        key = topic.once(event.payload) or f"event:{event.id}"
        found.append(_News(topic, event.payload, key, event.dealer_id, event.supplier_id))
    with tenancy.scope(SYSTEM):
        _put(found, now)


def remind_of_dunning(*, now: dt.datetime) -> int:
    """Tell each dealer whose payments are overdue, and the enterprise, once for every level that it reaches.

    Returns how many stand at a level; whoever was told before is not told again.
    """
    if not network.is_initialised():
        return 0
    with tenancy.scope(SYSTEM):
        on = network.enterprise(now=now).business_on
        found = [
            _News(
                TOPICS[DUNNING],
                facts := {
                    "dealer": line.name,
                    "dealer_id": line.dealer_id,
                    "overdue": float(line.overdue),
                    "days": line.overdue_days,
                    "due_on": (on - dt.timedelta(days=line.overdue_days)).isoformat(),
                    "level": line.level,
                    "blocked": line.blocked,
                },
                TOPICS[DUNNING].once(facts),
                line.dealer_id,
                None,
            )
            for line in trade.accounts(on=on)
            # Where no payment is known, what looks overdue may be paid long since.
            if line.level and line.balance is not None
        ]
        _put(found, now)
        return len(found)


def queue_password_letter(*, user_id: int, origin: str, now: dt.datetime) -> None:
    """A letter by which somebody sets a new password, in line before all others. Its link is made when it leaves.

    `origin` is where its link leads, such as ``https://orders.example.com``.
    """
    with tenancy.scope(SYSTEM):
        person = network.people(user_ids=[user_id]).get(user_id)
        if person is None:
            return
        row = Message.objects.create(
            key=f"password:{user_id}:{now.isoformat()}",
            topic=PASSWORD_RESET,
            facts={"origin": origin},
            user_id=user_id,
            dealer_id=person.dealer_id,
            supplier_id=person.supplier_id,
            created_at=now,
            # A letter alone: it stands in no inbox and is not counted there.
            read_at=now,
        )
        Delivery.objects.create(
            message=row,
            user_id=user_id,
            dealer_id=row.dealer_id,
            supplier_id=row.supplier_id,
            next_at=now,
            created_at=now,
        )


def _put(found: Sequence[_News], now: dt.datetime) -> None:
    if not found:
        return
    people = list(
        network.people(
            dealer_ids={news.dealer_id for news in found if news.dealer_id is not None},
            supplier_ids={news.supplier_id for news in found if news.supplier_id is not None},
            enterprise=any("enterprise" in news.topic.to for news in found),
        ).values()
    )
    colleagues, shared = _Parties(), _Parties()
    for person in people:
        colleagues[person.dealer_id, person.supplier_id].append(person)
    for channel in Channel.objects.filter(user_id__isnull=True):
        shared[channel.dealer_id, channel.supplier_id].append(channel)
    Message.objects.bulk_create(
        [
            Message(
                key=news.key,
                topic=news.topic.news,
                facts=dict(news.facts),
                user_id=user_id,
                dealer_id=dealer_id,
                supplier_id=supplier_id,
                created_at=now,
            )
            for news in found
            for user_id, dealer_id, supplier_id in _readers(news, colleagues, shared)
        ],
        batch_size=_BATCH,
        ignore_conflicts=True,
    )
    rows = list(Message.objects.filter(key__in={news.key for news in found}))
    Delivery.objects.bulk_create(_deliveries(rows, people, shared, now), batch_size=_BATCH, ignore_conflicts=True)


def _readers(
    news: _News, colleagues: _Parties[network.UserView], shared: _Parties[Channel]
) -> Iterator[tuple[int | None, int | None, int | None]]:
    """(user, dealer, supplier) of everybody who is told, and of each party with a channel for the subject."""
    for kind in _KINDS:
        party, roles = news.party(kind), news.topic.roles(kind, news.facts)
        if party is None or not roles:
            continue
        for person in colleagues[party]:
            if person.role in roles:
                yield person.id, *party
        if any(news.topic.subject in channel.subjects for channel in shared[party]):
            yield None, *party


def _deliveries(
    rows: Sequence[Message], people: Sequence[network.UserView], shared: _Parties[Channel], now: dt.datetime
) -> list[Delivery]:
    time_zone = network.enterprise(now=now).time_zone
    by_id = {person.id: person for person in people}
    chosen = choices_of(list(by_id))
    own: dict[int, list[Channel]] = {}
    for channel in Channel.objects.filter(user_id__in=list(by_id)):
        own.setdefault(channel.user_id, []).append(channel)
    found = []
    for row in rows:
        subject = TOPICS[row.topic].subject
        if row.user_id is None:
            at = due_at(now=now, timing="now", hours=Hours(), time_zone=time_zone)
            found += [
                _delivery(row, channel, at, now)
                for channel in shared[row.dealer_id, row.supplier_id]
                if subject in channel.subjects
            ]
        elif row.user_id in by_id:
            found += _of_person(row, by_id[row.user_id], chosen[row.user_id], own.get(row.user_id, []), now, time_zone)
    return found


def _of_person(  # noqa: PLR0917
    row: Message,
    person: network.UserView,
    chosen: Choices,
    own: Sequence[Channel],
    now: dt.datetime,
    time_zone: str,
) -> Iterator[Delivery]:
    subject = TOPICS[row.topic].subject
    for way in WAYS:
        timing = chosen.timing(way, subject)
        if timing == "never":
            continue
        at = due_at(now=now, timing=timing, hours=chosen.hours, time_zone=time_zone)
        # Whoever has not answered the invitation yet gets no other letters.
        email: list[Channel | None] = [] if person.invited else [None]
        for channel in email if way == "email" else own:
            yield _delivery(row, channel, at, now, is_digest=timing == "daily")


def _delivery(
    row: Message, channel: Channel | None, at: dt.datetime, now: dt.datetime, *, is_digest: bool = False
) -> Delivery:
    return Delivery(
        message=row,
        channel=channel,
        user_id=row.user_id,
        dealer_id=row.dealer_id,
        supplier_id=row.supplier_id,
        is_digest=is_digest,
        next_at=at,
        created_at=now,
    )


def still_told(row: Message, person: network.UserView | None) -> bool:
    """Whether the person still is who may be told of it: there, of the same party, in a role that is told."""
    if person is None or (person.dealer_id, person.supplier_id) != (row.dealer_id, row.supplier_id):
        return False
    topic = TOPICS.get(row.topic)
    return topic is None or person.role in topic.roles(kind_of(row), row.facts)
