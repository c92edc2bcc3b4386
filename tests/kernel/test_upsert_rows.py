"""Master data sent again changes what changed and nothing else."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from firstmove.kernel.models import OutboxEvent
from firstmove.kernel.tenancy import SYSTEM, scope
from firstmove.kernel.upsert import Upserted, upsert


@pytest.fixture(autouse=True)
def system(db):
    with scope(SYSTEM):
        yield


def rows(*pairs):
    return [{"topic": topic, "payload": {}, "attempts": attempts} for topic, attempts in pairs]


def write(*pairs):
    return upsert(OutboxEvent, key=("topic",), rows=rows(*pairs))


def stored():
    return dict(OutboxEvent.objects.values_list("topic", "attempts"))


def test_new_rows_are_added_changed_ones_changed_and_the_rest_left_alone():
    assert write(("a", 1), ("b", 1)) == Upserted(added=2, changed=0, unchanged=0)
    assert write(("b", 2), ("c", 1), ("a", 1)) == Upserted(added=1, changed=1, unchanged=1)
    assert stored() == {"a": 1, "b": 2, "c": 1}


def test_nothing_new_writes_nothing():
    write(("a", 1))
    with CaptureQueriesContext(connection) as queries:
        assert write(("a", 1)) == Upserted(added=0, changed=0, unchanged=1)
    assert not [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE"))]


def test_of_one_key_twice_the_last_counts():
    assert write(("a", 1), ("a", 5)) == Upserted(added=1, changed=0, unchanged=0)
    assert stored() == {"a": 5}


def test_a_column_that_is_not_named_keeps_its_value():
    write(("a", 7))
    upsert(OutboxEvent, key=("topic",), rows=[{"topic": "a", "error": "late"}])
    assert OutboxEvent.objects.values_list("attempts", "error").get(topic="a") == (7, "late")


def test_a_key_of_two_columns_and_an_empty_part_of_it():
    key = ("topic", "dealer_id")
    first = [{"topic": "a", "dealer_id": dealer, "payload": {}} for dealer in (1, 2, None)]
    assert upsert(OutboxEvent, key=key, rows=first).added == 3
    again = upsert(OutboxEvent, key=key, rows=[{**first[2], "attempts": 4}, first[0]])
    assert again == Upserted(added=0, changed=1, unchanged=1)
    assert OutboxEvent.objects.get(dealer_id=None).attempts == 4


def test_no_rows_are_no_work():
    assert upsert(OutboxEvent, key=("topic",), rows=[]) == Upserted(added=0, changed=0, unchanged=0)


def test_more_rows_than_a_batch():
    many = [(f"t{number}", 0) for number in range(2_500)]
    assert write(*many).added == 2_500
    assert write(*many[:-1], ("t2499", 1)) == Upserted(added=0, changed=1, unchanged=2_499)
