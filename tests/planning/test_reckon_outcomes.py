"""What came of an advice is reckoned once its time is over, from what really happened, and corrected by late news."""

import datetime as dt

import pytest
from django.db import connection

from firstmove.domains.planning import operations
from firstmove.domains.planning.models import HeldAdvice, Outcome, ProposalLine, Reckoning
from firstmove.domains.trade import operations as trade
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import NOW, TODAY
from tests.planning.mornings import DAY, accept, lines, plan, sale, tell_lake

LEAD, REVIEW = 9, 7  # of the scenario: (5 + 12) / 2 rounded up
DUE = TODAY + dt.timedelta(days=LEAD + REVIEW - 1)
LATER = NOW + (DUE - TODAY) + DAY


def reckon(until: dt.date = DUE, now: dt.datetime = LATER):
    return operations.reckon_outcomes(now=now, until=until)


def outcomes(**wanted) -> dict[str, Outcome]:
    """By sku, of Dealer One."""
    with tenancy.scope(SYSTEM):
        rows = Outcome.objects.filter(**wanted).select_related("product", "line")
        return {row.product.sku: row for row in rows}


@pytest.fixture
def decided(scene):
    """Dealer One took the order but for two lines: one changed, one taken out; the rival never answered."""
    buyer = scene.cast.buyer.actor
    operations.edit_line(actor=buyer, proposal_id=scene.proposal_id, number=1, quantity=0, today=TODAY)
    operations.edit_line(actor=buyer, proposal_id=scene.proposal_id, number=2, quantity=504, today=TODAY)
    placed = accept(scene.cast.buyer, scene.proposal_id)
    trade.receive(actor=buyer, order_id=placed.order_id, received_on=TODAY + 6 * DAY, now=NOW + 6 * DAY)
    operations.plan(now=NOW + DAY, as_of=TODAY)
    return scene


def test_an_advice_is_not_judged_before_its_time_is_over(decided):
    assert reckon(until=DUE - DAY) is None
    assert reckon().written > 0


def test_each_answer_has_its_outcome(decided):
    done = reckon()
    assert (done.looked_at, done.written) == (done.written, done.looked_at)
    own = outcomes(dealer_id=decided.cast.dealer_id)
    proposed = lines(decided.proposal_id)
    assert {line.sku: line.decision for line in proposed} == {sku: one.answer for sku, one in own.items()}
    assert {one.answer for one in own.values()} == {"accepted", "changed", "removed"}
    assert {one.answer for one in outcomes(dealer_id=decided.cast.rival_id).values()} == {"ignored"}
    taken = own[proposed[1].sku]
    assert (taken.advised, taken.ordered, taken.received, taken.cycle_days) == (
        proposed[1].proposed_quantity, 504, 504, 6
    )  # fmt: skip


def test_what_sold_is_counted_by_lead_time_review_and_first_week(decided):
    line = lines(decided.proposal_id)[2]
    for place, units in ((-1, 1000), (0, 3), (6, 4), (7, 5), (LEAD, 7), (LEAD + REVIEW - 1, 2), (LEAD + REVIEW, 900)):
        tell_lake("sales", sale(TODAY + place * DAY, line.sku, units))
    reckon()
    one = outcomes(dealer_id=decided.cast.dealer_id)[line.sku]
    assert (one.sold_lead, one.sold_review, one.sold_week) == (12, 9, 7)


def test_the_profit_of_an_advice_is_that_of_its_valuation_with_the_demand_that_came(decided):
    """A line that was ignored cost what its order would have earned: margin of what would have sold, less holding."""
    line = max(lines(decided.rival_proposal_id), key=lambda one: one.proposed_quantity)
    with tenancy.scope(SYSTEM):
        row = ProposalLine.objects.get(id=line.id)
    stock = row.on_hand + row.in_transit
    tell_lake("sales", sale(TODAY, line.sku, stock, dealer="D-2"))
    tell_lake("sales", sale(TODAY + LEAD * DAY, line.sku, float(row.quantity), dealer="D-2"))
    reckon()
    one = outcomes(dealer_id=decided.cast.rival_id)[line.sku]
    price, sale_price = float(row.unit_price), float(row.sale_price)
    held = price * row.holding_rate_per_year / 365 * row.quantity / 2 * REVIEW
    assert one.advised_profit == pytest.approx((sale_price - price) * row.quantity - held)
    assert (one.ordered, one.ordered_profit) == (0, 0)
    assert not one.stock_known
    assert one.lost_units is None


def test_days_without_stock_count_as_lost_sales_and_the_week_is_not_judged(decided):
    line = lines(decided.proposal_id)[3]
    for place in (2, LEAD + 1):
        tell_lake("stock_daily", {"date": TODAY + place * DAY, "dealer": "D-1", "sku": line.sku, "quantity": 0.0})
    reckon()
    one = outcomes(dealer_id=decided.cast.dealer_id)[line.sku]
    assert (one.stock_known, one.out_days, one.week_place, one.level_held) == (True, 2, None, None)
    assert one.lost_units == pytest.approx(2 * line.rate_per_day)


