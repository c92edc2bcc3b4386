"""What the demo shares: goods that a dealer waits for, and trade between a dealer and a supplier."""

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from firstmove.kernel.tenancy import Actor

if TYPE_CHECKING:
    from firstmove.domains.catalog.queries import ProductView

# Who waits for goods, and who orders from a supplier directly.
WAITS, BUYS_DIRECTLY = "D002", "D001"
_MARGIN = Decimal("1.2")
_AGREED = Decimal("1.15")
_PRODUCTS = 2


def share(*, now: dt.datetime) -> None:
    """Repeating it adds nothing."""
    _wait_for_goods(now)
    _order_directly(now)


def _person(role: str, *, dealer: str = "") -> Actor:
    """The first person of a role, of a dealer where one is named."""
    from firstmove.domains.network import queries as network
    from firstmove.kernel import tenancy

    with tenancy.scope(tenancy.SYSTEM):
        dealer_id = network.dealer_ids_by_code()[dealer] if dealer else None
        found = next(user for user in network.users(dealer_id=dealer_id) if user.role == role)
    kind = "dealer" if found.dealer_id else "supplier" if found.supplier_id else "enterprise"
    return Actor(kind, user_id=found.id, dealer_id=found.dealer_id, supplier_id=found.supplier_id)  # type: ignore[arg-type]


def _wait_for_goods(now: dt.datetime) -> None:
    """A dealer orders a little more of one product than the enterprise has, where that costs least."""
    from firstmove.domains.catalog import queries as catalog
    from firstmove.domains.network import queries as network
    from firstmove.domains.stock import queries as stock
    from firstmove.domains.trade import operations as trade
    from firstmove.domains.trade import queries as trade_queries
    from firstmove.kernel import tenancy
    from firstmove.kernel.errors import Problem

    buyer = _person("owner", dealer=WAITS)
    assert buyer.dealer_id is not None  # noqa: S101 - an owner is a dealer's
    with tenancy.scope(tenancy.SYSTEM):
        on = network.enterprise(now=now).business_on
        if trade_queries.waiting_lines(dealer_id=buyer.dealer_id, on=on):
            return
        coming = {key: one for key, one in stock.availability(after=on).items() if one.arrivals}
        products = catalog.products_by_id(ids=coming)
        prices = catalog.dealer_prices(dealer_id=buyer.dealer_id, on=on, product_ids=list(coming))
    wanted = []
    for product_id, price in prices.items():
        product, one = products[product_id], coming[product_id]
        step = product.order_step
        units = max(int(one.free) + int(one.arrivals[0][1]) // 20 + 1, product.minimum)
        units = -(-units // step) * step
        if product.is_listed:
            wanted.append((units * price, product.sku, units))
    for _cost, sku, units in sorted(wanted)[:1]:
        try:
            trade.place_direct(actor=buyer, dealer_id=buyer.dealer_id, quantities={sku: units}, now=now)
        except Problem:
            # Its credit does not carry it on this day: then nobody waits in this demo.
            return


def _some(product: "ProductView") -> Decimal:
    """About ten units, as it can be ordered."""
    from firstmove.domains.catalog.quantities import snap

    rules = {"minimum": product.minimum, "multiple": product.multiple, "carton": product.carton}
    return Decimal(snap(10, **rules).quantity)


def _order_directly(now: dt.datetime) -> None:
    """A supplier asks its prices, one agreed with a dealer; of that dealer one order is on its way, one is asked."""
    from firstmove.domains.catalog import direct_prices
    from firstmove.domains.catalog import queries as catalog
    from firstmove.domains.network import direct_supply
    from firstmove.domains.network import operations as network
    from firstmove.domains.network import queries as network_queries
    from firstmove.domains.trade import operations as trade
    from firstmove.kernel import tenancy

    supplier, owner, admin = _person("supplier"), _person("owner", dealer=BUYS_DIRECTLY), _person("admin")
    assert supplier.supplier_id is not None  # noqa: S101 - a supplier's person is a supplier's
    assert owner.dealer_id is not None  # noqa: S101 - an owner is a dealer's
    with tenancy.scope(tenancy.SYSTEM):
        on = network_queries.enterprise(now=now).business_on
        if direct_supply.permissions(dealer_id=owner.dealer_id):
            return
        products, _count = catalog.supplied_products(supplier_id=supplier.supplier_id, limit=None)
        costs = catalog.unit_costs()
    priced = [product for product in products if product.id in costs]
    direct_supply.allow(actor=admin, dealer_id=owner.dealer_id, supplier_id=supplier.supplier_id, now=now)
    for index, product in enumerate(priced):
        asked = {"actor": supplier, "product_id": product.id, "valid_from": on}
        direct_prices.set_supplier_price(price=(costs[product.id] * _MARGIN).quantize(Decimal("0.01")), **asked)  # type: ignore[arg-type]
        if not index:
            agreed = (costs[product.id] * _AGREED).quantize(Decimal("0.01"))
            direct_prices.set_supplier_price(price=agreed, dealer_id=owner.dealer_id, **asked)  # type: ignore[arg-type]
    network.set_consent(actor=owner, shares_supplier_orders=True, now=now)
    for left in (True, False):
        quantities = {product.id: _some(product) for product in priced[:_PRODUCTS]}
        placed = trade.order_from_supplier(
            actor=owner,
            supplier_id=supplier.supplier_id,
            quantities=quantities,
            expected_on=on + dt.timedelta(days=7),
            now=now,
        )
        if left:
            day = on + dt.timedelta(days=5)
            trade.confirm_purchase(actor=supplier, order_id=placed.id, promised_on=day, now=now)
            trade.ship_purchase(actor=supplier, order_id=placed.id, now=now)
