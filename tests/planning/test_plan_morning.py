"""A run: the same from the same inputs, blind to what comes after its day, and never doubled."""

import datetime as dt
import tempfile

import pytest
from django.conf import settings as django_settings

from firstmove.domains.network import operations as network
from firstmove.domains.planning import operations, queries
from firstmove.domains.planning.executors import Local
from firstmove.domains.planning.models import Outlook, Proposal, Run
from firstmove.domains.planning.operations import pipeline
from firstmove.domains.planning.operations.inputs import gather
from firstmove.domains.planning.operations.scenarios import named
from firstmove.domains.planning.partitions import Learned
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.kernel.tenancy import SYSTEM
from firstmove.lake.store import Lake
from tests.cast import NOW, TODAY
from tests.planning.mornings import DAY, accept, lines, outlooks, plan, proposal, sale, tell_lake, todays
from tests.scene import EMPTY, LUMPY, NEW, RISING, UNLISTED, YESTERDAY

SCENARIO = named("reactive-opening")


def recomputed(*, versions, learned=None, partitions=4):
    """The results of a run of that morning; without `learned`, with what it learns itself."""
    with (
        tempfile.TemporaryDirectory() as folder,
        tenancy.scope(SYSTEM),
    ):
        inputs = gather(
            lake=Lake(django_settings.LAKE_ROOT), as_of=YESTERDAY, versions=versions, scenario=SCENARIO,
            folder=folder, partitions=partitions,
        )  # fmt: skip
        return pipeline.decide(inputs, learned or pipeline.learn(inputs, Local()), Local())


@pytest.fixture
def record(scene):
    """What the scene's run left behind to compute it again."""
    with tenancy.scope(SYSTEM):
        run = Run.objects.get()
    return {"versions": run.versions, "learned": Learned.from_dict(run.pooled)}


def test_a_proposal_can_be_computed_again_whatever_came_in_since(scene, record):
    told = {(line.sku, line.proposed_quantity, round(line.profit, 6)) for line in lines(scene.proposal_id)}
    tell_lake("sales", sale(YESTERDAY, "000003", 500.0))

    def mine(versions):
        results = recomputed(versions=versions, learned=record["learned"])
        rows = results.filter(dealer="D-1").select("sku", "quantity_units", "profit").rows()
        return {(sku, int(quantity), round(profit, 6)) for sku, quantity, profit in rows if quantity > 0}

    assert mine(record["versions"]) == told
    assert mine(Lake(django_settings.LAKE_ROOT).versions()) != told


def test_the_number_of_partitions_changes_nothing(scene, record):
    given = recomputed(**record)
    one, four, sixteen = (recomputed(versions=record["versions"], partitions=count) for count in (1, 4, 16))
    assert given.equals(one)
    assert one.equals(four)
    assert one.equals(sixteen)


def test_nothing_after_its_day_is_read(scene):
    before = lines(scene.proposal_id), lines(scene.rival_proposal_id), outlooks(scene, scene.cast.rival_id)
    for dealer in ("D-1", "D-2"):
        tell_lake(
            "sales", sale(TODAY, "000003", 999.0, dealer=dealer), sale(TODAY + DAY, "000005", 999.0, dealer=dealer)
        )
        tell_lake("stock_daily", {"date": TODAY, "dealer": dealer, "sku": "000003", "quantity": 0.0})
        tell_lake(
            "orders",
            {"order": f"O-{dealer}", "line": "1", "dealer": dealer, "sku": "000003", "quantity": 99.0,
             "ordered_on": TODAY},
        )  # fmt: skip
        tell_lake(
            "shipments",
            {"order": f"O-{dealer}", "line": "1", "dealer": dealer, "sku": "000003", "quantity": 99.0,
             "shipped_on": TODAY, "received_on": TODAY},
        )  # fmt: skip
    plan()

    def told(found):
        return [(line.sku, line.proposed_quantity, line.profit, line.on_hand, line.in_transit) for line in found]

    after = [lines(todays(dealer).id) for dealer in (scene.cast.dealer_id, scene.cast.rival_id)]
    assert [told(found) for found in after] == [told(found) for found in before[:2]]
    assert {sku: view.rate_per_day for sku, view in outlooks(scene, scene.cast.rival_id).items()} == {
        sku: view.rate_per_day for sku, view in before[2].items()
    }


