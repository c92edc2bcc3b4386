"""What is told reaches people: in letters and groups, once, later if it has to be, and never somebody who is not to
know any more."""

import datetime as dt
import json

import pytest
from django.conf import settings as django_settings
from django.db import connection

from firstmove.domains.network import operations as network
from firstmove.domains.reminders import mail, operations, queries, wecom
from firstmove.domains.reminders.operations import sending
from firstmove.domains.reminders.timing import Hours, due_at
from firstmove.domains.trade import operations as trade
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid, NotAllowed, NotFound
from firstmove.kernel.outbox import Event
from firstmove.kernel.webhooks import signing
from firstmove.kernel.webhooks.delivery import RETRIES
from tests.cast import NOW
from tests.reminders.conftest import add_channel, moved, tell

HOSTILE = "<script>alert(1)</script> & <@all> [x](http://evil.example)\r\nBcc: all@example.com"
MINUTE = dt.timedelta(minutes=1)


def at_once(*people, **hours):
    """They want to be told of orders at once, by e-mail and by their channels."""
    for person in people:
        timings = {"email": {"orders": "now"}, "channel": {"orders": "now"}}
        operations.choose(actor=person.actor, timings=timings, hours=Hours(**hours), now=NOW)


def by_channel(*people):
    for person in people:
        operations.choose(actor=person.actor, timings={"email": {"orders": "never"}}, hours=Hours(), now=NOW)


def log(state=""):
    with tenancy.scope(tenancy.SYSTEM):
        return queries.deliveries(currency="USD", state=state)[0]


def test_a_letter_says_it_in_text_and_html_with_a_link(cast, mail_server):
    at_once(cast.owner, cast.buyer)
    network.set_language(actor=cast.buyer.actor, language="zh-hans")
    tell(moved(cast, 7, note="by rail"))
    assert operations.send_all(now=NOW) == 2
    english, chinese = sorted(mail_server.letters, key=lambda letter: letter["To"], reverse=True)
    assert (english["To"], chinese["To"]) == ("owner@example.com", "buyer@example.com")
    assert english["Subject"] == "Order SO-1: Awaiting receipt"
    assert chinese["Subject"].startswith("订单 SO-1")
    text, html = (english.get_body([kind]).get_content() for kind in ("plain", "html"))
    for body in (text, html):
        assert "Note: by rail" in body
        assert "https://orders.example.com/dealer/orders/7/" in body
    assert [(row.state, row.attempts, row.tried_at) for row in log()] == [("sent", 1, NOW)] * 2


def test_nobody_is_written_to_twice_however_often_the_outbox_delivers(cast, mail_server):
    at_once(cast.buyer)
    for later in range(3):
        tell(moved(cast))
        operations.send_all(now=NOW + later * MINUTE)
    assert [letter["To"] for letter in mail_server.letters] == ["buyer@example.com"]


def test_a_hostile_name_marks_up_nothing_and_writes_no_header(cast, mail_server, robot):
    at_once(cast.buyer)
    add_channel(cast.buyer, robot)
    tell(moved(cast, order=HOSTILE, note=HOSTILE))
    operations.send_all(now=NOW)
    (letter,) = mail_server.letters
    assert letter["Bcc"] is None
    assert letter["To"] == "buyer@example.com"
    assert "\n" not in letter["Subject"]
    html = letter.get_body(["html"]).get_content()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    ((_path, _headers, told),) = robot.got
    content = told["markdown"]["content"]
    assert not any(mark in content for mark in ("<", "](http://evil", "http://evil", "\r"))
    assert content.endswith("](https://orders.example.com/dealer/orders/1/)")
    assert len(content.splitlines()) == 3  # title, note, link


@pytest.mark.parametrize("name", ["Order\nX: y", "Order\r\n\r\nbody", "a\u2028b", "\x00x", "x" * 900])
def test_a_subject_is_one_line_whatever_stands_in_it(name):
    subject = mail.one_line(name)
    assert subject.isprintable()
    assert len(subject) <= 200


