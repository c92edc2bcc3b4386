"""Invoices: asked for by dealers, issued by the enterprise's tax system."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import ConfigDict, Field

from firstmove.api.auth import access
from firstmove.api.once import once
from firstmove.api.paging import ChangesPage, Paged, paged
from firstmove.api.problems import REFUSALS
from firstmove.api.requests import Id, Search
from firstmove.domains.trade import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import Actor

router = Router(tags=["trade"])
_READERS = access("accounts:read", "dealer", "enterprise")
_DEALERS = access("accounts:write", "dealer")
_KEEPERS = access("accounts:write", "enterprise")
State = Literal["", "requested", "issued", "declined", "credited"]


class InvoiceOut(Schema):
    """A request and what became of it. Below zero it is a red letter over a part of `corrects_id`."""

    id: int
    number: str
    dealer_id: int
    dealer_name: str
    state: str
    kind: str
    currency: str
    amount: Decimal
    requested_on: dt.date
    issued_on: dt.date | None
    invoice_number: str
    link: str
    note: str
    corrects_id: int | None
    changed_at: dt.datetime


class BuyerOut(Schema):
    kind: str
    title: str
    tax_number: str
    address: str
    phone: str
    bank: str
    bank_account: str
    email: str


class InvoicePartOut(Schema):
    """`tax` is part of `amount`."""

    order_id: int
    order_number: str
    tax_rate: Decimal
    amount: Decimal
    tax: Decimal


class InvoiceDetailOut(Schema):
    view: InvoiceOut
    buyer: BuyerOut
    parts: list[InvoicePartOut]
    red_letters: list[InvoiceOut]


class InvoicesOut(Paged):
    items: list[InvoiceOut]


class RequestIn(Schema):
    """Received orders that stand on no invoice."""

    model_config = ConfigDict(extra="forbid")

    order_ids: Annotated[list[Annotated[int, Field(ge=1, le=2**63 - 1)]], Field(min_length=1, max_length=200)]


class IssueIn(Schema):
    """What the tax system gave. With `amount`, only if the invoice still is of it (409 `amount-changed`)."""

    model_config = ConfigDict(extra="forbid")

    invoice_number: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00]*\S[^\x00]*$")]
    issued_on: dt.date
    link: Annotated[str, Field(max_length=500, pattern=r"^(https?://[^\x00]*)?$")] = ""
    amount: Annotated[Decimal, Field(gt=-(10**14), lt=10**14, decimal_places=3)] | None = None


class RefusalIn(Schema):
    model_config = ConfigDict(extra="forbid")

    note: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


@router.get("", response={200: InvoicesOut, **REFUSALS}, auth=_READERS)
def read_invoices(
    request: HttpRequest, page: Query[ChangesPage], search: Search = "", state: State = ""
) -> dict[str, Any]:
    """Invoices, the latest first: a dealer's own, the enterprise's all."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        return paged(
            "invoices",
            page,
            lambda place: queries.invoice_slice(
                dealer_id=actor.dealer_id,
                state=state,
                search=search,
                since=page.updated_after,
                place=place,
                limit=page.limit,
            ),
            search=search,
            state=state,
        )


@router.post("", response={201: InvoiceDetailOut, **REFUSALS}, auth=_DEALERS)
@once(InvoiceDetailOut, status=201)
def request_invoice(request: HttpRequest, wanted: RequestIn) -> queries.InvoiceDetail:
    """Ask for one invoice over received orders, less what was credited. None twice: 422 `not-invoiceable`."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    made = operations.request_invoice(actor=actor, order_ids=wanted.order_ids, now=timezone.now())
    return _read(actor, made)


@router.get("/{invoice_id}", response={200: InvoiceDetailOut, **REFUSALS}, auth=_READERS)
def read_invoice(request: HttpRequest, invoice_id: Id) -> queries.InvoiceDetail:
    """An invoice by order and tax rate, with its red letters."""
    return _read(request.auth, invoice_id)  # type: ignore[attr-defined]


@router.post("/{invoice_id}/issue", response={200: InvoiceDetailOut, **REFUSALS}, auth=_KEEPERS)
@once(InvoiceDetailOut)
def issue_invoice(request: HttpRequest, invoice_id: Id, issue: IssueIn) -> queries.InvoiceDetail:
    """The tax system issued it."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    operations.issue_invoice(
        actor=actor,
        invoice_id=invoice_id,
        invoice_number=issue.invoice_number,
        issued_on=issue.issued_on,
        link=issue.link,
        amount=issue.amount,
        now=timezone.now(),
    )
    return _read(actor, invoice_id)


@router.post("/{invoice_id}/refusal", response={200: InvoiceDetailOut, **REFUSALS}, auth=_KEEPERS)
@once(InvoiceDetailOut)
def decline_invoice(request: HttpRequest, invoice_id: Id, refusal: RefusalIn) -> queries.InvoiceDetail:
    """No invoice comes of it; its orders can be asked for again."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    operations.decline_invoice(actor=actor, invoice_id=invoice_id, note=refusal.note)
    return _read(actor, invoice_id)


def _read(actor: Actor, invoice_id: int) -> queries.InvoiceDetail:
    with tenancy.scope(actor):
        return queries.invoice(invoice_id=invoice_id, dealer_id=actor.dealer_id)
