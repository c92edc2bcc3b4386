"""The pages by which people read what they were told and choose how: their own, with as few questions as before."""

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from firstmove.cli.checks import letters
from firstmove.domains.network import operations as network
from firstmove.domains.reminders import operations, queries
from firstmove.domains.reminders.timing import Hours
from firstmove.kernel import tenancy
from tests.cast import NOW
from tests.portals.test_query_counts_dealer import counted
from tests.reminders.conftest import add_channel, moved, tell

MOST = {"account:inbox": 10, "account:reminders": 14}
ROBOT = {"kind": "wecom", "name": "Purchasing", "language": "en"}


def texts(response):
    return " ".join(response.content.decode().split())


def unread(person):
    with tenancy.scope(person.actor):
        return len(queries.inbox(actor=person.actor, unread_only=True, currency="USD").items)


def test_the_inbox_counts_opens_and_is_read(cast, signed_in):
    client = signed_in(cast.buyer)
    assert "Nothing has been told to you yet" in texts(client.get(reverse("account:inbox")))
    tell(moved(cast, 1), moved(cast, 2, order="SO-2"), moved(cast, 3, order="SO-3"))
    page = texts(client.get(reverse("account:inbox")))
    assert "3 messages are unread" in page
    assert '<span class="count">3</span>' in page
    with tenancy.scope(cast.buyer.actor):
        latest = queries.inbox(actor=cast.buyer.actor, currency="USD").items[0]
    opened = client.post(reverse("account:inbox-read", args=[latest.id]), {"open": "1"})
    assert opened.url == reverse("dealer:order", args=[3])
    assert unread(cast.buyer) == 2
    # What came after the list was shown stays unread.
    tell(moved(cast, 4, order="SO-4"))
    client.post(reverse("account:inbox-all-read"), {"until": str(latest.id)})
    assert unread(cast.buyer) == 1
    client.post(reverse("account:inbox-all-read"))
    assert "You have read everything" in texts(client.get(reverse("account:inbox")))
    assert "Nothing is unread" in texts(client.get(reverse("account:inbox") + "?show=unread"))
    assert unread(cast.owner) == 4


def test_the_rival_opens_no_message_of_the_dealer(cast, signed_in):
    tell(moved(cast))
    with tenancy.scope(cast.buyer.actor):
        (message,) = queries.inbox(actor=cast.buyer.actor, currency="USD").items
    assert signed_in(cast.rival).post(reverse("account:inbox-read", args=[message.id])).status_code == 404
    assert "SO-1" not in texts(signed_in(cast.rival).get(reverse("account:inbox")))


def test_a_page_asks_no_more_for_the_number_of_unread_messages(cast, signed_in):
    client = signed_in(cast.buyer)
    before = counted(lambda: client.get(reverse("account:keys")))
    tell(moved(cast))
    assert counted(lambda: client.get(reverse("account:keys"))) == before
    for name, most in MOST.items():
        assert counted(lambda name=name: client.get(reverse(name))) <= most, name


def test_somebody_chooses_when_and_how(cast, signed_in):
    client = signed_in(cast.buyer)
    page = texts(client.get(reverse("account:reminders")))
    assert "Promised days that move" in page
    assert "The nightly plan" not in page  # the enterprise's
    chosen = {"quiet_from": "22", "quiet_until": "6", "digest": "17"}
    with tenancy.scope(cast.buyer.actor):
        subjects = [name for name, _words in queries.subjects_of_person(actor=cast.buyer.actor)]
    chosen |= {f"{way}-{name}": "never" for way in queries.WAYS for name in subjects}
    assert client.post(reverse("account:reminders"), chosen).status_code == 302
    with tenancy.scope(cast.buyer.actor):
        found = queries.choices(user_id=cast.buyer.user_id)
    assert found.timing("email", "morning") == "never"
    assert (found.hours.quiet_from, found.hours.quiet_until, found.hours.digest) == (22, 6, 17)
    assert client.post(reverse("account:reminders"), chosen | {"digest": "24"}).status_code == 422
    assert client.post(reverse("account:reminders"), chosen | {"email-orders": "hourly"}).status_code == 422


