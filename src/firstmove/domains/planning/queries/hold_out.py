"""Reads of the comparison group: its share, who takes part, and which of a dealer's products are in it."""

import datetime as dt
from dataclasses import dataclass

from firstmove.domains.planning.models import LARGEST_SHARE, HeldAdvice, HoldOut, Outlook, Participation

__all__ = [
    "LARGEST_SHARE",
    "HeldProduct",
    "HoldOutView",
    "ParticipationView",
    "dealers_opted_out",
    "held_on",
    "held_products",
    "hold_out",
    "hold_outs",
    "participation",
]


@dataclass(frozen=True)
class HoldOutView:
    version: int
    share: float
    from_on: dt.date
    set_at: dt.datetime
    set_by: str


@dataclass(frozen=True)
class HeldProduct:
    """A product of a dealer that gets no advice. What its stock and sales are is shown as ever."""

    product_id: int
    sku: str
    product_name: str
    category: str
    unit: str
    on_hand: float
    in_transit: float
    cover_days: float | None
    stock_assumed: bool


@dataclass(frozen=True)
class ParticipationView:
    """Whether a dealer takes part, and since when it said so (None: it never said anything, and does)."""

    takes_part: bool
    since_on: dt.date | None


def hold_out(*, on: dt.date) -> HoldOutView | None:
    """The version in force on a day; None before the first run."""
    row = HoldOut.objects.filter(from_on__lte=on).select_related("set_by").order_by("-version").first()
    return None if row is None else _view(row)


def hold_outs() -> list[HoldOutView]:
    """Every version, the latest first."""
    return [_view(row) for row in HoldOut.objects.select_related("set_by").order_by("-version")]


def _view(row: HoldOut) -> HoldOutView:
    by = row.set_by.name if row.set_by else ""
    return HoldOutView(version=row.version, share=row.share, from_on=row.from_on, set_at=row.set_at, set_by=by)


def participation(*, dealer_id: int) -> ParticipationView:
    row = Participation.objects.filter(dealer_id=dealer_id).first()
    return ParticipationView(True, None) if row is None else ParticipationView(row.takes_part, row.since_on)


def dealers_opted_out() -> int:
    return Participation.objects.filter(takes_part=False).count()


def held_products(*, dealer_id: int, on: dt.date) -> list[HeldProduct]:
    """The dealer's products that the latest run left without advice, those first that run out soonest.

    None where nothing is held out on a day, and for a dealer that opted out meanwhile.
    """
    row = HoldOut.objects.filter(from_on__lte=on).order_by("-version").first()
    if row is None or row.share == 0 or not participation(dealer_id=dealer_id).takes_part:
        return []
    held = Outlook.objects.filter(dealer_id=dealer_id, is_held=True).select_related("product")
    return [
        HeldProduct(
            product_id=one.product_id,
            sku=one.product.sku,
            product_name=one.product.name,
            category=one.product.category,
            unit=one.product.unit,
            on_hand=one.on_hand,
            in_transit=one.in_transit,
            cover_days=one.cover_days,
            stock_assumed=one.stock_assumed,
        )
        for one in sorted(held, key=lambda one: (one.cover_days is None, one.cover_days or 0.0, one.product.sku))
    ]


def held_on(*, dealer_id: int, on: dt.date) -> int:
    """Products for which something would have been proposed for a morning, were they not in the comparison group."""
    return HeldAdvice.objects.filter(dealer_id=dealer_id, for_on=on).count()
