"""News reaches a party's program: signed, tried again, sent again when asked for, and never into the own network."""

import datetime as dt
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.db import connection

from firstmove.domains.trade import operations as trade
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotFound
from firstmove.kernel.webhooks import delivery, guard, signing, subscriptions
from tests.cast import NOW

PLACED = trade.PLACED


class Receiver:
    """A program that listens on this machine, answers with `status` and remembers what it was sent."""

    def __init__(self):
        self.status, self.got = 200, []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.got.append((dict(self.headers.items()), body))
                self.send_response(outer.status)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()
                self.wfile.write(b"as told")

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/news"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_HOSTS = ("127.0.0.1",)
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def subscribe(person, receiver, topics=(PLACED,)):
    return subscriptions.subscribe(actor=person.actor, name="ERP", url=receiver.url, topics=topics, now=NOW)


def publish(cast, number, dealer_id=None):
    with tenancy.scope(tenancy.SYSTEM):
        outbox.publish(topic=PLACED, payload={"order": number}, dealer_id=dealer_id or cast.dealer_id)


@pytest.fixture
def relayed(monkeypatch):
    """Events go to the webhooks alone; the lake has tests of its own."""
    monkeypatch.setattr(outbox, "_handlers", {PLACED: [delivery.enqueue]})
    return outbox.deliver


def states(person, webhook_id):
    with tenancy.scope(person.actor):
        found = subscriptions.deliveries(subscription_id=webhook_id)
    return [(row.state, row.attempts, row.status) for row in found.items]


def test_an_order_that_is_placed_is_offered_to_subscribers():
    assert {trade.PLACED, trade.RECEIVED, trade.CANCELLED} <= {
        topic.name for topic in subscriptions.topics_for("dealer")
    }
    assert all(delivery.enqueue in outbox._handlers[topic.name] for topic in subscriptions.topics_for("enterprise"))


def test_a_delivery_is_signed_so_that_the_receiver_can_check(cast, receiver, relayed):
    _id, secret = subscribe(cast.owner, receiver)
    publish(cast, "SO-1")
    relayed()
    delivery.send_due(now=NOW + dt.timedelta(days=3650))
    ((headers, body),) = receiver.got
    sent = {name.lower(): value for name, value in headers.items()}
    at = int(sent["webhook-timestamp"])
    assert sent["webhook-signature"] == signing.signature(secret, message_id=sent["webhook-id"], at=at, body=body)
    assert sent["webhook-signature"] != signing.signature(secret, message_id=sent["webhook-id"], at=at, body=body + " ")
    # The worked example of the docstring, by which receivers are written.
    assert signing.signature("whsec_a2V5", message_id="1", at=0, body="{}") == (
        "v1,zGwIsEpWJehWI9SAZ35qk1GA7jOFwoNvVGoKfG/SvCI="
    )


def test_after_a_rotation_both_secrets_sign_for_a_day(cast, receiver, relayed):
    webhook_id, old = subscribe(cast.owner, receiver)
    later = NOW + dt.timedelta(days=3650)
    new = subscriptions.rotate(actor=cast.owner.actor, subscription_id=webhook_id, now=later)
    assert new != old
    for number, now in (("SO-1", later), ("SO-2", later + dt.timedelta(hours=25))):
        publish(cast, number)
        relayed()
        delivery.send_due(now=now)
    signatures = [headers["webhook-signature"].split() for headers, _body in receiver.got]
    assert [len(each) for each in signatures] == [2, 1]


def test_a_dealer_is_told_of_its_own_orders_and_the_enterprise_of_all(cast, receiver, relayed):
    hooks = {who: subscribe(getattr(cast, who), receiver)[0] for who in ("owner", "rival", "admin")}
    publish(cast, "SO-1")
    publish(cast, "SO-2", dealer_id=cast.rival_id)
    relayed()
    with tenancy.scope(tenancy.SYSTEM):
        told = {
            who: {json.loads(row.body)["data"]["order"] for row in subscriptions.deliveries(subscription_id=hook).items}
            for who, hook in hooks.items()
        }
    assert told == {"owner": {"SO-1"}, "rival": {"SO-2"}, "admin": {"SO-1", "SO-2"}}


