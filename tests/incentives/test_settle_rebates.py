"""How a period ends: statements that nobody changes, credit in the account, and what two people have to agree on."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from firstmove.domains.incentives import operations, queries
from firstmove.domains.network import operations as network
from firstmove.domains.trade import operations as trade
from firstmove.domains.trade import queries as trade_queries
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.cast import NOW, TODAY
from tests.incentives.programmes import NEXT_MONTH, deliver, part, promise, sums
from tests.trade.orders import line, place
from tests.trade.test_return_goods import all_the_way

APRIL = TODAY.replace(month=4, day=1)


@pytest.fixture
def second_admin(cast):
    """Another channel manager, whose eyes are the third and fourth."""
    user_id = network.add_user(email="c@example.com", name="Chan", role="channel", password="correct horse battery")
    return tenancy.Actor("enterprise", user_id=user_id)


@pytest.fixture
def earned(cast, products):
    """A rebate of 60 on an order of 2,000, received; today is the day after its month."""
    trade.open_account(actor=cast.admin.actor, dealer_id=cast.dealer_id, opened_on=TODAY, opening=None, now=NOW)
    promise(cast)
    order = place(cast, line(products["0001"], 20, "100"))
    trade.receive(actor=cast.buyer.actor, order_id=order.id, received_on=TODAY, now=NOW)
    deliver()
    found = part(cast)
    network.set_business_date(day=APRIL)
    return found, order


def settle(cast, found, **options):
    return operations.settle(**({"actor": cast.admin.actor, "period_id": found.period.id, "now": NEXT_MONTH} | options))


def statements(cast, who="buyer"):
    actor = getattr(cast, who).actor
    with tenancy.scope(actor):
        return queries.statements(dealer_id=actor.dealer_id)[0]


def test_a_statement_is_the_sum_of_its_rows_and_stands_in_the_account(cast, earned):
    found, order = earned
    assert settle(cast, found) == 1
    (made,) = statements(cast)
    assert (made.amount, made.credited_at) == (60, NEXT_MONTH)
    with tenancy.scope(cast.buyer.actor):
        rows, count = queries.statement_rows(statement_id=made.id)
        assert (count, sum(row.amount for row in rows), {row.order_number for row in rows}) == (1, 60, {order.number})
        assert trade_queries.account(dealer_id=cast.dealer_id).balance == 2000 - 60
    assert sums(found.id)[0] == [2000, 60, 0]


def test_settling_twice_pays_once(cast, earned):
    found, _order = earned
    assert [settle(cast, found), settle(cast, found)] == [1, 0]
    assert len(statements(cast)) == 1


def test_a_period_that_runs_is_not_settled(cast, products):
    promise(cast)
    with pytest.raises(Conflict):
        settle(cast, part(cast))


def test_what_goes_back_after_the_statement_is_taken_off_the_next(cast, earned, products):
    found, order = earned
    settle(cast, found)
    all_the_way(cast, order.id, (1, 15))
    deliver()
    operations.follow_all(now=NEXT_MONTH)
    # Of 500 that were kept nothing is earned: 60 too much were paid, and wait.
    assert settle(cast, found) == 0
    assert sums(found.id)[0] == [500, 0, -60]
    placed = place(cast, line(products["0001"], 30, "100"), ordered_on=APRIL)
    deliver()
    may = APRIL.replace(month=5)
    april = part(cast, on=APRIL)
    network.set_business_date(day=may)
    assert settle(cast, april) == 1
    latest = statements(cast)[0]
    with tenancy.scope(cast.buyer.actor):
        rows, _count = queries.statement_rows(statement_id=latest.id)
    assert latest.amount == 90 - 60 == sum(row.amount for row in rows)
    assert {row.order_number for row in rows} == {order.number, placed.number}
    assert sums(found.id)[0][2] == sums(april.id)[0][2] == 0


def test_a_statement_waits_for_an_account_that_is_not_open(cast, products):
    promise(cast)
    place(cast, line(products["0001"], 20, "100"))
    deliver()
    found = part(cast)
    network.set_business_date(day=APRIL)
    settle(cast, found)
    (made,) = statements(cast)
    assert made.credited_at is None
    trade.open_account(actor=cast.admin.actor, dealer_id=cast.dealer_id, opened_on=TODAY, opening=None, now=NOW)
    assert operations.credit_statement(actor=cast.admin.actor, statement_id=made.id, now=NEXT_MONTH)
    with tenancy.scope(cast.buyer.actor):
        assert trade_queries.account(dealer_id=cast.dealer_id).balance == 2000 - 60


def test_points_are_added_by_a_statement_and_redeemed_no_more_than_there_are(cast, products):
    promise(cast, (100, 10), effect="points")
    place(cast, line(products["0001"], 1, "199.90"))
    deliver()
    found = part(cast)
    network.set_business_date(day=APRIL)
    settle(cast, found)
    with pytest.raises(Conflict):
        operations.redeem(actor=cast.admin.actor, dealer_id=cast.dealer_id, amount=20, words="Trip", now=NOW)
    operations.redeem(actor=cast.admin.actor, dealer_id=cast.dealer_id, amount=9, words="Umbrella", now=NOW)
    with tenancy.scope(cast.buyer.actor):
        assert queries.points(dealer_id=cast.dealer_id) == 10
        assert [entry.amount for entry in queries.points_lines(dealer_id=cast.dealer_id)] == [-9, 19]


def test_who_asks_for_an_adjustment_does_not_approve_it(cast, earned, second_admin):
    found, _order = earned
    ask = {"actor": cast.admin.actor, "part_id": found.id, "now": NOW}
    asked = operations.ask_adjustment(**ask, amount=Decimal(40), cause="A fair that was agreed")
    decide = {"adjustment_id": asked, "approved": True, "now": NOW}
    with pytest.raises(NotAllowed):
        operations.decide_adjustment(actor=cast.admin.actor, **decide)
    assert sums(found.id)[0][1] == 60
    operations.decide_adjustment(actor=second_admin, **decide)
    with pytest.raises(Conflict):
        operations.decide_adjustment(actor=second_admin, **decide)
    assert sums(found.id)[0] == [2000, 100, 100] == sums(found.id)[1]
    with pytest.raises(Invalid):
        operations.ask_adjustment(**ask, amount=Decimal("0.001"), cause="Too fine")


def test_the_database_refuses_an_adjustment_approved_by_who_asked(cast, earned):
    found, _order = earned
    operations.ask_adjustment(actor=cast.admin.actor, part_id=found.id, amount=Decimal(40), cause="Mine", now=NOW)
    with tenancy.scope(tenancy.SYSTEM), pytest.raises(IntegrityError), transaction.atomic():
        connection.cursor().execute("update incentives_adjustment set state = 'approved', decided_by_id = asked_by_id")


def test_a_claim_is_granted_by_two_and_paid_with_the_next_statement(cast, earned, second_admin):
    found, _order = earned
    settle(cast, found)
    claimed = operations.claim(
        actor=cast.buyer.actor, part_id=found.id, amount=Decimal(12), words="SO-9 is missing", evidence="SO-9", now=NOW
    )
    asked = operations.grant_claim(
        actor=cast.admin.actor, claim_id=claimed, amount=Decimal(10), cause="Ten of it", now=NOW
    )
    with pytest.raises(Conflict):
        operations.grant_claim(actor=cast.admin.actor, claim_id=claimed, amount=Decimal(10), cause="Again", now=NOW)
    operations.decide_adjustment(actor=second_admin, adjustment_id=asked, approved=True, now=NOW)
    with tenancy.scope(cast.buyer.actor):
        (seen,) = queries.claims(dealer_id=cast.dealer_id)
    assert (seen.state, seen.answer) == ("granted", "Ten of it")
    assert settle(cast, found) == 1
    assert [one.amount for one in statements(cast)] == [10, 60]


def test_a_claim_that_is_declined_says_why_and_pays_nothing(cast, earned):
    found, _order = earned
    claimed = operations.claim(
        actor=cast.buyer.actor, part_id=found.id, amount=Decimal(12), words="SO-9", evidence="SO-9", now=NOW
    )
    with pytest.raises(Invalid):
        operations.decline_claim(actor=cast.admin.actor, claim_id=claimed, answer=" ", now=NOW)
    operations.decline_claim(actor=cast.admin.actor, claim_id=claimed, answer="It was cancelled", now=NOW)
    with pytest.raises(Conflict):
        operations.grant_claim(actor=cast.admin.actor, claim_id=claimed, amount=Decimal(1), cause="No", now=NOW)
    assert sums(found.id)[0][1] == 60


def test_a_dispute_goes_to_and_fro_until_the_dealer_agrees(cast, earned):
    found, _order = earned
    settle(cast, found)
    (made,) = statements(cast)
    opened = operations.dispute(actor=cast.buyer.actor, statement_id=made.id, words="One order is missing", now=NOW)
    with pytest.raises(Conflict):
        operations.dispute(actor=cast.owner.actor, statement_id=made.id, words="Again", now=NOW)
    operations.answer(actor=cast.admin.actor, dispute_id=opened, words="It came in April", now=NOW)
    with tenancy.scope(cast.buyer.actor):
        seen = queries.dispute(dispute_id=opened, dealer_id=cast.dealer_id)
    assert (seen.state, [message.by_dealer for message in seen.messages]) == ("answered", [True, False])
    with pytest.raises(NotAllowed):
        operations.agree(actor=cast.admin.actor, dispute_id=opened, now=NOW)
    operations.agree(actor=cast.buyer.actor, dispute_id=opened, now=NOW)
    with pytest.raises(Conflict):
        operations.answer(actor=cast.admin.actor, dispute_id=opened, words="More", now=NOW)


def test_the_rival_claims_and_disputes_nothing_of_another(cast, earned):
    found, _order = earned
    settle(cast, found)
    (made,) = statements(cast)
    rival = {"actor": cast.rival.actor, "now": NOW, "words": "Mine"}
    with pytest.raises(NotFound):
        operations.dispute(statement_id=made.id, **rival)
    with pytest.raises(NotFound):
        operations.claim(part_id=found.id, amount=Decimal(1), evidence="-", **rival)
    with pytest.raises(NotAllowed):
        operations.settle(actor=cast.rival.actor, period_id=found.period.id, now=NOW)
    assert statements(cast, "rival") == []


def test_tiers_follow_what_was_bought_and_a_hand_holds_against_the_rule(cast, products, settings):
    import polars as pl

    from firstmove.domains.network import queries as network_queries
    from firstmove.lake.store import Lake

    for name, rank, least in (("Gold", 2, 1000), ("Silver", 1, 100)):
        operations.set_tier_rule(
            actor=cast.admin.actor, name=name, rank=rank, basis="placed", least_amount=Decimal(least), months=3
        )
    ordered = {"order": "A", "line": "1", "sku": "0001", "price": 100.0, "ordered_on": TODAY.replace(month=2)}
    rows = [{**ordered, "dealer": "D-1", "quantity": 12.0}, {**ordered, "dealer": "D-2", "quantity": 2.0}]
    Lake(settings.LAKE_ROOT).write(table="orders", rows=pl.DataFrame(rows), source="erp", batch_id="a")
    operations.place_dealer(
        actor=cast.admin.actor, dealer_id=cast.rival_id, tier="Gold", words="Promised", kept_until=TODAY, now=NOW
    )

    def tiers():
        with tenancy.scope(tenancy.SYSTEM):
            return [network_queries.dealer(dealer_id=one).tier for one in (cast.dealer_id, cast.rival_id)]

    assert operations.apply_tier_rules(now=NOW) == 1
    assert tiers() == ["Gold", "Gold"]
    network.set_business_date(day=APRIL)
    operations.apply_tier_rules(now=NOW)
    assert tiers() == ["Gold", "Silver"]
