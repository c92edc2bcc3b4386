"""Every address, asked for and posted to by everybody whom it does not concern: nothing comes back, nothing changes."""

import re

import pytest
from django.test import Client

from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import Actor
from tests.cast import Person
from tests.isolation.addresses import Address, every_address
from tests.isolation.conftest import CUSTOMER, CUSTOMER_CODE, PROMOTION
from tests.isolation.tables import fingerprint, run
from tests.portals.conftest import plain_static  # noqa: F401 (a fixture)

# What a form could say, of any page: enough for an act to be carried out where it is allowed.
FORM = {
    "quantity": "24",
    "cause": "too_much",
    "reason": "lost",
    "warehouse_name": "North",
    "code": "N",
    "allowed": "no",
    "email": "newcomer@example.com",
    "name": "Newcomer",
    "role": "buyer",
    "weeks": "26",
    "most_per_order": "500",
    "most_per_month": "5000",
    "at_hour": "9",
    "share": "10",
    "takes_part": "no",
    "version": "1",
    "bonus-A": "10",
    "shares_customers": "on",
    "language": "en",
    "password": "an ordinary long sentence",
}
WAYS = {
    "GET": lambda client, path: client.get(path),
    "GET by htmx": lambda client, path: client.get(path, headers={"HX-Request": "true"}),
    "POST": lambda client, path: client.post(path, FORM),
    "POST by htmx": lambda client, path: client.post(path, FORM, headers={"HX-Request": "true"}),
}
OUTSIDERS = ("rival", "supplier", "nobody")


@pytest.fixture
def visit():
    """One visit by a person (None: nobody), as an answer even where a page breaks.

    A visitor keeps nothing of the visit before but being signed in, and signs in again where that visit ended it.
    """
    from django.conf import settings
    from django.contrib.auth import get_user_model

    cookie, sessions = settings.SESSION_COOKIE_NAME, {}

    def visit(person, way, path):
        client = Client(raise_request_exception=False)
        if person is not None:
            if person.user_id not in sessions:
                with tenancy.scope(tenancy.SYSTEM):
                    client.force_login(get_user_model().objects.get(id=person.user_id))
                sessions[person.user_id] = client.cookies[cookie].value
            client.cookies[cookie] = sessions[person.user_id]
        response = WAYS[way](client, path)
        if person is not None and cookie in response.cookies:
            del sessions[person.user_id]
        return response

    return visit


def marks(busy) -> dict[str, re.Pattern]:
    """What only Dealer One's own pages, and the enterprise's, may say."""
    words = (
        "Dealer One",
        busy.order_number,
        CUSTOMER,
        CUSTOMER_CODE,
        PROMOTION,
        "owner@example.com",
        "buyer@example.com",
    )
    return {
        **{word: re.compile(re.escape(word)) for word in words},
        "its code": re.compile(r"(?<![\w-])D-1(?![\w-])"),
        "its price": re.compile(r"4,?321\.98"),
    }


def found_marks(busy, response) -> list[str]:
    body = response.content.decode(errors="replace") + " ".join(f"{k}: {v}" for k, v in response.headers.items())
    return [name for name, pattern in marks(busy).items() if pattern.search(body)]


# What a supplier's program may read: whom it deals with, and its own webhooks.
OPEN_TO_SUPPLIERS = {
    "api/v1/enterprise", "api/v1/webhooks", "api/v1/webhooks/deliveries", "api/v1/purchases",
    "api/v1/supplied-products", "api/v1/inbox",
}  # fmt: skip


def may_be_shown(who: str, address: Address) -> bool:
    """Whether a page of this address may open at all: everybody's pages, and the rival's own."""
    if address.audience in ("account", "") or address.route.endswith("openapi.json"):
        return True
    if who == "supplier" and address.route in OPEN_TO_SUPPLIERS:
        return True
    if who == "supplier" and address.audience == "supplier":
        return True
    return who == "rival" and address.audience in ("dealer", "api") and not address.is_owned


