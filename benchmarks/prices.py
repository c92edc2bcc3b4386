"""Every price of one dealer, from the lists in PostgreSQL to quotes with their reason, as the dealer's catalogue asks.

A real installation in a folder of its own: 10,000 products, everybody's list with a step each, a tier's list with a
step each, a region's list, and lists of 50 dealers and a contract: 128,000 rows. Read as a dealer, under row-level
security; the median of 15, by the wall clock and by the CPU of this process.
"""

import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

PRODUCTS, DEALERS, ROUNDS, AIM_MS = 10_000, 50, 15, 100
TODAY = dt.date(2026, 3, 2)


def run(_real_data: Path) -> list[dict[str, Any]]:
    """Rows of name, figure, aim, met."""
    with tempfile.TemporaryDirectory(prefix="firstmove-prices-") as folder:
        # The embedded server, run as root, must be able to walk to its files.
        Path(folder).chmod(0o755)
        environment = {
            **os.environ, "FIRSTMOVE_HOME": str(Path(folder) / "home"), "PYTHONPATH": os.pathsep.join(sys.path)
        }  # fmt: skip
        environment.pop("DATABASE_URL", None)
        command = [sys.executable, "-m", "benchmarks.prices"]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    name = f"prices of {PRODUCTS:,} products for one dealer, of {found['rows']:,} rows"
    return [
        {"name": f"{name}, ms", "figure": found["ms"], "aim": f"≤ {AIM_MS}", "met": found["ms"] <= AIM_MS},
        {"name": f"{name}: CPU-ms of this process", "figure": found["cpu_ms"], "aim": None, "met": None},
        {"name": f"{name}: its share of the aim", "figure": found["ms"] / AIM_MS, "aim": None, "met": None},
    ]


def _furnish() -> int:
    from firstmove.domains.catalog import operations as catalog
    from firstmove.domains.network import operations as network

    network.initialise(name="prices", currency="CNY", time_zone="Asia/Shanghai")
    network.upsert_dealers(
        rows=[{"code": f"D{n}", "name": f"D{n}", "tier": "AB"[n % 2], "region": "North"} for n in range(DEALERS)]
    )
    skus = [f"P{n:05d}" for n in range(PRODUCTS)]
    catalog.upsert_products(rows=[{"sku": sku, "name": sku} for sku in skus])
    lists: list[dict[str, Any]] = [{}, {"from_quantity": 24}]
    lists += [{"tier": tier, "from_quantity": units, "valid_from": TODAY} for tier in "AB" for units in (1, 48)]
    rows = [{"sku": sku, "price": 10 + n % 7 / 10, **party} for party in lists for n, sku in enumerate(skus)]
    rows += [{"sku": sku, "price": 9, "region": "North"} for sku in skus[::2]]
    rows += [{"sku": sku, "price": 8, "dealer": f"D{n}"} for n in range(DEALERS) for sku in skus[n :: PRODUCTS // 1200]]
    rows += [{"sku": sku, "price": 7, "dealer": "D0", "contract": "C-1"} for sku in skus[:500]]
    return catalog.upsert_prices(rows=rows).added


def _measure() -> dict[str, Any]:
    from django.db import connection

    from firstmove.domains.catalog import queries
    from firstmove.domains.network.queries import dealer_ids_by_code
    from firstmove.kernel import tenancy

    rows = _furnish()
    with tenancy.scope(tenancy.SYSTEM):
        dealer_id = dealer_ids_by_code()["D0"]
        ids = list(queries.product_ids_by_sku().values())
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    walls, spents = [], []
    wanted = dict.fromkeys(ids, Decimal(30))
    actor = tenancy.Actor(kind="dealer", user_id=None, dealer_id=dealer_id)
    for _round in range(ROUNDS):
        with tenancy.scope(actor):
            wall, spent = time.perf_counter(), time.process_time()
            found = queries.prices_for(dealer_id=dealer_id, on=TODAY, quantities=wanted)
            walls.append(time.perf_counter() - wall)
            spents.append(time.process_time() - spent)
        if len(found) != PRODUCTS:
            raise RuntimeError(f"{len(found)} of {PRODUCTS} products have a price")
    return {"rows": rows, "ms": statistics.median(walls) * 1e3, "cpu_ms": statistics.median(spents) * 1e3}


def main() -> None:
    from firstmove.cli.database import ready

    with ready():
        print(json.dumps(_measure()))


if __name__ == "__main__":
    main()
