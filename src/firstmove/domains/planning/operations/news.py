"""A person of a dealer has read news of products."""

import datetime as dt
from collections.abc import Collection

from firstmove.domains.network.queries import enterprise
from firstmove.domains.planning.models import NewsRead
from firstmove.domains.planning.queries.news import dealer_news
from firstmove.kernel import tenancy
from firstmove.kernel.errors import NotAllowed, NotFound
from firstmove.kernel.tenancy import Actor

# What was read is remembered for as long as news can be told, and well beyond.
_REMEMBERED_DAYS = 120


def read_news(*, actor: Actor, now: dt.datetime, keys: Collection[str] | None = None) -> int:
    """Mark news as read by its keys, or without keys all there is; returns how many were not read before.

    Reading it again changes nothing. Raises NotAllowed for whoever is no person of a dealer, NotFound for a key that no
    news of today has.
    """
    if actor.dealer_id is None or actor.user_id is None:
        raise NotAllowed()
    with tenancy.scope(actor):
        told = dealer_news(dealer_id=actor.dealer_id, user_id=actor.user_id, on=enterprise(now=now).business_on)
        current = {item.key for item in told}
        wanted = current if keys is None else set(keys)
        if wanted - current:
            raise NotFound()
        unread = wanted & {item.key for item in told if not item.read}
        NewsRead.objects.bulk_create(
            (
                NewsRead(dealer_id=actor.dealer_id, user_id=actor.user_id, key=key, read_at=now)
                for key in sorted(unread)
            ),
            ignore_conflicts=True,
        )
        old = NewsRead.objects.filter(user_id=actor.user_id, read_at__lt=now - dt.timedelta(days=_REMEMBERED_DAYS))
        old.exclude(key__in=current).delete()
        return len(unread)
