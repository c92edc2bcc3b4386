"""A mail server and a program that listen on this machine, and what the cast is told of."""

import email
import email.policy
import json
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.utils import translation

from firstmove.domains.reminders import operations
from firstmove.domains.trade import operations as trade
from firstmove.kernel.outbox import Event
from tests.cast import NOW
from tests.portals.conftest import compiled_catalogue, plain_static, signed_in  # noqa: F401 (fixtures)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


class MailServer:
    """Speaks as much SMTP as a letter needs, and keeps the letters. `refuses` answers a recipient with that line."""

    def __init__(self):
        self.letters, self.logins, self.refuses = [], [], {}
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.say("220 here")
                while line := self.rfile.readline():
                    if outer.obey(self, line.decode().strip()):
                        return

            def say(self, line):
                self.wfile.write(f"{line}\r\n".encode())

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def obey(self, session, line):
        verb, _space, rest = line.partition(" ")
        match verb.upper():
            case "EHLO":
                session.say("250-here")
                session.say("250 AUTH PLAIN")
            case "AUTH":
                self.logins.append(rest)
                session.say("235 welcome")
            case "RCPT":
                session.say(next((said for who, said in self.refuses.items() if who in line), "250 ok"))
            case "DATA":
                session.say("354 go on")
                lines = []
                while (got := session.rfile.readline()) != b".\r\n":
                    lines.append(got)
                self.letters.append(email.message_from_bytes(b"".join(lines), policy=email.policy.default))
                session.say("250 taken")
            case "QUIT":
                session.say("221 bye")
                return True
            case _:
                session.say("250 ok")
        return False


@pytest.fixture
def mail_server(settings):
    made = MailServer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", made.port
    settings.CSRF_TRUSTED_ORIGINS = ["https://orders.example.com"]
    yield made
    made.server.shutdown()
    made.server.server_close()


class Robot:
    """A program that answers as a WeCom robot does: 200 to everything, and in the body whether it took it."""

    def __init__(self):
        self.code, self.status, self.got = 0, 200, []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, dict(self.headers.items()), json.loads(body)))
                self.send_response(outer.status)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()
                self.wfile.write(json.dumps({"errcode": outer.code, "errmsg": "as told"}).encode())

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/send?key=s3cret-key"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def robot(settings):
    settings.WEBHOOK_HOSTS = ("127.0.0.1",)
    settings.CSRF_TRUSTED_ORIGINS = ["https://orders.example.com"]
    made = Robot()
    yield made
    made.server.shutdown()
    made.server.server_close()


def moved(cast, number=1, *, dealer_id=None, order="SO-1", note="", event_id=None):
    """News that an order of the dealer was passed."""
    facts = {"order": order, "order_id": number, "from": "order_review", "to": "in_transit", "note": note, "broke": []}
    return Event(event_id or number, trade.MOVED, facts, dealer_id or cast.dealer_id)


def tell(*events, now=NOW):
    operations.queue(events=events, now=now)


def add_channel(person, robot, *, kind="wecom", shared=False, subjects=()):
    return operations.add_channel(
        actor=person.actor, kind=kind, name="Group", url=robot.url, shared=shared, subjects=subjects, language="en",
        now=NOW,
    )  # fmt: skip
