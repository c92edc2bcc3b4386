"""Reads of the transfers that the latest run suggests between dealers. The enterprise's alone."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Sum

from firstmove.domains.planning.models import Transfer
from firstmove.kernel.errors import NotFound
from firstmove.kernel.reading import once

_SORTS = {"gain": "worth_sum", "lines": "lines", "value": "value_sum", "distance": "km", "name": "giver__name"}


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
class TripView:
    """What one dealer could give another in one trip; money in the installation's currency.

    `cost` is that of a trip whatever it carries, `gain` the margin of the sales saved less freight and cost.
    """

    giver_id: int
    giver_name: str
    taker_id: int
    taker_name: str
    lines: int
    saved_margin: float
    value: float
    freight: float
    cost: float
    distance_km: float | None

    @property
    def gain(self) -> float:
        return self.saved_margin - self.freight - self.cost


@dataclass(frozen=True)
class TransferSums:
    """Over all trips of the latest run; `gain` after freight and what the trips cost."""

    trips: int
    transfers: int
    gain: float
    freight: float
    cost: float
    value: float


def trips(
    *, search: str = "", sort: str = "-gain", offset: int = 0, limit: int | None = 50
) -> tuple[list[TripView], int]:
    """A page of trips and how many there are; `search` by a product that they carry or by either dealer's name.

    `sort` is one of gain, lines, value, distance, name (of the giver), with "-" for the largest first; unknown
    distances are last.
    """
    key = F(_SORTS[sort.removeprefix("-")])
    by = key.desc(nulls_last=True) if sort.startswith("-") else key.asc(nulls_last=True)
    rows = _grouped(_matching(search))
    cost = _trip_cost()
    found = rows.order_by(by, "giver_id", "taker_id")[offset : None if limit is None else offset + limit]
    return [_trip(row, cost) for row in found], rows.count()


def trip(*, giver_id: int, taker_id: int) -> TripView:
    """The trip from one dealer to another. Raises NotFound where the latest run suggests none."""
    rows = _grouped(Transfer.objects.filter(giver_id=giver_id, taker_id=taker_id))
    row = rows.order_by("giver_id").first()
    if row is None:
        raise NotFound()
    return _trip(row, _trip_cost())


def transfers(
    *, route: tuple[int, int] | None = None, offset: int = 0, limit: int | None = None
) -> tuple[list[TransferView], int]:
    """Lines and how many there are, the most worthwhile first; `route`: giver and taker of one trip."""
    rows = Transfer.objects.all()
    if route is not None:
        rows = rows.filter(giver_id=route[0], taker_id=route[1])
    ordered = rows.order_by("-worth", "id").select_related("product", "giver", "taker")
    return [_view(row) for row in ordered[offset : None if limit is None else offset + limit]], rows.count()


def transfer_sums() -> TransferSums:
    trips = Transfer.objects.values("giver_id", "taker_id").annotate(
        lines=Count("id"), gains=Sum("worth"), freights=Sum("freight"), values=Sum("value")
    )
    found = trips.aggregate(
        trips=Count("giver_id"), transfers=Sum("lines", default=0), worth=Sum("gains", default=0.0),
        freight=Sum("freights", default=0.0), value=Sum("values", default=0.0),
    )  # fmt: skip
    cost = found["trips"] * _trip_cost()
    return TransferSums(gain=found.pop("worth") - cost, cost=cost, **found)


@once
def _trip_cost() -> float:
    """What the run that suggested them took a trip to cost; runs of before trips were counted: nothing."""
    row = Transfer.objects.values_list("run__scenario", flat=True).first()
    return float((row or {}).get("transfer_trip_cost", 0.0))


def _matching(search: str) -> QuerySet[Transfer]:
    """The lines of every trip that carries what was asked for, so that a trip stays whole."""
    rows = Transfer.objects.all()
    for word in search.lower().split():
        carried = Transfer.objects.filter(
            giver_id=OuterRef("giver_id"), taker_id=OuterRef("taker_id"), product__search__contains=word
        )
        rows = rows.filter(Exists(carried) | Q(giver__name__icontains=word) | Q(taker__name__icontains=word))
    return rows


def _grouped(rows: QuerySet[Transfer]) -> QuerySet[Transfer, dict[str, Any]]:
    return rows.values("giver_id", "taker_id", "giver__name", "taker__name").annotate(
        lines=Count("id"), margin_sum=Sum("margin"), freight_sum=Sum("freight"), value_sum=Sum("value"),
        worth_sum=Sum("worth"), km=Max("distance_km"),
    )  # fmt: skip


def _trip(row: dict[str, Any], cost: float) -> TripView:
    return TripView(
        giver_id=row["giver_id"],
        giver_name=row["giver__name"],
        taker_id=row["taker_id"],
        taker_name=row["taker__name"],
        lines=row["lines"],
        saved_margin=row["margin_sum"],
        value=row["value_sum"],
        freight=row["freight_sum"],
        cost=cost,
        distance_km=row["km"],
    )


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
