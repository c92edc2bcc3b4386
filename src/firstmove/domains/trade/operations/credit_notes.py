"""The paper behind a credit: written once a number, with what of it stands at which tax rate."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.db.models.functions import Coalesce

from firstmove.domains.network.queries import currency
from firstmove.domains.trade.amounts import Rate, by_rate, shared
from firstmove.domains.trade.models import CreditNote, CreditNotePart, OrderLine
from firstmove.domains.trade.operations import invoices
from firstmove.kernel.tenancy import Actor


def write(
    *,
    actor: Actor,
    dealer_id: int,
    number: str,
    amount: Decimal,
    noted_on: dt.date,
    now: dt.datetime,
    order_id: int | None,
    parts: Mapping[Rate, Decimal] | None,
) -> None:
    """A note of `amount`, under the lock of the dealer's account; the same number again changes nothing.

    Without `parts` it is spread over the tax rates of its order as the order's amount is. An invoice over the order
    follows it.
    """
    note, made = CreditNote.objects.get_or_create(
        dealer_id=dealer_id,
        number=number,
        defaults={
            "amount": amount,
            "noted_on": noted_on,
            "order_id": order_id,
            "made_at": now,
            "user_id": actor.user_id,
        },
    )
    if not made:
        return
    if parts is None:
        lines = OrderLine.objects.filter(order_id=order_id) if order_id is not None else OrderLine.objects.none()
        rated = lines.annotate(rate=Coalesce("tax_rate", "product__tax_rate"))
        sums = by_rate(rated.values_list("rate", "quantity", "unit_price"))
        parts = shared(amount, sums, currency=currency())
    CreditNotePart.objects.bulk_create(
        CreditNotePart(note=note, dealer_id=dealer_id, tax_rate=rate, amount=part)
        for rate, part in parts.items()
        if part
    )
    if order_id is not None:
        invoices.follow_credit(actor=actor, order_id=order_id, parts=parts, on=noted_on)
