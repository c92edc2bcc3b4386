"""Reads of tiers and of who stands in them. Call them inside a `tenancy.scope`."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from firstmove.domains.incentives.models import Tier, TierBasis, TierChange


@dataclass(frozen=True)
class TierView:
    """A tier and its rule: from `least_amount` on within `months` whole months, or set by hand."""

    id: int
    name: str
    rank: int
    basis: str
    least_amount: Decimal | None
    months: int
    gives: str

    @property
    def basis_name(self) -> str:
        return str(TierBasis(self.basis).label)


@dataclass(frozen=True)
class TierChangeView:
    """When a dealer came into a tier, and why: `amount` is what its rule looked at, `words` what a person wrote."""

    dealer_id: int
    dealer_name: str
    before: str
    tier: str
    by_hand: bool
    amount: Decimal | None
    words: str
    kept_until: dt.date | None
    at: dt.datetime
    by: str


def tiers() -> list[TierView]:
    """The highest rank first."""
    fields = tuple(TierView.__dataclass_fields__)
    return [TierView(**row) for row in Tier.objects.order_by("-rank").values(*fields)]


def tier_bases() -> list[tuple[str, str]]:
    """(code, name) of the ways in which a dealer comes into a tier."""
    return [(code, str(label)) for code, label in TierBasis.choices]


def tier_changes(*, dealer_id: int | None = None, limit: int = 50) -> list[TierChangeView]:
    """The latest first."""
    rows = TierChange.objects.select_related("dealer", "user").order_by("-id")
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    return [
        TierChangeView(
            dealer_id=row.dealer_id,
            dealer_name=row.dealer.name,
            before=row.before,
            tier=row.tier,
            by_hand=row.by_hand,
            amount=row.amount,
            words=row.words,
            kept_until=row.kept_until,
            at=row.at,
            by=row.user.name if row.user else "",
        )
        for row in rows[:limit]
    ]
