"""The open page of an order asks again: it is answered with nothing until something of the order changed."""

import re
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


def asked_by(page):
    """The address that the page asks, with the version that it shows."""
    return re.search(r"/dealer/orders/\d+/live/\?version=[\w.-]+", page.content.decode())[0]


def test_an_open_page_is_told_of_a_part_that_left_of_its_status_and_of_nothing_else(cast, order, signed_in):
    buyer = signed_in(cast.buyer)
    before = asked_by(buyer.get(f"/dealer/orders/{order}/"))
    assert buyer.get(before).status_code == 204
    how = trade.Transport(None, "SF Express", "SF1")
    trade.ship(actor=cast.admin.actor, order_id=order, now=NOW, quantities={1: Decimal(3)}, transport=how)
    changed = buyer.get(before)
    assert "SF Express" in changed.content.decode()
    sent = asked_by(changed)
    assert buyer.get(sent).status_code == 204
    carrier_id, _secret = trade.set_up_carrier(actor=cast.admin.actor, name="SF Express", now=NOW)
    trade.hear_carrier(
        carrier_id=carrier_id, message_id="1", tracking_number="SF1", status="out_for_delivery", at=NOW, now=NOW
    )
    assert "Out for delivery" in buyer.get(sent).content.decode()
    rival = signed_in(cast.rival).get(sent)
    assert rival.status_code == 404
    assert "SF1" not in rival.content.decode()
