"""Writes of customers: one transaction each."""

from collections.abc import Mapping, Sequence
from typing import Any

from firstmove.domains.customers.models import Customer
from firstmove.domains.network.queries import dealer_ids_by_code
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
from firstmove.kernel.upsert import Upserted, upsert


def upsert_customers(*, rows: Sequence[Mapping[str, Any]]) -> Upserted:
    """Add or change customers by `dealer` (code) and `code`."""
    with tenancy.scope(SYSTEM):
        dealers = dealer_ids_by_code()
        prepared = [
            {name: value for name, value in row.items() if name != "dealer"} | {"dealer_id": dealers[row["dealer"]]}
            for row in rows
        ]
        return upsert(Customer, key=("dealer_id", "code"), rows=prepared)
