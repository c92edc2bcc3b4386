"""What happened to orders, as history in the lake: the news of the outbox, written once however often it comes."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any

import polars as pl
from django.conf import settings

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


def record_received(events: Sequence[Event]) -> None:
    """Rows of the lake's `shipments`."""
    _write(
        "shipments",
        events,
        lambda order, _: {"shipped_on": _date(order["shipped_on"]), "received_on": _date(order["received_on"])},
    )


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
    if not rows:
        return
    ids = hashlib.sha256(",".join(str(event.id) for event in events).encode()).hexdigest()[:24]
    Lake(settings.LAKE_ROOT).write(
        table=table, rows=pl.DataFrame(rows, infer_schema_length=None), source=SOURCE, batch_id=f"outbox/{ids}"
    )


def _date(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)
