"""An advice stays as it was given, and the ledger tells truly what became of it."""

import dataclasses
import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import Error, connection, transaction

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.network import operations as network
from firstmove.domains.planning import operations, queries
from firstmove.domains.planning.models import Proposal, ProposalLine
from firstmove.domains.trade import operations as trade
from firstmove.domains.trade import queries as trade_queries
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import NOW, TODAY
from tests.scene import YESTERDAY

TOMORROW, DAY = TODAY + dt.timedelta(days=1), dt.timedelta(days=1)


def first_line(scene) -> queries.LineView:
    """The largest line whose price a list gave when it was proposed."""
    priced = {sku for sku in scene.products if int(sku) <= 26}
    with tenancy.scope(scene.cast.buyer.actor):
        return next(line for line in queries.lines(proposal_id=scene.proposal_id) if line.sku in priced)


def standing(scene, on=TODAY) -> tuple[queries.DealerStanding, queries.Totals]:
    with tenancy.scope(SYSTEM):
        return queries.standings(on=on)[scene.cast.dealer_id], queries.totals(proposal_id=scene.proposal_id)


def test_the_channel_manager_reads_the_same_totals_as_the_dealer(scene):
    """An edited order was worth one thing on the dealer's page and another on the enterprise's."""
    cast = scene.cast
    operations.edit_line(actor=cast.buyer.actor, proposal_id=scene.proposal_id, number=1, quantity=0, today=TODAY)
    operations.edit_line(actor=cast.buyer.actor, proposal_id=scene.proposal_id, number=2, quantity=500, today=TODAY)
    seen, own = standing(scene)
    assert (seen.lines, seen.amount) == (own.lines, own.amount)
    assert seen.profit == pytest.approx(own.profit)


def test_a_new_price_changes_what_the_order_is_worth_and_not_what_was_advised(scene):
    """The profit went on resting on the old price, and the old price was lost."""
    cast, line = scene.cast, first_line(scene)
    dearer = line.unit_price + Decimal("1.00")
    catalog.upsert_prices(rows=[{"sku": line.sku, "price": dearer, "dealer": "D-1", "valid_from": TODAY}])
    done = operations.accept(actor=cast.buyer.actor, proposal_id=scene.proposal_id, now=NOW)
    assert [(change.kind, change.before, change.after) for change in done.changes] == [
        ("price", line.unit_price, dearer)
    ]
    now = first_line(scene)
    assert (now.unit_price, now.amount) == (dearer, dearer * line.quantity)
    assert now.profit < line.profit
    with tenancy.scope(SYSTEM):
        assert ProposalLine.objects.get(id=line.id).unit_price == line.unit_price
        totals, lines = queries.totals(proposal_id=scene.proposal_id), queries.lines(proposal_id=scene.proposal_id)
    assert totals.amount == sum(one.amount for one in lines)
    assert totals.profit == pytest.approx(sum(one.profit for one in lines))
    placed = operations.accept(actor=cast.buyer.actor, proposal_id=scene.proposal_id, now=NOW)
    with tenancy.scope(cast.buyer.actor):
        ordered = trade_queries.order(order_id=placed.order_id).lines
    assert {one.sku: one.unit_price for one in ordered}[line.sku] == dearer


def test_a_price_that_came_back_needs_no_further_yes(scene):
    cast, line = scene.cast, first_line(scene)
    for price, before in ((Decimal("99.0000"), line.unit_price), (line.unit_price, Decimal("99.0000"))):
        catalog.upsert_prices(rows=[{"sku": line.sku, "price": price, "dealer": "D-1", "valid_from": TODAY}])
        done = operations.accept(actor=cast.buyer.actor, proposal_id=scene.proposal_id, now=NOW)
        assert [(change.before, change.after) for change in done.changes] == [(before, price)]
    assert dataclasses.replace(first_line(scene), price_assumed=line.price_assumed) == line


def test_a_price_whose_time_is_over_is_not_ordered_at(scene):
    """The order was placed at a price that no list held any more."""
    line = first_line(scene)
    catalog.upsert_prices(rows=[{"sku": line.sku, "price": line.unit_price, "dealer": "D-1", "valid_to": TODAY - DAY}])
    done = operations.accept(actor=scene.cast.buyer.actor, proposal_id=scene.proposal_id, now=NOW)
    assert [change.kind for change in done.changes] == ["price"]
    assert first_line(scene).price_assumed


