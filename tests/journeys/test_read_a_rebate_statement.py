"""A rebate statement with its evidence: the dealer sees the order behind every amount, objects, and is answered."""

import datetime as dt

import pytest

from firstmove.domains.incentives import operations, queries
from firstmove.domains.trade import operations as trade
from firstmove.kernel import tenancy
from tests.cast import NOW
from tests.incentives.programmes import MONTH, deliver, part, promise
from tests.trade.orders import line, place

pytestmark = pytest.mark.browser

LAST_MONTH = (MONTH - dt.timedelta(days=1)).replace(day=1)


def test_the_owner_opens_a_statement_sees_the_orders_behind_it_objects_and_agrees(committed_scene, open_page):
    scene = committed_scene
    cast, admin = scene.cast, scene.cast.admin.actor
    trade.open_account(actor=admin, dealer_id=cast.dealer_id, opened_on=LAST_MONTH, opening=None, now=NOW)
    programme_id = promise(cast, (1000, 1), (2000, 3), from_on=LAST_MONTH)
    days = (LAST_MONTH + dt.timedelta(days=4), LAST_MONTH + dt.timedelta(days=18))
    bought = []
    for day in days:
        bought.append(place(cast, line(scene.products["000003"], 120, "10"), ordered_on=day))
        deliver()
    found = part(cast, on=LAST_MONTH, programme_id=programme_id)
    operations.settle(actor=admin, period_id=found.period.id, now=NOW)
    with tenancy.scope(cast.owner.actor):
        (made,), _count = queries.statements(dealer_id=cast.dealer_id)

    page = open_page(cast.owner)
    page.goto("/dealer/rebates/")
    page.get_by_role("link", name=made.number).click()
    page.wait_for_url("**/dealer/rebates/statements/*/")
    evidence = page.locator("#evidence")
    # 3 % of 2,400: the second order reached the step, and brought the first one the difference.
    assert "72.00" in page.locator("h1").inner_text()
    assert evidence.get_by_role("link", name=bought[0].number).count() == 2
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    evidence.get_by_role("link", name=bought[1].number).click()
    page.wait_for_url(f"**/dealer/orders/{bought[1].id}/")
    page.go_back()

    page.locator("#dispute textarea").fill("One order of February is missing")
    page.locator("#dispute form").filter(has=page.locator("textarea")).get_by_role("button").click()
    page.locator("#dispute", has_text="One order of February is missing").wait_for()

    keeper = open_page(cast.admin)
    keeper.goto("/enterprise/incentives/statements/")
    keeper.get_by_role("link", name=made.number).first.click()
    keeper.wait_for_url("**/enterprise/incentives/disputes/*/")
    keeper.locator("textarea").fill("It was ordered in March and counts there")
    keeper.locator("main form button.btn-primary").click()
    keeper.get_by_text("It was ordered in March and counts there").wait_for()

    page.reload()
    page.locator("#dispute", has_text="It was ordered in March").wait_for()
    page.locator("#dispute form:not(:has(textarea)) button").click()
    page.wait_for_load_state()
    with tenancy.scope(cast.owner.actor):
        assert queries.disputes(dealer_id=cast.dealer_id)[0].state == "settled"