def complaints(busy, visit, *, who: str, addresses: list[Address]) -> list[str]:
    person = None if who == "nobody" else getattr(busy.cast, who)
    wrong = []
    for address in addresses:
        for way in WAYS:
            response = visit(person, way, address.filled(busy))
            what = f"{way} /{address.route} as {who}: {response.status_code}"
            if response.status_code >= 500:
                wrong.append(f"{what}, broken")
            if found := found_marks(busy, response):
                wrong.append(f"{what}, tells {', '.join(found)}")
            if response.status_code == 200 and not may_be_shown(who, address):
                wrong.append(f"{what}, opens")
            away = response.get("Location", "")
            if who == "nobody" and address.audience != "account" and away and "/sign-in/" not in away:
                wrong.append(f"{what}, leads to {away}")
    return wrong


@pytest.mark.parametrize("who", OUTSIDERS)
def test_no_address_tells_or_gives_anything_of_the_dealer(next_morning, visit, who):
    before = fingerprint(next_morning.cast.dealer_id)
    assert complaints(next_morning, visit, who=who, addresses=every_address()) == []
    assert fingerprint(next_morning.cast.dealer_id) == before


def test_the_enterprise_has_no_business_on_the_dealers_pages(next_morning, visit):
    before = fingerprint(next_morning.cast.dealer_id)
    addresses = [address for address in every_address() if address.audience == "dealer"]
    assert complaints(next_morning, visit, who="admin", addresses=addresses) == []
    assert fingerprint(next_morning.cast.dealer_id) == before


def test_the_dealer_itself_has_no_business_on_the_enterprises_pages(next_morning, visit):
    wrong = []
    for address in every_address():
        if address.audience == "enterprise":
            for way in WAYS:
                response = visit(next_morning.cast.owner, way, address.filled(next_morning))
                if response.status_code not in (403, 405):
                    wrong.append(f"{way} /{address.route}: {response.status_code}")
    assert wrong == []


def test_sales_and_service_staff_change_nothing_of_their_dealer(next_morning, visit):
    """They read, and may ask what the past would have been; orders, plans, consent and people are not theirs."""
    from firstmove.domains.network import operations

    cast = next_morning.cast
    user_id = operations.add_user(
        email="staff@example.com", name="Staff", role="staff", password="an ordinary long sentence", dealer_code="D-1"
    )
    staff = Person(user_id, "staff@example.com", "", Actor("dealer", user_id=user_id, dealer_id=cast.dealer_id))
    before, people = fingerprint(cast.dealer_id), who_may_what(cast.dealer_id)
    for address in every_address():
        if address.audience in ("dealer", "api"):
            for way in WAYS:
                assert visit(staff, way, address.filled(next_morning)).status_code < 500, address
    after = fingerprint(cast.dealer_id)
    # Signing in is noted with the person, and what a person has read is theirs to say.
    theirs = {"planning_replay", "planning_newsread", "network_user"}
    assert {table for table in after if after[table] != before[table]} <= theirs
    assert who_may_what(cast.dealer_id) == people


def who_may_what(dealer_id):
    with tenancy.scope(tenancy.SYSTEM):
        return run(
            "select id, email, role, password, left_at from network_user where dealer_id = %s order by id", [dealer_id]
        )


def test_what_is_looked_for_is_really_there(next_morning, visit):
    """The marks stand on the pages of those whom they concern; otherwise looking for them would prove nothing."""

    def read(person, audience) -> set[str]:
        found = set()
        for address in every_address():
            if address.audience == audience:
                response = visit(person, "GET", address.filled(next_morning))
                assert response.status_code in (200, 302, 404, 405), address
                found.update(found_marks(next_morning, response))
        return found

    own = read(next_morning.cast.owner, "dealer")
    assert {"Dealer One", next_morning.order_number, "its price", "buyer@example.com"} <= own
    enterprise = read(next_morning.cast.admin, "enterprise")
    assert {"Dealer One", next_morning.order_number, "its code", "owner@example.com"} <= enterprise
    assert not {CUSTOMER, CUSTOMER_CODE} & enterprise


def test_every_audience_was_tried():
    assert {address.audience for address in every_address()} >= {"account", "dealer", "enterprise", "api"}


def test_an_address_with_an_unknown_parameter_is_found(busy):
    with pytest.raises(AssertionError, match="secret_id"):
        Address("dealer/secrets/<int:secret_id>/", "dealer").filled(busy)
