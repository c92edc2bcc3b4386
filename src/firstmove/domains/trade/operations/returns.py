"""Goods come back: a dealer asks, the enterprise decides, the dealer sends, the enterprise counts and credits.

Locks go account, order, return, stock, as everywhere.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from firstmove.domains.network.queries import currency, enterprise, role_of
from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.trade.amounts import by_rate, split
from firstmove.domains.trade.models import (
    CreditNote,
    Order,
    OrderLine,
    Return,
    ReturnCause,
    ReturnLine,
    ReturnState,
    ReturnStep,
)
from firstmove.domains.trade.operations import accounts, payments, returned_goods
from firstmove.domains.trade.operations.line_quantities import said_quantities
from firstmove.domains.trade.operations.numbers import next_number
from firstmove.domains.trade.operations.rights import may_order
from firstmove.domains.trade.operations.steps import note_of
from firstmove.domains.trade.queries.returns import returned_units
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.tenancy import Actor

RETURN_ASKED, RETURN_DECIDED = "trade.return_asked", "trade.return_decided"
RETURN_SENT, RETURN_RECEIVED = "trade.return_sent", "trade.return_received"

RETURN_DECIDERS = ("admin", "channel")
"""Roles of the enterprise that decide whether goods may come back."""
RETURN_COUNTERS = ("admin", "channel", "planner")
"""Roles of the enterprise that count what came back."""

_SMALLEST = Decimal("0.001")  # as quantities are stored
_LONGEST = {"batch": 60, "carrier": 80, "tracking": 80}


@dataclass(frozen=True)
class Back:
    """Units of a line of an order, by its number, that are to go back; of one batch where it is known."""

    line: int
    quantity: Decimal
    batch: str = ""


@dataclass(frozen=True)
class Counted:
    """What was found of a line of a return: good again, and only to be thrown away."""

    restocked: Decimal
    scrapped: Decimal


def ask_return(
    *, actor: Actor, order_id: int, lines: Sequence[Back], cause: str, now: dt.datetime, words: str = ""
) -> int:
    """A dealer asks to send back what it received. Returns the return's id.

    Raises NotFound, NotAllowed for a dealer's staff, Invalid for an unknown cause, no line, or more of a line than was
    received and is not on its way back already.
    """
    with tenancy.scope(actor):
        dealer_id = may_order(actor)
        if cause not in ReturnCause.values:
            raise Invalid(_("Choose why the goods go back."), field="cause")
        # The account, then the order: two who ask for the last unit at once wait for one another here.
        accounts.locked(dealer_id)
        order = (
            Order.objects.select_for_update()
            .filter(id=order_id, buyer_dealer_id=dealer_id, seller_supplier_id__isnull=True)
            .first()
        )
        if order is None:
            raise NotFound()
        known = {line.number: line for line in OrderLine.objects.filter(order=order).select_related("product")}
        gone = returned_units(order_id=order_id)
        wanted = [back for back in lines if back.quantity]
        if not wanted:
            raise Invalid(_("Say how much of what goes back."), field="lines")
        if len({back.line for back in wanted}) < len(wanted):
            raise Invalid(_("Name a line of the order once."), field="lines")
        made: list[ReturnLine] = []
        today = enterprise(now=now).business_on
        goods_return = Return(
            number=next_number("RT", on=today),
            dealer_id=dealer_id,
            order=order,
            cause=cause,
            words=note_of(words),
            asked_on=today,
        )
        for number, back in enumerate(wanted, start=1):
            line = known.get(back.line)
            if line is None:
                raise Invalid(_("This order has no line %(line)s.") % {"line": back.line}, field=f"line-{back.line}")
            left = (line.received_quantity or Decimal(0)) - gone.get(line.pk, Decimal(0))
            if not (back.quantity.is_finite() and 0 < back.quantity <= left):
                raise Invalid(
                    _("Line %(line)s: at most %(left)s can go back.") % {"line": back.line, "left": _shown(left)},
                    _("What was received, less what is on its way back or was credited."),
                    code="not-returnable",
                    field=f"line-{back.line}",
                )
            made.append(
                ReturnLine(
                    returned=goods_return,
                    dealer_id=dealer_id,
                    order_line=line,
                    number=number,
                    product_id=line.product_id,
                    unit_price=line.unit_price,
                    # Orders of other systems bring no rate: then what the product bears today.
                    tax_rate=line.product.tax_rate if line.tax_rate is None else line.tax_rate,
                    batch=_short("batch", back.batch),
                    asked=back.quantity.quantize(_SMALLEST),
                )
            )
        goods_return.save()
        ReturnLine.objects.bulk_create(made)
        _enter(goods_return, ReturnState.REQUESTED, actor=actor, now=now)
        _tell(RETURN_ASKED, goods_return)
        return goods_return.pk


def withdraw_return(*, actor: Actor, return_id: int, now: dt.datetime, note: str = "") -> None:
    """The dealer keeps the goods, until they have left. Repeating changes nothing. Raises Conflict once they have."""
    with tenancy.scope(actor):
        found = _locked(return_id, dealer_id=may_order(actor))
        if found.state == ReturnState.WITHDRAWN:
            return
        _require(found, ReturnState.REQUESTED, ReturnState.APPROVED)
        _enter(found, ReturnState.WITHDRAWN, actor=actor, now=now, note=note_of(note))
        _tell(RETURN_DECIDED, found)


def approve_return(
    *,
    actor: Actor,
    return_id: int,
    now: dt.datetime,
    quantities: Mapping[int, Decimal] | None = None,
    note: str = "",
) -> None:
    """The goods may come: all that was asked, or units by the return's line numbers where it is less.

    Approving again changes nothing. Raises NotAllowed, NotFound, Conflict for a return that does not wait for a
    decision, Invalid for more than was asked or nothing at all.
    """
    with tenancy.scope(actor):
        _only(actor, RETURN_DECIDERS)
        found = _locked(return_id)
        if found.state == ReturnState.APPROVED:
            return
        _require(found, ReturnState.REQUESTED)
        lines = _with(found, quantities or {}, most="asked", put="approved")
        if not any(line.approved for line in lines):
            raise Invalid(_("Nothing of it is approved."), _("Decline it instead, with a note why."), field="lines")
        ReturnLine.objects.bulk_update(lines, ["approved"])
        _enter(found, ReturnState.APPROVED, actor=actor, now=now, note=note_of(note))
        _tell(RETURN_DECIDED, found)


def decline_return(*, actor: Actor, return_id: int, note: str, now: dt.datetime) -> None:
    """The goods stay with the dealer, who is told why. Repeating changes nothing. Raises Invalid without a note."""
    with tenancy.scope(actor):
        _only(actor, RETURN_DECIDERS)
        found = _locked(return_id)
        if found.state == ReturnState.DECLINED:
            return
        _require(found, ReturnState.REQUESTED)
        note = note_of(note)
        if not note:
            raise Invalid(_("Say in a note why it is declined."), field="note", code="note")
        _enter(found, ReturnState.DECLINED, actor=actor, now=now, note=note)
        _tell(RETURN_DECIDED, found)


def send_return(
    *,
    actor: Actor,
    return_id: int,
    now: dt.datetime,
    carrier: str = "",
    tracking: str = "",
    quantities: Mapping[int, Decimal] | None = None,
) -> None:
    """The goods left the dealer, all that was approved or less by line number; its stock falls by them.

    Sending again changes nothing. Raises NotAllowed, NotFound, Conflict for a return that is not approved or where the
    dealer's stock, if it is kept here, has less, Invalid for more than was approved or nothing at all.
    """
    with tenancy.scope(actor):
        found = _locked(return_id, dealer_id=may_order(actor))
        if found.state in (ReturnState.SENT, ReturnState.RECEIVED):
            return
        _require(found, ReturnState.APPROVED)
        lines = _with(found, quantities or {}, most="approved", put="sent")
        if not any(line.sent for line in lines):
            raise Invalid(_("Nothing of it was sent."), _("Withdraw it instead."), field="lines")
        ReturnLine.objects.bulk_update(lines, ["sent"])
        found.carrier, found.tracking = _short("carrier", carrier), _short("tracking", tracking)
        found.sent_on = enterprise(now=now).business_on
        _enter(found, ReturnState.SENT, actor=actor, now=now)
        _tell(RETURN_SENT, found)
        returned_goods.leave(found, lines, actor=actor, on=found.sent_on)


def receive_return(
    *,
    actor: Actor,
    return_id: int,
    now: dt.datetime,
    counted: Mapping[int, Counted] | None = None,
    note: str = "",
) -> None:
    """The enterprise counts what came, all of it good unless `counted` says otherwise by line number: what is good goes
    into its stock, and all that came is credited at the price that was paid.

    Credits of an order add up to what the goods came to: rounding is done over all that came back of it so far.
    Receiving again changes nothing. Raises NotAllowed, NotFound, Conflict for a return that is not on its way, Invalid
    for more than was sent.
    """
    with tenancy.scope(actor):
        _only(actor, RETURN_COUNTERS)
        found = _locked(return_id)
        if found.state == ReturnState.RECEIVED:
            return
        _require(found, ReturnState.SENT)
        lines = _counted(found, counted or {})
        ReturnLine.objects.bulk_update(lines, ["restocked", "scrapped"])
        found.received_on = enterprise(now=now).business_on
        found.credit_note = _credit(found, actor=actor, now=now)
        _enter(found, ReturnState.RECEIVED, actor=actor, now=now, note=note_of(note))
        _tell(RETURN_RECEIVED, found)
        returned_goods.come(found, lines, actor=actor, on=found.received_on)


def _credit(found: Return, *, actor: Actor, now: dt.datetime) -> CreditNote | None:
    """The note for what came, under the account's lock; None where it is worth nothing."""
    came = ReturnLine.objects.filter(returned__order_id=found.order_id, restocked__isnull=False)
    rows = came.values_list("tax_rate", "restocked", "scrapped", "unit_price")
    unit = currency()
    parts = split(by_rate((rate, good + bad, price) for rate, good, bad, price in rows), currency=unit)
    before = CreditNote.objects.filter(goods_return__order_id=found.order_id).prefetch_related("parts")
    for note in before:
        for part in note.parts.all():
            parts[part.tax_rate] = parts.get(part.tax_rate, Decimal(0)) - part.amount
    amount = sum(parts.values(), Decimal(0))
    if amount <= 0 or found.received_on is None:
        return None
    number = next_number("CN", on=found.received_on)
    payments.credit_note(
        actor=actor,
        dealer_id=found.dealer_id,
        amount=amount,
        noted_on=found.received_on,
        reference=number,
        now=now,
        order_id=found.order_id,
        parts=parts,
    )
    return CreditNote.objects.get(dealer_id=found.dealer_id, number=number)


