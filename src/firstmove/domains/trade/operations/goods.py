"""What an order does to the enterprise's stock: it reserves, it ships, it gives back.

Where the enterprise's stock of a product is not kept here, nothing happens. Each is called inside the transaction that
changes the order, after the order's own rows: stock is locked last.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from firstmove.domains.catalog.queries import ProductView
from firstmove.domains.stock import reserving
from firstmove.domains.stock.queries import back_orders_allowed
from firstmove.domains.trade.models import Order
from firstmove.domains.trade.queries.holders import holder_of
from firstmove.kernel.errors import Conflict
from firstmove.kernel.tenancy import Actor


class OutOfStock(Conflict):
    """The order holds more than there is, and the enterprise takes no back-orders. `short`: what is left, by code."""

    code = "out-of-stock"


def reserve(
    order: Order, *, actor: Actor, lines: Sequence[tuple[int, Decimal]], products: Mapping[int, ProductView]
) -> dict[int, reserving.Held]:
    """Reserve all lines at once. Raises OutOfStock, which takes the order back with it."""
    wanted: dict[int, Decimal] = {}
    for product_id, quantity in lines:
        wanted[product_id] = wanted.get(product_id, Decimal(0)) + quantity
    held = reserving.reserve(
        actor=actor,
        holder=holder_of(order.pk),
        cause=f"{holder_of(order.pk)}/placed",
        buyer_dealer_id=order.buyer_dealer_id,
        quantities=wanted,
    )
    short = [(products[product_id], got.reserved) for product_id, got in held.items() if got.waiting]
    if short and not back_orders_allowed():
        product, left = short[0]
        raise OutOfStock(
            _("Of %(product)s only %(left)s are left.") % {"product": product.name, "left": f"{left.normalize():f}"},
            _("Order what is there, or choose something else: back-orders are not taken now."),
            short={product.sku: str(left) for product, left in short},
        )
    return held


def ship(
    order: Order,
    *,
    actor: Actor,
    on: dt.date,
    quantities: Mapping[int, Decimal] | None = None,
    number: int = 1,
    warehouse_id: int | None = None,
) -> list[reserving.Parcel]:
    """Take what the order has reserved out of the warehouses, all or units by product id; `number`: which shipment."""
    return reserving.ship(
        actor=actor,
        holder=holder_of(order.pk),
        cause=f"{holder_of(order.pk)}/shipped/{number}",
        buyer_dealer_id=order.buyer_dealer_id,
        occurred_on=on,
        quantities=quantities,
        warehouse_id=warehouse_id,
    )


def give_back_part(order: Order, *, actor: Actor, product_id: int, units: Decimal, cause: str) -> None:
    """Units of a product that the order no longer wants; what it waits for goes before what it has reserved."""
    reserving.release_part(
        actor=actor,
        holder=holder_of(order.pk),
        cause=f"{holder_of(order.pk)}/{cause}",
        buyer_dealer_id=order.buyer_dealer_id,
        product_id=product_id,
        units=units,
    )


def give_back(order: Order, *, actor: Actor) -> None:
    """Whatever the order still holds or waits for is free for others."""
    reserving.release(
        actor=actor,
        holder=holder_of(order.pk),
        cause=f"{holder_of(order.pk)}/closed",
        buyer_dealer_id=order.buyer_dealer_id,
    )
