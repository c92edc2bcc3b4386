"""Programs run orders: steps with the one that was seen, purchases with their supplier, counts of stock."""

from decimal import Decimal

import pytest

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.customers import operations as customers
from firstmove.domains.network import operations as network
from tests.cast import NOW, TODAY


@pytest.fixture
def goods(cast):
    rows = [{"sku": sku, "name": sku, "supplier": "S-1", "unit_cost": Decimal(3)} for sku in ("0001", "0002")]
    catalog.upsert_products(rows=rows)
    catalog.upsert_prices(rows=[{"sku": "0001", "price": 5}, {"sku": "0002", "price": 7}])
    return cast


@pytest.fixture
def asking(goods, keyed):
    """``asking(cast.admin, "steps:read")("get", "steps")``."""
    keys = iter(range(1000))

    def of(person, *scopes):
        client = keyed(person, *scopes)

        def ask(method, path, body=None):
            headers = {"Idempotency-Key": f"auto-{next(keys)}"} if method == "post" else {}
            return getattr(client, method)(
                f"/api/v1/{path}", body or {}, content_type="application/json", headers=headers
            )

        return ask

    return of


def test_an_order_that_a_rule_holds_is_sent_back_passed_with_a_note_and_timed(goods, asking, refused):
    desk = asking(goods.admin, "steps:read", "steps:write", "orders:read", "orders:write")
    till = asking(goods.buyer, "orders:read", "orders:write")
    for step in ("order_review", "finance_review"):
        assert desk("put", f"steps/{step}", {"is_on": True, "most_amount": 10}).status_code == 200
    order_id = till("post", "orders", {"lines": [{"sku": "0001", "quantity": 4}]}).json()["id"]
    (waiting,) = desk("get", "waiting-orders?step=order_review").json()["items"]
    assert (waiting["order"]["id"], waiting["held_by"]) == (order_id, ["amount"])

    seen = {"step": "order_review"}
    refused(desk("post", f"orders/{order_id}/passing", seen), 422)
    assert desk("post", f"orders/{order_id}/passing", {**seen, "note": "Agreed"}).json() == {"state": "finance_review"}
    assert refused(desk("post", f"orders/{order_id}/passing", {**seen, "note": "Again"}), 409)["type"].endswith(
        "step-passed"
    )
    back = {"step": "finance_review", "note": "Which contract?"}
    assert desk("post", f"orders/{order_id}/return", back).json() == {"state": "order_review"}
    steps = {step["state"]: step for step in till("get", f"orders/{order_id}").json()["steps"]}
    assert (steps["order_review"]["note"], steps["order_review"]["held_by"]) == ("Which contract?", ["sent-back"])
    assert steps["finance_review"]["took_seconds"] > 0

    refused(desk("post", f"orders/{order_id}/cancellation"), 422)
    cancelled = desk("post", f"orders/{order_id}/cancellation", {"note": "Double"}).json()
    assert cancelled["order"]["state"] == "cancelled"
    refused(till("get", "steps"), 403)


def test_the_cycle_is_told_against_what_was_agreed(goods, asking):
    desk = asking(goods.admin, "steps:read", "steps:write", "orders:read")
    till = asking(goods.buyer, "orders:read", "orders:write")
    assert till("get", "order-cycle").json()["orders"] == 0
    targets = desk("put", "cycle-targets", {"dealer_id": goods.dealer_id, "working_days": 3}).json()["items"]
    assert [(one["dealer_name"], one["working_days"]) for one in targets] == [("Dealer One", 3)]
    order_id = till("post", "orders", {"lines": [{"sku": "0001", "quantity": 4}]}).json()["id"]
    till("post", f"orders/{order_id}/receipt", {})
    for ask in (desk, till):
        cycle = ask("get", "order-cycle").json()
        assert (cycle["orders"], cycle["agreed"], cycle["within"], cycle["until"]) == (1, 1, 1, str(TODAY))
    assert desk("put", "cycle-targets", {"dealer_id": goods.dealer_id, "working_days": None}).json()["items"] == []


