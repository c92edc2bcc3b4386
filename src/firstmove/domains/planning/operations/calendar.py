"""Sell-out and offers as mornings see them: plan, replay, choice of service and trials all get them here."""

import datetime as dt
from collections.abc import Mapping, Sequence

import polars as pl

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.network import queries as network
from firstmove.engine.demand import mornings as engine
from firstmove.engine.demand.calendar import HORIZON_DAYS
from firstmove.engine.demand.mornings import HISTORY_DAYS, Mornings
from firstmove.engine.demand.offers import PROMOTIONS
from firstmove.lake.scope import LakeScope
from firstmove.lake.store import Lake


def mornings(
    lake: Lake,
    *,
    versions: Mapping[str, int],
    products: pl.DataFrame,
    drivers: Sequence[str],
    first: dt.date,
    last: dt.date,
    categories: Sequence[str] | None = None,
) -> Mornings | None:
    """What can be seen from each morning between `first` and `last`; None where no driver is chosen or nothing sold.

    `products` has sku and category; `categories` are the rows of what comes out, by default all by name. Sales are
    those of the pinned versions, of every dealer. Promotions are those that the catalog has now, past and planned:
    nobody recorded when one was planned. Call it inside the system's scope.
    """
    if not drivers or "sales" not in versions or not len(products):
        return None
    since, until = first - dt.timedelta(days=HISTORY_DAYS), last + dt.timedelta(days=HORIZON_DAYS)
    rows = [
        (one.sku, one.dealer, one.name, one.starts_on, one.ends_on)
        for one in (catalog.promotions_between(since=since, until=until) if "promotions" in drivers else ())
    ]
    return engine.mornings(
        lake.scan(
            table="sales",
            scope=LakeScope.system(),
            since=since,
            until=last - dt.timedelta(days=1),
            version=versions["sales"],
        ),
        products=products.select("sku", "category"),
        promotions=pl.DataFrame(rows, schema=PROMOTIONS, orient="row"),
        country=network.country(),
        drivers=drivers,
        first=first,
        last=last,
        categories=categories,
    )
