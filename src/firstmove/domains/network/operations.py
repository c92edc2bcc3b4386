"""Writes of the network: one transaction each."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.encoding import force_bytes, force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext_lazy as _

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
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.tenancy import SYSTEM, Actor
from firstmove.kernel.upsert import Upserted, upsert


def initialise(*, name: str, currency: str, time_zone: str, is_demo: bool = False) -> None:
    """Make this installation the enterprise's. Raises Conflict when it already is somebody's, Invalid on bad words."""
    from zoneinfo import available_timezones

    if time_zone not in available_timezones():
        raise Invalid(
            _("Unknown time zone: %(zone)s.") % {"zone": time_zone},
            _("Use a name such as Asia/Shanghai or America/Chicago."),
        )
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha()):
        raise Invalid(
            _("Unknown currency: %(currency)s.") % {"currency": currency}, _("Use three letters such as CNY or USD.")
        )
    with tenancy.scope(SYSTEM):
        made = Enterprise.objects.get_or_create(
            id=1, defaults={"name": name, "currency": currency.upper(), "time_zone": time_zone, "is_demo": is_demo}
        )[1]
        if not made:
            raise Conflict(
                _("This installation is already initialised."),
                _("Use another FIRSTMOVE_HOME for another enterprise."),
                code="already-initialised",
            )


def set_business_date(*, day: dt.date | None) -> None:
    """The day that pages show and orders bear; None follows the clock."""
    with tenancy.scope(SYSTEM):
        Enterprise.objects.update(business_on=day)


def upsert_dealers(*, rows: Sequence[Mapping[str, Any]]) -> Upserted:
    """Add or change dealers by `code`; columns that the rows do not have stay as they are."""
    with tenancy.scope(SYSTEM):
        return upsert(Dealer, key=("code",), rows=rows)


def upsert_suppliers(*, rows: Sequence[Mapping[str, Any]]) -> Upserted:
    """Add or change suppliers by `code`."""
    with tenancy.scope(SYSTEM):
        return upsert(Supplier, key=("code",), rows=rows)


def set_lead_time(*, dealer_code: str, minimum_days: int, maximum_days: int) -> bool:
    """The days from order to receipt. Returns whether anything changed."""
    with tenancy.scope(SYSTEM):
        stale = Dealer.objects.filter(code=dealer_code).exclude(
            lead_time_min_days=minimum_days, lead_time_max_days=maximum_days
        )
        return stale.update(lead_time_min_days=minimum_days, lead_time_max_days=maximum_days) > 0


def set_tier(*, actor: Actor, dealer_id: int, tier: str) -> None:
    """The tier that a dealer stands in from now on. Who may decide that is known to whoever calls."""
    with tenancy.scope(actor):
        Dealer.objects.filter(id=dealer_id).exclude(tier=tier).update(tier=tier)


def set_consent(
    *,
    actor: Actor,
    now: dt.datetime,
    shares_customers: bool | None = None,
    shares_supplier_orders: bool | None = None,
) -> None:
    """The dealer's owner decides whether the enterprise sees its customers one by one, and its orders from suppliers.

    None leaves it as it is.
    """
    said = {"shares_customers": shares_customers, "shares_supplier_orders": shares_supplier_orders}
    with tenancy.scope(actor):
        if actor.dealer_id is None or not User.objects.filter(id=actor.user_id, role=Role.OWNER).exists():
            raise NotAllowed(_("Only the dealer's owner decides what is shared."))
        Consent.objects.update_or_create(
            dealer_id=actor.dealer_id,
            defaults={name: word for name, word in said.items() if word is not None}
            | {"changed_at": now, "changed_by_id": actor.user_id},
        )


def invite(
    *,
    actor: Actor,
    email: str,
    name: str,
    role: str,
    dealer_id: int | None = None,
    supplier_id: int | None = None,
    language: str = "zh-hans",
) -> int:
    """Make a person who chooses a password by the link of `password_link`. Returns the user's id.

    An administrator invites anybody; a dealer's owner invites people of the same dealer. Raises NotAllowed, Invalid
    and, for an e-mail that is taken, Conflict.
    """
    with tenancy.scope(actor):
        _may_manage(actor, dealer_id=dealer_id)
        return _create(
            email=email,
            name=name,
            role=role,
            dealer_id=dealer_id,
            supplier_id=supplier_id,
            language=language,
            password=None,
        )


def add_user(
    *,
    email: str,
    name: str,
    role: str,
    password: str | None,
    dealer_code: str | None = None,
    supplier_code: str | None = None,
    language: str = "zh-hans",
) -> int:
    """As `invite`, from the command line of whoever runs the machine, with a password at once if one is given.

    Raises NotFound too, for an unknown party and before `firstmove init`.
    """
    with tenancy.scope(SYSTEM):
        if not Enterprise.objects.exists():
            raise NotFound(
                "This installation is not initialised.", "Run: firstmove init, or firstmove intake FOLDER",
                code="not-initialised",
            )  # fmt: skip
        dealer_id = supplier_id = None
        if dealer_code is not None:
            dealer_id = Dealer.objects.filter(code=dealer_code).values_list("id", flat=True).first()
            if dealer_id is None:
                raise NotFound(
                    _("There is no dealer %(code)s.") % {"code": dealer_code}, _("Codes are case-sensitive.")
                )
        if supplier_code is not None:
            supplier_id = Supplier.objects.filter(code=supplier_code).values_list("id", flat=True).first()
            if supplier_id is None:
                raise NotFound(_("There is no supplier %(code)s.") % {"code": supplier_code})
        return _create(
            email=email,
            name=name,
            role=role,
            dealer_id=dealer_id,
            supplier_id=supplier_id,
            language=language,
            password=password,
        )


def _create(
    *,
    email: str,
    name: str,
    role: str,
    dealer_id: int | None,
    supplier_id: int | None,
    language: str,
    password: str | None,
) -> int:
    email, name = _checked_email(email), _checked_name(name)
    fits = {
        **dict.fromkeys(ENTERPRISE_ROLES, dealer_id is None and supplier_id is None),
        **dict.fromkeys(DEALER_ROLES, dealer_id is not None and supplier_id is None),
        Role.SUPPLIER: dealer_id is None and supplier_id is not None,
    }
    if not fits.get(role, False):
        raise Invalid(
            _("The role does not fit the party."), _("Choose a role of the party this person works for."), field="role"
        )
    if User.objects.filter(email__iexact=email).exists():
        raise _email_taken(email)
    row = User(email=email, name=name, role=role, dealer_id=dealer_id, supplier_id=supplier_id, language=language)
    if password is None:
        row.set_unusable_password()
    else:
        _set_password(row, password)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        # Somebody of another party, whom the scope hides, signs in by this address.
        raise _email_taken(email) from error
    return row.pk


def _checked_email(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid(_("This is not an e-mail address: %(email)s") % {"email": email}, field="email") from error
    return email


def _checked_name(name: str) -> str:
    if not name.strip():
        raise Invalid(_("A person needs a name."), field="name")
    return name.strip()


def _email_taken(email: str) -> Conflict:
    return Conflict(_("Somebody already signs in as %(email)s.") % {"email": email}, code="email-taken", field="email")


def _may_manage(actor: Actor, *, dealer_id: int | None) -> None:
    if actor.kind == "system":
        return
    role = User.objects.filter(id=actor.user_id, left_at__isnull=True).values_list("role", flat=True).first()
    if role == Role.ADMIN or (role == Role.OWNER and dealer_id is not None and dealer_id == actor.dealer_id):
        return
    raise NotAllowed(_("Only an administrator, or the owner of the dealer, manages people."))


def password_link(*, actor: Actor, user_id: int) -> tuple[str, str]:
    """(uid, token) of a link by which a person sets a password: an invitation or a reset. It works once, for 3 days."""
    with tenancy.scope(actor):
        row = User.objects.filter(id=user_id, left_at__isnull=True, is_service=False).first()
        if row is None:
            raise NotFound()
        _may_manage(actor, dealer_id=row.dealer_id)
        return urlsafe_base64_encode(force_bytes(row.pk)), default_token_generator.make_token(row)


def user_id_for_reset(*, email: str) -> int | None:
    """Whoever signs in by this address, or None; callers must not tell which it was."""
    with tenancy.scope(SYSTEM):
        people = User.objects.filter(email__iexact=email.strip(), left_at__isnull=True, is_service=False)
        return people.values_list("id", flat=True).first()


def user_of_link(*, uid: str, token: str) -> User | None:
    """Who a password link belongs to; None where it is wrong, used or too old."""
    with tenancy.scope(SYSTEM):
        return _of_link(User.objects.all(), uid=uid, token=token)


def _of_link(people: QuerySet[User], *, uid: str, token: str) -> User | None:
    try:
        row = people.filter(id=int(force_str(urlsafe_base64_decode(uid))), left_at__isnull=True).first()
    except (ValueError, OverflowError):
        return None
    return row if row is not None and default_token_generator.check_token(row, token) else None


def set_password_by_link(*, uid: str, token: str, password: str) -> int:
    """Returns the user's id. Raises Conflict for a used or old link, Invalid for a weak password."""
    with tenancy.scope(SYSTEM):
        row = _of_link(User.objects.select_for_update(), uid=uid, token=token)
        if row is None:
            raise Conflict(_("This link was used or is too old."), _("Ask for a new one."), code="link-used")
        _set_password(row, password)
        row.save(update_fields=["password"])
        return row.pk


