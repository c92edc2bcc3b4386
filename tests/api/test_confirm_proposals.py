"""A dealer's program reads today's order and confirms it."""

import pytest
from django.test import Client

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.network import operations as network
from firstmove.domains.trade import queries as trade
from firstmove.kernel import tenancy
from tests.cast import NOW, TODAY

TODAYS = "/api/v1/proposals/today"


def confirmation(proposal_id):
    return f"/api/v1/proposals/{proposal_id}/confirmation"


def test_todays_order_comes_with_every_line_and_its_reason(scene, program):
    proposal = program(scene.cast.buyer).get(TODAYS).json()
    assert proposal["id"] == scene.proposal_id
    assert proposal["state"] == "ready"
    assert proposal["for_on"] == TODAY.isoformat()
    assert len(proposal["lines"]) == proposal["totals"]["lines"] > 5
    assert all(line["reason"] and line["quantity"] > 0 for line in proposal["lines"])
    assert [line["number"] for line in proposal["lines"]] == list(range(1, len(proposal["lines"]) + 1))
    # Amounts are exact, so they are text.
    assert sum(float(line["amount"]) for line in proposal["lines"]) == pytest.approx(
        float(proposal["totals"]["amount"])
    )
    assert isinstance(proposal["totals"]["amount"], str)
    assert proposal == program(scene.cast.owner).get(f"/api/v1/proposals/{scene.proposal_id}").json()


def test_the_enterprise_reads_a_dealers_proposal_and_cannot_confirm_it(scene, program, refused):
    enterprise = program(scene.cast.admin)
    assert enterprise.get(f"/api/v1/proposals/{scene.proposal_id}").json()["dealer_id"] == scene.cast.dealer_id
    refused(enterprise.get(TODAYS), 403)
    refused(enterprise.post(confirmation(scene.proposal_id)), 403)


def test_a_day_without_an_order_says_so(cast, program, refused):
    assert refused(program(cast.buyer).get(TODAYS), 404)["type"].endswith("no-proposal")


def test_confirming_twice_makes_one_order(scene, program):
    buyer = program(scene.cast.buyer)
    first, second = (buyer.post(confirmation(scene.proposal_id)) for _ in range(2))
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    with tenancy.scope(scene.cast.buyer.actor):
        (order,), count = trade.orders(dealer_id=scene.cast.dealer_id)
    assert (count, order.id, order.number) == (1, first.json()["order_id"], first.json()["order_number"])


def test_a_changed_price_is_named_and_wants_a_second_yes(scene, program, refused):
    buyer = program(scene.cast.buyer)
    line = buyer.get(TODAYS).json()["lines"][0]
    catalog.upsert_prices(rows=[{"sku": line["sku"], "price": 1.25, "dealer": "D-1"}])
    problem = refused(buyer.post(confirmation(scene.proposal_id)), 409)
    assert problem["type"].endswith("proposal-changed")
    assert problem["changes"] == [
        {"line": line["number"], "kind": "price", "before": line["unit_price"], "after": "1.2500"}
    ]
    assert buyer.post(confirmation(scene.proposal_id)).status_code == 200


def test_an_order_over_credit_is_refused_with_what_is_left(scene, program, refused):
    network.upsert_dealers(rows=[{"code": "D-1", "credit_limit": 10}])
    problem = refused(program(scene.cast.buyer).post(confirmation(scene.proposal_id)), 409)
    assert problem["type"].endswith("over-credit")
    assert float(problem["left"]) == 10


def test_a_session_alone_confirms_nothing(scene, program, refused):
    """Another site can make a browser send the cookie; it cannot make it send the token."""
    buyer = program(scene.cast.buyer, checks_csrf=True)
    assert buyer.get(TODAYS).status_code == 200
    refused(buyer.post(confirmation(scene.proposal_id)), 403)
    token = "t" * 32
    buyer.cookies["csrftoken"] = token
    answer = buyer.post(confirmation(scene.proposal_id), headers={"X-CSRFToken": token})
    assert answer.status_code == 200


def test_a_person_who_left_is_signed_out(scene, program, refused):
    client: Client = program(scene.cast.buyer)
    network.leave(actor=scene.cast.owner.actor, user_id=scene.cast.buyer.user_id, now=NOW)
    refused(client.get(TODAYS), 401)
