"""Placing an order: what it costs, what credit carries, what becomes of it in the history."""

import datetime as dt
from decimal import Decimal

import polars as pl
import psycopg
import pytest
from django.db import Error, transaction

from firstmove.domains.network import operations as network
from firstmove.domains.trade import operations, queries
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Invalid, NotAllowed, NotFound
from firstmove.kernel.models import AuditEvent, OutboxEvent
from firstmove.lake.scope import LakeScope
from firstmove.lake.store import Lake
from tests.cast import TODAY
from tests.trade.at_once import together
from tests.trade.orders import line, place


def detail(cast, order_id):
    with tenancy.scope(cast.buyer.actor):
        return queries.order(order_id=order_id, dealer_id=cast.dealer_id)


def credit_left(cast, *, on=TODAY):
    with tenancy.scope(cast.buyer.actor):
        return queries.credit(dealer_id=cast.dealer_id, on=on).left


def test_an_order_costs_the_sum_of_its_lines_rounded_once(cast, products):
    # 3 x 0.335 + 1 x 0.335 = 1.34; rounding each line first would give 1.01 + 0.34 = 1.35.
    placed = place(cast, line(products["0001"], 3, "0.335"), line(products["0002"], 1, "0.335"))
    order = detail(cast, placed.id).order
    assert order.amount == Decimal("1.34")
    assert order.line_count == 2


def test_an_order_that_reaches_the_limit_exactly_passes_and_one_cent_more_does_not(cast, products):
    with pytest.raises(operations.OverCredit) as refused:
        place(cast, line(products["0001"], 1, "50000.01"))
    assert refused.value.facts == {"amount": "50000.01", "left": "50000.00"}
    place(cast, line(products["0001"], 1, "50000.00"))
    assert credit_left(cast) == 0
    with pytest.raises(operations.OverCredit):
        place(cast, line(products["0001"], 1, "0.01"))


def test_a_dealer_without_a_limit_is_not_stopped(cast, products):
    assert place(cast, line(products["0001"], 1, "9999999"), who="rival").number


def test_an_order_uses_credit_until_it_is_due(cast, products):
    placed = place(cast, line(products["0001"], 1, "100"))
    due_on = TODAY + dt.timedelta(days=30)
    with tenancy.scope(tenancy.SYSTEM):
        from firstmove.domains.trade.models import Order

        assert Order.objects.get(id=placed.id).due_on == due_on
    assert credit_left(cast, on=due_on - dt.timedelta(days=1)) == Decimal("49900.00")
    assert credit_left(cast, on=due_on) == Decimal("50000.00")


def test_credit_of_a_past_day_knows_no_later_order(cast, products):
    place(cast, line(products["0001"], 1, "100"))
    with tenancy.scope(tenancy.SYSTEM):
        today, before = (queries.credits_left(on=TODAY - dt.timedelta(days=ago))[cast.dealer_id] for ago in (0, 1))
    assert (today, before) == (Decimal("49900.00"), Decimal("50000.00"))


def test_an_order_without_terms_uses_credit_for_good(cast, products):
    network.upsert_dealers(rows=[{"code": "D-1", "terms_days": None}])
    place(cast, line(products["0001"], 1, "100"))
    assert credit_left(cast, on=TODAY + dt.timedelta(days=999)) == Decimal("49900.00")


def test_one_origin_makes_one_order(cast, products):
    first = place(cast, line(products["0001"]), origin=("proposal", 7))
    again = place(cast, line(products["0002"]), origin=("proposal", 7))
    other = place(cast, line(products["0001"]), origin=("proposal", 8))
    assert again == first
    assert other.id != first.id
    assert [row.sku for row in detail(cast, first.id).lines] == ["0001"]


def test_orders_of_no_origin_are_each_their_own(cast, products):
    assert place(cast, line(products["0001"])).number != place(cast, line(products["0001"])).number


@pytest.mark.parametrize("sku", ["0009", None])
def test_a_product_that_is_not_listed_or_not_there_is_refused(cast, products, sku):
    with pytest.raises(Invalid) as refused:
        place(cast, line(products["0001"]), line(products[sku] if sku else 10**9))
    assert refused.value.code == "unlisted"
    with tenancy.scope(cast.buyer.actor):
        assert queries.orders(dealer_id=cast.dealer_id) == ([], 0)


def test_an_order_without_lines_is_refused(cast, products):
    with pytest.raises(Invalid):
        place(cast)


