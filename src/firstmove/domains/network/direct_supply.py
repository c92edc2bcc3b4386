"""Which dealers may order from which suppliers directly: the enterprise's permission, a row a category."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from firstmove.domains.network.models import Dealer, DirectSupply, Role, Supplier
from firstmove.domains.network.queries import role_of
from firstmove.kernel import tenancy
from firstmove.kernel.errors import NotAllowed, NotFound
from firstmove.kernel.tenancy import Actor


@dataclass(frozen=True)
class Permission:
    """What a dealer may order from a supplier; no categories: all that the supplier delivers."""

    dealer_id: int
    dealer_name: str
    supplier_id: int
    supplier_name: str
    categories: tuple[str, ...]
    allowed_at: dt.datetime

    def covers(self, category: str) -> bool:
        """Whether products of a category may be ordered."""
        return not self.categories or category in self.categories


def permissions(*, dealer_id: int | None = None, supplier_id: int | None = None) -> list[Permission]:
    """By dealer and supplier, as far as the scope shows them. Call it inside a `tenancy.scope`."""
    rows = DirectSupply.objects.select_related("supplier").order_by("dealer_name", "supplier__name", "category")
    if dealer_id is not None:
        rows = rows.filter(dealer_id=dealer_id)
    if supplier_id is not None:
        rows = rows.filter(supplier_id=supplier_id)
    found: dict[tuple[int, int], list[DirectSupply]] = {}
    for row in rows:
        found.setdefault((row.dealer_id, row.supplier_id), []).append(row)
    return [
        Permission(
            dealer_id=dealer,
            dealer_name=group[0].dealer_name,
            supplier_id=supplier,
            supplier_name=group[0].supplier.name,
            categories=() if any(not row.category for row in group) else tuple(row.category for row in group),
            allowed_at=max(row.allowed_at for row in group),
        )
        for (dealer, supplier), group in found.items()
    ]


def permission(*, dealer_id: int, supplier_id: int) -> Permission:
    """Raises NotFound where the enterprise allows nothing between these two."""
    found = permissions(dealer_id=dealer_id, supplier_id=supplier_id)
    if not found:
        raise NotFound()
    return found[0]


def allow(
    *, actor: Actor, dealer_id: int, supplier_id: int, categories: Collection[str] = (), now: dt.datetime
) -> None:
    """Let a dealer order from a supplier, of these categories or of all; what was allowed before is replaced.

    Raises NotAllowed for anybody but an administrator or channel manager, NotFound for a party that there is not.
    """
    with tenancy.scope(actor):
        _only_managers(actor)
        dealer, supplier = Dealer.objects.filter(id=dealer_id).first(), Supplier.objects.filter(id=supplier_id).first()
        if dealer is None or supplier is None:
            raise NotFound()
        DirectSupply.objects.filter(dealer=dealer, supplier=supplier).delete()
        DirectSupply.objects.bulk_create(
            DirectSupply(
                dealer=dealer,
                supplier=supplier,
                category=category,
                dealer_name=dealer.name,
                allowed_at=now,
                allowed_by_id=actor.user_id,
            )
            for category in (sorted(set(categories)) or [""])
        )


def withdraw(*, actor: Actor, dealer_id: int, supplier_id: int) -> None:
    """From now on nothing new is ordered between them; orders that were placed go on. Nothing allowed: no change."""
    with tenancy.scope(actor):
        _only_managers(actor)
        DirectSupply.objects.filter(dealer_id=dealer_id, supplier_id=supplier_id).delete()


def _only_managers(actor: Actor) -> None:
    if actor.kind == "system":
        return
    if actor.kind != "enterprise" or role_of(actor=actor) not in (Role.ADMIN, Role.CHANNEL):
        raise NotAllowed(_("Only administrators and channel managers of the enterprise allow this."))
