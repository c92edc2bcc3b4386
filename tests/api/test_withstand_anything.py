"""Whatever a program sends, it is answered as the contract says: schemathesis tries, within a bound of time.

It calls the application itself, by keys of the buyer and of the administrator, with values that fit the contract and
with values that do not. What an example writes is rolled back before the next.
"""

import json
import sys
import time
from decimal import Decimal
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

from firstmove.domains.network.scopes import offered_to
from firstmove.kernel import tenancy
from tests.cast import NOW, TODAY

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# All operations together, but at least one example of each; an operation that is quick leaves the others more.
SECONDS, EXAMPLES = 35.0, 6


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
            case.path_parameters = {name: known.get(name, 1) for name in case.path_parameters or {}}
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


def something_of_all(scene):
    """What stands for each parameter of an address: things that there are."""
    from firstmove.domains.catalog import operations as catalog
    from firstmove.domains.catalog import queries as prices
    from firstmove.domains.planning import operations as planning
    from firstmove.domains.planning import queries as plans
    from firstmove.domains.stock import counting
    from firstmove.domains.stock import queries as stock
    from firstmove.domains.trade import operations as trade
    from firstmove.domains.trade import queries as shipments

    cast, product_id = scene.cast, scene.products["000003"]
    order = planning.order_by_code(actor=cast.buyer.actor, dealer_id=cast.dealer_id, quantities={"000003": 6}, now=NOW)
    purchase_id = trade.propose_purchase(
        actor=cast.admin.actor, supplier_id=cast.supplier_id, lines=[trade.Wanted(product_id, Decimal(5))],
        expected_on=TODAY, now=NOW,
    )  # fmt: skip
    trade.send_purchase(actor=cast.admin.actor, order_id=purchase_id, now=NOW)
    list_id = trade.keep_list(actor=cast.buyer.actor, name="Weekly", quantities={product_id: 6}, now=NOW)
    catalog.upsert_prices(rows=[{"sku": "000003", "price": 9, "tier": "A"}])
    with tenancy.scope(tenancy.SYSTEM):
        (price_list,) = [found for found in prices.price_lists(on=TODAY) if found.party.tier == "A"]
        price_id = prices.prices_of_list(price_list_id=price_list.party.id, on=TODAY)[0][0].id
        warehouse_id = stock.warehouses(dealer_id=cast.dealer_id)[0].id
        run_id = plans.latest_run().id
        shipment_id = shipments.shipments_of(order_id=order.id)[0].id
    planning.roll(now=NOW)
    count_id = counting.open_count(actor=cast.buyer.actor, warehouse_id=warehouse_id, today=TODAY, now=NOW)
    return {
        "code": "000003", "count_id": count_id, "dealer_id": cast.dealer_id, "list_id": list_id,
        "month": "2026-02", "number": 1,
        "order_id": order.id, "price_id": price_id, "price_list_id": price_list.party.id, "product_id": product_id,
        "proposal_id": scene.proposal_id, "purchase_id": purchase_id, "run_id": run_id,
        "shipment_id": shipment_id, "step": "order_review",
    }  # fmt: skip


@pytest.mark.filterwarnings("ignore")
def test_whatever_is_sent_is_answered_as_the_contract_says(scene, keyed, settings):
    settings.API_PER_MINUTE = 10**6
    clients = {
        person.actor.kind: keyed(person, *(scope for scope, _words in offered_to(person.actor.kind)))
        for person in (scene.cast.buyer, scene.cast.admin, scene.cast.supplier)
    }
    known = something_of_all(scene)
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
