"""The pages of a return, from the dealer's request to the credit note, and the same by programs."""

from decimal import Decimal

import pytest
from django.urls import reverse

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog.queries import product_ids_by_sku
from firstmove.domains.trade import operations
from firstmove.kernel import tenancy
from tests.api.conftest import keyed, refused  # noqa: F401 (fixtures)
from tests.cast import NOW, TODAY
from tests.trade.orders import line, place


def text(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def order_id(cast):
    catalog.upsert_products(rows=[{"sku": "0001", "name": "Green tea", "category": "Tea", "tax_rate": Decimal("0.13")}])
    with tenancy.scope(tenancy.SYSTEM):
        product_id = product_ids_by_sku()["0001"]
    order_id = place(cast, line(product_id, 4, "11.30")).id
    operations.receive(actor=cast.buyer.actor, order_id=order_id, received_on=TODAY, now=NOW)
    return order_id


def test_a_return_goes_through_both_sides_pages(cast, order_id, signed_in):
    buyer, admin = signed_in(cast.buyer), signed_in(cast.admin)
    assert "Send goods back" in text(buyer, reverse("dealer:order", args=[order_id]))
    assert 'name="line-1"' in text(buyer, reverse("dealer:new-return", args=[order_id]))
    asking = reverse("dealer:return-asking", args=[order_id])
    assert buyer.post(asking, {"line-1": "9", "cause": "damaged"}).url == reverse("dealer:new-return", args=[order_id])
    asked = buyer.post(asking, {"line-1": "3", "batch-1": "L7", "cause": "damaged", "words": "Wet cartons"})
    page = asked.url
    (return_id,) = [int(part) for part in page.split("/") if part.isdigit()]
    assert "Wet cartons" in text(admin, reverse("enterprise:goods-return", args=[return_id]))
    assert "1 return waits for your decision" in text(admin, reverse("enterprise:returns"))
    admin.post(reverse("enterprise:return-approval", args=[return_id]), {"line-1": "2", "note": "Gate 4"})
    assert "Gate 4" in text(buyer, page)
    buyer.post(reverse("dealer:return-dispatch", args=[return_id]), {"line-1": "2", "carrier": "SF", "tracking": "77"})
    assert "77" in text(admin, reverse("enterprise:goods-return", args=[return_id]))
    admin.post(reverse("enterprise:return-receipt", args=[return_id]), {"line-1": "1", "scrap-1": "1"})
    shown = text(buyer, page)
    assert "¥22.60" in shown.replace("$", "¥")
    assert "are credited" in shown
    order = text(buyer, reverse("dealer:order", args=[order_id]))
    assert "2 each of 4 each" in order or "2 of 4" in order
    assert "No return here" in text(signed_in(cast.rival), reverse("dealer:returns"))


def test_a_credit_note_is_a_paper_of_its_dealer_alone(cast, order_id, signed_in):
    return_id = operations.ask_return(
        actor=cast.buyer.actor, order_id=order_id, lines=[operations.Back(1, Decimal(1))], cause="wrong", now=NOW
    )
    operations.approve_return(actor=cast.admin.actor, return_id=return_id, now=NOW)
    operations.send_return(actor=cast.buyer.actor, return_id=return_id, now=NOW)
    operations.receive_return(actor=cast.admin.actor, return_id=return_id, now=NOW)
    page = text(signed_in(cast.buyer), reverse("dealer:goods-return", args=[return_id]))
    (note_id,) = {part.split("/")[0] for part in page.split("/credit-notes/")[1:]}
    paper = signed_in(cast.buyer).get(reverse("dealer:credit-note-file", args=[note_id]))
    assert paper.content.startswith(b"%PDF")
    assert signed_in(cast.rival).get(reverse("dealer:credit-note-file", args=[note_id])).status_code == 404
    office = signed_in(cast.admin).get(reverse("enterprise:credit-note-file", args=[note_id]))
    assert office.content.startswith(b"%PDF")


def test_programs_of_both_sides_carry_a_return(cast, order_id, keyed, refused):  # noqa: F811
    dealer = keyed(cast.buyer, "returns:read", "returns:write")
    office = keyed(cast.admin, "returns:read", "returns:write")
    wanted = {"order_id": order_id, "cause": "faulty", "lines": [{"line": 1, "quantity": "2"}]}
    post = {"content_type": "application/json"}
    keep = {"headers": {"Idempotency-Key": "r-1"}}
    asked = dealer.post("/api/v1/returns", wanted, **post, **keep)
    assert asked.status_code == 201
    assert dealer.post("/api/v1/returns", wanted, **post, **keep).json() == asked.json()
    address = f"/api/v1/returns/{asked.json()['view']['id']}"
    assert refused(dealer.post(f"{address}/approval", {}, **post), 403)
    assert office.post(f"{address}/approval", {"quantities": {"1": "1"}}, **post).status_code == 200
    assert dealer.post(f"{address}/dispatch", {"carrier": "SF"}, **post).json()["view"]["state"] == "sent"
    told = office.post(f"{address}/receipt", {"counted": {"1": {"restocked": "1"}}}, **post).json()
    assert told["view"]["credit"] == "11.300"
    (listed,) = dealer.get("/api/v1/returns", {"state": "received"}).json()["items"]
    assert listed["number"] == told["view"]["number"]
    refused(keyed(cast.rival, "returns:read").get(address), 404)
