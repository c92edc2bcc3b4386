"""A dealer's program fills the cart, keeps lists and orders; an enterprise's never sees any of it."""

from decimal import Decimal

import pytest

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.network import operations as network
from firstmove.domains.planning import queries as planning
from firstmove.domains.planning.models import Allocation
from firstmove.domains.trade import queries as trade
from firstmove.kernel import tenancy
from tests.cast import NOW

CART = "/api/v1/cart"


@pytest.fixture
def priced(cast):
    """000003 in cartons of 24 at 2.50, 000004 from 10 on in sixes at 1.00."""
    catalog.upsert_products(
        rows=[
            {"sku": "000003", "name": "Water", "category": "Drinks", "carton": 24, "barcode": "6901234500011"},
            {"sku": "000004", "name": "Tea", "category": "Drinks", "minimum": 10, "multiple": 6},
        ]
    )
    catalog.upsert_prices(rows=[{"sku": "000003", "price": "2.5"}, {"sku": "000004", "price": 1}])
    return cast


@pytest.fixture
def till(priced, keyed):
    """A key of Dealer One's buyer, and its numbers of requests."""
    client, keys = keyed(priced.buyer, "cart:read", "cart:write", "orders:read", "orders:write"), iter(range(1000))

    def ask(method, path, body=None, *, key=None):
        headers = {"Idempotency-Key": str(key or f"auto-{next(keys)}")} if method == "post" else {}
        return getattr(client, method)(path, body or {}, content_type="application/json", headers=headers)

    return ask


def skus(answer):
    return {line["sku"]: (line["asked"], line["quantity"]) for line in answer.json()["lines"]}


def test_a_cart_is_filled_by_code_and_says_what_it_rounds(till):
    till("put", f"{CART}/lines/6901234500011", {"quantity": 12})
    cart = till("put", f"{CART}/lines/000004", {"quantity": 10})
    assert skus(cart) == {"000003": (12, 24), "000004": (10, 12)}
    assert (cart.json()["amount"], cart.json()["currency"]) == ("72.00", "USD")
    assert skus(till("delete", f"{CART}/lines/000003")) == {"000004": (10, 12)}
    assert skus(till("delete", f"{CART}/lines")) == {}


def test_a_paste_that_is_repeated_is_added_once_and_what_is_missing_is_told(till):
    rows = {"text": "000003\t24\nNOPE-1 3"}
    first, second = (till("post", f"{CART}/rows", rows, key="paste") for _ in range(2))
    assert first.content == second.content
    assert [(one["row"], one["code"], one["cause"]) for one in first.json()["missed"]] == [(2, "NOPE-1", "unknown")]
    assert skus(till("get", CART)) == {"000003": (24, 24)}
    till("post", f"{CART}/lines", {"lines": [{"code": "000003", "quantity": 24}]})
    assert skus(till("get", CART)) == {"000003": (48, 48)}


