"""Offers that run, are coming, or ran."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from firstmove.domains.catalog.models import Promotion
from firstmove.kernel.paging import Slice, after


@dataclass(frozen=True)
class PromotionView:
    code: str
    name: str
    product_id: int
    product_name: str
    starts_on: dt.date
    ends_on: dt.date
    discount: float | None


@dataclass(frozen=True)
class PromotionDays:
    """A promotion of a product; `dealer` (code) is empty where it runs at every dealer. Both days are included."""

    sku: str
    dealer: str | None
    name: str
    starts_on: dt.date
    ends_on: dt.date


def promotions(*, on: dt.date, dealer_id: int | None = None, horizon_days: int = 28) -> list[PromotionView]:
    """Offers that run on that day or start within the horizon."""
    rows = Promotion.objects.filter(ends_on__gte=on, starts_on__lte=on + dt.timedelta(days=horizon_days))
    if dealer_id is not None:
        rows = rows.filter(Q(dealer_id=dealer_id) | Q(dealer_id__isnull=True))
    columns = ("code", "name", "product_id", "product__name", "starts_on", "ends_on", "discount")
    return [PromotionView(*row) for row in rows.order_by("starts_on", "code").values_list(*columns)]


def promotion_slice(
    *, on: dt.date, dealer_id: int | None = None, place: Sequence[Any] | None = None, limit: int = 50
) -> Slice[PromotionView]:
    """Offers that run on that day or start later, behind a place, those that begin first first."""

    def view(row: Promotion) -> PromotionView:
        product = row.product
        return PromotionView(row.code, row.name, product.pk, product.name, row.starts_on, row.ends_on, row.discount)

    rows = Promotion.objects.filter(ends_on__gte=on).select_related("product")
    if dealer_id is not None:
        rows = rows.filter(Q(dealer_id=dealer_id) | Q(dealer_id__isnull=True))
    return after(rows, by=("starts_on", "id"), place=place, limit=limit, view=view)


def promotions_between(*, since: dt.date, until: dt.date) -> list[PromotionDays]:
    """All promotions with a day from `since` to `until`, past and planned, by their name or else their code."""
    rows = Promotion.objects.filter(ends_on__gte=since, starts_on__lte=until).order_by("starts_on", "code", "pk")
    columns = ("product__sku", "dealer__code", "name", "code", "starts_on", "ends_on")
    return [
        PromotionDays(sku, dealer, name or code, starts_on, ends_on)
        for sku, dealer, name, code, starts_on, ends_on in rows.values_list(*columns)
    ]
