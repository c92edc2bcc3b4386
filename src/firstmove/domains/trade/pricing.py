"""The price of an order's lines, held with the reason for it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from firstmove.domains.catalog.queries import PriceQuote, ProductView, prices_for
from firstmove.domains.network.queries import DealerView
from firstmove.kernel.errors import Invalid


class Asked(Protocol):
    """A line whose price is wanted, or given by what its buyer was shown."""

    @property
    def product_id(self) -> int: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def unit_price(self) -> Decimal | None: ...


@dataclass(frozen=True)
class HeldLine:
    """`basis` is empty where no list says this price: it was assumed, or agreed otherwise."""

    product_id: int
    quantity: Decimal
    unit_price: Decimal
    basis: dict[str, Any] | None


@dataclass(frozen=True)
class PriceBasis:
    """Why a line cost what it cost, as it was when the order was placed. `rule` as in `catalog.precedence.ListOf`."""

    rule: str
    name: str
    contract: str
    tier: str
    region: str
    from_quantity: int
    valid_from: dt.date | None
    valid_to: dt.date | None


@dataclass(frozen=True)
class Known:
    """What was read for an order in the same scope, once for all who ask: the buyer, the currency, the products by id,
    and what the lists say of each for the ordered units."""

    dealer: DealerView
    currency: str
    products: Mapping[int, ProductView]
    quotes: Mapping[int, PriceQuote]


def quotes_of(lines: Sequence[Asked], *, dealer_id: int, on: dt.date) -> dict[int, PriceQuote]:
    """What the lists say for the lines, by product id: all units of a product together reach the steps of its price."""
    units: dict[int, Decimal] = {}
    for line in lines:
        units[line.product_id] = units.get(line.product_id, Decimal(0)) + line.quantity
    return prices_for(dealer_id=dealer_id, on=on, product_ids=list(units), quantities=units)


def held(
    lines: Sequence[Asked], *, quotes: Mapping[int, PriceQuote], names: Mapping[int, ProductView]
) -> list[HeldLine]:
    """Lines with a price, by what `quotes_of` found for them. Raises Invalid where no price is given nor listed."""
    found = []
    for line in lines:
        quote, price = quotes.get(line.product_id), line.unit_price
        if price is None:
            if quote is None:
                raise Invalid(
                    _("There is no price for %(product)s.") % {"product": names[line.product_id].name},
                    _("Ask the enterprise for a price, or take it out and order again."),
                    code="no-price",
                )
            price = quote.price
        basis = _as_json(quote) if quote is not None and quote.price == price else None
        found.append(HeldLine(line.product_id, line.quantity, price, basis))
    return found


def _as_json(quote: PriceQuote) -> dict[str, Any]:
    party = quote.price_list
    return {
        "rule": party.rule,
        "name": party.name,
        "contract": party.contract,
        "tier": party.tier,
        "region": party.region,
        "from_quantity": quote.from_quantity,
        "valid_from": None if quote.valid_from is None else quote.valid_from.isoformat(),
        "valid_to": None if quote.valid_to is None else quote.valid_to.isoformat(),
    }


def basis_of(stored: Mapping[str, Any] | None) -> PriceBasis | None:
    """What `held` kept."""
    if not stored:
        return None
    days = {name: stored[name] and dt.date.fromisoformat(stored[name]) for name in ("valid_from", "valid_to")}
    return PriceBasis(**{**stored, **days})
