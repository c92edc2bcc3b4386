"""Reads of the catalogue. Call them inside a `tenancy.scope`."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Lower

from firstmove.domains.catalog.models import LifeCycle, LineCapacity, Price, PriceList, Product, Promotion, SupplyTerms
from firstmove.domains.catalog.precedence import ListOf, PriceQuote, PriceRow, applying, applying_and_next, steps
from firstmove.domains.catalog.price_book import PriceBook, book_of
from firstmove.domains.catalog.quantities import order_step
from firstmove.domains.network import queries as network
from firstmove.kernel.errors import NotFound
from firstmove.kernel.paging import Slice, after, sliced


@dataclass(frozen=True)
class ProductView:
    id: int
    sku: str
    name: str
    category: str
    supplier_name: str
    unit: str
    pack: int
    minimum: int
    multiple: int
    carton: int
    # What the end customer pays; the enterprise's own cost stays out of this view.
    unit_price: Decimal | None
    barcode: str
    listed_on: dt.date | None
    life_cycle: str
    changed_at: dt.datetime
    # Share of the net price that prices include as tax; None is not known.
    tax_rate: Decimal | None = None

    @property
    def order_step(self) -> int:
        """The step in which it is ordered, of multiple and carton."""
        return order_step(multiple=self.multiple, carton=self.carton)

    @property
    def is_listed(self) -> bool:
        return self.life_cycle != LifeCycle.UNLISTED

    @property
    def life_cycle_name(self) -> str:
        return str(LifeCycle(self.life_cycle).label)


@dataclass(frozen=True)
class PlanProduct:
    """What a plan needs of a product. `multiple` is its order step, of multiple and carton."""

    id: int
    sku: str
    category: str
    pack: int
    minimum: int
    multiple: int
    unit_price: Decimal | None
    weight_kg: float | None
    units_per_pallet: int | None
    shelf_life_days: int | None
    listed_on: dt.date | None
    proposable: bool


@dataclass(frozen=True)
class PromotionView:
    code: str
    name: str
    product_id: int
    product_name: str
    starts_on: dt.date
    ends_on: dt.date
    discount: float | None


@dataclass(frozen=True)
class PromotionDays:
    """A promotion of a product; `dealer` (code) is empty where it runs at every dealer. Both days are included."""

    sku: str
    dealer: str | None
    name: str
    starts_on: dt.date
    ends_on: dt.date


def _view(row: Product) -> ProductView:
    return ProductView(
        id=row.pk,
        sku=row.sku,
        name=row.name,
        category=row.category,
        supplier_name=row.supplier.name if row.supplier else "",
        unit=row.unit,
        pack=row.pack,
        minimum=row.minimum,
        multiple=row.multiple,
        carton=row.carton,
        unit_price=row.unit_price,
        barcode=row.barcode,
        listed_on=row.listed_on,
        life_cycle=row.life_cycle,
        tax_rate=row.tax_rate,
        changed_at=row.changed_at,
    )


def matching(search: str, category: str, listed_only: bool, life_cycle: str = "") -> QuerySet[Product]:
    """Products by category and name; `search` takes words of the name, codes, pinyin or its initials."""
    rows = Product.objects.order_by("category", "name", "id")
    for word in search.lower().split():
        rows = rows.filter(search__contains=word)
    if category:
        rows = rows.filter(category=category)
    if listed_only:
        rows = rows.exclude(life_cycle=LifeCycle.UNLISTED)
    if life_cycle:
        rows = rows.filter(life_cycle=life_cycle)
    return rows


def products(
    *,
    search: str = "",
    category: str = "",
    life_cycle: str = "",
    listed_only: bool = False,
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[ProductView], int]:
    """A page of products and how many there are in all. `search` takes words, codes, pinyin or pinyin initials."""
    rows = matching(search, category, listed_only, life_cycle)
    return [_view(row) for row in rows.select_related("supplier")[offset : offset + limit]], rows.count()


def product_ids_matching(*, search: str, limit: int = 200) -> list[int]:
    """Products that a search finds, at most `limit`; none for no words."""
    if not search.split():
        return []
    return list(matching(search, "", listed_only=False).values_list("id", flat=True)[:limit])


def supplied_products(
    *, supplier_id: int, search: str = "", offset: int = 0, limit: int | None = 50
) -> tuple[list[ProductView], int]:
    """A page of the listed products that a supplier delivers, and how many there are."""
    rows = matching(search, "", listed_only=True).filter(supplier_id=supplier_id).select_related("supplier")
    return [_view(row) for row in rows[offset : None if limit is None else offset + limit]], rows.count()


def supplied_slice(
    *, supplier_id: int, search: str = "", place: Sequence[Any] | None = None, limit: int = 50
) -> Slice[ProductView]:
    """Listed products that a supplier delivers, behind a place, by id (see `kernel.paging`)."""
    rows = matching(search, "", listed_only=True).filter(supplier_id=supplier_id).select_related("supplier")
    return after(rows, by=("id",), place=place, limit=limit, view=_view)


def catalogue_slice(
    *, search: str = "", category: str = "", place: Sequence[Any] | None = None, limit: int = 50
) -> Slice[ProductView]:
    """Listed products behind a place, in the order of the catalogue: by category and name."""
    rows = matching(search, category, listed_only=True).select_related("supplier")
    return after(rows, by=("category", "name", "id"), place=place, limit=limit, view=_view)


def supplier_ids(*, product_ids: Collection[int]) -> dict[int, int]:
    """Who delivers a product, by product id; products that the enterprise makes itself are absent."""
    rows = Product.objects.filter(id__in=list(product_ids), supplier__isnull=False)
    return {product_id: supplier_id for product_id, supplier_id in rows.values_list("id", "supplier_id") if supplier_id}


def product_slice(
    *,
    search: str = "",
    category: str = "",
    listed_only: bool = False,
    since: dt.datetime | None = None,
    place: Sequence[Any] | None = None,
    limit: int = 50,
) -> Slice[ProductView]:
    """Products behind a place, by id, or with `since` those that changed from then on (see `kernel.paging`)."""
    rows = matching(search, category, listed_only).select_related("supplier")
    return sliced(rows, by=("id",), since=since, place=place, limit=limit, view=_view)


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


def product(*, product_id: int) -> ProductView:
    row = Product.objects.select_related("supplier").filter(id=product_id).first()
    if row is None:
        raise NotFound()
    return _view(row)


def products_by_id(*, ids: Collection[int]) -> dict[int, ProductView]:
    return {row.pk: _view(row) for row in Product.objects.select_related("supplier").filter(id__in=ids)}


_VIEW_COLUMNS = ", ".join(
    "coalesce(s.name, '')" if name == "supplier_name" else f"p.{name}" for name in ProductView.__dataclass_fields__
)
# As one array, so that the statement is the same for any number of codes.
_BY_SKU = f"""
select {_VIEW_COLUMNS} from catalog_product p left join network_supplier s on s.id = p.supplier_id
where p.sku = any(%s)
"""  # noqa: S608 (names of columns)


def products_by_sku(*, skus: Collection[str]) -> list[ProductView]:
    """Those of the codes that there are. Every order asks this, so no row of a model is made of them."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_SKU, [list(skus)])
        return [ProductView(*row) for row in cursor.fetchall()]