def test_the_rival_sees_and_touches_no_webhook_of_the_dealer(cast, receiver, relayed):
    webhook_id, _secret = subscribe(cast.owner, receiver)
    publish(cast, "SO-1")
    relayed()
    rival = cast.rival.actor
    with tenancy.scope(rival):
        assert subscriptions.subscriptions() == subscriptions.deliveries().items == []
    named = {"actor": rival, "subscription_id": webhook_id}
    for act in (
        lambda: subscriptions.rotate(**named, now=NOW),
        lambda: subscriptions.pause(**named, paused=True, now=NOW),
        lambda: subscriptions.replay(**named, now=NOW),
        lambda: subscriptions.unsubscribe(**named),
    ):
        with pytest.raises(NotFound):
            act()


@pytest.mark.parametrize("status", [500, 302, 404])
def test_what_does_not_arrive_is_tried_again_and_then_given_up(cast, receiver, relayed, status):
    webhook_id, _secret = subscribe(cast.owner, receiver)
    publish(cast, "SO-1")
    relayed()
    receiver.status, now, tried = status, NOW + dt.timedelta(days=3650), 0
    for wait in (*delivery.RETRIES, dt.timedelta(days=9)):
        assert delivery.send_due(now=now) == 1
        tried += 1
        assert delivery.send_due(now=now + min(wait, dt.timedelta(seconds=59))) == 0
        now += wait
    assert delivery.send_due(now=now) == 0
    assert states(cast.owner, webhook_id) == [("dead", tried, status)]
    receiver.status = 200
    assert subscriptions.replay(actor=cast.owner.actor, subscription_id=webhook_id, now=now) == 1
    assert delivery.send_due(now=now) == 1
    assert states(cast.owner, webhook_id) == [("delivered", 1, 200)]
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 1


def test_an_event_that_is_relayed_twice_is_sent_once(cast, receiver, relayed):
    subscribe(cast.owner, receiver)
    publish(cast, "SO-1")
    relayed()
    with tenancy.scope(tenancy.SYSTEM):
        outbox.OutboxEvent.objects.update(delivered_at=None)
    relayed()
    assert delivery.send_due(now=NOW + dt.timedelta(days=3650)) == 1


def test_a_sender_that_dies_loses_nothing(cast, receiver, relayed):
    subscribe(cast.owner, receiver)
    publish(cast, "SO-1")
    relayed()
    now = NOW + dt.timedelta(days=3650)

    def die(*_given, **_named):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        delivery.send_due(now=now, post=die)
    assert delivery.send_due(now=now + dt.timedelta(minutes=1)) == 0
    assert delivery.send_due(now=now + dt.timedelta(minutes=2)) == 1
    assert len(receiver.got) == 1


def test_news_waits_while_a_webhook_is_paused(cast, receiver, relayed):
    webhook_id, _secret = subscribe(cast.owner, receiver)
    named, now = {"actor": cast.owner.actor, "subscription_id": webhook_id}, NOW + dt.timedelta(days=3650)
    subscriptions.pause(**named, paused=True, now=now)
    publish(cast, "SO-1")
    relayed()
    assert delivery.send_due(now=now) == 0
    subscriptions.pause(**named, paused=False, now=now)
    assert delivery.send_due(now=now) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://erp.example.com/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://localhost/",
        "https://postgres/",
        "https://db.internal./",
        "https://erp.example.com:5432/",
        "https://user:word@erp.example.com/",
        "https://erp.example.com/\r\nX: y",
        "ftp://erp.example.com/",
        "https://[nonsense/",
        "https://erp.example.com:99999/",
        "",
    ],
)
def test_an_address_in_the_own_network_is_refused(cast, url):
    with pytest.raises(Invalid):
        subscriptions.subscribe(actor=cast.owner.actor, name="ERP", url=url, topics=[PLACED], now=NOW)


