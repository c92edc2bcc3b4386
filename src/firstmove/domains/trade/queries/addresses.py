"""Reads of delivery addresses. Call them inside a `tenancy.scope`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firstmove.domains.trade.models import DeliveryAddress


@dataclass(frozen=True)
class Destination:
    """Where an order goes, as it was when the order was placed or sent elsewhere."""

    label: str
    contact: str
    phone: str
    address: str


@dataclass(frozen=True)
class AddressView:
    id: int
    dealer_id: int
    label: str
    contact: str
    phone: str
    address: str
    is_default: bool


def addresses(*, dealer_id: int) -> list[AddressView]:
    """A dealer's addresses, the one that orders go to first."""
    rows = DeliveryAddress.objects.filter(dealer_id=dealer_id).order_by("-is_default", "label")
    return [AddressView(**row) for row in rows.values(*AddressView.__dataclass_fields__)]


def destination(kept: Mapping[str, Any] | None) -> Destination | None:
    """Of what an order kept when it was placed."""
    return None if kept is None else Destination(**kept)
