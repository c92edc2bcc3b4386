"""Products by what names them: the code, or what people type or scan."""

from collections.abc import Callable, Collection

from django.db import connection
from django.db.models import Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Lower

from firstmove.domains.catalog.models import Product
from firstmove.domains.catalog.queries.products import ProductView, view_of


def product_ids_by_sku() -> dict[str, int]:
    return dict(Product.objects.values_list("sku", "id"))


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
        view = view_of(row)
        by_sku.setdefault(form(row.sku), []).append(view)
        if row.barcode:
            by_barcode.setdefault(form(row.barcode), []).append(view)
    found = {code: by_sku.get(form(code)) or by_barcode.get(form(code)) for code in codes}
    return {code: views for code, views in found.items() if views}
