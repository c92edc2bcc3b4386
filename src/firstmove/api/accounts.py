"""What dealers owe and paid: accounts, payments, statements, and where goods go."""

import datetime as dt
from decimal import Decimal
from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Query, Router, Schema
from pydantic import ConfigDict, Field

from firstmove.api.auth import access
from firstmove.api.once import once
from firstmove.api.problems import REFUSALS
from firstmove.api.requests import Id
from firstmove.domains.network import queries as network
from firstmove.domains.trade import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.errors import NotFound
from firstmove.kernel.tenancy import Actor

router = Router(tags=["trade"])
_READERS = access("accounts:read", "dealer", "enterprise")
_KEEPERS = access("accounts:write", "enterprise")
_DEALERS = access("accounts:write", "dealer")
_BOTH = access("accounts:write", "dealer", "enterprise")

_DealerId = Annotated[int, Path(ge=1, le=2**63 - 1)]
_Amount = Annotated[Decimal, Field(gt=0, lt=10**12, decimal_places=3)]
Month = Annotated[str, Path(pattern=r"^[12][0-9]{3}-(0[1-9]|1[0-2])$", description="Such as 2026-02.")]


class AccountOut(Schema):
    """`balance` = owed − advance, over entries since `opened_on`; without it no payment is known and what is due is
    assumed to be paid."""

    dealer_id: int
    opened_on: dt.date | None
    balance: Decimal
    owed: Decimal
    advance: Decimal


class EntryOut(Schema):
    """An entry of an account: above zero the dealer owes it. `open_amount` is what of it is not settled."""

    id: int
    kind: str
    entry_on: dt.date
    due_on: dt.date | None
    amount: Decimal
    open_amount: Decimal
    reference: str
    meant_for: str
    order_id: int | None
    order_number: str


class StatementEntryOut(EntryOut):
    balance: Decimal


class CheckMessageOut(Schema):
    at: dt.datetime
    by_dealer: bool
    text: str


class CheckOut(Schema):
    """What the dealer said to the month: `state` is open, answered, settled or confirmed; `closing` what it
    confirmed."""

    state: str
    confirmed_at: dt.datetime | None
    closing: Decimal | None
    messages: list[CheckMessageOut]


class StatementOut(Schema):
    """``opening + Σ amounts = closing``."""

    dealer_id: int
    since: dt.date
    until: dt.date
    opening: Decimal
    entries: list[StatementEntryOut]
    closing: Decimal
    check: CheckOut | None


class PaymentIn(Schema):
    """`reference` is its number at the bank or in the books: one number is one payment."""

    model_config = ConfigDict(extra="forbid")

    amount: _Amount
    paid_on: dt.date
    reference: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00]*\S[^\x00]*$")]
    meant_for: Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")] = ""


class MadeOut(Schema):
    id: int


class ConfirmationIn(Schema):
    """The closing balance that was looked at; another one by now is refused with 409 `balance-changed`."""

    model_config = ConfigDict(extra="forbid")

    closing: Annotated[Decimal, Field(gt=-(10**14), lt=10**14, decimal_places=3)]


class MessageIn(Schema):
    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]*\S[^\x00]*$")]


class AddressIn(Schema):
    """The address `id` as it is from now on, or a new one."""

    model_config = ConfigDict(extra="forbid")

    label: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00]*\S[^\x00]*$")]
    contact: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*\S[^\x00]*$")]
    phone: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00]*\S[^\x00]*$")]
    address: Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00]*\S[^\x00]*$")]
    is_default: bool = False
    id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None


class AddressOut(Schema):
    """`id` names it where an order is placed or it is changed."""

    id: int
    label: str
    contact: str
    phone: str
    address: str
    is_default: bool


class AddressesOut(Schema):
    items: list[AddressOut]


class PaymentsOut(Schema):
    items: list[EntryOut]


@router.get("/{dealer_id}", response={200: AccountOut, **REFUSALS}, auth=_READERS)
def read_account(request: HttpRequest, dealer_id: _DealerId) -> queries.AccountView:
    """What a dealer owes now."""
    with tenancy.scope(_actor(request)):
        return queries.account(dealer_id=_whose(request, dealer_id))


