"""Returns of goods, and the credit notes that follow."""

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
_READERS = access("returns:read", "dealer", "enterprise")
_DEALERS = access("returns:write", "dealer")
_ENTERPRISE = access("returns:write", "enterprise")

_Line = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,5}$")]
_Units = Annotated[Decimal, Field(ge=0, le=10**9)]
_Note = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
_Word = Annotated[str, Field(max_length=80, pattern=r"^[^\x00]*$")]
State = Literal["", "requested", "approved", "sent", "received", "declined", "withdrawn"]
Cause = Literal["damaged", "faulty", "wrong", "short_life", "unsold", "recall", "other"]


class ReturnOut(Schema):
    """A return of goods of one order. `credit` is empty until what came was counted."""

    id: int
    number: str
    dealer_id: int
    dealer_name: str
    order_id: int
    order_number: str
    state: str
    cause: str
    words: str
    currency: str
    asked_on: dt.date
    sent_on: dt.date | None
    received_on: dt.date | None
    carrier: str
    tracking: str
    credit_note: str
    credit: Decimal | None
    changed_at: dt.datetime


class ReturnLineOut(Schema):
    """Units in the product's sales unit; each figure is empty until it is known. `order_line` is the order's."""

    number: int
    order_line: int
    product_id: int
    sku: str
    product_name: str
    unit: str
    batch: str
    unit_price: Decimal
    asked: Decimal
    approved: Decimal | None
    sent: Decimal | None
    restocked: Decimal | None
    scrapped: Decimal | None


class ReturnDetailOut(Schema):
    view: ReturnOut
    lines: list[ReturnLineOut]


class ReturnsOut(Paged):
    items: list[ReturnOut]


class BackIn(Schema):
    """Units of a line of the order, by its number, that go back; of one batch where it is known."""

    model_config = ConfigDict(extra="forbid")

    line: Annotated[int, Field(ge=1, le=10**6)]
    quantity: Annotated[Decimal, Field(gt=0, le=10**9)]
    batch: Annotated[str, Field(max_length=60, pattern=r"^[^\x00]*$")] = ""


class NewReturnIn(Schema):
    model_config = ConfigDict(extra="forbid")

    order_id: Annotated[int, Field(ge=1, le=2**63 - 1)]
    cause: Cause
    words: _Note = ""
    lines: Annotated[list[BackIn], Field(min_length=1, max_length=2000)]


class ApprovalIn(Schema):
    """Units by the return's line number where less is approved than was asked; the others are approved whole."""

    model_config = ConfigDict(extra="forbid")

    quantities: dict[_Line, _Units] = Field({}, max_length=2000)
    note: _Note = ""


class DeclineIn(Schema):
    model_config = ConfigDict(extra="forbid")

    note: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


class DispatchIn(Schema):
    """Units by line number where less leaves than was approved."""

    model_config = ConfigDict(extra="forbid")

    carrier: _Word = ""
    tracking: _Word = ""
    quantities: dict[_Line, _Units] = Field({}, max_length=2000)


class CountedIn(Schema):
    """What came of a line: good again, and only to be thrown away. Both are credited."""

    model_config = ConfigDict(extra="forbid")

    restocked: _Units
    scrapped: _Units = Decimal(0)


class ReturnReceiptIn(Schema):
    """What was counted by line number, where it is not everything and all of it good."""

    model_config = ConfigDict(extra="forbid")

    counted: dict[_Line, CountedIn] = Field({}, max_length=2000)
    note: _Note = ""


