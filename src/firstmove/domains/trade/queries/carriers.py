"""Carriers that tell where shipments are, and what they told of numbers that no shipment has."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max, Q

from firstmove.domains.trade.models import Carrier, CarrierNotice, Heard


@dataclass(frozen=True)
class CarrierView:
    """`heard_at`: when it told something last; `unknown`: notices that wait for a shipment with their number."""

    id: int
    name: str
    created_at: dt.datetime
    old_until: dt.datetime | None
    heard_at: dt.datetime | None
    unknown: int


@dataclass(frozen=True)
class NoticeView:
    """What a carrier told of a number: `status` is its code, `at` when it happened."""

    carrier: str
    tracking_number: str
    status: str
    at: dt.datetime
    heard_at: dt.datetime


def carriers() -> list[CarrierView]:
    """Those that are heard, by name."""
    rows = Carrier.objects.filter(ended_at__isnull=True).annotate(
        heard=Max("notices__heard_at"), lost=Count("notices", filter=Q(notices__outcome=Heard.UNKNOWN))
    )
    return [
        CarrierView(row.pk, row.name, row.created_at, row.old_until, row.heard, row.lost)
        for row in rows.order_by("name")
    ]


def unknown_notices(*, limit: int = 50) -> list[NoticeView]:
    """What no shipment was found for, the latest first."""
    rows = CarrierNotice.objects.filter(outcome=Heard.UNKNOWN).select_related("carrier").order_by("-heard_at", "-id")
    return [NoticeView(row.carrier.name, row.tracking_number, row.status, row.at, row.heard_at) for row in rows[:limit]]
