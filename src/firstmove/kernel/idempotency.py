"""A request that is repeated with its key is answered as before, and its work is done once.

The work and the record of its answer are one transaction: either both are there or neither, whatever dies between them.
Of two at once the second waits for the first and is given the same answer.
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from django.db import OperationalError, connection
from django.utils.translation import gettext_lazy as _

from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict
from firstmove.kernel.models import GivenAnswer
from firstmove.kernel.tenancy import SYSTEM, Actor

KEPT = dt.timedelta(hours=24)


@dataclass(frozen=True)
class Answer:
    """What a program was told."""

    status: int
    content_type: str
    body: str


class KeyReused(Conflict):
    """The key belongs to another request."""

    code = "idempotency-key-reused"


class InProgress(Conflict):
    """The first request with this key is still being worked on."""

    code = "idempotency-in-progress"


# The function bounds its own wait for the first of two equal requests, and nobody else's: see its migration.
_CLAIM = "select kernel_claim_answer(%(user)s, %(dealer)s, %(supplier)s, %(key)s, %(hash)s, %(expires)s, %(now)s)"


def request_hash(*, method: str, path: str, body: bytes) -> str:
    """What makes two requests the same: method, address with its query, and every byte of the body."""
    return hashlib.sha256(b"\0".join((method.encode(), path.encode(), body))).hexdigest()


def once(
    *, actor: Actor, key: str, request_hash: str, now: dt.datetime, work: Callable[[], Answer]
) -> tuple[Answer, bool]:
    """The answer, and whether it is that of an earlier request. `work` is called inside the actor's scope.

    What `work` answers is kept, refusals too: a client that blindly repeats must not be taken for one that looked at
    what was refused and agrees. An exception keeps nothing and undoes everything.

    Raises KeyReused for another request under this key, InProgress where the first takes too long.
    """
    user_id = actor.user_id
    if user_id is None:
        raise ValueError("the system repeats nothing: an idempotency key belongs to an account")
    with tenancy.scope(actor):
        own = _claim(actor, key, request_hash, now)
        if own is None:
            row = GivenAnswer.objects.get(user_id=user_id, key=key)
            if row.request_hash != request_hash:
                raise KeyReused(
                    _("This idempotency key was used for another request."),
                    _("Take a new key for every request, and the same one only to repeat it unchanged."),
                )
            assert row.status is not None  # noqa: S101 (committed with its answer)
            return Answer(row.status, row.content_type, row.body), True
        answer = work()
        GivenAnswer.objects.filter(id=own).update(
            status=answer.status, content_type=answer.content_type, body=answer.body
        )
        return answer, False


def _claim(actor: Actor, key: str, request_hash: str, now: dt.datetime) -> int | None:
    """The id of the row that is ours to fill, or None where an answer stands already."""
    facts = {
        "user": actor.user_id, "dealer": actor.dealer_id, "supplier": actor.supplier_id, "key": key,
        "hash": request_hash, "expires": now + KEPT, "now": now,
    }  # fmt: skip
    with connection.cursor() as cursor:
        try:
            cursor.execute(_CLAIM, facts)
        except OperationalError as error:
            raise InProgress(
                _("The first request with this idempotency key is still being worked on."),
                _("Repeat it in a moment."),
            ) from error
        (found,) = cursor.fetchone()
    return None if found is None else int(found)


def forget(*, now: dt.datetime) -> int:
    """Remove answers whose time is over; return how many."""
    with tenancy.scope(SYSTEM):
        return GivenAnswer.objects.filter(expires_at__lte=now).delete()[0]
