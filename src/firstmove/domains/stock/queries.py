"""Reads of stock. Call them inside a `tenancy.scope`."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from firstmove.domains.stock.models import Balance, Movement, MovementKind


@dataclass(frozen=True)
class BalanceView:
    product_id: int
    on_hand: Decimal
    moved_on: dt.date


@dataclass(frozen=True)
class MovementView:
    quantity: Decimal
    kind: str
    occurred_on: dt.date
    cause: str

    @property
    def kind_name(self) -> str:
        return str(MovementKind(self.kind).label)


def balances(*, dealer_id: int | None, product_ids: Collection[int] | None = None) -> dict[int, BalanceView]:
    """What lies at a dealer (None: at the enterprise), by product id. Never moved: absent, not known."""
    rows = Balance.objects.filter(dealer_id=dealer_id)
    if product_ids is not None:
        rows = rows.filter(product_id__in=product_ids)
    return {row["product_id"]: BalanceView(**row) for row in rows.values("product_id", "on_hand", "moved_on")}


def movements(*, dealer_id: int | None, product_id: int, limit: int = 50) -> list[MovementView]:
    """The latest movements of a product, newest first."""
    rows = Movement.objects.filter(dealer_id=dealer_id, product_id=product_id).order_by("-id")
    return [MovementView(**row) for row in rows.values("quantity", "kind", "occurred_on", "cause")[:limit]]
