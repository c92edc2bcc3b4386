"""Nobody becomes somebody else: not by a page, and not by a statement that slipped past one."""

import threading

import pytest
from django.db import Error, connection, transaction

from firstmove.domains.network import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid, Problem
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import NOW


def run(actor, statement, parameters=()):
    with transaction.atomic(), tenancy.scope(actor), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.rowcount


@pytest.mark.parametrize(
    "change",
    [
        "role = 'owner' where email = 'buyer@example.com'",
        "password = 'x' where email = 'owner@example.com'",
        "email = 'mine@example.com' where email = 'owner@example.com'",
    ],
)
def test_a_buyer_cannot_make_itself_owner_or_take_the_owners_account(cast, change):
    with pytest.raises(Error, match=r"only the enterprise|by their person"):
        run(cast.buyer.actor, f"update network_user set {change}")  # noqa: S608


def test_a_channel_manager_cannot_set_somebody_elses_password(cast):
    with pytest.raises(Error, match="by their person"):
        run(cast.admin.actor, "update network_user set password = 'x' where email = 'owner@example.com'")


@pytest.mark.parametrize("who", ["owner", "supplier", "admin"])
def test_nobody_but_the_system_moves_the_enterprises_day_or_currency(cast, who):
    assert run(getattr(cast, who).actor, "update network_enterprise set currency = 'XXX', business_on = null") == 0
    assert queries.enterprise(now=NOW).currency == "USD"


def test_nobody_writes_an_entry_of_the_audit_by_hand(cast):
    entry = (
        "insert into kernel_auditevent (at, actor, user_id, dealer_id, table_name, row_id, action) "
        "values (now(), 'dealer', %s, %s, 'trade_order', 1, 'delete')"
    )
    with pytest.raises(Error, match="row-level security"):
        run(cast.owner.actor, entry, [cast.rival.user_id, cast.dealer_id])
    operations.set_language(actor=cast.owner.actor, language="zh-hans")
    with tenancy.scope(cast.owner.actor), connection.cursor() as cursor:
        cursor.execute("select after ->> 'language' from kernel_auditevent order by id desc limit 1")
        assert cursor.fetchone() == ("zh-hans",)


def test_a_password_link_that_two_open_at_once_works_once(committed_cast):
    """Both were told that their password was set, and one of them was wrong."""
    uid, token = operations.password_link(actor=committed_cast.admin.actor, user_id=committed_cast.buyer.user_id)
    outcome = at_once(
        *(
            lambda password=password: operations.set_password_by_link(uid=uid, token=token, password=password)
            for password in ("first of two pass phrases", "second of two pass phrases")
        )
    )
    assert sorted(type(one).__name__ for one in outcome) == ["Conflict", "int"]


def test_two_administrators_who_let_each_other_go_leave_one(committed_cast):
    """They waited for each other until the database gave up on one of them with a server error."""
    cast = committed_cast
    second = operations.add_user(email="second@example.com", name="Second", role="admin", password=None, language="en")
    other = tenancy.Actor("enterprise", user_id=second)
    outcome = at_once(
        lambda: operations.leave(actor=cast.admin.actor, user_id=second, now=NOW),
        lambda: operations.leave(actor=other, user_id=cast.admin.user_id, now=NOW),
    )
    assert sum(one is None for one in outcome) == 1
    assert all(one is None or isinstance(one, Problem) for one in outcome)
    with tenancy.scope(SYSTEM):
        assert len([user for user in queries.users() if user.role == "admin" and user.left_at is None]) == 1


@pytest.mark.parametrize("currency", ["人民币", "US", "U5D"])
def test_a_currency_is_three_latin_letters(db, currency):
    with pytest.raises(Invalid):
        operations.initialise(name="Somebody", currency=currency, time_zone="UTC")


def at_once(*acts):
    """What each act returns or raises, all of them begun together on connections of their own."""
    gate, outcome = threading.Barrier(len(acts)), []

    def do(act):
        gate.wait()
        try:
            outcome.append(act())
        except Exception as error:
            outcome.append(error)
        finally:
            connection.close()

    people = [threading.Thread(target=do, args=[act]) for act in acts]
    for person in people:
        person.start()
    for person in people:
        person.join(30)
    return outcome
