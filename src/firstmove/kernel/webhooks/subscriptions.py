"""Which news a party wants at which address. Who of a party may decide that is its caller's to know."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from firstmove.kernel import locks, outbox, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotFound
from firstmove.kernel.models import DeliveryState, WebhookDelivery, WebhookSubscription
from firstmove.kernel.paging import Slice, after
from firstmove.kernel.tenancy import Actor, Kind
from firstmove.kernel.webhooks import guard, signing

# While a receiver changes over, both secrets sign.
CHANGE_OVER = dt.timedelta(hours=24)
MOST = 20
# One at a time may subscribe; the number is arbitrary and known only here.
_LOCK = 7_215_042


@dataclass(frozen=True)
class Topic:
    """News that may leave the house, in words, and to whose addresses."""

    name: str
    words: str | Promise
    kinds: tuple[Kind, ...]


_topics: dict[str, Topic] = {}


def offer(topic: str, words: str | Promise, *, to: tuple[Kind, ...]) -> None:
    """Let parties of these kinds subscribe to a topic of the outbox, when the application starts.

    Its payload then is a contract: a dealer or supplier is sent the events that name it, the enterprise all.
    """
    from firstmove.kernel.webhooks import delivery

    _topics[topic] = Topic(topic, words, to)
    outbox.subscribe(topic, delivery.enqueue)


def topics_for(kind: Kind) -> list[Topic]:
    return [topic for topic in _topics.values() if kind in topic.kinds]


def is_offered(topic: str, *, to: Kind) -> bool:
    return topic in _topics and to in _topics[topic].kinds


@dataclass(frozen=True)
class SubscriptionView:
    id: int
    dealer_id: int | None
    supplier_id: int | None
    name: str
    url: str
    topics: tuple[str, ...]
    created_at: dt.datetime
    paused_at: dt.datetime | None
    old_until: dt.datetime | None
    waiting: int
    dead: int


@dataclass(frozen=True)
class DeliveryView:
    id: int
    subscription_id: int
    event_id: int
    topic: str
    state: str
    attempts: int
    created_at: dt.datetime
    tried_at: dt.datetime | None
    next_at: dt.datetime
    status: int | None
    error: str
    body: str

    @property
    def state_name(self) -> str:
        return str(DeliveryState(self.state).label)


def subscriptions() -> list[SubscriptionView]:
    """Those that the scope shows, with how much waits and how much was given up."""
    rows = WebhookSubscription.objects.annotate(
        waits=Count("deliveries", filter=Q(deliveries__state=DeliveryState.WAITING)),
        gone=Count("deliveries", filter=Q(deliveries__state=DeliveryState.DEAD)),
    )
    return [_view(row, row.waits, row.gone) for row in rows.order_by("id")]


def subscription(*, subscription_id: int) -> SubscriptionView:
    """Raises NotFound, also for another party's."""
    for found in subscriptions():
        if found.id == subscription_id:
            return found
    raise NotFound()


def deliveries(
    *, subscription_id: int | None = None, state: str = "", place: Sequence[Any] | None = None, limit: int = 50
) -> Slice[DeliveryView]:
    """Deliveries behind a place, the latest first (see `kernel.paging`); `state` "dead" lists what was given up."""
    rows = WebhookDelivery.objects.all()
    if subscription_id is not None:
        rows = rows.filter(subscription_id=subscription_id)
    if state:
        rows = rows.filter(state=state)
    return after(rows, by=("-id",), place=place, limit=limit, view=_delivery)


