"""What dealers of the demo wait for: an order that left in part and whose day slipped, and goods that came short."""

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firstmove.kernel.tenancy import Actor

WAITING_DEALER, CLAIMING_DEALER = "D001", "D002"
_MOST_UNITS = 60
_SOURCE = "purchase:demo"
_CARRIER = "顺丰速运"
_NUMBER, _MISTYPED = "SF1398800214", "SF1398800241"


def send_in_parts(*, now: dt.datetime) -> None:
    """Two orders: one with a back-order that its supplier brings a week late, one received with two units missing."""
    from firstmove.domains.catalog import queries as catalog
    from firstmove.domains.network import queries as network
    from firstmove.domains.stock import operations as stock
    from firstmove.domains.stock import queries as stock_queries
    from firstmove.domains.trade import operations as trade
    from firstmove.kernel import tenancy

    with tenancy.scope(tenancy.SYSTEM):
        dealers = network.dealer_ids_by_code()
        owners = {user.dealer_id: user.id for user in network.users() if user.role == "owner"}
        today = network.enterprise(now=now).business_on
        free = {product: one.free for product, one in stock_queries.availability(after=today).items()}
        listed = {one.id for one in catalog.products_by_id(ids=list(free)).values() if one.is_listed}
    for code in (WAITING_DEALER, CLAIMING_DEALER):
        dealer_id = dealers.get(code)
        if dealer_id is None or dealer_id not in owners:
            continue
        actor = tenancy.Actor("dealer", user_id=owners[dealer_id], dealer_id=dealer_id)
        with tenancy.scope(actor):
            priced = catalog.dealer_prices(dealer_id=dealer_id, on=today, product_ids=sorted(listed))
        plenty = [product for product in sorted(listed) if free[product] > _MOST_UNITS and product in priced]
        # The least of what there is, so that the back-order stays small.
        rare = sorted((p for p in listed if 0 < free[p] <= _MOST_UNITS and p in priced), key=lambda p: (free[p], p))
        wanted = [trade.NewLine(product, Decimal(12)) for product in plenty[:2]]
        if code == WAITING_DEALER and rare:
            wanted.append(trade.NewLine(rare[0], free[rare[0]] + 24))
        if not wanted:
            continue
        try:
            placed = trade.place(
                actor=actor,
                buyer_dealer_id=dealer_id,
                origin=("cart", None),
                lines=wanted,
                currency="CNY",
                ordered_on=today,
                expected_on=today + dt.timedelta(days=4),
                now=now,
            )
        except trade.OverCredit:  # a small demo may leave little credit
            continue
        if code == WAITING_DEALER:
            for days in (5, 12):
                due = [stock.Due(line.product_id, Decimal(24), today + dt.timedelta(days=days)) for line in wanted[2:]]
                stock.expect(source=_SOURCE, arrivals=due)
                trade.rework_promises(now=now)
            _tell_where(placed.id, today, now)
        else:
            _receive_short(actor, placed.id, today, now)


def _tell_where(order_id: int, today: dt.date, now: dt.datetime) -> None:
    """The carrier tells where the first part is, and of a number that somebody mistyped."""
    from firstmove.domains.network import queries as network
    from firstmove.domains.trade import operations as trade
    from firstmove.domains.trade import queries
    from firstmove.kernel import tenancy

    with tenancy.scope(tenancy.SYSTEM):
        keepers = [user.id for user in network.users() if user.role == "admin"]
        shipments = queries.shipments_of(order_id=order_id)
    if not keepers or not shipments:
        return
    keeper = tenancy.Actor("enterprise", user_id=keepers[0])
    carrier_id, _secret = trade.set_up_carrier(actor=keeper, name=_CARRIER, now=now)
    trade.set_transport(
        actor=keeper,
        shipment_id=shipments[0].id,
        carrier=_CARRIER,
        tracking_number=_NUMBER,
        expected_on=today + dt.timedelta(days=2),
        now=now,
    )
    told = ((_NUMBER, "picked_up", 5), (_NUMBER, "in_transit", 3), (_MISTYPED, "out_for_delivery", 1))
    for number, (tracking_number, status, hours) in enumerate(told, start=1):
        trade.hear_carrier(
            carrier_id=carrier_id,
            message_id=f"demo-{number}",
            tracking_number=tracking_number,
            status=status,
            at=now - dt.timedelta(hours=hours),
            now=now,
        )


def _receive_short(actor: "Actor", order_id: int, today: dt.date, now: dt.datetime) -> None:
    """Two of the first line's units are missing, and one is broken."""
    from firstmove.domains.trade import operations as trade
    from firstmove.domains.trade import queries
    from firstmove.kernel import tenancy

    with tenancy.scope(actor):
        shipments = queries.shipments_of(order_id=order_id)
    for shipment in shipments:
        line = shipment.lines[0]
        came = trade.Came(max(line.quantity - 3, Decimal(0)), min(line.quantity, Decimal(1)), "一箱被压坏，少两箱。")
        trade.receive_shipment(
            actor=actor, shipment_id=shipment.id, received_on=today, now=now, came={line.number: came}
        )
