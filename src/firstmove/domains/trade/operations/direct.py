"""An order by codes and quantities, as a program places it: priced here, by what holds on the day."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext as _

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.network.queries import ORDERING_ROLES, ordering
from firstmove.domains.trade.operations.orderable import require_orderable
from firstmove.domains.trade.operations.orders import NewLine, NewOrder, Placed, place_within
from firstmove.domains.trade.pricing import Known
from firstmove.domains.trade.queries.carts import CartLineView, Terms, Wanted, priced
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid, NotAllowed
from firstmove.kernel.tenancy import Actor

DIRECT = "direct"
# Lines that the sentence for people names; programs read all.
_SAID = 3


def place_direct(
    *,
    actor: Actor,
    dealer_id: int,
    quantities: Mapping[str, int],
    now: dt.datetime,
    shares: Mapping[int, int] | None = None,
    expected_on: dt.date | None = None,
    address_id: int | None = None,
) -> Placed:
    """Order `quantities` by sku for a dealer, at the prices of the business day. Nothing is rounded: what does not fit
    a product's minimum, multiple and carton is refused with the next quantity that does.

    `shares`: the most units of scarce products, by product id. Without `expected_on` the longest agreed lead time says
    when it comes. Only listed prices count: what a cart may assume, a program is not told.

    Raises NotAllowed, Invalid with `errors` a sku or under the agreed minimum, OverCredit, OutOfStock.
    """
    with tenancy.scope(actor, undone_alone=False):
        if actor.kind == "dealer" and actor.dealer_id != dealer_id:
            raise NotAllowed()
        asked = ordering(actor=actor, dealer_id=dealer_id, now=now)
        if actor.kind == "dealer" and asked.role not in ORDERING_ROLES:
            raise NotAllowed(_("Only the dealer's owner and buyers decide about orders."))
        installation, dealer = asked.installation, asked.dealer
        found = {product.sku: product for product in catalog.products_by_sku(skus=quantities)}
        wanted = {found[sku].id: quantity for sku, quantity in quantities.items() if sku in found}
        known = Known(
            dealer,
            installation.currency,
            {product.id: product for product in found.values()},
            catalog.prices_for(dealer_id=dealer_id, on=installation.business_on, product_ids=wanted, quantities=wanted),
        )
        view = priced([Wanted(*line) for line in wanted.items()], known=known, terms=Terms(shares=shares))
        lines = {line.product.sku: line for line in view.lines}
        wrong = {sku: _what_is_wrong(lines.get(sku)) for sku in quantities}
        errors = [{"where": ["lines", sku], "what": what} for sku, what in wrong.items() if what]
        if errors:
            first = " ".join(f"{error['where'][1]}: {error['what']}" for error in errors[:_SAID])
            raise Invalid(_("Some lines cannot be ordered."), first, code="lines", errors=errors)
        require_orderable(view)
        days = dealer.lead_time_max_days
        if expected_on is None and days is not None:
            expected_on = installation.business_on + dt.timedelta(days=days)
        order = NewOrder(
            dealer_id,
            (DIRECT, None),
            tuple(NewLine(line.product.id, Decimal(line.quantity)) for line in view.lines),
            installation.currency,
            installation.business_on,
            expected_on,
            address_id=address_id,
        )
        return place_within(actor=actor, order=order, now=now, known=known)


def _what_is_wrong(line: CartLineView | None) -> str:
    """Why a line cannot be ordered as it was asked for; empty where it can."""
    if line is None or line.trouble == "unlisted":
        return _("There is no listed product of this code.")
    if line.trouble == "unpriced":
        return _("No price of this product holds for this dealer.")
    if line.trouble == "share":
        return _("It is scarce: the dealer's share until more comes is %(share)s.") % {"share": line.share}
    if line.quantity != line.asked:
        return _("The next quantity that can be ordered is %(quantity)s.") % {"quantity": line.quantity}
    return ""