@router.get("/{dealer_id}/payments", response={200: PaymentsOut, **REFUSALS}, auth=_READERS)
def read_payments(
    request: HttpRequest, dealer_id: _DealerId, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> dict[str, list[queries.EntryView]]:
    """The latest payments and credit notes."""
    with tenancy.scope(_actor(request)):
        found = queries.payments(dealer_id=_whose(request, dealer_id), limit=limit)
        return {"items": [entry for entry, _settled in found]}


@router.post("/{dealer_id}/payments", response={201: MadeOut, **REFUSALS}, auth=_KEEPERS)
@once(MadeOut, status=201)
def record_payment(request: HttpRequest, dealer_id: _DealerId, payment: PaymentIn) -> dict[str, int]:
    """Record a payment; the same number and amount again change nothing, another amount is refused."""
    made = operations.record_payment(
        actor=_actor(request),
        dealer_id=dealer_id,
        amount=payment.amount,
        paid_on=payment.paid_on,
        reference=payment.reference,
        meant_for=payment.meant_for,
        now=timezone.now(),
    )
    return {"id": made}


@router.post("/{dealer_id}/payments/{entry_id}/removal", response={200: AccountOut, **REFUSALS}, auth=_KEEPERS)
@once(AccountOut)
def take_back_payment(request: HttpRequest, dealer_id: _DealerId, entry_id: Id) -> queries.AccountView:
    """The bank returned it: its amount is owed again."""
    operations.take_back_payment(actor=_actor(request), dealer_id=dealer_id, entry_id=entry_id, now=timezone.now())
    return read_account(request, dealer_id)


@router.get("/{dealer_id}/statements/{month}", response={200: StatementOut, **REFUSALS}, auth=_READERS)
def read_statement(request: HttpRequest, dealer_id: _DealerId, month: Month) -> dict[str, object]:
    """The statement of a month, with what the dealer said to it."""
    with tenancy.scope(_actor(request)):
        first, last = queries.month_ends(_first(month))
        found = queries.statement(dealer_id=_whose(request, dealer_id), since=first, until=last)
        check = queries.statement_check(dealer_id=dealer_id, month_on=first)
        names = ("dealer_id", "since", "until", "opening", "entries", "closing")
        return {**{name: getattr(found, name) for name in names}, "check": check}


@router.post("/{dealer_id}/statements/{month}/confirmation", response={200: StatementOut, **REFUSALS}, auth=_DEALERS)
@once(StatementOut)
def confirm_statement(
    request: HttpRequest, dealer_id: _DealerId, month: Month, confirmation: ConfirmationIn
) -> dict[str, object]:
    """The dealer says that a month which is over is right."""
    _whose(request, dealer_id)
    operations.confirm_statement(
        actor=_actor(request), month_on=_first(month), closing=confirmation.closing, now=timezone.now()
    )
    return read_statement(request, dealer_id, month)


@router.post("/{dealer_id}/statements/{month}/messages", response={200: StatementOut, **REFUSALS}, auth=_BOTH)
@once(StatementOut, required=True)
def write_about_statement(
    request: HttpRequest, dealer_id: _DealerId, month: Month, message: MessageIn
) -> dict[str, object]:
    """The dealer disputes a month or writes again; the enterprise answers."""
    operations.write_about_statement(
        actor=_actor(request),
        dealer_id=_whose(request, dealer_id),
        month_on=_first(month),
        text=message.text,
        now=timezone.now(),
    )
    return read_statement(request, dealer_id, month)


@router.post("/{dealer_id}/statements/{month}/settlement", response={200: StatementOut, **REFUSALS}, auth=_BOTH)
@once(StatementOut)
def settle_statement(request: HttpRequest, dealer_id: _DealerId, month: Month) -> dict[str, object]:
    """Either side says that the dispute is over."""
    operations.settle_statement(actor=_actor(request), dealer_id=_whose(request, dealer_id), month_on=_first(month))
    return read_statement(request, dealer_id, month)


@router.get("/{dealer_id}/addresses", response={200: AddressesOut, **REFUSALS}, auth=_READERS)
def read_addresses(request: HttpRequest, dealer_id: _DealerId) -> dict[str, list[queries.AddressView]]:
    """Where a dealer's orders go, the default first."""
    with tenancy.scope(_actor(request)):
        return {"items": queries.addresses(dealer_id=_whose(request, dealer_id))}


@router.post("/{dealer_id}/addresses", response={200: AddressesOut, **REFUSALS}, auth=_BOTH)
@once(AddressesOut)
def keep_address(
    request: HttpRequest, dealer_id: _DealerId, address: AddressIn
) -> dict[str, list[queries.AddressView]]:
    """A new address, or a known one as it is from now on. Orders that were placed keep what they were told."""
    operations.keep_address(
        actor=_actor(request),
        dealer_id=_whose(request, dealer_id),
        destination=queries.Destination(address.label, address.contact, address.phone, address.address),
        is_default=address.is_default,
        address_id=address.id,
    )
    return read_addresses(request, dealer_id)


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return actor


def _whose(request: HttpRequest, dealer_id: int) -> int:
    """The dealer, where it is the actor's own or the enterprise asks. Raises NotFound."""
    actor = _actor(request)
    if actor.dealer_id is not None and actor.dealer_id != dealer_id:
        raise NotFound()
    with tenancy.scope(actor):
        return network.dealer(dealer_id=dealer_id).id


def _first(month: str) -> dt.date:
    return dt.date.fromisoformat(f"{month}-01")
