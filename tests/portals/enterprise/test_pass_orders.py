"""The enterprise's pages of orders that wait: what stands first, what passes, and who sets the rules."""

import datetime as dt
from decimal import Decimal

from django.utils import timezone

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.trade import operations, queries
from firstmove.kernel import tenancy
from tests.cast import NOW
from tests.trade.conftest import products  # noqa: F401 (a fixture)
from tests.trade.orders import line, place

RULE = {"is_on": "on", "most_amount": "200", "most_percent": "2.5", "target_days": "0.5", "asked_role": "channel"}


def placed_state(placed):
    with tenancy.scope(tenancy.SYSTEM):
        return queries.order(order_id=placed.id).order.state


def test_an_administrator_switches_a_step_on_and_orders_wait_there(cast, products, signed_in):  # noqa: F811
    admin = signed_in(cast.admin)
    assert admin.post("/enterprise/orders/steps/finance_review/", RULE).status_code == 302
    with tenancy.scope(tenancy.SYSTEM):
        rule = queries.step_rules()[1]
    assert (rule.most_amount, rule.most_deviation, rule.automatic) == (Decimal(200), Decimal("0.025"), False)
    catalog.upsert_prices(rows=[{"sku": "0001", "price": 20}])
    placed = place(cast, line(products["0001"]))
    page = admin.get("/enterprise/orders/waiting/").content.decode()
    assert placed.number in page
    assert f'value="{placed.id}:finance_review"' in page
    admin.post("/enterprise/orders/waiting/passing/", {"order": [f"{placed.id}:finance_review", "x:y"]})
    assert placed_state(placed) == "in_transit"


def test_a_wrong_number_is_shown_beside_its_field_and_changes_nothing(cast, signed_in):
    answer = signed_in(cast.admin).post("/enterprise/orders/steps/to_ship/", RULE | {"target_days": "-1"})
    assert answer.status_code == 422
    assert "to_ship-target_days_error" in answer.content.decode()
    with tenancy.scope(tenancy.SYSTEM):
        assert not queries.step_rules()[3].is_on


def test_a_late_order_stands_at_the_top_of_the_orders_page(cast, products, signed_in):  # noqa: F811
    operations.set_step_rule(
        actor=cast.admin.actor, step="order_review", now=NOW, is_on=True, automatic=False, target_days=Decimal("0.5")
    )
    placed = place(cast, line(products["0001"]), now=timezone.now() - dt.timedelta(days=9))
    page = signed_in(cast.admin).get("/enterprise/orders/").content.decode()
    assert page.index("1 order waits for longer than agreed") < page.index(placed.number) < page.index('id="results"')


def test_an_order_is_sent_back_passed_and_cancelled_on_its_page_and_the_dealer_reads_why(
    cast,
    products,  # noqa: F811
    signed_in,
):
    for step in ("order_review", "finance_review"):
        operations.set_step_rule(actor=cast.admin.actor, step=step, now=NOW, is_on=True, automatic=False)
    placed = place(cast, line(products["0001"]))
    admin, address = signed_in(cast.admin), f"/enterprise/orders/{placed.id}/"
    admin.post(address + "passing/", {"step": "order_review"})
    admin.post(address + "passing/", {"step": "order_review"})
    assert placed_state(placed) == "finance_review"
    admin.post(address + "return/", {"step": "finance_review", "note": "Another price"})
    assert placed_state(placed) == "order_review"
    assert "Another price" in signed_in(cast.buyer).get(f"/dealer/orders/{placed.id}/").content.decode()
    admin.post(address + "cancellation/", {"note": ""})
    assert placed_state(placed) == "order_review"
    admin.post(address + "cancellation/", {"note": "Withdrawn"})
    assert placed_state(placed) == "cancelled"


def test_the_page_of_steps_says_what_was_agreed(cast, signed_in):
    admin = signed_in(cast.admin)
    admin.post("/enterprise/orders/steps/target/", {"dealer_id": cast.dealer_id, "working_days": 4})
    with tenancy.scope(cast.rival.actor):
        assert queries.cycle_targets() == []
    assert "Dealer One" in admin.get("/enterprise/orders/steps/").content.decode()
