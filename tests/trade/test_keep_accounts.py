"""A dealer's account: what it owes, what it paid, and what credit is left of both."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firstmove.domains.network import operations as network
from firstmove.domains.trade import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed
from tests.cast import NOW, TODAY
from tests.trade.at_once import together
from tests.trade.orders import line, place


def pay(cast, amount, *, reference="B-1", who="admin", dealer_id=None, **options):
    wanted = {"paid_on": TODAY, "now": NOW} | options
    return operations.record_payment(
        actor=getattr(cast, who).actor,
        dealer_id=dealer_id or cast.dealer_id,
        amount=Decimal(amount),
        reference=reference,
        **wanted,
    )


def left(cast, *, on=TODAY):
    with tenancy.scope(cast.buyer.actor):
        return queries.credit(dealer_id=cast.dealer_id, on=on)


def account(cast):
    with tenancy.scope(cast.admin.actor):
        return queries.account(dealer_id=cast.dealer_id)


def items(cast):
    with tenancy.scope(cast.admin.actor):
        return {item.order_number: item.open_amount for item in queries.open_items(dealer_id=cast.dealer_id)[0]}


def opened(cast, opening=None, day=TODAY):
    operations.open_account(actor=cast.admin.actor, dealer_id=cast.dealer_id, opened_on=day, opening=opening, now=NOW)


def sums(cast):
    """(balance kept, sum of entries, sum of what is open, settled by allocations less settled of the charges)."""
    from firstmove.domains.trade.models import AccountEntry, Allocation, CreditAccount

    with tenancy.scope(tenancy.SYSTEM):
        entries = AccountEntry.objects.filter(dealer_id=cast.dealer_id)
        total = entries.aggregate(amount=Sum("amount"), left=Sum("open_amount"))
        charged = entries.filter(amount__gt=0).aggregate(amount=Sum("amount"), left=Sum("open_amount"))
        allocated = Allocation.objects.filter(dealer_id=cast.dealer_id).aggregate(total=Sum("amount"))["total"] or 0
        return (
            CreditAccount.objects.get(dealer_id=cast.dealer_id).balance,
            total["amount"] or 0,
            total["left"] or 0,
            allocated - ((charged["amount"] or 0) - (charged["left"] or 0)),
        )


def test_until_a_payment_is_known_what_is_due_is_assumed_to_be_paid_and_says_so(cast, products):
    place(cast, line(products["0001"], 1, "100"))
    assert left(cast).assumed
    assert left(cast, on=TODAY + dt.timedelta(days=30)).used == 0
    pay(cast, 40)
    assert not left(cast).assumed
    # Unpaid stays unpaid, however long it is due.
    assert left(cast, on=TODAY + dt.timedelta(days=300)).used == 60


def test_a_payment_settles_what_was_due_first_and_frees_the_credit(cast, products):
    opened(cast)
    first, second = (place(cast, line(products["0001"], 1, price)) for price in ("100", "50"))
    pay(cast, 120)
    assert items(cast) == {second.number: Decimal(30)}
    assert first.number not in items(cast)
    assert left(cast).left == 50000 - 30


def test_a_payment_for_an_order_settles_that_order_before_older_ones(cast, products):
    opened(cast)
    first, second = (place(cast, line(products["0001"], 1, "100")) for _ in range(2))
    pay(cast, 130, meant_for=f"{second.number}，unknown")
    assert items(cast) == {first.number: Decimal(70)}


def test_what_is_paid_too_much_stays_the_dealers_and_pays_the_next_order(cast, products):
    opened(cast)
    pay(cast, 130)
    assert account(cast).advance == 130
    assert left(cast).left == 50130
    placed = place(cast, line(products["0001"], 1, "200"))
    assert items(cast) == {placed.number: Decimal(70)}
    assert account(cast).advance == 0


def test_a_payment_told_twice_counts_once_and_another_amount_under_its_number_is_refused(cast, products):
    assert pay(cast, 130) == pay(cast, 130)
    assert account(cast).balance == -130
    with pytest.raises(Conflict):
        pay(cast, 131)


def test_a_payment_that_the_bank_returned_is_owed_again(cast, products):
    opened(cast)
    place(cast, line(products["0001"], 1, "100"))
    entry_id = pay(cast, 100)
    for _ in range(2):
        operations.take_back_payment(actor=cast.admin.actor, dealer_id=cast.dealer_id, entry_id=entry_id, now=NOW)
    assert account(cast).balance == 100
    assert items(cast) == {"": Decimal(100)}


def test_a_cancelled_order_and_goods_that_did_not_come_are_not_owed(cast, products):
    opened(cast)
    waiting = place(cast, line(products["0001"], 1, "100"), automatic=True)
    short = place(cast, line(products["0001"], 10, "7"))
    operations.cancel(actor=cast.buyer.actor, order_id=waiting.id, now=NOW)
    operations.receive(
        actor=cast.buyer.actor, order_id=short.id, received_on=TODAY, now=NOW, quantities={1: Decimal(8)}
    )
    # Until the enterprise has agreed that two did not come, they are owed.
    assert items(cast) == {short.number: Decimal(70)}
    with tenancy.scope(cast.admin.actor):
        ((claim,), _count) = queries.claims(order_id=short.id)
    operations.settle_claim(actor=cast.admin.actor, claim_id=claim.id, accepted=True, now=NOW)
    assert items(cast) == {short.number: Decimal(56)}
    assert account(cast).balance == 56


def test_an_opening_balance_stands_for_all_that_was_before(cast, products):
    opened(cast, opening=Decimal("12.50"))
    assert account(cast).balance == Decimal("12.50")
    with pytest.raises(Conflict):
        opened(cast)


def test_orders_that_were_due_before_payments_were_known_are_not_demanded_again(cast, products):
    old = place(cast, line(products["0001"], 1, "100"), ordered_on=TODAY - dt.timedelta(days=60))
    pay(cast, 10)
    assert account(cast).balance == -10
    # Unless a payment is for them.
    pay(cast, 90, reference="B-2", meant_for=old.number)
    assert account(cast).balance == 0


@pytest.mark.parametrize("copies", [2])
def test_copies_bulk_and_automatic_orders_cannot_pass_the_limit_together(cast, products, copies):
    opened(cast)
    place(cast, line(products["0001"], 1, "30000"), automatic=True)
    for _ in range(copies):
        with pytest.raises(operations.OverCredit):
            place(cast, line(products["0001"], 1, "30000"), origin=("repetition", None))
    assert account(cast).balance == 30000


def test_a_cancelled_order_that_is_placed_again_is_checked_again(cast, products):
    opened(cast)
    waiting = place(cast, line(products["0001"], 1, "30000"), automatic=True)
    operations.cancel(actor=cast.buyer.actor, order_id=waiting.id, now=NOW)
    place(cast, line(products["0001"], 1, "40000"))
    with pytest.raises(operations.OverCredit):
        place(cast, line(products["0001"], 1, "30000"))


def test_an_order_whose_credit_was_cut_before_it_left_is_not_shipped_until_it_is_paid(cast, products):
    opened(cast)
    waiting = place(cast, line(products["0001"], 1, "30000"), automatic=True)
    network.upsert_dealers(rows=[{"code": "D-1", "name": "Dealer One", "credit_limit": Decimal(20000)}])
    later = NOW + dt.timedelta(hours=1)
    operations.release(placed_before=later, now=later)
    wanted = {"actor": cast.admin.actor, "order_id": waiting.id, "step": "to_ship", "now": later, "note": "please"}
    with pytest.raises(operations.OverCredit):
        operations.pass_step(**wanted)
    pay(cast, 10000, meant_for=waiting.number)
    assert operations.pass_step(**wanted) == "in_transit"


def test_a_dealer_overdue_for_too_long_orders_nothing_until_it_pays(cast, products):
    operations.set_dunning_rules(actor=cast.admin.actor, days=[10, 30], blocks_from=2)
    opened(cast, opening=Decimal(100), day=TODAY - dt.timedelta(days=30))
    found = left(cast)
    assert (found.level, found.blocked, found.overdue, found.overdue_days) == (2, True, 100, 30)
    assert (left(cast, on=TODAY - dt.timedelta(days=1)).level, left(cast, on=TODAY - dt.timedelta(days=21)).level) == (
        1,
        0,
    )
    with pytest.raises(operations.Blocked):
        place(cast, line(products["0001"], 1, "1"))
    pay(cast, 100)
    assert place(cast, line(products["0001"], 1, "1")).number


def test_levels_that_do_not_rise_are_refused(cast):
    for days, blocks_from in (([10, 10], None), ([0], None), ([10], 2)):
        with pytest.raises(Invalid):
            operations.set_dunning_rules(actor=cast.admin.actor, days=days, blocks_from=blocks_from)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "0"},
        {"amount": "0.001"},
        {"amount": "NaN"},
        {"paid_on": TODAY + dt.timedelta(days=1)},
        {"reference": " "},
    ],
)
def test_a_payment_that_cannot_be_is_refused(cast, wrong):
    with pytest.raises(Invalid):
        pay(cast, **({"amount": "10"} | wrong))


def test_only_the_enterprise_says_that_a_dealer_paid(cast, products):
    for who in ("owner", "rival", "supplier"):
        with pytest.raises(NotAllowed):
            pay(cast, 10, who=who)
    # Nor by a hole in a page: the database refuses a dealer's own payment, and that an entry is changed.
    opened(cast)
    place(cast, line(products["0001"], 1, "100"))
    entry = (
        "insert into trade_accountentry (dealer_id, kind, entry_on, amount, open_amount, at) "
        "select id, 'payment', now(), -100, -100, now() from network_dealer"
    )
    for statement, error in (
        (entry, ProgrammingError),
        ("update trade_accountentry set amount = 1, open_amount = 1", IntegrityError),
        ("delete from trade_accountentry", IntegrityError),
    ):
        with pytest.raises(error), tenancy.scope(cast.owner.actor), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_rival_sees_nothing_of_an_account(cast, products):
    opened(cast)
    place(cast, line(products["0001"], 1, "100"))
    with tenancy.scope(cast.rival.actor):
        assert queries.open_items(dealer_id=cast.dealer_id) == ([], 0)
        assert queries.statement(dealer_id=cast.dealer_id, since=TODAY, until=TODAY).closing == 0


def test_an_order_and_a_payment_at_once_leave_the_account_right_in_concurrency(committed_cast, committed_products):
    opened(committed_cast)
    order = line(committed_products["0001"], 1, "30000")
    results = together(
        lambda: place(committed_cast, order),
        lambda: place(committed_cast, order, who="owner"),
        lambda: pay(committed_cast, 5000),
    )
    assert sorted(type(result).__name__ for result in results) == ["OverCredit", "Placed", "int"]
    assert sums(committed_cast) == (25000, 25000, 25000, 0)


ACT = st.one_of(
    st.tuples(st.just("order"), st.integers(1, 900_000)),
    st.tuples(st.just("pay"), st.integers(1, 2_000_000)),
    st.tuples(st.just("cancel"), st.just(0)),
    st.tuples(st.just("receive"), st.integers(0, 10)),
    st.tuples(st.just("return"), st.integers(1, 100_000)),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACT, min_size=3, max_size=10))
def test_whatever_happens_balance_open_items_and_statement_are_one_number(cast, products, acts):
    with transaction.atomic():
        opened(cast)
        waiting, sent = [], []
        for at, (act, size) in enumerate(acts):
            cents = Decimal(size) / 100
            if act == "order":
                try:
                    automatic = size % 2 == 0
                    made = place(cast, line(products["0001"], 10, cents / 10), automatic=automatic)
                    (waiting if automatic else sent).append(made.id)
                except operations.OverCredit:
                    assert left(cast).left < cents + 1
            elif act == "pay":
                pay(cast, cents, reference=f"B-{at}")
            elif act == "cancel" and waiting:
                operations.cancel(actor=cast.buyer.actor, order_id=waiting.pop(), now=NOW)
            elif act == "receive" and sent:
                came = {1: Decimal(size)}
                operations.receive(
                    actor=cast.buyer.actor, order_id=sent.pop(), received_on=TODAY, now=NOW, quantities=came
                )
            elif act == "return":
                operations.credit_note(
                    actor=cast.admin.actor, dealer_id=cast.dealer_id, amount=cents, noted_on=TODAY,
                    reference=f"N-{at}", now=NOW,
                )  # fmt: skip
        balance, entries, still_open, unexplained = sums(cast)
        with tenancy.scope(cast.admin.actor):
            told = queries.statement(dealer_id=cast.dealer_id, since=TODAY, until=TODAY)
        assert balance == entries == still_open == told.closing
        assert unexplained == 0
        assert balance <= 50000
        # Never both: a credit that is left while something is owed.
        assert not (account(cast).owed and account(cast).advance)
        transaction.set_rollback(True)
