"""An order leaves in part: the warehouse sends what is there, and the dealer's open page tells it without reloading."""

from decimal import Decimal

import pytest

from firstmove.domains.stock import operations as stock
from firstmove.domains.trade import operations as trade
from firstmove.domains.trade import queries
from firstmove.kernel import tenancy
from tests.cast import NOW, TODAY
from tests.trade.orders import line, place

pytestmark = pytest.mark.browser


def test_a_part_leaves_and_the_dealer_sees_it_come_and_what_is_still_to_come(committed_scene, open_page):
    cast, tea = committed_scene.cast, committed_scene.products["000003"]
    stock.bring_to(positions=[stock.Position(None, tea, Decimal(6))], occurred_on=TODAY, cause="file")
    trade.set_step_rule(actor=cast.admin.actor, step="to_ship", is_on=True, automatic=False, now=NOW)
    order = place(cast, line(tea, 10))
    dealer = open_page(cast.buyer)
    dealer.goto(f"/dealer/orders/{order.id}/")
    assert dealer.locator("#shipments").count() == 0

    enterprise = open_page(cast.admin)
    enterprise.goto(f"/enterprise/orders/{order.id}/")
    enterprise.locator("#ship input[type=number]").fill("4")
    enterprise.locator("#carrier").fill("SF Express")
    enterprise.locator("#ship form button.btn-primary").click()
    enterprise.wait_for_url("**/enterprise/shipments/*/")

    dealer.locator("#shipments", has_text="SF Express").wait_for(timeout=20_000)
    assert "6" in dealer.locator("#back-orders").inner_text()
    assert dealer.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    dealer.locator("#shipments a.btn").click()
    dealer.locator("input[name='good-1']").fill("3")
    dealer.locator("#lines button.btn-primary").click()
    dealer.wait_for_url(f"**/dealer/orders/{order.id}/")
    with tenancy.scope(cast.buyer.actor):
        ((claim,), _count) = queries.claims(order_id=order.id)
    assert (claim.fault, claim.quantity) == ("short", 1)
