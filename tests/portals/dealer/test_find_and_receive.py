"""Finding products and orders, receiving goods, looking at stock and past advice, managing people."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.network import queries as network_queries
from firstmove.domains.planning import operations as planning
from firstmove.domains.stock import queries as stock
from firstmove.domains.trade import queries as trade
from firstmove.kernel import tenancy
from tests.cast import NOW, TODAY
from tests.portals.dealer.test_confirm_order import text_of
from tests.scene import CHINESE, EMPTY, UNLISTED


@pytest.fixture
def buyer(scene, signed_in):
    return signed_in(scene.cast.buyer)


@pytest.fixture
def order_id(scene):
    return planning.accept(actor=scene.cast.buyer.actor, proposal_id=scene.proposal_id, now=NOW).order_id


def detail(scene, order_id):
    with tenancy.scope(scene.cast.buyer.actor):
        return trade.order(order_id=order_id, dealer_id=scene.cast.dealer_id)


@pytest.mark.parametrize("search", ["乌龙", "000002", "6901234500002", "wlc", "wulongcha"])
def test_a_product_is_found_by_word_code_barcode_and_pinyin(buyer, search):
    words = text_of(buyer.get("/dealer/catalogue/", {"q": search}))
    assert "1 product" in words
    assert "乌龙茶 500ml" in words


def test_the_first_page_finds_orders_and_products(scene, buyer, order_id):
    number = detail(scene, order_id).order.number
    assert number in text_of(buyer.get("/dealer/", {"q": number[-5:]}))
    found = buyer.get("/dealer/", {"q": "tissue"}, headers={"HX-Request": "true"})
    assert found.content.decode().lstrip().startswith('<div id="found">')
    assert "Tissue 3-ply no. 2" in text_of(found)
    assert "Nothing found for “zzz”" in text_of(buyer.get("/dealer/", {"q": "zzz"}))


def test_the_catalogue_shows_the_dealers_own_price_and_marks_an_assumed_one(scene, buyer):
    own = buyer.get("/dealer/catalogue/", {"q": "000005"}).content.decode()
    assert "$11.25" in own
    assert 'class="assumed"' not in own
    assumed = buyer.get("/dealer/catalogue/", {"q": "000027"}).content.decode()
    assert "$29.60" in assumed
    assert 'class="assumed"' in assumed
    assert "No product fits" in text_of(buyer.get("/dealer/catalogue/", {"q": UNLISTED}))


def test_the_page_of_a_product_shows_its_history_stock_and_orders(scene, buyer, order_id):
    page = buyer.get(reverse("dealer:product", args=[scene.products[EMPTY]]))
    words = text_of(page)
    assert 'data-chart="history"' in page.content.decode()
    assert "On hand 0 case" in words
    assert buyer.get(reverse("dealer:product", args=[999999])).status_code == 404


def test_an_order_shows_its_six_steps_and_where_it_came_from(scene, buyer, order_id):
    page = buyer.get(reverse("dealer:order", args=[order_id]))
    words = text_of(page)
    for step in ("order review", "finance review", "release from stock", "shipment", "receipt", "Complete"):
        assert step in words
    assert reverse("dealer:proposal", args=[scene.proposal_id]) in page.content.decode()


def test_what_came_short_is_received_as_it_came(scene, buyer, order_id):
    lines = detail(scene, order_id).lines
    first = lines[0]
    with tenancy.scope(scene.cast.buyer.actor):
        before = stock.balances(dealer_id=scene.cast.dealer_id)[first.product_id].on_hand
    assert (
        f'name="line-{first.number}"'
        in buyer.get(reverse("dealer:order", args=[order_id]), {"receipt": 1}).content.decode()
    )
    buyer.post(reverse("dealer:receipt", args=[order_id]), {f"line-{first.number}": str(first.quantity - 1)})
    received = detail(scene, order_id)
    assert received.order.state == "complete"
    assert received.lines[0].received_quantity == first.quantity - 1
    with tenancy.scope(scene.cast.buyer.actor):
        after = stock.balances(dealer_id=scene.cast.dealer_id)[first.product_id].on_hand
    assert after == before + first.quantity - 1
    assert "1 line came short" in text_of(buyer.get(reverse("dealer:order", args=[order_id])))


@pytest.mark.parametrize("typed", ["abc", "-1", "999999", "NaN"])
def test_an_impossible_receipt_is_refused_and_the_order_stays_open(scene, buyer, order_id, typed):
    answer = buyer.post(reverse("dealer:receipt", args=[order_id]), {"line-1": typed}, follow=True)
    assert answer.status_code == 200
    assert "Line 1" in text_of(answer)
    assert detail(scene, order_id).order.state == "in_transit"


def test_the_rival_neither_sees_nor_receives_the_order(scene, signed_in, order_id):
    rival = signed_in(scene.cast.rival)
    assert rival.get(reverse("dealer:order", args=[order_id])).status_code == 404
    assert rival.post(reverse("dealer:receipt", args=[order_id])).status_code == 404
    assert "No orders yet" in text_of(rival.get("/dealer/orders/"))
    assert detail(scene, order_id).order.state == "in_transit"


def test_goods_that_should_be_here_are_the_first_news(scene, buyer, order_id):
    from firstmove.domains.network import operations as network

    network.set_business_date(day=TODAY + dt.timedelta(days=12))
    words = text_of(buyer.get("/dealer/"))
    assert f"Order {detail(scene, order_id).order.number} should be here" in words


def test_new_prices_and_promotions_are_news_to_whom_they_concern(scene, signed_in):
    tomorrow = TODAY + dt.timedelta(days=1)
    catalog.set_price(sku="000003", price=Decimal("9.00"), dealer="D-1", valid_from=TODAY - dt.timedelta(days=30))
    catalog.set_price(sku="000003", price=Decimal("9.50"), dealer="D-1", valid_from=tomorrow)
    catalog.upsert_promotions(
        rows=[
            {
                "code": "SPRING",
                "name": "Spring",
                "sku": CHINESE,
                "dealer": "D-1",
                "starts_on": tomorrow,
                "ends_on": tomorrow + dt.timedelta(days=7),
                "discount": 0.1,
            }
        ]
    )
    words = text_of(signed_in(scene.cast.buyer).get("/dealer/"))
    assert "$9.50 instead of $9.00" in words
    assert "Promotion: Spring" in words
    rival = text_of(signed_in(scene.cast.rival).get("/dealer/"))
    assert "$9.50" not in rival
    assert "Promotion: Spring" not in rival


def test_stock_at_risk_stands_first(buyer):
    every, risk = text_of(buyer.get("/dealer/stock/")), text_of(buyer.get("/dealer/stock/", {"show": "risk"}))
    assert "1–29 of 29" in every or "1–30 of 30" in every
    assert "likely to run out before the next order could arrive" in risk


def test_what_was_ordered_today_stands_beside_the_risk_of_the_morning(buyer, order_id):
    assert "ordered since" in text_of(buyer.get("/dealer/stock/"))
    assert "ordered since" in text_of(buyer.get("/dealer/"))


def test_the_ledger_keeps_what_became_of_advice(scene, buyer):
    planning.edit_line(actor=scene.cast.buyer.actor, proposal_id=scene.proposal_id, number=1, quantity=0, today=TODAY)
    planning.accept(actor=scene.cast.buyer.actor, proposal_id=scene.proposal_id, now=NOW)
    words = text_of(buyer.get("/dealer/advice/"))
    assert "You took 96% of the advice of the last 28 days" in words
    assert "Accepted" in words


def test_only_the_owner_decides_what_the_enterprise_sees(scene, signed_in):
    assert signed_in(scene.cast.buyer).post("/dealer/settings/consent/", {"shares": "yes"}).status_code == 403
    owner = signed_in(scene.cast.owner)
    words = text_of(owner.post("/dealer/settings/consent/", {"shares": "yes"}, follow=True))
    assert "The enterprise sees your customers one by one" in words
    with tenancy.scope(scene.cast.owner.actor):
        assert network_queries.shares_customers(dealer_id=scene.cast.dealer_id)
    assert "sums alone" in text_of(owner.post("/dealer/settings/consent/", {"shares": "no"}, follow=True))


def test_the_owner_invites_a_person_who_then_leaves(scene, signed_in):
    owner = signed_in(scene.cast.owner)
    person = {"name": "Newcomer", "email": "new@example.com", "role": "buyer"}
    page = owner.post("/dealer/settings/people/", person, follow=True)
    assert "/set-password/" in page.content.decode()
    assert "/set-password/" not in owner.get("/dealer/settings/").content.decode()
    again = owner.post("/dealer/settings/people/", person)
    assert again.status_code == 422
    assert "Somebody already signs in as new@example.com" in text_of(again)
    with tenancy.scope(scene.cast.owner.actor):
        user = next(one for one in network_queries.users(dealer_id=scene.cast.dealer_id) if one.name == "Newcomer")
    assert "left" in text_of(owner.post(reverse("dealer:departure", args=[user.id]), follow=True))
    assert "can sign in again" in text_of(owner.post(reverse("dealer:return", args=[user.id]), follow=True))
    assert signed_in(scene.cast.buyer).post(reverse("dealer:departure", args=[user.id])).status_code == 403
    assert owner.post(reverse("dealer:departure", args=[scene.cast.rival.user_id])).status_code == 404
    stays = owner.post(reverse("dealer:departure", args=[scene.cast.owner.user_id]), follow=True)
    assert "You cannot close your own account." in text_of(stays)
