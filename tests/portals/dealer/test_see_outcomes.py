"""A dealer sees what came of each advice, whoever was right, and decides whether to take part in the comparison."""

import datetime as dt
import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from firstmove.domains.network import operations as network
from firstmove.domains.planning import operations
from tests.cast import NOW, TODAY
from tests.planning.mornings import DAY, lines, plan, sale, tell_lake

SPAN = dt.timedelta(days=16)


@pytest.fixture
def judged(scene):
    """Nobody answered; one line of the rival's would have been worth much, another sold nothing."""
    proposed = sorted(lines(scene.rival_proposal_id), key=lambda line: -line.proposed_quantity)
    good, bad = proposed[0], proposed[-1]
    plan(TODAY + DAY)
    stock = good.on_hand + good.in_transit
    tell_lake("sales", sale(TODAY, good.sku, stock, dealer="D-2"))
    tell_lake("sales", sale(TODAY + 10 * DAY, good.sku, float(good.proposed_quantity), dealer="D-2"))
    operations.reckon_outcomes(now=NOW + SPAN, until=TODAY + SPAN)
    network.set_business_date(day=TODAY + SPAN)
    return scene, good, bad


def test_ignored_advice_that_cost_something_and_advice_that_did_not_pay_are_both_told(judged, signed_in):
    scene, good, bad = judged
    client = signed_in(scene.cast.rival)
    missed = client.get(reverse("dealer:outcomes"), {"kind": "missed"}).content.decode()
    assert good.product_name in missed
    assert "Ordering as advised would have brought" in missed
    assert bad.product_name not in missed
    unpaid = client.get(reverse("dealer:outcomes"), {"kind": "unpaid"}).content.decode()
    assert bad.product_name in unpaid
    assert "Not needed this time: ordering as advised would have cost" in unpaid
    assert good.product_name not in unpaid
    assert "Not a measured effect" in missed


def test_the_rival_reads_nothing_of_the_dealers_outcomes(judged, signed_in):
    scene, good, _bad = judged
    page = signed_in(scene.cast.owner).get(reverse("dealer:outcomes"), {"kind": "missed", "q": good.sku})
    assert "Ordering as advised would have brought" not in page.content.decode()


def test_outcomes_can_be_taken_along_as_a_file(judged, signed_in):
    scene, good, _bad = judged
    client = signed_in(scene.cast.rival)
    book = load_workbook(io.BytesIO(client.get(reverse("dealer:outcomes-file")).content))
    rows = list(book.active.values)
    codes = [row[3] for row in rows[1:]]
    assert good.sku in codes
    assert isinstance(rows[1][0], dt.datetime)
    text = client.get(reverse("dealer:outcomes-file"), {"form": "csv"}).content.decode("utf-8-sig")
    assert len(text.splitlines()) == len(rows)
    assert good.sku in text


def test_before_anything_is_over_the_page_says_what_will_stand_there(scene, signed_in):
    page = signed_in(scene.cast.owner).get(reverse("dealer:outcomes")).content.decode()
    assert "Nothing can be judged yet" in page


def test_the_owner_sees_what_is_left_to_them_and_leaves_the_comparison(scene, signed_in):
    operations.set_hold_out(actor=scene.cast.admin.actor, share=0.2, from_on=TODAY, now=NOW, salt="some")
    plan()
    owner, buyer = signed_in(scene.cast.owner), signed_in(scene.cast.buyer)
    page = owner.get(reverse("dealer:comparison"))
    assert "left to you: order" in page.content.decode()
    assert "20%" in page.content.decode()
    assert buyer.post(reverse("dealer:participation"), {"takes_part": "no"}).status_code == 403
    owner.post(reverse("dealer:participation"), {"takes_part": "no"})
    assert "You do not take part" in owner.get(reverse("dealer:comparison")).content.decode()
    owner.post(reverse("dealer:participation"), {"takes_part": "yes"})
    assert "left to you: order" in buyer.get(reverse("dealer:comparison")).content.decode()


def test_programs_read_outcomes_of_their_own_party_alone(judged, signed_in):
    scene, good, _bad = judged
    own = signed_in(scene.cast.rival).get("/api/v1/outcomes", {"limit": 200}).json()
    assert good.sku in {one["sku"] for one in own["items"]}
    assert {one["dealer_id"] for one in own["items"]} == {scene.cast.rival_id}
    every = signed_in(scene.cast.admin).get("/api/v1/outcomes", {"limit": 200}).json()
    assert len(every["items"]) > len(own["items"])


def test_the_morning_says_which_products_are_left_to_the_dealer(scene, signed_in):
    operations.set_hold_out(actor=scene.cast.admin.actor, share=0.2, from_on=TODAY, now=NOW, salt="some")
    plan()
    network.set_business_date(day=TODAY)
    assert "left to you today" in signed_in(scene.cast.rival).get(reverse("dealer:today")).content.decode()


def test_the_enterprise_reads_what_advice_was_worth_and_sets_the_share(judged, signed_in):
    scene, _good, _bad = judged
    client = signed_in(scene.cast.admin)
    page = client.get(reverse("enterprise:worth")).content.decode()
    assert "No effect can be measured yet" in page
    assert "Rival Two" in page
    client.post(reverse("enterprise:hold-out"), {"share": "7,5"})
    assert "7.5%" in client.get(reverse("enterprise:worth")).content.decode()
    for wrong in ("much", "90", "nan"):
        client.post(reverse("enterprise:hold-out"), {"share": wrong})
    assert "7.5%" in client.get(reverse("enterprise:worth")).content.decode()
    assert client.get(reverse("enterprise:worth-file"), {"form": "csv"}).status_code == 200
