"""News that flows upward: published with the change, delivered to whoever subscribed, at least once and in order."""

import contextlib
import datetime as dt
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction
from django.db.models.functions import Now

from firstmove.kernel import tenancy, writing
from firstmove.kernel.models import OutboxEvent

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Event:
    """`dealer_id` and `supplier_id` name whose news it is; neither: the enterprise's alone."""

    id: int
    topic: str
    payload: dict[str, Any]
    dealer_id: int | None = None
    supplier_id: int | None = None


Handler = Callable[[Sequence[Event]], None]
_handlers: dict[str, list[Handler]] = {}
# One relay at a time keeps the order of events; the number is arbitrary and known only here.
_RELAY_LOCK = 7_215_001


def subscribe(topic: str, handler: Handler) -> None:
    """Call `handler` with every event of the topic. It must be idempotent: an event can come twice."""
    handlers = _handlers.setdefault(topic, [])
    if handler not in handlers:
        handlers.append(handler)


def publish(
    *, topic: str, payload: dict[str, Any], dealer_id: int | None = None, supplier_id: int | None = None
) -> None:
    """Record news inside the current transaction; it exists only if that transaction commits."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(f"{topic} published outside a transaction")
    writing.insert([OutboxEvent(topic=topic, payload=payload, dealer_id=dealer_id, supplier_id=supplier_id)])


def publish_to_dealers(*, topic: str, payloads: Mapping[int, dict[str, Any]]) -> None:
    """As `publish`, an event for each dealer, in one statement."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(f"{topic} published outside a transaction")
    OutboxEvent.objects.bulk_create(
        (OutboxEvent(topic=topic, payload=payload, dealer_id=dealer_id) for dealer_id, payload in payloads.items()),
        batch_size=1000,
    )


def deliver(*, limit: int = 1000) -> int:
    """Hand undelivered events, at most `limit` of a topic, to their subscribers; return how many were delivered.

    A failing handler leaves its topic's events undelivered, with the error noted, and stops none of the others.
    """
    with tenancy.scope(tenancy.SYSTEM):
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [_RELAY_LOCK])
        waiting = OutboxEvent.objects.filter(delivered_at__isnull=True)
        delivered = 0
        for topic in waiting.order_by("topic").values_list("topic", flat=True).distinct():
            rows = waiting.filter(topic=topic).order_by("id")[:limit]
            events = [Event(row.id, row.topic, row.payload, row.dealer_id, row.supplier_id) for row in rows]
            batch = OutboxEvent.objects.filter(id__in=[event.id for event in events])
            try:
                with transaction.atomic():
                    for handler in _handlers.get(topic, []):
                        handler(events)
            except Exception as error:
                log.exception("outbox: %s events of %s not delivered", len(events), topic)
                batch.update(attempts=models.F("attempts") + 1, error=f"{type(error).__name__}: {error}"[:2000])
                continue
            batch.update(delivered_at=Now(), attempts=models.F("attempts") + 1, error="")
            delivered += len(events)
        return delivered


def forget(*, before: dt.datetime) -> int:
    """Remove events that were delivered before then; return how many. What waits is kept however old it is."""
    with tenancy.scope(tenancy.SYSTEM):
        return OutboxEvent.objects.filter(delivered_at__lt=before).delete()[0]


@contextlib.contextmanager
def paused() -> Iterator[None]:
    """Nothing is delivered while this is held: whoever copies the lake sees it as the events say that it is.

    The lock lives on a connection of its own and ends with the process.
    """
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s)", [_RELAY_LOCK])
        yield
    finally:
        own.close()


@dataclass(frozen=True)
class Waiting:
    """News that was not delivered yet: how many events, since when, and the error of the last that was tried."""

    events: int
    since: dt.datetime | None
    error: str


def waiting() -> Waiting:
    """What `deliver` would hand out now. Call it inside a scope."""
    rows = OutboxEvent.objects.filter(delivered_at__isnull=True)
    facts = rows.aggregate(events=models.Count("id"), since=models.Min("created_at"))
    error = rows.exclude(error="").order_by("-id").values_list("error", flat=True).first()
    return Waiting(facts["events"], facts["since"], error or "")
