"""The order plan for programs: read it, propose other figures, agree."""

import pytest

from firstmove.domains.planning import operations
from tests.cast import NOW

PLAN = "/api/v1/order-plan"


@pytest.fixture
def plans(scene):
    operations.roll(now=NOW)
    return scene


def post(who, what, **body):
    return who.post(f"{PLAN}/{what}", body, content_type="application/json")


def test_a_dealer_and_the_enterprise_read_the_same_plan(plans, program):
    mine = program(plans.cast.buyer).get(PLAN).json()
    assert mine == program(plans.cast.admin).get(PLAN, {"dealer_id": plans.cast.dealer_id}).json()
    assert mine["waits_for"] == "dealer"
    assert len(mine["cells"]) == len({cell["category"] for cell in mine["cells"]}) * mine["weeks"]


def test_figures_go_back_and_forth_until_they_are_agreed(plans, program, refused):
    dealer, enterprise = program(plans.cast.buyer), program(plans.cast.admin)
    found = dealer.get(PLAN).json()
    version, cell = found["version"], found["cells"][-1]
    asked = {"figures": [{"id": cell["id"], "amount": cell["amount"] + 1000}], "note": "a fair"}
    assert post(dealer, "changes", version=version, **asked).json() == {"version": version + 1}
    assert refused(post(dealer, "changes", version=version, **asked), 409)["type"].endswith("plan-changed")
    assert refused(post(dealer, "agreement", version=version + 1), 409)["type"].endswith("not-your-turn")
    named = {"dealer_id": plans.cast.dealer_id, "version": version + 1}
    assert post(enterprise, "agreement", **named).status_code == 200
    agreed = dealer.get(PLAN).json()
    assert agreed["state"] == "agreed"
    assert agreed["cells"][-1]["agreed"] == pytest.approx(cell["amount"] + 1000)


def test_the_rival_changes_no_other_dealers_plan(plans, program, refused):
    rival, cell = program(plans.cast.rival), program(plans.cast.buyer).get(PLAN).json()["cells"][0]
    figures = {"figures": [{"id": cell["id"], "amount": 1.0}]}
    for what, body in (("agreement", {}), ("changes", figures)):
        refused(post(rival, what, dealer_id=plans.cast.dealer_id, version=1, **body), 404)
    own = rival.get(PLAN).json()["version"]
    refused(post(rival, "changes", version=own, **figures), 404)
