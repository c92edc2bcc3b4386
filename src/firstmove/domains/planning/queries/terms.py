"""The terms of a dealer's order: what was agreed, what it made of the order, and where the order stands now."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any

from django.db.models import Count, F, FloatField, Q, Sum
from django.db.models.functions import Cast, Coalesce

from firstmove.domains.planning.models import ProposalLine, WaitingOrder


@dataclass(frozen=True)
class OrderTerms:
    """Empty where nothing was agreed. `bound`: codes of the terms that changed the order, or keep it from being made.

    `more_amount` more money would earn about `more_profit`; 0 where money did not bind. Costs of topping up and of
    waiting are expected profit, and set where the order was under its minimum.
    """

    bound: tuple[str, ...] = ()
    least_amount: float | None = None
    least_kg: float | None = None
    budget: float | None = None
    credit_left: float | None = None
    carrier: str = ""
    carrier_pallets: float | None = None
    carrier_kg: float | None = None
    carrier_cost: float | None = None
    order_on: dt.date | None = None
    next_order_on: dt.date | None = None
    arrives_on: dt.date | None = None
    has_order_days: bool = False
    amount_wished: float = 0.0
    more_amount: float = 0.0
    more_profit: float = 0.0
    top_up_cost: float | None = None
    wait_cost: float | None = None
    left_out_count: int = 0

    @property
    def is_given(self) -> bool:
        agreed = (self.least_amount, self.least_kg, self.budget, self.credit_left)
        return bool(self.bound or self.carrier or self.has_order_days or any(one is not None for one in agreed))


def terms_of(stored: Mapping[str, Any]) -> OrderTerms:
    """As a run stored them."""
    known = {name: stored[name] for name in OrderTerms.__dataclass_fields__ if name in stored}
    for name in ("order_on", "next_order_on", "arrives_on"):
        if known.get(name):
            known[name] = dt.date.fromisoformat(known[name])
    known["bound"] = tuple(stored.get("bound", ()))
    known["has_order_days"] = bool(stored.get("order_weekdays") or stored.get("delivery_weekdays"))
    return OrderTerms(**known)


@dataclass(frozen=True)
class Load:
    """What an order weighs and takes as it now stands. `unknown` lines have no weight or pallet of their own."""

    amount: Decimal
    kg: float
    pallets: float
    unknown: int
    # Trucks or pallets begun, and how far they are filled (1.6 of 2).
    carriers: int
    carriers_filled: float


def load_of(*, proposal_id: int, terms: OrderTerms) -> Load:
    """One statement: what stands in the order now, with the dealer's own quantities."""
    quantity = Coalesce("chosen_quantity", "quantity")
    units = Cast(quantity, FloatField())
    needed = Q(product__weight_kg__isnull=True) if terms.carrier_kg or terms.least_kg else Q(pk__lt=0)
    if terms.carrier_pallets:
        needed |= Q(product__units_per_pallet__isnull=True)
    sums = ProposalLine.objects.filter(proposal_id=proposal_id).aggregate(
        amount=Sum(quantity * Coalesce("current_price", "unit_price")),
        kg=Sum(units * F("product__weight_kg"), output_field=FloatField()),
        pallets=Sum(units / F("product__units_per_pallet"), output_field=FloatField()),
        unknown=Count("id", filter=needed & (Q(chosen_quantity__isnull=True) | Q(chosen_quantity__gt=0))),
    )
    kg, pallets = sums["kg"] or 0.0, sums["pallets"] or 0.0
    filled = 0.0
    if terms.carrier:
        by_pallet = pallets / terms.carrier_pallets if terms.carrier_pallets else 0.0
        filled = max(by_pallet, kg / terms.carrier_kg if terms.carrier_kg else 0.0)
    return Load(
        amount=sums["amount"] or Decimal(0), kg=kg, pallets=pallets, unknown=sums["unknown"],
        carriers=ceil(filled - 1e-6), carriers_filled=filled,
    )  # fmt: skip


@dataclass(frozen=True)
class Waiting:
    """Something is to be ordered, but not today."""

    until_on: dt.date
    terms: OrderTerms


def waiting(*, dealer_id: int) -> Waiting | None:
    """Why the latest run proposed nothing although something is to be ordered; None where that is not so."""
    row = WaitingOrder.objects.filter(dealer_id=dealer_id).first()
    return None if row is None else Waiting(until_on=row.until_on, terms=terms_of(row.terms))
