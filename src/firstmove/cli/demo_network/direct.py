"""A dealer of the demo that may order from a supplier directly: what it asks, an order on its way and one asked for."""

import datetime as dt
from decimal import Decimal

DIRECT_DEALER = "D001"
# What the supplier asks, as a share of what the end customer pays.
_SHARE_ASKED = Decimal("0.62")
_MOST_PRODUCTS = 6
_STEPS_ORDERED = 2
_WANTED_IN_DAYS = 5


def order_directly(*, now: dt.datetime) -> None:
    """The enterprise allows it, the supplier asks its prices, the dealer orders twice and lets the enterprise see it.

    The first order is confirmed and shipped, the second waits for the supplier. Repeating it changes nothing.
    """
    from firstmove.domains.catalog import queries as catalog
    from firstmove.domains.catalog.direct_prices import set_supplier_price
    from firstmove.domains.catalog.quantities import snap
    from firstmove.domains.network import direct_supply, queries
    from firstmove.domains.network import operations as network
    from firstmove.domains.trade import operations as trade
    from firstmove.kernel import tenancy

    with tenancy.scope(tenancy.SYSTEM):
        dealer_id = queries.dealer_ids_by_code()[DIRECT_DEALER]
        users = queries.users()
        supplier = next(user for user in users if user.role == "supplier")
        owner = next(user for user in users if user.dealer_id == dealer_id and user.role == "owner")
        admin = next(user for user in users if user.role == "admin")
        today = queries.enterprise(now=now).business_on
        done = direct_supply.permissions(dealer_id=dealer_id)
    supplier_id = supplier.supplier_id
    if supplier_id is None or done:
        return
    seller = tenancy.Actor("supplier", user_id=supplier.id, supplier_id=supplier_id)
    buyer = tenancy.Actor("dealer", user_id=owner.id, dealer_id=dealer_id)
    direct_supply.allow(
        actor=tenancy.Actor("enterprise", user_id=admin.id), dealer_id=dealer_id, supplier_id=supplier_id, now=now
    )
    with tenancy.scope(seller):
        found, _count = catalog.supplied_products(supplier_id=supplier_id, limit=_MOST_PRODUCTS)
    quantities: dict[int, Decimal] = {}
    for product in found:
        if product.unit_price:
            price = (product.unit_price * _SHARE_ASKED).quantize(Decimal("0.01"))
            set_supplier_price(actor=seller, product_id=product.id, price=price, valid_from=today)
            quantities[product.id] = Decimal(
                snap(
                    _STEPS_ORDERED * product.order_step,
                    minimum=product.minimum,
                    multiple=product.multiple,
                    carton=product.carton,
                ).quantity
            )
    # The first of its products once, and all of them a second time.
    some = dict(list(quantities.items())[:1])
    for wanted, shipped in ((some, True), (quantities, False)):
        if not wanted:
            return
        day = today + dt.timedelta(days=_WANTED_IN_DAYS)
        order = trade.order_from_supplier(
            actor=buyer, supplier_id=supplier_id, quantities=wanted, expected_on=day, now=now
        )
        if shipped:
            trade.confirm_purchase(actor=seller, order_id=order.id, promised_on=day, note="按时发货。", now=now)
            trade.ship_purchase(actor=seller, order_id=order.id, note="顺丰 SF0000000000026", now=now)
    network.set_consent(actor=buyer, shares_supplier_orders=True, now=now)
