"""A dealer sees what the enterprise sees of it, and its word takes effect at once: on pages, in queries, in rows."""

import pytest
from django.urls import reverse

from firstmove.domains.customers import operations as customers
from firstmove.domains.customers import queries as customer_queries
from firstmove.domains.network import operations as network
from firstmove.domains.planning import queries
from firstmove.kernel import tenancy
from tests.cast import NOW, TODAY
from tests.isolation.tables import run


@pytest.fixture
def page(scene, signed_in):
    """The page as Dealer One's owner sees it; both dealers have a customer."""
    customers.upsert_customers(
        rows=[
            {"code": "C-1", "dealer": "D-1", "name": "Kettle and Leaf", "kind": "store", "city": "Ames"},
            {"code": "C-9", "dealer": "D-2", "name": "Boone Grocer", "kind": "store", "city": "Boone"},
        ]
    )
    client = signed_in(scene.cast.owner)

    def look(**post):
        address = reverse("dealer:consent") if post else reverse("dealer:sharing")
        answer = client.post(address, post | {"back": "sharing"}, follow=True) if post else client.get(address)
        assert answer.status_code == 200
        return answer

    return look


def eyes_of_the_enterprise(cast):
    """Customers by query and by SQL, and customers named in lines of sell-out, as a person of the enterprise sees."""
    with tenancy.scope(cast.admin.actor):
        shown = [row.name for row in customer_queries.customers(dealer_id=cast.dealer_id)[0]]
        rows = [name for (name,) in run("select name from customers_customer")]
        sold = queries.seen_by_enterprise(dealer_id=cast.dealer_id, on=TODAY).sales
    assert sold
    return shown, rows, {line.customer for line in sold}


def test_the_owners_word_takes_effect_at_once_on_the_page_in_queries_and_in_rows(scene, page):
    assert eyes_of_the_enterprise(scene.cast) == ([], [], {None})
    before = page().content.decode()
    assert "The enterprise does not see who your customers are" in before
    assert ">hidden</span>" in before
    assert "Kettle and Leaf" not in before
    shared = page(shares="yes").content.decode()
    assert "Kettle and Leaf" in shared
    assert ">hidden</span>" not in shared
    assert "Boone Grocer" not in shared
    assert eyes_of_the_enterprise(scene.cast) == (["Kettle and Leaf"], ["Kettle and Leaf"], {"C-1"})
    assert "Kettle and Leaf" not in page(shares="no").content.decode()
    assert eyes_of_the_enterprise(scene.cast) == ([], [], {None})


def test_the_page_shows_stock_sales_and_orders_that_are_always_shared_and_no_cart(scene, page):
    context = page().context
    seen = context["seen"]
    assert (seen.stock_count, len(seen.stock)) == (29, 5)
    assert seen.sales_count > len(seen.sales) == 5
    assert seen.cart_products == 0
    assert "It sees 29 rows; these are the first." in page().content.decode()


def test_only_the_owner_decides_and_everybody_of_the_dealer_looks(scene, page, signed_in):
    buyer = signed_in(scene.cast.buyer)
    text = buyer.get(reverse("dealer:sharing")).content.decode()
    assert "Only the owner changes this." in text
    buyer.post(reverse("dealer:consent"), {"shares": "yes"})
    assert eyes_of_the_enterprise(scene.cast)[0] == []
    network.set_consent(actor=scene.cast.owner.actor, shares_customers=True, now=NOW)
    assert "by Owner" in buyer.get(reverse("dealer:sharing")).content.decode()
