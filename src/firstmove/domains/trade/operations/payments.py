"""Payments and credit notes of dealers, as the enterprise records them or a file tells them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.network.queries import enterprise, role_of
from firstmove.domains.trade.amounts import Rate
from firstmove.domains.trade.models import AccountEntry, DunningRule, EntryKind
from firstmove.domains.trade.operations import accounts, credit_notes
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.money import rounded
from firstmove.kernel.tenancy import SYSTEM, Actor

KEEPERS = ("admin", "channel")
"""Roles of the enterprise that keep its dealers' accounts."""
_MOST = 10**12  # what a column of amounts holds with room to sum


def open_account(
    *, actor: Actor, dealer_id: int, opened_on: dt.date, opening: Decimal | None, now: dt.datetime
) -> None:
    """From a day on the dealer's payments are known. What was due by then is taken as paid, or, with `opening`, stands
    in that balance: what the dealer owed (above zero) or had to its credit.

    Raises NotAllowed, Invalid for a day to come or an amount that is none, Conflict for an account that is open.
    """
    with tenancy.scope(actor):
        _may_keep(actor)
        account = accounts.locked(_known(dealer_id))
        if account.opened_on is not None:
            raise Conflict(_("The account is open since %(day)s.") % {"day": account.opened_on})
        installation = enterprise(now=now)
        _past(opened_on, installation.business_on)
        account.opened_on = opened_on
        account.save(update_fields=["opened_on"])
        if opening:
            accounts.add_entry(
                dealer_id=dealer_id,
                kind=EntryKind.OPENING,
                entry_on=opened_on,
                due_on=opened_on,
                amount=_money(opening, installation.currency),
                now=now,
                user_id=actor.user_id,
            )
        accounts.follow_orders([dealer_id], now=now)


def record_payment(
    *,
    actor: Actor,
    dealer_id: int,
    amount: Decimal,
    paid_on: dt.date,
    reference: str,
    now: dt.datetime,
    meant_for: str = "",
) -> int:
    """The dealer paid; its oldest open items are settled, those of the orders it is `meant_for` first. Returns the
    entry's id. Recording the same reference with the same amount again changes nothing.

    Raises NotAllowed, Invalid, NotFound for an unknown dealer, Conflict for a reference of another amount or day.
    """
    with tenancy.scope(actor):
        _may_keep(actor)
        installation = enterprise(now=now)
        exact = _money(amount, installation.currency)
        if exact <= 0:
            raise Invalid(_("A payment is of an amount above zero."), field="amount")
        _past(paid_on, installation.business_on)
        if not reference.strip():
            raise Invalid(_("A payment needs its number at the bank or in the books."), field="reference")
        open_from(_known(dealer_id), paid_on)
        known = payment_of(dealer_id, reference.strip())
        if known is not None:
            if (-known.amount, known.entry_on) != (exact, paid_on):
                raise Conflict(
                    _("%(reference)s was recorded with another amount or day.") % {"reference": reference},
                    _("Give this payment a number of its own, or take the first back."),
                    field="reference",
                )
            return known.pk
        entry = accounts.add_entry(
            dealer_id=dealer_id,
            kind=EntryKind.PAYMENT,
            entry_on=paid_on,
            amount=-exact,
            now=now,
            user_id=actor.user_id,
            reference=reference.strip(),
            meant_for=meant_for,
        )
        accounts.follow_orders([dealer_id], now=now, named=accounts.numbers_in(meant_for))
        return entry.pk


def take_back_payment(*, actor: Actor, dealer_id: int, entry_id: int, now: dt.datetime) -> None:
    """The bank returned a payment, or it was not one: the dealer owes it again, due at once. Repeating changes nothing.

    Raises NotAllowed, NotFound.
    """
    with tenancy.scope(actor):
        _may_keep(actor)
        accounts.locked(_known(dealer_id))
        entry = AccountEntry.objects.filter(pk=entry_id, dealer_id=dealer_id, kind=EntryKind.PAYMENT).first()
        if entry is None:
            raise NotFound()
        correct(entry, Decimal(0), on=enterprise(now=now).business_on, now=now, user_id=actor.user_id)
        accounts.settle(dealer_id, now=now)


