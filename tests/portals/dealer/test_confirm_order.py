"""Looking at today's order, changing it, confirming and rejecting it."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import translation

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.network import operations as network
from firstmove.domains.planning import operations as planning_operations
from firstmove.domains.planning import queries as planning
from firstmove.domains.trade import queries as trade
from firstmove.kernel import tenancy
from tests.cast import NOW


def text_of(answer):
    """The words of a page, without tags and with single spaces."""
    words = re.sub(r"<[^>]+>", " ", answer.content.decode()).replace("\u00a0", " ")
    return re.sub(r"\s+", " ", words)


def at(scene, name, *more):
    return reverse(f"dealer:{name}", args=[scene.proposal_id, *more])


@pytest.fixture
def buyer(scene, signed_in):
    return signed_in(scene.cast.buyer)


@pytest.fixture
def lines(scene):
    with tenancy.scope(scene.cast.buyer.actor):
        return planning.attention_lines(proposal_id=scene.proposal_id)


def totals(scene):
    with tenancy.scope(scene.cast.buyer.actor):
        return planning.totals(proposal_id=scene.proposal_id)


def orders(scene):
    with tenancy.scope(scene.cast.buyer.actor):
        return trade.orders(dealer_id=scene.cast.dealer_id)[0]


def test_the_first_page_says_what_is_ready_what_it_brings_and_what_runs_out(scene, buyer):
    words = text_of(buyer.get("/dealer/"))
    assert re.search(r"24 products, \$[\d,]+, arrives Wed 11 Mar", words)
    assert re.search(r"Ordering today brings \$[\d,]+ \(\$[\d,]+–[\d,]+\) until the next order day, Mon 9 Mar", words)
    assert "21 products are likely to run out" in words
    assert "Credit left: $50,000" in words
    assert "Review 5 lines and confirm" in words


def test_an_edited_line_comes_back_with_the_totals_of_the_page(scene, buyer, lines):
    line = next(one for one in lines if one.order_multiple == 1)
    before = totals(scene)
    answer = buyer.post(
        at(scene, "quantity", line.number), {"quantity": line.quantity + 10}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    body = answer.content.decode()
    assert body.lstrip().startswith(f'<tr id="line-{line.number}"')
    assert 'id="order-sum" hx-swap-oob="true"' in body
    assert 'id="order-title" hx-swap-oob="true"' in body
    after = totals(scene)
    assert after.amount == before.amount + 10 * line.unit_price
    assert f"${after.amount:,.0f}" in body
    assert "1 changed by you" in text_of(answer)


def test_an_edited_line_of_a_category_brings_the_category_s_sums_along(scene, buyer):
    with tenancy.scope(scene.cast.buyer.actor):
        group = planning.groups(proposal_id=scene.proposal_id)[0]
        line = planning.group_lines(proposal_id=scene.proposal_id, category=group.category)[0][0]
    answer = buyer.post(at(scene, "quantity", line.number), {"quantity": 0}, headers={"HX-Request": "true"})
    assert 'class="quiet" hx-swap-oob="true"' in answer.content.decode()
    assert f"{group.lines - 1} line" in text_of(answer)


def test_a_quantity_below_the_minimum_is_raised_and_the_page_says_so(scene, buyer):
    with tenancy.scope(scene.cast.buyer.actor):
        every = planning.lines(proposal_id=scene.proposal_id)
    line = next(one for one in every if one.order_minimum == 12)
    answer = buyer.post(at(scene, "quantity", line.number), {"quantity": 5}, headers={"HX-Request": "true"})
    assert "5 became 12. Type 0 to leave it out." in text_of(answer)


@pytest.mark.parametrize("typed", ["", "many", "1.5", "-3", "99999999999"])
def test_what_is_no_quantity_is_refused_and_changes_nothing(scene, buyer, lines, typed):
    before = totals(scene)
    answer = buyer.post(at(scene, "quantity", lines[0].number), {"quantity": typed}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert totals(scene) == before


def test_categories_open_and_close_in_place(scene, buyer):
    address = at(scene, "group") + "?category=Tea"
    opened = buyer.get(address).content.decode()
    assert opened.count("<tr") == 1 + 7
    assert buyer.get(address + "&closed=1").content.decode().count("<tr") == 1
    assert buyer.get(at(scene, "group") + "?category=Unknown").status_code == 404


def test_a_line_says_why_this_quantity_in_figures_that_add_up(scene, buyer, lines):
    line = lines[0]
    words = text_of(buyer.get(at(scene, "line", line.number)))
    assert f"Why {line.proposed_quantity} case of {line.product_name}?" in words
    assert "What you have must last 16 d" in words
    assert f"{line.on_hand:,.0f} case on hand" in words


def test_confirming_makes_the_order_and_shows_it(scene, buyer):
    expected = totals(scene)
    answer = buyer.post(at(scene, "confirmation"), follow=True)
    (order,) = orders(scene)
    assert answer.redirect_chain[-1][0] == reverse("dealer:order", args=[order.id])
    assert (order.line_count, order.amount) == (expected.lines, expected.amount)
    assert f"Order {order.number} is placed." in text_of(answer)
    assert f"Order {order.number} is placed" in text_of(buyer.get("/dealer/"))
    assert buyer.post(at(scene, "confirmation")).status_code == 302
    assert len(orders(scene)) == 1


def test_a_price_that_changed_since_is_shown_and_confirmed_by_a_second_yes(scene, buyer, lines):
    line = next(one for one in lines if not one.price_assumed)
    catalog.set_price(sku=line.sku, price=line.unit_price + 1, dealer="D-1")
    page = buyer.post(at(scene, "confirmation"), follow=True)
    words = text_of(page)
    assert "Something changed since this morning" in words
    assert f"${line.unit_price:.2f} ${line.unit_price + 1:.2f}" in words
    assert orders(scene) == []
    buyer.post(at(scene, "confirmation"))
    assert len(orders(scene)) == 1


def test_over_credit_the_page_says_how_much_and_orders_nothing(scene, buyer):
    network.upsert_dealers(rows=[{"code": "D-1", "credit_limit": Decimal("1000.00")}])
    words = text_of(buyer.get(at(scene, "proposal")))
    assert "over the credit that is left. Take out what can wait" in words
    words = text_of(buyer.post(at(scene, "confirmation"), follow=True))
    assert "over the credit of 1,000.00 USD that is left. Take out what can wait, or ask for a higher limit." in words
    assert orders(scene) == []


def test_rejecting_needs_a_cause_and_shows_on_the_first_page(scene, buyer):
    assert "Choose one of the causes." in text_of(buyer.post(at(scene, "rejection"), follow=True))
    assert "Today" in text_of(buyer.post(at(scene, "rejection"), {"cause": "no_cash"}, follow=True))
    words = text_of(buyer.get("/dealer/"))
    assert "Nothing is ordered today" in words
    assert "No cash or credit" in words
    assert buyer.post(at(scene, "confirmation")).status_code == 409


def test_staff_look_but_do_not_order(scene, signed_in):
    user_id = network.invite(
        actor=scene.cast.owner.actor,
        email="staff@example.com",
        name="Staff",
        role="staff",
        dealer_id=scene.cast.dealer_id,
        language="en",
    )
    staff = signed_in(type("Person", (), {"user_id": user_id}))
    page = staff.get(at(scene, "proposal")).content.decode()
    assert "Confirm order" not in page
    assert "data-stepper" not in page
    assert staff.post(at(scene, "confirmation")).status_code == 403


def test_an_expired_proposal_says_so_and_takes_no_confirmation(scene, buyer):
    import datetime as dt

    network.set_business_date(day=NOW.date() + dt.timedelta(days=5))
    assert "The proposal of Mon 2 Mar expired" in text_of(buyer.get("/dealer/"))
    assert buyer.post(at(scene, "confirmation")).status_code == 409


def test_a_day_on_which_nothing_needs_to_be_ordered_says_so(scene, buyer):
    import datetime as dt

    planning_operations.reject(actor=scene.cast.buyer.actor, proposal_id=scene.proposal_id, cause="other", now=NOW)
    network.set_business_date(day=NOW.date() + dt.timedelta(days=1))
    assert "Nothing needs to be ordered today" in text_of(buyer.get("/dealer/"))


def test_before_the_first_plan_the_page_says_what_will_stand_here(cast, signed_in):
    assert "Your first proposal is still to come" in text_of(signed_in(cast.buyer).get("/dealer/"))


def test_the_sentences_are_chinese_for_who_reads_chinese(scene, signed_in):
    network.set_language(actor=scene.cast.buyer.actor, language="zh-hans")
    with translation.override("zh-hans"):
        words = text_of(signed_in(scene.cast.buyer).get("/dealer/"))
    assert "24 个商品" in words
    assert "过目 5 行并确认" in words
    assert "products" not in words
