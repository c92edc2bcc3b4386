"""A request with an idempotency key can be repeated: what it did is done once, and it is answered as before."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.utils import timezone

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.trade import queries as trade
from firstmove.kernel import idempotency, tenancy
from tests.cast import NOW

ORDERS = "/api/v1/orders"
LINES = {"lines": [{"sku": "000003", "quantity": 12}]}


def post(client, path, body=None, *, key=None):
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(path, body or {}, content_type="application/json", headers=headers)


def orders_of(cast):
    with tenancy.scope(cast.buyer.actor):
        return trade.orders(dealer_id=cast.dealer_id)[0]


@pytest.fixture
def priced(cast):
    """One product that Dealer One can buy at 7.50."""
    product = {"name": "Water", "minimum": 12, "multiple": 6, "unit_price": 10}
    catalog.upsert_products(rows=[{"sku": "000003", **product}, {"sku": "000004", **product}])
    catalog.upsert_prices(rows=[{"sku": "000003", "price": 7.5, "dealer": "D-1"}])
    return cast


def test_an_order_sent_twice_is_placed_once(priced, keyed):
    till = keyed(priced.buyer, "orders:write")
    first, second = (post(till, ORDERS, LINES, key="morning") for _ in range(2))
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert (first.status_code, "Idempotency-Replayed" in first, second["Idempotency-Replayed"]) == (201, False, "true")
    (order,) = orders_of(priced)
    assert (order.number, order.amount) == (first.json()["number"], 90)
    assert post(till, ORDERS, LINES, key="evening").json()["number"] != order.number


def test_a_key_for_another_body_is_a_conflict(priced, keyed, refused):
    till = keyed(priced.buyer, "orders:write")
    post(till, ORDERS, LINES, key="morning")
    other = {"lines": [{"sku": "000003", "quantity": 18}]}
    assert refused(post(till, ORDERS, other, key="morning"), 409)["type"].endswith("idempotency-key-reused")
    assert len(orders_of(priced)) == 1


def test_an_order_without_a_key_is_refused(priced, keyed, refused):
    refused(post(keyed(priced.buyer, "orders:write"), ORDERS, LINES), 422)


def test_one_key_of_two_accounts_is_two_requests(priced, keyed):
    catalog.upsert_prices(rows=[{"sku": "000003", "price": 8, "dealer": "D-2"}])
    own, rival = (keyed(person, "orders:write") for person in (priced.buyer, priced.rival))
    numbers = {post(client, ORDERS, LINES, key="morning").json()["number"] for client in (own, rival)}
    assert len(numbers) == 2


def test_what_cannot_be_ordered_is_named_and_nothing_is(priced, keyed, refused):
    lines = [{"sku": sku, "quantity": n} for sku, n in (("000003", 13), ("000004", 12), ("gone", 1))]
    problem = refused(post(keyed(priced.buyer, "orders:write"), ORDERS, {"lines": lines}, key="1"), 422)
    assert [error["where"][-1] for error in problem["errors"]] == ["000003", "000004", "gone"]
    assert "18" in problem["errors"][0]["what"]
    assert orders_of(priced) == []


def test_a_blind_repeat_does_not_agree_to_what_changed(scene, keyed, refused):
    buyer = keyed(scene.cast.buyer, "proposals:read", "proposals:write")
    path = f"/api/v1/proposals/{scene.proposal_id}"
    sku = buyer.get(path).json()["lines"][0]["sku"]
    catalog.upsert_prices(rows=[{"sku": sku, "price": 1.25, "dealer": "D-1"}])
    for _ in range(2):
        assert refused(post(buyer, f"{path}/confirmation", key="1"), 409)["type"].endswith("proposal-changed")
    assert post(buyer, f"{path}/confirmation", key="2").status_code == 200


def test_a_program_receives_what_came_and_cancels_nothing_that_is_on_its_way(priced, keyed, refused):
    till = keyed(priced.buyer, "orders:read", "orders:write", "stock:read")
    order = post(till, ORDERS, LINES, key="1").json()
    assert refused(post(till, f"{ORDERS}/{order['id']}/cancellation"), 409)["type"].endswith("not-cancellable")
    came = post(till, f"{ORDERS}/{order['id']}/receipt", {"quantities": {"1": "11"}}, key="2").json()
    assert came["order"]["state"] == "complete"
    assert [row["on_hand"] for row in till.get("/api/v1/stock").json()["items"]] == ["11.000"]


def test_our_own_fault_is_not_kept(priced, keyed, monkeypatch, refused):
    from firstmove.domains.trade import operations

    till, placing = keyed(priced.buyer, "orders:write"), operations.place_direct

    def break_after(**given):
        placing(**given)
        raise RuntimeError

    monkeypatch.setattr(operations, "place_direct", break_after)
    refused(post(till, ORDERS, LINES, key="1"), 500)
    assert orders_of(priced) == []
    monkeypatch.setattr(operations, "place_direct", placing)
    assert post(till, ORDERS, LINES, key="1").status_code == 201


def test_an_answer_is_kept_for_a_day(cast):
    actor, answers = cast.buyer.actor, iter(range(200, 210))

    def ask(now):
        return idempotency.once(
            actor=actor, key="1", request_hash="", now=now,
            work=lambda: idempotency.Answer(next(answers), "", ""),
        )[0].status  # fmt: skip

    assert [ask(NOW), ask(NOW + dt.timedelta(hours=23)), ask(NOW + dt.timedelta(hours=24))] == [200, 200, 201]
    assert idempotency.forget(now=NOW + dt.timedelta(hours=47)) == 0
    assert idempotency.forget(now=NOW + dt.timedelta(hours=48)) == 1


def test_of_two_at_once_one_works_and_both_are_answered_alike(committed_cast):
    """concurrency"""
    begun, worked, told = threading.Barrier(4), [], []

    def work():
        worked.append(1)
        return idempotency.Answer(201, "", "made")

    def ask():
        begun.wait()
        told.append(
            idempotency.once(actor=committed_cast.buyer.actor, key="1", request_hash="", now=timezone.now(), work=work)
        )
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(worked) == 1
    assert sorted(repeated for _answer, repeated in told) == [False, True, True, True]
    assert {answer.body for answer, _repeated in told} == {"made"}