def test_what_is_not_listed_is_never_proposed_and_what_runs_out_is(scene):
    found = {line.sku: line for line in lines(scene.proposal_id)}
    assert UNLISTED not in found
    assert (found[EMPTY].reason, found[EMPTY].attention) != ("", "")
    assert found[EMPTY].stockout_probability > 0.9
    assert UNLISTED in outlooks(scene, scene.cast.dealer_id)


def test_planning_the_same_morning_again_doubles_nothing(scene):
    first = lines(scene.proposal_id)
    summary = plan()
    with tenancy.scope(SYSTEM):
        assert Proposal.objects.filter(state="ready").count() == 2
        assert Outlook.objects.count() == summary.pairs
        assert set(Outlook.objects.values_list("run_id", flat=True)) == {summary.run_id}
    assert proposal(scene.proposal_id).state == "superseded"
    second = todays(scene.cast.dealer_id)
    assert second.id != scene.proposal_id
    assert [(line.sku, line.quantity) for line in lines(second.id)] == [(line.sku, line.quantity) for line in first]


def test_a_dealer_who_ordered_gets_no_second_proposal_that_morning(scene):
    done = accept(scene.cast.buyer, scene.proposal_id)
    plan()
    mine, rivals = todays(scene.cast.dealer_id), todays(scene.cast.rival_id)
    assert (mine.id, mine.state, mine.order_id) == (scene.proposal_id, "accepted", done.order_id)
    assert rivals.state == "ready"
    assert rivals.id != scene.rival_proposal_id


def test_an_order_far_under_the_dealers_minimum_is_not_proposed(scene):
    amount = proposal(scene.proposal_id).totals.amount
    network.upsert_dealers(rows=[{"code": "D-1", "minimum_order_amount": amount}])
    plan()
    assert todays(scene.cast.dealer_id).is_ready
    network.upsert_dealers(rows=[{"code": "D-1", "minimum_order_amount": amount * 30}])
    plan()
    assert todays(scene.cast.dealer_id) is None
    assert todays(scene.cast.rival_id).is_ready


def test_a_dealer_that_is_no_longer_active_gets_none(scene):
    network.upsert_dealers(rows=[{"code": "D-2", "is_active": False}])
    assert plan().dealers == 1
    assert todays(scene.cast.rival_id) is None


def test_a_proposal_says_what_no_feed_gave(scene):
    own, rival = proposal(scene.proposal_id), proposal(scene.rival_proposal_id)
    # Four of Dealer One's thirty products have no price of its own.
    assert set(own.assumed) == {"price", "lead_time", "order_days"}
    assert set(rival.assumed) == {"stock", "price", "lead_time", "order_days"}
    assert {line.sku: line.price_assumed for line in lines(scene.proposal_id)} == {
        line.sku: int(line.sku) > 26 for line in lines(scene.proposal_id)
    }


def test_what_feeds_give_is_no_longer_assumed(scene):
    from firstmove.domains.catalog import operations as catalog

    catalog.upsert_prices(rows=[{"sku": sku, "price": 7} for sku in scene.products])
    network.set_lead_time(dealer_code="D-1", minimum_days=2, maximum_days=3)
    network.upsert_dealers(rows=[{"code": "D-1", "review_days": 14}])
    plan()
    own, rival = todays(scene.cast.dealer_id), todays(scene.cast.rival_id)
    assert own.assumed == ()
    assert (own.expected_on, own.review_days) == (TODAY + 3 * DAY, 14)
    assert set(rival.assumed) == {"stock", "lead_time", "order_days"}
    # An own price still goes before everybody's.
    prices = {line.sku: line.unit_price for line in lines(own.id)}
    assert all((price == 7) == (int(sku) > 26) for sku, price in prices.items())
    with tenancy.scope(SYSTEM):
        assert set(queries.latest_run().assumed) == {"stock", "lead_time", "order_days"}