def test_a_robot_is_set_up_shown_masked_and_removed(cast, robot, signed_in):
    client = signed_in(cast.owner)
    sent = ROBOT | {"url": robot.url, "shared": "on", "subjects": ["orders"]}
    assert client.post(reverse("account:new-channel"), sent).url == reverse("account:reminders")
    page = texts(client.get(reverse("account:reminders")))
    assert "s3cret" not in page
    assert "http://127.0.0.1:" in page
    with tenancy.scope(cast.owner.actor):
        (channel,) = queries.channels(actor=cast.owner.actor)
    assert signed_in(cast.rival).post(reverse("account:channel-removal", args=[channel.id])).status_code == 404
    assert client.post(reverse("account:channel-removal", args=[channel.id])).status_code == 302
    assert client.post(reverse("account:new-channel"), sent | {"subjects": []}).status_code == 422
    assert client.post(reverse("account:new-channel"), sent | {"url": "https://evil.example.com/"}).status_code == 422


def test_the_secret_of_a_webhook_is_shown_once(cast, robot, signed_in):
    client = signed_in(cast.buyer)
    made = client.post(reverse("account:new-channel"), ROBOT | {"kind": "webhook", "url": robot.url})
    assert made.url == reverse("account:channel-secret")
    assert "whsec_" in texts(client.get(made.url))
    assert client.get(made.url).status_code == 302


def test_the_enterprise_reads_the_log_and_sends_again(cast, mail_server, robot, signed_in):
    add_channel(cast.owner, robot, shared=True, subjects=["orders"])
    operations.choose(actor=cast.buyer.actor, timings={"email": {"orders": "now"}}, hours=Hours(), now=NOW)
    tell(moved(cast))
    mail_server.refuses = {"buyer@": "550 gone"}
    operations.send_all(now=NOW)
    client = signed_in(cast.admin)
    page = texts(client.get(reverse("enterprise:reminder-log")))
    assert "1 reminder was given up" in page
    assert "buyer@example.com" in page
    assert "550 gone" in page
    assert "127.0.0.1" not in page  # the dealer's channel is its secret
    assert counted(lambda: client.get(reverse("enterprise:reminder-log"))) <= 12
    assert client.post(reverse("enterprise:reminder-replay")).status_code == 302
    mail_server.refuses = {}
    operations.send_all(now=timezone.now())
    assert "buyer@example.com" in [letter["To"] for letter in mail_server.letters]
    assert signed_in(cast.owner).get(reverse("enterprise:reminder-log")).status_code == 403


def test_programs_read_the_inbox_by_cursor_and_mark_what_they_read(cast, client, signed_in):
    browser = signed_in(cast.buyer)
    tell(*(moved(cast, number, order=f"SO-{number}") for number in range(1, 4)))
    first = browser.get("/api/v1/inbox?limit=2").json()
    second = browser.get("/api/v1/inbox", {"limit": 2, "cursor": first["next"]}).json()
    titles = [item["title"] for item in (*first["items"], *second["items"])]
    assert titles == [f"Order SO-{number}: Awaiting receipt" for number in (3, 2, 1)]
    address = f"/api/v1/inbox/{first['items'][0]['id']}/reading"
    assert browser.post(address).json()["read_at"] is not None
    assert len(browser.get("/api/v1/inbox?unread=true").json()["items"]) == 2
    assert signed_in(cast.rival).post(address).status_code == 404
    assert signed_in(cast.rival).get("/api/v1/inbox").json()["items"] == []
    assert client.get("/api/v1/inbox").status_code == 401


def test_the_doctor_tries_the_mail_server(cast, mail_server, settings):
    (found,) = letters.server()
    assert found.state == "good"
    settings.EMAIL_PORT = 1
    (found,) = letters.server()
    assert (found.state, "FIRSTMOVE_SMTP" in found.todo) == ("wrong", True)
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = "/nowhere"
    (found,) = letters.server()
    assert found.state == "note"
    (found,) = letters.reminders()
    assert found.state == "good"


def test_an_invited_person_gets_no_letters_but_the_invitation(cast, signed_in):
    user_id = network.invite(
        actor=cast.owner.actor, email="new@example.com", name="New", role="buyer", dealer_id=cast.dealer_id
    )
    tell(moved(cast))
    operations.send_all(now=NOW)
    with tenancy.scope(tenancy.SYSTEM):
        assert "New" not in [row.reader for row in queries.deliveries(currency="USD")[0]]
    assert all("new@example.com" not in letter.to for letter in mail.outbox)
    assert user_id


@pytest.mark.parametrize("who", ["admin", "owner", "supplier"])
def test_everybody_has_an_inbox_and_a_say(cast, signed_in, who):
    client = signed_in(getattr(cast, who))
    for name in ("account:inbox", "account:reminders"):
        assert client.get(reverse(name)).status_code == 200
