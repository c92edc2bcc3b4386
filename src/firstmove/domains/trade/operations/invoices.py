"""Invoices: a dealer says to whom they are made out and asks for them, the enterprise issues or declines.

An order's amount stands on one live invoice at most; what is credited afterwards comes off it, by less on a request or
by a red letter. Everything happens under the lock of the dealer's account.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from firstmove.domains.network.queries import ORDERING_ROLES, country, currency, enterprise, role_of
from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.trade.amounts import Rate, shared
from firstmove.domains.trade.models import Invoice, InvoiceKind, InvoicePart, InvoiceProfile, InvoiceState
from firstmove.domains.trade.operations import accounts
from firstmove.domains.trade.operations.numbers import next_number
from firstmove.domains.trade.operations.steps import note_of
from firstmove.domains.trade.queries.invoices import Buyer, invoiceable
from firstmove.domains.trade.tax_numbers import is_credit_code
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.tenancy import Actor

INVOICE_REQUESTED, INVOICE_DECIDED = "trade.invoice_requested", "trade.invoice_decided"
INVOICE_KEEPERS = ("admin", "channel")
"""Roles of the enterprise that issue invoices and decline them."""

_LONGEST = {
    "title": 120, "tax_number": 20, "address": 200, "phone": 40, "bank": 120, "bank_account": 40, "email": 254,
}  # fmt: skip
# What the law wants of whoever deducts the tax.
_OF_SPECIAL = ("tax_number", "address", "phone", "bank", "bank_account")


def keep_invoice_profile(*, actor: Actor, buyer: Buyer) -> None:
    """To whom the dealer's invoices are made out from now on; requests that were made keep what they said.

    Raises NotAllowed for a dealer's staff, Invalid for an unknown kind, without a title, for a tax number that is no
    unified social credit code (where the enterprise is in China), or where a special invoice lacks what it needs.
    """
    given = {name: text.replace("\x00", "").strip() for name, text in asdict(buyer).items()}
    given["tax_number"] = given["tax_number"].upper()
    if given["kind"] not in InvoiceKind.values:
        raise Invalid(_("Choose an ordinary or a special invoice."), field="kind")
    for name, most in _LONGEST.items():
        if len(given[name]) > most:
            raise Invalid(_("This has at most %(most)s characters.") % {"most": most}, field=name)
    if not given["title"]:
        raise Invalid(_("An invoice needs the name of the company or person it is for."), field="title")
    if given["kind"] == InvoiceKind.SPECIAL:
        for name in _OF_SPECIAL:
            if not given[name]:
                raise Invalid(
                    _("A special invoice needs tax number, address, phone, bank and account."),
                    _("Fill in what is empty, or choose an ordinary invoice."),
                    field=name,
                )
    with tenancy.scope(actor):
        dealer_id = _own_dealer(actor)
        if given["tax_number"] and country() == "CN" and not is_credit_code(given["tax_number"]):
            raise Invalid(
                _("%(number)s is no tax number: its last character does not fit the others.")
                % {"number": given["tax_number"]},
                _("It has 18 characters, as the business licence shows them; look for one that is mistyped."),
                field="tax_number",
                code="tax-number",
            )
        InvoiceProfile.objects.update_or_create(dealer_id=dealer_id, defaults=given)


def request_invoice(*, actor: Actor, order_ids: Sequence[int], now: dt.datetime) -> int:
    """Ask for one invoice over received orders: what came, at the prices held, less what was credited. Returns its id.

    Raises NotAllowed, Invalid without invoice data, without orders, where a tax rate is not known, and for an order
    that is not received, on an invoice already, or credited whole.
    """
    with tenancy.scope(actor):
        dealer_id = _own_dealer(actor)
        accounts.locked(dealer_id)
        profile = InvoiceProfile.objects.filter(dealer_id=dealer_id).first()
        if profile is None:
            raise Invalid(
                _("It is not known to whom the invoice is made out."),
                _("Fill in the invoice data first."),
                code="no-invoice-data",
            )
        wanted = sorted(set(order_ids))
        if not wanted:
            raise Invalid(_("Choose at least one order."), field="orders")
        found = {one.order_id: one for one in invoiceable(dealer_id=dealer_id, order_ids=wanted)}
        if missing := [order_id for order_id in wanted if order_id not in found]:
            raise Invalid(
                _("An order among these is not received, stands on an invoice, or is credited whole."),
                _("Choose from the orders that the page lists."),
                code="not-invoiceable",
                orders=missing,
            )
        if unknown := [one.number for one in found.values() if any(rate is None for rate, _amount in one.parts)]:
            raise Invalid(
                _("The tax rate of a product in order %(number)s is not known.") % {"number": unknown[0]},
                _("The enterprise has to give it with its products first."),
                code="no-tax-rate",
            )
        unit = currency()
        today = enterprise(now=now).business_on
        invoice = Invoice.objects.create(
            number=next_number("IR", on=today),
            dealer_id=dealer_id,
            kind=profile.kind,
            buyer={name: getattr(profile, name) for name in Buyer.__dataclass_fields__},
            currency=unit,
            amount=sum((one.amount for one in found.values()), Decimal(0)),
            requested_on=today,
            requested_by_id=actor.user_id,
        )
        InvoicePart.objects.bulk_create(
            InvoicePart(invoice=invoice, dealer_id=dealer_id, order_id=one.order_id, tax_rate=rate, amount=amount)
            for one in found.values()
            for rate, amount in one.parts
            if rate is not None
        )
        _tell(INVOICE_REQUESTED, invoice)
        return invoice.pk


def issue_invoice(
    *,
    actor: Actor,
    invoice_id: int,
    invoice_number: str,
    issued_on: dt.date,
    now: dt.datetime,
    link: str = "",
    amount: Decimal | None = None,
) -> None:
    """The tax system issued it, under a number, on a day; `link` leads to the file. With `amount`, only if it is that:
    a credit may have come in between.

    Issuing it again with the same number changes nothing. Raises NotAllowed, NotFound, Invalid for a number that is
    empty or given to another, a day to come, or no address of a page; Conflict for one that is not requested.
    """
    number, link = invoice_number.replace("\x00", "").strip(), link.replace("\x00", "").strip()
    if not number or len(number) > 40:
        raise Invalid(_("An invoice needs its number, of at most 40 characters."), field="invoice_number")
    if link and (not link.startswith(("https://", "http://")) or len(link) > 500):
        raise Invalid(_("The link begins with https:// and has at most 500 characters."), field="link")
    with tenancy.scope(actor):
        _only_keepers(actor)
        invoice = _locked(invoice_id)
        if invoice.state == InvoiceState.ISSUED and invoice.invoice_number == number:
            return
        _require_requested(invoice)
        if amount is not None and amount != invoice.amount:
            raise Conflict(
                _("The invoice is of %(amount)s now: something was credited.") % {"amount": invoice.amount.normalize()},
                _("Issue it over that amount."),
                code="amount-changed",
            )
        if issued_on > enterprise(now=now).business_on:
            raise Invalid(_("An invoice is not issued on a day to come."), field="issued_on")
        if Invoice.objects.filter(invoice_number=number).exists():
            raise Invalid(_("Another invoice has this number."), field="invoice_number")
        invoice.state, invoice.invoice_number, invoice.issued_on = InvoiceState.ISSUED, number, issued_on
        invoice.link, invoice.decided_by_id = link, actor.user_id
        invoice.save()
        _tell(INVOICE_DECIDED, invoice)


def decline_invoice(*, actor: Actor, invoice_id: int, note: str) -> None:
    """No invoice comes of this request; its orders can be asked for again. Repeating changes nothing.

    Raises NotAllowed, NotFound, Invalid without a note, Conflict for one that is not requested, and for a red letter,
    which is owed.
    """
    with tenancy.scope(actor):
        _only_keepers(actor)
        invoice = _locked(invoice_id)
        if invoice.state == InvoiceState.DECLINED:
            return
        _require_requested(invoice)
        if invoice.corrects_id is not None:
            raise Conflict(_("A red letter takes back what was credited; it can only be issued."), code="red-letter")
        note = note_of(note)
        if not note:
            raise Invalid(_("Say in a note why it is declined."), field="note", code="note")
        invoice.state, invoice.note, invoice.decided_by_id = InvoiceState.DECLINED, note, actor.user_id
        invoice.save()
        InvoicePart.objects.filter(invoice=invoice).update(is_live=False)
        _tell(INVOICE_DECIDED, invoice)


def follow_credit(*, actor: Actor, order_id: int, parts: Mapping[Rate, Decimal], on: dt.date) -> None:
    """Take a credit of an order off its invoice: off the request, or by a red letter where it was issued.

    Called once a credit note, under the lock of the dealer's account. What stands on no invoice needs nothing.
    """
    rows = list(
        InvoicePart.objects.filter(order_id=order_id, is_live=True, amount__gt=0)
        .select_related("invoice")
        .order_by("id")
    )
    if not rows:
        return
    invoice = Invoice.objects.select_for_update().get(id=rows[0].invoice_id)
    red = InvoicePart.objects.filter(order_id=order_id, is_live=True, amount__lt=0)
    left = {row.tax_rate: row.amount for row in rows}
    for part in red:
        left[part.tax_rate] = left.get(part.tax_rate, Decimal(0)) + part.amount
    off = _off(left, parts)
    if not off:
        return
    total = sum(off.values(), Decimal(0))
    if invoice.state == InvoiceState.REQUESTED:
        for row in rows:
            row.amount -= off.get(row.tax_rate, Decimal(0))
        InvoicePart.objects.bulk_update(rows, ["amount"])
        InvoicePart.objects.filter(invoice=invoice, amount=0).delete()
        invoice.amount -= total
        if not invoice.amount:
            invoice.state = InvoiceState.CREDITED
        invoice.save()
        _tell(INVOICE_DECIDED, invoice)
        return
    letter = Invoice.objects.create(
        number=next_number("IR", on=on),
        dealer_id=invoice.dealer_id,
        kind=invoice.kind,
        buyer=invoice.buyer,
        corrects=invoice,
        currency=invoice.currency,
        amount=-total,
        requested_on=on,
        requested_by_id=actor.user_id,
    )
    InvoicePart.objects.bulk_create(
        InvoicePart(invoice=letter, dealer_id=invoice.dealer_id, order_id=order_id, tax_rate=rate, amount=-amount)
        for rate, amount in off.items()
    )
    _tell(INVOICE_REQUESTED, letter)


def _off(left: Mapping[Decimal, Decimal], parts: Mapping[Rate, Decimal]) -> dict[Decimal, Decimal]:
    """What comes off each rate: the credit's own where it stands there, the rest as the invoice is spread; never more
    than is left."""
    unit = currency()
    wanted: dict[Rate, Decimal] = {}
    for rate, amount in parts.items():
        spread = {rate: amount} if rate in left else shared(amount, dict(left), currency=unit)
        for own, part in spread.items():
            wanted[own] = wanted.get(own, Decimal(0)) + part
    off = {rate: min(max(wanted.get(rate, Decimal(0)), Decimal(0)), left[rate]) for rate in left}
    return {rate: amount for rate, amount in off.items() if amount > 0}


def _own_dealer(actor: Actor) -> int:
    if actor.dealer_id is None or role_of(actor=actor) not in ORDERING_ROLES:
        raise NotAllowed(_("Only the dealer's owner and buyers ask for invoices."))
    return actor.dealer_id


def _only_keepers(actor: Actor) -> None:
    if actor.kind != "enterprise" or role_of(actor=actor) not in INVOICE_KEEPERS:
        raise NotAllowed(_("Only administrators and channel managers issue invoices."))


def _locked(invoice_id: int) -> Invoice:
    """The invoice behind its dealer's account, both locked. Raises NotFound."""
    dealer_id = Invoice.objects.filter(id=invoice_id).values_list("dealer_id", flat=True).first()
    if dealer_id is None:
        raise NotFound()
    accounts.locked(dealer_id)
    return Invoice.objects.select_for_update().get(id=invoice_id)


def _require_requested(invoice: Invoice) -> None:
    if invoice.state != InvoiceState.REQUESTED:
        raise Conflict(
            _("Invoice %(number)s was decided about already: %(state)s.")
            % {"number": invoice.number, "state": InvoiceState(invoice.state).label},
            _("Look at it again."),
            code="invoice-decided",
        )


def _tell(topic: str, invoice: Invoice) -> None:
    outbox.publish(
        topic=topic,
        dealer_id=invoice.dealer_id,
        payload={
            "request": invoice.number,
            "invoice_id": invoice.pk,
            "dealer": dealer_view(dealer_id=invoice.dealer_id).code,
            "state": invoice.state,
            "is_red": invoice.corrects_id is not None,
            "amount": str(invoice.amount),
            "invoice_number": invoice.invoice_number or None,
        },
    )
