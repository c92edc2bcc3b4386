"""A whole installation on the real network, by its own commands and over HTTP: intake, plan, pages, memory."""

import http.cookiejar
import json
import os
import re
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

AS_OF = "2022-06-30"
PASSWORD = "benchmark-only-password"
PAGE_AIM_MS, ROUNDS = 150, 40


def run(real_data: Path) -> list[dict[str, Any]]:
    """Rows of name, figure, aim, met."""
    with tempfile.TemporaryDirectory(prefix="firstmove-bench-") as folder:
        # The embedded server, run as root, must be able to walk to its files.
        Path(folder).chmod(0o755)
        home = Path(folder) / "home"
        environment = {**os.environ, "FIRSTMOVE_HOME": str(home)}
        environment.pop("DATABASE_URL", None)

        def firstmove(*words: str) -> float:
            clock = time.perf_counter()
            command = [sys.executable, "-m", "firstmove", *words]
            subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
            return time.perf_counter() - clock

        firstmove("init", "--currency", "USD", "--time-zone", "America/Chicago")
        intake = firstmove("intake", str(real_data / "iowa"))
        summary_file = Path(folder) / "plan.json"
        plan = firstmove("plan", "--as-of", AS_OF, "--json", str(summary_file))
        again = firstmove("plan", "--as-of", AS_OF, "--json", str(summary_file))
        summary = json.loads(summary_file.read_text())
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
        rows = [
            _row("firstmove intake: the whole folder, s", intake, aim=20.0),
            _row("firstmove plan: the first, with loading everything, s", plan, aim=None),
            _row("firstmove plan: again, the whole command, s", again, aim=None),
            _row(f"firstmove plan: {summary['pairs']:,} pairs to stored proposals, s", summary["seconds"], aim=10.0),
            _row(
                "firstmove plan: {lines:,} lines for {proposals} of {dealers} dealers".format_map(summary),
                None,
                aim=None,
            ),
            _row("largest memory of a command, GiB", peak, aim=None),
        ]
        return rows + _pages(environment, firstmove)


def _pages(environment: dict[str, str], firstmove: Callable[..., float]) -> list[dict[str, Any]]:
    dealer = _largest_dealer(environment)
    for email, role, party in (
        ("admin@bench.example", "admin", []),
        ("buyer@bench.example", "owner", ["--dealer", dealer]),
    ):
        firstmove("user", "add", "--email", email, "--name", role, "--role", role, "--password", PASSWORD, *party)
    with _serving(environment) as address:
        rows = []
        for email, audience in (("buyer@bench.example", "dealer"), ("admin@bench.example", "enterprise")):
            browser = _Browser(address)
            home_page = browser.sign_in(email)
            for path in _linked(browser, home_page, audience):
                times = [browser.timed(path) for _ in range(ROUNDS)]
                p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
                name = re.sub(r"/\d+/", "/…/", path)
                rows.append(_row(f"page {name}: p50 {p50:.0f} ms, p95 ms", round(p95, 1), aim=float(PAGE_AIM_MS)))
    return rows


def _linked(browser: "_Browser", start: str, audience: str) -> list[str]:
    """One address of every kind of page of the audience that can be reached by links from its first page.

    What is downloaded is no page.
    """
    kinds: dict[str, str] = {}
    files: set[str] = set()
    waiting = [start]
    while waiting:
        path = waiting.pop(0)
        page = browser.read(path)
        if page is None:
            kinds = {kind: address for kind, address in kinds.items() if address != path}
            files.add(re.sub(r"/\d+/", "/…/", path))
            continue
        for link in re.findall(rf'(?:href|hx-get)="(/{audience}/[^"#]*)"', page):
            address = link.replace("&amp;", "&")
            kind = re.sub(r"/\d+/", "/…/", address.partition("?")[0])
            if kind not in kinds and kind not in files:
                kinds[kind] = address.partition("?")[0] if "category" not in address else address
                waiting.append(kinds[kind])
    return [start, *(path for path in kinds.values() if path != start)]


def _largest_dealer(environment: dict[str, str]) -> str:
    """The dealer with the most lines to confirm."""
    program = (
        "from firstmove.cli.database import ready\n"
        "with ready():\n"
        "    from firstmove.kernel import tenancy\n"
        "    from django.utils import timezone\n"
        "    from firstmove.domains.network import queries as network\n"
        "    from firstmove.domains.planning import queries as planning\n"
        "    with tenancy.scope(tenancy.SYSTEM):\n"
        "        on = network.enterprise(now=timezone.now()).business_on\n"
        "        largest = max(planning.standings(on=on).values(), key=lambda s: s.lines)\n"
        "        print(network.dealer(dealer_id=largest.dealer_id).code)\n"
    )
    found = subprocess.run([sys.executable, "-c", program], check=True, env=environment, capture_output=True, text=True)
    return found.stdout.strip()


@contextmanager
def _serving(environment: dict[str, str]) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    up = subprocess.Popen(
        [sys.executable, "-m", "firstmove", "up", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/sign-in/", timeout=5).read()  # noqa: S310 (our own address)
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        up.terminate()
        up.wait(30)


class _Browser:
    """Cookies and a clock."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def sign_in(self, email: str) -> str:
        """The path of the audience's first page."""
        self.read("/sign-in/")
        token = next(cookie.value for cookie in self.jar if cookie.name == "csrftoken")
        form = urllib.parse.urlencode({"email": email, "password": PASSWORD, "csrfmiddlewaretoken": token}).encode()
        request = urllib.request.Request(f"{self.address}/sign-in/", form, {"Referer": self.address})  # noqa: S310
        with self.opener.open(request) as answer:
            return urllib.parse.urlsplit(answer.url).path

    def read(self, path: str) -> str | None:
        """The page; None where the answer is a file."""
        with self.opener.open(self.address + path) as answer:
            content = answer.read()
            return content.decode() if answer.headers.get_content_type() == "text/html" else None

    def timed(self, path: str) -> float:
        """Milliseconds from asking to the last byte."""
        clock = time.perf_counter()
        self.read(path)
        return (time.perf_counter() - clock) * 1000


def _row(name: str, figure: float | None, *, aim: float | None) -> dict[str, Any]:
    met = None if aim is None or figure is None else figure <= aim
    return {"name": name, "figure": figure, "aim": None if aim is None else f"≤ {aim:g}", "met": met}
