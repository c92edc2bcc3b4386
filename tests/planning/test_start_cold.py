"""A dealer connected yesterday and a product launched ten days ago are in this morning's plan, with reasons."""

import datetime as dt

import pytest
from django.utils import translation

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.network import operations as network
from firstmove.domains.network import queries as network_queries
from firstmove.domains.planning import queries
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
from firstmove.portals import words
from tests.cast import TODAY
from tests.planning.mornings import plan, sale, tell_lake

DAY = dt.timedelta(days=1)
LAUNCH = "000099"


def sold(dealer: str, sku: str, days: range, units: float) -> list[dict[str, object]]:
    """`units` every day from `days.start` to `days.stop` days ago."""
    return [sale(TODAY - DAY * ago, sku, units, dealer=dealer) for ago in days]


@pytest.fixture
def opened(scene):
    """Three known dealers with a market, a new one without a sale, five launches of half a year ago, and a new one."""
    network.upsert_dealers(
        rows=[
            {"code": code, "name": name, "region": "500", "market_customers": customers}
            for code, name, customers in (
                ("D-1", "Dealer One", 100), ("D-2", "Rival Two", 100), ("D-3", "Third", 50), ("D-9", "Newcomer", 50),
            )
        ]
    )  # fmt: skip
    catalog.upsert_products(
        rows=[
            {"sku": sku, "name": f"Launch {sku}", "category": "Tea", "unit_price": 20.0, "listed_on": listed_on}
            for sku, listed_on in [(f"00009{n}", TODAY - 150 * DAY) for n in range(5)] + [(LAUNCH, TODAY - 10 * DAY)]
        ]
    )
    rows = [row for n in range(4, 16) for row in sold("D-3", f"{n:06d}", range(1, 300), 1.0 + n % 5)]
    for n in range(5):
        rows += [row for dealer in ("D-1", "D-2", "D-3") for row in sold(dealer, f"00009{n}", range(1, 150, 2), 4.0)]
    tell_lake("sales", *rows)
    with tenancy.scope(SYSTEM):
        return network_queries.dealer_ids_by_code()["D-9"]


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
