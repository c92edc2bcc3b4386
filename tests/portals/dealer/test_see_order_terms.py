"""The dealer sees how its order stands against what was agreed, and it changes with every edit."""

from decimal import Decimal

import pytest
from django.urls import reverse

from firstmove.domains.network import operations as network
from tests.cast import TODAY
from tests.planning.mornings import plan, proposal, todays


@pytest.fixture
def owner(signed_in, scene):
    return signed_in(scene.cast.owner)


def agree(**terms):
    network.upsert_dealers(rows=[{"code": "D-1", **terms}])
    plan()
    # The plan lets the business date follow the clock again; the tests' day is fixed.
    network.set_business_date(day=TODAY)


def test_a_budget_that_binds_is_told_with_what_more_would_earn(owner, scene):
    agree(order_budget=round(proposal(scene.proposal_id).totals.amount * Decimal("0.6"), 2))
    page = owner.get(reverse("dealer:today")).content.decode()
    assert "Budget used" in page
    assert "the budget cut what earns least" in page
    assert "more budget would earn about" in page
    assert "by the budget." in page


def test_an_edit_under_the_minimum_says_so_at_once(owner, scene):
    agree(minimum_order_amount=proposal(scene.proposal_id).totals.amount)
    found = todays(scene.cast.dealer_id)
    answer = owner.post(
        reverse("dealer:quantity", args=[found.id, 1]), {"quantity": "0"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    text = answer.content.decode()
    assert 'id="order-terms" hx-swap-oob="true"' in text
    assert "short" in text


def test_a_dealer_who_waits_reads_why_and_until_when(owner, scene):
    agree(minimum_order_amount=proposal(scene.proposal_id).totals.amount * 30)
    page = owner.get(reverse("dealer:today")).content.decode()
    assert "It pays to wait with the order until about" in page
    agree(minimum_order_amount=None, order_weekdays="4")
    assert "Your next order day is Thu 5 Mar" in owner.get(reverse("dealer:today")).content.decode()


def test_without_terms_nothing_is_said_of_them(owner, scene):
    network.upsert_dealers(rows=[{"code": "D-1", "credit_limit": None}])
    plan()
    network.set_business_date(day=TODAY)
    assert "Minimum order" not in owner.get(reverse("dealer:today")).content.decode()
