"""Reads of customers. Call them inside a `tenancy.scope`: the enterprise sees single customers only by consent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from firstmove.domains.customers.models import Customer
from firstmove.kernel import tenancy
from firstmove.kernel.paging import Slice, after


@dataclass(frozen=True)
class CustomerView:
    id: int
    code: str
    name: str
    kind: str
    city: str
    age_band: str
    segment: str


def customers(*, dealer_id: int, search: str = "", offset: int = 0, limit: int = 50) -> tuple[list[CustomerView], int]:
    """A page of a dealer's customers and how many the scope shows in all."""
    rows = Customer.objects.filter(dealer_id=dealer_id).order_by("name", "id")
    if search:
        rows = rows.filter(name__icontains=search)
    fields = tuple(CustomerView.__dataclass_fields__)
    return [CustomerView(**row) for row in rows.values(*fields)[offset : offset + limit]], rows.count()


def customer_slice(
    *, dealer_id: int, search: str = "", place: Sequence[Any] | None = None, limit: int = 50
) -> Slice[CustomerView]:
    """A dealer's customers behind a place, by id, as far as the scope shows them (see `kernel.paging`)."""

    def view(row: Customer) -> CustomerView:
        return CustomerView(**{name: getattr(row, name) for name in CustomerView.__dataclass_fields__})

    rows = Customer.objects.filter(dealer_id=dealer_id)
    if search:
        rows = rows.filter(name__icontains=search)
    return after(rows, by=("id",), place=place, limit=limit, view=view)


def counts_by_kind(*, dealer_id: int) -> dict[str, int]:
    rows = Customer.objects.filter(dealer_id=dealer_id).values("kind").annotate(n=Count("id"))
    return {row["kind"]: row["n"] for row in rows}


def totals_by_kind(*, dealer_id: int) -> dict[str, int]:
    """As `counts_by_kind` for somebody who may know how many there are and not who: the enterprise, without consent.

    Call it outside any scope; it opens the system's.
    """
    with tenancy.scope(tenancy.SYSTEM):
        return counts_by_kind(dealer_id=dealer_id)