def test_a_purchase_goes_from_the_enterprises_program_to_the_suppliers_and_back(goods, asking, refused):
    desk = asking(goods.admin, "purchases:read", "purchases:write", "stock:read")
    maker = asking(goods.supplier, "purchases:read", "purchases:write", "catalog:read")
    lines = [{"sku": "0001", "quantity": 10}, {"sku": "0002", "quantity": 4, "unit_price": "2.5"}]
    made = desk("post", "purchases", {"supplier_id": goods.supplier_id, "expected_on": str(TODAY), "lines": lines})
    purchase_id = made.json()["order"]["id"]
    path = f"purchases/{purchase_id}"
    assert (made.status_code, made.json()["order"]["amount"]) == (201, "40.00")
    assert maker("get", "purchases").json()["items"] == []
    refused(maker("get", path), 404)

    desk("post", f"{path}/sending")
    assert [one["id"] for one in maker("get", "purchases?state=release_review").json()["items"]] == [purchase_id]
    coming = {one["sku"]: one["coming"] for one in maker("get", "supplied-products").json()["items"]}
    assert coming == {"0001": "10.000", "0002": "4.000"}
    refused(desk("post", f"{path}/confirmation", {"promised_on": str(TODAY)}), 403)
    confirmed = maker("post", f"{path}/confirmation", {"promised_on": str(TODAY), "quantities": {"1": 8}}).json()
    assert (confirmed["order"]["state"], confirmed["lines"][0]["confirmed_quantity"]) == ("to_ship", "8.000")
    assert refused(desk("post", f"{path}/cancellation", {"note": "No"}), 409)["type"].endswith("not-cancellable")
    maker("post", f"{path}/shipment", {"note": "SF123"})
    refused(desk("post", f"{path}/receipt", {"quantities": {"1": 9}}), 422)
    received = desk("post", f"{path}/receipt", {"quantities": {"1": 7}}).json()
    assert received["order"]["state"] == "complete"
    changes = maker("get", "purchases?updated_after=2020-01-01T00:00:00Z").json()
    assert ([one["id"] for one in changes["items"]], changes["next"] is not None) == ([purchase_id], True)
    assert {one["sku"]: one["on_hand"] for one in desk("get", "stock").json()["items"]} == {
        "0001": "7.000", "0002": "4.000",
    }  # fmt: skip


def test_a_count_is_written_down_and_posted_once_with_its_causes(goods, asking, refused):
    product = {"sku": "0001", "reason": None}
    keeper = asking(goods.owner, "stock:read", "stock:write")
    (place,) = keeper("get", "warehouses").json()["items"]
    correction = {"warehouse_id": place["id"], "code": "0001", "quantity": 12, "reason": "found"}
    assert keeper("post", "stock/corrections", correction).json()["on_hand"] == "12.000"
    sheet = keeper("post", "counts", {"warehouse_id": place["id"]}).json()["count"]
    path, line = f"counts/{sheet['id']}", {**product, "counted": 10, "expected": 12}
    refused(keeper("put", f"{path}/lines", {"lines": [line]}), 422)
    refused(keeper("put", f"{path}/lines", {"lines": [{**line, "sku": "gone", "reason": "lost"}]}), 422)
    written = keeper("put", f"{path}/lines", {"lines": [{**line, "reason": "lost"}]}).json()
    assert (written["count"]["differed"], written["lines"][0]["counted"]) == (1, "10.000")
    for _ in range(2):
        posted = keeper("post", f"{path}/posting").json()
        assert (posted["differed"], posted["missing"]) == (1, "2.000")
    moves = keeper("get", "stock/movements").json()["items"]
    assert [(move["quantity"], move["reason"]) for move in moves] == [("-2.000", "lost"), ("12.000", "found")]
    assert [one["id"] for one in keeper("get", "counts").json()["items"]] == [sheet["id"]]
    refused(asking(goods.rival, "stock:read")("get", path), 404)
    refused(asking(goods.buyer, "stock:read")("post", f"{path}/posting"), 403)


def test_the_enterprise_reads_customers_where_the_dealer_agrees(goods, asking):
    customers.upsert_customers(rows=[{"code": "C-1", "dealer": "D-1", "name": "Kettle", "kind": "store"}])
    desk, own = asking(goods.admin, "customers:read"), asking(goods.buyer, "customers:read")
    path = f"customers?dealer_id={goods.dealer_id}"
    network.set_consent(actor=goods.owner.actor, shares_customers=False, now=NOW)
    assert (desk("get", path).json()["items"], own("get", "customers").json()["items"][0]["code"]) == ([], "C-1")
    network.set_consent(actor=goods.owner.actor, shares_customers=True, now=NOW)
    assert [one["name"] for one in desk("get", path).json()["items"]] == ["Kettle"]
    assert asking(goods.rival, "customers:read")("get", path).status_code == 404