def test_the_steps_up_to_shipment_pass_by_themselves(cast, products):
    placed = place(cast, line(products["0001"]))
    steps = detail(cast, placed.id).steps
    assert [step.state for step in steps] == [
        "order_review", "finance_review", "release_review", "to_ship", "in_transit", "complete",
    ]  # fmt: skip
    assert [(step.automatic, step.by) for step in steps[:5]] == [(False, "Buyer")] + [(True, "")] * 4
    assert [step.current for step in steps] == [False] * 4 + [True, False]
    assert steps[5].at is None


def test_an_order_is_the_rivals_business_neither_to_place_nor_to_read(cast, products):
    placed = place(cast, line(products["0001"]))
    with pytest.raises(NotFound), tenancy.scope(cast.rival.actor):
        queries.order(order_id=placed.id)
    with pytest.raises(NotAllowed):
        place(cast, line(products["0001"]), who="rival", buyer_dealer_id=cast.dealer_id)


def test_a_line_or_step_under_other_parties_is_refused_by_the_database(cast, products):
    from firstmove.domains.trade.models import OrderLine, OrderStep

    placed = place(cast, line(products["0001"]))
    for make in (
        lambda: OrderLine.objects.create(
            order_id=placed.id, buyer_dealer_id=cast.rival_id, number=2, product_id=products["0002"], quantity=1,
            unit_price=1,
        ),
        lambda: OrderStep.objects.filter(order_id=placed.id).update(buyer_dealer_id=cast.rival_id),
        lambda: OrderLine.objects.filter(order_id=placed.id).update(seller_supplier_id=cast.supplier_id),
    ):  # fmt: skip
        with pytest.raises(Error) as refused, transaction.atomic(), tenancy.scope(tenancy.SYSTEM):
            make()
        assert isinstance(refused.value.__cause__, psycopg.errors.CheckViolation)


def test_who_ordered_what_stands_in_the_audit(cast, products):
    placed = place(cast, line(products["0001"]))
    with tenancy.scope(cast.owner.actor):
        event = AuditEvent.objects.get(table_name="trade_order", row_id=placed.id, action="insert")
    assert (event.action, event.actor, event.user_id) == ("insert", "dealer", cast.buyer.user_id)
    assert event.after["number"] == placed.number


def test_a_placed_order_reaches_the_history_once(cast, products, settings, tmp_path):
    settings.LAKE_ROOT = str(tmp_path / "lake")
    placed = place(
        cast, line(products["0001"], 3, "2.5"), line(products["0002"], 1), expected_on=TODAY + dt.timedelta(days=8)
    )
    assert outbox.deliver() == 2
    # A relay that died after writing and before saying so delivers again.
    with tenancy.scope(tenancy.SYSTEM):
        OutboxEvent.objects.update(delivered_at=None)
    assert outbox.deliver() == 2
    rows = Lake(settings.LAKE_ROOT).read(table="orders", scope=LakeScope.dealer("D-1")).sort("order_line")
    assert rows.select("order", "order_line", "sku", "quantity", "price").rows() == [
        (placed.number, "1", "0001", 3.0, 2.5),
        (placed.number, "2", "0002", 1.0, 20.0),
    ]
    assert set(rows["ordered_on"]) == {TODAY}
    assert set(rows["expected_on"]) == {TODAY + dt.timedelta(days=8)}


def test_an_order_that_fails_leaves_no_news(cast, products):
    with pytest.raises(operations.OverCredit):
        place(cast, line(products["0001"], 1, "50000.01"))
    with tenancy.scope(tenancy.SYSTEM):
        assert not OutboxEvent.objects.exists()


def test_two_orders_at_once_cannot_both_use_the_last_credit(committed_cast, committed_products):
    order = line(committed_products["0001"], 1, "30000")
    results = together(lambda: place(committed_cast, order), lambda: place(committed_cast, order, who="owner"))
    assert sorted(type(result).__name__ for result in results) == ["OverCredit", "Placed"]
    assert credit_left(committed_cast) == Decimal("20000.00")


def test_one_origin_ordered_at_once_makes_one_order(committed_cast, committed_products):
    order = line(committed_products["0001"], 1, "30000")
    first, second = together(*(lambda: place(committed_cast, order, origin=("proposal", 7)) for _ in range(2)))
    assert first == second
    assert credit_left(committed_cast) == Decimal("20000.00")
    with tenancy.scope(tenancy.SYSTEM):
        assert OutboxEvent.objects.filter(topic=operations.PLACED).count() == 1


def test_the_history_frame_keeps_codes_as_text(cast, products, settings, tmp_path):
    settings.LAKE_ROOT = str(tmp_path / "lake")
    place(cast, line(products["0001"]))
    outbox.deliver()
    rows = Lake(settings.LAKE_ROOT).read(table="orders", scope=LakeScope.system())
    assert rows.schema["sku"] == pl.String
    assert rows["sku"].to_list() == ["0001"]
