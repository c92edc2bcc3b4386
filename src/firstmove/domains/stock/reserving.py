"""Writes of promises: what a holder, such as an order, may take of the enterprise's stock, and what it waits for.

Each is one statement of the database, which locks the balances it needs in the order of product and warehouse, waits
for them, and only then reads what is free. So two orders never get the same unit and never deadlock, whatever the order
of their lines. A caller reserves all of an order's lines at once, and touches no other
balance before; a dealer's balances come after the enterprise's.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from firstmove.domains.stock.models import Share
from firstmove.kernel import tenancy
from firstmove.kernel.errors import NotAllowed
from firstmove.kernel.tenancy import SYSTEM, Actor

_LEAST_WEIGHT = 0.001  # as weights are stored


@dataclass(frozen=True)
class Held:
    """Units of a product that a holder got, and units that it waits for."""

    reserved: Decimal
    waiting: Decimal


@dataclass(frozen=True)
class Parcel:
    """Units of a product that left a warehouse, out of a batch if it is kept by batches."""

    product_id: int
    warehouse_id: int
    batch: str
    quantity: Decimal


def reserve(
    *, actor: Actor, holder: str, cause: str, buyer_dealer_id: int | None, quantities: Mapping[int, Decimal]
) -> dict[int, Held]:
    """Reserve units by product id of the enterprise's stock; what is not there waits.

    A warehouse that has all of it comes first, then the first warehouse. Those who wait already come before. Products
    whose stock the enterprise does not keep here are absent. The same holder and cause again change nothing.
    """
    rows = _call(
        actor,
        "select * from stock_reserve(%s, %s, %s, %s, %s)",
        [holder, cause, buyer_dealer_id, list(quantities), list(quantities.values())],
    )
    return {product: Held(reserved, waiting) for product, reserved, waiting in rows}


def release(*, actor: Actor, holder: str, cause: str, buyer_dealer_id: int | None) -> int:
    """Give back all that a holder still has or waits for; returns in how many places."""
    return int(_call(actor, "select stock_release(%s, %s, %s)", [holder, cause, buyer_dealer_id])[0][0])


def release_part(
    *, actor: Actor, holder: str, cause: str, buyer_dealer_id: int | None, product_id: int, units: Decimal
) -> Decimal:
    """Give back units of one product, those that the holder waits for first; returns how many. A cause counts once."""
    given = [holder, cause, buyer_dealer_id, product_id, units]
    return Decimal(_call(actor, "select stock_release_part(%s, %s, %s, %s, %s)", given)[0][0])


def ship(
    *,
    actor: Actor,
    holder: str,
    cause: str,
    buyer_dealer_id: int | None,
    occurred_on: dt.date,
    quantities: Mapping[int, Decimal] | None = None,
    warehouse_id: int | None = None,
) -> list[Parcel]:
    """Take what is reserved out of the warehouses, all of it or units by product id, at most what is reserved; with a
    warehouse, at most what is reserved there.

    Batches go in the order in which they expire. The same cause again changes nothing and answers the same.
    """
    products = None if quantities is None else list(quantities)
    units = None if quantities is None else list(quantities.values())
    rows = _call(
        actor,
        "select * from stock_ship(%s, %s, %s, %s, %s, %s::bigint[], %s::numeric[], %s)",
        [holder, cause, buyer_dealer_id, occurred_on, actor.user_id, products, units, warehouse_id],
    )
    return [Parcel(*row) for row in rows]


def cover(*, product_ids: Collection[int] | None = None) -> int:
    """Give free goods to those who wait, of all products or of some; returns the entries it took.

    Where shares are set (`set_shares`), each dealer that waits gets its share of what is free first, in whole units;
    what is left, and every other product, is for those who wait longest.

    To be called after goods came, in a transaction of its own: it locks what the caller may not have locked.
    """
    products = None if product_ids is None else list(product_ids)
    return int(_call(SYSTEM, "select stock_cover(%s::bigint[])", [products])[0][0])


def set_shares(*, actor: Actor, product_id: int, weights: Mapping[int, float], now: dt.datetime) -> None:
    """Who gets how much of a scarce product when it comes: weights by dealer id, in place of those before.

    Without weights the longest wait decides again. Raises NotAllowed for anybody but the enterprise.

    Example: 30 come, dealers with the weights 2 and 1 wait for 40 each: 20 are the first one's, 10 the other's.
    """
    if actor.kind not in ("enterprise", "system"):
        raise NotAllowed()
    with tenancy.scope(actor):
        Share.objects.filter(product_id=product_id).delete()
        Share.objects.bulk_create(
            Share(product_id=product_id, dealer_id=dealer_id, weight=round(Decimal(weight), 3), shared_at=now)
            for dealer_id, weight in sorted(weights.items())
            if weight >= _LEAST_WEIGHT
        )


def _call(actor: Actor, statement: str, parameters: list[object]) -> list[tuple]:
    with tenancy.scope(actor, undone_alone=False), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()
