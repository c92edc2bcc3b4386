"""Programs ship orders in parts, follow what changed and receive what came."""

import json
from decimal import Decimal

import pytest

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog import queries as products
from firstmove.domains.stock import operations as stock
from firstmove.domains.trade import operations as trade
from firstmove.kernel import tenancy
from tests.cast import NOW, TODAY
from tests.trade.orders import line, place


@pytest.fixture
def order(cast):
    catalog.upsert_products(rows=[{"sku": "0001", "name": "Tea"}])
    with tenancy.scope(tenancy.SYSTEM):
        tea = products.product_ids_by_sku()["0001"]
    stock.bring_to(positions=[stock.Position(None, tea, Decimal(8))], occurred_on=TODAY, cause="file")
    trade.set_step_rule(actor=cast.admin.actor, step="to_ship", is_on=True, automatic=False, now=NOW)
    return place(cast, line(tea, 10)).id


def post(client, path, body, key):
    return client.post(path, body, "application/json", headers={"Idempotency-Key": key})


def test_an_order_is_shipped_in_parts_and_received_with_a_claim(cast, order, keyed):
    warehouse, till = keyed(cast.admin, "orders:write", "orders:read"), keyed(cast.buyer, "orders:write", "orders:read")
    path = f"/api/v1/orders/{order}/shipments"
    assert post(warehouse, path, {"quantities": {"1": "9"}}, "0").status_code == 422
    made = post(warehouse, path, {"quantities": {"1": "5"}, "carrier": "SF", "tracking_number": "SF1"}, "1")
    assert made.status_code == 201, made.content
    again = post(warehouse, path, {"quantities": {"1": "5"}, "carrier": "SF", "tracking_number": "SF1"}, "1")
    assert json.loads(again.content)["id"] == json.loads(made.content)["id"]
    first = json.loads(made.content)["id"]
    assert post(till, path, {}, "2").status_code == 403
    changed = json.loads(till.get("/api/v1/shipments?updated_after=2000-01-01T00:00:00Z").content)
    assert [(one["id"], one["lines"][0]["quantity"]) for one in changed["items"]] == [(first, "5.000")]
    receipt = {"lines": {"1": {"good": "3", "damaged": "1", "cause": "Wet"}}}
    came = json.loads(post(till, f"/api/v1/shipments/{first}/receipt", receipt, "3").content)
    assert (came["lines"][0]["received"], came["lines"][0]["damaged"]) == ("3.000", "1.000")
    rest = json.loads(post(warehouse, path, {}, "4").content)
    assert (rest["number"], rest["lines"][0]["quantity"]) == (2, "3.000")


def test_the_rival_finds_no_shipment_of_somebody_else(cast, order, keyed):
    shipment = trade.ship(actor=cast.admin.actor, order_id=order, now=NOW)
    rival = keyed(cast.rival, "orders:write", "orders:read")
    assert rival.get(f"/api/v1/shipments/{shipment}").status_code == 404
    assert post(rival, f"/api/v1/shipments/{shipment}/receipt", {}, "1").status_code == 404
    assert json.loads(rival.get("/api/v1/shipments").content)["items"] == []