def test_a_week_is_told_from_its_band(decided):
    proposed = lines(decided.proposal_id)[2:5]
    with tenancy.scope(SYSTEM):
        bands = {row.product.sku: row for row in ProposalLine.objects.filter(id__in=[line.id for line in proposed])}
    above, inside, below = (line.sku for line in sorted(proposed, key=lambda line: bands[line.sku].week_low))
    tell_lake("sales", sale(TODAY, above, bands[above].week_high + 1))
    tell_lake("sales", sale(TODAY, inside, bands[inside].week_mean))
    assert bands[below].week_low > 0
    reckon()
    own = outcomes(dealer_id=decided.cast.dealer_id)
    assert [own[sku].week_place for sku in (above, inside, below)] == [1, 0, -1]


def test_a_second_pass_writes_nothing_and_late_sales_correct_the_first(decided):
    line = lines(decided.proposal_id)[2]
    first = reckon()
    before = outcomes(dealer_id=decided.cast.dealer_id)
    assert reckon() is None
    tell_lake("sales", sale(TODAY + LEAD * DAY, line.sku, 300.0))
    again = reckon()
    assert again.looked_at < first.looked_at  # the rival's history did not change
    assert again.written == 1
    after = outcomes(dealer_id=decided.cast.dealer_id)
    assert after[line.sku].sold_review == before[line.sku].sold_review + 300
    assert after[line.sku].advised_profit > before[line.sku].advised_profit
    with tenancy.scope(SYSTEM):
        assert after[line.sku].reckoning.versions["sales"] > Reckoning.objects.order_by("id").first().versions["sales"]


def test_news_that_comes_after_two_months_changes_nothing_any_more(decided):
    reckon()
    tell_lake("sales", sale(TODAY, lines(decided.proposal_id)[2].sku, 11.0))
    late = DUE + dt.timedelta(days=operations.CORRECTED_DAYS + LEAD + REVIEW)
    assert reckon(until=late, now=LATER + (late - DUE)) is None or outcomes()
    with tenancy.scope(SYSTEM):
        assert Outcome.objects.filter(reckoning__until=late, for_on=TODAY).count() == 0


def test_sales_after_its_time_and_orders_before_it_do_not_touch_an_outcome(decided):
    """Nothing that lies outside the window may look into it."""
    reckon()
    before = {sku: (one.advised_profit, one.ordered, one.week_place) for sku, one in outcomes().items()}
    for line in lines(decided.proposal_id):
        tell_lake("sales", sale(DUE + DAY, line.sku, 77.0), sale(TODAY - DAY, line.sku, 55.0))
    with tenancy.scope(SYSTEM):
        Outcome.objects.all().delete()
        Reckoning.objects.all().delete()
    reckon()
    assert {sku: (one.advised_profit, one.ordered, one.week_place) for sku, one in outcomes().items()} == before


def test_the_same_goods_advised_morning_after_morning_count_once(scene):
    """A dealer that never answers was told a week's profit as lost on each of seven mornings."""
    for ago in range(1, 4):
        plan(TODAY + ago * DAY)
    reckon(until=DUE + 4 * DAY, now=LATER + 4 * DAY)
    with tenancy.scope(SYSTEM):
        found = Outcome.objects.filter(dealer_id=scene.cast.rival_id)
        rows = list(found.values_list("product_id", "for_on", "counts"))
    standing = {}
    for product, on, counts in rows:
        period = (on - dt.date(2000, 1, 3)).days // REVIEW
        standing.setdefault((product, period), []).append(counts)
    assert max(len(found) for found in standing.values()) > 1
    assert {sum(found) for found in standing.values()} == {1}


def test_held_out_advice_has_its_outcome_too(scene):
    operations.set_hold_out(actor=scene.cast.admin.actor, share=0.2, from_on=TODAY, now=NOW, salt="some", redraw=True)
    plan(TODAY + DAY)
    reckon(until=DUE + DAY, now=LATER + DAY)
    with tenancy.scope(SYSTEM):
        held = Outcome.objects.filter(answer="held")
        assert held.count() == HeldAdvice.objects.count() > 0
        assert not held.filter(line__isnull=False).exists()


def test_outcomes_of_a_day_are_written_fast(decided):
    """Few statements for any number of lines: rows go by COPY."""
    from django.test.utils import CaptureQueriesContext

    while outbox.deliver():
        pass
    with CaptureQueriesContext(connection) as queries:
        reckon()
    assert len(queries) < 30


def test_a_loss_that_the_range_allowed_for_is_not_called_wrong(decided):
    """Goods against a demand that did not come are insurance; a loss beyond what was said is an error of ours."""
    proposed = lines(decided.rival_proposal_id)
    with tenancy.scope(SYSTEM):
        said = {row.product.sku: row.profit_low for row in ProposalLine.objects.filter(id__in=[x.id for x in proposed])}
    reckon()
    own = outcomes(dealer_id=decided.cast.rival_id)
    assert {one.verdict for one in own.values()} >= {"unneeded"}
    for sku, one in own.items():
        assert one.advised_profit < 0
        assert (one.verdict == "lost") == (one.advised_profit < said[sku] - 0.01)
