"""The figures of a dealer, of the network and of a product's past, by examples worked out by hand."""

import datetime as dt

import pytest

from firstmove.domains.planning import queries
from firstmove.domains.planning.models import Outlook, Proposal, ProposalLine
from firstmove.domains.planning.operations.writing import sum_up_dealers
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import TODAY
from tests.planning.mornings import DAY, accept, lines, outlooks, plan, sale, tell_lake
from tests.scene import LUMPY, WEEKS, YESTERDAY, sales


@pytest.fixture
def by_hand(scene):
    """Three pairs in the network, two of Dealer One's and one of the rival's, with round numbers."""
    rows = {
        # (dealer, sku): on hand, a day's sales, price, chance of running out
        (scene.cast.dealer_id, "000003"): (30.0, 2.0, 10.0, 0.1),
        (scene.cast.dealer_id, "000004"): (5.0, 1.0, 20.0, 0.9),
        (scene.cast.rival_id, "000003"): (40.0, 4.0, 5.0, 0.5),
    }
    with tenancy.scope(SYSTEM):
        for (dealer_id, sku), (on_hand, rate, price, risk) in rows.items():
            Outlook.objects.filter(dealer_id=dealer_id, product_id=scene.products[sku]).update(
                on_hand=on_hand, rate_per_day=rate, unit_price=price, stockout_probability=risk
            )
        Outlook.objects.exclude(
            id__in=[
                Outlook.objects.get(dealer_id=dealer_id, product_id=scene.products[sku]).pk for dealer_id, sku in rows
            ]
        ).delete()
        sum_up_dealers()
    return scene


def test_a_dealers_standing(by_hand):
    with tenancy.scope(SYSTEM):
        standing = queries.standings(on=TODAY)[by_hand.cast.dealer_id]
    assert (standing.pairs, standing.at_risk) == (2, 1)
    # A week of the one at risk: 7 days x 1 unit x 20.
    assert standing.lost_sales_at_risk == pytest.approx(140)
    # Stock worth 30 x 10 + 5 x 20 = 400, sold at 2 x 10 + 1 x 20 = 40 a day.
    assert standing.stock_days == pytest.approx(10)
    assert not standing.stock_assumed
    assert (standing.proposal_id, standing.proposal_state) == (by_hand.proposal_id, "ready")
    assert standing.lines == len(lines(by_hand.proposal_id))


def test_the_networks_figures(by_hand):
    with tenancy.scope(SYSTEM):
        found = queries.network()
    assert (found.as_of, found.pairs) == (YESTERDAY, 3)
    # A chance of exactly one half counts as risk.
    assert found.at_risk == 2
    # Of 20 + 20 + 20 sold a day, the first 20 are safe.
    assert found.covered == pytest.approx(1 / 3)
    # Stock worth 300 + 100 + 200 = 600.
    assert found.stock_days == pytest.approx(10)
    assert found.stock_assumed


def test_a_dealer_reads_its_own_risks_alone(by_hand):
    with tenancy.scope(by_hand.cast.rival.actor):
        (view,), count = queries.stock_at_risk(dealer_id=by_hand.cast.rival_id)
        assert queries.stock_at_risk(dealer_id=by_hand.cast.dealer_id) == ([], 0)
        assert queries.network().pairs == 1
    assert (view.sku, count) == ("000003", 1)


def test_a_network_without_a_run_has_no_figures(cast):
    with tenancy.scope(SYSTEM):
        found = queries.network()
        assert queries.latest_run() is None
        assert queries.standings(on=TODAY) == {}
        assert queries.acceptance(since=TODAY, until=TODAY).rate is None
    assert (found.as_of, found.pairs, found.covered, found.stock_days) == (None, 0, None, None)


def test_acceptance_counts_what_became_of_every_line(scene):
    from firstmove.domains.planning import operations

    cast, count = scene.cast, len(lines(scene.proposal_id))
    operations.edit_line(actor=cast.buyer.actor, proposal_id=scene.proposal_id, number=1, quantity=0, today=TODAY)
    for number in (2, 3):
        operations.edit_line(
            actor=cast.buyer.actor, proposal_id=scene.proposal_id, number=number, quantity=240, today=TODAY
        )
    accept(cast.buyer, scene.proposal_id)
    with tenancy.scope(SYSTEM):
        own = queries.acceptance(since=TODAY, until=TODAY, dealer_id=cast.dealer_id)
        all_of_it = queries.acceptance(since=TODAY, until=TODAY)
        assert queries.acceptance(since=TODAY + DAY, until=TODAY + DAY).decided == 0
    assert (own.taken, own.changed, own.removed, own.rejected, own.ignored) == (count - 3, 2, 1, 0, 0)
    assert own.rate == pytest.approx((count - 1) / count)
    # The rival has not decided yet.
    assert all_of_it == own


