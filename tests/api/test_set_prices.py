"""Programs keep price lists and ask why something costs what it does."""

import datetime as dt

import pytest

from firstmove.domains.catalog import operations as catalog
from tests.cast import TODAY

SINCE = "2020-01-01T00:00:00Z"


@pytest.fixture
def erp(cast, keyed):
    catalog.upsert_products(rows=[{"sku": "0001", "name": "乌龙茶", "category": "Tea", "unit_price": 10}])
    client, keys = keyed(cast.admin, "prices:read", "prices:write"), iter(range(1000))

    def ask(method, path, body=None):
        headers = {"Idempotency-Key": f"auto-{next(keys)}"} if method == "post" else {}
        return getattr(client, method)(f"/api/v1/{path}", body or {}, content_type="application/json", headers=headers)

    return ask


def put(erp, list_id, **price):
    return erp("post", f"price-lists/{list_id}/prices", {"sku": "0001", **price}).json()


def test_a_price_is_set_from_a_day_on_and_one_row_changes(cast, erp):
    everybody = erp("post", "price-lists", {}).json()["id"]
    own = erp("post", "price-lists", {"dealer_id": cast.dealer_id, "name": "Spring"}).json()["id"]
    assert erp("post", "price-lists", {}).json()["id"] == everybody
    put(erp, everybody, price="9.5")
    put(erp, own, price="9", valid_from=str(TODAY), valid_to=str(TODAY + dt.timedelta(days=5)))
    put(erp, own, price="8.5", from_quantity=24, valid_from=str(TODAY))
    assert put(erp, everybody, price="9.6") == {"added": 0, "changed": 1, "unchanged": 0}

    product_id = erp("get", f"catalogue?dealer_id={cast.dealer_id}&search=wlc").json()["items"][0]["product_id"]
    found = erp("get", f"prices/{product_id}?dealer_id={cast.dealer_id}&quantity=12").json()
    assert (found["quote"]["price"], found["quote"]["next_from"], found["quote"]["next_price"]) == (
        "9.0000", 24, "8.5000",
    )  # fmt: skip
    why = found["quote"]["why"]
    assert (why["rule"], why["list_name"], why["valid_from"]) == ("dealer", "Spring", str(TODAY))
    assert [step["from_quantity"] for step in found["steps"]] == [1, 24]
    rival = erp("get", f"prices/{product_id}?dealer_id={cast.rival_id}").json()["quote"]
    assert (rival["price"], rival["why"]["rule"]) == ("9.6000", "everybody")


def test_changes_of_a_list_are_followed_by_the_cursor_alone(erp):
    list_id = erp("post", "price-lists", {"tier": "A"}).json()["id"]
    put(erp, list_id, price="9")
    path = f"price-lists/{list_id}/prices?updated_after={SINCE}"
    page = erp("get", path).json()
    assert [one["price"] for one in page["items"]] == ["9.0000"]
    page = erp("get", f"{path}&cursor={page['next']}").json()
    assert page["items"] == []
    put(erp, list_id, price="9")
    put(erp, list_id, price="8")
    page = erp("get", f"{path}&cursor={page['next']}").json()
    assert [one["price"] for one in page["items"]] == ["8.0000"]
    assert erp("delete", f"price-lists/{list_id}/prices/{page['items'][0]['id']}").status_code == 204
    assert erp("get", f"price-lists/{list_id}").json()["prices"] == 0


def test_a_list_pages_without_gap(erp):
    for tier in "ABC":
        erp("post", "price-lists", {"tier": tier})
    first = erp("get", "price-lists?limit=2").json()
    rest = erp("get", f"price-lists?limit=2&cursor={first['next']}").json()
    assert [one["tier"] for page in (first, rest) for one in page["items"]] == ["A", "B", "C"]


def test_what_cannot_be_a_price_is_refused_and_a_dealer_sets_none(cast, erp, keyed, refused):
    list_id = erp("post", "price-lists", {}).json()["id"]
    days = {"valid_from": str(TODAY), "valid_to": str(TODAY - dt.timedelta(days=1))}
    refused(erp("post", f"price-lists/{list_id}/prices", {"sku": "0001", "price": 1, **days}), 422)
    refused(erp("post", f"price-lists/{list_id}/prices", {"sku": "nothing", "price": 1}), 404)
    refused(erp("post", "price-lists", {"contract": "C-1"}), 422)
    refused(erp("post", "price-lists", {"dealer_id": 2**40}), 404)
    own = keyed(cast.buyer, "prices:read")
    refused(own.get("/api/v1/price-lists"), 403)
    refused(own.get(f"/api/v1/catalogue?dealer_id={cast.rival_id}"), 404)
