"""Products, by their place in the catalogue, by id, or all that a plan reads."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet

from firstmove.domains.catalog.models import LifeCycle, Product
from firstmove.domains.catalog.quantities import order_step
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
class Listing:
    """What groups a product, since when it is listed, and what the end customer pays; None is not known."""

    id: int
    category: str
    listed_on: dt.date | None
    unit_price: Decimal | None


def view_of(row: Product) -> ProductView:
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
    return [view_of(row) for row in rows.select_related("supplier")[offset : offset + limit]], rows.count()


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
    return [view_of(row) for row in rows[offset : None if limit is None else offset + limit]], rows.count()


def supplied_slice(
    *, supplier_id: int, search: str = "", place: Sequence[Any] | None = None, limit: int = 50
) -> Slice[ProductView]:
    """Listed products that a supplier delivers, behind a place, by id (see `kernel.paging`)."""
    rows = matching(search, "", listed_only=True).filter(supplier_id=supplier_id).select_related("supplier")
    return after(rows, by=("id",), place=place, limit=limit, view=view_of)


def catalogue_slice(
    *, search: str = "", category: str = "", place: Sequence[Any] | None = None, limit: int = 50
) -> Slice[ProductView]:
    """Listed products behind a place, in the order of the catalogue: by category and name."""
    rows = matching(search, category, listed_only=True).select_related("supplier")
    return after(rows, by=("category", "name", "id"), place=place, limit=limit, view=view_of)


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
    return sliced(rows, by=("id",), since=since, place=place, limit=limit, view=view_of)


def product(*, product_id: int) -> ProductView:
    row = Product.objects.select_related("supplier").filter(id=product_id).first()
    if row is None:
        raise NotFound()
    return view_of(row)


def products_by_id(*, ids: Collection[int]) -> dict[int, ProductView]:
    return {row.pk: view_of(row) for row in Product.objects.select_related("supplier").filter(id__in=ids)}


def supplier_ids(*, product_ids: Collection[int]) -> dict[int, int]:
    """Who delivers a product, by product id; products that the enterprise makes itself are absent."""
    rows = Product.objects.filter(id__in=list(product_ids), supplier__isnull=False)
    return {product_id: supplier_id for product_id, supplier_id in rows.values_list("id", "supplier_id") if supplier_id}


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


def weights_kg(*, product_ids: Collection[int]) -> dict[int, float]:
    """Kilograms of a unit, by product id. Unknown: absent."""
    rows = Product.objects.filter(id__in=product_ids, weight_kg__isnull=False)
    return dict(rows.values_list("id", "weight_kg"))


def unit_costs() -> dict[int, Decimal]:
    """What a unit costs the enterprise, by product id; the enterprise's alone. Unknown: absent."""
    return dict(Product.objects.filter(unit_cost__isnull=False).values_list("id", "unit_cost"))
