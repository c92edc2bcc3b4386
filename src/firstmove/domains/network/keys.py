"""Keys of programs: made, shown once, found again by their digest, counted, taken back."""

import datetime as dt
import hashlib
import json
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from firstmove.domains.network.models import ApiKey, Role, User
from firstmove.domains.network.queries import actor_of, role_of
from firstmove.domains.network.scopes import SCOPES
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid, NotAllowed, NotFound
from firstmove.kernel.tenancy import SYSTEM, Actor

LIFETIMES_DAYS = (30, 90, 365)
_MARK = "fm"
_TOKEN = re.compile(rf"{_MARK}_([0-9a-f]{{12}})_([A-Za-z0-9_-]{{43}})")
# The role of a program's account: it decides about orders like a buyer and manages nobody.
_SERVICE_ROLES = {"enterprise": Role.PLANNER, "dealer": Role.BUYER, "supplier": Role.SUPPLIER}


@dataclass(frozen=True)
class KeyView:
    """A key as its page shows it. `owner` is the person's name; a service account is named like its key."""

    id: int
    name: str
    prefix: str
    scopes: tuple[str, ...]
    user_id: int
    owner: str
    dealer_id: int | None
    supplier_id: int | None
    party: str
    is_service: bool
    created_at: dt.datetime
    created_by: str
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    used_at: dt.datetime | None

    def may_be_renewed_by(self, actor: Actor) -> bool:
        """A key of a person by that person, one of a program by its own party."""
        own_party = (self.dealer_id, self.supplier_id) == (actor.dealer_id, actor.supplier_id)
        return self.user_id == actor.user_id or (self.is_service and own_party)

    def state(self, *, now: dt.datetime) -> str:
        """ "revoked", "expired" or "active"."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at <= now else "active"


@dataclass(frozen=True)
class Issued:
    """A key that was just made. `token` is told now and never again."""

    id: int
    token: str


@dataclass(frozen=True)
class Admission:
    """A program at the door: as whom it acts, what it may, and what is left of its minute."""

    key_id: int
    actor: Actor
    scopes: frozenset[str]
    limit: int
    requests: int
    resets_at: dt.datetime

    @property
    def left(self) -> int:
        return max(0, self.limit - self.requests)

    @property
    def is_over(self) -> bool:
        return self.requests > self.limit


def may_manage_services(*, actor: Actor) -> bool:
    """Whether this person makes and ends the accounts of programs of its own party. Call it inside a scope."""
    return role_of(actor=actor) in (Role.ADMIN, Role.OWNER, Role.SUPPLIER)


def keys(*, actor: Actor) -> list[KeyView]:
    """The keys that this person may end, active ones first, inside its scope."""
    rows = _manageable(actor).select_related("user__dealer", "user__supplier", "created_by", "use")
    return [_view(row) for row in rows.order_by("revoked_at", "expires_at", "id")[:500]]


def issue(
    *, actor: Actor, name: str, scopes: Collection[str], days: int, now: dt.datetime, service: bool = False
) -> Issued:
    """A key of the person itself, or with `service` of a new account of its party, named like the key.

    Raises Invalid for bad words, NotAllowed for who may not make accounts of programs.
    """
    name = name.strip()
    if not name or len(name) > 80:
        raise Invalid(_("A key needs a name of at most 80 characters."), field="name")
    if days not in LIFETIMES_DAYS:
        raise Invalid(_("Choose for how long the key works."), field="days")
    wrong = [scope for scope in scopes if scope not in SCOPES or actor.kind not in SCOPES[scope][1]]
    if wrong or not scopes:
        raise Invalid(_("Choose at least one thing that the key may do."), field="scopes")
    with tenancy.scope(actor):
        if not service:
            user = User.objects.filter(id=actor.user_id, left_at__isnull=True, is_service=False).first()
            if user is None:
                raise NotAllowed()
        elif may_manage_services(actor=actor):
            user = _new_service(actor, name)
        else:
            raise NotAllowed(_("Only an administrator, or the owner of the dealer, makes keys for programs."))
        return _make(user, actor=actor, name=name, scopes=scopes, days=days, now=now)


def replace(*, actor: Actor, key_id: int, now: dt.datetime) -> Issued:
    """A second key like this one, of the same account and lifetime. The first goes on until somebody ends it."""
    with tenancy.scope(actor):
        rows = _manageable(actor).select_related("user__dealer", "user__supplier", "created_by", "use")
        row = rows.filter(id=key_id).first()
        if row is None:
            raise NotFound()
        if not _view(row).may_be_renewed_by(actor):
            raise NotAllowed(_("A key of a person is renewed by that person."))
        days = (row.expires_at - row.created_at).days
        return _make(row.user, actor=actor, name=row.name, scopes=row.scopes, days=days, now=now)


def revoke(*, actor: Actor, key_id: int, now: dt.datetime) -> None:
    """From now on the key opens nothing. Revoking it again changes nothing. Raises NotFound."""
    with tenancy.scope(actor):
        row = _manageable(actor).filter(id=key_id).first()
        if row is None:
            raise NotFound()
        if row.revoked_at is None:
            row.revoked_at = now
            row.save(update_fields=["revoked_at"])


def admit(*, token: str, now: dt.datetime, per_minute: int) -> Admission | None:
    """Who comes with this token, counted; None where it is wrong, expired or revoked, or its person left.

    The count is of the minute by the clock, over all processes. It is written without waiting for the disk: after a
    crash of the database a key may have more of its minute left.
    """
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    with tenancy.scope(SYSTEM):
        row = _find(match[1])
        # Compared even where there is no such key, so that the time tells nothing.
        known = secrets.compare_digest(row.digest if row else "", _digest(match[2]))
        if row is None or not known or row.revoked_at or row.expires_at <= now or row.left_at:
            return None
        minute_at = now.replace(second=0, microsecond=0)
        requests = _count(row, now=now, minute_at=minute_at)
        return Admission(
            key_id=row.id,
            actor=row.actor,
            scopes=row.scopes,
            limit=per_minute,
            requests=requests,
            resets_at=minute_at + dt.timedelta(minutes=1),
        )


@dataclass(frozen=True)
class _Known:
    """A key at the door, and whose it is. Every request asks for it, so no row of a model is made."""

    id: int
    digest: str
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    left_at: dt.datetime | None
    scopes: frozenset[str]
    actor: Actor


_FIND = """
select k.id, k.digest, k.expires_at, k.revoked_at, u.left_at, k.scopes, u.id, u.dealer_id, u.supplier_id
from network_apikey k join network_user u on u.id = k.user_id where k.prefix = %s
"""


def _find(prefix: str) -> _Known | None:
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [prefix])
        row = cursor.fetchone()
    if row is None:
        return None
    *facts, scopes, user_id, dealer_id, supplier_id = row
    user = User(id=user_id, dealer_id=dealer_id, supplier_id=supplier_id)
    return _Known(*facts, scopes=frozenset(json.loads(scopes)), actor=actor_of(user))


_COUNT = """
with unhurried as (select set_config('synchronous_commit', 'off', true) as setting)
insert into network_apikeyuse as u (key_id, dealer_id, supplier_id, used_at, minute_at, requests)
select %(key)s, %(dealer)s::bigint, %(supplier)s::bigint, %(now)s::timestamptz, %(minute)s::timestamptz, 1
from unhurried
on conflict (key_id) do update set used_at = excluded.used_at, minute_at = excluded.minute_at,
  requests = case when u.minute_at = excluded.minute_at then u.requests + 1 else 1 end