def test_a_cart_is_ordered_once_and_not_when_a_price_changed(till, refused):
    till("put", f"{CART}/lines/000003", {"quantity": 24})
    seen = till("get", CART).json()
    catalog.upsert_prices(rows=[{"sku": "000003", "price": 3}])
    submission = {"cart_id": seen["id"], "token": seen["token"]}
    assert refused(till("post", f"{CART}/order", submission), 409)["type"].endswith("cart-changed")
    submission["token"] = till("get", CART).json()["token"]
    first, again = (till("post", f"{CART}/order", submission) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    assert till("get", f"/api/v1/orders/{first.json()['id']}").json()["order"]["amount"] == "72.00"
    added = till("post", f"{CART}/orders/{first.json()['id']}")
    assert skus(added) == {"000003": (24, 24)}


def test_a_list_is_kept_put_into_the_cart_and_forgotten(till, refused):
    kept = till("post", "/api/v1/order-lists", {"name": "Weekly", "lines": [{"sku": "000004", "quantity": 16}]})
    assert kept.status_code == 201
    list_id = kept.json()["list"]["id"]
    assert [one["name"] for one in till("get", "/api/v1/order-lists").json()["items"]] == ["Weekly"]
    assert skus(till("post", f"{CART}/order-lists/{list_id}")) == {"000004": (16, 18)}
    assert till("delete", f"/api/v1/order-lists/{list_id}").status_code == 204
    refused(till("get", f"/api/v1/order-lists/{list_id}"), 404)


def test_the_order_guide_pages_through_what_was_ordered(till):
    for sku, quantity in (("000003", 24), ("000004", 12), ("000003", 48)):
        till("post", "/api/v1/orders", {"lines": [{"sku": sku, "quantity": quantity}]})
    first = till("get", "/api/v1/order-guide?limit=1").json()
    rest = till("get", f"/api/v1/order-guide?limit=1&cursor={first['next']}").json()
    assert [(one["sku"], one["orders"], one["usual"]) for page in (first, rest) for one in page["items"]] == [
        ("000003", 2, 36), ("000004", 1, 12),
    ]  # fmt: skip
    assert (first["more"], rest["more"]) == (True, False)


def test_a_program_orders_no_less_than_was_agreed(till, priced, refused):
    """The same rules as on the page of the cart, in the same words."""
    lines = {"lines": [{"sku": "000004", "quantity": 12}]}
    network.upsert_dealers(rows=[{"code": "D-1", "minimum_order_amount": Decimal(50)}])
    assert refused(till("post", "/api/v1/orders", lines), 422)["type"].endswith("under-minimum")
    till("put", f"{CART}/lines/000004", {"quantity": 12})
    seen = till("get", CART).json()
    submission = {"cart_id": seen["id"], "token": seen["token"]}
    assert refused(till("post", f"{CART}/order", submission), 422)["type"].endswith("under-minimum")

    with tenancy.scope(priced.buyer.actor):
        assert trade.orders(dealer_id=priced.dealer_id)[1] == 0


def test_a_program_gets_no_more_of_what_is_scarce_than_its_share(scene, keyed, refused):
    cast, body = scene.cast, {"lines": [{"sku": "000009", "quantity": 12}]}
    with tenancy.scope(tenancy.SYSTEM):
        Allocation.objects.create(
            run_id=planning.latest_run().id, dealer_id=cast.dealer_id, product_id=scene.products["000009"],
            published_at=NOW, wanted=48, need=48, granted=6, covered=0.1, bonus=0, available=6, needed=48,
        )  # fmt: skip
    till = keyed(cast.buyer, "cart:read", "cart:write", "orders:write", "proposals:read")
    told = [(one["sku"], one["granted"]) for one in till.get("/api/v1/shares").json()["items"]]
    assert told == [("000009", 6)]

    keys = iter("ab")

    def order(client):
        return client.post(
            "/api/v1/orders",
            body,
            content_type="application/json",
            headers={"Idempotency-Key": next(keys)},
        )

    problem = refused(order(till), 422)
    assert (problem["type"].rpartition(":")[2], "6" in problem["errors"][0]["what"]) == ("lines", True)
    line = till.put(f"{CART}/lines/000009", {"quantity": 12}, content_type="application/json").json()["lines"][0]
    assert (line["trouble"], line["share"]) == ("share", 6)
    body["lines"][0]["quantity"] = 6
    assert order(till).status_code == 201


def test_nobody_else_has_anything_of_a_cart(till, priced, keyed, refused):
    till("put", f"{CART}/lines/000003", {"quantity": 24})
    rival = keyed(priced.rival, "cart:read", "cart:write")
    assert rival.get(CART).json()["lines"] == []
    refused(keyed(priced.admin, "orders:read").get(CART), 403)
    refused(keyed(priced.buyer, "cart:read").put(f"{CART}/lines/000003", {"quantity": 1}, "application/json"), 403)
