"""The supplier's pages: its orders to confirm and ship, its products, and nothing of anybody else."""

import datetime as dt

from django.urls import reverse

from firstmove.domains.trade import queries
from firstmove.kernel import tenancy
from tests.cast import TODAY
from tests.trade.test_buy import goods, propose, sent  # noqa: F401 (a fixture)


def state(order_id):
    with tenancy.scope(tenancy.SYSTEM):
        return queries.purchase(order_id=order_id).order.state


def test_a_supplier_confirms_and_ships_on_its_pages(cast, goods, signed_in):  # noqa: F811
    order_id, supplier = sent(cast, goods), signed_in(cast.supplier)
    assert supplier.get("/").headers["Location"] == "/supplier/"
    page = supplier.get("/supplier/").content.decode()
    assert "1 order waits for your confirmation" in page
    address = f"/supplier/orders/{order_id}/"
    assert supplier.get(address).status_code == 200
    day = (TODAY + dt.timedelta(days=5)).isoformat()
    supplier.post(address + "confirmation/", {"day": day, "line-1": "many"})
    assert state(order_id) == "release_review"
    supplier.post(address + "confirmation/", {"day": day, "line-1": "9", "note": "One less"})
    assert state(order_id) == "to_ship"
    supplier.post(address + "shipment/", {"note": "SF 1"})
    assert state(order_id) == "in_transit"
    admin = signed_in(cast.admin)
    assert "One less" in admin.get(f"/enterprise/purchases/{order_id}/?receipt=1").content.decode()
    admin.post(f"/enterprise/purchases/{order_id}/receipt/", {"line-1": "8"})
    assert state(order_id) == "complete"
    assert "0001" in supplier.get("/supplier/products/").content.decode()


def test_the_enterprise_makes_sends_and_takes_back_an_order(cast, goods, signed_in):  # noqa: F811
    admin = signed_in(cast.admin)
    assert "0001" in admin.get(f"/enterprise/purchases/new/?supplier={cast.supplier_id}").content.decode()
    day = (TODAY + dt.timedelta(days=5)).isoformat()
    made = admin.post(
        "/enterprise/purchases/making/",
        {"supplier": cast.supplier_id, "day": day, f"product-{goods['0001']}": "5", f"product-{goods['0002']}": ""},
    )
    address = made.headers["Location"]
    order_id = int(address.split("/")[-2])
    admin.post(address + "sending/")
    assert state(order_id) == "release_review"
    admin.post(address + "cancellation/", {"note": "Not needed"})
    assert state(order_id) == "cancelled"
    assert admin.get(f"/enterprise/orders/{order_id}/").headers["Location"] == address


def test_an_order_that_was_not_sent_is_not_there_for_its_supplier(cast, goods, signed_in):  # noqa: F811
    order_id, supplier = propose(cast, goods), signed_in(cast.supplier)
    assert supplier.get(f"/supplier/orders/{order_id}/").status_code == 404
    assert supplier.post(f"/supplier/orders/{order_id}/shipment/").status_code == 404


def test_pages_cost_as_many_queries_as_written_down(cast, goods, signed_in, django_assert_max_num_queries):  # noqa: F811
    order_id, client = sent(cast, goods), signed_in(cast.supplier)
    for name, most in {"orders": 18, "order": 16, "products": 18}.items():
        address = reverse(f"supplier:{name}", args=[order_id] if name == "order" else [])
        with django_assert_max_num_queries(most, info=name):
            assert client.get(address).status_code == 200
