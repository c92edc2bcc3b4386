"""The supply planner's pages: what to make, who gets what, what could move between dealers; nobody else's business."""

import csv
import io

import openpyxl
import pytest
from django.urls import reverse

from tests.planning import mornings
from tests.scene import YESTERDAY

SKU, TOO_MUCH = "000009", "000003"


@pytest.fixture
def planned(scene, settings):
    """One scarce product, and one that lies at the rival while Dealer One has none."""
    settings.TRANSFER_TRIP_COST = settings.TRANSFER_LEAST_GAIN = 0.0
    mornings.tell_lake("warehouse_daily", {"date": YESTERDAY, "sku": SKU, "on_hand": 20.0})
    for dealer, units in (("D-1", 0.0), ("D-2", 900.0)):
        mornings.tell_lake("stock_daily", {"date": YESTERDAY, "dealer": dealer, "sku": TOO_MUCH, "quantity": units})
    mornings.plan()
    return scene


def addresses(scene) -> dict[str, str]:
    of_product = [scene.products[SKU]]
    return {
        "supply": reverse("enterprise:supply"),
        "supply-file": reverse("enterprise:supply-file"),
        "supply-product": reverse("enterprise:supply-product", args=of_product),
        "shares": reverse("enterprise:shares"),
        "share": reverse("enterprise:share", args=of_product),
        "transfers": reverse("enterprise:transfers"),
        "trip": reverse("enterprise:trip", args=[scene.cast.rival_id, scene.cast.dealer_id]),
    }


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_planner_opens_every_page(planned, signed_in, language):
    from firstmove.domains.network import operations

    operations.set_language(actor=planned.cast.admin.actor, language=language)
    client = signed_in(planned.cast.admin)
    for name, address in addresses(planned).items():
        answer = client.get(address)
        assert answer.status_code == 200, name
        assert "None" not in answer.content.decode(), name


def test_no_dealer_opens_them_and_the_rival_publishes_nothing(planned, signed_in):
    of_product = [planned.products[SKU]]
    for person in (planned.cast.owner, planned.cast.rival, planned.cast.supplier):
        client = signed_in(person)
        for name, address in addresses(planned).items():
            assert client.get(address).status_code == 403, name
        assert client.post(reverse("enterprise:share-publication", args=of_product)).status_code == 403
        assert client.post(reverse("enterprise:share-tiers"), {"bonus-A": "10"}).status_code == 403


def test_the_transfer_says_who_who_to_and_what_freight_is_assumed(planned, signed_in):
    client = signed_in(planned.cast.admin)
    page = client.get(reverse("enterprise:transfers"))
    assert page.context["sums"].transfers == 1
    (trip,) = page.context["page"].object_list
    carried = client.get(reverse("enterprise:trip", args=[trip.giver_id, trip.taker_id]))
    (item,) = carried.context["page"].object_list
    assert (item.sku, item.giver_id, item.taker_id) == (TOO_MUCH, planned.cast.rival_id, planned.cast.dealer_id)
    text = page.content.decode()
    assert "100 km" in page.context["assumed"]
    assert item.giver_name in text
    assert item.taker_name in text


def test_a_search_that_finds_no_transfer_offers_all_of_them(planned, signed_in):
    client = signed_in(planned.cast.admin)
    assert "Show all trips" in client.get(reverse("enterprise:transfers"), {"q": "nothing-like-it"}).content.decode()
    found = client.get(reverse("enterprise:transfers"), {"q": TOO_MUCH}).context["page"]
    assert found.paginator.count == 1


def test_the_file_holds_what_the_list_shows_in_both_formats(planned, signed_in):
    client = signed_in(planned.cast.admin)
    listed = client.get(reverse("enterprise:supply"), {"show": "scarce"}).context["page"]
    answer = client.get(reverse("enterprise:supply-file"), {"show": "scarce"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == [line.sku for line in listed.object_list] == [SKU]
    book = client.get(reverse("enterprise:supply-file"), {"show": "scarce", "format": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).active
    assert [cell.value for cell in sheet["A"]][1:] == [SKU]
    assert sheet.max_column == len(rows[0])


def test_the_rival_sees_its_own_share_of_scarce_goods_alone(planned, signed_in):
    cast, address = planned.cast, reverse("dealer:scarce")
    assert signed_in(cast.rival).get(address).context["page"].paginator.count == 0
    signed_in(cast.admin).post(reverse("enterprise:share-publication", args=[planned.products[SKU]]))
    for person, dealer_id in ((cast.buyer, cast.dealer_id), (cast.rival, cast.rival_id)):
        page = signed_in(person).get(address).context["page"]
        assert [row.dealer_id for row in page.object_list] == [dealer_id]
