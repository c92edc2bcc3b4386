"""A morning's plan of networks of 37,000, 500,000 and a million pairs × 730 days, from the series store to stored rows.

The network is generated (`benchmarks.generated`); master data, stock counts and proposals are real rows of a real
installation in a folder of its own. Time is that of one run in a fresh process, with loading the compiled kernels, by
the wall clock, and CPU of the process and of PostgreSQL; memory is the largest sum over both (proportional set size, so
that what processes share is counted once).
"""

import datetime as dt
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.generated import AS_OF, Network, products, stock, write_series

SIZES = {37_000: Network(37, 1000), 500_000: Network(250, 2000), 1_000_000: Network(500, 2000)}
AIM_SECONDS = {37_000: 2.0, 500_000: 30.0, 1_000_000: 150.0}
AIM_GIB = 6.0
NOW = dt.datetime.combine(AS_OF + dt.timedelta(days=1), dt.time(6), dt.UTC)


def run(_real_data: Path) -> list[dict[str, Any]]:
    """Rows of name, figure, aim, met."""
    return [row for size in SIZES for row in measured(size)]


def measured(size: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="firstmove-scale-") as folder:
        # The embedded server, run as root, must be able to walk to its files.
        Path(folder).chmod(0o755)
        home = Path(folder) / "home"
        environment = {**os.environ, "FIRSTMOVE_HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}
        environment.pop("DATABASE_URL", None)

        def step(name: str) -> dict[str, Any]:
            command = [sys.executable, "-m", "benchmarks.scale", name, str(size)]
            process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
            with _Watch(home, process.pid) as watch:
                out, _ = process.communicate()
            if process.returncode:
                raise RuntimeError(f"benchmarks.scale {name} {size} failed; see above")
            return {**json.loads(out.splitlines()[-1]), "gib": watch.peak_gib, "server_cpu": watch.server_cpu}

        step("prepare")
        figures = step("plan")
    name = f"plan of {size:,} pairs × 730 days"
    seconds, gib = figures["seconds"], figures["gib"]
    steps = ", ".join(f"{step} {took:.1f}" for step, took in figures["steps"].items())
    return [
        _row(f"{name}: series to {figures['lines']:,} stored lines, s", seconds, AIM_SECONDS[size]),
        _row(f"{name}: seconds of {steps}", None, None),
        _row(f"{name}: CPU-seconds of the run", figures["cpu"], None),
        _row(f"{name}: CPU-seconds of PostgreSQL", figures["server_cpu"], None),
        _row(f"{name}: largest memory, with PostgreSQL, GiB", gib, AIM_GIB),
    ]


def _row(name: str, figure: float | None, aim: float | None) -> dict[str, Any]:
    met = None if aim is None or figure is None else figure <= aim
    return {"name": name, "figure": figure, "aim": None if aim is None else f"≤ {aim:g}", "met": met}


class _Watch:
    """What a process, its children, and the embedded server of `home` take: memory at most (proportional set size, so
    that what processes share is counted once), and the CPU time of the server."""

    def __init__(self, home: Path, pid: int) -> None:
        self.peak_gib = 0.0
        self._home, self._pid = str(home), pid
        self._spent: dict[int, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def server_cpu(self) -> float:
        return sum(seconds for pid, seconds in self._spent.items() if pid != self._pid)

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            self.peak_gib = max(self.peak_gib, self._sum() / 2**20)

    def _sum(self) -> float:
        parents: dict[int, int] = {}
        spent: dict[int, float] = {}
        ours = {self._pid}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                    parents[int(entry.name)] = int(fields[1])
                    spent[int(entry.name)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                    if self._home in (entry / "cmdline").read_text():
                        ours.add(int(entry.name))
                except OSError:
                    continue
        while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
            ours |= more
        self._spent |= {pid: spent[pid] for pid in ours if pid in spent}
        return sum(_pss_kib(pid) for pid in ours)


def _pss_kib(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((float(line.split()[1]) for line in lines if line.startswith("Pss:")), 0.0)


def furnish(network: Network) -> None:
    """Master data, counted stock and series of the network into an empty installation that is ready."""
    from django.conf import settings

    from firstmove.domains.catalog import operations as catalog
    from firstmove.domains.network import operations as enterprise
    from firstmove.lake.store import Lake

    enterprise.initialise(name="scale", currency="CNY", time_zone="Asia/Shanghai")
    enterprise.upsert_dealers(rows=[{"code": code, "name": code} for code in network.dealer_codes()])
    catalog.upsert_products(rows=products(network))
    Lake(settings.LAKE_ROOT).write(table="stock_daily", rows=stock(network), source="generated", batch_id="stock")
    write_series(network, _generated())


def reading(network: Network) -> Callable[..., Any]:
    """How a run reads the generated network: for `operations.plan(reading=...)`."""
    import polars as pl

    from firstmove.domains.planning.operations.inputs import around

    files = sorted(_generated().glob("bucket-*.parquet"))
    pairs = pl.concat(pl.read_parquet(file, columns=["dealer", "sku", "bucket"]) for file in files)

    def read(*, folder: Path, **given: Any) -> Any:
        # As if it had been derived there: where pages look for the histories of the run.
        shutil.copytree(_generated(), folder, copy_function=os.link)
        return around(pairs=pairs, buckets=network.buckets, folder=folder, **given)

    return read


def _prepare(network: Network) -> dict[str, Any]:
    furnish(network)
    # The first run compiles what is not compiled yet, and leaves an outlook that the next one has to replace.
    _planned(network)
    return {}


def _planned(network: Network) -> dict[str, Any]:
    from firstmove.domains.planning import operations

    read = reading(network)
    steps: dict[str, float] = {}
    current = ["", time.perf_counter()]

    def progress(_share: float, step: str) -> None:
        if step != current[0]:
            now = time.perf_counter()
            if current[0]:
                steps[str(current[0])] = now - float(current[1])
            current[:] = [step, now]

    spent = time.process_time()
    clock = time.perf_counter()

    summary = operations.plan(now=NOW, as_of=AS_OF, progress=progress, reading=read)
    return {
        "seconds": time.perf_counter() - clock,
        "cpu": time.process_time() - spent,
        "lines": summary.lines,
        "pairs": summary.pairs,
        "steps": steps,
    }


@functools.cache
def _generated() -> Path:
    from firstmove.kernel import home

    return home.path() / "generated"


def main() -> None:
    from firstmove.cli.database import ready

    step, size = sys.argv[1:]
    network = SIZES.get(int(size)) or Network(int(size) // 1000, 1000)
    with ready():
        print(json.dumps({"prepare": _prepare, "plan": _planned}[step](network)))


if __name__ == "__main__":
    main()