def test_a_dealer_whose_orders_take_longer_than_said_is_planned_with_what_they_take(scene):
    network.set_lead_time(dealer_code="D-1", minimum_days=2, maximum_days=3)
    ordered = [YESTERDAY - (30 + 7 * week) * DAY for week in range(12)]
    plan()
    before = {line.sku: line.level for line in lines(todays(scene.cast.dealer_id).id)}
    tell_lake("orders", *(
        {"order": f"O-{day}", "line": "1", "dealer": "D-1", "sku": "000003", "quantity": 1.0, "ordered_on": day}
        for day in ordered
    ))  # fmt: skip
    tell_lake("shipments", *(
        {"order": f"O-{day}", "line": "1", "dealer": "D-1", "sku": "000003", "quantity": 1.0,
         "shipped_on": day, "received_on": day + 20 * DAY}
        for day in ordered
    ))  # fmt: skip
    plan()
    own = todays(scene.cast.dealer_id)
    assert (own.lead_time.source, own.lead_time.orders, own.lead_time.median) == ("learned", 12, 20)
    assert own.expected_on == TODAY + 20 * DAY
    after = {line.sku: line.level for line in lines(own.id)}
    assert all(after[sku] > before[sku] for sku in set(after) & set(before))
    with tenancy.scope(scene.cast.buyer.actor):
        assert queries.lead_time(dealer_id=scene.cast.dealer_id).source == "learned"
        assert queries.lead_time(dealer_id=scene.cast.rival_id) is None
    # The rival has no orders and no range of its own.
    assert "lead_time" in todays(scene.cast.rival_id).assumed
    assert todays(scene.cast.rival_id).lead_time.source == "assumed"


def test_every_pair_has_its_class(scene):
    found = outlooks(scene, scene.cast.dealer_id)
    assert {view.stock_class[0] for view in found.values()} == {"A", "B", "C"}
    assert found[LUMPY].stock_class[1] == "Z"
    # Four quicker weeks make no quarter that grows.
    assert (found[NEW].life_cycle, found[RISING].life_cycle) == ("new", "mature")


def test_the_stock_that_a_scenario_supplies_never_reaches_the_ledger(scene):
    from firstmove.domains.stock import queries as stock

    with tenancy.scope(SYSTEM):
        assert stock.balances(dealer_id=scene.cast.rival_id) == {}
    assert any(view.on_hand > 0 for view in outlooks(scene, scene.cast.rival_id).values())


def test_an_unknown_scenario_is_refused_with_the_known_ones(scene):
    with pytest.raises(Invalid, match="reactive-opening"):
        plan(scenario_name="rosy")
    assert proposal(scene.proposal_id).is_ready


def test_a_day_before_the_first_sale_cannot_be_planned_and_leaves_what_was_ready(scene):
    with pytest.raises(Conflict) as refused:
        plan(dt.date(2020, 1, 1))
    assert refused.value.code == "no-sales"
    assert proposal(scene.proposal_id).is_ready
    with tenancy.scope(SYSTEM):
        newest = queries.runs()[0][0]
    assert newest.state == "failed"
    assert newest.error


def test_a_past_day_sets_the_business_date_and_today_lets_it_go(scene):
    from firstmove.domains.network import queries as network_queries

    def business():
        with tenancy.scope(SYSTEM):
            found = network_queries.enterprise(now=NOW)
        return found.business_on, found.replayed

    plan(TODAY - 7 * DAY)
    assert business() == (TODAY, False) or business() == (TODAY - 7 * DAY, True)
    operations.plan(now=NOW, as_of=YESTERDAY - 7 * DAY)
    assert business() == (TODAY - 7 * DAY, True)
    operations.plan(now=NOW, as_of=YESTERDAY)
    assert business() == (TODAY, False)


def test_new_goods_are_called_new(scene):
    found = {line.sku: line for line in lines(scene.rival_proposal_id) + lines(scene.proposal_id)}
    assert found[NEW].attention == "new"
