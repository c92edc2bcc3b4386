"""What people choose: what was read, when and how they are told, and by which channels."""

import datetime as dt
from collections.abc import Collection, Mapping

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from firstmove.domains.network import keys as network_keys
from firstmove.domains.reminders import wecom
from firstmove.domains.reminders.models import Channel, ChannelKind, Delivery, DeliveryState, Message, PersonSettings
from firstmove.domains.reminders.queries import WAYS
from firstmove.domains.reminders.timing import TIMINGS, Hours
from firstmove.domains.reminders.topics import SUBJECTS, subjects_of_party
from firstmove.kernel import locks, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.tenancy import Actor
from firstmove.kernel.webhooks import guard, signing

MOST_CHANNELS = 10
LEAST_HOUR, _LAST_HOUR = 0, 23
# One at a time may add a channel; the number is arbitrary and known only here.
_CHANNEL_LOCK = 7_215_041


def mark_read(*, actor: Actor, message_id: int, now: dt.datetime) -> None:
    """Marked twice, it keeps the first moment. Raises NotFound for what is not one's own."""
    with tenancy.scope(actor):
        rows = Message.objects.filter(id=message_id, user_id=_person(actor))
        if not rows.filter(read_at__isnull=True).update(read_at=now) and not rows.exists():
            raise NotFound()


def mark_all_read(*, actor: Actor, now: dt.datetime, until_id: int | None = None) -> int:
    """All of one's own up to a message (what came since was not seen), or all; returns how many were unread."""
    with tenancy.scope(actor):
        rows = Message.objects.filter(user_id=_person(actor), read_at__isnull=True)
        if until_id is not None:
            rows = rows.filter(id__lte=until_id)
        return rows.update(read_at=now)


def choose(*, actor: Actor, timings: Mapping[str, Mapping[str, str]], hours: Hours, now: dt.datetime) -> None:
    """How the person wants to be told from now on: a timing by way and subject. Raises Invalid."""
    for way, chosen in timings.items():
        if way not in WAYS or not set(chosen) <= set(SUBJECTS) or not set(chosen.values()) <= set(TIMINGS):
            raise Invalid(_("Choose at once, once a day, or never."))
    for hour in (hours.quiet_from, hours.quiet_until, hours.digest):
        if not LEAST_HOUR <= hour <= _LAST_HOUR:
            raise Invalid(_("An hour lies between 0 and 23."))
    with tenancy.scope(actor):
        PersonSettings.objects.update_or_create(
            user_id=_person(actor),
            defaults={
                "dealer_id": actor.dealer_id,
                "supplier_id": actor.supplier_id,
                "timings": {way: dict(chosen) for way, chosen in timings.items()},
                "quiet_from_hour": hours.quiet_from,
                "quiet_until_hour": hours.quiet_until,
                "digest_hour": hours.digest,
                "changed_at": now,
            },
        )


def add_channel(
    *,
    actor: Actor,
    kind: str,
    name: str,
    url: str,
    shared: bool,
    subjects: Collection[str],
    language: str,
    now: dt.datetime,
) -> tuple[int, str]:
    """(id, secret) of a channel of one's own, or, `shared`, of one's party for these subjects.

    The secret, by which a webhook's receiver knows us, is told now and never again; a robot has none. Raises Invalid,
    NotAllowed where somebody else decides for the party, Conflict beyond `MOST_CHANNELS`.
    """
    name = name.strip()
    if not name or len(name) > 80:
        raise Invalid(_("A channel needs a name of at most 80 characters."), field="name")
    if kind not in ChannelKind.values or language not in dict(settings.LANGUAGES):
        raise Invalid(_("There is no channel of this kind."), field="kind")
    if len(url) > 500:
        raise Invalid(_("This is not an address."), field="url")
    target = guard.target_of(url, allowed=settings.WEBHOOK_HOSTS)
    if kind == ChannelKind.WECOM and target.host != wecom.HOST and target.host not in settings.WEBHOOK_HOSTS:
        raise Invalid(
            _("This is not the address of a WeCom group robot."),
            _("It begins with https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=."),
            field="url",
        )
    wanted = sorted(set(subjects)) if shared else []
    if shared and (not wanted or not set(wanted) <= set(subjects_of_party(actor.kind))):
        raise Invalid(_("Choose at least one kind of news."), field="subjects")
    with tenancy.scope(actor):
        user_id = _person(actor)
        if shared:
            _admit(actor)
        # Two requests at once would both count what is there and both add one.
        locks.until_the_end(_CHANNEL_LOCK)
        owner = {
            "user_id": None if shared else user_id,
            "dealer_id": actor.dealer_id,
            "supplier_id": actor.supplier_id,
        }
        if Channel.objects.filter(**owner).count() >= MOST_CHANNELS:
            raise Conflict(_("There are enough channels."), _("Remove one first."), code="channels")
        row = Channel.objects.create(
            **owner,
            kind=kind,
            name=name,
            url=url,
            subjects=wanted,
            language=language,
            nonce=signing.new_nonce(),
            created_at=now,
            created_by=user_id,
        )
        return row.pk, signing.secret_of(row.nonce) if kind == ChannelKind.WEBHOOK else ""


def remove_channel(*, actor: Actor, channel_id: int) -> None:
    """Nothing more is written there, and what waits is forgotten. Raises NotFound, NotAllowed."""
    with tenancy.scope(actor):
        own = Channel.objects.filter(dealer_id=actor.dealer_id, supplier_id=actor.supplier_id)
        row = own.select_for_update().filter(id=channel_id).first()
        if row is None or row.user_id not in (None, actor.user_id):
            raise NotFound()
        if row.user_id is None:
            _admit(actor)
        row.delete()


def replay(*, actor: Actor, now: dt.datetime, delivery_id: int | None = None) -> int:
    """Try one delivery that was given up again, or all of them; returns how many. Raises NotAllowed, NotFound."""
    with tenancy.scope(actor):
        if actor.kind != "enterprise":
            raise NotAllowed()
        _admit(actor)
        rows = Delivery.objects.filter(state=DeliveryState.DEAD)
        if delivery_id is not None:
            rows = rows.filter(id=delivery_id)
        count = rows.update(state=DeliveryState.WAITING, attempts=0, next_at=now, error="")
        if not count and delivery_id is not None:
            raise NotFound()
        return count


def _person(actor: Actor) -> int:
    if actor.user_id is None:
        raise NotAllowed()
    return actor.user_id


def _admit(actor: Actor) -> None:
    if not network_keys.may_manage_services(actor=actor):
        raise NotAllowed(_("Only an administrator, or the owner of the dealer, sets up channels."))
