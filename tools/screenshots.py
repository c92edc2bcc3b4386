"""Take the pictures of README and guide from a demo network of their own: docs/images/*.png.

    python tools/screenshots.py               # about two minutes
    python tools/screenshots.py --only NAME   # one of them
    python tools/screenshots.py --home DIR    # keep the data folder, and use it again the next time

The demo ends on a fixed day, so the pictures change when the pages do and not with the calendar.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from browser import find
from playwright.sync_api import Browser, Page, sync_playwright

from firstmove.cli.demo import PASSWORD

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
# A Wednesday in the season: the orders of a Thursday morning.
UNTIL = dt.date(2026, 11, 18)
DESK, DOOR, PHONE = (1280, 960), (640, 600), (390, 844)
LARGEST_BYTES = 300_000
PATIENCE_SECONDS = 120.0
BROWSER_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
)


class ScreenshotError(Exception):
    """A picture could not be taken; the message says which and why."""


@dataclass(frozen=True)
class Shot:
    """A picture: who looks, at what, in which language and on which screen. `then` leads on from the address."""

    name: str
    person: str | None
    address: str
    language: str
    size: tuple[int, int] = DESK
    then: Callable[[Page], None] | None = None


def _first_link(pattern: str) -> Callable[[Page], None]:
    """Follow the first link of the page whose address ends as the pattern says."""

    def follow(page: Page) -> None:
        addresses = page.locator("main a[href]").evaluate_all("links => links.map(link => link.href)")
        found = next((address for address in addresses if re.search(rf"{pattern}$", address)), None)
        if found is None:
            raise ScreenshotError(f"{page.url} has no link to {pattern}.")
        page.goto(found)

    return follow


SHOTS = (
    Shot("sign-in", None, "/sign-in/", "zh-hans", DOOR),
    Shot("dealer-today", "dealer@demo.example", "/dealer/", "zh-hans"),
    Shot("dealer-today-phone", "buyer@demo.example", "/dealer/", "zh-hans", PHONE),
    Shot("dealer-proposal", "dealer@demo.example", "/dealer/", "zh-hans", then=_first_link(r"/proposals/\d+/")),
    Shot("dealer-line", "dealer@demo.example", "/dealer/", "zh-hans", then=_first_link(r"/lines/\d+/")),
    Shot("dealer-product", "dealer@demo.example", "/dealer/", "zh-hans", then=_first_link(r"/catalogue/\d+/")),
    Shot("enterprise-overview", "enterprise@demo.example", "/enterprise/", "en"),
    Shot("enterprise-dealers", "enterprise@demo.example", "/enterprise/dealers/", "en"),
    Shot("enterprise-intake", "enterprise@demo.example", "/enterprise/batches/", "en"),
)


@contextlib.contextmanager
def served(home: Path) -> Iterator[str]:
    """The demo network on a free port; everything that was started ends with it."""
    environment = {**os.environ, "FIRSTMOVE_HOME": str(home), "FIRSTMOVE_LANGUAGE": "en"}
    for name in ("DATABASE_URL", "FIRSTMOVE_LAKE"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "firstmove"]
    if not (home / "demo" / "network.json").exists():
        subprocess.run([*command, "demo", "--until", UNTIL.isoformat()], check=True, env=environment)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    up = subprocess.Popen([*command, "up", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address, up)
        yield address
    finally:
        up.terminate()
        up.wait(60)


def _wait(address: str, up: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if up.poll() is not None:
            raise ScreenshotError(f"firstmove up ended with {up.returncode} before it served a page.")
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"{address}/health/", timeout=5).close()  # noqa: S310 (an address of our own)
            return
        time.sleep(0.2)
    raise ScreenshotError(f"{address} did not answer within {PATIENCE_SECONDS:g} seconds.")


def take(shot: Shot, browser: Browser, address: str) -> Path:
    """Take one picture, in a session of its own."""
    width, height = shot.size
    phone = shot.size == PHONE
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=2 if phone else 1,
        is_mobile=phone,
        has_touch=phone,
        locale="zh-CN" if shot.language == "zh-hans" else "en-GB",
        reduced_motion="reduce",
    )
    try:
        page = context.new_page()
        if shot.person is not None:
            _sign_in(page, address, shot.person)
        _visit(page, shot, address + shot.address)
        if shot.then is not None:
            shot.then(page)
        if page.locator("html").get_attribute("lang") != shot.language:
            page.locator(f"form.language button[value='{shot.language}']").first.evaluate("button => button.click()")
            page.wait_for_load_state("networkidle")
        page.wait_for_load_state("networkidle")
        page.evaluate("document.fonts.ready")
        path = IMAGES / f"{shot.name}.png"
        page.screenshot(path=path, animations="disabled", caret="hide")
    finally:
        context.close()
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        raise ScreenshotError(f"{path.name} has {size:,} bytes; a picture of the repository has {LARGEST_BYTES:,}.")
    return path


def _sign_in(page: Page, address: str, email: str) -> None:
    page.goto(f"{address}/sign-in/")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button.btn-primary")
    page.wait_for_load_state("networkidle")
    if "/sign-in/" in page.url:
        raise ScreenshotError(f"{email} cannot sign in: {page.locator('main').inner_text()}")


def _visit(page: Page, shot: Shot, url: str) -> None:
    answer = page.goto(url)
    if answer is None or not answer.ok:
        raise ScreenshotError(f"{shot.name}: {url} answers {answer.status if answer else 'nothing'}.")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Take the pictures of README and guide.")
    parser.add_argument("--only", choices=[shot.name for shot in SHOTS], help="take one of them")
    parser.add_argument("--home", type=Path, help="a data folder to keep; default: one that is made and removed")
    options = parser.parse_args(arguments)
    chromium = find()
    if chromium is None:
        print("screenshots: no Chromium; python tools/browser.py installs one or says what is missing", file=sys.stderr)
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    failed = False
    with contextlib.ExitStack() as stack:
        home = options.home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="firstmove-pictures-")))
        address = stack.enter_context(served(home.absolute()))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium, args=list(BROWSER_ARGUMENTS))
        stack.callback(browser.close)
        for shot in SHOTS:
            if options.only in (None, shot.name):
                try:
                    path = take(shot, browser, address)
                    print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")
                except ScreenshotError as error:
                    print(f"screenshots: {error}", file=sys.stderr)
                    failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