@router.get("", response={200: ReturnsOut, **REFUSALS}, auth=_READERS)
def read_returns(
    request: HttpRequest, page: Query[ChangesPage], search: Search = "", state: State = ""
) -> dict[str, Any]:
    """Returns, the latest first: a dealer's own, the enterprise's all."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        return paged(
            "returns",
            page,
            lambda place: queries.return_slice(
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


@router.post("", response={201: ReturnDetailOut, **REFUSALS}, auth=_DEALERS)
@once(ReturnDetailOut, status=201, required=True)
def ask_return(request: HttpRequest, wanted: NewReturnIn) -> queries.ReturnDetail:
    """Ask to send goods of a received order back: at most what came and did not go back (422 `not-returnable`)."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return_id = operations.ask_return(
        actor=actor,
        order_id=wanted.order_id,
        lines=[operations.Back(line.line, line.quantity, line.batch) for line in wanted.lines],
        cause=wanted.cause,
        words=wanted.words,
        now=timezone.now(),
    )
    return _read(actor, return_id)


@router.get("/{return_id}", response={200: ReturnDetailOut, **REFUSALS}, auth=_READERS)
def read_return(request: HttpRequest, return_id: Id) -> queries.ReturnDetail:
    """A return with its lines."""
    return _read(request.auth, return_id)  # type: ignore[attr-defined]


@router.post("/{return_id}/approval", response={200: ReturnDetailOut, **REFUSALS}, auth=_ENTERPRISE)
@once(ReturnDetailOut)
def approve_return(request: HttpRequest, return_id: Id, approval: ApprovalIn) -> queries.ReturnDetail:
    """The goods may come, all or some of them."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    operations.approve_return(
        actor=actor,
        return_id=return_id,
        quantities=_by_line(approval.quantities),
        note=approval.note,
        now=timezone.now(),
    )
    return _read(actor, return_id)


@router.post("/{return_id}/refusal", response={200: ReturnDetailOut, **REFUSALS}, auth=_ENTERPRISE)
@once(ReturnDetailOut)
def decline_return(request: HttpRequest, return_id: Id, refusal: DeclineIn) -> queries.ReturnDetail:
    """The goods stay with the dealer, who is told why."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    operations.decline_return(actor=actor, return_id=return_id, note=refusal.note, now=timezone.now())
    return _read(actor, return_id)


@router.post("/{return_id}/withdrawal", response={200: ReturnDetailOut, **REFUSALS}, auth=_DEALERS)
@once(ReturnDetailOut)
def withdraw_return(request: HttpRequest, return_id: Id) -> queries.ReturnDetail:
    """The dealer keeps the goods; once they have left: 409 `return-step`."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    operations.withdraw_return(actor=actor, return_id=return_id, now=timezone.now())
    return _read(actor, return_id)


@router.post("/{return_id}/dispatch", response={200: ReturnDetailOut, **REFUSALS}, auth=_DEALERS)
@once(ReturnDetailOut)
def send_return(request: HttpRequest, return_id: Id, dispatch: DispatchIn) -> queries.ReturnDetail:
    """The goods left; the dealer's stock falls by them. Where it has less: 409 `not-there`."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    operations.send_return(
        actor=actor,
        return_id=return_id,
        carrier=dispatch.carrier,
        tracking=dispatch.tracking,
        quantities=_by_line(dispatch.quantities),
        now=timezone.now(),
    )
    return _read(actor, return_id)


@router.post("/{return_id}/receipt", response={200: ReturnDetailOut, **REFUSALS}, auth=_ENTERPRISE)
@once(ReturnDetailOut)
def receive_return(request: HttpRequest, return_id: Id, receipt: ReturnReceiptIn) -> queries.ReturnDetail:
    """What came: into the enterprise's stock what is good, and a credit note for all of it."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    counted = {
        int(number): operations.Counted(units.restocked, units.scrapped) for number, units in receipt.counted.items()
    }
    operations.receive_return(actor=actor, return_id=return_id, counted=counted, note=receipt.note, now=timezone.now())
    return _read(actor, return_id)


def _by_line(quantities: dict[str, Decimal]) -> dict[int, Decimal]:
    return {int(number): units for number, units in quantities.items()}


def _read(actor: Actor, return_id: int) -> queries.ReturnDetail:
    with tenancy.scope(actor):
        return queries.goods_return(return_id=return_id, dealer_id=actor.dealer_id)
