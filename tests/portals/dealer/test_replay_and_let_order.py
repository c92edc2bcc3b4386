"""A dealer replays its past, lets proposals become orders by themselves, and takes that back."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from firstmove.domains.network import operations as network
from firstmove.domains.planning import operations as planning
from firstmove.domains.planning import queries
from firstmove.domains.planning.models import Replay
from firstmove.kernel import tenancy
from tests.cast import NOW, TODAY
from tests.planning.test_order_automatically import LATER, prove

HTMX = {"HX-Request": "true"}
LIMITS = {"most_per_order": "50000", "most_per_month": "90000", "at_hour": "9"}


def text(answer):
    return answer.content.decode()


def test_a_replay_is_asked_for_followed_and_read(scene, signed_in):
    client = signed_in(scene.cast.owner)
    assert "Nothing was replayed yet" in text(client.get(reverse("dealer:replays")))
    address = client.post(reverse("dealer:new-replay"), {"weeks": "13"}).url
    replay_id = int(address.rstrip("/").rpartition("/")[2])
    job = ProcrastinateJob.objects.get()
    assert (job.task_name.rpartition(".")[2], job.args) == ("carry_out_replay", {"replay_id": replay_id})
    assert "It starts as soon as the worker is free" in text(client.get(address))
    with tenancy.scope(tenancy.SYSTEM):
        Replay.objects.filter(id=replay_id).update(state="running", progress=0.4)
    assert "40% done" in text(client.get(address, headers=HTMX))
    planning.carry_out(replay_id=replay_id, now=NOW)
    assert client.get(address, headers=HTMX).headers["HX-Refresh"] == "true"
    page = text(client.get(address))
    for said in ("Faster orders alone", "Better decisions on top", "Simulated:", "What really happened", "assumed."):
        assert said in page
    assert "no interval can be told" in page or "Decisions alone save" in page


def test_too_little_history_says_what_to_do(scene, signed_in):
    client = signed_in(scene.cast.owner)
    address = client.post(reverse("dealer:new-replay"), {"weeks": "52"}).url
    planning.carry_out(replay_id=int(address.rstrip("/").rpartition("/")[2]), now=NOW)
    assert "There are 49 days of sales before the window" in text(client.get(address))


@pytest.mark.parametrize("weeks", ["7", "-1", "many", "9" * 40])
def test_a_window_that_is_not_offered_is_refused_in_words(scene, signed_in, weeks):
    answer = signed_in(scene.cast.owner).post(reverse("dealer:new-replay"), {"weeks": weeks}, follow=True)
    assert "A replay looks back" in text(answer)
    assert not ProcrastinateJob.objects.exists()


def test_the_page_says_why_it_is_not_offered(scene, signed_in):
    client = signed_in(scene.cast.owner)
    page = text(client.get(reverse("dealer:automatic")))
    assert "No replay of half a year or more shows yet" in page
    assert "I agree" not in page
    answer = client.post(reverse("dealer:automatic-consent"), LIMITS, follow=True)
    assert "Automatic ordering is not offered" in text(answer)


def test_the_owner_agrees_and_takes_it_back_and_the_buyer_only_takes_it_back(scene, signed_in):
    prove(scene.cast.dealer_id)
    owner, buyer = signed_in(scene.cast.owner), signed_in(scene.cast.buyer)
    assert "I agree: switch on" in text(owner.get(reverse("dealer:automatic")))
    assert "I agree: switch on" not in text(buyer.get(reverse("dealer:automatic")))
    wrong = owner.post(reverse("dealer:automatic-consent"), LIMITS | {"most_per_month": "10"})
    assert wrong.status_code == 422
    assert "at least that of an order" in text(wrong)
    assert buyer.post(reverse("dealer:automatic-consent"), LIMITS).status_code == 403
    assert "become orders by themselves at 9:00" in text(
        owner.post(reverse("dealer:automatic-consent"), LIMITS, follow=True)
    )
    assert "Nothing is ordered by itself" in text(buyer.post(reverse("dealer:automatic-withdrawal"), follow=True))
    with tenancy.scope(tenancy.SYSTEM):
        assert not queries.automatic(dealer_id=scene.cast.dealer_id).is_on


def test_the_dealer_is_told_of_an_automatic_order_and_cancels_it(scene, signed_in):
    prove(scene.cast.dealer_id)
    client = signed_in(scene.cast.owner)
    client.post(reverse("dealer:automatic-consent"), LIMITS)
    planning.attempt(dealer_id=scene.cast.dealer_id, proposal_id=scene.proposal_id, now=LATER)
    assert "Today&#x27;s order was placed by itself" in text(client.get(reverse("dealer:today")))
    with tenancy.scope(tenancy.SYSTEM):
        (one,) = queries.attempts(dealer_id=scene.cast.dealer_id)[0]
    address = reverse("dealer:order", args=[one.order_id])
    assert "You can still cancel it" in text(client.get(address))
    cancel = reverse("dealer:cancellation", args=[one.order_id])
    assert signed_in(scene.cast.rival).post(cancel).status_code == 404
    assert "The order is cancelled" in text(client.post(cancel, follow=True))
    assert "You can still cancel it" not in text(client.get(address))


def test_a_dealer_reads_why_its_order_waits_and_why_it_was_closed(scene, signed_in):
    prove(scene.cast.dealer_id)
    client = signed_in(scene.cast.owner)
    client.post(reverse("dealer:automatic-consent"), LIMITS | {"most_per_order": "10", "most_per_month": "10"})
    planning.attempt(dealer_id=scene.cast.dealer_id, proposal_id=scene.proposal_id, now=LATER)
    for page in ("dealer:today", "dealer:automatic"):
        assert "is over your limit of $10" in text(client.get(reverse(page)))
    prove(scene.cast.dealer_id, gains=False, low=-0.1)
    planning.review(now=NOW)
    assert "The latest replay no longer gains" in text(client.get(reverse("dealer:today")))
    assert "Automatic ordering was closed on" in text(client.get(reverse("dealer:automatic")))


def test_the_enterprise_pauses_all_and_lets_them_go_on(scene, signed_in):
    prove(scene.cast.dealer_id)
    planning.switch_on(
        actor=scene.cast.owner.actor, most_per_order=Decimal(10), most_per_month=Decimal(10), stops_at_unusual=True,
        at_hour=9, now=NOW,
    )  # fmt: skip
    network.set_business_date(day=TODAY + dt.timedelta(days=1))
    admin, owner = signed_in(scene.cast.admin), signed_in(scene.cast.owner)
    assert "Paused for all dealers" in text(admin.post(reverse("enterprise:automatic-pause"), follow=True))
    assert "The enterprise has paused automatic ordering" in text(owner.get(reverse("dealer:automatic")))
    assert "Paused for all dealers" not in text(admin.post(reverse("enterprise:automatic-resumption"), follow=True))
    assert owner.post(reverse("enterprise:automatic-pause")).status_code == 403


def test_the_enterprise_replays_the_network_and_reads_dealer_by_dealer(scene, signed_in):
    admin = signed_in(scene.cast.admin)
    address = admin.post(reverse("enterprise:new-replay"), {"weeks": "13", "dealer": ""}).url
    planning.carry_out(replay_id=int(address.rstrip("/").rpartition("/")[2]), now=NOW)
    page = text(admin.get(address))
    assert "Dealer One" in page
    assert "Rival Two" in page
    answer = admin.post(reverse("enterprise:new-replay"), {"weeks": "13", "dealer": "999999"}, follow=True)
    assert "There is nothing here." in text(answer)
