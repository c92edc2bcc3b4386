"""What suppliers ask of dealers that order from them directly: a list for all of them, or a price agreed with one."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from firstmove.domains.catalog.models import Product, SupplierPrice
from firstmove.domains.network import direct_supply
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid, NotAllowed, NotFound
from firstmove.kernel.tenancy import Actor

_MOST = Decimal(10**9)


@dataclass(frozen=True)
class SupplierQuote:
    """A price for a unit; `agreed`: with this dealer, else of the supplier's list."""

    price: Decimal
    agreed: bool
    valid_from: dt.date


def supplier_quotes(
    *, supplier_id: int, dealer_id: int | None, on: dt.date, product_ids: Collection[int] | None = None
) -> dict[int, SupplierQuote]:
    """What a dealer pays a supplier on a day, by product id; without a price: absent. No dealer: the list.

    What was agreed goes before the list, and of each the latest that began. Call it inside a `tenancy.scope`.
    """
    whose = Q(dealer_id__isnull=True) if dealer_id is None else Q(dealer_id__isnull=True) | Q(dealer_id=dealer_id)
    rows = SupplierPrice.objects.filter(whose, supplier_id=supplier_id, valid_from__lte=on)
    if product_ids is not None:
        rows = rows.filter(product_id__in=list(product_ids))
    ordered = rows.order_by("product_id", F("dealer_id").asc(nulls_last=True), "-valid_from").distinct("product_id")
    return {
        product_id: SupplierQuote(price, whose is not None, since)
        for product_id, price, whose, since in ordered.values_list("product_id", "price", "dealer_id", "valid_from")
    }


def set_supplier_price(
    *, actor: Actor, product_id: int, price: Decimal, valid_from: dt.date, dealer_id: int | None = None
) -> None:
    """A supplier asks a price of its product, of every dealer or of one; the same day's is replaced.

    Orders that were placed keep theirs. Raises NotAllowed for who is no supplier, NotFound for another's product or a
    dealer that may not order from it, Invalid for a price that is none.
    """
    if actor.supplier_id is None:
        raise NotAllowed()
    with tenancy.scope(actor):
        if not Product.objects.filter(id=product_id, supplier_id=actor.supplier_id).exists():
            raise NotFound()
        if dealer_id is not None:
            direct_supply.permission(dealer_id=dealer_id, supplier_id=actor.supplier_id)
        if not (price.is_finite() and 0 < price <= _MOST):
            raise Invalid(_("A price is a number above zero."), field="price")
        SupplierPrice.objects.update_or_create(
            supplier_id=actor.supplier_id,
            product_id=product_id,
            dealer_id=dealer_id,
            valid_from=valid_from,
            defaults={"price": price.quantize(Decimal("0.0001"))},
        )