def test_a_public_name_that_leads_into_the_own_network_is_not_followed(receiver, settings, monkeypatch):
    """As a name does that changed since it was looked at: what is dialled is what was looked at."""
    settings.WEBHOOK_HOSTS = ()

    def resolve(*_given, **_named):
        return [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("127.0.0.1", receiver.server.server_port))]

    monkeypatch.setattr(guard.socket, "getaddrinfo", resolve)
    monkeypatch.setattr(guard.socket, "create_connection", lambda *_: pytest.fail("dialled"))
    with pytest.raises(guard.NotReached, match="own network"):
        guard.post("https://erp.example.com/", body=b"{}", headers={}, allowed=())


def test_a_receiver_that_dawdles_is_left(settings):
    """It sends a byte now and then, so no single wait is long."""
    import socket
    import time

    listening = socket.create_server(("127.0.0.1", 0))

    def dawdle():
        connected, _address = listening.accept()
        try:
            for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000:
                connected.sendall(bytes([byte]))
                threading.Event().wait(0.02)
        except OSError:
            connected.close()

    threading.Thread(target=dawdle, daemon=True).start()
    began = time.monotonic()
    with pytest.raises(guard.NotReached):
        guard.post(
            f"http://127.0.0.1:{listening.getsockname()[1]}/", body=b"", headers={}, allowed=("127.0.0.1",), seconds=0.3
        )
    assert time.monotonic() - began < 2
    listening.close()


def test_a_redirection_into_the_own_network_is_not_followed(receiver):
    """A public address that anybody can set up answers 302 with an inner one, such as a cloud's metadata."""
    inner, asked = Receiver(), []
    inner.server.RequestHandlerClass.do_GET = lambda handler: asked.append(handler.path)
    receiver.server.RequestHandlerClass.send_header = _leading_to(inner.url)
    for status in (301, 302, 303, 307, 308):
        receiver.status = status
        told = guard.post(receiver.url, body=b"{}", headers={}, allowed=("127.0.0.1",))
        assert told == (status, "as told")
    inner.server.shutdown()
    inner.server.server_close()
    assert (inner.got, asked) == ([], [])


def _leading_to(url):
    plain = BaseHTTPRequestHandler.send_header
    return lambda handler, name, value: plain(handler, name, url if name == "Location" else value)


def test_a_receiver_with_a_dead_address_is_reached_by_its_other_one(receiver, monkeypatch):
    port, dial, dialled = receiver.server.server_port, guard.socket.create_connection, []

    def resolve(*_given, **_named):
        return [(2, 1, 6, "", (address, port)) for address in ("127.0.0.2", "127.0.0.1")]

    def connect(address, **options):
        dialled.append(address[0])
        if address[0] == "127.0.0.2":
            raise ConnectionRefusedError("Refused")
        return dial(address, **options)

    monkeypatch.setattr(guard.socket, "getaddrinfo", resolve)
    monkeypatch.setattr(guard.socket, "create_connection", connect)
    answer = guard.post(f"http://erp.internal:{port}/", body=b"{}", headers={}, allowed=("erp.internal",))
    assert (answer, dialled) == ((200, "as told"), ["127.0.0.2", "127.0.0.1"])
    assert len(receiver.got) == 1
    monkeypatch.setattr(guard.socket, "getaddrinfo", lambda *_given, **_named: resolve()[:1])
    with pytest.raises(guard.NotReached, match="Refused"):
        guard.post(f"http://erp.internal:{port}/", body=b"{}", headers={}, allowed=("erp.internal",))


def test_two_who_subscribe_at_once_stay_within_the_limit(committed_cast, monkeypatch):
    monkeypatch.setattr(subscriptions, "MOST", 1)
    actor, ready, done = committed_cast.owner.actor, threading.Barrier(2), []

    def subscribe_once():
        try:
            ready.wait()
            url = "https://erp.example.com/"
            subscriptions.subscribe(actor=actor, name="ERP", url=url, topics=[PLACED], now=NOW)
            done.append("subscribed")
        except Conflict:
            done.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=subscribe_once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == ["refused", "subscribed"]
