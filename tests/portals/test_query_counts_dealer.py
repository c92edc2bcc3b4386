"""How many queries each page of the dealer needs: a snapshot, so that a loop of queries shows in review.

Each count holds for any number of lines. Every page pays for the session, the person, the scope and the frame.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from firstmove.domains.planning import operations as planning
from tests.cast import NOW
from tests.incentives.programmes import part, promise

MOST = {
    "today": 34,
    "rebates": 15,
    "rebate": 15,
    "attention": 20,
    "proposal": 18,
    "group": 14,
    "line": 14,
    "catalogue": 20,
    "news": 15,
    "cart": 18,
    "guide": 11,
    "product": 22,
    "orders": 11,
    "order": 17,
    "stock": 13,
    "scarce": 12,
    "plan": 17,
    "advice": 14,
    "outcomes": 15,
    "comparison": 12,
    "settings": 11,
    "sharing": 29,
    "suppliers": 14,
    "progress": 12,
    "replays": 12,
    "replay": 10,
    "automatic": 17,
    "quantity": 27,
}


def counted(act):
    """The answer, and how many statements of SQL it took; savepoints of the test's own transaction do not count."""
    with CaptureQueriesContext(connection) as queries:
        answer = act()
    assert answer.status_code == 200
    return sum(1 for query in queries if "SAVEPOINT" not in query["sql"])


@pytest.fixture
def addresses(scene):
    planning.roll(now=NOW)
    promise(scene.cast, (1_000_000, 1), name="Spring rebate")
    promise(scene.cast, (2_000_000, 1), name="Summer rebate")
    part_id = part(scene.cast).id
    order_id = planning.accept(actor=scene.cast.rival.actor, proposal_id=scene.rival_proposal_id, now=NOW).order_id
    replay_id = planning.request_replay(
        actor=scene.cast.owner.actor, dealer_id=scene.cast.dealer_id, weeks=13, now=NOW
    )  # fmt: skip
    planning.carry_out(replay_id=replay_id, now=NOW)
    return {
        "today": reverse("dealer:today"),
        "rebates": reverse("dealer:rebates"),
        "rebate": reverse("dealer:rebate", args=[part_id]),
        "attention": reverse("dealer:attention"),
        "proposal": reverse("dealer:proposal", args=[scene.proposal_id]),
        "group": reverse("dealer:group", args=[scene.proposal_id]) + "?category=Tea",
        "line": reverse("dealer:line", args=[scene.proposal_id, 1]),
        "catalogue": reverse("dealer:catalogue"),
        "news": reverse("dealer:news"),
        "cart": reverse("dealer:cart"),
        "guide": reverse("dealer:guide"),
        "product": reverse("dealer:product", args=[scene.products["000001"]]),
        "orders": reverse("dealer:orders"),
        "order": reverse("dealer:order", args=[order_id]),
        "stock": reverse("dealer:stock"),
        "plan": reverse("dealer:plan"),
        "advice": reverse("dealer:advice"),
        "outcomes": reverse("dealer:outcomes"),
        "comparison": reverse("dealer:comparison"),
        "settings": reverse("dealer:settings"),
        "sharing": reverse("dealer:sharing"),
        "suppliers": reverse("dealer:suppliers"),
        "progress": reverse("dealer:progress"),
        "replays": reverse("dealer:replays"),
        "replay": reverse("dealer:replay", args=[replay_id]),
        "automatic": reverse("dealer:automatic"),
    }


def test_a_page_asks_the_database_a_fixed_number_of_times(scene, addresses, signed_in):
    buyer, rival = signed_in(scene.cast.buyer), signed_in(scene.cast.rival)
    found = {
        name: counted(lambda name=name, address=address: (rival if name == "order" else buyer).get(address))
        for name, address in addresses.items()
    }
    edit = reverse("dealer:quantity", args=[scene.proposal_id, 1])
    found["quantity"] = counted(lambda: buyer.post(edit, {"quantity": 24}, headers={"HX-Request": "true"}))
    too_many = {name: (count, MOST[name]) for name, count in found.items() if count > MOST[name]}
    assert too_many == {}, found
    # A count far below its limit hides the next loop.
    slack = {name: (count, MOST[name]) for name, count in found.items() if count < MOST[name] - 3}
    assert slack == {}, found
