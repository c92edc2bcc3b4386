"""What programs rely on does not change unnoticed."""

import json
import sys
from collections import Counter
from pathlib import Path

import pytest
from ninja import Schema

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import openapi

from firstmove.domains.network.scopes import SCOPES

DOCUMENT = json.loads(openapi.document())
OPERATIONS = [
    (f"{method} {path}", operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def test_the_snapshot_is_up_to_date():
    assert openapi.SNAPSHOT.read_text(encoding="utf-8") == openapi.document(), "run: .venv/bin/python tools/openapi.py"


@pytest.mark.parametrize("operation", [pytest.param(operation, id=name) for name, operation in OPERATIONS])
def test_every_operation_declares_its_refusals_and_who_may_call(operation):
    for status in ("400", "401", "403", "404", "405", "409", "422", "429", "500"):
        assert list(operation["responses"][status]["content"]) == ["application/problem+json"]
    ways = {name: scopes for way in operation["security"] for name, scopes in way.items()}
    assert ways.keys() == {"key", "session"}
    assert ways["key"][0] in SCOPES
    assert operation["x-audiences"]
    assert operation["description"]


def test_the_document_is_served_as_it_is_kept(client, cast):
    assert client.get("/api/v1/openapi.json").json()["paths"] == DOCUMENT["paths"]


def test_no_two_schemas_share_a_name():
    """The document knows schemas by their name alone: of two the contract would tell one for both."""
    named = Counter(schema.__name__ for schema in every(Schema) if schema.__module__.startswith("firstmove.api"))
    assert [name for name, times in named.items() if times > 1] == []


def every(kind):
    return {one for child in kind.__subclasses__() for one in {child, *every(child)}}
