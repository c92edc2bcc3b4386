"""Reads of the outlook: what the latest run thinks of a product at a dealer."""

import datetime as dt
import functools
import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum

from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.planning.models import (
    AT_RISK,
    Outlook,
)
from firstmove.lake import series as series_store
from firstmove.lake.tables import LakeError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OutlookView:
    product_id: int
    sku: str
    product_name: str
    category: str
    unit: str
    on_hand: float
    in_transit: float
    stock_assumed: bool
    rate_per_day: float
    cover_days: float | None
    stockout_probability: float
    level: float
    safety_stock: float
    # Of the safety stock: the part that a lead time that varies asks for, 0 to 1.
    lead_share: float
    service_quantile: float
    # Empty where the outlook was written before there were any.
    stock_class: str
    life_cycle: str
    unit_price: float
    price_assumed: bool
    proposed_quantity: int


@dataclass(frozen=True)
class ProductHistory:
    """A product at a dealer by weeks that end on the as-of day, oldest first, and the weeks to come.

    `sold` [w] units, `out_days` [w] known days without stock; `stock` of today only, where the feed or the scenario
    gives it. `week_low/mean/high`: the 80 % band of one coming week.
    """

    as_of: dt.date
    week_ends: list[dt.date]
    sold: list[float]
    out_days: list[int]
    outlook: OutlookView | None
    week_low: float
    week_mean: float
    week_high: float


def _outlook_views(rows: QuerySet[Outlook]) -> list[OutlookView]:
    return [_outlook_view(row) for row in rows.select_related("product")]


def _outlook_view(row: Outlook) -> OutlookView:
    return OutlookView(
        product_id=row.product_id,
        sku=row.product.sku,
        product_name=row.product.name,
        category=row.product.category,
        unit=row.product.unit,
        on_hand=row.on_hand,
        in_transit=row.in_transit,
        stock_assumed=row.stock_assumed,
        rate_per_day=row.rate_per_day,
        cover_days=row.cover_days,
        stockout_probability=row.stockout_probability,
        level=row.level,
        safety_stock=row.safety_stock,
        lead_share=row.lead_share,
        service_quantile=row.service_quantile,
        stock_class=row.stock_class,
        life_cycle=row.life_cycle,
        unit_price=row.unit_price,
        price_assumed=row.price_assumed,
        proposed_quantity=row.proposed_quantity,
    )


def _of(dealer_id: int, stock_class: str, life_cycle: str) -> QuerySet[Outlook]:
    rows = Outlook.objects.filter(dealer_id=dealer_id, stock_class__startswith=stock_class)
    return rows.filter(life_cycle=life_cycle) if life_cycle else rows


def stock_at_risk(
    *, dealer_id: int, stock_class: str = "", life_cycle: str = "", offset: int = 0, limit: int = 20
) -> tuple[list[OutlookView], int]:
    """What more likely than not runs out before an order placed at the next order day could arrive.

    `stock_class` is a class or its beginning ("A"); it and `life_cycle` leave out the rest.
    """
    rows = _of(dealer_id, stock_class, life_cycle).filter(stockout_probability__gte=AT_RISK)
    ordered = rows.order_by("-stockout_probability", "-rate_per_day", "id")
    return _outlook_views(ordered[offset : offset + limit]), rows.count()


def outlook_page(
    *, dealer_id: int, stock_class: str = "", life_cycle: str = "", offset: int = 0, limit: int = 50
) -> tuple[list[OutlookView], int]:
    """All that the dealer sells (or what `stock_at_risk` explains), what runs out first before the rest."""
    rows = _of(dealer_id, stock_class, life_cycle)
    ordered = rows.order_by("-stockout_probability", "-rate_per_day", "id")
    return _outlook_views(ordered[offset : offset + limit]), rows.count()


def outlooks(*, dealer_id: int, product_ids: Collection[int]) -> dict[int, OutlookView]:
    """By product id; products that the dealer did not sell in a year are absent."""
    rows = Outlook.objects.filter(dealer_id=dealer_id, product_id__in=product_ids)
    return {view.product_id: view for view in _outlook_views(rows)}


