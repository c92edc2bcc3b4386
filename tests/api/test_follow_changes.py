"""A program that follows a list misses nothing and gets nothing twice."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.utils import timezone

from firstmove.domains.network import operations as network
from firstmove.domains.network import queries
from firstmove.kernel import tenancy
from tests.cast import NOW

DEALERS = "/api/v1/dealers"
SINCE = "2020-01-01T00:00:00Z"


def codes(page):
    return [dealer["code"] for dealer in page["items"]]


def test_pages_hold_while_rows_come(cast, keyed):
    erp = keyed(cast.admin, "network:read")
    first = erp.get(DEALERS, {"limit": 1}).json()
    network.upsert_dealers(rows=[{"code": "D-0", "name": "New and first by name"}])
    rest = erp.get(DEALERS, {"cursor": first["next"]}).json()
    assert (codes(first), codes(rest), rest["next"]) == (["D-1"], ["D-2", "D-0"], None)


def test_changes_are_followed_by_the_cursor_alone(cast, keyed):
    erp = keyed(cast.admin, "network:read")
    page = erp.get(DEALERS, {"updated_after": SINCE}).json()
    assert (codes(page), page["more"]) == (["D-1", "D-2"], False)

    def ask():
        nonlocal page
        page = erp.get(DEALERS, {"updated_after": SINCE, "cursor": page["next"]}).json()
        return codes(page)

    assert ask() == []
    network.upsert_dealers(rows=[{"code": "D-1", "city": "Des Moines"}])
    assert ask() == ["D-1"]
    network.upsert_dealers(rows=[{"code": "D-1", "city": "Des Moines"}])
    assert ask() == []


def test_only_what_changed_at_the_moment_or_later_is_told(cast, keyed):
    erp = keyed(cast.admin, "network:read")
    moment = timezone.now().isoformat()
    network.upsert_dealers(rows=[{"code": "D-2", "city": "Des Moines"}])
    assert codes(erp.get(DEALERS, {"updated_after": moment}).json()) == ["D-2"]


@pytest.mark.parametrize(
    "spoil", [lambda c: c[:-1], lambda _: "nonsense", lambda c: c.replace(":", ".")], ids=["cut", "made up", "other"]
)
def test_a_cursor_that_was_not_given_out_is_refused(cast, keyed, refused, spoil):
    erp = keyed(cast.admin, "network:read")
    cursor = erp.get(DEALERS, {"limit": 1}).json()["next"]
    assert refused(erp.get(DEALERS, {"cursor": spoil(cursor)}), 422)["type"].endswith("wrong-cursor")


def test_a_cursor_holds_for_its_list_and_filters_alone(cast, keyed, refused):
    erp = keyed(cast.admin, "network:read", "orders:read")
    cursor = erp.get(DEALERS, {"limit": 1}).json()["next"]
    refused(erp.get(DEALERS, {"cursor": cursor, "updated_after": SINCE}), 422)
    refused(erp.get("/api/v1/orders", {"cursor": cursor}), 422)


def test_a_change_that_is_committed_late_is_still_told(committed_cast):
    """concurrency: the earlier of two writes commits after the later one was read."""
    written, read = threading.Event(), threading.Event()

    def write_slowly():
        with tenancy.scope(tenancy.SYSTEM):
            network.upsert_dealers(rows=[{"code": "D-1", "city": "Late"}])
            written.set()
            assert read.wait(20)
        connection.close()

    since = NOW - dt.timedelta(days=365 * 10)
    with tenancy.scope(tenancy.SYSTEM):
        place = queries.dealer_slice(since=since).last
    slow = threading.Thread(target=write_slowly)
    slow.start()
    assert written.wait(20)
    network.upsert_dealers(rows=[{"code": "D-2", "city": "Soon"}])
    with tenancy.scope(tenancy.SYSTEM):
        between = queries.dealer_slice(since=since, place=place)
    read.set()
    slow.join()
    with tenancy.scope(tenancy.SYSTEM):
        after = queries.dealer_slice(since=since, place=between.last)
    assert [dealer.city for dealer in (*between.items, *after.items)] == ["Late", "Soon"]


def test_a_change_by_another_role_of_the_database_is_told_however_late_it_is_committed(committed_cast, server):
    """concurrency: a migration or a script of the owner writes, in a transaction that the serving role cannot see."""
    since = NOW - dt.timedelta(days=365 * 10)
    with tenancy.scope(tenancy.SYSTEM):
        place = queries.dealer_slice(since=since).last
    with server.owner.connect() as db, db.transaction():
        db.execute("select set_config('app.actor', 'system', true)")
        db.execute("update network_dealer set city = 'Late' where code = 'D-1'")
        network.upsert_dealers(rows=[{"code": "D-2", "city": "Soon"}])
        with tenancy.scope(tenancy.SYSTEM):
            between = queries.dealer_slice(since=since, place=place)
    with tenancy.scope(tenancy.SYSTEM):
        after = queries.dealer_slice(since=since, place=between.last)
    assert [dealer.city for dealer in (*between.items, *after.items)] == ["Late", "Soon"]