def credit_note(
    *,
    actor: Actor,
    dealer_id: int,
    amount: Decimal,
    noted_on: dt.date,
    reference: str,
    now: dt.datetime,
    order_id: int | None = None,
    parts: Mapping[Rate, Decimal] | None = None,
) -> bool:
    """The dealer owes `amount` less, of an order first where one is given. One reference makes one note.

    `parts`: what of it stands at which tax rate; otherwise it is spread as the order is. Where the dealer's account is
    not open the note is kept and nothing is posted: nothing is known to be owed. Returns whether the note stands in
    the account. Raises Invalid.
    """
    with tenancy.scope(actor):
        account = accounts.locked(_known(dealer_id))
        exact = _money(amount, enterprise(now=now).currency)
        if not exact > 0:
            raise Invalid(_("A credit note is of an amount above zero."), field="amount")
        credit_notes.write(
            actor=actor,
            dealer_id=dealer_id,
            number=reference,
            amount=exact,
            noted_on=noted_on,
            now=now,
            order_id=order_id,
            parts=parts,
        )
        noted = AccountEntry.objects.filter(dealer_id=dealer_id, kind=EntryKind.CREDIT_NOTE, reference=reference)
        if account.opened_on is None or noted.exists():
            return account.opened_on is not None
        accounts.add_entry(
            dealer_id=dealer_id,
            kind=EntryKind.CREDIT_NOTE,
            entry_on=noted_on,
            amount=-exact,
            now=now,
            user_id=actor.user_id,
            reference=reference,
            order_id=order_id,
        )
        accounts.settle(dealer_id, now=now)
        return True


def set_dunning_rules(*, actor: Actor, days: Sequence[int], blocks_from: int | None) -> None:
    """Levels 1, 2, … from so many days overdue on each; from level `blocks_from` on nothing goes on credit.

    Raises NotAllowed, Invalid where the days do not rise or the blocking level is none of them.
    """
    with tenancy.scope(actor):
        _may_keep(actor)
        if any(after <= before for before, after in zip((0, *days), days, strict=False)):
            raise Invalid(_("Each level needs more days overdue than the one before."), field="days")
        if blocks_from is not None and not 1 <= blocks_from <= len(days):
            raise Invalid(_("Orders can be stopped at one of the levels alone."), field="blocks_from")
        DunningRule.objects.exclude(level__lte=len(days)).delete()
        for level, least in enumerate(days, start=1):
            blocks = blocks_from is not None and level >= blocks_from
            DunningRule.objects.update_or_create(level=level, defaults={"days": least, "blocks": blocks})


def payment_of(dealer_id: int, reference: str) -> AccountEntry | None:
    return AccountEntry.objects.filter(dealer_id=dealer_id, kind=EntryKind.PAYMENT, reference=reference).first()


def correct(entry: AccountEntry, amount: Decimal, *, on: dt.date, now: dt.datetime, user_id: int | None) -> bool:
    """Bring what was paid under a reference to `amount`; False where it was that."""
    same = Q(pk=entry.pk) | Q(dealer_id=entry.dealer_id, kind=EntryKind.CORRECTION, reference=entry.reference)
    said = -(AccountEntry.objects.filter(same).aggregate(total=Sum("amount"))["total"] or Decimal(0))
    if said == amount:
        return False
    accounts.add_entry(
        dealer_id=entry.dealer_id,
        kind=EntryKind.CORRECTION,
        entry_on=on,
        due_on=on,
        amount=said - amount,
        now=now,
        user_id=user_id,
        reference=entry.reference,
    )
    return True


def open_from(dealer_id: int, day: dt.date) -> None:
    """Payments are known from that day on, or from before."""
    account = accounts.locked(dealer_id)
    # An opening balance holds what was before it.
    if account.opened_on is None or (
        account.opened_on > day
        and not AccountEntry.objects.filter(dealer_id=dealer_id, kind=EntryKind.OPENING).exists()
    ):
        account.opened_on = day
        account.save(update_fields=["opened_on"])


def _known(dealer_id: int) -> int:
    return dealer_view(dealer_id=dealer_id).id


def _may_keep(actor: Actor) -> None:
    if actor != SYSTEM and (actor.kind != "enterprise" or role_of(actor=actor) not in KEEPERS):
        raise NotAllowed(_("Only administrators and channel managers keep accounts."))


def _money(amount: Decimal, currency: str) -> Decimal:
    exact = rounded(amount, currency=currency) if amount.is_finite() and abs(amount) < _MOST else None
    if exact is None or exact != amount:
        raise Invalid(
            _("%(amount)s is not an amount of %(currency)s.") % {"amount": amount, "currency": currency},
            _("Give it in the currency's smallest unit at most."),
            field="amount",
        )
    return exact


def _past(day: dt.date, business_on: dt.date) -> None:
    if day > business_on:
        raise Invalid(
            _("%(day)s is still to come: today is %(today)s.") % {"day": day, "today": business_on}, field="day"
        )
