"""The enterprise's plan follows what dealers will order, and what is scarce is shared so that everybody can see why."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.network import operations as network
from firstmove.domains.planning import operations, queries
from firstmove.domains.trade import operations as trade
from firstmove.domains.trade import queries as trade_queries
from firstmove.engine.demand import calendar
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid, NotAllowed, NotFound
from firstmove.kernel.tenancy import SYSTEM, Actor
from tests.cast import NOW, TODAY
from tests.planning import mornings
from tests.scene import YESTERDAY

# Both dealers are proposed some of it.
SKU = "000009"


@pytest.fixture
def wanted(scene) -> dict[int, int]:
    """What each dealer would order of the product today, by dealer id."""
    return proposed(scene)


def proposed(scene) -> dict[int, int]:
    found = {}
    for dealer_id in (scene.cast.dealer_id, scene.cast.rival_id):
        proposal = mornings.todays(dealer_id)
        line = next((line for line in mornings.lines(proposal.id) if line.sku == SKU), None)
        found[dealer_id] = line.quantity if line else 0
    return found


def plan_with(units: float, *, more_on: dt.date | None = None) -> None:
    """This morning's plan again, with so many units in the enterprise's warehouse and a lot on its way."""
    mornings.tell_lake("warehouse_daily", {"date": YESTERDAY, "sku": SKU, "on_hand": units})
    if more_on:
        row = {"date": more_on, "sku": SKU, "quantity": 5000.0, "kind": "planned"}
        mornings.tell_lake("production", row)
    mornings.plan()


def line_of(scene) -> queries.SupplyLineView:
    with tenancy.scope(SYSTEM):
        return queries.supply_line(product_id=scene.products[SKU])


def shares(scene, actor=SYSTEM) -> dict[int, queries.AllocationView]:
    with tenancy.scope(actor):
        return {row.dealer_id: row for row in queries.allocations(product_id=scene.products[SKU])[0]}


def test_an_enterprise_that_never_counted_plans_and_shares_nothing(scene, wanted):
    line = line_of(scene)
    assert not line.stock_known
    assert not line.is_scarce
    assert line.need[0] == pytest.approx(sum(wanted.values()))
    assert line.need_total > line.need[0]
    with tenancy.scope(scene.cast.admin.actor):
        assert queries.shared_products() == []
        assert set(queries.supply_plan().assumed) == {"supply_stock", "supply_days", "supply_capacity"}


def test_terms_of_supply_make_the_plan_exact(scene):
    catalog.upsert_supply_terms(
        rows=[{"sku": SKU, "supply_days": 7, "lot_minimum": 500, "lot_multiple": 50, "production_line": "L1"}]
    )
    catalog.upsert_capacities(rows=[{"production_line": "L1", "a_week": 10_000}])
    plan_with(0)
    line = line_of(scene)
    assert (line.supply_days, line.supply_days_assumed, line.is_made) == (7, False, True)
    assert line.order_now >= 500
    assert line.order_now % 50 == 0
    assert line.planned[1] == line.order_now


def test_what_the_plan_buys_is_proposed_less_what_is_on_order_and_once(scene):
    """All but 25 units are on order; in lots of 10 that is 30 more."""
    catalog.upsert_supply_terms(rows=[{"sku": SKU, "supply_days": 7, "lot_minimum": 20, "lot_multiple": 10}])
    plan_with(0)
    buyer, supplier_id = scene.cast.admin.actor, scene.cast.supplier_id
    on_order = trade.Wanted(scene.products[SKU], Decimal(line_of(scene).order_now) - 25)
    trade.propose_purchase(
        actor=buyer, supplier_id=supplier_id, lines=[on_order], expected_on=TODAY + dt.timedelta(days=3), now=NOW
    )
    channel = network.add_user(email="channel@example.com", name="Channel", role="channel", password=None)
    with pytest.raises(NotAllowed):
        operations.propose_purchases(actor=Actor("enterprise", user_id=channel), now=NOW)
    (made,) = operations.propose_purchases(actor=buyer, now=NOW)
    with tenancy.scope(SYSTEM):
        found = trade_queries.purchase(order_id=made)
    assert [line.quantity for line in found.lines if line.sku == SKU] == [30]
    assert (found.order.supplier_id, found.order.state) == (supplier_id, "order_review")
    assert found.order.expected_on >= TODAY + dt.timedelta(days=7)
    assert operations.propose_purchases(actor=buyer, now=NOW) == []


def test_a_line_that_is_full_owes_what_it_cannot_make(scene):
    catalog.upsert_supply_terms(rows=[{"sku": SKU, "supply_days": 7, "production_line": "L1"}])
    catalog.upsert_capacities(rows=[{"production_line": "L1", "a_week": 3}])
    plan_with(0)
    line = line_of(scene)
    assert line.capacity_binds
    assert max(line.planned) <= 3
    assert line.projected[-1] < 0
    assert line.shortage_risk_later > 0.9


def test_a_peak_is_built_ahead_by_a_line_that_cannot_make_it_in_its_week(scene, monkeypatch):
    """Twice the demand in week 8 (constructed), of a line that makes a little more than a usual week."""
    catalog.upsert_supply_terms(rows=[{"sku": SKU, "supply_days": 7, "production_line": "L1"}])
    plan_with(0)
    usual = float(np.median(line_of(scene).need))
    peak = np.ones(calendar.HORIZON_DAYS)
    peak[49:56] = 4.0

    def constructed(daily, **_asked):
        spans = np.tile(np.cumsum(peak) / np.arange(1, len(peak) + 1), (len(daily), 1))
        return calendar.Ahead(spans, np.ones_like(spans), spans, np.full(len(peak), -1), (), 2)

    monkeypatch.setattr("firstmove.domains.planning.operations.calendar.engine.look_ahead", constructed)
    catalog.upsert_capacities(rows=[{"production_line": "L1", "a_week": round(1.3 * usual)}])
    plan_with(round(5 * usual))
    line = line_of(scene)
    assert max(line.need[5:8]) > 2 * usual
    built = max(line.built_ahead, key=lambda one: one.units)
    assert built.units > 0
    assert built.week <= 8
    assert max(one.load for one in line.built_ahead) > 1
    assert line.ahead_cost > 0
    assert max(line.planned) <= round(1.3 * usual)
    with tenancy.scope(SYSTEM):
        assert queries.supply_lines(show="ahead")[0][0].sku == SKU
        assert queries.supply_counts()["ahead"] == 1


def test_plenty_is_shared_with_nobody(scene, wanted):
    plan_with(10_000)
    assert not line_of(scene).is_scarce
    assert proposed(scene) == wanted
    assert shares(scene) == {}


def test_an_order_that_a_share_left_under_its_minimum_is_taken_as_it_stands_and_no_smaller(scene, wanted):
    actor, dealer_id = scene.cast.owner.actor, scene.cast.dealer_id
    network.upsert_dealers(rows=[{"code": "D-1", "minimum_order_amount": mornings.todays(dealer_id).totals.amount}])
    plan_with(sum(wanted.values()) // 2)
    network.set_business_date(day=TODAY)
    found = mornings.todays(dealer_id)
    assert found.totals.amount < found.terms.least_amount
    other = next(line for line in mornings.lines(found.id) if line.sku != SKU)
    change = {"actor": actor, "proposal_id": found.id, "number": other.number, "today": TODAY}
    operations.edit_line(**change, quantity=0)
    with pytest.raises(Invalid) as refused:
        operations.accept(actor=actor, proposal_id=found.id, now=NOW)
    assert refused.value.code == "under-minimum"
    operations.edit_line(**change, quantity=other.quantity)
    assert operations.accept(actor=actor, proposal_id=found.id, now=NOW).order_id


def test_a_scarce_line_is_cut_to_the_dealers_share_and_says_why(scene, wanted):
    there = sum(wanted.values()) // 2
    more_on = TODAY + dt.timedelta(days=10)
    plan_with(there, more_on=more_on)
    given = shares(scene)
    assert sum(row.granted for row in given.values()) <= there
    line = next(line for line in mornings.lines(mornings.todays(scene.cast.dealer_id).id) if line.sku == SKU)
    scarce = line.scarce
    assert scarce.wanted == wanted[scene.cast.dealer_id] > line.quantity
    assert scarce.granted == given[scene.cast.dealer_id].granted >= line.quantity
    assert scarce.more_on == more_on
    assert 0 < scarce.covered < 1
    assert line.profit > 0


def test_nobody_orders_past_its_share_on_the_proposal(scene, wanted):
    plan_with(sum(wanted.values()) // 2)
    proposal = mornings.todays(scene.cast.dealer_id)
    line = next(line for line in mornings.lines(proposal.id) if line.sku == SKU)
    change = {"actor": scene.cast.buyer.actor, "proposal_id": proposal.id, "number": line.number, "today": TODAY}
    with pytest.raises(Invalid) as refused:
        operations.edit_line(quantity=line.scarce.granted + 1, **change)
    assert refused.value.code == "scarce"
    assert operations.edit_line(quantity=1, **change).quantity == 1


def test_a_dealer_sees_its_own_share_once_it_is_published_and_no_other(scene, wanted):
    plan_with(sum(wanted.values()) // 2)
    dealer = {"dealer_id": scene.cast.dealer_id}
    with tenancy.scope(scene.cast.buyer.actor):
        assert queries.allocations_of_dealer(**dealer) == ([], 0)
    product_id = scene.products[SKU]
    assert operations.publish_allocation(actor=scene.cast.admin.actor, product_id=product_id, now=NOW) == 2
    with tenancy.scope(scene.cast.buyer.actor):
        rows, count = queries.allocations_of_dealer(**dealer)
        assert (count, rows[0].dealer_id) == (1, scene.cast.dealer_id)
        assert queries.allocations_of_dealer(dealer_id=scene.cast.rival_id) == ([], 0)
        assert queries.supply_plan() is None
    mornings.plan()
    with tenancy.scope(scene.cast.buyer.actor):
        assert queries.allocations_of_dealer(**dealer)[1] == 1  # still scarce: still told
    plan_with(10_000)
    with tenancy.scope(scene.cast.buyer.actor):
        assert queries.allocations_of_dealer(**dealer) == ([], 0)


def test_only_the_enterprise_publishes_and_prefers_and_within_bounds(scene):
    with pytest.raises(NotAllowed):
        operations.publish_allocation(actor=scene.cast.owner.actor, product_id=scene.products[SKU], now=NOW)
    with pytest.raises(NotFound):
        operations.publish_allocation(actor=scene.cast.admin.actor, product_id=scene.products[SKU], now=NOW)
    with pytest.raises(NotAllowed):
        operations.set_tier_bonuses(actor=scene.cast.owner.actor, bonuses={"A": 0.1})
    with pytest.raises(Invalid):
        operations.set_tier_bonuses(actor=scene.cast.admin.actor, bonuses={"A": 0.3})


def test_the_plan_is_the_same_for_any_number_of_partitions(scene):
    plan_with(20)
    first = (line_of(scene), shares(scene))
    mornings.plan(partitions=1)
    assert line_of(scene) == first[0]
    assert {dealer: row.granted for dealer, row in shares(scene).items()} == {
        dealer: row.granted for dealer, row in first[1].items()
    }
