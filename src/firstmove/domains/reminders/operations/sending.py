"""From the line to the readers: taken under a lease, sent outside any transaction, tried again, given up."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Q
from django.utils import translation

from firstmove.domains.network import queries as network
from firstmove.domains.reminders import mail, wecom
from firstmove.domains.reminders.models import Channel, ChannelKind, Delivery, DeliveryState, Message
from firstmove.domains.reminders.operations.queueing import still_told
from firstmove.domains.reminders.queries import choices_of, kind_of, said
from firstmove.domains.reminders.topics import PASSWORD_RESET, TOPICS
from firstmove.domains.reminders.wording import Reader, Said, letter_of, words_of
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Problem
from firstmove.kernel.tenancy import SYSTEM
from firstmove.kernel.webhooks import guard, signing
from firstmove.kernel.webhooks.delivery import RETRIES

# Longer than a batch can take: a sender that has not reported by then is believed dead.
LEASE = dt.timedelta(minutes=15)
KEPT = dt.timedelta(days=90)
LOG_KEPT = dt.timedelta(days=30)
# A password letter that could not leave for so long is of no use any more: whoever asked has asked again.
PASSWORD_LETTER_LIVES = dt.timedelta(hours=24)
_BATCH = 40
_AT_ONCE = 8
_MOST_TOLD = 50


@dataclass(frozen=True)
class _Parcel:
    """What leaves as one: a letter or a post, for one delivery or for those of a digest. `attempts` are by delivery."""

    ids: tuple[int, ...]
    attempts: dict[int, int]
    email: mail.Email | None = None
    post: "_Post | None" = None


@dataclass(frozen=True)
class _Post:
    url: str
    kind: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Outcome:
    error: str = ""
    # Whether trying again could help.
    is_final: bool = False


def send_all(*, now: dt.datetime) -> int:
    """Send whatever is due; returns how many deliveries were looked at."""
    count = 0
    while looked_at := send_due(now=now):
        count += looked_at
    return count


def send_due(*, now: dt.datetime) -> int:
    """Send what is due, at most one batch; return how many deliveries were looked at.

    Nothing is locked meanwhile: what is being sent is due again when its lease ends, so that a sender that dies loses
    nothing. What it had sent by then is sent twice, and its record says that this may be so.
    """
    parcels, looked_at = _take(now)
    outcomes = [*_send_letters([parcel for parcel in parcels if parcel.email is not None])]
    posts = [parcel for parcel in parcels if parcel.post is not None]
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as threads:
        outcomes += zip(posts, threads.map(_post, posts), strict=True)
    with tenancy.scope(SYSTEM):
        for parcel, outcome in outcomes:
            _record(parcel, outcome, now)
    return looked_at


def _take(now: dt.datetime) -> tuple[list[_Parcel], int]:
    """What is to leave, and of how many deliveries it was decided now."""
    with tenancy.scope(SYSTEM):
        due = Delivery.objects.filter(state=DeliveryState.WAITING, next_at__lte=now)
        rows = list(_locked(due).order_by("next_at", "id")[:_BATCH])
        digests = {(row.user_id, row.channel_id) for row in rows if row.is_digest}
        if digests:
            # A digest leaves whole, however many it holds.
            rest = due.filter(is_digest=True, user_id__in={user for user, _channel in digests})
            rest = rest.exclude(id__in=[row.pk for row in rows])
            rows += [row for row in _locked(rest).order_by("id") if (row.user_id, row.channel_id) in digests]
        return (list(_parcels(_wanted(rows, now), now)) if rows else []), len(rows)


def _locked(rows: "Iterable[Delivery]") -> "Iterable[Delivery]":
    return rows.select_related("message", "channel").select_for_update(skip_locked=True, of=("self",))


def _wanted(rows: Sequence[Delivery], now: dt.datetime) -> list[Delivery]:
    """Those whose reader still is there, still may know and still wants it; the others are recorded as not sent."""
    user_ids = {row.message.user_id for row in rows if row.message.user_id is not None}
    people, chosen = network.people(user_ids=user_ids), choices_of(list(user_ids))
    found, gone, unwanted = [], [], []
    for row in rows:
        message = row.message
        if message.topic == PASSWORD_RESET:
            late = now - row.created_at > PASSWORD_LETTER_LIVES
            (gone if late or message.user_id not in people else found).append(row)
        elif message.topic not in TOPICS:
            gone.append(row)
        elif message.user_id is None:
            wanted = row.channel is not None and TOPICS[message.topic].subject in row.channel.subjects
            (found if wanted else unwanted).append(row)
        elif not still_told(message, people.get(message.user_id)):
            gone.append(row)
        else:
            way = "email" if row.channel_id is None else "channel"
            timing = chosen[message.user_id].timing(way, TOPICS[message.topic].subject)
            (unwanted if timing == "never" else found).append(row)
    for dropped, why in ((gone, "no longer told"), (unwanted, "no longer wanted")):
        Delivery.objects.filter(id__in=[row.pk for row in dropped]).update(
            state=DeliveryState.DROPPED, tried_at=now, error=why
        )
    return found


def _parcels(rows: Sequence[Delivery], now: dt.datetime) -> Iterator[_Parcel]:
    installation = network.enterprise(now=now)
    people = network.people(user_ids={row.message.user_id for row in rows if row.message.user_id is not None})
    bundles: dict[tuple[object, ...], list[Delivery]] = {}
    for row in rows:
        key = (row.user_id, row.channel_id) if row.is_digest else (row.pk,)
        bundles.setdefault(key, []).append(row)
    robots = {row.channel_id for row in rows if row.channel and row.channel.kind == ChannelKind.WECOM}
    channels = {row.pk: row for row in Channel.objects.select_for_update().filter(id__in=robots).order_by("id")}
    for bundle in bundles.values():
        channel = bundle[0].channel
        robot = channels.get(channel.pk) if channel else None
        if robot is not None and not _room(robot, bundle, now):
            continue
        for row in bundle:
            row.may_be_double = row.may_be_double or row.begun_at is not None
            row.begun_at, row.next_at, row.attempts = now, now + LEASE, row.attempts + 1
        Delivery.objects.bulk_update(bundle, ["may_be_double", "begun_at", "next_at", "attempts"])
        yield _parcel(bundle, people, installation)


def _room(robot: Channel, bundle: Sequence[Delivery], now: dt.datetime) -> bool:
    """Whether the robot takes one more now; else the bundle waits until it does, which is no attempt."""
    frees_at = wecom.frees_at(robot.written_at, now=now)
    if frees_at is not None:
        Delivery.objects.filter(id__in=[row.pk for row in bundle]).update(next_at=frees_at)
        return False
    robot.written_at = [*(at for at in robot.written_at if at > now - wecom.MINUTE), now]
    robot.save(update_fields=["written_at"])
    return True


def _parcel(
    bundle: Sequence[Delivery], people: dict[int, network.UserView], installation: network.EnterpriseView
) -> _Parcel:
    first = bundle[0]
    message, channel = first.message, first.channel
    person = people.get(message.user_id) if message.user_id else None
    told = [said(row.message, kind_of(row.message), installation.currency) for row in bundle]
    origin = message.facts.get("origin", "") if message.topic == PASSWORD_RESET else _origin()
    reader = Reader(
        user_id=person.id if person else 0,
        name=person.name if person else "",
        place=installation.name,
        origin=origin,
    )
    known = {"ids": tuple(row.pk for row in bundle), "attempts": {row.pk: row.attempts for row in bundle}}
    language = channel.language if channel and person is None else person.language if person else ""
    with translation.override(language):
        if channel is not None:
            return _Parcel(**known, post=_post_of(first, channel, told, reader))
        letter = letter_of(told, reader)
        to = person.email if person else ""
        return _Parcel(**known, email=mail.Email(to=to, letter=letter, message_id=f"reminder-{first.pk}"))


def _origin() -> str:
    """Where pages begin, for links that are read elsewhere; empty where the installation does not say."""
    return next(iter(settings.CSRF_TRUSTED_ORIGINS), "")


def _post_of(row: Delivery, channel: Channel, told: Sequence[Said], reader: Reader) -> _Post:
    words = [words_of(each) for each in told[:_MOST_TOLD]]
    if channel.kind == ChannelKind.WECOM:
        letter = letter_of(told, reader)
        lines = [line for each in words for line in ((each.title, *each.lines) if len(words) > 1 else each.lines)]
        content = wecom.markdown(
            title=letter.subject,
            lines=lines,
            url=f"{reader.origin}{letter.path}" if reader.origin and letter.path else "",
            link=translation.gettext("Look at it"),
        )
        return _Post(channel.url, channel.kind, wecom.body(content))
    items = [
        {
            "topic": each.topic,
            "title": said_words.title,
            "text": said_words.text,
            "url": f"{reader.origin}{said_words.path}" if reader.origin and said_words.path else "",
            "at": each.at.isoformat(),
        }
        for each, said_words in zip(told, words, strict=False)
    ]
    body = json.dumps({"type": "reminder", "items": items}, ensure_ascii=False, separators=(",", ":"))
    # The moment of the first attempt would do too; the receiver knows a repetition by its id.
    at, message_id = int(row.begun_at.timestamp()) if row.begun_at else 0, f"reminder_{row.pk}"
    signed = signing.signature(signing.secret_of(channel.nonce), message_id=message_id, at=at, body=body)
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": signed,
    }
    return _Post(channel.url, channel.kind, body.encode(), headers)


def _send_letters(parcels: Sequence[_Parcel]) -> Iterator[tuple[_Parcel, _Outcome]]:
    letters = [parcel.email for parcel in parcels if parcel.email is not None]
    for parcel, (error, is_final) in zip(parcels, mail.send(letters), strict=True):
        yield parcel, _Outcome(error[:500], is_final)


def _post(parcel: _Parcel) -> _Outcome:
    post = parcel.post
    assert post is not None  # noqa: S101 (its caller chose those that have one)
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "firstmove-reminders", **post.headers}
    try:
        status, answer = guard.post(post.url, body=post.body, headers=headers, allowed=settings.WEBHOOK_HOSTS)
    except (guard.NotReached, Problem) as error:
        return _Outcome(str(error)[:500])
    if not 200 <= status < 300:
        return _Outcome(f"{status}: {answer}".replace("\x00", "")[:500])
    return _Outcome(wecom.refusal(answer)[:500] if post.kind == ChannelKind.WECOM else "")


def _record(parcel: _Parcel, outcome: _Outcome, now: dt.datetime) -> None:
    for delivery_id in parcel.ids:
        attempt = parcel.attempts[delivery_id]
        facts: dict[str, object] = {"error": outcome.error, "tried_at": now, "begun_at": None}
        if not outcome.error:
            facts["state"] = DeliveryState.SENT
        elif outcome.is_final or attempt > len(RETRIES):
            facts["state"] = DeliveryState.DEAD
        else:
            facts["next_at"] = now + RETRIES[attempt - 1]
        # What was asked for again meanwhile stays asked for.
        Delivery.objects.filter(id=delivery_id, attempts=attempt, state=DeliveryState.WAITING).update(**facts)


def forget(*, now: dt.datetime) -> int:
    """Remove records of a month ago and messages of three; return how many messages. What waits is kept."""
    with tenancy.scope(SYSTEM):
        Delivery.objects.filter(~Q(state=DeliveryState.WAITING), created_at__lt=now - LOG_KEPT).delete()
        waiting = Delivery.objects.filter(state=DeliveryState.WAITING).values("message_id")
        old = Message.objects.filter(created_at__lt=now - KEPT).exclude(id__in=waiting)
        return old.delete()[1].get("reminders.Message", 0)
