"""An order by codes and quantities, as a program places it: priced here, by what holds on the day."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext as _

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.catalog.quantities import snap
from firstmove.domains.network.queries import ORDERING_ROLES, role_of
from firstmove.domains.network.queries import dealer as dealer_view
from firstmove.domains.network.queries import enterprise as enterprise_view
from firstmove.domains.trade.operations.orders import NewLine, Placed, place
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid, NotAllowed
from firstmove.kernel.tenancy import Actor

DIRECT = "direct"
# Lines that the sentence for people names; programs read all.
_SAID = 3


def place_direct(*, actor: Actor, dealer_id: int, quantities: Mapping[str, int], now: dt.datetime) -> Placed:
    """Order `quantities` by sku for a dealer, at the prices of the business day. Nothing is rounded: what does not fit
    a product's minimum, multiple and carton is refused with the next quantity that does.

    Raises NotAllowed, Invalid with `errors` a sku, OverCredit, OutOfStock.
    """
    with tenancy.scope(actor):
        if actor.kind == "dealer" and (actor.dealer_id != dealer_id or role_of(actor=actor) not in ORDERING_ROLES):
            raise NotAllowed(_("Only the dealer's owner and buyers decide about orders."))
        installation = enterprise_view(now=now)
        dealer = dealer_view(dealer_id=dealer_id)
        found = {product.sku: product for product in catalog.products_by_sku(skus=quantities)}
        prices = catalog.dealer_prices(
            dealer_id=dealer_id, on=installation.business_on, product_ids=[product.id for product in found.values()]
        )
        errors = []
        for sku, quantity in quantities.items():
            wrong = _what_is_wrong(found.get(sku), quantity, prices)
            if wrong:
                errors.append({"where": ["lines", sku], "what": wrong})
        if errors:
            first = " ".join(f"{error['where'][1]}: {error['what']}" for error in errors[:_SAID])
            raise Invalid(_("Some lines cannot be ordered."), first, code="lines", errors=errors)
        days = dealer.lead_time_max_days
        return place(
            actor=actor,
            buyer_dealer_id=dealer_id,
            origin=(DIRECT, None),
            lines=[NewLine(found[sku].id, Decimal(quantity)) for sku, quantity in quantities.items()],
            currency=installation.currency,
            ordered_on=installation.business_on,
            expected_on=None if days is None else installation.business_on + dt.timedelta(days=days),
            now=now,
        )


def _what_is_wrong(product: catalog.ProductView | None, quantity: int, prices: Mapping[int, Decimal]) -> str:
    if product is None or not product.is_listed:
        return _("There is no listed product of this code.")
    if product.id not in prices:
        return _("No price of this product holds for this dealer.")
    rules = {"minimum": product.minimum, "multiple": product.multiple, "carton": product.carton}
    fitting = snap(quantity, **rules).quantity
    if fitting != quantity:
        return _("The next quantity that can be ordered is %(quantity)s.") % {"quantity": fitting}
    return ""