returning requests
"""


def _count(row: _Known, *, now: dt.datetime, minute_at: dt.datetime) -> int:
    facts = {
        "key": row.id, "dealer": row.actor.dealer_id, "supplier": row.actor.supplier_id, "now": now,
        "minute": minute_at,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, facts)
        return int(cursor.fetchone()[0])


def _make(user: User, *, actor: Actor, name: str, scopes: Collection[str], days: int, now: dt.datetime) -> Issued:
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        user=user,
        dealer_id=user.dealer_id,
        supplier_id=user.supplier_id,
        name=name,
        prefix=prefix,
        digest=_digest(secret),
        scopes=sorted(set(scopes)),
        created_at=now,
        created_by_id=actor.user_id,
        expires_at=now + dt.timedelta(days=days),
    )
    return Issued(row.pk, f"{_MARK}_{prefix}_{secret}")


def _digest(secret: str) -> str:
    """Plain SHA-256: the secret is 256 random bits, so nobody guesses it and no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _new_service(actor: Actor, name: str) -> User:
    user = User(
        # An address that can never be one (RFC 2606): nobody signs in by it and no letter reaches it.
        email=f"{secrets.token_hex(8)}@service.invalid",
        name=name,
        role=_SERVICE_ROLES[actor.kind],
        dealer_id=actor.dealer_id,
        supplier_id=actor.supplier_id,
        is_service=True,
    )
    user.set_unusable_password()
    user.save()
    return user


def _manageable(actor: Actor) -> QuerySet[ApiKey]:
    """A person's own keys; an administrator's all, an owner's and a supplier's all of the party."""
    rows = ApiKey.objects.all()
    if may_manage_services(actor=actor):
        if actor.kind != "enterprise":
            rows = rows.filter(dealer_id=actor.dealer_id, supplier_id=actor.supplier_id)
        return rows
    return rows.filter(Q(user_id=actor.user_id))


def _view(row: ApiKey) -> KeyView:
    user = row.user
    party = user.dealer or user.supplier
    use = getattr(row, "use", None)
    return KeyView(
        id=row.pk,
        name=row.name,
        prefix=f"{_MARK}_{row.prefix}",
        scopes=tuple(row.scopes),
        user_id=user.pk,
        owner=user.name,
        dealer_id=row.dealer_id,
        supplier_id=row.supplier_id,
        party=party.name if party else "",
        is_service=user.is_service,
        created_at=row.created_at,
        created_by=row.created_by.name if row.created_by else "",
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        used_at=use.used_at if use else None,
    )