def test_a_group_is_told_within_the_robots_bytes_and_keeps_the_link(cast, robot):
    by_channel(cast.owner, cast.buyer)
    add_channel(cast.owner, robot, shared=True, subjects=["orders"])
    tell(moved(cast, note="茶" * 3000))
    operations.send_all(now=NOW)
    ((path, _headers, told),) = robot.got
    assert path == "/send?key=s3cret-key"
    assert told["msgtype"] == "markdown"
    # A fact is cut to 300 signs before; the limit itself is tried below.
    assert told["markdown"]["content"].startswith("**Order SO-1: Awaiting receipt**\n> ")
    long = wecom.markdown(title="茶" * 50, lines=["水" * 3000], url="https://orders.example.com/x", link="打开")
    assert wecom.MOST_BYTES - 4 < len(long.encode()) <= wecom.MOST_BYTES
    assert long.endswith("…\n[打开](https://orders.example.com/x)")


def test_a_robot_takes_twenty_in_a_minute_and_the_rest_in_the_next(cast, robot):
    by_channel(cast.owner, cast.buyer)
    add_channel(cast.owner, robot, shared=True, subjects=["orders"])
    tell(*(moved(cast, number, order=f"SO-{number}") for number in range(1, 26)))
    operations.send_all(now=NOW)
    assert len(robot.got) == 20
    operations.send_all(now=NOW + MINUTE / 2)
    assert len(robot.got) == 20
    operations.send_all(now=NOW + MINUTE)
    assert len(robot.got) == 25
    assert {row.attempts for row in log("sent")} == {1}


def test_a_robot_that_answers_200_and_refuses_is_asked_again(cast, robot):
    by_channel(cast.owner, cast.buyer)
    add_channel(cast.owner, robot, shared=True, subjects=["orders"])
    tell(moved(cast))
    robot.code = 93000
    operations.send_all(now=NOW)
    (row,) = log()
    assert (row.state, row.next_at) == ("waiting", NOW + RETRIES[0])
    assert "errcode 93000" in row.error
    assert "s3cret" not in row.error + row.address
    robot.code = 0
    operations.send_all(now=NOW + RETRIES[0])
    assert [(row.state, row.attempts, row.error) for row in log()] == [("sent", 2, "")]


def test_a_webhook_is_signed_and_a_redirect_is_not_followed(cast, robot):
    by_channel(cast.owner, cast.buyer)
    _id, secret = add_channel(cast.owner, robot, kind="webhook", shared=True, subjects=["orders"])
    tell(moved(cast))
    robot.status = 302
    operations.send_all(now=NOW)
    assert log()[0].error.startswith("302")
    robot.status = 200
    operations.send_all(now=NOW + RETRIES[0])
    _path, headers, told = robot.got[-1]
    assert [item["title"] for item in told["items"]] == ["Order SO-1: Awaiting receipt"]
    assert told["items"][0]["url"] == "https://orders.example.com/dealer/orders/1/"
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    sent = {name.lower(): value for name, value in headers.items()}
    assert sent["webhook-signature"] == signing.signature(
        secret, message_id=sent["webhook-id"], at=int(sent["webhook-timestamp"]), body=body
    )
    assert len(robot.got) == 2


def test_what_is_refused_for_good_is_given_up_and_the_enterprise_sends_it_again(cast, mail_server):
    at_once(cast.owner, cast.buyer)
    mail_server.refuses = {"buyer@": "550 no such mailbox", "owner@": "450 later"}
    tell(moved(cast))
    operations.send_all(now=NOW)
    states = {row.reader: (row.state, row.error) for row in log()}
    assert states == {"Buyer": ("dead", "550 no such mailbox"), "Owner": ("waiting", "450 later")}
    mail_server.refuses = {}
    (dead,) = log("dead")
    for who in ("owner", "supplier"):
        with pytest.raises(NotAllowed):
            operations.replay(actor=getattr(cast, who).actor, now=NOW, delivery_id=dead.id)
    assert operations.replay(actor=cast.admin.actor, now=NOW, delivery_id=dead.id) == 1
    with pytest.raises(NotFound):
        operations.replay(actor=cast.admin.actor, now=NOW, delivery_id=dead.id)
    operations.send_all(now=NOW)
    assert [letter["To"] for letter in mail_server.letters] == ["buyer@example.com"]