def test_every_advice_is_kept_with_what_became_of_it(scene):
    cast = scene.cast
    advised = {line.number: (line.sku, line.proposed_quantity, line.reason) for line in lines(scene.proposal_id)}
    accept(cast.buyer, scene.proposal_id)
    for day in (1, 2):
        plan(TODAY + day * DAY)
    with tenancy.scope(SYSTEM):
        assert Proposal.objects.filter(dealer_id=cast.rival_id).count() == 3
        assert not ProposalLine.objects.filter(proposal_id=scene.rival_proposal_id).exclude(decision="ignored").exists()
    assert {
        line.number: (line.sku, line.proposed_quantity, line.reason) for line in lines(scene.proposal_id)
    } == advised
    assert all(line.decision == "accepted" for line in lines(scene.proposal_id))


def history(scene, sku, *, weeks=26, dealer_id=None):
    with tenancy.scope(SYSTEM):
        return queries.product_history(
            dealer_id=dealer_id or scene.cast.dealer_id, product_id=scene.products[sku], sku=sku, weeks=weeks
        )


def sold_between(sku, first, last, *, dealer="D-1"):
    rows = sales()
    rows = rows.filter((rows["dealer"] == dealer) & (rows["sku"] == sku) & rows["date"].is_between(first, last))
    return rows["quantity"].sum()


def test_a_products_past_by_weeks_that_end_on_the_as_of_day(scene):
    found = history(scene, LUMPY, weeks=4)
    assert found.as_of == YESTERDAY
    assert found.week_ends == [YESTERDAY - dt.timedelta(weeks=back) for back in (3, 2, 1, 0)]
    assert found.sold == [sold_between(LUMPY, end - 6 * DAY, end) for end in found.week_ends]
    assert found.out_days == [0, 0, 0, 0]
    assert found.week_low <= found.week_mean <= found.week_high


def test_all_that_was_sold_stands_in_some_week(scene):
    assert sum(history(scene, LUMPY, weeks=WEEKS + 4).sold) == sold_between(LUMPY, dt.date(2020, 1, 1), YESTERDAY)
    rival = history(scene, LUMPY, weeks=WEEKS, dealer_id=scene.cast.rival_id)
    assert sum(rival.sold) == sold_between(LUMPY, dt.date(2020, 1, 1), YESTERDAY, dealer="D-2")


def test_days_without_stock_are_counted_in_their_week(scene):
    day = next(
        YESTERDAY - back * DAY for back in range(8, 14) if not sold_between(LUMPY, *[YESTERDAY - back * DAY] * 2)
    )
    tell_lake("stock_daily", {"date": day, "dealer": "D-1", "sku": LUMPY, "quantity": 0.0})
    plan()
    assert history(scene, LUMPY, weeks=3).out_days == [0, 1, 0]


def test_a_product_that_the_dealer_never_sold_has_no_past(scene):
    from firstmove.domains.catalog import operations as catalog
    from firstmove.domains.catalog import queries as catalog_queries

    catalog.upsert_products(rows=[{"sku": "999", "name": "Never sold", "unit_price": 1}])
    with tenancy.scope(SYSTEM):
        product_id = catalog_queries.product_ids_by_sku()["999"]
        assert queries.product_history(dealer_id=scene.cast.dealer_id, product_id=product_id, sku="999") is None


def test_a_week_of_the_outlook_is_seven_days_of_its_rate(scene):
    """The band and the rate come from one forecast, so the page's chart and its figures agree."""
    view, found = outlooks(scene, scene.cast.dealer_id)["000004"], history(scene, "000004")
    assert found.week_mean == pytest.approx(7 * view.rate_per_day, rel=0.25)
    assert found.outlook == view


def test_tomorrows_run_sees_what_was_sold_today(scene):
    tell_lake("sales", sale(TODAY, "000004", 70.0))
    plan(TODAY + DAY)
    found = history(scene, "000004", weeks=2)
    assert found.as_of == TODAY
    assert found.sold[-1] == 70 + sold_between("000004", TODAY - 6 * DAY, TODAY)
