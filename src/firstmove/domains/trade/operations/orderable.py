"""What an order of a dealer has to be before it is placed, by whichever door it comes."""

from django.utils.translation import gettext_lazy as _

from firstmove.domains.trade.queries.carts import CartView
from firstmove.kernel.errors import Invalid


def require_orderable(view: CartView) -> None:
    """Raises Invalid for an order of nothing, of what cannot be had, or under the agreed minimum.

    What a dealer may owe is asked when the order is placed, under the lock of its account.
    """
    if not view.lines:
        raise Invalid(_("The cart is empty."), _("Put something in first."), code="empty-cart")
    if view.troubled:
        raise Invalid(
            _("%(products)s cannot be ordered.")
            % {"products": ", ".join(line.product.name for line in view.troubled[:3])},
            _("Take it out of the cart, or order less of it."),
            code="not-orderable",
        )
    if view.missing_amount:
        raise Invalid(
            _("This order is under the agreed minimum of %(minimum)s %(currency)s: %(missing)s are missing.")
            % {"minimum": view.minimum_amount, "currency": view.currency, "missing": view.missing_amount},
            _("Add what you need soon anyway."),
            code="under-minimum",
        )
    if view.missing_kg:
        raise Invalid(
            _("This order is under the agreed minimum of %(minimum)s kg: %(missing)s kg are missing.")
            % {"minimum": f"{view.minimum_kg:g}", "missing": f"{view.missing_kg:.0f}"},
            _("Add what you need soon anyway."),
            code="under-minimum",
        )
