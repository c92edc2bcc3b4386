"""What a return does to both parties' stock: it leaves the dealer's, and what is good comes into the enterprise's.

Where a party's stock of a product is not kept here, nothing happens. Called last, as stock is locked last.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from firstmove.domains.stock import queries as stock
from firstmove.domains.stock.operations import Move, MovementKind, lock_balances, record
from firstmove.domains.stock.reserving import cover
from firstmove.domains.trade.models import Return, ReturnLine
from firstmove.kernel.errors import Conflict
from firstmove.kernel.outbox import Event
from firstmove.kernel.tenancy import Actor


def leave(found: Return, lines: Sequence[ReturnLine], *, actor: Actor, on: dt.date) -> None:
    """Out of the dealer's warehouses, the first one first. Raises Conflict where less lies there."""
    products = sorted({line.product_id for line in lines if line.sent})
    own = [warehouse.id for warehouse in stock.warehouses(dealer_id=found.dealer_id)]
    lock_balances(product_ids=products, warehouse_ids=own)
    places = {product_id: stock.places(dealer_id=found.dealer_id, product_id=product_id) for product_id in products}
    free = {(product_id, spot.warehouse_id): spot.on_hand for product_id, spots in places.items() for spot in spots}
    taken: dict[tuple[int, int, str], Decimal] = {}
    batches = {
        (product_id, batch.warehouse_id, batch.code): batch
        for product_id in places
        for batch in stock.batches(dealer_id=found.dealer_id, product_id=product_id)
    }
    for line in lines:
        spots = places.get(line.product_id, [])
        left = line.sent or Decimal(0)
        for spot in spots:
            held = free[(line.product_id, spot.warehouse_id)]
            batch = batches.get((line.product_id, spot.warehouse_id, line.batch)) if line.batch else None
            if batch is not None:
                held = min(
                    held, batch.on_hand - taken.get((line.product_id, spot.warehouse_id, line.batch), Decimal(0))
                )
            units = min(left, max(held, Decimal(0)))
            if units:
                key = (line.product_id, spot.warehouse_id, line.batch if batch is not None else "")
                taken[key] = taken.get(key, Decimal(0)) + units
                free[(line.product_id, spot.warehouse_id)] -= units
                left -= units
        if spots and left:
            raise Conflict(
                _("Your stock has %(left)s less of %(product)s than that.")
                % {"left": f"{left.normalize():f}", "product": line.product.name},
                _("Send less, or count the shelf first."),
                code="not-there",
                field=f"line-{line.number}",
            )
    record(
        actor=actor,
        kind=MovementKind.RETURN,
        cause=f"return:{found.number}/sent",
        moves=[
            Move(product_id, -units, found.dealer_id, warehouse_id, code,
                 batches[(product_id, warehouse_id, code)].expires_on if code else None)
            for (product_id, warehouse_id, code), units in taken.items()
        ],
        occurred_on=on,
    )  # fmt: skip


def come(found: Return, lines: Sequence[ReturnLine], *, actor: Actor, on: dt.date) -> None:
    """What is good comes into the enterprise's first warehouse, in its batch where it is kept by batches."""
    kept = stock.balances(dealer_id=None, product_ids={line.product_id for line in lines})
    coming: dict[tuple[int, str], Decimal] = {}
    expiry: dict[tuple[int, str], dt.date | None] = {}
    for line in lines:
        if line.product_id not in kept or not line.restocked:
            continue
        known = {
            batch.code: batch.expires_on
            for party in (found.dealer_id, None)
            for batch in (stock.batches(dealer_id=party, product_id=line.product_id) if line.batch else [])
        }
        key = (line.product_id, line.batch if line.batch in known else "")
        coming[key] = coming.get(key, Decimal(0)) + line.restocked
        expiry[key] = known.get(line.batch)
    record(
        actor=actor,
        kind=MovementKind.RETURN,
        cause=f"return:{found.number}/received",
        moves=[
            Move(product_id, units, batch=code, expires_on=expiry[(product_id, code)])
            for (product_id, code), units in coming.items()
        ],
        occurred_on=on,
    )


def cover_waiting(events: Sequence[Event]) -> None:
    """Goods that came back are for those who wait longest for them: follows the news, in a transaction of its own."""
    numbers = {event.payload["return_id"] for event in events}
    products = set(
        ReturnLine.objects.filter(returned_id__in=numbers, restocked__gt=0).values_list("product_id", flat=True)
    )
    if products:
        cover(product_ids=products)
