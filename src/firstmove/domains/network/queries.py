"""Reads of the network. Call them inside a `tenancy.scope`."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Q
from django.db.models.expressions import Combinable

from firstmove.domains.network.models import (
    DEALER_ROLES,
    ENTERPRISE_ROLES,
    Consent,
    Dealer,
    Enterprise,
    Role,
    Supplier,
    User,
)
from firstmove.domains.network.working_days import WorkingDays
from firstmove.kernel.dates import local_date
from firstmove.kernel.errors import NotFound
from firstmove.kernel.paging import Slice, sliced
from firstmove.kernel.reading import once
from firstmove.kernel.tenancy import Actor


@dataclass(frozen=True)
class EnterpriseView:
    name: str
    currency: str
    time_zone: str
    is_demo: bool
    business_on: dt.date
    # True where the business date was set by a plan of a past day and does not follow the clock.
    replayed: bool


@dataclass(frozen=True)
class DealerView:
    id: int
    code: str
    name: str
    region: str
    city: str
    tier: str
    credit_limit: Decimal | None
    terms_days: int | None
    lead_time_min_days: int | None
    lead_time_max_days: int | None
    review_days: int | None
    minimum_order_amount: Decimal | None
    minimum_order_kg: float | None
    order_budget: Decimal | None
    # ISO weekdays, such as "14" for Monday and Thursday; empty is any day.
    order_weekdays: str
    delivery_weekdays: str
    truck_pallets: float | None
    truck_kg: float | None
    freight_per_truck: Decimal | None
    freight_per_pallet: Decimal | None
    market_customers: int | None
    market_growth: float | None
    market_share: float | None
    lat: float | None
    lon: float | None
    is_active: bool
    changed_at: dt.datetime


@dataclass(frozen=True)
class SupplierView:
    id: int
    code: str
    name: str


@dataclass(frozen=True)
class UserView:
    id: int
    email: str
    name: str
    role: str
    dealer_id: int | None
    dealer_name: str
    supplier_id: int | None
    supplier_name: str
    language: str
    last_login: dt.datetime | None
    left_at: dt.datetime | None
    invited: bool

    @property
    def role_name(self) -> str:
        return str(Role(self.role).label)


# Who of a dealer decides about orders and takes in goods.
ORDERING_ROLES = (Role.OWNER, Role.BUYER)
_DEALER_FIELDS = tuple(DealerView.__dataclass_fields__)


@dataclass(frozen=True)
class Ordering:
    """What an order asks about its parties: the installation, the dealer, and the role of the person who orders."""

    installation: EnterpriseView
    dealer: DealerView
    role: str


def is_initialised() -> bool:
    return Enterprise.objects.exists()


def enterprise(*, now: dt.datetime) -> EnterpriseView:
    """Raises NotFound before `firstmove init`."""
    row = Enterprise.objects.first()
    if row is None:
        raise NotFound("This installation is not initialised.", "Run: firstmove init", code="not-initialised")
    return EnterpriseView(
        name=row.name,
        currency=row.currency,
        time_zone=row.time_zone,
        is_demo=row.is_demo,
        business_on=row.business_on or local_date(now=now, time_zone=row.time_zone),
        replayed=row.business_on is not None,
    )


_ORDERING = f"""
select e.name, e.currency, e.time_zone, e.is_demo, e.business_on,
  coalesce((select u.role from network_user u where u.id = %s), ''), {", ".join(f"d.{name}" for name in _DEALER_FIELDS)}
from network_enterprise e join network_dealer d on d.id = %s
"""  # noqa: S608 (names of columns)


def ordering(*, actor: Actor, dealer_id: int, now: dt.datetime) -> Ordering:
    """`enterprise`, `dealer` and `role_of` in one statement. Raises NotFound, also for a dealer that is hidden."""
    with connection.cursor() as cursor:
        cursor.execute(_ORDERING, [actor.user_id, dealer_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound()
    name, unit, time_zone, is_demo, business_on, role, *dealer_row = row
    installation = EnterpriseView(
        name=name,
        currency=unit,
        time_zone=time_zone,
        is_demo=is_demo,
        business_on=business_on or local_date(now=now, time_zone=time_zone),
        replayed=business_on is not None,
    )
    return Ordering(installation, DealerView(*dealer_row), role)


def currency() -> str:
    """The installation's currency; empty before `firstmove init`."""
    return Enterprise.objects.values_list("currency", flat=True).first() or ""


