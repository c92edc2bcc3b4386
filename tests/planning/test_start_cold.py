"""A dealer connected yesterday and a product launched ten days ago are in this morning's plan, with reasons."""

import datetime as dt

import pytest
from django.utils import translation

from firstmove.domains.network import operations as network
from firstmove.domains.network import queries as network_queries
from firstmove.domains.planning import queries
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
from firstmove.portals import words
from tests.cast import TODAY
from tests.planning.mornings import LAUNCH, new_dealer_and_launch, plan, sale, sold, tell_lake

DAY = dt.timedelta(days=1)


@pytest.fixture
def opened(scene):
    return new_dealer_and_launch()


def todays_lines(dealer_id: int, *, on: dt.date = TODAY) -> dict[str, queries.LineView]:
    with tenancy.scope(SYSTEM):
        found = queries.todays_proposal(dealer_id=dealer_id, on=on)
        return {} if found is None else {line.sku: line for line in queries.lines(proposal_id=found.id)}


def test_a_dealer_connected_yesterday_has_a_first_order_from_dealers_like_it(opened):
    plan()
    lines = todays_lines(opened)
    third = 3.0  # product 000007 at the third dealer, whose market is as large
    assert len(lines) >= 10
    cold = lines["000007"].cold
    assert cold is not None
    assert (cold.kind, cold.sold, cold.days) == ("dealer", 0.0, 0)
    assert cold.week == cold.expected_week
    assert third * 7 / 3 < cold.week < third * 7 * 3
    assert 0 < lines["000007"].quantity < 4 * 7 * third
    with translation.override("en"):
        assert "Dealers like you" in words.reason_sentence(lines["000007"])


def test_three_weeks_of_sell_out_correct_the_first_plan(opened):
    plan()
    before = todays_lines(opened)["000007"].cold
    others = [row for n in range(8, 16) for row in sold("D-9", f"{n:06d}", range(1, 22), 1.0 + n % 5)]
    tell_lake("sales", *sold("D-9", "000007", range(1, 22), 9.0), *others)
    # Everything it had is sold: without a count, the opening that the scenario assumes would last a month.
    tell_lake("stock_daily", {"date": TODAY - DAY, "dealer": "D-9", "sku": "000007", "quantity": 0.0})
    plan()
    after = todays_lines(opened)["000007"].cold
    assert before is not None
    assert after is not None
    assert (after.days, after.sold) == (21, 189.0)
    assert after.expected_week == pytest.approx(before.expected_week)
    assert before.week < after.week
    assert abs(after.week - 63) < abs(before.week - 63) / 2


def test_a_dealer_whose_market_is_not_known_gets_no_invented_order(opened):
    network.upsert_dealers(rows=[{"code": "D-9", "name": "Newcomer", "region": "500", "market_customers": None}])
    plan()
    assert todays_lines(opened) == {}


def test_a_product_launched_ten_days_ago_is_proposed_small_before_it_sold(opened, scene):
    plan()
    lines = todays_lines(scene.cast.rival_id)
    cold = lines[LAUNCH].cold
    assert cold is not None
    assert (cold.kind, cold.days, cold.sold) == ("product", 0, 0.0)
    assert cold.launches or cold.all_launches == 5
    # Launches sold two a day at each of three dealers.
    assert 0 < lines[LAUNCH].quantity <= 2 * 7 * 4
    with translation.override("en"):
        assert "launches" in words.reason_sentence(lines[LAUNCH])


def test_first_sales_anywhere_raise_a_launch_everywhere(opened, scene):
    plan()
    before = todays_lines(scene.cast.rival_id)[LAUNCH].cold
    tell_lake("sales", *sold("D-1", LAUNCH, range(1, 9), 40.0))
    plan()
    after = todays_lines(scene.cast.rival_id)[LAUNCH].cold
    assert before is not None
    assert after is not None
    assert after.sold == 320.0
    assert after.week > before.week


def test_sales_after_the_morning_change_nothing(opened):
    plan()
    before = {sku: (line.quantity, line.cold) for sku, line in todays_lines(opened).items()}
    tell_lake("sales", *[sale(TODAY + DAY * n, "000007", 500.0, dealer="D-9") for n in range(5)])
    plan()
    assert {sku: (line.quantity, line.cold) for sku, line in todays_lines(opened).items()} == before


def test_the_rival_is_not_told_of_the_newcomers_plan(opened, scene):
    plan()
    with tenancy.scope(scene.cast.rival.actor):
        assert queries.todays_proposal(dealer_id=opened, on=TODAY) is None


def test_a_network_without_new_dealers_or_launches_plans_as_before(scene):
    plan()
    assert all(line.cold is None for line in todays_lines(scene.cast.dealer_id).values())


