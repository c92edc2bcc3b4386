"""A real browser against the pages, served from this process on a free port out of the tests' own database."""

import os
import shutil
import sys
import threading
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.fixture(scope="session")
def chromium():
    """The path of the browser. A journey without one fails: it is not left out in silence."""
    named = os.environ.get("FIRSTMOVE_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(named).is_file():
        pytest.fail(f"No browser at {named}: install chromium, or set FIRSTMOVE_CHROMIUM to its path.", pytrace=False)
    return named


@pytest.fixture(scope="session")
def browser(chromium):
    """One browser for all journeys."""
    from playwright.sync_api import sync_playwright

    # Playwright's loop runs in this thread; Django would take it for an asynchronous caller of its own.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        yield started
        started.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    # A browser opens several connections at once.
    request_queue_size = 50


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Nothing: a test's output is what it says itself."""


@pytest.fixture
def live(settings, committed_scene):
    """The address of the pages over the committed scene, e.g. ``http://127.0.0.1:40123``."""
    import messages
    from django.core.wsgi import get_wsgi_application
    from django.db import connections

    messages.compile_catalogue()
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.WHITENOISE_USE_FINDERS = True
    settings.WHITENOISE_AUTOREFRESH = True
    # A connection of a thread that ended would stay open and lock the tables that the next test empties.
    settings.DATABASES["default"]["CONN_MAX_AGE"] = 0
    connections["default"].settings_dict["CONN_MAX_AGE"] = 0
    server = make_server("127.0.0.1", 0, get_wsgi_application(), server_class=_Server, handler_class=_Quiet)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    serving.join(timeout=10)


@pytest.fixture(params=list(SIZES))
def open_page(request, browser, live):
    """``open_page(person)``: a page of the browser in which that person has signed in, on a desk and on a phone.

    Anything that the browser's console calls an error fails the journey.
    """
    contexts, complaints = [], []

    def sign_in(person):
        context = browser.new_context(viewport=SIZES[request.param], base_url=live)
        # A machine that does other things besides is slow: a wait ends where nothing comes, not where it comes late.
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/sign-in/")
        page.locator("input[type=email]").fill(person.email)
        page.locator("input[type=password]").fill(person.password)
        page.locator("main button.btn-primary").click()
        page.wait_for_url(lambda address: "/sign-in/" not in address)
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert complaints == []
