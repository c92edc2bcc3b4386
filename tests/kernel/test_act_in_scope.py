"""Whoever acts, the database shows their rows alone; and what they were is forgotten when their transaction ends."""

import re
import threading

import pytest
from django.db import connection, connections, transaction

from firstmove.kernel import tenancy
from firstmove.kernel.models import OutboxEvent
from firstmove.kernel.tenancy import SYSTEM, Actor, ScopeError, scope
from tests.conftest import REPOSITORY

SETTINGS = ("app.actor", "app.user", "app.dealer", "app.supplier")
DEALER, RIVAL = Actor("dealer", user_id=11, dealer_id=1), Actor("dealer", user_id=22, dealer_id=2)


def announced():
    with connection.cursor() as cursor:
        cursor.execute("select " + ", ".join(f"coalesce(current_setting('{name}', true), '')" for name in SETTINGS))
        return cursor.fetchone()


def topics():
    return sorted(OutboxEvent.objects.values_list("topic", flat=True))


@pytest.fixture
def news(transactional_db):
    """An event of the dealer, one of the rival, one of nobody's."""
    with scope(SYSTEM):
        for topic, dealer_id in (("mine", 1), ("theirs", 2), ("ours", None)):
            OutboxEvent.objects.create(topic=topic, payload={}, dealer_id=dealer_id)


def test_outside_a_scope_there_is_nothing(news):
    assert topics() == []


def test_each_actor_sees_what_is_theirs(news):
    seen = {}
    for actor in (SYSTEM, Actor("enterprise", user_id=3), DEALER, RIVAL, tenancy.NOBODY):
        with scope(actor):
            seen[actor] = topics()
    assert list(seen.values()) == [["mine", "ours", "theirs"], ["mine", "ours", "theirs"], ["mine"], ["theirs"], []]


def test_an_actor_can_neither_write_nor_take_over_anothers_rows(news):
    from django.db.utils import ProgrammingError

    with pytest.raises(ProgrammingError, match="row-level security"), scope(DEALER):
        OutboxEvent.objects.create(topic="forged", payload={}, dealer_id=2)
    with scope(DEALER):
        assert OutboxEvent.objects.filter(topic="theirs").update(dealer_id=1) == 0


@pytest.mark.parametrize("end", ["commit", "error", "rollback"])
def test_settings_end_with_the_transaction(transactional_db, end):
    class OnPurposeError(Exception):
        pass

    try:
        with scope(DEALER):
            assert announced() == ("dealer", "11", "1", "")
            if end == "error":
                raise OnPurposeError
            if end == "rollback":
                transaction.set_rollback(True)
    except OnPurposeError:
        pass
    assert announced() == ("", "", "", "")
    assert tenancy.current() is None


def test_a_scope_in_the_same_scope_joins_it(news):
    with scope(DEALER):
        with scope(DEALER):
            assert topics() == ["mine"]
        assert topics() == ["mine"]
        assert tenancy.current() == DEALER


def test_an_inner_scope_that_fails_takes_back_its_own_writes_alone(news):
    with scope(SYSTEM):
        OutboxEvent.objects.create(topic="kept", payload={})
        with pytest.raises(ZeroDivisionError):
            write_and_fail()
        assert "kept" in topics()
        assert "lost" not in topics()
        assert announced()[0] == "system"


def write_and_fail():
    with scope(SYSTEM):
        OutboxEvent.objects.create(topic="lost", payload={})
        raise ZeroDivisionError


def test_two_actors_in_one_transaction_are_refused(news):
    with scope(DEALER):
        with pytest.raises(ScopeError), scope(RIVAL):
            pass
        assert topics() == ["mine"]


@pytest.mark.parametrize("fails", [False, True])
def test_within_somebody_elses_transaction_nothing_of_the_scope_stays(news, fails):
    """A scope in a plain transaction is a savepoint, whose settings PostgreSQL would keep when it is released."""
    with transaction.atomic():
        try:
            with scope(DEALER):
                assert topics() == ["mine"]
                if fails:
                    raise ValueError
        except ValueError:
            pass
        assert announced()[0] in ("", "nobody")
        assert announced()[1:] == ("", "", "")
        assert topics() == []


def test_two_threads_act_as_two_parties_at_once(news):
    both_inside, seen = threading.Barrier(2, timeout=20), {}

    def act(actor):
        try:
            with scope(actor):
                both_inside.wait()
                seen[actor] = topics(), tenancy.current()
                both_inside.wait()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act, args=[actor]) for actor in (DEALER, RIVAL)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {DEALER: (["mine"], DEALER), RIVAL: (["theirs"], RIVAL)}


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": "dealer"},
        {"kind": "supplier"},
        {"kind": "enterprise", "dealer_id": 1},
        {"kind": "dealer", "dealer_id": 1, "supplier_id": 1},
    ],
)
def test_an_actor_that_is_two_parties_or_none_is_refused(facts):
    with pytest.raises(ValueError, match="names its"):
        Actor(**facts)


def test_no_setting_outlives_a_transaction_by_design():
    """``set_config(…, false)`` and ``set session`` survive a connection's check-out and leak to the next actor."""
    leaking = re.compile(r"set_config\([^)]*,\s*false\s*\)|\bset\s+session\b|\bset\s+app\.", re.IGNORECASE)
    found = [
        f"{path.relative_to(REPOSITORY)}: {hit.group()}"
        for path in (REPOSITORY / "src").rglob("*.py")
        for hit in leaking.finditer(path.read_text())
    ]
    assert found == []
