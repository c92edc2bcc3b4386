"""News of products says what it means for the dealer's own stock, and is read once by each person."""

import datetime as dt
from decimal import Decimal

import pytest

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog.queries import product_ids_by_sku
from firstmove.domains.planning import operations, queries
from firstmove.domains.planning.queries.news import NewsItem, meaning
from firstmove.domains.trade.models import OrderLine, OrderPromise
from firstmove.kernel import tenancy
from firstmove.kernel.errors import NotAllowed, NotFound
from tests.cast import NOW, TODAY
from tests.trade.orders import line, place


def day(n):
    return TODAY + dt.timedelta(days=n)


@pytest.fixture
def goods(cast):
    """A launch next week, a price that changes in three days, a promotion from the fifth day on, a new price."""
    catalog.upsert_products(
        rows=[
            {"sku": "N1", "name": "Nettle tea", "listed_on": day(7)},
            {"sku": "P1", "name": "Plain water"},
            {"sku": "Q1", "name": "Quince juice"},
            {"sku": "R1", "name": "Rye drink"},
        ]
    )
    catalog.upsert_prices(
        rows=[
            {"sku": "N1", "price": 9, "dealer": "D-1", "valid_from": day(7)},
            {"sku": "P1", "price": 5, "dealer": "D-1"},
            {"sku": "P1", "price": 6, "dealer": "D-1", "valid_from": day(3)},
            {"sku": "R1", "price": 4, "dealer": "D-1", "valid_from": day(-2)},
        ]
    )
    for code, dealer in (("MINE", "D-1"), ("THEIRS", "D-2")):
        rows = [{"code": code, "sku": "Q1", "dealer": dealer, "starts_on": day(5), "ends_on": day(20)}]
        catalog.upsert_promotions(rows=rows)


def news(person):
    with tenancy.scope(person.actor):
        return queries.dealer_news(dealer_id=person.actor.dealer_id, user_id=person.actor.user_id, on=TODAY)


def test_launches_new_prices_the_new_range_and_promotions_are_told_nearest_first(cast, goods):
    """A product that is launched with its first price is told once, as a launch."""
    found = [(item.kind, item.sku, item.starts_on) for item in news(cast.buyer)]
    assert found == [
        ("range", "R1", day(-2)),
        ("price", "P1", day(3)),
        ("promotion", "Q1", day(5)),
        ("launch", "N1", day(7)),
    ]
    price = news(cast.buyer)[1]
    assert (price.before, price.price) == (Decimal(5), Decimal(6))


def test_a_dealer_is_told_of_its_own_promotions_and_prices_alone(cast, goods):
    assert {item.name for item in news(cast.rival)} == {"", "THEIRS"}
    assert {item.kind for item in news(cast.rival)} == {"launch", "promotion"}


def test_what_one_person_read_is_still_new_for_another_and_nobody_reads_what_is_not_told(cast, goods):
    key = news(cast.buyer)[0].key
    assert operations.read_news(actor=cast.buyer.actor, keys=[key], now=NOW) == 1
    assert operations.read_news(actor=cast.buyer.actor, keys=[key], now=NOW) == 0
    assert [item.key for item in news(cast.buyer) if item.read] == [key]
    assert news(cast.buyer)[-1].key == key
    assert not any(item.read for item in news(cast.owner))
    theirs = next(item.key for item in news(cast.rival) if item.kind == "promotion")
    with pytest.raises(NotFound):
        operations.read_news(actor=cast.buyer.actor, keys=[theirs], now=NOW)
    assert operations.read_news(actor=cast.buyer.actor, now=NOW) == 3
    with pytest.raises(NotAllowed):
        operations.read_news(actor=cast.admin.actor, now=NOW)


def test_a_promised_day_that_became_later_is_told_to_its_dealer_alone(cast, goods):
    with tenancy.scope(tenancy.SYSTEM):
        tea = product_ids_by_sku()["P1"]
    order = place(cast, line(tea, 5))
    with tenancy.scope(tenancy.SYSTEM):
        ordered = OrderLine.objects.get(order_id=order.id)
        told = {"line": ordered, "order_id": order.id, "buyer_dealer_id": cast.dealer_id, "quantity": 5}
        for days, slipped in ((4, False), (9, True)):
            OrderPromise.objects.create(promised_on=day(days), slipped=slipped, cause="", told_at=NOW, **told)
    (moved,) = [item for item in news(cast.buyer) if item.kind == "promise"]
    assert (moved.name, moved.sku, moved.was_on, moved.now_on) == (order.number, "P1", day(4), day(9))
    assert not [item for item in news(cast.rival) if item.kind == "promise"]


@pytest.mark.parametrize(
    ("kind", "starts", "cover", "more", "means"),
    [
        ("promotion", 5, 4.9, {}, "ends_before"),
        ("promotion", 5, 12.0, {}, "ends_within"),
        ("promotion", 5, 20.0, {}, "lasts"),
        ("promotion", -3, 19.9, {}, "ends_within"),
        ("promotion", 5, None, {"on_hand": None}, "not_held"),
        ("promotion", 5, 0.0, {"on_hand": 0.0}, "not_held"),
        ("promotion", 5, None, {"on_hand": 3.0}, "held"),
        ("price", 5, 12.0, {"before": Decimal(5), "price": Decimal(6)}, "dearer"),
        ("price", 5, 12.0, {"before": Decimal(6), "price": Decimal(5)}, "can_wait"),
        ("price", 5, 4.0, {"before": Decimal(6), "price": Decimal(5)}, "ends_before"),
        ("price", 0, 12.0, {"before": Decimal(6), "price": Decimal(5)}, "held"),
        ("launch", 5, 12.0, {}, "held"),
        ("promise", 0, 12.0, {"now_on": TODAY + dt.timedelta(days=13)}, "ends_before"),
        ("promise", 0, 12.0, {"now_on": TODAY + dt.timedelta(days=12)}, "held"),
        ("promise", 0, 12.0, {"now_on": None}, "ends_before"),
    ],
)
def test_news_says_how_long_the_dealers_stock_lasts_against_its_days(kind, starts, cover, more, means):
    fields = {"on_hand": 30.0, "cover_days": cover, "starts_on": day(starts)} | more
    item = NewsItem("key", kind, 1, "1", "One", "case", ends_on=day(20) if kind == "promotion" else None, **fields)
    assert meaning(item, on=TODAY) == means
