"""What was wrong with goods that came: a claim of the dealer, which the enterprise credits or declines."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.network.queries import enterprise, role_of
from firstmove.domains.trade.models import Claim, ClaimState, Fault, Order, ShipmentLine
from firstmove.domains.trade.operations import accounts
from firstmove.domains.trade.operations.payments import KEEPERS, credit_note
from firstmove.domains.trade.operations.steps import note_of
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from firstmove.kernel.money import rounded
from firstmove.kernel.tenancy import Actor

CLAIM_OPENED, CLAIM_SETTLED = "trade.claim_opened", "trade.claim_settled"


def open_claims(
    order: Order, lines: Sequence[ShipmentLine], *, actor: Actor, now: dt.datetime, causes: dict[int, str]
) -> list[Claim]:
    """Claims for what of received shipment lines came short or damaged; `causes` are words by line number."""
    if order.buyer_dealer_id is None:
        return []
    made = []
    for row in lines:
        came = row.received_quantity or Decimal(0)
        faults = {Fault.SHORT: row.quantity - came - row.damaged_quantity, Fault.DAMAGED: row.damaged_quantity}
        for fault, units in faults.items():
            if units <= 0:
                continue
            made.append(
                Claim(
                    shipment_line=row,
                    order=order,
                    buyer_dealer_id=order.buyer_dealer_id,
                    fault=fault,
                    quantity=units,
                    amount=rounded(units * row.line.unit_price, currency=order.currency),
                    cause=causes.get(row.line.number, ""),
                    opened_at=now,
                    opened_by_id=actor.user_id,
                )
            )
    Claim.objects.bulk_create(made)
    for claim in made:
        _tell(CLAIM_OPENED, claim)
    return made


def settle_claim(*, actor: Actor, claim_id: int, accepted: bool, now: dt.datetime, note: str = "") -> None:
    """The enterprise accepts, and owes the dealer the claim's amount by a credit note, or declines with a note.

    Settling it again the same way changes nothing. Raises NotAllowed, NotFound, Invalid for declining without a note,
    Conflict where somebody settled it the other way.
    """
    note = note_of(note)
    with tenancy.scope(actor):
        if actor.kind != "enterprise" or role_of(actor=actor) not in KEEPERS:
            raise NotAllowed(_("Only administrators and channel managers of the enterprise settle claims."))
        order_id = Claim.objects.filter(id=claim_id).values_list("order_id", flat=True).first()
        if order_id is None:
            raise NotFound()
        accounts.locked_of(order_id)
        rows = Claim.objects.select_for_update(of=("self",)).select_related("order", "shipment_line__line__product")
        claim = rows.get(id=claim_id)
        wanted = ClaimState.ACCEPTED if accepted else ClaimState.DECLINED
        if claim.state == wanted:
            return
        if claim.state != ClaimState.OPEN:
            raise Conflict(_("Somebody settled this claim already."), code="claim-settled")
        if not accepted and not note:
            raise Invalid(_("Say in a note why it is declined."), field="note", code="note")
        claim.state, claim.note, claim.decided_at, claim.decided_by_id = wanted, note, now, actor.user_id
        claim.save(update_fields=["state", "note", "decided_at", "decided_by_id"])
        if accepted and claim.amount > 0:
            credit_note(
                actor=actor,
                dealer_id=claim.buyer_dealer_id,
                amount=claim.amount,
                noted_on=enterprise(now=now).business_on,
                reference=reference_of(claim),
                now=now,
                order_id=claim.order_id,
                parts={claim.shipment_line.line.tax_rate: claim.amount},
            )
        _tell(CLAIM_SETTLED, claim)


def reference_of(claim: Claim) -> str:
    """The number under which a claim's credit note stands in the account."""
    return f"CLAIM-{claim.pk}"


def _tell(topic: str, claim: Claim) -> None:
    line = claim.shipment_line.line
    outbox.publish(
        topic=topic,
        dealer_id=claim.buyer_dealer_id,
        payload={
            "claim_id": claim.pk,
            "order": claim.order.number,
            "order_id": claim.order_id,
            "dealer": dealer_view(dealer_id=claim.buyer_dealer_id).code,
            "line": line.number,
            "sku": line.product.sku,
            "fault": claim.fault,
            "quantity": float(claim.quantity),
            "amount": str(claim.amount),
            "currency": claim.order.currency,
            "state": claim.state,
            "cause": claim.cause,
            "note": claim.note,
        },
    )