def test_a_mail_server_that_is_down_is_given_up_after_the_last_retry(cast, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    at_once(cast.buyer)
    tell(moved(cast))
    now = NOW
    for wait in (*RETRIES, None):
        operations.send_all(now=now)
        (row,) = [row for row in log() if row.reader == "Buyer"]
        assert "ConnectionRefusedError" in row.error
        if wait is not None:
            assert (row.state, row.next_at) == ("waiting", now + wait)
            now += wait
    assert (row.state, row.attempts) == ("dead", len(RETRIES) + 1)


def test_a_sender_killed_before_it_recorded_sends_again_and_the_record_says_so(cast, mail_server, monkeypatch):
    at_once(cast.buyer)
    tell(moved(cast))

    class KilledError(BaseException):
        pass

    def killed(*_recorded):
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(sending, "_record", killed)
        with pytest.raises(KilledError):
            operations.send_all(now=NOW)
    assert len(mail_server.letters) == 1
    assert operations.send_all(now=NOW + operations.LEASE - MINUTE) == 0
    operations.send_all(now=NOW + operations.LEASE)
    first, second = mail_server.letters
    assert first["Message-ID"] == second["Message-ID"]
    (row,) = [row for row in log() if row.reader == "Buyer"]
    assert (row.state, row.attempts, row.may_be_double) == ("sent", 2, True)


def test_who_left_lost_the_role_or_wants_it_no_more_gets_nothing_that_was_queued(cast, mail_server):
    at_once(cast.owner, cast.buyer, cast.rival)
    tell(moved(cast, 1), moved(cast, 2, dealer_id=cast.rival_id))
    network.leave(actor=cast.owner.actor, user_id=cast.buyer.user_id, now=NOW)
    with tenancy.scope(tenancy.SYSTEM), connection.cursor() as cursor:
        cursor.execute("update network_user set role = 'staff' where id = %s", [cast.owner.user_id])
    by_channel(cast.rival)
    operations.send_all(now=NOW)
    assert mail_server.letters == []
    assert {row.reader: (row.state, row.error) for row in log()} == {
        "Buyer": ("dropped", "no longer told"),
        "Owner": ("dropped", "no longer told"),
        "Rival": ("dropped", "no longer wanted"),
    }


def test_a_digest_leaves_once_a_day_with_all_that_came(cast, mail_server):
    timings = {"email": {"orders": "daily"}}
    operations.choose(actor=cast.buyer.actor, timings=timings, hours=Hours(digest=18), now=NOW)
    by_channel(cast.owner)
    for number in (1, 2, 3):
        tell(moved(cast, number, order=f"SO-{number}"), now=NOW + number * MINUTE)
    evening = NOW.replace(hour=18)
    operations.send_all(now=evening - MINUTE)
    assert mail_server.letters == []
    operations.send_all(now=evening)
    (letter,) = mail_server.letters
    assert letter["Subject"] == "3 reminders from Spring Water Works"
    assert all(f"Order SO-{number}" in letter.get_body(["plain"]).get_content() for number in (1, 2, 3))
    assert {(row.state, row.is_digest) for row in log()} == {("sent", True)}


@pytest.mark.parametrize(
    ("utc", "timing", "expected"),
    [
        ("2026-03-01T18:10", "now", "2026-03-01T23:00"),  # 02:10 in Shanghai waits until 07:00
        ("2026-03-02T00:00", "now", "2026-03-02T00:00"),  # 08:00 leaves at once
        ("2026-03-02T14:00", "now", "2026-03-02T23:00"),  # 22:00 waits for the next morning
        ("2026-03-01T18:10", "daily", "2026-03-02T00:00"),  # the digest of 08:00
        ("2026-03-02T00:00", "daily", "2026-03-03T00:00"),  # on the hour it is tomorrow's
    ],
)
def test_quiet_hours_are_those_of_the_installations_clock(utc, timing, expected):
    def moment(text):
        return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)

    assert due_at(now=moment(utc), timing=timing, hours=Hours(), time_zone="Asia/Shanghai") == moment(expected)