def products_by_code(*, codes: Collection[str]) -> dict[str, list[ProductView]]:
    """Products by what people type or scan: the code or the barcode. A code that nothing has is absent.

    A code as it stands comes first; for the rest capitals and leading zeros, which spreadsheets drop, do not matter.
    Several products under one code are several answers. Two statements for any number of codes.
    """
    wanted = set(codes)
    found = _by_code(Product.objects.filter(Q(sku__in=wanted) | Q(barcode__in=wanted)), wanted, lambda code: code)
    rest = {code for code in wanted - set(found) if _folded(code)}
    if rest:
        folded = {_folded(code) for code in rest}
        rows = Product.objects.annotate(
            folded_sku=Func(Lower("sku"), Value("0"), function="ltrim", output_field=TextField()),
            folded_barcode=Func(Lower("barcode"), Value("0"), function="ltrim", output_field=TextField()),
        )
        found |= _by_code(rows.filter(Q(folded_sku__in=folded) | Q(folded_barcode__in=folded)), rest, _folded)
    return found


def _folded(code: str) -> str:
    return code.lower().lstrip("0")


def _by_code(rows: QuerySet[Product], codes: set[str], form: Callable[[str], str]) -> dict[str, list[ProductView]]:
    """A product's own code outranks the barcode of another."""
    by_sku: dict[str, list[ProductView]] = {}
    by_barcode: dict[str, list[ProductView]] = {}
    for row in rows.select_related("supplier").order_by("sku"):
        view = _view(row)
        by_sku.setdefault(form(row.sku), []).append(view)
        if row.barcode:
            by_barcode.setdefault(form(row.barcode), []).append(view)
    found = {code: by_sku.get(form(code)) or by_barcode.get(form(code)) for code in codes}
    return {code: views for code, views in found.items() if views}