def _counted(found: Return, counted: Mapping[int, Counted]) -> list[ReturnLine]:
    lines = list(ReturnLine.objects.filter(returned=found).order_by("number"))
    _known(lines, counted)
    for line in lines:
        sent = line.sent or Decimal(0)
        units = counted.get(line.number, Counted(sent, Decimal(0)))
        if not all(part.is_finite() and part >= 0 for part in (units.restocked, units.scrapped)) or (
            units.restocked + units.scrapped > sent
        ):
            raise Invalid(
                _("Line %(line)s: %(sent)s were sent; what is counted lies between 0 and that.")
                % {"line": line.number, "sent": _shown(sent)},
                field=f"line-{line.number}",
            )
        line.restocked, line.scrapped = units.restocked.quantize(_SMALLEST), units.scrapped.quantize(_SMALLEST)
    return lines


def _with(found: Return, quantities: Mapping[int, Decimal], *, most: str, put: str) -> list[ReturnLine]:
    """The lines with units of one column: what was said, else all of the column before."""
    lines = list(ReturnLine.objects.filter(returned=found).order_by("number"))
    _known(lines, quantities)
    for line, units in said_quantities(lines, quantities, most=lambda line: getattr(line, most) or Decimal(0)):
        setattr(line, put, units)
    return lines


