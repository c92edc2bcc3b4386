"""What the dealer pays for products: its own price, or what a scenario assumes in its place."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.catalog.queries import ProductView
from firstmove.domains.planning import queries as planning
from firstmove.portals import words


@dataclass(frozen=True)
class OwnPrice:
    """`note` says on what an assumed price rests, and is empty for a real one."""

    price: Decimal | None
    note: str


def own_prices(products: Sequence[ProductView], *, dealer_id: int, on: dt.date) -> dict[int, OwnPrice]:
    """By product id; without a price and without a plan that assumes one, the price is None."""
    known = catalog.dealer_prices(dealer_id=dealer_id, on=on, product_ids=[product.id for product in products])
    scenario = planning.assumptions(dealer_id=dealer_id).scenario
    margin = scenario.get("dealer_margin")
    note = words.assumed_sentence(["price"], scenario) if margin is not None else ""
    found = {}
    for product in products:
        if product.id in known:
            found[product.id] = OwnPrice(known[product.id], "")
        elif margin is not None and product.unit_price is not None:
            found[product.id] = OwnPrice(product.unit_price * (1 - Decimal(str(margin))), note)
        else:
            found[product.id] = OwnPrice(None, "")
    return found
