"""The price lists, whom they are for, and the prices that stand in them."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from firstmove.domains.catalog.models import Price, PriceList
from firstmove.domains.catalog.precedence import ListOf
from firstmove.domains.network import queries as network
from firstmove.kernel.errors import NotFound
from firstmove.kernel.paging import Slice, after, sliced


@dataclass(frozen=True)
class PriceListView:
    """A list, whom it is for, and what stands in it; `coming` counts prices that start later."""

    party: ListOf
    dealer_name: str
    prices: int
    products: int
    coming: int
    dealers: int


@dataclass(frozen=True)
class PriceView:
    """One price of a list; `state` is "now", "later" or "over"."""

    id: int
    product_id: int
    sku: str
    product_name: str
    unit: str
    from_quantity: int
    price: Decimal
    valid_from: dt.date | None
    valid_to: dt.date | None
    state: str
    changed_at: dt.datetime


def list_of(row: PriceList) -> ListOf:
    return ListOf(row.pk, row.name, row.contract, row.dealer_id, row.tier, row.region)


def price_lists(*, on: dt.date, search: str = "", list_id: int | None = None) -> list[PriceListView]:
    """The lists, the most particular first; `search` takes a part of a name, contract, tier, region or dealer."""
    found = _list_views(_lists_found(search, list_id), on=on)
    return sorted(found, key=lambda one: (-one.party.rank, one.dealer_name, one.party.name, one.party.id))


def _lists_found(search: str, list_id: int | None) -> QuerySet[PriceList]:
    rows = PriceList.objects.select_related("dealer")
    if list_id is not None:
        rows = rows.filter(id=list_id)
    for word in search.split():
        named = Q(name__icontains=word) | Q(contract__icontains=word) | Q(tier__icontains=word)
        whom = Q(region__icontains=word) | Q(dealer__name__icontains=word) | Q(dealer__code__icontains=word)
        rows = rows.filter(named | whom)
    return rows


def _list_views(lists: Iterable[PriceList], *, on: dt.date) -> list[PriceListView]:
    """What stands in lists, counted by one statement for all of them."""
    lists = list(lists)
    counted = Price.objects.filter(price_list__in=lists).order_by().values("price_list_id").annotate(
        prices=Count("id"),
        products=Count("product", distinct=True),
        coming=Count("id", filter=Q(valid_from__gt=on)),
    )  # fmt: skip
    sums = {row["price_list_id"]: (row["prices"], row["products"], row["coming"]) for row in counted}
    dealers = network.dealers()
    found = []
    for row in lists:
        party = list_of(row)
        gets = sum(party.is_for(dealer_id=one.id, tier=one.tier, region=one.region) for one in dealers)
        name = row.dealer.name if row.dealer else ""
        found.append(PriceListView(party, name, *sums.get(row.pk, (0, 0, 0)), gets))
    return found


def price_list_slice(
    *, on: dt.date, search: str = "", place: Sequence[Any] | None = None, limit: int = 50
) -> Slice[PriceListView]:
    """The lists behind a place, in the order in which they were made (see `kernel.paging`)."""
    found = after(_lists_found(search, None), by=("id",), place=place, limit=limit, view=lambda row: row)
    return Slice(_list_views(found.items, on=on), found.last, found.more)


def price_list(*, price_list_id: int, on: dt.date) -> PriceListView:
    """Raises NotFound, also for a list that the scope hides."""
    found = price_lists(on=on, list_id=price_list_id)
    if not found:
        raise NotFound()
    return found[0]


def prices_of_list(
    *, price_list_id: int, on: dt.date, search: str = "", offset: int = 0, limit: int = 50
) -> tuple[list[PriceView], int]:
    """A page of a list's prices and how many there are; `search` as for products."""
    rows = Price.objects.filter(price_list_id=price_list_id)
    for word in search.lower().split():
        rows = rows.filter(product__search__contains=word)
    order = ("product__name", "product_id", "from_quantity", F("valid_from").desc(nulls_last=True))
    columns = (
        "id", "product_id", "product__sku", "product__name", "product__unit", "from_quantity", "price", "valid_from",
        "valid_to", "changed_at",
    )  # fmt: skip
    found = rows.order_by(*order).values_list(*columns)[offset : offset + limit]
    return [PriceView(*row[:-1], state=_state(row[7], row[8], on), changed_at=row[-1]) for row in found], rows.count()


def price_slice(
    *,
    price_list_id: int,
    on: dt.date,
    since: dt.datetime | None = None,
    place: Sequence[Any] | None = None,
    limit: int = 50,
) -> Slice[PriceView]:
    """A list's prices behind a place, by id, or with `since` those that changed from then on (see `kernel.paging`)."""

    def view(row: Price) -> PriceView:
        product = row.product
        return PriceView(
            id=row.pk,
            product_id=product.pk,
            sku=product.sku,
            product_name=product.name,
            unit=product.unit,
            from_quantity=row.from_quantity,
            price=row.price,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            state=_state(row.valid_from, row.valid_to, on),
            changed_at=row.changed_at,
        )

    rows = Price.objects.filter(price_list_id=price_list_id).select_related("product")
    return sliced(rows, by=("id",), since=since, place=place, limit=limit, view=view)


def _state(starts_on: dt.date | None, ends_on: dt.date | None, on: dt.date) -> str:
    if starts_on is not None and starts_on > on:
        return "later"
    return "over" if ends_on is not None and ends_on < on else "now"