def test_a_new_dealer_has_a_first_order_where_nothing_was_ever_launched(scene):
    network.upsert_dealers(
        rows=[
            {"code": code, "name": code, "region": "500", "market_customers": 100}
            for code in ("D-1", "D-2", "D-3", "D-9")
        ]
    )
    tell_lake("sales", *[row for n in range(4, 16) for row in sold("D-3", f"{n:06d}", range(1, 300), 1.0 + n % 5)])
    with tenancy.scope(SYSTEM):
        newcomer = network_queries.dealer_ids_by_code()["D-9"]
    plan()
    assert todays_lines(newcomer)


def test_first_weeks_of_a_new_dealer_are_kept_with_whom_it_is_like(opened, scene):
    others = [row for n in range(8, 16) for row in sold("D-9", f"{n:06d}", range(1, 25), 1.0 + n % 5)]
    tell_lake("sales", *sold("D-9", "000007", range(1, 25), 9.0), *others)
    plan()
    with tenancy.scope(SYSTEM):
        (found,), count = queries.dealer_starts(search="Newcomer")
        one = queries.dealer_start(dealer_id=opened)
        pairs, _count = queries.start_pairs(dealer_id=opened)
    assert (count, found.state, found.days, len(one.over)) == (1, "planned", 24, 3)
    assert (one.opened_on, one.weeks[0].on) == (TODAY - 24 * DAY, TODAY - 24 * DAY)
    # Nobody has what sold in the fourth week: it is not over.
    daily = 9.0 + sum(1.0 + n % 5 for n in range(8, 16))
    assert [week.came for week in one.weeks[:4]] == [daily * 7] * 3 + [None]
    assert one.weeks[0].planned == pytest.approx(one.weeks[0].initial)
    assert one.weeks[0].low < one.weeks[0].planned < one.weeks[0].high
    # Every corrected week is nearer to what it sells than the first plan.
    missed = [abs(week.planned - daily * 7) for week in one.weeks[:4]]
    assert max(missed[1:]) < 0.75 * missed[0]
    assert 0 < one.own_share < 1
    assert {like.name for like in one.likes} == {"Dealer One", "Rival Two", "Third"}
    assert sum(like.weight for like in one.likes) == pytest.approx(1)
    assert next(pair for pair in pairs if pair.product_id == scene.products["000007"]).sold == 216.0


def test_a_week_is_planned_from_what_was_sold_before_it_alone(opened):
    tell_lake("sales", *[row for n in range(7, 16) for row in sold("D-9", f"{n:06d}", range(8, 22), 3.0)])
    plan()
    with tenancy.scope(SYSTEM):
        before = queries.dealer_start(dealer_id=opened)
    tell_lake("sales", *[row for n in range(7, 16) for row in sold("D-9", f"{n:06d}", range(1, 8), 90.0)])
    plan()
    with tenancy.scope(SYSTEM):
        after = queries.dealer_start(dealer_id=opened)
    assert [week.planned for week in after.weeks[:3]] == pytest.approx([week.planned for week in before.weeks[:3]])
    assert after.weeks[2].came != before.weeks[2].came
    assert after.weeks[3].planned > 2 * before.weeks[3].planned


def test_first_weeks_of_a_launch_are_kept_with_whom_it_is_for(opened, scene):
    tell_lake("sales", *sold("D-1", LAUNCH, range(1, 9), 40.0))
    plan()
    with tenancy.scope(SYSTEM):
        product_id = scene.products.get(LAUNCH) or queries.product_starts(search=LAUNCH)[0][0].product_id
        one = queries.product_start(product_id=product_id)
        pairs, _count = queries.start_pairs(product_id=product_id)
    assert (one.state, one.days, one.all_launches) == ("planned", 8, 5)
    assert (one.targeted, one.reached) == (len(pairs), 1)
    assert [week.came for week in one.weeks[:2]] == [280.0, None]
    assert one.weeks[1].planned > one.weeks[1].initial
    assert len(one.curve) == 13


def test_a_new_dealer_whose_market_is_not_known_is_named_without_a_plan(opened):
    network.upsert_dealers(rows=[{"code": "D-9", "name": "Newcomer", "region": "500", "market_customers": None}])
    plan()
    with tenancy.scope(SYSTEM):
        one = queries.dealer_start(dealer_id=opened)
    assert (one.state, one.weeks, one.likes) == ("no_market", (), ())


def test_no_dealer_reads_whom_another_is_like(opened, scene):
    plan()
    for actor in (scene.cast.rival.actor, scene.cast.owner.actor):
        with tenancy.scope(actor):
            assert queries.dealer_starts() == queries.product_starts() == queries.start_pairs() == ([], 0)


def test_the_dealer_is_told_how_far_its_order_rests_on_dealers_like_it(opened):
    plan()
    with tenancy.scope(SYSTEM):
        found = queries.todays_proposal(dealer_id=opened, on=TODAY)
        resting = queries.resting_lines(proposal_id=found.id)
        known = queries.todays_proposal(dealer_id=network_queries.dealer_ids_by_code()["D-1"], on=TODAY)
        assert known is None or queries.resting_lines(proposal_id=known.id) is None
    assert 0 < resting.on_likes <= resting.lines
    assert (resting.days, 1 <= resting.look_alikes <= 3) == (0, True)
