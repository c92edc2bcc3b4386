"""How many queries each page of the enterprise costs, so that none grows with the number of rows.

Twelve of each count are every page's: session, person and installation, the page's scope and the frame.
"""

import pytest
from django.urls import reverse

from firstmove.domains.planning import operations as planning
from firstmove.domains.planning import queries
from firstmove.kernel import tenancy
from tests.cast import NOW

COUNTS = {
    "overview": 30,
    "attention": 22,
    "dealers": 20,
    "dealer": 41,
    "proposal": 18,
    "orders": 19,
    "order": 24,
    "shipments": 23,
    "waiting": 20,
    "purchases": 18,
    "new-purchase": 19,
    "steps": 17,
    "order-plans": 20,
    "order-plan": 22,
    "order-plan-categories": 18,
    "products": 16,
    "product": 21,
    "classes": 16,
    "runs": 15,
    "run": 13,
    "worth": 22,
    "methods": 19,
    "trials": 14,
    "replays": 15,
    "replay": 15,
    "automatic": 17,
    "stock": 20,
    "shelf": 21,
    "warehouses": 17,
    "supply": 18,
    "supply-product": 16,
    "shares": 18,
    "transfers": 17,
    "batches": 16,
    "users": 14,
    "new-user": 15,
}


@pytest.fixture
def addresses(scene):
    planning.roll(now=NOW)
    order_id = planning.accept(actor=scene.cast.buyer.actor, proposal_id=scene.proposal_id, now=NOW).order_id
    with tenancy.scope(tenancy.SYSTEM):
        run_id = queries.latest_run().id
    replay_id = planning.request_replay(actor=scene.cast.admin.actor, dealer_id=None, weeks=13, now=NOW)
    planning.carry_out(replay_id=replay_id, now=NOW)
    round_id = planning.request_trials(actor=scene.cast.admin.actor, now=NOW)
    planning.carry_out_trials(round_id=round_id, now=NOW)
    given = {
        "trials": [round_id],
        "replay": [replay_id],
        "dealer": [scene.cast.dealer_id],
        "proposal": [scene.cast.dealer_id, scene.proposal_id],
        "order": [order_id],
        "order-plan": [scene.cast.dealer_id],
        "product": [scene.products["000001"]],
        "supply-product": [scene.products["000009"]],
        "run": [run_id],
        "shelf": [scene.products["000009"]],
    }
    return {name: reverse(f"enterprise:{name}", args=given.get(name, [])) for name in COUNTS}


def test_pages_cost_as_many_queries_as_written_down(scene, addresses, signed_in, django_assert_max_num_queries):
    client = signed_in(scene.cast.admin)
    for name, most in COUNTS.items():
        with django_assert_max_num_queries(most, info=name):
            assert client.get(addresses[name]).status_code == 200