# Whose public holidays the enterprise keeps, where its currency tells.
_COUNTRIES = {
    "CNY": "CN", "USD": "US", "GBP": "GB", "JPY": "JP", "KRW": "KR", "INR": "IN", "BRL": "BR", "CAD": "CA",
    "AUD": "AU", "MXN": "MX", "VND": "VN", "THB": "TH", "IDR": "ID", "MYR": "MY", "SGD": "SG", "PHP": "PH",
}  # fmt: skip


def country() -> str:
    """The ISO code of the country whose calendar holds, by the currency; empty where that tells none."""
    return _COUNTRIES.get(currency(), "")


def working_days() -> WorkingDays:
    """The enterprise's working days: public holidays by its country, midnight by its time zone."""
    return WorkingDays(country(), Enterprise.objects.values_list("time_zone", flat=True).first() or "UTC")


def dealers(*, active_only: bool = False, search: str = "") -> list[DealerView]:
    rows = Dealer.objects.order_by("name", "code")
    if active_only:
        rows = rows.filter(is_active=True)
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(code__icontains=search) | Q(city__icontains=search))
    return [DealerView(**row) for row in rows.values(*_DEALER_FIELDS)]


def dealer_slice(
    *, since: dt.datetime | None = None, place: Sequence[Any] | None = None, limit: int = 50
) -> Slice[DealerView]:
    """Dealers behind a place, by id, or with `since` those that changed from then on (see `kernel.paging`)."""

    def view(row: Dealer) -> DealerView:
        return DealerView(**{name: getattr(row, name) for name in _DEALER_FIELDS})

    return sliced(Dealer.objects.all(), by=("id",), since=since, place=place, limit=limit, view=view)


@once
def dealer(*, dealer_id: int) -> DealerView:
    """Raises NotFound, also for a dealer that the scope hides."""
    row = Dealer.objects.filter(id=dealer_id).values(*_DEALER_FIELDS).first()
    if row is None:
        raise NotFound()
    return DealerView(**row)


def places() -> dict[int, tuple[float, float]]:
    """Latitude and longitude in degrees of the dealers that told them, by id."""
    rows = Dealer.objects.filter(lat__isnull=False, lon__isnull=False).values_list("id", "lat", "lon")
    return {dealer_id: (lat, lon) for dealer_id, lat, lon in rows}


def dealer_names(dealer_ids: Sequence[int]) -> dict[int, str]:
    """Names of these dealers; who is no more is left out."""
    return dict(Dealer.objects.filter(id__in=dealer_ids).values_list("id", "name"))


def dealer_ids_matching(*, name: str, limit: int = 200) -> list[int]:
    """Dealers with these words in their name, at most `limit`, by name."""
    rows = Dealer.objects.filter(name__icontains=name).order_by("name", "id")
    return list(rows.values_list("id", flat=True)[:limit])


def dealer_ids_by_code() -> dict[str, int]:
    return dict(Dealer.objects.values_list("code", "id"))


def supplier_ids_by_code() -> dict[str, int]:
    return dict(Supplier.objects.values_list("code", "id"))


def suppliers() -> list[SupplierView]:
    return [SupplierView(**row) for row in Supplier.objects.order_by("name").values("id", "code", "name")]


def shares_customers(*, dealer_id: int) -> bool:
    """Whether the dealer lets the enterprise see its customers one by one. Default: no."""
    return Consent.objects.filter(dealer_id=dealer_id, shares_customers=True).exists()


@dataclass(frozen=True)
class ConsentView:
    """What a dealer lets the enterprise see beyond what is always shared; nobody decided: nothing."""

    shares_customers: bool = False
    shares_supplier_orders: bool = False
    changed_at: dt.datetime | None = None
    changed_by: str = ""


def consent(*, dealer_id: int) -> ConsentView:
    row = Consent.objects.filter(dealer_id=dealer_id).select_related("changed_by").first()
    if row is None:
        return ConsentView()
    by = row.changed_by.name if row.changed_by else ""
    return ConsentView(row.shares_customers, row.shares_supplier_orders, row.changed_at, by)


def dealer_codes_sharing_customers() -> frozenset[str]:
    return frozenset(Consent.objects.filter(shares_customers=True).values_list("dealer__code", flat=True))


