"""A dealer orders from a supplier directly, where the enterprise allows it.

Such an order passes the states of `purchases` by the same hands; its buyer is the dealer. The enterprise is no party:
its steps, its stock, and the dealer's account and credit with it stay as they are.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from firstmove.domains.catalog.direct_prices import supplier_quotes
from firstmove.domains.catalog.quantities import snap
from firstmove.domains.catalog.queries import ProductView, products_by_id, supplier_ids
from firstmove.domains.network.direct_supply import permission
from firstmove.domains.network.queries import enterprise
from firstmove.domains.trade.models import Order, OrderLine, State
from firstmove.domains.trade.operations.numbers import next_number
from firstmove.domains.trade.operations.orders import Placed
from firstmove.domains.trade.operations.purchases import check_day, tell_moved
from firstmove.domains.trade.operations.rights import may_order
from firstmove.domains.trade.operations.steps import Entered, walk
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid
from firstmove.kernel.money import rounded
from firstmove.kernel.tenancy import Actor

OF_A_SUPPLIER = "supplier"
_MOST_UNITS = 10**6


def order_from_supplier(
    *, actor: Actor, supplier_id: int, quantities: Mapping[int, Decimal], expected_on: dt.date, now: dt.datetime
) -> Placed:
    """Order units by product id of a supplier, who is asked at once; products of nothing are left out.

    At what the supplier asks of this dealer on the business day (agreed, else its list), which is held.

    Raises NotAllowed for who does not order, NotFound where the enterprise allows nothing between the two, Invalid
    without lines, for a product that is not allowed, gone, without a price or off its steps, and for a day.
    """
    with tenancy.scope(actor):
        dealer_id = may_order(actor)
        allowed = permission(dealer_id=dealer_id, supplier_id=supplier_id)
        installation = enterprise(now=now)
        on = installation.business_on
        check_day(expected_on, on)
        wanted = {product_id: units for product_id, units in quantities.items() if units}
        if not wanted:
            raise Invalid(_("An order needs at least one line."), field="lines")
        ids = list(wanted)
        products, sources = products_by_id(ids=ids), supplier_ids(product_ids=ids)
        quotes = supplier_quotes(supplier_id=supplier_id, dealer_id=dealer_id, on=on, product_ids=ids)
        for product_id, units in wanted.items():
            product = products.get(product_id)
            if product is None or sources.get(product_id) != supplier_id or not allowed.covers(product.category):
                raise Invalid(_("You may not order one of these products from this supplier."), field="lines")
            _check_line(product, units, has_price=product_id in quotes)
        amount = sum((units * quotes[product_id].price for product_id, units in wanted.items()), Decimal(0))
        parties = {"buyer_dealer_id": dealer_id, "seller_supplier_id": supplier_id}
        order = Order.objects.create(
            number=next_number("SU", on=on),
            origin_kind=OF_A_SUPPLIER,
            state=State.RELEASE_REVIEW,
            currency=installation.currency,
            amount=rounded(amount, currency=installation.currency),
            line_count=len(wanted),
            ordered_on=on,
            expected_on=expected_on,
            placed_by_id=actor.user_id,
            **parties,
        )
        OrderLine.objects.bulk_create(
            OrderLine(
                order=order,
                number=number,
                product_id=product_id,
                quantity=units,
                unit_price=quotes[product_id].price,
                tax_rate=products[product_id].tax_rate,
                **parties,
            )
            for number, (product_id, units) in enumerate(wanted.items(), start=1)
        )
        reached = [Entered(State.RELEASE_REVIEW, ("supplier",))]
        walk(order, reached, actor=actor, now=now, on=on, first_by_hand=True)
        tell_moved(order)
        return Placed(order.pk, order.number)


def _check_line(product: ProductView, units: Decimal, *, has_price: bool) -> None:
    about = {"product": product.name}
    if not product.is_listed:
        raise Invalid(_("%(product)s is no longer listed.") % about, field="lines", code="unlisted")
    if not has_price:
        title, todo = _("There is no price for %(product)s.") % about, _("The supplier has to say what it asks.")
        raise Invalid(title, todo, field="lines", code="no-price")
    if not units.is_finite() or not 0 < units <= _MOST_UNITS or units != units.to_integral_value():
        raise Invalid(_("%(product)s: a quantity is a whole number above zero.") % about, field="lines")
    rules = {"minimum": product.minimum, "multiple": product.multiple, "carton": product.carton}
    fitting = snap(int(units), **rules).quantity
    if fitting != units:
        raise Invalid(
            _("%(product)s: the next quantity that can be ordered is %(quantity)s.") % (about | {"quantity": fitting}),
            field="lines",
            code="steps",
        )
