"""A machine dies in the middle of a run on a Ray cluster of two: nothing is lost, and the results are the same.

Two Ray nodes on this machine, in processes of their own, a core each. The run of a generated network of 16,000 pairs is
computed on threads first and then on the cluster. A quarter of the way the second node is killed with what it is
computing; every beginning of a partition is written down, so that what had to be computed again can be counted.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.generated import AS_OF, Network
from benchmarks.scale import furnish, reading
from firstmove.domains.planning import partitions
from firstmove.domains.planning.executors import Executor, Local, Ray
from firstmove.domains.planning.partitions import Facts, Partition
from firstmove.engine.demand.distribution import PooledQuantiles

NETWORK = Network(dealers=64, products=250)
KILLED_AT = 0.25
Known = tuple[Facts, PooledQuantiles, Path]


def run(_real_data: Path) -> list[dict[str, Any]]:
    """Rows of name, figure, aim, met."""
    with tempfile.TemporaryDirectory(prefix="firstmove-cluster-") as folder:
        # The embedded server, run as root, must be able to walk to its files.
        Path(folder).chmod(0o755)
        # Nodes are processes: what they import has to be found without this program's path.
        path = os.pathsep.join(part for part in sys.path if part)
        environment = {**os.environ, "FIRSTMOVE_HOME": str(Path(folder) / "home"), "PYTHONPATH": path}
        environment.pop("DATABASE_URL", None)
        # Not as the main program: workers look up by its module's name what they are sent.
        program = (
            f"import json, pathlib, benchmarks.cluster as c; print(json.dumps(c.compared(pathlib.Path({folder!r}))))"
        )
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout.splitlines()[-1])


def compared(folder: Path) -> list[dict[str, Any]]:
    """The same run on threads, on two nodes, and on two of which one is killed."""
    from ray import init, shutdown
    from ray.cluster_utils import Cluster

    known, parts = _read(folder)
    expected, _ = _decided(Local(), known, parts)
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        second = cluster.add_node(num_cpus=1)
        init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
        whole, quiet = _decided(Ray(), known, parts)
        before = _begun(known)
        survived, killed = _decided(Ray(), known, parts, kill=lambda: cluster.remove_node(second, allow_graceful=False))
        again = _begun(known) - before - len(parts)
        nodes = len(cluster.list_all_nodes())
    finally:
        shutdown()
        cluster.shutdown()
    return [
        _row("cluster: results on two nodes are those on threads (1: yes)", int(whole.equals(expected)), 1),
        _row("cluster: and after one of two nodes was killed (1: yes)", int(survived.equals(expected)), 1),
        _row("cluster: pairs lost with the node", expected.height - survived.height, 0),
        _row("cluster: nodes left", nodes, 1),
        _row("cluster: partitions that were computed again", again, None),
        _row(f"cluster: {expected.height:,} pairs on two nodes, s", quiet, None),
        _row("cluster: the same with one killed, s", killed, None),
    ]


def written_down(known: Known, part: Partition) -> pl.DataFrame:
    """`partitions.decide` that leaves a trace of its beginning."""
    facts, pooled, begun = known
    (begun / uuid.uuid4().hex).touch()
    return partitions.decide((facts, pooled), part)


def _read(folder: Path) -> tuple[Known, list[Partition]]:
    """What a run reads of the generated network, from the installation's own database, and what it learns."""
    from firstmove.cli.database import ready

    begun = folder / "begun"
    begun.mkdir()
    with ready():
        from django.conf import settings

        from firstmove.domains.planning.operations import pipeline
        from firstmove.domains.planning.operations.scenarios import named
        from firstmove.kernel import tenancy
        from firstmove.lake.store import Lake

        furnish(NETWORK)
        lake = Lake(settings.LAKE_ROOT)
        with tenancy.scope(tenancy.SYSTEM):
            inputs = reading(NETWORK)(
                lake=lake, as_of=AS_OF, versions=lake.versions(), scenario=named("reactive-opening"),
                folder=folder / "series", partitions=None,
            )  # fmt: skip
        return (inputs.facts, pipeline.learn(inputs, Local()), begun), inputs.partitions


def _decided(
    executor: Executor, known: Known, parts: list[Partition], *, kill: Callable[[], object] | None = None
) -> tuple[pl.DataFrame, float]:
    """All results and the seconds that they took; a quarter of the way `kill` is called."""
    clock = time.perf_counter()
    results = []
    with executor:
        for number, result in enumerate(executor.map(written_down, known, parts), start=1):
            results.append(result)
            if kill and number == int(len(parts) * KILLED_AT):
                kill()
    return pl.concat(results).sort("dealer", "sku"), time.perf_counter() - clock


def _begun(known: Known) -> int:
    return len(list(known[2].iterdir()))


def _row(name: str, figure: float, wanted: int | None) -> dict[str, Any]:
    return {"name": name, "figure": figure, "aim": wanted, "met": None if wanted is None else figure == wanted}