def _set_password(row: User, password: str) -> None:
    try:
        validate_password(password, row)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="password") from error
    row.set_password(password)


def reset_password(*, email: str, password: str) -> None:
    """A new password, by whoever runs the machine. Raises NotFound for an unknown address, Invalid for a weak one."""
    with tenancy.scope(SYSTEM):
        row = User.objects.filter(email__iexact=email.strip(), left_at__isnull=True, is_service=False).first()
        if row is None:
            raise NotFound(_("Nobody signs in as %(email)s.") % {"email": email})
        _set_password(row, password)
        row.save(update_fields=["password"])


def set_language(*, actor: Actor, language: str) -> None:
    with tenancy.scope(actor):
        User.objects.filter(id=actor.user_id).update(language=language)


def change_profile(*, actor: Actor, name: str, email: str, language: str, password: str) -> None:
    """A person changes their own name, address and language.

    Another address takes the `password` too: whoever finds an open session must not be able to carry the account off.
    Raises Invalid for bad words or a wrong password, Conflict for an address that is taken.
    """
    with tenancy.scope(actor):
        row = _self(actor)
        email = _checked_email(email)
        if email != row.email:
            if not row.check_password(password):
                raise Invalid(_("This is not your password."), field="password")
            if User.objects.filter(email__iexact=email).exclude(id=row.pk).exists():
                raise _email_taken(email)
        row.name, row.email, row.language = _checked_name(name), email, language
        try:
            with transaction.atomic():
                row.save(update_fields=["name", "email", "language"])
        except IntegrityError as error:
            # Somebody of another party, whom the scope hides, signs in by this address.
            raise _email_taken(email) from error