def subscribe(*, actor: Actor, name: str, url: str, topics: Collection[str], now: dt.datetime) -> tuple[int, str]:
    """(id, secret): the secret is told now and never again. Raises Invalid, Conflict beyond `MOST`."""
    name = name.strip()
    if not name or len(name) > 80:
        raise Invalid(_("A webhook needs a name of at most 80 characters."), field="name")
    if len(url) > 500:
        raise Invalid(_("This is not an address."), field="url")
    guard.target_of(url, allowed=settings.WEBHOOK_HOSTS)
    if not topics or not all(is_offered(topic, to=actor.kind) for topic in topics):
        raise Invalid(_("Choose at least one kind of news."), field="topics")
    with tenancy.scope(actor):
        # Two requests at once would both count what is there and both add one.
        locks.until_the_end(_LOCK)
        if WebhookSubscription.objects.filter(dealer_id=actor.dealer_id, supplier_id=actor.supplier_id).count() >= MOST:
            raise Conflict(_("There are enough webhooks."), _("Remove one first."))
        row = WebhookSubscription.objects.create(
            dealer_id=actor.dealer_id,
            supplier_id=actor.supplier_id,
            name=name,
            url=url,
            topics=sorted(set(topics)),
            nonce=signing.new_nonce(),
            created_at=now,
            created_by=actor.user_id,
        )
        return row.pk, signing.secret_of(row.nonce)


def rotate(*, actor: Actor, subscription_id: int, now: dt.datetime) -> str:
    """A new secret, told now and never again; the old one signs too for a day."""
    with tenancy.scope(actor):
        row = _locked(actor, subscription_id)
        row.old_nonce, row.old_until = row.nonce, now + CHANGE_OVER
        row.nonce = signing.new_nonce()
        row.save(update_fields=["nonce", "old_nonce", "old_until"])
        return signing.secret_of(row.nonce)


def pause(*, actor: Actor, subscription_id: int, paused: bool, now: dt.datetime) -> None:
    """News waits while it is paused, and is sent when it goes on."""
    with tenancy.scope(actor):
        row = _locked(actor, subscription_id)
        row.paused_at = (row.paused_at or now) if paused else None
        row.save(update_fields=["paused_at"])


def unsubscribe(*, actor: Actor, subscription_id: int) -> None:
    """Nothing more is sent, and what waits is forgotten."""
    with tenancy.scope(actor):
        _locked(actor, subscription_id).delete()


def replay(*, actor: Actor, subscription_id: int, now: dt.datetime, delivery_id: int | None = None) -> int:
    """Send one delivery again, whatever became of it, or all that were given up; return how many.

    It keeps its id, by which the receiver knows what it has seen.
    """
    with tenancy.scope(actor):
        _locked(actor, subscription_id)
        rows = WebhookDelivery.objects.filter(subscription_id=subscription_id)
        rows = rows.filter(state=DeliveryState.DEAD) if delivery_id is None else rows.filter(id=delivery_id)
        count = rows.update(state=DeliveryState.WAITING, attempts=0, next_at=now, error="")
        if not count and delivery_id is not None:
            raise NotFound()
        return count


def _locked(actor: Actor, subscription_id: int) -> WebhookSubscription:
    """The party's own; the enterprise looks at all of them and changes its own."""
    own = WebhookSubscription.objects.filter(dealer_id=actor.dealer_id, supplier_id=actor.supplier_id)
    row = own.select_for_update().filter(id=subscription_id).first()
    if row is None:
        raise NotFound()
    return row


def _view(row: WebhookSubscription, waiting: int, dead: int) -> SubscriptionView:
    return SubscriptionView(
        id=row.pk,
        dealer_id=row.dealer_id,
        supplier_id=row.supplier_id,
        name=row.name,
        url=row.url,
        topics=tuple(row.topics),
        created_at=row.created_at,
        paused_at=row.paused_at,
        old_until=row.old_until,
        waiting=waiting,
        dead=dead,
    )


def _delivery(row: WebhookDelivery) -> DeliveryView:
    return DeliveryView(
        id=row.pk,
        subscription_id=row.subscription_id,
        event_id=row.event_id,
        topic=row.topic,
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
        tried_at=row.tried_at,
        next_at=row.next_at,
        status=row.status,
        error=row.error,
        body=row.body,
    )