def users(*, search: str = "", dealer_id: int | None = None) -> list[UserView]:
    """People, those who left last. Accounts of programs stand with their keys."""
    rows = User.objects.filter(is_service=False).select_related("dealer", "supplier")
    rows = rows.order_by("left_at", "role", "name")
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(email__icontains=search) | Q(dealer__name__icontains=search))
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    return [_user_view(row) for row in rows]


def user(*, user_id: int) -> UserView:
    row = User.objects.select_related("dealer", "supplier").filter(id=user_id).first()
    if row is None:
        raise NotFound()
    return _user_view(row)


def people(
    *,
    user_ids: Collection[int] = (),
    dealer_ids: Collection[int] = (),
    supplier_ids: Collection[int] = (),
    enterprise: bool = False,
) -> dict[int, UserView]:
    """Whom a message can be for, by id: these, those of these parties, those of the enterprise. Nobody who left, and no
    program."""
    wanted = Q(id__in=user_ids) | Q(dealer_id__in=dealer_ids) | Q(supplier_id__in=supplier_ids)
    if enterprise:
        wanted |= Q(role__in=ENTERPRISE_ROLES)
    rows = User.objects.filter(wanted, left_at__isnull=True, is_service=False).select_related("dealer", "supplier")
    return {row.pk: _user_view(row) for row in rows.order_by("id")}


def dealer_roles() -> list[tuple[str, str]]:
    """(code, name) of the roles that people of a dealer have."""
    return [(role, str(Role(role).label)) for role in DEALER_ROLES]


def roles() -> list[tuple[str, str]]:
    """(code, name) of every role."""
    return [(role, str(label)) for role, label in Role.choices]


def roles_of(kind: str) -> dict[str, str]:
    """What each role of a party is called."""
    return {role.value: str(role.label) for role in Role if party_of_role(role) == kind}


def party_of_role(role: str) -> str:
    """Whom a person of this role works for: dealer, supplier, enterprise, or empty for no role."""
    if role in DEALER_ROLES:
        return "dealer"
    if role == Role.SUPPLIER:
        return "supplier"
    return "enterprise" if role in ENTERPRISE_ROLES else ""


def user_counts() -> dict[int, int]:
    """Active users of each dealer, by dealer id."""
    rows = (
        User.objects.filter(left_at__isnull=True, dealer__isnull=False, is_service=False)
        .values("dealer_id")
        .annotate(n=Count("id"))
    )
    return {row["dealer_id"]: row["n"] for row in rows}


def _user_view(row: User) -> UserView:
    return UserView(
        id=row.pk,
        email=row.email,
        name=row.name,
        role=row.role,
        dealer_id=row.dealer_id,
        dealer_name=row.dealer.name if row.dealer else "",
        supplier_id=row.supplier_id,
        supplier_name=row.supplier.name if row.supplier else "",
        language=row.language,
        last_login=row.last_login,
        left_at=row.left_at,
        invited=not row.has_usable_password(),
    )


def actor_of(user: User) -> Actor:
    """The actor as whom a signed-in person sees and does things."""
    if user.dealer_id is not None:
        return Actor("dealer", user_id=user.pk, dealer_id=user.dealer_id)
    if user.supplier_id is not None:
        return Actor("supplier", user_id=user.pk, supplier_id=user.supplier_id)
    return Actor("enterprise", user_id=user.pk)


def role_of(*, actor: Actor) -> str:
    """The role of the person behind an actor; empty for the system."""
    if actor.user_id is None:
        return ""
    return User.objects.filter(id=actor.user_id).values_list("role", flat=True).first() or ""


def sign_in(*, email: str, password: str) -> User | None:
    """The account, for the authentication backend alone. Takes as long for an unknown address as for a known one."""
    row = User.objects.filter(email__iexact=email.strip(), left_at__isnull=True, is_service=False).first()
    if row is None:
        User().set_password(password)
        return None
    return row if row.check_password(password) else None


def active_user(*, user_id: int, counted: Mapping[str, Combinable] | None = None) -> User | None:
    """The account behind a session, for the authentication backend alone; None once the person left.

    `counted` are expressions over a user that upper rooms want told with it, so that they need no query of their own.
    """
    rows = User.objects.select_related("dealer", "supplier").annotate(**(counted or {}))
    return rows.filter(id=user_id, left_at__isnull=True).first()
