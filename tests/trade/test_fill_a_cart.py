"""A cart that all people of a dealer fill: by code, by paste, from an old order; what it says, and what it orders."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.network import operations as network
from firstmove.domains.trade import operations, queries
from firstmove.domains.trade.entry import read_text
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid, NotAllowed, NotFound
from tests.cast import NOW, TODAY
from tests.trade.at_once import together

ARRIVES = TODAY + dt.timedelta(days=5)
TERMS = queries.Terms()


@pytest.fixture(autouse=True)
def english():
    """Refusals are compared by their words, in the language of the source."""
    with translation.override("en"):
        yield


@pytest.fixture
def priced(cast, products):
    give_prices()
    return products


def give_prices():
    catalog.upsert_products(
        rows=[
            {"sku": "0001", "carton": 24, "barcode": "6901234500011", "unit": "bottle"},
            {"sku": "0002", "minimum": 10, "multiple": 6, "unit": "bottle"},
        ]
    )
    catalog.upsert_prices(rows=[{"sku": sku, "price": price} for sku, price in (("0001", "2.5"), ("0002", "1"))])


def paste(person, text):
    return operations.add(actor=person.actor, wishes=read_text(text), on=TODAY, now=NOW)


def cart_of(person, terms=TERMS):
    with tenancy.scope(person.actor):
        return queries.cart(dealer_id=person.actor.dealer_id, on=TODAY, terms=terms)


def order(person, cart=None, terms=TERMS, **changed):
    cart = cart or cart_of(person, terms)
    given = {"cart_id": cart.id, "seen": cart.token, "on": TODAY, "expected_on": ARRIVES, "now": NOW, "terms": terms}
    return operations.order_cart(actor=person.actor, **(given | changed))


def lost(actor):
    with tenancy.scope(actor):
        return queries.lost_demand(since=TODAY)[0]


def test_a_paste_is_in_the_cart_of_all_people_of_the_dealer_and_says_what_it_rounded(cast, priced):
    added = paste(cast.buyer, "0001\t12\n0002\t7")
    assert [(line.product.sku, line.asked, line.quantity, line.rules) for line in added.lines] == [
        ("0001", 12, 24, ("carton",)),
        ("0002", 7, 12, ("minimum", "multiple")),
    ]
    cart = cart_of(cast.owner)
    assert [(line.product.sku, line.quantity, line.unit_price) for line in cart.lines] == [
        ("0001", 24, Decimal("2.5")),
        ("0002", 12, Decimal(1)),
    ]
    assert cart.amount == Decimal("72.00")
    assert cart.lines[0].changed_by == "Buyer"
    assert cart_of(cast.rival).lines == []


def test_two_who_add_half_a_carton_each_order_one_carton(cast, priced):
    paste(cast.buyer, "0001 12")
    paste(cast.owner, "6901234500011 12")
    (line,) = cart_of(cast.buyer).lines
    assert (line.asked, line.quantity, line.rules) == (24, 24, ())


def test_a_code_that_is_unknown_or_gone_is_reported_and_kept_as_lost_demand_once_a_day(cast, priced):
    text = "0001,1\n9999,40\n0009,5\n9999,2\n你好 大家\n=1+1,3"
    for _again in range(2):
        added = paste(cast.buyer, text)
    assert [(one.row, one.code, one.cause) for one in added.missed] == [
        (2, "9999", "unknown"),
        (3, "0009", "unlisted"),
        (4, "9999", "unknown"),
        (5, "你好", "quantity"),
        (6, "=1+1", "formula"),
    ]
    paste(cast.rival, "9999 8")
    assert [(one.code, one.cause, one.dealers, one.quantity) for one in lost(cast.admin.actor)] == [
        ("9999", "unknown", 2, 50),
        ("0009", "unlisted", 1, 5),
    ]
    assert [(one.code, one.quantity) for one in lost(cast.rival.actor)] == [("9999", 8)]


def test_a_product_that_is_gone_comes_with_what_stands_in_its_place(cast, priced):
    catalog.upsert_products(rows=[{"sku": "0009", "category": "Tea", "unit": "bottle"}])
    (missed,) = paste(cast.buyer, "0009 5").missed
    assert [product.sku for product in missed.substitutes] == ["0001"]


def test_zeros_and_capitals_that_a_spreadsheet_lost_are_found_again_and_two_products_are_not_guessed(cast, priced):
    catalog.upsert_products(rows=[{"sku": "ab-7", "name": "Jasmine"}, {"sku": "00001", "name": "Another one"}])
    added = paste(cast.buyer, "AB-7 1\n2 12\n1 1\n0001 1")
    assert [line.product.sku for line in added.lines] == ["ab-7", "0002", "0001"]
    assert [(one.code, one.cause) for one in added.missed] == [("1", "several")]


def test_twelve_cases_are_not_twelve_bottles(cast, priced):
    added = paste(cast.buyer, "0001\t12 case\n0002\t12 bottle")
    assert [line.product.sku for line in added.lines] == ["0002"]
    assert [(one.code, one.cause) for one in added.missed] == [("0001", "unit")]


def test_the_order_has_the_price_of_the_cart_and_a_second_confirmation_makes_none(cast, priced):
    paste(cast.buyer, "0001 24\n0002 12")
    cart = cart_of(cast.buyer)
    placed = order(cast.buyer)
    assert order(cast.owner, cart) == placed
    with tenancy.scope(cast.buyer.actor):
        detail = queries.order(order_id=placed.id)
    assert (detail.order.amount, detail.order.expected_on, detail.order.origin_kind) == (cart.amount, ARRIVES, "cart")
    assert cart_of(cast.buyer).lines == []


def test_a_cart_that_changed_since_it_was_looked_at_asks_again(cast, priced):
    paste(cast.buyer, "0001 24")
    seen = cart_of(cast.buyer)
    paste(cast.owner, "0002 12")
    with pytest.raises(operations.CartChanged):
        order(cast.buyer, seen)
    seen = cart_of(cast.buyer)
    catalog.set_price(sku="0001", price=Decimal(3))
    with pytest.raises(operations.CartChanged):
        order(cast.buyer, seen)
    assert order(cast.buyer).number


def test_what_cannot_be_ordered_keeps_the_whole_cart_back_and_is_named(cast, priced):
    paste(cast.buyer, "0001 24\n0002 12")
    catalog.upsert_products(rows=[{"sku": "0002", "life_cycle": "unlisted"}])
    with pytest.raises(Invalid, match="Spring water"):
        order(cast.buyer)
    operations.take_out(actor=cast.buyer.actor, product_ids=[priced["0002"]], now=NOW)
    assert order(cast.buyer).number


def test_a_share_of_scarce_goods_and_an_agreed_minimum_bound_the_cart_too(cast, priced):
    paste(cast.buyer, "0001 48")
    with pytest.raises(Invalid, match="Green tea"):
        order(cast.buyer, terms=queries.Terms(shares={priced["0001"]: 24}))
    network.upsert_dealers(rows=[{"code": "D-1", "minimum_order_amount": Decimal(121)}])
    with pytest.raises(Invalid, match="under the agreed minimum"):
        order(cast.buyer)
    paste(cast.buyer, "0001 24")
    assert order(cast.buyer).number


def test_without_a_price_of_its_own_a_dealer_orders_at_the_assumed_one(cast, products):
    catalog.upsert_products(rows=[{"sku": "0001", "unit_price": 10}])
    paste(cast.rival, "0001 3")
    assert [line.trouble for line in cart_of(cast.rival).lines] == ["unpriced"]
    terms = queries.Terms(margin=Decimal("0.2"))
    placed = order(cast.rival, terms=terms)
    with tenancy.scope(cast.rival.actor):
        shown = queries.order(order_id=placed.id).order
    assert (shown.amount, shown.price_assumed) == (Decimal("24.00"), True)


def test_an_order_over_the_credit_leaves_the_cart_as_it_is(cast, priced):
    paste(cast.buyer, "0001 24000")
    with pytest.raises(operations.OverCredit):
        order(cast.buyer)
    assert len(cart_of(cast.buyer).lines) == 1


def test_a_rival_neither_orders_nor_empties_the_cart(cast, priced):
    paste(cast.buyer, "0001 24")
    cart = cart_of(cast.buyer)
    with pytest.raises(NotFound):
        order(cast.rival, cart)
    operations.take_out(actor=cast.rival.actor, now=NOW)
    assert cart_of(cast.buyer) == cart
    with pytest.raises(NotAllowed):
        paste(cast.admin, "0001 24")


def test_a_thousand_rows_cost_as_many_statements_as_two(cast, products):
    rows = [{"sku": f"X{number:04d}", "name": f"X {number}", "unit_price": 5} for number in range(1000)]
    catalog.upsert_products(rows=rows)
    catalog.upsert_prices(rows=[{"sku": row["sku"], "price": 4} for row in rows])

    def statements(act):
        with CaptureQueriesContext(connection) as found:
            act()
        return len(found)

    def fill(codes):
        paste(cast.rival, "\n".join(f"{code}\t2" for code in codes))
        return order(cast.rival)

    few = statements(lambda: fill(["X0001", "gone-1"]))
    many = statements(lambda: fill([row["sku"] for row in rows] + [f"gone-{number}" for number in range(50)]))
    assert many <= few + 2


def test_concurrency_of_one_cart_loses_nothing_and_orders_once(committed_cast, committed_products):
    cast = committed_cast
    give_prices()
    people = (cast.buyer, cast.owner) * 3
    outcomes = together(*(lambda person=person: paste(person, "0001 4\n0002 2") for person in people))
    assert not [one for one in outcomes if isinstance(one, Exception)]
    cart = cart_of(cast.buyer)
    assert [line.asked for line in cart.lines] == [24, 12]
    placed = together(*(lambda person=person: order(person, cart) for person in people[:2]))
    assert placed[0] == placed[1]
