"""The demo has something to wait for and something to claim."""

import datetime as dt
from decimal import Decimal

from firstmove.cli.demo_network import fulfilled
from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog import queries as products
from firstmove.domains.stock import operations as stock
from firstmove.domains.trade import queries as trade
from firstmove.kernel import tenancy
from tests.cast import NOW, TODAY


def test_the_demo_waits_for_a_day_that_slipped_and_claims_what_came_short(cast, monkeypatch):
    monkeypatch.setattr(fulfilled, "WAITING_DEALER", "D-1")
    monkeypatch.setattr(fulfilled, "CLAIMING_DEALER", "D-2")
    skus = {"0001": 100, "0002": 100, "0003": 5}
    catalog.upsert_products(rows=[{"sku": sku, "name": sku} for sku in skus])
    catalog.upsert_prices(rows=[{"sku": sku, "price": 7.5} for sku in skus])
    with tenancy.scope(tenancy.SYSTEM):
        ids = products.product_ids_by_sku()
    positions = [stock.Position(None, ids[sku], Decimal(units)) for sku, units in skus.items()]
    stock.bring_to(positions=positions, occurred_on=TODAY, cause="file")
    fulfilled.send_in_parts(now=NOW)
    with tenancy.scope(cast.buyer.actor):
        (slip,) = trade.moved_promises(dealer_id=cast.dealer_id, since=NOW, open_only=True)
        assert slip.now_on == TODAY + dt.timedelta(days=12)
    with tenancy.scope(cast.rival.actor):
        found, _count = trade.claims()
    assert [(one.fault, one.quantity) for one in found] == [("short", 2), ("damaged", 1)]
