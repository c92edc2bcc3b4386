"""A dealer sees what its rebates bring, what every amount rests on, and what the next step would take."""

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from firstmove.domains.incentives import operations as incentives
from firstmove.domains.incentives import queries
from firstmove.domains.network import operations as network
from firstmove.kernel import tenancy
from tests.cast import TODAY
from tests.incentives.programmes import MONTH, deliver, part, promise, settled
from tests.planning.mornings import accept, plan, todays

SOON = TODAY + dt.timedelta(days=5)


@pytest.fixture
def owner(signed_in, scene):
    return signed_in(scene.cast.owner)


def in_reach(cast, *, beyond=400, percent=5):
    """A programme whose step lies a little beyond today's order, and the plan that knows it."""
    amount = todays(cast.dealer_id).totals.amount
    promise(cast, (amount + beyond, percent), cadence="once", from_on=MONTH, until_on=SOON)
    plan()
    # The plan lets the business date follow the clock again; the tests' day is fixed.
    network.set_business_date(day=TODAY)
    return part(cast)


def test_the_first_page_says_what_more_today_would_gain_and_one_click_orders_it(owner, scene):
    in_reach(scene.cast)
    page = owner.get(reverse("dealer:today")).content.decode()
    assert "net +$" in page
    assert 'id="next-step"' in page
    form = page.split('id="next-step"')[1]
    act = reverse("dealer:rebate-order", args=[part(scene.cast).id])
    assert f'action="{act}"' in form
    seen = form.split('name="seen" value="')[1].split('"')[0]
    before = todays(scene.cast.dealer_id).totals.amount
    answer = owner.post(act, {"seen": seen}, follow=True)
    assert "of today&#x27;s order" in answer.content.decode()
    assert todays(scene.cast.dealer_id).totals.amount > before
    assert 'id="next-step"' not in owner.get(reverse("dealer:today")).content.decode()


def test_an_amount_that_was_not_shown_is_not_ordered(owner, scene):
    mine = in_reach(scene.cast)
    before = todays(scene.cast.dealer_id).totals.amount
    answer = owner.post(reverse("dealer:rebate-order", args=[mine.id]), {"seen": "1"}, follow=True)
    assert "changed since you looked at it" in answer.content.decode()
    assert todays(scene.cast.dealer_id).totals.amount == before


def test_the_page_of_a_programme_shows_the_order_behind_every_amount(owner, scene):
    amount = todays(scene.cast.dealer_id).totals.amount
    promise(scene.cast, (round(amount / 2, 2), 2), (amount * 3, 4))
    done = accept(scene.cast.buyer, scene.proposal_id)
    deliver()
    mine = part(scene.cast)
    page = owner.get(reverse("dealer:rebate", args=[mine.id])).content.decode()
    assert done.order_number in page
    assert "All evidence and adjustments come to" in page
    with tenancy.scope(tenancy.SYSTEM):
        rows, count = queries.evidence(part_id=mine.id, limit=500)
    assert count > 1
    assert sum(row.amount for row in rows) == mine.earned == part(scene.cast).earned > 0


def test_any_amount_can_be_tried_and_nonsense_is_told(owner, scene):
    mine = in_reach(scene.cast)
    address = reverse("dealer:rebate", args=[mine.id])
    assert "net +$" in owner.get(address, {"amount": "600"}).content.decode()
    for nonsense in ("much", "-5", "0", "NaN"):
        assert 'role="alert"' in owner.get(address, {"amount": nonsense}).content.decode()


def test_programs_are_told_what_the_next_step_takes_and_the_rival_nothing(owner, signed_in, scene):
    mine = in_reach(scene.cast)
    address = f"/api/v1/incentives/participations/{mine.id}/next-step"
    told = owner.get(address).json()
    assert (told["silent"], told["step"]) == ("", 1)
    assert sum(Decimal(pick["amount"]) for pick in told["picks"]) == pytest.approx(Decimal(told["amount"]), abs=1)
    assert owner.get(address, {"amount": "600"}).json()["amount"] >= 600
    assert owner.get(address, {"amount": "-1"}).status_code == 422
    assert signed_in(scene.cast.rival).get(address).status_code == 404


def test_without_programmes_the_page_says_what_will_stand_there(owner):
    page = owner.get(reverse("dealer:rebates")).content.decode()
    assert "No programme runs for you" in page
    assert "Nothing is settled yet" in page


def test_a_statement_shows_and_hands_out_every_entry_that_it_settles(owner, scene):
    mine = settled(scene.cast)
    address = reverse("dealer:rebate-statement", args=[mine.statement_id])
    page = owner.get(address).content.decode()
    assert "A fair" in page
    assert "Not all of it" in page
    book = load_workbook(io.BytesIO(owner.get(address + "file/").content))
    rows = list(book.active.iter_rows(values_only=True))
    assert Decimal(str(rows[-1][-1])) == sum(Decimal(str(row[-1])) for row in rows[1:-1]) == 70


def test_a_dispute_is_answered_in_its_thread_until_the_dealer_agrees(owner, scene):
    mine = settled(scene.cast)
    address = reverse("dealer:rebate-statement", args=[mine.statement_id])
    incentives.answer(actor=scene.cast.admin.actor, dispute_id=mine.dispute_id, words="Which order?", now=_later())
    owner.post(address + "objection/", {"words": "SO-7"})
    page = owner.get(address).content.decode()
    assert page.index("Which order?") < page.index("SO-7")
    owner.post(address + "agreement/")
    with tenancy.scope(tenancy.SYSTEM):
        assert queries.dispute(dispute_id=mine.dispute_id).state == "settled"


def test_a_claim_with_what_shows_it_waits_for_an_answer(owner, scene):
    mine = in_reach(scene.cast)
    address = reverse("dealer:rebate", args=[mine.id])
    answer = owner.post(
        address + "claim/", {"amount": "12.50", "words": "One order is missing", "evidence": "SO-99"}, follow=True
    )
    assert "SO-99" in answer.content.decode()
    # What is wrong stands beside its field, and nothing that was written is lost.
    answer = owner.post(address + "claim/", {"amount": "-3", "words": "Mine, too", "evidence": "SO-98"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "A claim is of an amount above zero" in page
    assert "Mine, too" in page
    assert "SO-98" in page
    assert owner.post(address + "claim/", {"amount": "a lot", "words": "x", "evidence": "y"}).status_code == 422
    with tenancy.scope(tenancy.SYSTEM):
        assert [one.amount for one in queries.claims(dealer_id=scene.cast.dealer_id)] == [Decimal("12.5")]


def test_the_rival_opens_none_of_it(signed_in, scene):
    mine = settled(scene.cast)
    rival = signed_in(scene.cast.rival)
    for address in (
        reverse("dealer:rebate", args=[mine.part_id]),
        reverse("dealer:rebate-statement", args=[mine.statement_id]),
        reverse("dealer:rebate-statement-file", args=[mine.statement_id]),
    ):
        assert rival.get(address).status_code == 404
    act = reverse("dealer:rebate-objection", args=[mine.statement_id])
    assert rival.post(act, {"words": "Mine"}).status_code == 404


def _later() -> dt.datetime:
    return dt.datetime.combine(TODAY, dt.time(12), dt.UTC)