def substitutes(*, product_ids: Collection[int], limit: int = 3) -> dict[int, list[ProductView]]:
    """Listed products of the same category and unit by product id, those that cost the customer about as much first.

    One statement for any number of products. A product without a category has none.
    """
    if not product_ids:
        return {}
    nearest = """
        select gone.id, other.id from catalog_product gone cross join lateral (
          select o.id from catalog_product o
          where o.category = gone.category and o.unit = gone.unit and o.id <> gone.id and o.life_cycle <> 'unlisted'
          order by abs(o.unit_price - gone.unit_price) nulls last, o.id limit %s
        ) other where gone.id = any(%s) and gone.category <> ''"""
    with connection.cursor() as cursor:
        cursor.execute(nearest, [limit, list(product_ids)])
        pairs = cursor.fetchall()
    views = products_by_id(ids={other for _gone, other in pairs})
    found: dict[int, list[ProductView]] = {}
    for gone, other in pairs:
        found.setdefault(gone, []).append(views[other])
    return found


def categories() -> list[str]:
    """Categories with a listed product."""
    rows = Product.objects.exclude(category="").exclude(life_cycle=LifeCycle.UNLISTED)
    return list(rows.order_by("category").values_list("category", flat=True).distinct())


def counts() -> dict[str, int]:
    """How many products there are by life cycle."""
    found = Product.objects.values_list("life_cycle").annotate(n=Count("id"))
    return dict.fromkeys(LifeCycle.values, 0) | dict(found)


def life_cycles() -> list[tuple[str, str]]:
    """(code, name) of the states of a product, in their order."""
    return [(value, str(label)) for value, label in LifeCycle.choices]


def product_ids_by_sku() -> dict[str, int]:
    return dict(Product.objects.values_list("sku", "id"))


@dataclass(frozen=True)
class Listing:
    """What groups a product, since when it is listed, and what the end customer pays; None is not known."""

    id: int
    category: str
    listed_on: dt.date | None
    unit_price: Decimal | None


def listings() -> dict[str, Listing]:
    """Every product by its code, those included that are no longer listed: history holds them."""
    rows = Product.objects.values_list("sku", "id", "category", "listed_on", "unit_price")
    return {sku: Listing(*row) for sku, *row in rows}


def plan_products() -> list[PlanProduct]:
    columns = (
        "id", "sku", "category", "pack", "minimum", "multiple", "unit_price", "weight_kg", "units_per_pallet",
        "shelf_life_days", "listed_on", "life_cycle",
    )  # fmt: skip
    return [
        PlanProduct(
            *row[:5],
            order_step(multiple=row[5], carton=carton),
            *row[6:-1],
            proposable=row[-1] != LifeCycle.UNLISTED and row[6] is not None,
        )
        for *row, carton in Product.objects.values_list(*columns, "carton")
    ]


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
    lists = {row.pk: _list_of(row) for row in PriceList.objects.all()}
    rows = (
        Price.objects.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=on))
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on))
        .values_list("price_list_id", "product_id", "from_quantity", "valid_from", "price")
    )
    dealers = [(dealer.id, dealer.tier, dealer.region) for dealer in network.dealers()]
    return book_of(rows=list(rows.iterator()), lists=lists.values(), dealers=dealers)


