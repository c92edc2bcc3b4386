"""Pages of direct supply: the enterprise allows, the supplier says its price, the dealer orders and receives."""

import pytest
from django.urls import reverse

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog import queries as catalog_queries
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import TODAY


@pytest.fixture
def tea(cast):
    catalog.upsert_products(
        rows=[{"sku": "T", "name": "Tall tea", "category": "Tea", "supplier": "S-1", "unit": "case", "multiple": 6}]
    )
    with tenancy.scope(SYSTEM):
        return catalog_queries.product_ids_by_sku()["T"]


def text_of(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def test_from_the_permission_to_the_receipt_on_pages(cast, tea, signed_in):
    admin, supplier, buyer = signed_in(cast.admin), signed_in(cast.supplier), signed_in(cast.buyer)
    shop = reverse("dealer:supplier", args=[cast.supplier_id])
    assert "No supplier is open to you" in text_of(buyer.get(reverse("dealer:suppliers")))
    assert buyer.get(shop).status_code == 404
    assert "Your price for dealers" not in text_of(supplier.get(reverse("supplier:products")))
    allowed = {"dealer": cast.dealer_id, "supplier": cast.supplier_id, "category": ["Tea"]}
    page = admin.post(reverse("enterprise:direct-supply-allowing"), allowed, follow=True)
    assert "Dealer One" in text_of(page)
    assert "The supplier has said no price yet" in text_of(buyer.get(shop))
    asking = reverse("supplier:price", args=[tea])
    assert "above zero" in text_of(supplier.post(asking, {"price": "much"}, follow=True))
    assert "$7.50" in text_of(supplier.post(asking, {"price": "7.5"}, follow=True))
    assert "the supplier's list" in text_of(buyer.get(shop))
    placing, wanted = reverse("dealer:supplier-placing", args=[cast.supplier_id]), {"day": TODAY.isoformat()}
    told = buyer.post(placing, wanted | {f"product-{tea}": "7"}, follow=True)
    assert "next quantity that can be ordered is 12" in text_of(told)
    placed = buyer.post(placing, wanted | {f"product-{tea}": "12"}, follow=True)
    assert "Between you and the supplier" in text_of(placed)
    order_id = placed.context["order"].id
    assert "Dealer One" in text_of(supplier.get(reverse("supplier:orders")))
    assert "from Dealer One" in text_of(supplier.get(reverse("supplier:order", args=[order_id])))
    supplier.post(reverse("supplier:confirmation", args=[order_id]), wanted | {"line-1": "12"})
    supplier.post(reverse("supplier:shipment", args=[order_id]))
    received = buyer.post(reverse("dealer:supplier-receipt", args=[order_id]), {"line-1": "11"}, follow=True)
    assert received.context["order"].state == "complete"
    assert "SU2" in text_of(buyer.get(reverse("dealer:suppliers")))
    shared = reverse("enterprise:direct-supply")
    assert "No order is shared with you" in text_of(admin.get(shared))
    owner = signed_in(cast.owner)
    owner.post(reverse("dealer:consent"), {"shares_orders": "yes"})
    assert "Dealer One · Bottle Maker" in text_of(admin.get(shared))
    assert "It sees 1 row." in text_of(owner.get(reverse("dealer:sharing")))
    admin.post(reverse("enterprise:direct-supply-withdrawal", args=[cast.dealer_id, cast.supplier_id]))
    assert "Nothing new can be ordered" in text_of(buyer.get(reverse("dealer:suppliers")))


def test_a_rival_opens_no_page_of_anothers_order_and_both_parties_are_chosen(cast, tea, signed_in):
    told = signed_in(cast.admin).post(reverse("enterprise:direct-supply-allowing"), {"dealer": "x"}, follow=True)
    assert "Choose a dealer and a supplier." in text_of(told)
    for name in ("supplier-order", "supplier-receipt", "supplier-cancellation"):
        address = reverse(f"dealer:{name}", args=[1])
        rival = signed_in(cast.rival)
        answer = rival.get(address) if name == "supplier-order" else rival.post(address, {"note": "x"})
        assert answer.status_code == 404
