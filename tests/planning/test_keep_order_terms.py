"""A dealer's proposal under its terms: budget, credit, minimum, trucks, order days, shelf life."""

import datetime as dt
from decimal import Decimal

import pytest

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.network import operations as network
from firstmove.domains.planning import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid
from tests.cast import NOW, TODAY
from tests.planning.mornings import plan, proposal, todays
from tests.scene import products


def agree(**terms):
    network.upsert_dealers(rows=[{"code": "D-1", **terms}])


def lines(found):
    with tenancy.scope(tenancy.SYSTEM):
        return queries.lines(proposal_id=found.id)


def waits(dealer_id):
    with tenancy.scope(tenancy.SYSTEM):
        return queries.waiting(dealer_id=dealer_id)


def test_a_budget_cuts_the_order_and_every_cut_line_says_from_what(scene):
    whole = proposal(scene.proposal_id)
    budget = round(whole.totals.amount * Decimal("0.6"), 2)
    agree(order_budget=budget)
    plan()
    found = todays(scene.cast.dealer_id)
    assert budget * Decimal("0.9") < found.totals.amount <= budget
    assert found.terms.bound == ("budget",)
    assert found.terms.amount_wished == pytest.approx(float(whole.totals.amount), abs=0.01)
    assert found.terms.more_profit > 0
    cut = [line for line in lines(found) if line.cause == "budget"]
    assert cut
    assert all(line.proposed_quantity < line.wished_quantity for line in cut)
    assert found.totals.profit > whole.totals.profit * 0.6
    # the rival has no budget, and nothing of its order changed
    rival = todays(scene.cast.rival_id)
    assert rival.terms.bound == ()


def test_no_more_is_proposed_than_credit_carries(scene):
    whole = proposal(scene.proposal_id)
    agree(credit_limit=round(whole.totals.amount * Decimal("0.5"), 2), order_budget=whole.totals.amount)
    plan()
    found = todays(scene.cast.dealer_id)
    assert found.terms.bound == ("credit",)
    network.set_business_date(day=TODAY)
    placed = operations.accept(actor=scene.cast.owner.actor, proposal_id=found.id, now=NOW)
    assert placed.order_id is not None
    # what was ordered uses the credit up, so the next morning asks for no more than is left
    left = round(whole.totals.amount * Decimal("0.5"), 2) - found.totals.amount
    plan(TODAY + dt.timedelta(days=1))
    following = todays(scene.cast.dealer_id, on=TODAY + dt.timedelta(days=1))
    assert following is None or following.totals.amount <= left
    assert waits(scene.cast.dealer_id) is not None or following is not None


def test_an_order_far_under_its_minimum_waits_and_says_until_when(scene):
    whole = proposal(scene.proposal_id)
    agree(minimum_order_amount=whole.totals.amount * 30)
    plan()
    assert todays(scene.cast.dealer_id) is None
    held = waits(scene.cast.dealer_id)
    assert held.until_on > TODAY
    assert held.terms.bound == ("minimum",)
    assert held.terms.wait_cost > 0
    assert waits(scene.cast.rival_id) is None


def test_an_order_a_little_under_its_minimum_is_topped_up_with_what_sells(scene):
    whole = proposal(scene.proposal_id)
    least = round(whole.totals.amount * Decimal("1.03"), 2)
    agree(minimum_order_amount=least)
    plan()
    found = todays(scene.cast.dealer_id)
    assert found.totals.amount >= least
    assert found.terms.top_up_cost <= found.terms.wait_cost
    added = [line for line in lines(found) if line.cause == "minimum"]
    assert added
    assert all(line.proposed_quantity > line.wished_quantity and line.profit > 0 for line in added)


def test_an_edit_that_breaks_the_minimum_is_not_ordered(scene):
    agree(minimum_order_amount=proposal(scene.proposal_id).totals.amount)
    plan()
    found = todays(scene.cast.dealer_id)
    network.set_business_date(day=TODAY)
    operations.edit_line(actor=scene.cast.owner.actor, proposal_id=found.id, number=1, quantity=0, today=TODAY)
    with pytest.raises(Invalid) as refused:
        operations.accept(actor=scene.cast.owner.actor, proposal_id=found.id, now=NOW)
    assert refused.value.code == "under-minimum"
    with tenancy.scope(tenancy.SYSTEM):
        assert queries.load_of(proposal_id=found.id, terms=found.terms).amount < found.totals.amount


def test_trucks_are_filled_and_counted(scene):
    catalog.upsert_products(rows=[{"sku": row["sku"], "units_per_pallet": 60, "weight_kg": 6.0} for row in products()])
    units = proposal(scene.proposal_id).totals.quantity
    agree(truck_pallets=units / 60 / 1.9, freight_per_truck=Decimal(400))
    plan()
    found = todays(scene.cast.dealer_id)
    with tenancy.scope(tenancy.SYSTEM):
        load = queries.load_of(proposal_id=found.id, terms=found.terms)
    assert load.carriers == 2
    assert load.carriers_filled == pytest.approx(2, abs=0.02)
    assert load.unknown == 0
    assert load.kg == found.totals.quantity * 6
    assert {line.cause for line in lines(found)} >= {"truck"}


def test_on_other_days_than_its_order_days_a_dealer_is_told_the_next(scene):
    assert TODAY.isoweekday() == 1
    agree(order_weekdays="4", delivery_weekdays="2")
    plan()
    assert todays(scene.cast.dealer_id) is None
    held = waits(scene.cast.dealer_id)
    assert held.terms.bound == ("order_day",)
    assert held.until_on == TODAY + dt.timedelta(days=3)


def test_on_its_order_day_the_order_lasts_until_the_delivery_after_next(scene):
    agree(order_weekdays="1", delivery_weekdays="6")
    plan()
    found = todays(scene.cast.dealer_id)
    assert found.expected_on.isoweekday() == 6
    assert found.review_days == 7
    assert found.terms.next_order_on == TODAY + dt.timedelta(days=7)


def test_perishable_goods_are_ordered_only_as_far_as_they_sell(scene):
    before = {line.sku: line.proposed_quantity for line in lines(proposal(scene.proposal_id))}
    catalog.upsert_products(rows=[{"sku": row["sku"], "shelf_life_days": 7} for row in products()])
    plan()
    found = todays(scene.cast.dealer_id)
    after = {line.sku: line for line in lines(found)}
    assert found.terms.bound == ("shelf_life",)
    assert sum(line.proposed_quantity for line in after.values()) < sum(before.values())
    for line in after.values():
        assert line.on_hand + line.in_transit + line.proposed_quantity <= 7 * max(line.rate_per_day, 0.5) * 1.5


def test_a_rival_sees_neither_terms_nor_waiting_orders(scene):
    agree(minimum_order_amount=Decimal(10_000_000))
    plan()
    with tenancy.scope(scene.cast.rival.actor):
        assert queries.waiting(dealer_id=scene.cast.dealer_id) is None
    with tenancy.scope(scene.cast.owner.actor):
        assert queries.waiting(dealer_id=scene.cast.dealer_id) is not None
