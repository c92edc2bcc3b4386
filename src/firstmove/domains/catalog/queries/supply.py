"""How the enterprise gets what it sells: the enterprise's alone."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import F

from firstmove.domains.catalog.models import LineCapacity, SupplyTerms


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