def _list_of(row: PriceList) -> ListOf:
    return ListOf(row.pk, row.name, row.contract, row.dealer_id, row.tier, row.region)


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
        party = _list_of(row)
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
                _list_of(row.price_list).rank,
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


def promotions(*, on: dt.date, dealer_id: int | None = None, horizon_days: int = 28) -> list[PromotionView]:
    """Offers that run on that day or start within the horizon."""
    rows = Promotion.objects.filter(ends_on__gte=on, starts_on__lte=on + dt.timedelta(days=horizon_days))
    if dealer_id is not None:
        rows = rows.filter(Q(dealer_id=dealer_id) | Q(dealer_id__isnull=True))
    columns = ("code", "name", "product_id", "product__name", "starts_on", "ends_on", "discount")
    return [PromotionView(*row) for row in rows.order_by("starts_on", "code").values_list(*columns)]


def promotion_slice(
    *, on: dt.date, dealer_id: int | None = None, place: Sequence[Any] | None = None, limit: int = 50
) -> Slice[PromotionView]:
    """Offers that run on that day or start later, behind a place, those that begin first first."""

    def view(row: Promotion) -> PromotionView:
        product = row.product
        return PromotionView(row.code, row.name, product.pk, product.name, row.starts_on, row.ends_on, row.discount)

    rows = Promotion.objects.filter(ends_on__gte=on).select_related("product")
    if dealer_id is not None:
        rows = rows.filter(Q(dealer_id=dealer_id) | Q(dealer_id__isnull=True))
    return after(rows, by=("starts_on", "id"), place=place, limit=limit, view=view)


def promotions_between(*, since: dt.date, until: dt.date) -> list[PromotionDays]:
    """All promotions with a day from `since` to `until`, past and planned, by their name or else their code."""
    rows = Promotion.objects.filter(ends_on__gte=since, starts_on__lte=until).order_by("starts_on", "code", "pk")
    columns = ("product__sku", "dealer__code", "name", "code", "starts_on", "ends_on")
    return [
        PromotionDays(sku, dealer, name or code, starts_on, ends_on)
        for sku, dealer, name, code, starts_on, ends_on in rows.values_list(*columns)
    ]


@dataclass(frozen=True)
class SupplyTermsOf:
    """How the enterprise gets a product; None is not known."""

    product_id: int
    supply_days: int
    lot_minimum: int | None
    lot_multiple: int | None
    production_line: str
    use_per_unit: float | None


@dataclass(frozen=True)
class CapacityFrom:
    """What a production line makes in a week, from a day on; without a day, from the beginning."""

    production_line: str
    starts_on: dt.date | None
    a_week: float


def supply_terms() -> list[SupplyTermsOf]:
    """Of every product whose terms are known; the enterprise's alone."""
    columns = ("product_id", "supply_days", "lot_minimum", "lot_multiple", "production_line", "use_per_unit")
    return [SupplyTermsOf(*row) for row in SupplyTerms.objects.order_by("product_id").values_list(*columns)]


def capacities() -> list[CapacityFrom]:
    """By line, the earliest start first; the enterprise's alone."""
    rows = LineCapacity.objects.order_by("production_line", F("starts_on").asc(nulls_first=True))
    return [CapacityFrom(*row) for row in rows.values_list("production_line", "starts_on", "a_week")]


def weights_kg(*, product_ids: Collection[int]) -> dict[int, float]:
    """Kilograms of a unit, by product id. Unknown: absent."""
    rows = Product.objects.filter(id__in=product_ids, weight_kg__isnull=False)
    return dict(rows.values_list("id", "weight_kg"))


def unit_costs() -> dict[int, Decimal]:
    """What a unit costs the enterprise, by product id; the enterprise's alone. Unknown: absent."""
    return dict(Product.objects.filter(unit_cost__isnull=False).values_list("id", "unit_cost"))
