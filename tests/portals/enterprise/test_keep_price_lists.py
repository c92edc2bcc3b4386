"""The enterprise keeps its price lists: who gets them, one price at a time, and what a dealer would pay and why."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from firstmove.domains.catalog import operations, queries
from firstmove.domains.catalog.price_history import price_history
from firstmove.domains.network import operations as network
from firstmove.kernel import tenancy
from firstmove.kernel.errors import NotAllowed
from firstmove.kernel.models import AuditEvent
from tests.cast import TODAY

LISTS = reverse("enterprise:price-lists")


@pytest.fixture
def tea(cast):
    network.upsert_dealers(rows=[{"code": "D-1", "tier": "A", "region": "North"}, {"code": "D-2", "tier": "B"}])
    operations.upsert_products(rows=[{"sku": "007", "name": "Oolong tea", "unit": "box"}])
    operations.upsert_prices(
        rows=[
            {"sku": "007", "price": 10},
            {"sku": "007", "price": "9.80", "from_quantity": 24, "list": "Festive", "tier": "A", "valid_from": TODAY},
        ]
    )
    with tenancy.scope(tenancy.SYSTEM):
        return queries.product_ids_by_sku()["007"]


def entered(**changes):
    return {"sku": "007", "price": "9.50", "from_quantity": "1", "valid_from": "", "valid_to": "", **changes}


def priced(cast, tea, quantity=1):
    with tenancy.scope(cast.buyer.actor):
        return queries.prices_for(dealer_id=cast.dealer_id, on=TODAY, quantities={tea: quantity})[tea]


def test_a_list_is_made_filled_found_and_one_price_taken_out(cast, tea, signed_in):
    admin = signed_in(cast.admin)
    made = admin.post(LISTS + "new/", {"contract": "C-17", "dealer_id": cast.dealer_id})
    shown = admin.post(made.url + "new/", entered(), follow=True).content.decode()
    assert "Contract C-17 with Dealer One" in shown
    assert "Dealer Two" not in shown
    assert (priced(cast, tea).price, priced(cast, tea).price_list.rule) == (Decimal("9.50"), "contract")
    with tenancy.scope(tenancy.SYSTEM):
        before = AuditEvent.objects.count()
    admin.post(made.url + "new/", entered(price="9.40"))
    with tenancy.scope(tenancy.SYSTEM):
        change = AuditEvent.objects.order_by("-id").first()
        assert (AuditEvent.objects.count(), change.user_id) == (before + 1, cast.admin.user_id)
        assert (change.before, change.after) == ({"price": 9.5}, {"price": 9.4})
    found = admin.get(LISTS, {"q": "C-17"}).content.decode()
    assert "C-17" in found
    assert "Festive" not in found
    with tenancy.scope(tenancy.SYSTEM):
        (price,), _count = queries.prices_of_list(price_list_id=int(made.url.split("/")[-2]), on=TODAY)
    admin.post(f"{made.url}{price.id}/removal/")
    assert priced(cast, tea).price == 10


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"sku": "404"}, "There is no product with this code."),
        ({"price": "-1"}, "greater than or equal to 0"),
        ({"from_quantity": "0"}, "greater than or equal to 1"),
        ({"valid_from": "2026-03-31", "valid_to": "2026-03-01"}, "The price ends before it begins."),
    ],
)
def test_what_cannot_be_a_price_is_said_beside_its_field(cast, tea, signed_in, wrong, said):
    with tenancy.scope(tenancy.SYSTEM):
        list_id = queries.price_lists(on=TODAY, search="Festive")[0].party.id
    answer = signed_in(cast.admin).post(f"{LISTS}{list_id}/new/", entered(**wrong))
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_contract_with_nobody_is_refused(cast, signed_in):
    answer = signed_in(cast.admin).post(LISTS + "new/", {"contract": "C-1"})
    assert (answer.status_code, "A contract is with somebody." in answer.content.decode()) == (422, True)


def test_the_preview_says_what_each_dealer_pays_and_why(cast, tea, signed_in):
    admin, url = signed_in(cast.admin), reverse("enterprise:price-preview")
    one = admin.get(url, {"dealer": cast.dealer_id, "q": "oolong", "quantity": "12"}).content.decode()
    assert "Price for every dealer" in one
    assert "From 24" in one
    reached = admin.get(url, {"dealer": cast.dealer_id, "q": "oolong", "quantity": "24"}).content.decode()
    assert "Price for Tier A · Festive · from 24" in reached
    rival = admin.get(url, {"dealer": cast.rival_id, "q": "oolong", "quantity": "24"}).content.decode()
    assert "Price for every dealer" in rival
    assert "From 24" not in rival


@pytest.mark.parametrize("who", ["owner", "supplier"])
def test_nobody_else_sets_prices(cast, tea, who):
    """A dealer does not even find the list."""
    with tenancy.scope(tenancy.SYSTEM):
        list_id = queries.price_lists(on=TODAY, search="Festive")[0].party.id
    with pytest.raises(NotAllowed):
        operations.put_price(actor=getattr(cast, who).actor, price_list_id=list_id, product_id=tea, price=Decimal(1))
    with tenancy.scope(tenancy.SYSTEM):
        assert queries.prices_of_list(price_list_id=list_id, on=TODAY)[0][0].price == Decimal("9.80")


def test_pages_cost_the_same_however_many_lists_there_are(cast, tea, signed_in, django_assert_num_queries):
    admin = signed_in(cast.admin)
    operations.upsert_prices(
        rows=[
            {"sku": "007", "price": 9, "list": f"No {n}", "tier": "A", "valid_to": TODAY + dt.timedelta(n)}
            for n in range(9)
        ]
    )
    with tenancy.scope(tenancy.SYSTEM):
        list_id = queries.price_lists(on=TODAY, search="Festive")[0].party.id
    for url, queries_of_page in ((LISTS, 18), (f"{LISTS}{list_id}/", 22), (reverse("enterprise:price-preview"), 17)):
        with django_assert_num_queries(queries_of_page):
            assert admin.get(url).status_code == 200


def test_a_list_says_who_changed_what_and_when(cast, tea, signed_in):
    """What a person set and took out, by name, and what a file brought."""
    admin = signed_in(cast.admin)
    with tenancy.scope(tenancy.SYSTEM):
        (everybody,) = [one for one in queries.price_lists(on=TODAY) if one.party.rule == "everybody"]
    page = reverse("enterprise:price-list", args=[everybody.party.id])
    admin.post(page + "new/", entered(price="9.40"))
    operations.put_price(actor=cast.admin.actor, price_list_id=everybody.party.id, product_id=tea, price=Decimal(9),
                         from_quantity=5)  # fmt: skip
    with tenancy.scope(tenancy.SYSTEM):
        prices, _count = queries.prices_of_list(price_list_id=everybody.party.id, on=TODAY)
    operations.remove_price(actor=cast.admin.actor, price_list_id=everybody.party.id, price_id=prices[1].id)
    with tenancy.scope(cast.admin.actor):
        found = price_history(price_list_id=everybody.party.id)
    assert [(one.act, one.by, one.before, one.after, one.from_quantity) for one in found] == [
        ("delete", "Admin", Decimal(9), None, 5),
        ("update", "Admin", Decimal(10), Decimal("9.4"), 1),
        ("insert", "", None, Decimal(10), 1),
    ]
    shown = admin.get(page).content.decode()
    assert "taken out" in shown
    assert "a file or program" in shown
