"""An order takes of the enterprise's stock what is there, waits for the rest, and gives back what it does not need."""

from decimal import Decimal

import pytest

from firstmove.domains.stock import operations as stock_operations
from firstmove.domains.stock import queries as stock
from firstmove.domains.trade import operations
from firstmove.kernel import tenancy
from firstmove.kernel.errors import NotAllowed
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import NOW, TODAY
from tests.trade.at_once import together
from tests.trade.orders import line, place


def come(*moves, cause="made"):
    stock_operations.record(
        actor=SYSTEM,
        kind=stock_operations.MovementKind.RECEIPT,
        cause=cause,
        moves=[stock_operations.Move(product, Decimal(quantity)) for product, quantity in moves],
        occurred_on=TODAY,
    )


def balance(product):
    with tenancy.scope(SYSTEM):
        row = stock.balances(dealer_id=None, product_ids=[product])[product]
    return row.on_hand, row.reserved, row.waiting


def test_concurrency_fifty_buyers_of_ten_units_leave_ten_sold(committed_cast, committed_products):
    tea = committed_products["0001"]
    come((tea, 10))
    stock_operations.set_back_orders(actor=committed_cast.admin.actor, allowed=False)
    who = ("buyer", "rival")
    results = together(*(lambda n=n: place(committed_cast, line(tea, 1), who=who[n % 2]) for n in range(50)))
    sold = [result for result in results if isinstance(result, operations.Placed)]
    assert len(sold) == 10
    assert {result.code for result in results if not isinstance(result, operations.Placed)} == {"out-of-stock"}
    assert balance(tea) == (0, 0, 0)


def test_an_order_that_goes_its_way_at_once_takes_its_goods_along(cast, products):
    tea, water = products["0001"], products["0002"]
    come((tea, 100), (water, 4))
    order = place(cast, line(tea, 10), line(water, 6), line(tea, 5))
    assert balance(tea) == (85, 0, 0)
    # Two of the water wait; the next that comes are theirs.
    assert balance(water) == (0, 0, 2)
    operations.receive(actor=cast.buyer.actor, order_id=order.id, received_on=TODAY, now=NOW, quantities={2: 4})
    assert balance(water) == (0, 0, 2)
    operations.cancel_rest(actor=cast.admin.actor, order_id=order.id, line_number=2, note="Sold out.", now=NOW)
    assert balance(water) == (0, 0, 0)


def test_an_order_that_waits_for_its_hour_holds_its_goods_until_it_is_cancelled(cast, products):
    tea = products["0001"]
    come((tea, 12))
    order = place(cast, line(tea, 10), automatic=True)
    assert balance(tea) == (12, 10, 0)
    operations.cancel(actor=cast.owner.actor, order_id=order.id, now=NOW)
    assert balance(tea) == (12, 0, 0)


def test_an_order_that_is_released_ships_what_it_held(cast, products):
    tea = products["0001"]
    come((tea, 12))
    place(cast, line(tea, 10), automatic=True)
    assert operations.release(placed_before=NOW, now=NOW) == 1
    assert balance(tea) == (2, 0, 0)


def test_without_back_orders_an_order_over_the_stock_leaves_nothing_behind(cast, products):
    tea, water = products["0001"], products["0002"]
    come((tea, 100), (water, 4))
    stock_operations.set_back_orders(actor=cast.admin.actor, allowed=False)
    with pytest.raises(operations.OutOfStock, match="Spring water") as refused:
        place(cast, line(tea, 10), line(water, 6))
    assert refused.value.facts == {"short": {"0002": "4.000"}}
    assert (balance(tea), balance(water)) == ((100, 0, 0), (4, 0, 0))


def test_an_order_whose_stock_nobody_keeps_here_is_taken_as_before(cast, products):
    stock_operations.set_back_orders(actor=cast.admin.actor, allowed=False)
    assert place(cast, line(products["0001"], 10)).number


@pytest.mark.parametrize("who", ["buyer", "rival", "supplier"])
def test_nobody_but_the_enterprise_decides_about_back_orders(cast, who):
    with pytest.raises(NotAllowed):
        stock_operations.set_back_orders(actor=getattr(cast, who).actor, allowed=False)


def test_five_lines_take_as_many_statements_as_one(cast, products):
    tea, water = products["0001"], products["0002"]
    come((tea, 100), (water, 100))
    place(cast, line(tea))  # the dealer's first opens its account

    def statements(*lines):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as caught:
            place(cast, *lines)
        return len(caught)

    assert statements(line(tea)) == statements(line(tea), line(water), line(tea), line(water), line(tea))