def test_the_morning_waits_for_the_end_of_the_night(cast, mail_server):
    night = NOW.replace(hour=2)
    at_once(cast.buyer)
    tell(moved(cast), now=night)
    operations.send_all(now=night)
    assert mail_server.letters == []
    operations.send_all(now=NOW.replace(hour=7))
    assert len(mail_server.letters) == 1


def test_a_channel_is_its_owners_secret(cast, robot):
    channel_id, _secret = add_channel(cast.owner, robot, shared=True, subjects=["orders"])
    own_id, _secret = add_channel(cast.buyer, robot)
    for who, seen in {"owner": 1, "buyer": 2, "rival": 0, "admin": 0, "supplier": 0}.items():
        actor = getattr(cast, who).actor
        with tenancy.scope(actor):
            found = queries.channels(actor=actor)
        assert len(found) == seen, who
        assert all("s3cret" not in row.masked and row.masked.endswith("…-key") for row in found)
    for who in ("rival", "admin", "supplier"):
        with pytest.raises(NotFound):
            operations.remove_channel(actor=getattr(cast, who).actor, channel_id=channel_id)
    with pytest.raises(NotFound):
        operations.remove_channel(actor=cast.owner.actor, channel_id=own_id)
    with pytest.raises(NotAllowed):
        operations.remove_channel(actor=cast.buyer.actor, channel_id=channel_id)
    with pytest.raises(NotAllowed):
        add_channel(cast.buyer, robot, shared=True, subjects=["orders"])


@pytest.mark.parametrize(
    ("kind", "url"),
    [("wecom", "https://evil.example.com/send"), ("webhook", "https://169.254.169.254/x"), ("webhook", "http://a.b/x")],
)
def test_a_channel_leads_neither_inside_nor_to_somebody_who_is_no_robot(cast, kind, url):
    known = {"actor": cast.owner.actor, "name": "x", "shared": False, "subjects": (), "language": "en", "now": NOW}
    with pytest.raises(Invalid):
        operations.add_channel(kind=kind, url=url, **known)


def test_a_login_is_sent_where_one_is_set(cast, mail_server, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "firstmove", "hunter2"
    at_once(cast.buyer)
    tell(moved(cast))
    operations.send_all(now=NOW)
    assert len(mail_server.logins) == 1
    assert django_settings.EMAIL_TIMEOUT == 10


def test_old_records_go_and_what_waits_stays(cast, mail_server):
    at_once(cast.buyer)
    tell(moved(cast))
    operations.send_all(now=NOW)
    later = NOW + operations.KEPT + MINUTE
    assert operations.forget(now=later) == 2 - len(log("waiting"))
    assert {row.state for row in log()} <= {"waiting"}


def test_a_topic_that_is_no_more_breaks_nothing(cast, mail_server, monkeypatch):
    from firstmove.domains.reminders import topics

    at_once(cast.buyer)
    tell(Event(1, trade.CANCELLED, {"order": "SO-1"}, cast.dealer_id))
    monkeypatch.delitem(topics.TOPICS, trade.CANCELLED)
    operations.send_all(now=NOW + dt.timedelta(days=1))
    assert {row.state for row in log()} == {"dropped"}
    assert {row.title for row in log()} == {"A message of an earlier version"}
