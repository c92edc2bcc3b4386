"""Every error is a problem document that says what is wrong and gives nothing away."""

import logging

import pytest

from firstmove.api.v1 import api
from firstmove.domains.network import operations as network

SECRET = "password=hunter2 in select * from network_user"


@pytest.fixture
def operations(cast):
    """(method, address) of every operation, with ids that nobody has."""
    paths = api.get_openapi_schema(path_prefix="api/v1/")["paths"]
    found = [
        (method, path.replace("{proposal_id}", "999999999").replace("{order_id}", "999999999"))
        for path, methods in paths.items()
        for method in methods
    ]
    assert len(found) >= 6
    assert not [path for _method, path in found if "{" in path]
    return found


def test_who_is_not_signed_in_gets_401_everywhere(operations, program, refused):
    for method, path in operations:
        refused(getattr(program(), method)(path), 401)


def test_a_supplier_gets_403_everywhere(cast, operations, program, refused):
    for method, path in operations:
        refused(getattr(program(cast.supplier), method)(path), 403)


def test_what_does_not_exist_is_404_for_those_who_may_ask(cast, operations, program, refused):
    for method, path in operations:
        if "999999999" in path:
            refused(getattr(program(cast.buyer), method)(path), 404)


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
        ({"offset": "-1"}, "offset"),
        ({"offset": "many"}, "offset"),
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

    monkeypatch.setattr(queries, "orders", fail)
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
