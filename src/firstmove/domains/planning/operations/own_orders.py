"""Orders that a dealer makes by its own hand or program, with what a plan knows besides: shares and the day of arrival.

What keeps an order from being placed is decided once, in trade, whoever orders.
"""

import datetime as dt
from collections.abc import Mapping

from firstmove.domains.network.queries import enterprise
from firstmove.domains.planning.queries.own_orders import arrival_of, own_order
from firstmove.domains.planning.queries.supply import shares_of_dealer
from firstmove.domains.trade import operations as trade
from firstmove.kernel import tenancy
from firstmove.kernel.errors import NotAllowed
from firstmove.kernel.tenancy import Actor


def order_cart(
    *, actor: Actor, cart_id: int, seen: str, now: dt.datetime, address_id: int | None = None
) -> trade.Placed:
    """Order the dealer's cart as `seen` (its token) says it was looked at. Raises as `trade.order_cart`."""
    with tenancy.scope(actor):
        if actor.dealer_id is None:
            raise NotAllowed()
        on = enterprise(now=now).business_on
        beside = own_order(dealer_id=actor.dealer_id, on=on)
        return trade.order_cart(
            actor=actor,
            cart_id=cart_id,
            seen=seen,
            on=on,
            expected_on=beside.arrives_on,
            terms=beside.terms,
            address_id=address_id,
            now=now,
        )


def order_by_code(
    *,
    actor: Actor,
    dealer_id: int,
    quantities: Mapping[str, int],
    now: dt.datetime,
    address_id: int | None = None,
) -> trade.Placed:
    """Order units by sku for a dealer, as a program does. Raises as `trade.place_direct`."""
    with tenancy.scope(actor):
        arrives_on, _assumed = arrival_of(dealer_id=dealer_id, on=enterprise(now=now).business_on)
        return trade.place_direct(
            actor=actor,
            dealer_id=dealer_id,
            quantities=quantities,
            now=now,
            shares=shares_of_dealer(dealer_id=dealer_id),
            expected_on=arrives_on,
            address_id=address_id,
        )
