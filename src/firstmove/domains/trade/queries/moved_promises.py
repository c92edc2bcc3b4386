"""Promised days of a dealer's orders that became later. Call it inside a `tenancy.scope`."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from firstmove.domains.trade.models import OrderPromise, State


@dataclass(frozen=True)
class MovedPromise:
    """`was_on` is what was told before, `now_on` what is; None where no day is known."""

    id: int
    order_id: int
    order_number: str
    product_id: int
    product_name: str
    was_on: dt.date | None
    now_on: dt.date | None
    told_at: dt.datetime
    cause: str


def moved_promises(
    *, dealer_id: int, since: dt.datetime, open_only: bool = False, limit: int = 200
) -> list[MovedPromise]:
    """Those that were told from a moment on, the latest first; with `open_only`, of orders that are still to come."""
    before = OrderPromise.objects.filter(line=OuterRef("line"), id__lt=OuterRef("id")).order_by("-id")
    rows = OrderPromise.objects.filter(buyer_dealer_id=dealer_id, slipped=True, told_at__gte=since)
    if open_only:
        rows = rows.filter(order__state__in=(State.TO_SHIP, State.IN_TRANSIT))
    found = rows.annotate(was_on=Subquery(before.values("promised_on")[:1])).order_by("-told_at", "-id")
    columns = ("id", "order_id", "order__number", "line__product_id", "line__product__name", "was_on", "promised_on")
    return [MovedPromise(*row) for row in found.values_list(*columns, "told_at", "cause")[:limit]]