def test_goods_that_were_ordered_and_came_count_once(scene):
    """Units of an order that was received were taken off twice: as ordered and as lying there."""
    cast, line = scene.cast, first_line(scene)
    some = Decimal(line.order_multiple)
    placed = trade.place(
        actor=cast.buyer.actor,
        buyer_dealer_id=cast.dealer_id,
        origin=("catalogue", None),
        lines=[trade.NewLine(line.product_id, some, line.unit_price)],
        currency="USD",
        ordered_on=TODAY,
        expected_on=TODAY,
        now=NOW,
    )
    trade.receive(actor=cast.buyer.actor, order_id=placed.id, received_on=TODAY, now=NOW)
    done = operations.accept(actor=cast.buyer.actor, proposal_id=scene.proposal_id, now=NOW)
    assert [(change.kind, change.before - change.after) for change in done.changes] == [("stock", some)]


def test_an_order_that_nobody_took_up_counts_as_ignored_the_next_morning(scene):
    """Every night's run replaced yesterday's order, and so nothing was ever counted as ignored."""
    operations.plan(now=NOW + DAY, as_of=TODAY)
    with tenancy.scope(SYSTEM):
        assert queries.proposal(proposal_id=scene.proposal_id).state == "superseded"
        found = queries.acceptance(since=TODAY, until=TODAY, dealer_id=scene.cast.dealer_id)
        lines = len(queries.lines(proposal_id=scene.proposal_id))
    assert (found.ignored, found.rate) == (lines, 0.0)


def test_an_order_that_was_replaced_the_same_morning_was_not_ignored(scene):
    operations.plan(now=NOW, as_of=YESTERDAY)
    with tenancy.scope(SYSTEM):
        assert queries.proposal(proposal_id=scene.proposal_id).state == "superseded"
        assert queries.acceptance(since=TODAY, until=TODAY, dealer_id=scene.cast.dealer_id).decided == 0


def test_yesterdays_order_accepted_today_is_not_proposed_again_by_a_late_run(scene):
    """A dealer that accepted before the late run was offered the same goods once more."""
    cast = scene.cast
    network.set_business_date(day=TOMORROW)
    operations.accept(actor=cast.buyer.actor, proposal_id=scene.proposal_id, now=NOW + DAY)
    operations.plan(now=NOW + DAY, as_of=TODAY)
    with tenancy.scope(SYSTEM):
        assert not Proposal.objects.filter(dealer_id=cast.dealer_id, for_on=TOMORROW).exists()
        assert Proposal.objects.filter(dealer_id=cast.rival_id, for_on=TOMORROW).exists()


@pytest.mark.parametrize(
    "statement",
    [
        "update planning_proposalline set quantity = quantity + 1",
        "update planning_proposalline set unit_price = 0.01",
        "update planning_proposalline set profit = 0",
        "update planning_proposal set expires_on = expires_on + 100",
        "delete from planning_proposalline",
        "delete from planning_proposal",
        "insert into planning_proposal select * from planning_proposal",
    ],
)
@pytest.mark.parametrize("who", ["buyer", "admin"])
def test_the_database_itself_keeps_every_advice_as_it_was_given(scene, statement, who):
    with tenancy.scope(SYSTEM), connection.cursor() as cursor:
        cursor.execute("select count(*) from planning_proposal")
        before = cursor.fetchone()
    with (
        pytest.raises(Error, match=r"permission denied|row-level security"),
        transaction.atomic(),
        tenancy.scope(getattr(scene.cast, who).actor),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    with tenancy.scope(SYSTEM), connection.cursor() as cursor:
        cursor.execute("select count(*) from planning_proposal")
        assert cursor.fetchone() == before


def test_accepting_while_a_run_writes_makes_one_order_or_none_and_never_both(committed_scene, monkeypatch):
    """An accept in the middle of a run ended as an order whose lines were ignored, beside a second proposal for it."""
    from firstmove.domains.planning.operations import writing

    scene, outcome = committed_scene, []
    supersede = writing._supersede

    def accept():
        try:
            outcome.append(operations.accept(actor=scene.cast.buyer.actor, proposal_id=scene.proposal_id, now=NOW))
        except Conflict as refused:
            outcome.append(refused)
        finally:
            connection.close()

    def supersede_after_accept(*given):
        # The run has looked who ordered already; now the buyer says yes, which waits for the run or comes too late.
        person.start()
        person.join(0.5)
        supersede(*given)

    person = threading.Thread(target=accept)
    monkeypatch.setattr(writing, "_supersede", supersede_after_accept)
    operations.plan(now=NOW, as_of=YESTERDAY)
    person.join(20)
    assert len(outcome) == 1
    assert isinstance(outcome[0], Conflict)
    with tenancy.scope(SYSTEM):
        assert queries.proposal(proposal_id=scene.proposal_id).state == "superseded"
        assert queries.todays_proposal(dealer_id=scene.cast.dealer_id, on=TODAY).is_ready
        assert trade_queries.orders(dealer_id=scene.cast.dealer_id)[1] == 0
