"""Goods are received by who may, in quantities that can be, and never in silence."""

from decimal import Decimal

import pytest

from firstmove.domains.network import operations as network
from firstmove.domains.planning import operations as planning
from firstmove.domains.stock import operations as stock_operations
from firstmove.domains.stock import queries as stock
from firstmove.domains.trade import operations as trade
from firstmove.domains.trade import queries
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid, NotAllowed, NotFound
from firstmove.kernel.tenancy import SYSTEM, Actor
from tests.cast import NOW, TODAY
from tests.scene import YESTERDAY


@pytest.fixture
def order(scene) -> queries.OrderDetail:
    done = planning.accept(actor=scene.cast.buyer.actor, proposal_id=scene.proposal_id, now=NOW)
    with tenancy.scope(scene.cast.buyer.actor):
        return queries.order(order_id=done.order_id)


def receive(order, actor, quantities=None):
    trade.receive(actor=actor, order_id=order.order.id, received_on=TODAY, now=NOW, quantities=quantities)


def test_sales_staff_cannot_book_goods_into_stock(scene, order):
    """The page hid the button; the operation let anybody of the dealer through."""
    user_id = network.add_user(
        email="staff@example.com", name="Staff", role="staff", password=None, dealer_code="D-1", language="en"
    )
    with pytest.raises(NotAllowed):
        receive(order, Actor("dealer", user_id=user_id, dealer_id=scene.cast.dealer_id))


def test_another_dealers_order_is_not_there_to_be_received(scene, order):
    with pytest.raises(NotFound):
        receive(order, scene.cast.rival.actor)


@pytest.mark.parametrize("quantity", ["NaN", "Infinity", "-1", "1000000"])
def test_a_quantity_that_cannot_be_is_said_so(scene, order, quantity):
    with pytest.raises(Invalid) as refused:
        receive(order, scene.cast.buyer.actor, {1: Decimal(quantity)})
    assert refused.value.facts["field"] == "line-1"


def test_a_line_that_is_not_in_the_order_is_said_so(scene, order):
    """It was left out in silence, and the order was complete with everything received."""
    with pytest.raises(Invalid, match="999"):
        receive(order, scene.cast.buyer.actor, {999: Decimal(1)})


def test_less_than_the_smallest_quantity_is_nothing(scene, order):
    """It was written as a movement of zero, which the ledger refuses with a server error."""
    line = order.lines[0]
    with tenancy.scope(SYSTEM):
        before = stock.balances(dealer_id=scene.cast.dealer_id)[line.product_id].on_hand
    receive(order, scene.cast.buyer.actor, {line.number: Decimal("0.0004")})
    with tenancy.scope(SYSTEM):
        assert stock.balances(dealer_id=scene.cast.dealer_id)[line.product_id].on_hand == before


def test_a_stock_file_finer_than_the_ledger_moves_nothing(scene):
    """One figure with more decimals than the ledger keeps stopped the whole stock file."""
    product = scene.products["000003"]
    with tenancy.scope(SYSTEM):
        on_hand = stock.balances(dealer_id=scene.cast.dealer_id)[product].on_hand
    found = stock_operations.Position(
        dealer_id=scene.cast.dealer_id, product_id=product, on_hand=on_hand + Decimal("0.0004")
    )
    assert stock_operations.bring_to(positions=[found], occurred_on=YESTERDAY, cause="feed:finer") == 0


def test_nobody_orders_in_another_dealers_name(scene):
    with pytest.raises(NotAllowed):
        place(scene, actor=scene.cast.rival.actor)


@pytest.mark.parametrize(("quantity", "price"), [("0", "1"), ("-5", "1"), ("5", "-1")])
def test_an_order_of_nothing_or_at_less_than_nothing_is_refused(scene, quantity, price):
    with pytest.raises(Invalid):
        place(scene, quantity=Decimal(quantity), price=Decimal(price))


def place(scene, *, actor=None, dealer_id=None, quantity=Decimal(10), price=Decimal("20")):
    return trade.place(
        actor=actor or scene.cast.buyer.actor,
        buyer_dealer_id=dealer_id or scene.cast.dealer_id,
        origin=("catalogue", None),
        lines=[trade.NewLine(scene.products["000003"], quantity, price)],
        currency="USD",
        ordered_on=TODAY,
        expected_on=TODAY,
        now=NOW,
    )


def test_a_dealer_without_terms_can_order_again_once_its_goods_came(scene):
    """Without a day on which it is due, an order used up the credit limit for ever."""
    rival = scene.cast.rival
    network.upsert_dealers(rows=[{"code": "D-2", "credit_limit": Decimal("200.00")}])
    first = place(scene, actor=rival.actor, dealer_id=scene.cast.rival_id)
    with pytest.raises(trade.OverCredit):
        place(scene, actor=rival.actor, dealer_id=scene.cast.rival_id)
    trade.receive(actor=rival.actor, order_id=first.id, received_on=TODAY, now=NOW)
    place(scene, actor=rival.actor, dealer_id=scene.cast.rival_id)
