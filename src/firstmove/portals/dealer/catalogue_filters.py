"""The catalogue by what a dealer looks for: in stock, bought before, new, on promotion; together with a search."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from firstmove.domains.catalog import browsing
from firstmove.domains.catalog import queries as catalog
from firstmove.domains.catalog.queries import PromotionView
from firstmove.domains.stock import queries as stock
from firstmove.domains.stock.queries import Offered
from firstmove.domains.trade import queries as trade
from firstmove.portals.design.templatetags.design import Chip

# The parameters of the address, and their values.
STOCK, SHOW = ("now", "soon"), ("bought", "new", "promotion")


@dataclass(frozen=True)
class Found:
    """Ids of the products that fit, in their order, what was asked for, and how many each other choice would show.

    `stock_known`: whether the enterprise keeps stock here at all; where not, nothing can be said of it.
    """

    ids: list[int]
    stock: str
    show: str
    counts: Mapping[str, int]
    offered: Mapping[int, Offered]
    new: Collection[int]
    promoted: Mapping[int, PromotionView]

    @property
    def stock_known(self) -> bool:
        return bool(self.offered)

    @property
    def stock_chips(self) -> list[Chip]:
        return [
            Chip(value="", label=_("Any stock")),
            Chip(value="now", label=_("In stock now"), count=self.counts["now"]),
            Chip(value="soon", label=_("In stock soon"), count=self.counts["soon"]),
        ]

    @property
    def show_chips(self) -> list[Chip]:
        return [
            Chip(value="", label=_("All")),
            Chip(value="bought", label=_("Bought before"), count=self.counts["bought"]),
            Chip(value="new", label=_("New"), count=self.counts["new"]),
            Chip(value="promotion", label=_("On promotion"), count=self.counts["promotion"]),
        ]


def found(*, dealer_id: int, on: dt.date, search: str, category: str, asked: Mapping[str, str]) -> Found:
    """What the parameters `stock` and `show` of an address choose; other values choose everything."""
    in_stock = asked.get("stock", "") if asked.get("stock") in STOCK else ""
    show = asked.get("show", "") if asked.get("show") in SHOW else ""
    ids = browsing.matching_ids(search=search, category=category)
    offered = stock.offered(dealer_id=dealer_id, after=on)
    promoted: dict[int, PromotionView] = {}
    for row in catalog.promotions(on=on, dealer_id=dealer_id, horizon_days=0):
        promoted.setdefault(row.product_id, row)
    sets: dict[str, Collection[int]] = {
        "now": {product_id for product_id, one in offered.items() if one.is_free},
        "soon": {product_id for product_id, one in offered.items() if one.from_on is not None},
        "bought": trade.products_bought(dealer_id=dealer_id),
        "new": browsing.new_ids(on=on),
        "promotion": promoted,
    }

    def fitting(*names: str) -> list[int]:
        wanted = [sets[name] for name in names if name]
        return [product_id for product_id in ids if all(product_id in one for one in wanted)]

    counts = {name: len(fitting(name, show)) for name in STOCK} | {name: len(fitting(name, in_stock)) for name in SHOW}
    return Found(fitting(in_stock, show), in_stock, show, counts, offered, sets["new"], promoted)
