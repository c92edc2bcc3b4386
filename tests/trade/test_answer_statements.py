"""The statement of a month is confirmed with its balance, or disputed until it is settled."""

import datetime as dt
from decimal import Decimal

import pytest

from firstmove.domains.network import operations as network
from firstmove.domains.trade import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotAllowed
from tests.cast import NOW, TODAY

FEBRUARY = dt.date(2026, 2, 1)


@pytest.fixture
def owed(cast):
    """The account stood at 100 at the end of February."""
    operations.open_account(
        actor=cast.admin.actor,
        dealer_id=cast.dealer_id,
        opened_on=dt.date(2026, 2, 10),
        opening=Decimal(100),
        now=NOW,
    )


def confirm(cast, closing, *, who="owner", month=FEBRUARY):
    operations.confirm_statement(actor=getattr(cast, who).actor, month_on=month, closing=Decimal(closing), now=NOW)


def write(cast, who, text="The order of the 3rd never came"):
    operations.write_about_statement(
        actor=getattr(cast, who).actor, dealer_id=cast.dealer_id, month_on=FEBRUARY, text=text, now=NOW
    )


def seen(cast, who="owner"):
    with tenancy.scope(getattr(cast, who).actor):
        return queries.statement_check(dealer_id=cast.dealer_id, month_on=dt.date(2026, 2, 28))


def test_a_confirmed_month_keeps_who_when_and_which_balance(cast, owed):
    confirm(cast, 100)
    confirm(cast, 100)
    found = seen(cast)
    assert (found.state, found.closing, found.confirmed_by, found.confirmed_at) == ("confirmed", 100, "Owner", NOW)
    operations.record_payment(
        actor=cast.admin.actor,
        dealer_id=cast.dealer_id,
        amount=Decimal(40),
        paid_on=dt.date(2026, 2, 20),
        reference="LATE-TOLD",
        now=NOW,
    )
    assert seen(cast).closing == 100
    with tenancy.scope(cast.owner.actor):
        first, last = queries.month_ends(FEBRUARY)
        assert queries.statement(dealer_id=cast.dealer_id, since=first, until=last).closing == 60
    with pytest.raises(Conflict):
        confirm(cast, 100)
    confirm(cast, 60)
    assert seen(cast).closing == 60


def test_a_dispute_goes_to_and_fro_until_it_is_settled(cast, owed):
    with pytest.raises(Conflict):
        write(cast, "admin", "Is it right?")
    write(cast, "buyer")
    assert seen(cast).state == "open"
    write(cast, "admin", "It came on the 5th")
    found = seen(cast, "admin")
    assert (found.state, [one.by_dealer for one in found.messages]) == ("answered", [True, False])
    with tenancy.scope(cast.admin.actor):
        assert [one.dealer_id for one in queries.disputed_statements()] == [cast.dealer_id]
    operations.settle_statement(actor=cast.owner.actor, dealer_id=cast.dealer_id, month_on=FEBRUARY)
    assert seen(cast).state == "settled"
    confirm(cast, 100)
    with tenancy.scope(cast.admin.actor):
        assert queries.disputed_statements() == []
    with pytest.raises(Conflict):
        operations.settle_statement(actor=cast.owner.actor, dealer_id=cast.dealer_id, month_on=FEBRUARY)


def test_a_month_that_is_not_over_is_not_confirmed(cast, owed):
    with pytest.raises(Invalid) as refused:
        confirm(cast, 100, month=TODAY)
    assert refused.value.code == "month-not-over"
    network.set_business_date(day=dt.date(2026, 2, 28))
    with pytest.raises(Invalid):
        confirm(cast, 100)


def test_only_the_dealer_confirms_and_the_rival_knows_nothing_of_it(cast, owed):
    write(cast, "buyer")
    for who in ("admin", "rival"):
        with pytest.raises((NotAllowed, Invalid)):
            confirm(cast, 100, who=who)
    with pytest.raises(NotAllowed):
        write(cast, "rival")
    assert seen(cast, "rival") is None
    with pytest.raises(Invalid):
        write(cast, "buyer", "x" * 1001)
