"""What the dealer pays for products and why: its lists' price, or what a scenario assumes in its place."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.catalog.queries import ProductView
from firstmove.domains.planning import queries as planning
from firstmove.portals import price_words, words
from firstmove.portals.design import figures
from firstmove.portals.price_words import PriceStep


@dataclass(frozen=True)
class OwnPrice:
    """`note` says on what an assumed price rests, and is empty for a real one; `why` is the list of a real one, and
    `step` the quantity at which it gets cheaper."""

    price: Decimal | None
    note: str
    why: str = ""
    step: str = ""


def own_prices(products: Sequence[ProductView], *, dealer_id: int, on: dt.date, currency: str) -> dict[int, OwnPrice]:
    """Of one unit, by product id; without a price and without a plan that assumes one, the price is None."""
    known = catalog.prices_for(dealer_id=dealer_id, on=on, product_ids=[product.id for product in products])
    scenario = planning.assumptions(dealer_id=dealer_id).scenario
    margin = scenario.get("dealer_margin")
    note = words.assumed_sentence(["price"], scenario) if margin is not None else ""
    found = {}
    for product in products:
        quote = known.get(product.id)
        if quote is not None:
            step = price_words.next_step(quote, currency=currency, unit=product.unit)
            found[product.id] = OwnPrice(quote.price, "", price_words.why_quote(quote), step)
        elif margin is not None and product.unit_price is not None:
            found[product.id] = OwnPrice(product.unit_price * (1 - Decimal(str(margin))), note)
        else:
            found[product.id] = OwnPrice(None, "")
    return found


def own_steps(product: ProductView, *, dealer_id: int, on: dt.date, currency: str) -> list[PriceStep]:
    """Every price of a product by quantity; empty where it costs the same at any."""
    found = catalog.price_steps(dealer_id=dealer_id, product_id=product.id, on=on)
    if len(found) < 2:
        return []
    return [
        PriceStep(
            quantity=figures.quantity(quote.from_quantity, product.unit),
            price=figures.price(quote.price, currency),
            why=price_words.why_quote(quote),
            applies=quote.from_quantity == 1,
        )
        for quote in found
    ]