@dataclass(frozen=True)
class ProductStanding:
    """A product over all dealers that sold it within a year. `cover_days` is stock at dealers over their demand."""

    dealers: int
    at_risk: int
    rate_per_day: float
    on_hand: float
    in_transit: float
    proposed_quantity: int
    stock_assumed: bool

    @property
    def cover_days(self) -> float | None:
        return (self.on_hand + self.in_transit) / self.rate_per_day if self.rate_per_day > 0 else None


def product_standings(*, product_ids: Collection[int]) -> dict[int, ProductStanding]:
    """By product id; products that nobody sold within a year are absent."""
    sums = (
        Outlook.objects.filter(product_id__in=product_ids)
        .values("product_id")
        .annotate(
            dealers=Count("id"),
            at_risk=Count("id", filter=Q(stockout_probability__gte=AT_RISK)),
            rate=Sum("rate_per_day"),
            stock=Sum("on_hand"),
            coming=Sum("in_transit"),
            proposed=Sum("proposed_quantity"),
            assumed=Count("id", filter=Q(stock_assumed=True)),
        )
    )
    return {
        row["product_id"]: ProductStanding(
            dealers=row["dealers"],
            at_risk=row["at_risk"],
            rate_per_day=row["rate"],
            on_hand=row["stock"],
            in_transit=row["coming"],
            proposed_quantity=row["proposed"],
            stock_assumed=row["assumed"] > 0,
        )
        for row in sums
    }


def outlooks_of_product(*, product_id: int) -> list[tuple[int, OutlookView]]:
    """(dealer id, outlook) of every dealer that sells the product, the likeliest to run out first."""
    rows = Outlook.objects.filter(product_id=product_id).order_by("-stockout_probability", "-rate_per_day", "id")
    dealer_ids = list(rows.values_list("dealer_id", flat=True))
    return list(zip(dealer_ids, _outlook_views(rows), strict=True))


def product_history(*, dealer_id: int, product_id: int, sku: str, weeks: int = 26) -> ProductHistory | None:
    """None where the latest run did not look at the pair: the dealer sold none of it within a year."""
    latest = Outlook.objects.filter(dealer_id=dealer_id, product_id=product_id).select_related("product").first()
    if latest is None:
        return None
    dealer_code = dealer_view(dealer_id=dealer_id).code
    folder = f"{str(settings.SERIES_ROOT).rstrip('/')}/{latest.run_id}"
    try:
        rows, days, first_on = _series_rows(folder, dealer_code, sku)
    except LakeError:
        log.exception("the daily histories of run %s are not on this machine", latest.run_id)
        return None
    as_of = first_on + dt.timedelta(days=days - 1)
    sold, out = [0.0] * weeks, [0] * weeks
    for row in rows:
        for day, quantity in zip(row["day"], row["quantity"], strict=True):
            _into_week(sold, days, day, quantity)
        for day in row["out_day"]:
            _into_week(out, days, day, 1)
    return ProductHistory(
        as_of=as_of,
        week_ends=[as_of - dt.timedelta(days=7 * (weeks - 1 - week)) for week in range(weeks)],
        sold=sold,
        out_days=out,
        outlook=_outlook_view(latest),
        week_low=latest.week_low,
        week_mean=latest.week_mean,
        week_high=latest.week_high,
    )


def _into_week(weeks: list[Any], days: int, day: int, amount: float) -> None:
    week = len(weeks) - 1 - (days - 1 - day) // 7
    if 0 <= week < len(weeks):
        weeks[week] += amount


def _series_rows(folder: str, dealer_code: str, sku: str) -> tuple[list[dict[str, Any]], int, dt.date]:
    series = _bucket(folder, series_store.bucket_of(dealer_code, buckets=_buckets(folder)))
    rows = series.frame.filter((pl.col("dealer") == dealer_code) & (pl.col("sku") == sku))
    return rows.to_dicts(), series.days, series.first_on


@functools.lru_cache(maxsize=4)
def _bucket(folder: str, bucket: int) -> series_store.Series:
    """A bucket of a run's series. A run's folder never changes, so the last few (some megabytes each) are kept."""
    return series_store.load(folder, bucket=bucket)


@functools.lru_cache(maxsize=4)
def _buckets(folder: str) -> int:
    _first_on, _days, buckets = series_store.about(folder)
    return buckets
