"""The demo's dealer that orders from a supplier directly: one order on its way, one that waits for the supplier."""

from decimal import Decimal

from firstmove.cli.demo_network import direct
from firstmove.domains.catalog import operations as catalog
from firstmove.domains.network import direct_supply
from firstmove.domains.trade import queries
from firstmove.kernel import tenancy
from tests.cast import NOW


def test_who_tries_the_demo_finds_an_order_from_a_supplier_on_every_side(cast, monkeypatch):
    monkeypatch.setattr(direct, "DIRECT_DEALER", "D-1")
    about = {"category": "Tea", "supplier": "S-1", "unit": "case", "unit_price": Decimal(10), "minimum": 9}
    catalog.upsert_products(rows=[{"sku": "T", "name": "Tea", "multiple": 6, **about}])
    for _again in range(2):
        direct.order_directly(now=NOW)
    with tenancy.scope(cast.buyer.actor):
        (asked, shipped), count = queries.purchases(dealer_id=cast.dealer_id)
        (allowed,) = direct_supply.permissions()
    assert (count, asked.state, shipped.state) == (2, "release_review", "in_transit")
    # Twelve cases, two steps of six and no fewer than nine, at 6.20.
    assert asked.amount == shipped.amount == Decimal("74.40")
    assert allowed.supplier_id == cast.supplier_id
    with tenancy.scope(cast.admin.actor):
        _shared, seen = queries.dealers_purchases()
    assert seen == 2
    with tenancy.scope(cast.rival.actor):
        assert direct_supply.permissions() == []
