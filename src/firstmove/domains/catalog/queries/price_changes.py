"""Days on which what a dealer pays changes."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from firstmove.domains.catalog.models import Price, PriceList
from firstmove.domains.catalog.precedence import PriceRow, applying
from firstmove.domains.catalog.queries.price_lists import list_of
from firstmove.domains.network import queries as network


@dataclass(frozen=True)
class PriceChange:
    """A price of a dealer that starts on a day; `before` is empty where none was known."""

    product_id: int
    product_name: str
    starts_on: dt.date
    before: Decimal | None
    price: Decimal


def price_changes(*, dealer_id: int, since: dt.date, until: dt.date, limit: int = 20) -> list[PriceChange]:
    """Days of the period on which a start of a price changes what this dealer pays, latest first.

    Everybody's new price changes nothing for a dealer with a price of its own.
    """
    dealer = network.dealer(dealer_id=dealer_id)
    mine = PriceList.objects.filter(
        Q(dealer_id=dealer_id) | Q(dealer_id__isnull=True), tier__in=("", dealer.tier), region__in=("", dealer.region)
    )
    starting = Price.objects.filter(price_list__in=mine, valid_from__range=(since, until))
    rows = Price.objects.filter(price_list__in=mine, product_id__in=starting.values("product_id"))
    rows = rows.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=until))
    rows = rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=since - dt.timedelta(days=1)))
    prices: dict[int, list[PriceRow]] = {}
    names: dict[int, str] = {}
    for row in rows.select_related("price_list", "product"):
        names[row.product_id] = row.product.name
        prices.setdefault(row.product_id, []).append(
            PriceRow(
                list_of(row.price_list).rank,
                row.valid_from or dt.date.min,
                row.from_quantity,
                row.price_list_id,
                row.price,
                row.valid_to,
            )
        )
    starts = {
        (row.starts_on, product_id)
        for product_id, its in prices.items()
        for row in its
        if since <= row.starts_on <= until
    }
    found: list[PriceChange] = []
    for start, product_id in sorted(starts, key=lambda one: (-one[0].toordinal(), names[one[1]], one[1])):
        before, price = (_of_one(prices[product_id], on=day) for day in (start - dt.timedelta(days=1), start))
        if price is not None and price != before:
            found.append(PriceChange(product_id, names[product_id], start, before, price))
        if len(found) == limit:
            break
    return found


def _of_one(rows: Iterable[PriceRow], *, on: dt.date) -> Decimal | None:
    """What one unit costs on a day, by rows that hold at some time; None without a price."""
    holding = [row for row in rows if row.starts_on <= on and (row.valid_to is None or row.valid_to >= on)]
    row = applying(holding)
    return None if row is None else row.price
