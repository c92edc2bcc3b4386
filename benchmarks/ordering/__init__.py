"""Orders under load: five-line orders over HTTP, one of a thousand lines, the last ten units, a list of a million.

A real installation in a folder of its own, served exactly as `firstmove up` serves it: pages, worker and embedded
PostgreSQL, with the clients on the same cores. Orders come through the API by keys, each a dealer's own, with prices of
four kinds of lists, credit by an open account, reservation and shipment, audit, outbox, idempotency and a commit that
waits for the disk. Afterwards the database is asked whether every answered order is there once and every balance equals
its ledger. As the floor, the same rows by psycopg alone, without a check or an index more than the tables have.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.ordering.spent import Spent, spent_by

CLIENTS, LAST_UNITS, BUYERS_AT_ONCE = 16, 10, 50


@dataclass(frozen=True)
class Sizes:
    """`seconds` of load after the warm-up, `stored` orders in the list."""

    clients: int = CLIENTS
    seconds: float = 20.0
    stored: int = 1_000_000
    rounds: int = 20


def run(_real_data: Path, sizes: Sizes | None = None) -> list[dict[str, Any]]:
    """Rows of name, figure, aim, met."""
    sizes = sizes or Sizes()
    with tempfile.TemporaryDirectory(prefix="firstmove-ordering-") as folder:
        # The embedded server, run as root, must be able to walk to its files.
        Path(folder).chmod(0o755)
        environment = {
            **os.environ,
            "FIRSTMOVE_HOME": str(Path(folder) / "home"),
            "PYTHONPATH": os.pathsep.join(part for part in sys.path if part),
            # Sixteen programs that never pause are more than an installation lets one be by default.
            "FIRSTMOVE_API_PER_MINUTE": "1000000",
            # Forty refusals are what the last units are about, and no news.
            "FIRSTMOVE_LOG": "ERROR",
        }
        environment.pop("DATABASE_URL", None)
        world = _step(environment, "world", "furnish")
        world_file = Path(folder) / "world.json"
        world_file.write_text(json.dumps(world))
        with _serving(environment) as (address, up):
            told = [environment, address, str(world_file)]
            rows = _load(*told, up, sizes)
            rows += _large_order(*told)
            rows += _last_units(*told)
            rows += _checked(environment)
            rows += _floor(environment, sizes)
            rows += _lists(*told, sizes)
        return rows


def arguments(words: list[str]) -> Sizes:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ordering", description=__doc__)
    for name, default in Sizes().__dict__.items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    return Sizes(**vars(parser.parse_args(words)))


def _load(
    environment: dict[str, str], address: str, world: str, up: "subprocess.Popen[bytes]", sizes: Sizes
) -> list[dict[str, Any]]:
    home = Path(environment["FIRSTMOVE_HOME"])
    command = [*_module("clients"), "load", address, world, str(sizes.clients), str(sizes.seconds)]
    clients = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert clients.stdout is not None  # noqa: S101 (piped)
    clients.stdout.readline()  # they are warm
    before = spent_by(home=home, up=up.pid)
    clients.stdout.readline()  # the time is over
    spent = spent_by(home=home, up=up.pid) - before
    found = json.loads(clients.stdout.read())
    if clients.wait():
        raise RuntimeError("clients failed; see above")
    _told(environment, "load", found["numbers"])
    name = f"orders of 5 lines, {sizes.clients} clients"
    orders, rate = found["orders"], found["orders"] / found["seconds"]
    return [
        _row(f"{name}: orders a second", rate, at_least=60.0),
        _row(f"{name}: p50, ms", found["p50_ms"]),
        _row(f"{name}: p95, ms", found["p95_ms"], at_most=400.0),
        _row(f"{name}: refused or failed", found["failed"], at_most=0),
        *_spent_rows(name, spent, found["client_cpu"], orders),
    ]


def _spent_rows(name: str, spent: Spent, client_cpu: float, orders: int) -> list[dict[str, Any]]:
    parts = {"pages": spent.pages, "database": spent.database, "worker": spent.worker, "clients": client_cpu}
    rows = [_row(f"{name}: CPU-ms an order, {part}", 1000 * seconds / orders) for part, seconds in parts.items()]
    return [*rows, _row(f"{name}: CPU-ms an order, all", 1000 * sum(parts.values()) / orders)]


def _large_order(environment: dict[str, str], address: str, world: str) -> list[dict[str, Any]]:
    found = _step(environment, "clients", "large", address, world)
    _told(environment, "large", found["numbers"])
    return [_row(f"one order of {found['lines']:,} lines, median of {found['orders']}, s", found["seconds"], at_most=1)]


def _last_units(environment: dict[str, str], address: str, world: str) -> list[dict[str, Any]]:
    found = _step(environment, "clients", "last", address, world, str(BUYERS_AT_ONCE))
    _told(environment, "last", found["numbers"])
    name = f"{BUYERS_AT_ONCE} clients for {LAST_UNITS} units"
    return [
        {"name": f"{name}: sold", "figure": found["sold"], "aim": LAST_UNITS, "met": found["sold"] == LAST_UNITS},
        {
            "name": f"{name}: told that it is out of stock",
            "figure": found["refused"],
            "aim": BUYERS_AT_ONCE - LAST_UNITS,
            "met": found["refused"] == BUYERS_AT_ONCE - LAST_UNITS,
        },
    ]


def _told(environment: dict[str, str], kind: str, numbers: list[str]) -> None:
    """Keep the numbers of the orders that were answered, for `world.verify`."""
    (Path(environment["FIRSTMOVE_HOME"]) / f"answered-{kind}.json").write_text(json.dumps(numbers))


def _checked(environment: dict[str, str]) -> list[dict[str, Any]]:
    found = _step(environment, "world", "verify")
    return [{"name": f"afterwards: {what}", "figure": n, "aim": 0, "met": n == 0} for what, n in found.items()]


def _floor(environment: dict[str, str], sizes: Sizes) -> list[dict[str, Any]]:
    found = _step(environment, "floor", str(sizes.clients), str(min(sizes.seconds, 5.0)))
    name = "the same rows by psycopg alone, without any check"
    return [
        _row(f"{name}: orders a second", found["orders"] / found["seconds"]),
        _row(f"{name}: CPU-ms an order, client and database", 1000 * found["cpu"] / found["orders"]),
    ]


def _lists(environment: dict[str, str], address: str, world: str, sizes: Sizes) -> list[dict[str, Any]]:
    took = _step(environment, "history", world, str(sizes.stored))
    rows = [_row(f"list: {took['orders']:,} orders and {took['lines']:,} lines written in s", took["seconds"])]
    found = _step(environment, "clients", "lists", address, world, str(sizes.rounds))
    for page in found["pages"]:
        rows.append(_row(f"list: {page['name']}: p50 {page['p50_ms']:.0f} ms, p95 ms", page["p95_ms"], at_most=150.0))
    return rows


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", f"benchmarks.ordering.{name}"]


def _step(environment: dict[str, str], module: str, *words: str) -> dict[str, Any]:
    """The last line that a part of this benchmark prints, in a process of its own."""
    done = subprocess.run([*_module(module), *words], env=environment, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def _serving(environment: dict[str, str]) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "firstmove", "up", "--port", str(port)]
    up = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/sign-in/", timeout=5).read()  # noqa: S310 (our own address)
                break
            except OSError:
                if up.poll() is not None:
                    raise RuntimeError("firstmove up ended; see above") from None
                time.sleep(0.2)
        yield address, up
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait(60)


def _row(name: str, figure: float, *, at_least: float | None = None, at_most: float | None = None) -> dict[str, Any]:
    if at_least is not None:
        return {"name": name, "figure": figure, "aim": f"≥ {at_least:g}", "met": figure >= at_least}
    if at_most is not None:
        return {"name": name, "figure": figure, "aim": f"≤ {at_most:g}", "met": figure <= at_most}
    return {"name": name, "figure": figure, "aim": None, "met": None}
