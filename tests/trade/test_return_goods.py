"""Goods go back: no more than came, at the price that was paid, out of one stock and into the other."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firstmove.domains.stock import operations as stock_operations
from firstmove.domains.stock import queries as stock
from firstmove.domains.trade import operations, queries
from firstmove.domains.trade.operations import Back, Counted
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.cast import NOW, TODAY
from tests.trade.at_once import together
from tests.trade.orders import line, place


def received(cast, products, *lines, who="buyer"):
    placed = place(cast, *(lines or (line(products["0001"], 6), line(products["0002"], 2, "7.5"))), who=who)
    operations.receive(actor=getattr(cast, who).actor, order_id=placed.id, received_on=TODAY, now=NOW)
    return placed.id


@pytest.fixture
def order(cast, products):
    """Six of 0001 at 20 and two of 0002 at 7.50, received."""
    return received(cast, products)


def ask(cast, order_id, *backs, who="buyer", cause="damaged"):
    wanted = [Back(number, Decimal(units)) for number, units in backs]
    return operations.ask_return(
        actor=getattr(cast, who).actor, order_id=order_id, lines=wanted, cause=cause, now=NOW, words="Wet cartons"
    )


def approve(cast, return_id, quantities=None):
    operations.approve_return(actor=cast.admin.actor, return_id=return_id, quantities=quantities, now=NOW)


def send(cast, return_id, quantities=None, who="buyer"):
    operations.send_return(
        actor=getattr(cast, who).actor, return_id=return_id, quantities=quantities, carrier="SF", tracking="1", now=NOW
    )


def count(cast, return_id, counted=None):
    operations.receive_return(actor=cast.admin.actor, return_id=return_id, counted=counted, now=NOW)


def all_the_way(cast, order_id, *backs):
    return_id = ask(cast, order_id, *backs)
    approve(cast, return_id)
    send(cast, return_id)
    count(cast, return_id)
    return return_id


def seen(cast, return_id, who="buyer"):
    with tenancy.scope(getattr(cast, who).actor):
        return queries.goods_return(return_id=return_id)


def on_hand(cast, product_id, *, dealer_id):
    with tenancy.scope(tenancy.SYSTEM):
        found = stock.balances(dealer_id=dealer_id)
    return found[product_id].on_hand if product_id in found else None


def left(cast, order_id):
    with tenancy.scope(cast.buyer.actor):
        return [row.left for row in queries.returnable(order=queries.order(order_id=order_id))]


def test_what_came_back_is_credited_at_the_price_that_was_paid(cast, products, order):
    operations.open_account(actor=cast.admin.actor, dealer_id=cast.dealer_id, opened_on=TODAY, opening=None, now=NOW)
    return_id = all_the_way(cast, order, (1, 2), (2, 1))
    found = seen(cast, return_id)
    assert (found.view.state, found.view.credit) == ("received", Decimal("47.50"))
    assert [step.by for step in seen(cast, return_id, who="admin").steps] == ["Buyer", "Admin", "Buyer", "Admin"]
    with tenancy.scope(cast.buyer.actor):
        assert queries.account(dealer_id=cast.dealer_id).balance == Decimal("87.50")
        entry, settled = queries.payments(dealer_id=cast.dealer_id)[0]
        number = queries.order(order_id=order).order.number
    assert (entry.kind, entry.reference) == ("credit_note", found.view.credit_note)
    assert settled == [(number, Decimal("47.50"))]


def test_a_credit_is_known_also_where_no_payment_is(cast, products, order):
    return_id = all_the_way(cast, order, (1, 1))
    with tenancy.scope(cast.buyer.actor):
        (note,), count = queries.credit_notes(dealer_id=cast.dealer_id)
        assert queries.account(dealer_id=cast.dealer_id).opened_on is None
    assert (note.amount, note.return_id, count) == (Decimal(20), return_id, 1)


def test_goods_leave_the_dealers_stock_and_what_is_good_enters_the_enterprises(cast, products, order):
    tea = products["0001"]
    stock_operations.record(
        actor=cast.admin.actor,
        kind=stock_operations.MovementKind.CORRECTION,
        cause="made",
        moves=[stock_operations.Move(tea, Decimal(10))],
        occurred_on=TODAY,
    )
    return_id = ask(cast, order, (1, 3), (2, 1))
    approve(cast, return_id)
    assert on_hand(cast, tea, dealer_id=cast.dealer_id) == 6
    send(cast, return_id)
    assert on_hand(cast, tea, dealer_id=cast.dealer_id) == 3
    send(cast, return_id)
    count(cast, return_id, {1: Counted(Decimal(2), Decimal(1))})
    count(cast, return_id)
    assert on_hand(cast, tea, dealer_id=cast.dealer_id) == 3
    assert on_hand(cast, tea, dealer_id=None) == 12
    # Its stock is not kept here, so one bottle that came back does not become all there is.
    assert on_hand(cast, products["0002"], dealer_id=None) is None


def test_goods_that_came_back_go_to_who_waits_for_them(cast, products, order):
    tea = products["0001"]
    stock_operations.record(
        actor=cast.admin.actor,
        kind=stock_operations.MovementKind.CORRECTION,
        cause="made",
        moves=[stock_operations.Move(tea, Decimal(1))],
        occurred_on=TODAY,
    )
    operations.set_step_rule(
        actor=cast.admin.actor, step="release_review", is_on=True, automatic=True, in_stock=True, now=NOW
    )
    waiting = place(cast, line(tea, 3), who="rival")
    all_the_way(cast, order, (1, 2))
    outbox.deliver()
    with tenancy.scope(tenancy.SYSTEM):
        held = stock.held_by(holder=queries.holder_of(waiting.id))
    assert (held[tea].reserved, held[tea].waiting) == (3, 0)


def test_no_more_goes_back_than_came_however_often_one_asks(cast, order):
    with pytest.raises(Invalid) as refused:
        ask(cast, order, (2, 3))
    assert refused.value.facts["field"] == "line-2"
    first = ask(cast, order, (2, 2))
    with pytest.raises(Invalid):
        ask(cast, order, (2, 1))
    operations.withdraw_return(actor=cast.buyer.actor, return_id=first, now=NOW)
    assert left(cast, order) == [6, 2]
    second = ask(cast, order, (2, 2))
    approve(cast, second, {1: Decimal(1)})
    assert left(cast, order) == [6, 1]
    with pytest.raises(Invalid):
        send(cast, second, {1: Decimal(2)})
    send(cast, second)
    with pytest.raises(Invalid):
        count(cast, second, {1: Counted(Decimal(1), Decimal(1))})


def test_what_did_not_arrive_is_not_credited_and_can_be_asked_for_again(cast, order):
    return_id = ask(cast, order, (1, 4))
    approve(cast, return_id)
    send(cast, return_id)
    count(cast, return_id, {1: Counted(Decimal(1), Decimal(0))})
    found = seen(cast, return_id)
    assert (found.lines[0].missing, found.view.credit) == (3, 20)
    assert left(cast, order)[0] == 5


def test_a_dealer_cannot_send_what_its_stock_does_not_have(cast, products, order):
    return_id = ask(cast, order, (1, 6))
    approve(cast, return_id)
    stock_operations.record(
        actor=cast.buyer.actor,
        kind=stock_operations.MovementKind.CORRECTION,
        cause="sold",
        moves=[stock_operations.Move(products["0001"], Decimal(-5), cast.dealer_id)],
        occurred_on=TODAY,
    )
    with pytest.raises(Conflict) as refused:
        send(cast, return_id)
    assert refused.value.code == "not-there"
    send(cast, return_id, {1: Decimal(1)})
    assert on_hand(cast, products["0001"], dealer_id=cast.dealer_id) == 0


def test_a_declined_return_says_why_and_frees_its_units(cast, order):
    return_id = ask(cast, order, (1, 6))
    with pytest.raises(Invalid):
        operations.decline_return(actor=cast.admin.actor, return_id=return_id, note=" ", now=NOW)
    operations.decline_return(actor=cast.admin.actor, return_id=return_id, note="Opened", now=NOW)
    found = seen(cast, return_id)
    assert (found.steps[-1].note, found.steps[-1].state) == ("Opened", "cancelled")
    assert left(cast, order)[0] == 6
    with pytest.raises(Conflict):
        approve(cast, return_id)


def test_nobody_decides_counts_or_sends_in_anothers_place(cast, order):
    return_id = ask(cast, order, (1, 1))
    with pytest.raises(NotAllowed):
        operations.approve_return(actor=cast.owner.actor, return_id=return_id, now=NOW)
    with pytest.raises(NotFound):
        operations.withdraw_return(actor=cast.rival.actor, return_id=return_id, now=NOW)
    with pytest.raises(NotFound):
        ask(cast, order, (1, 1), who="rival")
    with pytest.raises(NotAllowed):
        operations.send_return(actor=cast.admin.actor, return_id=return_id, now=NOW)
    with pytest.raises(NotFound):
        seen(cast, return_id, who="rival")


def test_the_database_lets_no_dealer_approve_its_own_return(cast, order):
    from firstmove.domains.trade.models import Return

    return_id = ask(cast, order, (1, 1))
    with pytest.raises(DatabaseError), transaction.atomic(), tenancy.scope(cast.owner.actor):
        Return.objects.filter(id=return_id).update(state="approved")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_credits_of_an_order_add_up_to_what_it_cost(cast, products, parts):
    """Whatever parts it goes back in: 0.335 a unit is not 0.34 each time."""
    bought = received(cast, products, line(products["0001"], sum(parts), "0.335"))
    for units in parts:
        all_the_way(cast, bought, (1, units))
    with tenancy.scope(cast.buyer.actor):
        notes = [note for note in queries.credit_notes(dealer_id=cast.dealer_id)[0] if note.order_id == bought]
        amount = queries.order(order_id=bought).order.amount
    assert sum(note.amount for note in notes) == amount
    assert all(note.amount == sum(part for _rate, part in note.parts) for note in notes)


def test_concurrency_the_last_unit_goes_back_once(committed_cast, committed_products):
    cast = committed_cast
    bought = received(cast, committed_products, line(committed_products["0001"], 1))
    found = together(*[lambda: ask(cast, bought, (1, 1)) for _turn in range(4)])
    assert sorted(type(one).__name__ for one in found) == ["Invalid", "Invalid", "Invalid", "int"]
    (asked,) = [one for one in found if isinstance(one, int)]
    approve(cast, asked)
    send(cast, asked)
    assert together(*[lambda: count(cast, asked) for _turn in range(3)]) == [None] * 3
    with tenancy.scope(cast.admin.actor):
        assert [note.amount for note in queries.credit_notes(dealer_id=cast.dealer_id)[0]] == [20]
