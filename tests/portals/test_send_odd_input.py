"""What no program could have meant to send is answered in words and breaks nothing."""

import pytest
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from firstmove.domains.network import operations as network
from firstmove.domains.planning import operations as planning
from tests.cast import NOW

NUL = "a\x00b"


@pytest.mark.parametrize("page", ["dealers", "orders", "products", "supply", "order-plan-categories"])
def test_the_enterprise_is_told_that_a_search_holds_no_text(cast, signed_in, page):
    answer = signed_in(cast.admin).get(reverse(f"enterprise:{page}"), {"q": NUL})
    assert answer.status_code == 422
    assert "NUL" in answer.content.decode()


@pytest.mark.parametrize(
    ("page", "name"), [("catalogue", "q"), ("orders", "q"), ("outcomes", "q"), ("plan", "category")]
)
def test_a_dealer_is_told_that_a_search_holds_no_text(cast, signed_in, page, name):
    assert signed_in(cast.owner).get(reverse(f"dealer:{page}"), {name: NUL}).status_code == 422


def test_a_note_that_is_no_text_is_refused_and_a_part_of_a_page_says_so_too(cast, signed_in):
    client, address = signed_in(cast.owner), reverse("dealer:plan-changes")
    assert client.post(address, {"note": NUL}).status_code == 422
    answer = client.post(address, {"note": NUL}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("nul")


@pytest.mark.parametrize("line", ["9" * 30, "-1", "x"])
def test_a_figure_for_a_line_that_cannot_be_is_refused(scene, signed_in, line):
    planning.roll(now=NOW)
    answer = signed_in(scene.cast.owner).post(reverse("dealer:plan-changes"), {f"amount-{line}": "5", "version": "1"})
    assert answer.status_code in (404, 422)


def test_the_service_of_classes_is_chosen_once_however_often_one_clicks(cast, signed_in):
    client = signed_in(cast.admin)
    for said in ("is being chosen", "waits to be chosen already"):
        assert said in client.post(reverse("enterprise:service-choice"), follow=True).content.decode()
    assert ProcrastinateJob.objects.get().task_name.endswith("choose_service_now")


@pytest.mark.parametrize("bonus", [{"bonus-" + "x" * 500: "5"}, {"bonus-No such": "5"}, {"bonus-A": "nan"}])
def test_only_a_tier_that_dealers_have_is_preferred(cast, signed_in, bonus):
    network.upsert_dealers(rows=[{"code": "D-1", "tier": "A"}])
    client, address = signed_in(cast.admin), reverse("enterprise:share-tiers")
    assert client.post(address, bonus).status_code == 422
    assert client.post(address, {"bonus-A": "5"}).status_code == 302
