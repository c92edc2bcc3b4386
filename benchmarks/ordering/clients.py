"""Programs that order and people who look at lists: threads of one process, each with a connection that it keeps."""

import http.client
import json
import random
import re
import statistics
import sys
import threading
import time
import urllib.parse
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.ordering.world import LAST, sku

LINES, LARGE, LARGE_ORDERS, WARM_SECONDS = 5, 1000, 3, 3.0


class Program:
    """A dealer's program with its key."""

    def __init__(self, address: str, token: str) -> None:
        parts = urllib.parse.urlsplit(address)
        self._connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=120)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def order(self, lines: list[tuple[str, int]]) -> tuple[int, dict[str, Any]]:
        body = json.dumps({"lines": [{"sku": code, "quantity": units} for code, units in lines]})
        headers = {**self._headers, "Idempotency-Key": uuid.uuid4().hex}
        self._connection.request("POST", "/api/v1/orders", body, headers)
        answer = self._connection.getresponse()
        return answer.status, json.loads(answer.read())


def load(address: str, world: dict[str, Any], clients: int, seconds: float) -> dict[str, Any]:
    """`clients` order for `seconds` without a pause, after a warm-up that counts for nothing but the books.

    Prints a line when it is warm and another when the time is over.
    """
    products = range(world["products"])
    # Some articles go far more often than others, so that orders meet at their balances.
    popularity = [1 / (n + 20) for n in products]
    over = threading.Event()
    answered: list[list[tuple[float, float, str]]] = [[] for _ in range(clients)]
    failed: list[tuple[float, int, Any]] = []

    def act(number: int) -> None:
        program, chance = Program(address, world["tokens"][number]), random.Random(number)  # noqa: S311 (articles)
        while not over.is_set():
            chosen: dict[int, int] = {}
            while len(chosen) < LINES:
                n = chance.choices(products, popularity)[0]
                chosen[n] = 12 * chance.randint(1, 5)
            began = time.perf_counter()
            status, told = program.order([(sku(n), units) for n, units in chosen.items()])
            ended = time.perf_counter()
            if status == 201:
                answered[number].append((began, ended, told["number"]))
            else:
                failed.append((ended, status, told))

    threads = [threading.Thread(target=act, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    time.sleep(WARM_SECONDS)
    cpu, begin = time.process_time(), time.perf_counter()
    print("warm", flush=True)
    time.sleep(seconds)
    cpu, end = time.process_time() - cpu, time.perf_counter()
    print("over", flush=True)
    over.set()
    for thread in threads:
        thread.join()
    if failed:
        print(f"for example: {failed[0][1:]}", file=sys.stderr)
    took = sorted(1000 * (e - b) for rows in answered for b, e, _number in rows if begin <= e <= end)
    return {
        "orders": len(took),
        "seconds": end - begin,
        "p50_ms": statistics.median(took),
        "p95_ms": statistics.quantiles(took, n=20)[-1],
        "failed": len(failed),
        "client_cpu": cpu,
        "numbers": [number for rows in answered for _b, _e, number in rows],
    }


def large(address: str, world: dict[str, Any]) -> dict[str, Any]:
    """Orders of a thousand lines, one after the other."""
    program = Program(address, world["tokens"][0])
    lines = [(sku(n), 12) for n in range(LARGE)]
    seconds, numbers = [], []
    for _round in range(LARGE_ORDERS):
        began = time.perf_counter()
        status, told = program.order(lines)
        seconds.append(time.perf_counter() - began)
        if status != 201:
            raise RuntimeError(f"an order of {LARGE} lines was answered {status}: {told}")
        numbers.append(told["number"])
    return {"lines": LARGE, "orders": LARGE_ORDERS, "seconds": statistics.median(seconds), "numbers": numbers}


def last(address: str, world: dict[str, Any], buyers: int) -> dict[str, Any]:
    """Each wants one of the last units with something else, named before or after it."""
    gate = threading.Barrier(buyers)
    outcomes: list[tuple[int, dict[str, Any]]] = []

    def act(number: int) -> None:
        program = Program(address, world["tokens"][number])
        lines = [(LAST, 1), (sku(number % 3), 12), (sku(3 + number % 2), 12)]
        gate.wait(30)
        outcomes.append(program.order(lines if number % 2 else lines[::-1]))

    threads = [threading.Thread(target=act, args=(number,)) for number in range(buyers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [told for status, told in outcomes if status == 409 and told["type"].endswith("out-of-stock")]
    numbers = [told["number"] for status, told in outcomes if status == 201]
    return {"sold": len(numbers), "refused": len(refused), "numbers": numbers}


def lists(address: str, world: dict[str, Any], rounds: int) -> dict[str, Any]:
    """Pages of the order list as the enterprise and as one big dealer, each asked for `rounds` times."""
    from benchmarks.installation import _Browser

    found = []
    for audience, email in (("enterprise", world["admin"]), ("dealer", world["owner"])):
        browser = _Browser(address)
        browser.sign_in(email)
        start = f"/{audience}/orders/"
        first = browser.read(start) or ""
        some = re.findall(r"SO\d{6}-\d+", first)[-1]
        old = re.findall(r"SO\d{6}-\d+", browser.read(f"{start}?page=last") or "")[-1]
        kinds = {
            "first page": "",
            "last page": "?page=last",
            "page 40": "?page=40",
            "search by number": f"?q={some}",
            "search by the oldest number": f"?q={old}",
            "search by the beginning of a number": f"?q={old[:6]}",
            "search by dealer": "?q=Dealer+7+of",
            "search by article's code": f"?q={sku(1234)}",
            "search by the most common article's code": f"?q={sku(0)}",
            "search for nothing that is there": "?q=zzzz-nothing",
            "under way": "?state=open",
            "under way, search by article's code": f"?state=open&q={sku(12)}",
        }
        for name, query in kinds.items():
            times = [browser.timed(start + query) for _round in range(rounds)]
            found.append(
                {
                    "name": f"{audience}, {name}",
                    "p50_ms": statistics.median(times),
                    "p95_ms": statistics.quantiles(times, n=20)[-1],
                }
            )
    return {"pages": found}


def main() -> None:
    act, address, world_file, *rest = sys.argv[1:]
    world = json.loads(Path(world_file).read_text())
    acts: dict[str, Callable[[], dict[str, Any]]] = {
        "load": lambda: load(address, world, int(rest[0]), float(rest[1])),
        "large": lambda: large(address, world),
        "last": lambda: last(address, world, int(rest[0])),
        "lists": lambda: lists(address, world, int(rest[0])),
    }
    print(json.dumps(acts[act]()))


if __name__ == "__main__":
    main()
