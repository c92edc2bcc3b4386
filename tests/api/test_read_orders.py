"""Orders and runs, page by page."""

import pytest

from firstmove.domains.planning import operations as planning
from tests.cast import NOW

ORDERS = "/api/v1/orders"


@pytest.fixture
def order_ids(scene):
    """Dealer One's order and the rival's."""
    return [
        planning.accept(actor=person.actor, proposal_id=proposal_id, now=NOW).order_id
        for person, proposal_id in (
            (scene.cast.buyer, scene.proposal_id),
            (scene.cast.rival, scene.rival_proposal_id),
        )
    ]


def test_a_dealer_lists_its_own_orders_and_the_enterprise_all(scene, order_ids, program):
    def listed(person):
        page = program(person).get(ORDERS).json()
        assert (page["next"], page["more"]) == (None, False)
        return {order["id"] for order in page["items"]}

    assert listed(scene.cast.buyer) == {order_ids[0]}
    assert listed(scene.cast.rival) == {order_ids[1]}
    assert listed(scene.cast.admin) == set(order_ids)


def test_pages_follow_each_other_without_gap_or_overlap(scene, order_ids, program):
    enterprise = program(scene.cast.admin)
    first = enterprise.get(ORDERS, {"limit": 1}).json()
    second = enterprise.get(ORDERS, {"limit": 1, "cursor": first["next"]}).json()
    assert (first["more"], second["more"], second["next"]) == (True, False, None)
    assert [order["id"] for page in (first, second) for order in page["items"]] == sorted(order_ids, reverse=True)


def test_an_order_is_found_by_number_and_by_product(scene, order_ids, program):
    enterprise = program(scene.cast.admin)
    number = enterprise.get(f"{ORDERS}/{order_ids[0]}").json()["order"]["number"]
    assert [order["id"] for order in enterprise.get(ORDERS, {"search": number}).json()["items"]] == [order_ids[0]]
    assert enterprise.get(ORDERS, {"search": "nobody sells this"}).json()["items"] == []
    assert enterprise.get(ORDERS, {"open": "true"}).json()["items"][1:]


def test_an_order_shows_its_lines_and_where_it_is(scene, order_ids, program):
    detail = program(scene.cast.buyer).get(f"{ORDERS}/{order_ids[0]}").json()
    assert detail["order"]["origin_id"] == scene.proposal_id
    assert len(detail["lines"]) == detail["order"]["line_count"]
    assert [step["state"] for step in detail["steps"] if step["current"]] == ["in_transit"]


def test_somebody_elses_order_is_not_there(scene, order_ids, program, refused):
    refused(program(scene.cast.rival).get(f"{ORDERS}/{order_ids[0]}"), 404)


def test_the_enterprise_lists_runs(scene, program, refused):
    page = program(scene.cast.admin).get("/api/v1/runs").json()
    assert [run["state"] for run in page["items"]] == ["complete"]
    assert page["items"][0]["versions"].keys() == {"sales", "stock_daily"}
    run_id = page["items"][0]["id"]
    assert program(scene.cast.admin).get(f"/api/v1/runs/{run_id}").json()["id"] == run_id
    refused(program(scene.cast.buyer).get("/api/v1/runs"), 403)