def change_password(*, actor: Actor, old: str, new: str) -> User:
    """Returns the changed account, so that the caller's session can go on. Raises Invalid for a wrong or a weak one."""
    with tenancy.scope(actor):
        row = _self(actor)
        if not row.check_password(old):
            raise Invalid(_("This is not your password."), field="old")
        try:
            _set_password(row, new)
        except Invalid as error:
            raise Invalid(error.title, field="new") from error
        row.save(update_fields=["password"])
        return row


def _self(actor: Actor) -> User:
    row = User.objects.select_for_update().filter(id=actor.user_id, left_at__isnull=True).first()
    if row is None:
        raise NotFound()
    return row


def leave(*, actor: Actor, user_id: int, now: dt.datetime) -> None:
    """The person can no longer sign in, and open sessions end. Raises Conflict for the last administrator."""
    with tenancy.scope(actor):
        # With all administrators, and in one order: two who let each other go wait for each other in turn.
        admins = Q(role=Role.ADMIN, left_at__isnull=True)
        rows = {row.pk: row for row in User.objects.select_for_update().filter(Q(id=user_id) | admins).order_by("id")}
        row = rows.pop(user_id, None)
        if row is None:
            raise NotFound()
        _may_manage(actor, dealer_id=row.dealer_id)
        if row.role == Role.ADMIN and not any(other.role == Role.ADMIN for other in rows.values()):
            raise Conflict(_("The last administrator cannot leave."), _("Make another one first."))
        row.left_at = row.left_at or now
        row.save(update_fields=["left_at"])


def come_back(*, actor: Actor, user_id: int) -> None:
    """The opposite of `leave`."""
    with tenancy.scope(actor):
        row = User.objects.select_for_update().filter(id=user_id).first()
        if row is None:
            raise NotFound()
        _may_manage(actor, dealer_id=row.dealer_id)
        row.left_at = None
        row.save(update_fields=["left_at"])