def _known(lines: Sequence[ReturnLine], named: Mapping[int, object]) -> None:
    if unknown := sorted(set(named) - {line.number for line in lines}):
        raise Invalid(_("This return has no line %(line)s.") % {"line": unknown[0]}, field=f"line-{unknown[0]}")


def _only(actor: Actor, roles: Sequence[str]) -> None:
    if actor.kind != "enterprise" or role_of(actor=actor) not in roles:
        raise NotAllowed(_("Only the enterprise decides about returns and counts them."))


def _locked(return_id: int, *, dealer_id: int | None = None) -> Return:
    """The return behind its account and order, all of them locked. Raises NotFound."""
    rows = Return.objects.filter(id=return_id)
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    known = rows.values_list("dealer_id", "order_id").first()
    if known is None:
        raise NotFound()
    accounts.locked(known[0])
    Order.objects.select_for_update().get(id=known[1])
    return Return.objects.select_for_update().get(id=return_id)


def _require(found: Return, *states: ReturnState) -> None:
    if found.state not in states:
        raise Conflict(
            _("Return %(number)s is at another step: %(state)s.")
            % {"number": found.number, "state": ReturnState(found.state).label},
            _("Somebody was quicker, or it comes later. Look at it again."),
            code="return-step",
        )


def _enter(found: Return, state: ReturnState, *, actor: Actor, now: dt.datetime, note: str = "") -> None:
    found.state = state
    found.save()
    ReturnStep.objects.create(
        returned=found, dealer_id=found.dealer_id, state=state, at=now, user_id=actor.user_id, note=note
    )


def _short(field: str, text: str) -> str:
    kept = text.replace("\x00", "").strip()
    if len(kept) > _LONGEST[field]:
        raise Invalid(_("This has at most %(most)s characters.") % {"most": _LONGEST[field]}, field=field)
    return kept


def _shown(units: Decimal) -> str:
    return f"{units.normalize():f}"


def _tell(topic: str, found: Return) -> None:
    note = found.credit_note
    outbox.publish(
        topic=topic,
        dealer_id=found.dealer_id,
        payload={
            "return": found.number,
            "return_id": found.pk,
            "order": found.order.number,
            "dealer": dealer_view(dealer_id=found.dealer_id).code,
            "state": found.state,
            "cause": found.cause,
            "credit_note": note.number if note else None,
            "credit": str(note.amount) if note else None,
            "lines": [
                {
                    "line": line.number,
                    "sku": line.product.sku,
                    **{
                        name: None if getattr(line, name) is None else float(getattr(line, name))
                        for name in ("asked", "approved", "sent", "restocked", "scrapped")
                    },
                }
                for line in ReturnLine.objects.filter(returned=found).select_related("product").order_by("number")
            ],
        },
    )
