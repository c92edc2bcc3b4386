"""The channel manager watches new dealers and launches grow up; a new dealer reads on what its first plan rests."""

import pytest
from django.urls import reverse

from firstmove.domains.network import operations as network
from firstmove.domains.planning import queries
from firstmove.kernel import tenancy
from tests.planning import mornings

PAGES = ("dealer-starts", "dealer-start", "product-starts", "product-start")


@pytest.fixture
def started(scene):
    """A dealer and a launch that sold for a little over three weeks and one week; answers the pages' addresses."""
    dealer_id = mornings.new_dealer_and_launch()
    own = [row for n in range(7, 16) for row in mornings.sold("D-9", f"{n:06d}", range(1, 24), 3.0)]
    mornings.tell_lake("sales", *own, *mornings.sold("D-1", mornings.LAUNCH, range(1, 9), 5.0))
    mornings.plan()
    with tenancy.scope(tenancy.SYSTEM):
        (launch,), _count = queries.product_starts(search=mornings.LAUNCH)
    given = {"dealer-start": [dealer_id], "product-start": [launch.product_id]}
    return {name: reverse(f"enterprise:{name}", args=given.get(name, [])) for name in PAGES}


def test_pages_say_what_was_planned_and_what_came_in_few_queries(
    scene, started, signed_in, django_assert_max_num_queries
):
    client = signed_in(scene.cast.admin)
    for language, words in (("en", "It came"), ("zh-hans", "实际")):
        network.set_language(actor=scene.cast.admin.actor, language=language)
        for name, address in started.items():
            with django_assert_max_num_queries(18, info=name):
                page = client.get(address).content.decode()
            assert "None" not in page, name
            assert words in page or name.endswith("starts"), name
    network.set_language(actor=scene.cast.admin.actor, language="en")
    assert "Newcomer" in client.get(started["dealer-starts"]).content.decode()
    own = client.get(started["dealer-start"]).content.decode()
    assert "Third" in own
    assert "3 full weeks" in own
    assert "No launch fits" in client.get(started["product-starts"] + "?q=nothing-like-it").content.decode()


def test_a_dealer_that_is_not_new_has_no_first_weeks(scene, started, signed_in):
    client = signed_in(scene.cast.admin)
    assert client.get(reverse("enterprise:dealer-start", args=[scene.cast.dealer_id])).status_code == 404
    assert client.get(reverse("enterprise:product-start", args=[scene.products["000001"]])).status_code == 404


def test_no_dealer_opens_them(scene, started, signed_in):
    for person in (scene.cast.owner, scene.cast.rival, scene.cast.supplier):
        client = signed_in(person)
        for name, address in started.items():
            assert client.get(address).status_code == 403, name


def test_without_anything_new_the_pages_say_what_brings_a_plan_there(scene, signed_in):
    client = signed_in(scene.cast.admin)
    assert "No dealer is new" in client.get(reverse("enterprise:dealer-starts")).content.decode()
    assert "No product is in its launch" in client.get(reverse("enterprise:product-starts")).content.decode()
