"""Why lines of a proposal cost what they cost, to the dealer and to the enterprise in the same words."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.planning.queries import LineView
from firstmove.portals import price_words


@dataclass(frozen=True)
class LinePrice:
    """Why a proposed line costs what it costs, and from which quantity a unit is cheaper."""

    why: str
    step: str


def line_prices(lines: Sequence[LineView], *, dealer_id: int, on: dt.date, currency: str) -> Mapping[int, LinePrice]:
    """By product id. A line whose lists now say another price is left out: that is told when it is accepted."""
    if not lines:
        return {}
    quotes = catalog.prices_for(
        dealer_id=dealer_id,
        on=on,
        product_ids=[line.product_id for line in lines],
        quantities={line.product_id: line.quantity for line in lines},
    )
    return {
        line.product_id: LinePrice(
            price_words.why_quote(quote), price_words.next_step(quote, currency=currency, unit=line.unit)
        )
        for line in lines
        if (quote := quotes.get(line.product_id)) is not None and quote.price == line.unit_price
    }
