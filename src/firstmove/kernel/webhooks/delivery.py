"""From the outbox to the receivers: put in line with the news, sent outside any transaction, tried again, given up."""

import datetime as dt
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from firstmove.kernel import tenancy
from firstmove.kernel.errors import Problem
from firstmove.kernel.models import DeliveryState, OutboxEvent, WebhookDelivery, WebhookSubscription
from firstmove.kernel.outbox import Event
from firstmove.kernel.tenancy import SYSTEM, Kind
from firstmove.kernel.webhooks import guard, signing

# After the first attempt, and after each that follows; then it is given up: a day and a half in all.
RETRIES = tuple(
    dt.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 300, 600, 1080)
)  # fmt: skip
KEPT = dt.timedelta(days=30)
# Longer than an attempt can take: a sender that has not reported by then is believed dead.
_LEASE = dt.timedelta(minutes=2)
_AT_ONCE = 8
_BATCH = 40
Post = Callable[..., tuple[int, str]]


def enqueue(events: Sequence[Event]) -> None:
    """Put news in line for whoever subscribed, inside the relay's transaction. An event that comes twice is one."""
    from firstmove.kernel.webhooks.subscriptions import is_offered

    rows = {row.pk: row for row in OutboxEvent.objects.filter(id__in=[event.id for event in events])}
    wanted = list(WebhookSubscription.objects.all())
    now = timezone.now()
    WebhookDelivery.objects.bulk_create(
        [
            WebhookDelivery(
                subscription=row,
                dealer_id=row.dealer_id,
                supplier_id=row.supplier_id,
                event_id=event.id,
                topic=event.topic,
                body=_body(rows[event.id]),
                next_at=now,
                created_at=now,
            )
            for event in events
            for row in wanted
            if event.topic in row.topics
            and is_offered(event.topic, to=_kind(row))
            and event.id in rows
            and _concerns(rows[event.id], row)
        ],
        batch_size=500,
        ignore_conflicts=True,
    )


def _kind(row: WebhookSubscription) -> Kind:
    return "dealer" if row.dealer_id else "supplier" if row.supplier_id else "enterprise"


def _concerns(event: OutboxEvent, row: WebhookSubscription) -> bool:
    """A dealer and a supplier are told of what names them; the enterprise of all."""
    if row.dealer_id is not None:
        return event.dealer_id == row.dealer_id
    return row.supplier_id is None or event.supplier_id == row.supplier_id


def _body(event: OutboxEvent) -> str:
    told = {"type": event.topic, "timestamp": event.created_at.isoformat(), "data": event.payload}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class _Message:
    id: int
    url: str
    attempt: int
    body: str
    headers: dict[str, str]


def send_due(*, now: dt.datetime, post: Post = guard.post) -> int:
    """Send what is due, at most one batch; return how many were tried.

    Nothing is locked meanwhile: what is being sent is due again after two minutes, so that a sender that dies loses
    nothing. A delivery can therefore come twice; its id is the same.
    """
    messages = _take(now)
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as threads:
        results = list(threads.map(lambda message: _try(message, post), messages))
    with tenancy.scope(SYSTEM):
        for message, (status, error) in zip(messages, results, strict=True):
            _record(message, status, error, now)
    return len(messages)


def _take(now: dt.datetime) -> list[_Message]:
    with tenancy.scope(SYSTEM):
        due = WebhookDelivery.objects.filter(
            state=DeliveryState.WAITING, next_at__lte=now, subscription__paused_at__isnull=True
        )
        rows = list(
            due.select_related("subscription")
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("next_at", "id")[:_BATCH]
        )
        WebhookDelivery.objects.filter(id__in=[row.pk for row in rows]).update(
            next_at=now + _LEASE, attempts=F("attempts") + 1
        )
        return [_message(row, now) for row in rows]


def _message(row: WebhookDelivery, now: dt.datetime) -> _Message:
    told, at, message_id = row.subscription, int(now.timestamp()), f"msg_{row.pk}"
    nonces = [told.nonce]
    if told.old_until is not None and told.old_until > now:
        nonces.append(told.old_nonce)
    signatures = [
        signing.signature(signing.secret_of(nonce), message_id=message_id, at=at, body=row.body) for nonce in nonces
    ]
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "firstmove-webhooks",
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(signatures),
    }
    return _Message(row.pk, told.url, row.attempts + 1, row.body, headers)


def _try(message: _Message, post: Post) -> tuple[int | None, str]:
    """The status and an empty text, or why it did not arrive."""
    try:
        status, answer = post(
            message.url, body=message.body.encode(), headers=message.headers, allowed=settings.WEBHOOK_HOSTS
        )
    except guard.NotReached as error:
        return None, str(error)[:500]
    except Problem as problem:
        return None, str(problem)[:500]
    return status, "" if 200 <= status < 300 else answer.replace("\x00", "")[:500]


def _record(message: _Message, status: int | None, error: str, now: dt.datetime) -> None:
    facts: dict[str, object] = {"status": status, "error": error, "tried_at": now}
    if status is not None and 200 <= status < 300:
        facts["state"] = DeliveryState.DELIVERED
    elif message.attempt > len(RETRIES):
        facts["state"] = DeliveryState.DEAD
    else:
        facts["next_at"] = now + RETRIES[message.attempt - 1]
    # What was asked for again meanwhile stays asked for.
    WebhookDelivery.objects.filter(id=message.id, attempts=message.attempt).update(**facts)


def forget(*, now: dt.datetime) -> int:
    """Remove what was delivered or given up a month ago; return how many."""
    with tenancy.scope(SYSTEM):
        old = WebhookDelivery.objects.filter(~Q(state=DeliveryState.WAITING), created_at__lt=now - KEPT)
        return old.delete()[0]
