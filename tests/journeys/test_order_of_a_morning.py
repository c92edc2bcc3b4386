"""From today's order to an order that both sides see, in a browser; and what must not happen on the way."""

import re
import threading

import pytest
from django.db import connection, connections

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.planning import operations as planning_operations
from firstmove.domains.planning import queries as planning
from firstmove.domains.trade import queries as trade
from firstmove.kernel import tenancy
from tests.cast import NOW

pytestmark = pytest.mark.browser


def orders(scene):
    with tenancy.scope(scene.cast.buyer.actor):
        return trade.orders(dealer_id=scene.cast.dealer_id)[0]


def attention(scene):
    with tenancy.scope(scene.cast.buyer.actor):
        return planning.attention_lines(proposal_id=scene.proposal_id)


def test_the_buyer_edits_a_line_confirms_and_the_enterprise_sees_the_order(committed_scene, open_page):
    scene = committed_scene
    page = open_page(scene.cast.buyer)
    page.wait_for_url("**/dealer/")
    assert "24 products" in page.locator(".hero h1").inner_text()
    page.locator(".btn-hero").click()

    line = attention(scene)[1]
    total = page.locator("#order-sum strong")
    before = total.inner_text()
    quantity = page.locator(f"#line-{line.number} input[name=quantity]")
    quantity.fill(str(line.quantity + 20))
    quantity.press("Enter")
    page.locator("#order-sum", has_text="1 changed by you").wait_for()
    assert total.inner_text() != before
    assert f"Proposed: {line.quantity}" in page.locator(f"#line-{line.number}").inner_text()
    expected = total.inner_text()
    assert expected in page.locator(".hero h1").inner_text()

    page.get_by_role("button", name="Confirm order").click()
    page.wait_for_url(re.compile(r"/dealer/orders/\d+/"))
    (order,) = orders(scene)
    assert order.number in page.locator("h1").inner_text()
    assert f"${order.amount:,.0f}" == expected

    office = open_page(scene.cast.admin)
    office.goto("/enterprise/orders/")
    office.get_by_role("link", name=order.number).click()
    assert "Dealer One" in office.locator("main").inner_text()
    assert expected in office.locator("main").inner_text()


def test_a_category_opens_in_place_and_its_sums_follow_an_edit(committed_scene, open_page):
    scene = committed_scene
    page = open_page(scene.cast.buyer)
    page.goto(f"/dealer/proposals/{scene.proposal_id}/")
    group = page.locator("tbody", has=page.get_by_text("Tea", exact=True))
    sums = group.locator("tr.quiet")
    before = sums.inner_text()
    sums.get_by_role("button").click()
    first = group.locator("input[name=quantity]").first
    first.wait_for()
    assert group.locator("input[name=quantity]").count() == 7
    first.fill("0")
    first.press("Enter")
    page.locator("#order-sum", has_text="23 lines").wait_for()
    assert sums.inner_text() != before
    assert "6 lines" in sums.inner_text()
    sums.get_by_role("button").click()
    group.locator("input[name=quantity]").first.wait_for(state="detached")


def test_after_a_change_of_price_the_page_asks_again(committed_scene, open_page):
    scene = committed_scene
    page = open_page(scene.cast.buyer)
    line = next(one for one in attention(scene) if not one.price_assumed)
    catalog.set_price(sku=line.sku, price=line.unit_price + 1, dealer="D-1")
    page.get_by_role("button", name="Confirm order").click()
    page.locator("#changes").wait_for()
    assert line.product_name in page.locator("#changes").inner_text()
    assert orders(scene) == []
    page.get_by_role("button", name="Confirm with these changes").click()
    page.wait_for_url(re.compile(r"/dealer/orders/\d+/"))
    assert len(orders(scene)) == 1


def test_no_page_is_wider_than_the_screen(committed_scene, open_page):
    scene = committed_scene
    page = open_page(scene.cast.buyer)
    for address in (
        "",
        f"proposals/{scene.proposal_id}/",
        f"proposals/{scene.proposal_id}/lines/1/",
        "catalogue/",
        f"catalogue/{scene.products['000001']}/",
        "orders/",
        "stock/",
        "advice/",
        "settings/",
    ):
        page.goto(f"/dealer/{address}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address


def test_the_rival_gets_no_page_at_the_address_of_the_proposal(committed_scene, open_page):
    scene = committed_scene
    page = open_page(scene.cast.rival)
    answer = page.request.get(f"/dealer/proposals/{scene.proposal_id}/")
    assert answer.status == 404
    assert "Spring water" not in answer.text()


def test_two_people_who_confirm_at_once_make_one_order(committed_scene):
    """Two connections, held at a barrier until both are ready."""
    scene = committed_scene
    ready, results = threading.Barrier(2), []

    def confirm(actor):
        try:
            connection.ensure_connection()
            ready.wait(timeout=10)
            results.append(planning_operations.accept(actor=actor, proposal_id=scene.proposal_id, now=NOW))
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=confirm, args=(person.actor,)) for person in (scene.cast.buyer, scene.cast.owner)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    (order,) = orders(scene)
    assert [result.order_number for result in results] == [order.number, order.number]
