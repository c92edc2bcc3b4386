"""What dealers pay on a day, and why; the rule itself is `precedence`."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q

from firstmove.domains.catalog.models import Price, PriceList
from firstmove.domains.catalog.precedence import ListOf, PriceQuote, PriceRow, applying_and_next, steps
from firstmove.domains.catalog.price_book import PriceBook, book_of
from firstmove.domains.catalog.queries.price_lists import list_of
from firstmove.domains.catalog.queries.products import product_slice
from firstmove.domains.network import queries as network
from firstmove.kernel.paging import Slice


@dataclass(frozen=True)
class PaidPrice:
    """What a dealer pays for a unit of a listed product; None where no price holds."""

    product_id: int
    sku: str
    price: Decimal | None


def paid_price_slice(
    *, dealer_id: int, on: dt.date, place: Sequence[Any] | None = None, limit: int = 50
) -> Slice[PaidPrice]:
    """What a dealer pays on a day for every listed product, by product id."""
    found = product_slice(listed_only=True, place=place, limit=limit)
    paid = dealer_prices(dealer_id=dealer_id, on=on, product_ids=[item.id for item in found.items])
    items = [PaidPrice(item.id, item.sku, paid.get(item.id)) for item in found.items]
    return Slice(items, found.last, found.more)


# Of one dealer, all in one statement, and a row a list: cells of arrays are read several times as fast as rows.
_PRICES_OF_A_DEALER = """
select l.id, l.name, l.contract, l.dealer_id, l.tier, l.region, array_agg(p.product_id), array_agg(p.from_quantity),
  array_agg(p.price), array_agg(coalesce(p.valid_from, '0001-01-01')), array_agg(p.valid_to)
from network_dealer d
join catalog_pricelist l on (l.dealer_id is null or l.dealer_id = d.id)
  and (l.tier = '' or l.tier = d.tier) and (l.region = '' or l.region = d.region)
join catalog_price p on p.price_list_id = l.id
where d.id = %(dealer)s and (p.valid_from is null or p.valid_from <= %(on)s)
  and (p.valid_to is null or p.valid_to >= %(on)s)
  and (%(products)s::bigint[] is null or p.product_id = any(%(products)s))
group by l.id
"""


def _holding(
    *, dealer_id: int, on: dt.date, product_ids: Collection[int] | None
) -> tuple[dict[int, list[PriceRow]], dict[int, ListOf]]:
    """The prices of each product that hold for a dealer on a day, and the lists they stand in.

    What a more particular list prices from one unit on, the lists below it never decide: those prices are left out.
    """
    wanted = None if product_ids is None else list(product_ids)
    with connection.cursor() as cursor:
        cursor.execute(_PRICES_OF_A_DEALER, {"dealer": dealer_id, "on": on, "products": wanted})
        found = cursor.fetchall()
    lists = {row[0]: ListOf(*row[:6]) for row in found}
    rows: dict[int, list[PriceRow]] = {}
    settled: dict[int, int] = {}
    for list_id, *_party, products, steps_from, prices, starts, ends in sorted(
        found, key=lambda row: lists[row[0]].rank, reverse=True
    ):
        rank = lists[list_id].rank
        for product_id, from_quantity, price, starts_on, valid_to in zip(
            products, steps_from, prices, starts, ends, strict=True
        ):
            if settled.get(product_id, rank) > rank:
                continue
            if from_quantity == 1:
                settled[product_id] = rank
            row = PriceRow(rank, starts_on, from_quantity, list_id, price, valid_to)
            if product_id in rows:
                rows[product_id].append(row)
            else:
                rows[product_id] = [row]
    return rows, lists


def prices_for(
    *,
    dealer_id: int,
    on: dt.date,
    product_ids: Collection[int] | None = None,
    quantities: Mapping[int, Decimal | float] | None = None,
) -> dict[int, PriceQuote]:
    """What a dealer pays for a unit on a day and why, by product id; without a price: absent.

    `product_ids`: those alone; None: all. `quantities` by product id, one unit where none is named: a step of the
    price that the quantity reaches applies. The rule is `precedence.applying`, for every room that shows a price.
    """
    rows, lists = _holding(dealer_id=dealer_id, on=on, product_ids=product_ids)
    asked = quantities or {}
    found = {}
    for product_id, candidates in rows.items():
        quote = _quote(product_id, candidates, lists, asked.get(product_id, 1))
        if quote is not None:
            found[product_id] = quote
    return found


def _quote(
    product_id: int, rows: list[PriceRow], lists: Mapping[int, ListOf], quantity: Decimal | float
) -> PriceQuote | None:
    now, then = applying_and_next(rows, quantity=quantity)
    if now is None:
        return None
    return PriceQuote(
        product_id,
        now.price,
        lists[now.price_list_id],
        now.from_quantity,
        None if now.starts_on == dt.date.min else now.starts_on,
        now.valid_to,
        then.from_quantity if then else None,
        then.price if then else None,
    )


def price_steps(*, dealer_id: int, product_id: int, on: dt.date) -> list[PriceQuote]:
    """Every price that the dealer can get of a product on that day, by the quantity from which it applies."""
    rows, lists = _holding(dealer_id=dealer_id, on=on, product_ids=[product_id])
    quotes = [_quote(product_id, rows[product_id], lists, step) for step, _row in steps(rows.get(product_id, ()))]
    return [quote for quote in quotes if quote is not None]


def dealer_prices(*, dealer_id: int, on: dt.date, product_ids: Collection[int] | None = None) -> dict[int, Decimal]:
    """What this dealer pays for one unit on that day, by product id. Unpriced: absent."""
    found = prices_for(dealer_id=dealer_id, on=on, product_ids=product_ids)
    return {product_id: quote.price for product_id, quote in found.items()}


def price_book(*, on: dt.date) -> PriceBook:
    """The prices of every dealer that hold on a day: the enterprise's and the system's alone."""
    lists = {row.pk: list_of(row) for row in PriceList.objects.all()}
    rows = (
        Price.objects.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=on))
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on))
        .values_list("price_list_id", "product_id", "from_quantity", "valid_from", "price")
    )
    dealers = [(dealer.id, dealer.tier, dealer.region) for dealer in network.dealers()]
    return book_of(rows=list(rows.iterator()), lists=lists.values(), dealers=dealers)
