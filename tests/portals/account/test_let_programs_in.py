"""Pages by which a party lets its programs in: keys, shown once and ended; webhooks and what became of the news."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from firstmove.domains.network import keys
from firstmove.domains.trade import operations as trade
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.webhooks import delivery, subscriptions
from tests.cast import NOW

KEYS, WEBHOOKS = reverse("account:keys"), reverse("account:webhooks")
ENTERED = {"name": "Till", "service": "", "scopes": ["orders:read"], "days": "90"}
# For any number of rows; the person, the session and the frame are paid for in each.
MOST = {KEYS: 11, WEBHOOKS: 10, "one": 11}


def queries(client, address):
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return sum(1 for query in asked if "SAVEPOINT" not in query["sql"])


def hooked(person, number=1):
    named = {"actor": person.actor, "url": "https://erp.example.com/news", "topics": [trade.PLACED], "now": NOW}
    return [subscriptions.subscribe(name=f"ERP {n}", **named)[0] for n in range(number)]


@pytest.fixture
def given_up(cast, monkeypatch):
    """A webhook of the owner with two deliveries that nobody took."""
    monkeypatch.setattr(outbox, "_handlers", {trade.PLACED: [delivery.enqueue]})
    (webhook_id,) = hooked(cast.owner)
    with tenancy.scope(tenancy.SYSTEM):
        for order in ("SO-1", "SO-2"):
            outbox.publish(topic=trade.PLACED, payload={"order": order}, dealer_id=cast.dealer_id)
    outbox.deliver()
    now = NOW + dt.timedelta(days=3650)
    for wait in (*delivery.RETRIES, dt.timedelta()):
        delivery.send_due(now=now, post=lambda *_given, **_named: (503, "closed"))
        now += wait
    return webhook_id


def test_a_key_is_shown_once_works_and_opens_nothing_after_it_is_revoked(cast, signed_in, client):
    browser = signed_in(cast.buyer)
    made = browser.post(reverse("account:new-key"), ENTERED)
    assert made.url == reverse("account:made-key")
    shown = browser.get(made.url)
    assert shown["Cache-Control"] == "no-store"
    token = shown.context["token"]
    assert token in shown.content.decode()
    assert browser.get(made.url).url == KEYS
    page = browser.get(KEYS).content.decode()
    assert token[:15] in page
    assert token not in page
    program = {"headers": {"Authorization": f"Bearer {token}"}}
    assert client.get("/api/v1/orders", **program).status_code == 200
    (key,) = browser.get(KEYS).context["rows"]
    assert browser.post(reverse("account:key-revocation", args=[key["key"].id])).url == KEYS
    assert client.get("/api/v1/orders", **program).status_code == 401
    assert [row["state"] for row in browser.get(KEYS).context["rows"]] == ["revoked"]


@pytest.mark.parametrize("wrong", [{"scopes": []}, {"scopes": ["all"]}, {"days": "9999"}, {"service": "program"}])
def test_a_key_that_the_person_cannot_make_is_refused_on_its_page(cast, signed_in, wrong):
    answer = signed_in(cast.buyer).post(reverse("account:new-key"), {**ENTERED, **wrong})
    assert answer.status_code == 422
    assert answer.context["rows"] == []


def test_the_rivals_pages_show_and_change_nothing_of_the_dealers(cast, signed_in, given_up):
    key = keys.issue(actor=cast.buyer.actor, name="Till", scopes=["orders:read"], days=30, now=NOW)
    rival = signed_in(cast.rival)
    assert rival.get(KEYS).context["rows"] == []
    assert rival.get(WEBHOOKS).context["rows"] == []
    assert rival.get(reverse("account:webhook", args=[given_up])).status_code == 404
    for act in ("key-replacement", "key-revocation"):
        assert rival.post(reverse(f"account:{act}", args=[key.id])).status_code == 404
    for act in ("rotation", "pause", "resumption", "removal", "replay"):
        assert rival.post(reverse(f"account:webhook-{act}", args=[given_up])).status_code == 404


def test_a_buyer_sets_up_no_webhooks(cast, signed_in):
    assert signed_in(cast.buyer).get(WEBHOOKS).status_code == 403


def test_a_webhook_is_set_up_and_its_secret_shown_once(cast, signed_in):
    browser = signed_in(cast.owner)
    entered = {"name": "ERP", "url": "https://erp.example.com/news", "topics": [trade.PLACED]}
    refused = browser.post(reverse("account:new-webhook"), {**entered, "url": "https://127.0.0.1/"})
    assert refused.status_code == 422
    assert refused.context["rows"] == []
    made = browser.post(reverse("account:new-webhook"), entered)
    shown = browser.get(made.url)
    assert "whsec_" in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    assert browser.get(made.url).url == WEBHOOKS
    assert "whsec_" not in browser.get(WEBHOOKS).content.decode()


def test_what_was_given_up_is_seen_and_sent_again(cast, signed_in, given_up):
    browser, address = signed_in(cast.owner), reverse("account:webhook", args=[given_up])
    page = browser.get(address, {"state": "dead"})
    assert [row.status for row in page.context["rows"]] == [503, 503]
    assert "closed" in page.content.decode()
    assert browser.post(reverse("account:webhook-replay", args=[given_up])).url == address
    assert {row.state for row in browser.get(address).context["rows"]} == {"waiting"}


def test_pages_ask_the_database_a_fixed_number_of_times(cast, signed_in, given_up):
    for n in range(3):
        keys.issue(actor=cast.owner.actor, name=f"Till {n}", scopes=["orders:read"], days=30, now=timezone.now())
    hooked(cast.owner, 3)
    client = signed_in(cast.owner)
    addresses = {KEYS: KEYS, WEBHOOKS: WEBHOOKS, "one": reverse("account:webhook", args=[given_up])}
    assert {name: queries(client, address) for name, address in addresses.items()} == MOST
