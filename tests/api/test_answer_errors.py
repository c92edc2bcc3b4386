"""Every error is a problem document that says what is wrong and gives nothing away."""

import logging

import pytest

from firstmove.api.v1 import api
from firstmove.domains.network import operations as network

SECRET = "password=hunter2 in select * from network_user"


CONTRACT = api.get_openapi_schema(path_prefix="api/v1/")
# Strings that the contract describes in words alone.
EXAMPLES = {"cause": "too_much", "month": "2026-03", "sku": "000003"}
PLAIN = {"integer": 1, "number": 1, "boolean": True}
FORMATS = {"date": "2026-03-02", "date-time": "2026-03-02T08:00:00Z"}
NOBODYS = "999999999"


def example(schema, name=""):
    """The least value that fits a schema of the contract."""
    if "$ref" in schema:
        return example(CONTRACT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], name)
    if "anyOf" in schema:
        return example(schema["anyOf"][0], name)
    if "enum" in schema or "const" in schema:
        return schema.get("const") or schema["enum"][0]
    if schema.get("type") == "object":
        return {key: example(schema["properties"][key], key) for key in schema.get("required", ())}
    if schema.get("type") == "array":
        return [example(schema["items"], name)]
    return PLAIN.get(schema.get("type")) or FORMATS.get(schema.get("format")) or EXAMPLES.get(name, "1")


@pytest.fixture
def operations(cast):
    """(method, address, body, who may call) of every operation, with ids that nobody has."""
    found = []
    for path, methods in CONTRACT["paths"].items():
        for method, operation in methods.items():
            inside = {one["name"]: one["schema"] for one in operation.get("parameters", ()) if one["in"] == "path"}
            values = {name: NOBODYS if name.endswith("_id") else example(inside[name], name) for name in inside}
            address = path.format(**values)
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            body = example(content["schema"]) if content else {}
            found.append((method, address, body, operation["x-audiences"]))
    assert len(found) >= 15
    return found


def asked(client, method, path, body):
    return getattr(client, method)(
        path,
        **({} if method == "get" else {"data": body, "content_type": "application/json"}),
        headers={"Idempotency-Key": path},
    )


def test_who_is_not_signed_in_gets_401_everywhere(operations, program, refused):
    for method, path, body, _kinds in operations:
        refused(asked(program(), method, path, body), 401)


def test_another_audience_gets_403_everywhere(cast, operations, program, refused):
    people = {"supplier": cast.supplier, "dealer": cast.buyer, "enterprise": cast.admin}
    tried = [
        refused(asked(program(people[kind]), method, path, body), 403)
        for method, path, body, kinds in operations
        for kind in set(people) - set(kinds)
    ]
    assert len(tried) > len(operations) / 2


def test_what_does_not_exist_is_404_for_those_who_may_ask(cast, operations, program, refused):
    people = {"dealer": cast.owner, "enterprise": cast.admin, "supplier": cast.supplier}
    for method, path, body, kinds in operations:
        if NOBODYS in path:
            who = next(person for kind, person in people.items() if kind in kinds)
            refused(asked(program(who), method, path, body), 404)


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
