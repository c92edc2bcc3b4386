"""Quick order: a list from a spreadsheet becomes an order, in a browser, on a desk and on a phone."""

import re

import pytest

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.trade import queries as trade
from firstmove.kernel import tenancy

pytestmark = pytest.mark.browser


def test_the_buyer_pastes_a_list_corrects_a_line_scans_one_more_and_orders(committed_scene, open_page):
    scene = committed_scene
    catalog.upsert_products(rows=[{"sku": "000003", "carton": 24}])
    page = open_page(scene.cast.buyer)
    page.goto("/dealer/cart/rows/")
    page.locator("#rows").fill("编码\t数量\n000003\t12\n000005\t１０\nNO-SUCH\t3")
    page.locator("main form", has=page.locator("#rows")).get_by_role("button").click()
    page.wait_for_url("**/dealer/cart/")
    report = page.locator("#cart-report")
    assert "12 → 24: sold in cartons of 24" in report.inner_text()
    assert "No product has this code" in report.inner_text()

    quantity = page.locator(f"#cart-{scene.products['000005']} input[type=number]")
    quantity.fill("20")
    with page.expect_response("**/quantity/"):
        quantity.press("Enter")
    page.locator("#entry-code").fill("2*6901234500006")
    page.locator("#entry-code").press("Enter")
    page.locator(f"#cart-{scene.products['000006']}").wait_for()
    assert page.locator("#entry-code").input_value() == ""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator("#cart-sum", has_text="3 lines").wait_for()

    page.locator("#cart-act button").click()
    page.wait_for_url(re.compile(r"/dealer/orders/\d+/"))
    with tenancy.scope(scene.cast.buyer.actor):
        (order,), _count = trade.orders(dealer_id=scene.cast.dealer_id)
        lines = {line.sku: line.quantity for line in trade.order(order_id=order.id).lines}
    assert lines == {"000003": 24, "000005": 20, "000006": 2}
