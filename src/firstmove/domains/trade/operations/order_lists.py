"""A dealer's named lists: one transaction each."""

import datetime as dt
from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from firstmove.domains.catalog.quantities import MOST_UNITS
from firstmove.domains.trade.models import OrderList, OrderListLine
from firstmove.domains.trade.operations.carts import MOST_LINES
from firstmove.domains.trade.operations.rights import may_order
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid, NotFound
from firstmove.kernel.tenancy import Actor

MOST_LISTS = 200


def keep_list(*, actor: Actor, name: str, quantities: Mapping[int, int], now: dt.datetime) -> int:
    """Keep products and quantities under a name; a list of that name is replaced. Returns its id.

    Raises Invalid without a name or products, or for more than anybody keeps.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= 80:
        raise Invalid(_("A list needs a name of at most 80 letters."), field="name")
    kept = {product_id: quantity for product_id, quantity in quantities.items() if quantity}
    if not kept:
        raise Invalid(_("A list needs at least one product with a quantity."), code="empty-list")
    if len(kept) > MOST_LINES or not all(0 < quantity <= MOST_UNITS for quantity in kept.values()):
        raise Invalid(_("A quantity lies between 0 and %(most)s.") % {"most": MOST_UNITS}, field="quantity")
    with tenancy.scope(actor):
        dealer_id = may_order(actor)
        if OrderList.objects.filter(dealer_id=dealer_id).exclude(name=name).count() >= MOST_LISTS:
            raise Invalid(_("A dealer keeps at most %(most)s lists.") % {"most": MOST_LISTS}, code="too-many-lists")
        row, _made = OrderList.objects.update_or_create(
            dealer_id=dealer_id, name=name, defaults={"changed_at": now, "changed_by_id": actor.user_id}
        )
        OrderListLine.objects.filter(order_list=row).delete()
        OrderListLine.objects.bulk_create(
            OrderListLine(order_list=row, dealer_id=dealer_id, product_id=product_id, quantity=quantity)
            for product_id, quantity in kept.items()
        )
        return row.pk


def forget_list(*, actor: Actor, list_id: int) -> None:
    """Raises NotFound, also for somebody else's list."""
    with tenancy.scope(actor):
        if not OrderList.objects.filter(dealer_id=may_order(actor), id=list_id).delete()[0]:
            raise NotFound()
