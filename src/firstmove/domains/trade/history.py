"""What happened to orders, as history in the lake: the news of the outbox, written once however often it comes."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import polars as pl
from django.conf import settings
from django.db.models import F, Max, Q, Sum

from firstmove.domains.trade.models import OrderLine, ShipmentLine
from firstmove.kernel.outbox import Event
from firstmove.lake.store import Lake

SOURCE = "firstmove"


def record_placed(events: Sequence[Event]) -> None:
    """Rows of the lake's `orders`."""
    _write(
        "orders",
        events,
        lambda order, line: {
            "ordered_on": _date(order["ordered_on"]),
            "expected_on": _date(order["expected_on"]),
            "price": line["price"],
        },
    )


def record_shipped(events: Sequence[Event]) -> None:
    """Rows of the lake's `shipments`: what left of a line on a day, and since the last of it came, what came of it.

    Read from what is stored, as one day's shipments of a line are one row of the history. Until some of it came the row
    says what left; then what came so far, and the rest of that day's when it comes.
    """
    ids = sorted({event.payload["order_id"] for event in events if "order_id" in event.payload})
    rows = (
        ShipmentLine.objects.filter(shipment__order_id__in=ids, shipment__order__buyer_dealer__isnull=False)
        .order_by("shipment__order_id", "line__number", "shipment__shipped_on")
        .values("shipment__order__number", "shipment__order__buyer_dealer__code", "line__number", "line__product__sku")
        .annotate(
            day=F("shipment__shipped_on"),
            left=Sum("quantity"),
            came=Sum("received_quantity"),
            came_on=Max("shipment__received_on"),
        )
    )
    found = [
        {
            "order": row["shipment__order__number"],
            "line": str(row["line__number"]),
            "dealer": row["shipment__order__buyer_dealer__code"],
            "sku": row["line__product__sku"],
            "quantity": float(row["left"] if row["came_on"] is None else row["came"]),
            "shipped_on": row["day"],
            "received_on": row["came_on"],
        }
        for row in rows
    ]
    _store("shipments", events, found)


def record_standing(events: Sequence[Event]) -> None:
    """Rows of the lake's `orders` anew, of lines of which less will come than was ordered: cancelled, short or damaged.

    Else what will never come would be in transit for as long as an open order line is believed.
    """
    ids = sorted({event.payload["order_id"] for event in events if "order_id" in event.payload})
    received = ShipmentLine.objects.filter(shipment__order_id__in=ids, received_quantity__isnull=False)
    missing = dict(
        received.order_by()
        .values("line_id")
        .annotate(units=Sum(F("quantity") - F("received_quantity")))
        .filter(units__gt=0)
        .values_list("line_id", "units")
    )
    lines = OrderLine.objects.filter(Q(id__in=missing) | Q(order_id__in=ids, cancelled_quantity__gt=0))
    lines = lines.filter(order__buyer_dealer__isnull=False).select_related("order__buyer_dealer", "product")
    found = [
        {
            "order": line.order.number,
            "line": str(line.number),
            "dealer": line.order.buyer_dealer.code,
            "sku": line.product.sku,
            "quantity": float(line.quantity - line.cancelled_quantity - missing.get(line.pk, Decimal(0))),
            "ordered_on": line.order.ordered_on,
            "expected_on": line.order.expected_on,
            "price": float(line.unit_price),
        }
        for line in lines.order_by("order_id", "number")
        if line.order.buyer_dealer is not None
    ]
    _store("orders", events, found)


def _write(table: str, events: Sequence[Event], own_columns: Any) -> None:
    rows = [
        {
            "order": event.payload["order"],
            "line": str(line["line"]),
            "dealer": event.payload["dealer"],
            "sku": line["sku"],
            "quantity": float(line["quantity"]),
            **own_columns(event.payload, line),
        }
        for event in events
        for line in event.payload["lines"]
    ]
    _store(table, events, rows)


def _store(table: str, events: Sequence[Event], rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    ids = hashlib.sha256(",".join(str(event.id) for event in events).encode()).hexdigest()[:24]
    Lake(settings.LAKE_ROOT).write(
        table=table, rows=pl.DataFrame(rows, infer_schema_length=None), source=SOURCE, batch_id=f"outbox/{ids}"
    )


def _date(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)
