"""Every error is a problem document that says what is wrong and gives nothing away."""

import logging
import re

import pytest

from firstmove.api.v1 import api
from firstmove.domains.network import operations as network

SECRET = "password=hunter2 in select * from network_user"


# What a body has to say for its operation to be reached.
BODIES = {
    "/api/v1/orders": {"lines": [{"sku": "000003", "quantity": 12}]},
    "/api/v1/orders/999999999/receipt": {},
    "/api/v1/proposals/999999999/rejection": {"cause": "too_much"},
    "/api/v1/proposals/999999999/lines/1/quantity": {"quantity": 1},
}


@pytest.fixture
def operations(cast):
    """(method, address, who may call) of every operation, with ids that nobody has."""
    found = []
    for path, methods in api.get_openapi_schema(path_prefix="api/v1/")["paths"].items():
        address = re.sub(r"{(\w+_id)}", "999999999", path).replace("{number}", "1")
        assert "{" not in address
        found += [(method, address, operation["x-audiences"]) for method, operation in methods.items()]
    assert len(found) >= 15
    return found


def asked(client, method, path):
    return getattr(client, method)(
        path,
        **({} if method == "get" else {"data": BODIES.get(path, {}), "content_type": "application/json"}),
        headers={"Idempotency-Key": path},
    )


def test_who_is_not_signed_in_gets_401_everywhere(operations, program, refused):
    for method, path, _kinds in operations:
        refused(asked(program(), method, path), 401)


def test_another_audience_gets_403_everywhere(cast, operations, program, refused):
    people = {"supplier": cast.supplier, "dealer": cast.buyer, "enterprise": cast.admin}
    tried = [
        refused(asked(program(people[kind]), method, path), 403)
        for method, path, kinds in operations
        for kind in set(people) - set(kinds)
    ]
    assert len(tried) > len(operations) / 2


def test_what_does_not_exist_is_404_for_those_who_may_ask(cast, operations, program, refused):
    for method, path, kinds in operations:
        if "999999999" in path:
            refused(asked(program(cast.buyer if "dealer" in kinds else cast.admin), method, path), 404)


@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v1/nothing", "/api/v2/orders", "/api/v1/docs"])
def test_an_address_that_is_none_is_404(cast, program, refused, path):
    refused(program(cast.buyer).get(path), 404)


def test_a_wrong_method_is_405_and_names_the_right_one(cast, program, refused):
    answer = program(cast.buyer).delete("/api/v1/orders")
    refused(answer, 405)
    assert "GET" in answer["Allow"]


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "100000"}, "limit"),
        ({"cursor": "x" * 601}, "cursor"),
        ({"updated_after": "2026-03-02"}, "updated_after"),
        ({"updated_after": "2026-03-02T08:00:00"}, "updated_after"),
        ({"search": "a\x00b"}, "search"),
        ({"search": "x" * 101}, "search"),
    ],
)
def test_a_wrong_parameter_is_named(cast, program, refused, query, where):
    problem = refused(program(cast.buyer).get("/api/v1/orders", query), 422)
    assert [error["where"][-1] for error in problem["errors"]] == [where]


@pytest.mark.parametrize("number", ["0", "-1", "9" * 40, "text"])
def test_an_impossible_id_is_refused(cast, program, refused, number):
    refused(program(cast.buyer).get(f"/api/v1/orders/{number}"), 422)


def test_our_own_fault_is_logged_and_not_told(cast, program, refused, monkeypatch, caplog):
    from firstmove.domains.trade import queries

    def fail(**_):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(queries, "order_slice", fail)
    with caplog.at_level(logging.ERROR):
        answer = program(cast.buyer).get("/api/v1/orders")
    refused(answer, 500)
    assert "hunter2" not in answer.content.decode()
    assert "RuntimeError" not in answer.content.decode()
    assert SECRET in caplog.text


def test_problems_speak_the_persons_language(cast, program, refused):
    english = refused(program(cast.buyer).get("/api/v1/orders/999999999"), 404)
    network.set_language(actor=cast.buyer.actor, language="zh-hans")
    chinese = refused(program(cast.buyer).get("/api/v1/orders/999999999"), 404)
    assert english["title"] == "There is nothing here."
    assert chinese["title"] != english["title"]
    assert chinese["type"] == english["type"]
