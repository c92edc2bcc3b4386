"""Whatever a program sends, it is answered as the contract says: schemathesis tries, within a bound of time.

It calls the application itself, by keys of the buyer and of the administrator, with values that fit the contract and
with values that do not. What an example writes is rolled back before the next.
"""

import json
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as bounds
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import openapi

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# All operations together, but at least one example of each; an operation that is quick leaves the others more.
SECONDS, EXAMPLES = 35.0, 6
SCOPES = (
    "network:read", "catalog:read", "prices:read", "stock:read", "orders:read", "orders:write", "proposals:read",
    "plan:read", "webhooks:read",
)  # fmt: skip


class Undone(Exception):
    """Ends an example's transaction, so that the next finds everything as it was."""


def try_operation(operation, mode, client, known, until):
    """Statuses of the answers to a few generated requests, each of them checked against the contract."""
    statuses = []

    @seed(46)
    @bounds(
        max_examples=EXAMPLES, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case):
        if statuses and time.monotonic() > until:
            return
        if mode is GenerationMode.POSITIVE:
            # Ids made up are ids of nothing: answers about what there is are the ones to check.
            case.path_parameters = {name: known[name] for name in case.path_parameters or {}}
        sent = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
        address = urlsplit(sent.url)
        headers = {name: value for name, value in sent.headers.items() if name.lower() != "content-length"}
        body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
        told = []
        try:
            with transaction.atomic():
                told.append(
                    client.generic(
                        sent.method,
                        address.path,
                        body,
                        content_type=headers.pop("Content-Type", "application/octet-stream"),
                        query_string=address.query,
                        headers={n: v if isinstance(v, str) else v.decode("latin-1") for n, v in headers.items()},
                    )
                )
                raise Undone
        except Undone:
            (answer,) = told
        statuses.append(answer.status_code)
        case.validate_response(
            Response(
                status_code=answer.status_code,
                headers={name.lower(): [value] for name, value in answer.headers.items()},
                content=answer.content,
                request=sent,
                elapsed=0.0,
                verify=False,
            ),
            checks=CHECKS,
        )

    one()
    return statuses


@pytest.mark.filterwarnings("ignore")
def test_whatever_is_sent_is_answered_as_the_contract_says(scene, keyed, settings):
    settings.API_PER_MINUTE = 10**6
    clients = {
        "dealer": keyed(scene.cast.buyer, *SCOPES, "proposals:write"),
        "enterprise": keyed(scene.cast.admin, *SCOPES),
    }
    known = {"order_id": 1, "dealer_id": scene.cast.dealer_id, "product_id": scene.products["000003"],
             "proposal_id": scene.proposal_id, "number": 1}  # fmt: skip
    found = [one.ok() for one in schemathesis.openapi.from_dict(json.loads(openapi.document())).get_all_operations()]
    began, answers = time.monotonic(), {}
    for index, operation in enumerate(found):
        audiences = [kind for kind in clients if kind in operation.definition.raw["x-audiences"]]
        until = began + SECONDS * (index + 1) / len(found)
        for mode in GenerationMode.POSITIVE, GenerationMode.NEGATIVE:
            for kind in audiences:
                told = try_operation(operation, mode, clients[kind], known, until)
                answers.setdefault(operation.label, []).extend(told)
    assert set(answers) == {operation.label for operation in found}
    reached = {label for label, statuses in answers.items() if any(status < 300 for status in statuses)}
    assert len(reached) > len(found) * 0.6, sorted(set(answers) - reached)
    assert sum(map(len, answers.values())) > 100
