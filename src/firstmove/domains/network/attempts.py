"""How often an address may be tried. Kept in the database, so that every process of every machine counts alike."""

import datetime as dt

from firstmove.domains.network.models import Attempt
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM

WINDOW = dt.timedelta(minutes=15)
# Ten wrong passwords are a person who looks for the right one; three letters with a link are enough.
LIMITS = {"sign-in": 10, "reset": 3}


def is_exhausted(*, kind: str, email: str, now: dt.datetime) -> bool:
    """Whether this address was tried too often lately. It does not tell whether anybody signs in by it."""
    with tenancy.scope(SYSTEM):
        recent = Attempt.objects.filter(kind=kind, email=_key(email), at__gt=now - WINDOW)
        return recent.count() >= LIMITS[kind]


def record(*, kind: str, email: str, now: dt.datetime) -> None:
    """Count one more, and forget all that are too old to matter."""
    with tenancy.scope(SYSTEM):
        Attempt.objects.filter(at__lte=now - WINDOW).delete()
        Attempt.objects.create(kind=kind, email=_key(email), at=now)


def forget(*, email: str) -> None:
    """Start from nothing: the person has shown that the address is theirs."""
    with tenancy.scope(SYSTEM):
        Attempt.objects.filter(email=_key(email)).delete()


def _key(email: str) -> str:
    return email.strip().lower()[:254]
