"""News reaches whoever subscribed: with the change or not at all, in order, once, and one bad reader stops no other."""

import datetime as dt
import threading

import pytest
from django.db import connections, transaction

from firstmove.kernel import outbox
from firstmove.kernel.models import OutboxEvent
from firstmove.kernel.tenancy import SYSTEM, scope


@pytest.fixture(autouse=True)
def own_handlers(monkeypatch):
    monkeypatch.setattr(outbox, "_handlers", {})


def publish(*numbers, topic="order"):
    with scope(SYSTEM):
        for number in numbers:
            outbox.publish(topic=topic, payload={"number": number})


def test_each_event_is_delivered_once_and_in_order(transactional_db):
    got = []
    outbox.subscribe("order", lambda events: got.extend(event.payload["number"] for event in events))
    publish(3, 1)
    publish(2)
    assert outbox.deliver() == 3
    assert outbox.deliver() == 0
    assert got == [3, 1, 2]


def test_more_than_a_batch_keeps_its_order(transactional_db):
    got = []
    outbox.subscribe("order", lambda events: got.extend(event.payload["number"] for event in events))
    publish(*range(5))
    assert [outbox.deliver(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert got == [0, 1, 2, 3, 4]


def test_what_is_rolled_back_was_never_news(transactional_db):
    got = []
    outbox.subscribe("order", got.extend)
    with scope(SYSTEM):
        outbox.publish(topic="order", payload={})
        transaction.set_rollback(True)
    assert outbox.deliver() == 0
    assert got == []


def test_nothing_is_published_outside_a_transaction(transactional_db):
    with pytest.raises(transaction.TransactionManagementError, match="order published outside a transaction"):
        outbox.publish(topic="order", payload={})


def test_a_failing_reader_is_noted_and_tried_again_while_others_get_theirs(transactional_db):
    got, broken = [], [True]

    def heavy(events):
        OutboxEvent.objects.create(topic="half done", payload={})
        if broken:
            raise OSError("disk full")
        got.extend(event.topic for event in events)

    outbox.subscribe("order", heavy)
    outbox.subscribe("return", lambda events: got.extend(event.topic for event in events))
    publish(1)
    publish(1, topic="return")
    assert outbox.deliver() == 1
    assert got == ["return"]
    with scope(SYSTEM):
        waiting = outbox.waiting()
        assert (waiting.events, waiting.error) == (1, "OSError: disk full")
        assert not OutboxEvent.objects.filter(topic="half done").exists()
        assert OutboxEvent.objects.get(topic="order").attempts == 1
    broken.clear()
    assert outbox.deliver() == 1
    assert got == ["return", "order"]
    with scope(SYSTEM):
        assert not OutboxEvent.objects.get(topic="order").error
        assert outbox.waiting().error == ""


def test_a_reader_subscribes_once_however_often_it_is_imported(transactional_db):
    got = []
    for _ in range(2):
        outbox.subscribe("order", got.extend)
    publish(1)
    outbox.deliver()
    assert len(got) == 1


def test_while_it_is_paused_nothing_is_delivered(transactional_db):
    got = []
    outbox.subscribe("order", got.extend)
    publish(1)

    def relay():
        outbox.deliver()
        connections.close_all()

    other = threading.Thread(target=relay)
    with outbox.paused():
        other.start()
        other.join(timeout=0.3)
        assert other.is_alive()
        assert got == []
    other.join()
    assert len(got) == 1


def test_news_that_nobody_can_take_does_not_keep_other_news_waiting(transactional_db):
    got = []

    def refuse(events):
        raise ValueError("not today")

    outbox.subscribe("broken", refuse)
    outbox.subscribe("order", lambda events: got.extend(event.payload["number"] for event in events))
    publish(1, 2, 3, topic="broken")
    publish(4)
    assert outbox.deliver(limit=2) == 1
    assert got == [4]


def test_old_news_is_forgotten_once_it_was_delivered(transactional_db):
    publish(1)
    outbox.deliver()
    publish(2)
    with scope(SYSTEM):
        assert OutboxEvent.objects.count() == 2
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    assert outbox.forget(before=later - dt.timedelta(days=30)) == 0
    assert outbox.forget(before=later) == 1
    with scope(SYSTEM):
        assert [event.payload["number"] for event in OutboxEvent.objects.all()] == [2]
