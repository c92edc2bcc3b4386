"""A return in a browser: the dealer asks, the enterprise approves and counts, and the dealer finds its credit."""

import re
from decimal import Decimal

import pytest

from firstmove.domains.trade import operations, queries
from firstmove.kernel import tenancy
from tests.cast import NOW, TODAY
from tests.trade.orders import line, place

pytestmark = pytest.mark.browser


def test_goods_go_back_from_request_to_credit_note(committed_scene, open_page):
    cast, tea = committed_scene.cast, committed_scene.products["000003"]
    order_id = place(cast, line(tea, 6, "11.30")).id
    operations.receive(actor=cast.buyer.actor, order_id=order_id, received_on=TODAY, now=NOW)
    buyer = open_page(cast.buyer)
    buyer.goto(f"/dealer/orders/{order_id}/")
    buyer.locator("#returns a.btn").click()
    buyer.wait_for_url("**/returns/new/")
    buyer.locator("input[name=line-1]").fill("3")
    buyer.locator("#cause").select_option("damaged")
    buyer.locator("#words").fill("Wet cartons")
    buyer.locator("main form button.btn-primary").click()
    buyer.wait_for_url(re.compile(r"/dealer/returns/\d+/"))
    page = buyer.url

    office = open_page(cast.admin)
    office.goto("/enterprise/returns/")
    office.locator("main table a", has_text="RT").first.click()
    office.locator("input[name=line-1]").fill("2")
    office.locator("form:has(#lines) button.btn-primary").click()
    office.get_by_text("Approved. The dealer is asked").wait_for()

    buyer.goto(page)
    buyer.locator("input[name=carrier]").fill("SF")
    buyer.locator("form:has(#lines) button.btn-primary").click()
    buyer.get_by_text("What was sent left your stock").wait_for()

    office.reload()
    office.locator("input[name=line-1]").fill("1")
    office.locator("input[name=scrap-1]").fill("1")
    office.locator("form:has(#lines) button.btn-primary").click()
    office.get_by_text("What came is credited").wait_for()

    buyer.goto(page)
    assert "22.60" in buyer.locator("h1").inner_text()
    assert buyer.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    with buyer.expect_download() as paper:
        buyer.locator("a", has_text="PDF").click()
    assert paper.value.suggested_filename.startswith("credit-note-")
    with tenancy.scope(cast.buyer.actor):
        (note,), _count = queries.credit_notes(dealer_id=cast.dealer_id)
    assert note.amount == Decimal("22.60")
