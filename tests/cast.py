"""The cast that every test knows: the enterprise, its dealer with owner and buyer, the rival dealer, the supplier."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import pytest

NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Person:
    user_id: int
    email: str
    password: str
    actor: object


@dataclass(frozen=True)
class Cast:
    dealer_id: int
    rival_id: int
    supplier_id: int
    admin: Person
    owner: Person
    buyer: Person
    rival: Person
    supplier: Person


def build_cast() -> Cast:
    """The network of two dealers and one supplier, with a person each; committed or not as the caller's test is."""
    from firstmove.domains.network import operations, queries
    from firstmove.kernel import tenancy
    from firstmove.kernel.tenancy import SYSTEM, Actor

    operations.initialise(name="Spring Water Works", currency="USD", time_zone="UTC")
    operations.set_business_date(day=TODAY)
    operations.upsert_suppliers(rows=[{"code": "S-1", "name": "Bottle Maker"}])
    operations.upsert_dealers(
        rows=[
            {
                "code": "D-1",
                "name": "Dealer One",
                "city": "Ames",
                "region": "500",
                "credit_limit": Decimal("50000.00"),
                "terms_days": 30,
            },
            {"code": "D-2", "name": "Rival Two", "city": "Boone", "region": "500"},
        ]
    )
    with tenancy.scope(SYSTEM):
        dealers, suppliers = queries.dealer_ids_by_code(), queries.supplier_ids_by_code()

    def person(email: str, role: str, actor_kind: str, **party: object) -> Person:
        user_id = operations.add_user(
            email=email, name=email.partition("@")[0].title(), role=role, password=PASSWORD, language="en", **party
        )
        keys = {
            "dealer": {"dealer_id": dealers.get(party.get("dealer_code"))},
            "supplier": {"supplier_id": suppliers["S-1"]},
        }
        return Person(user_id, email, PASSWORD, Actor(actor_kind, user_id=user_id, **keys.get(actor_kind, {})))

    return Cast(
        dealer_id=dealers["D-1"],
        rival_id=dealers["D-2"],
        supplier_id=suppliers["S-1"],
        admin=person("admin@example.com", "admin", "enterprise"),
        owner=person("owner@example.com", "owner", "dealer", dealer_code="D-1"),
        buyer=person("buyer@example.com", "buyer", "dealer", dealer_code="D-1"),
        rival=person("rival@example.com", "owner", "dealer", dealer_code="D-2"),
        supplier=person("supplier@example.com", "supplier", "supplier", supplier_code="S-1"),
    )


@pytest.fixture
def cast(db, building) -> Cast:
    return building.made("cast")


@pytest.fixture
def committed_cast(transactional_db) -> Cast:
    """As `cast`, but committed: for tests with several connections, processes or a browser."""
    return build_cast()
