"""Every page of the dealer opens for its people, in both languages, and for nobody else."""

import pytest
from django.urls import reverse

from tests.scene import CHINESE


def addresses(scene):
    return [
        reverse("dealer:today"),
        reverse("dealer:proposal", args=[scene.proposal_id]),
        reverse("dealer:group", args=[scene.proposal_id]) + "?category=Tea",
        reverse("dealer:line", args=[scene.proposal_id, 1]),
        reverse("dealer:catalogue"),
        reverse("dealer:product", args=[scene.products[CHINESE]]),
        reverse("dealer:orders"),
        reverse("dealer:stock"),
        reverse("dealer:advice"),
        reverse("dealer:settings"),
    ]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_buyer_opens_every_page(scene, signed_in, language):
    from firstmove.domains.network import operations

    operations.set_language(actor=scene.cast.buyer.actor, language=language)
    client = signed_in(scene.cast.buyer)
    for address in addresses(scene):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "None" not in answer.content.decode(), address


def test_who_is_not_signed_in_is_asked_to(scene, client):
    for address in addresses(scene):
        answer = client.get(address)
        assert answer.status_code == 302, address
        assert answer["Location"].startswith("/sign-in/")


def test_the_enterprise_and_a_supplier_do_not_enter(scene, signed_in):
    for person in (scene.cast.admin, scene.cast.supplier):
        for address in addresses(scene):
            assert signed_in(person).get(address).status_code == 403, address


def test_the_rival_finds_nothing_at_addresses_of_the_dealer(scene, signed_in):
    rival = signed_in(scene.cast.rival)
    for name, arguments in (("proposal", []), ("group", []), ("line", [1])):
        address = reverse(f"dealer:{name}", args=[scene.proposal_id, *arguments])
        assert rival.get(address).status_code == 404, address
    for name, arguments in (("quantity", [1]), ("confirmation", []), ("rejection", [])):
        address = reverse(f"dealer:{name}", args=[scene.proposal_id, *arguments])
        assert rival.post(address, {"quantity": 1, "cause": "other"}).status_code == 404, address
