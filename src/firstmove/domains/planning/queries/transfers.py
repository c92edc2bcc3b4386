"""Reads of the transfers that the latest run suggests between dealers. The enterprise's alone."""

from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet, Sum

from firstmove.domains.planning.models import Transfer

_SORTS = {
    "worth": "worth",
    "quantity": "quantity",
    "value": "value",
    "name": "product__name",
    "distance": "distance_km",
}


@dataclass(frozen=True)
class TransferView:
    """A suggestion that one dealer gives goods to another. Units; money in the installation's currency.

    `saved` are expected sales that would be lost before an order placed now could come, `margin` what they earn the
    taker, `worth` that less `freight`.
    """

    product_id: int
    product_name: str
    sku: str
    unit: str
    giver_id: int
    giver_name: str
    taker_id: int
    taker_name: str
    quantity: float
    giver_on_hand: float
    giver_kept: float
    taker_position: float
    taker_lead_days: int
    saved: float
    margin: float
    value: float
    freight: float
    worth: float
    distance_km: float | None


@dataclass(frozen=True)
class TransferSums:
    """Over all suggestions of the latest run. `routes` are pairs of dealers."""

    transfers: int
    routes: int
    worth: float
    freight: float
    value: float


def transfers(
    *, search: str = "", sort: str = "-worth", offset: int = 0, limit: int | None = 50
) -> tuple[list[TransferView], int]:
    """A page of suggestions and how many there are; `search` by product or by either dealer's name.

    `sort` is one of worth, quantity, value, name, distance, with "-" for the largest first; unknown distances are last.
    """
    rows = _matching(search)
    key = F(_SORTS[sort.removeprefix("-")])
    by = key.desc(nulls_last=True) if sort.startswith("-") else key.asc(nulls_last=True)
    ordered = rows.order_by(by, "id").select_related("product", "giver", "taker")
    return [_view(row) for row in ordered[offset : None if limit is None else offset + limit]], rows.count()


def transfer_sums() -> TransferSums:
    found = Transfer.objects.aggregate(
        transfers=Count("id"), worth=Sum("worth", default=0.0), freight=Sum("freight", default=0.0),
        value=Sum("value", default=0.0),
    )  # fmt: skip
    routes = Transfer.objects.values("giver_id", "taker_id").distinct().count()
    return TransferSums(routes=routes, **found)


def _matching(search: str) -> QuerySet[Transfer]:
    rows = Transfer.objects.all()
    for word in search.lower().split():
        rows = rows.filter(
            Q(product__search__contains=word) | Q(giver__name__icontains=word) | Q(taker__name__icontains=word)
        )
    return rows


_COPIED = [
    name
    for name in TransferView.__dataclass_fields__
    if name not in {"product_name", "sku", "unit", "giver_name", "taker_name"}
]


def _view(row: Transfer) -> TransferView:
    return TransferView(
        **{name: getattr(row, name) for name in _COPIED},
        product_name=row.product.name,
        sku=row.product.sku,
        unit=row.product.unit,
        giver_name=row.giver.name,
        taker_name=row.taker.name,
    )
