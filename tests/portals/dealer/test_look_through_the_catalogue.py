"""The catalogue by stock, habit, novelty and promotion, and the page of product news."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog import queries as catalog_queries
from firstmove.domains.stock import operations as stock
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import TODAY
from tests.trade.orders import line, place

SOON = TODAY + dt.timedelta(days=4)


@pytest.fixture
def ids(cast):
    """Alder is in stock, bought before and promoted at Dealer One; Birch comes on `SOON`; Cedar is new and there."""
    listed = {"Alder": "2025-01-01", "Birch": "2025-01-01", "Cedar": TODAY.isoformat()}
    catalog.upsert_products(
        rows=[
            {"sku": name[0], "name": f"{name} tea", "category": "Tea", "listed_on": dt.date.fromisoformat(on)}
            for name, on in listed.items()
        ]
    )
    days = {"starts_on": TODAY, "ends_on": TODAY + dt.timedelta(days=9)}
    catalog.upsert_promotions(rows=[{"code": "SPRING", "name": "Spring", "sku": "A", "dealer": "D-1", **days}])
    with tenancy.scope(SYSTEM):
        found = catalog_queries.product_ids_by_sku()
    there = {"A": 20, "B": 1, "C": 9}
    moves = [stock.Move(found[sku], Decimal(units)) for sku, units in there.items()]
    stock.record(actor=SYSTEM, kind="correction", cause="counted", moves=moves, occurred_on=TODAY)
    place(cast, line(found["A"], 4))
    place(cast, line(found["B"], 1), who="rival")
    stock.expect(source="production", arrivals=[stock.Due(found["B"], Decimal(5), SOON)])
    return found


def shown(client, **query):
    answer = client.get(reverse("dealer:catalogue"), query)
    return [row.product.sku for row in answer.context["rows"]], answer


@pytest.mark.parametrize(
    ("query", "skus"),
    [
        ({"stock": "now"}, ["A", "C"]),
        ({"stock": "soon"}, ["B"]),
        ({"show": "bought"}, ["A"]),
        ({"show": "new"}, ["C"]),
        ({"show": "promotion"}, ["A"]),
        ({"stock": "now", "show": "new"}, ["C"]),
        ({"stock": "soon", "show": "new"}, []),
        ({"q": "cedar", "stock": "now"}, ["C"]),
        ({"q": "birch", "stock": "now"}, []),
        ({"show": "nonsense", "stock": "nonsense"}, ["A", "B", "C"]),
    ],
)
def test_a_filter_shows_what_fits_it_and_the_search(cast, ids, signed_in, query, skus):
    assert shown(signed_in(cast.buyer), **query)[0] == skus


def test_filters_count_what_they_would_show_beside_each_other_and_stay_in_the_address(cast, ids, signed_in):
    _skus, answer = shown(signed_in(cast.buyer), stock="now", q="tea", category="Tea")
    assert answer.context["found"].counts == {"now": 2, "soon": 1, "bought": 1, "new": 1, "promotion": 1}
    text = answer.content.decode()
    assert "?stock=now&amp;q=tea&amp;category=Tea&amp;show=new" in text
    soon = shown(signed_in(cast.buyer), stock="soon")[1]
    assert "in stock from 6 Mar" in soon.content.decode()


def test_what_a_rival_bought_and_its_promotions_are_not_ones_own(cast, ids, signed_in):
    answer = shown(signed_in(cast.rival))[1]
    assert answer.context["found"].counts == {"now": 2, "soon": 1, "bought": 1, "new": 1, "promotion": 0}
    assert shown(signed_in(cast.rival), show="bought")[0] == ["B"]


def test_news_is_read_on_its_page_one_by_one_or_all_at_once(cast, ids, signed_in):
    client = signed_in(cast.buyer)
    page = client.get(reverse("dealer:news"))
    assert "2 pieces of news for you" in page.content.decode()
    assert "Spring: 2 Mar to 11 Mar." in page.content.decode()
    key = page.context["page"].object_list[0].item.key
    client.post(reverse("dealer:news-reading"), {"key": key})
    assert client.get(reverse("dealer:news")).context["unread"] == 1
    told = client.post(reverse("dealer:news-reading"), {"key": "promotion:1:no-such"}, follow=True)
    assert "no longer told" in told.content.decode()
    client.post(reverse("dealer:news-reading"))
    assert "You have read all news" in client.get(reverse("dealer:news")).content.decode()
    assert client.get(reverse("dealer:news"), {"kind": "price"}).context["page"].object_list == []
