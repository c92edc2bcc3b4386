"""A machine dies in the middle of a run on a Ray cluster of two: nothing is lost, and the results are the same.

Two Ray nodes on this machine, in processes of their own, two cores each. A generated network of 16,000 pairs is decided
on threads first and then on the cluster. A quarter of the way the second node is killed with the partitions that it is
computing; every beginning of a partition is written down, so that what had to be computed again can be counted.
"""

import os
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.generated import AS_OF, Network, products, write_series
from firstmove.domains.planning import partitions
from firstmove.domains.planning.executors import Executor, Local, Ray
from firstmove.domains.planning.partitions import Facts, Partition
from firstmove.domains.planning.scenario import Scenario
from firstmove.engine.demand.distribution import PooledQuantiles, pool
from firstmove.engine.inventory.replenishment import spans
from firstmove.lake import series as series_store
from firstmove.lake.store import Lake

NETWORK = Network(dealers=64, products=250)
KILLED_AT = 0.25


def run(_real_data: Path) -> list[dict[str, Any]]:
    """Rows of name, figure, aim, met."""
    # Read by Ray when it is imported: on a busy machine a node may need more than the usual half minute to start.
    os.environ.setdefault("RAY_raylet_start_wait_time_s", "180")
    from ray import init, shutdown
    from ray.cluster_utils import Cluster

    with tempfile.TemporaryDirectory(prefix="firstmove-cluster-") as folder:
        series, begun = Path(folder) / "series", Path(folder) / "begun"
        begun.mkdir()
        write_series(NETWORK, series)
        facts, parts = _facts(series), _parts()
        limit = 2**64 - 1
        surveys = list(Local().map(partitions.survey, facts, [(part, limit) for part in parts]))
        pooled = pool(surveys[0].sample, spans=spans(facts.dealers))
        expected, _ = _decided(Local(), facts, pooled, parts, begun)

        # Nodes are processes: what they import has to be found without this program's path.
        os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "include_dashboard": False})
        second = cluster.add_node(num_cpus=2)
        init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
        try:
            whole, quiet = _decided(Ray(), facts, pooled, parts, begun)
            before = len(list(begun.iterdir()))
            survived, killed = _decided(
                Ray(), facts, pooled, parts, begun, kill=lambda: cluster.remove_node(second, allow_graceful=False)
            )
            again = len(list(begun.iterdir())) - before - len(parts)
            alive = len(cluster.list_all_nodes())
        finally:
            shutdown()
            cluster.shutdown()
    return [
        _row("cluster: results on two nodes as on threads", int(whole.equals(expected)), 1),
        _row("cluster: results as on threads after one of two nodes was killed", int(survived.equals(expected)), 1),
        _row("cluster: pairs lost with the node", expected.height - survived.height, 0),
        _row("cluster: nodes left", alive, 1),
        _row("cluster: partitions begun and computed again (0: it died between two)", again, None),
        _row(f"cluster: {expected.height:,} pairs on two nodes, s", quiet, None),
        _row("cluster: the same with one killed, s", killed, None),
    ]


def _row(name: str, figure: float, wanted: int | None) -> dict[str, Any]:
    return {"name": name, "figure": figure, "aim": wanted, "met": None if wanted is None else figure == wanted}


def written_down(known: tuple[Facts, PooledQuantiles, Path], part: Partition) -> pl.DataFrame:
    """`partitions.decide` that leaves a trace of its beginning."""
    facts, pooled, begun = known
    (begun / f"{part.buckets[0]}-{uuid.uuid4().hex}").touch()
    return partitions.decide((facts, pooled), part)


def _decided(
    executor: Executor,
    facts: Facts,
    pooled: PooledQuantiles,
    parts: list[Partition],
    begun: Path,
    *,
    kill: Any = None,
) -> tuple[pl.DataFrame, float]:
    clock = time.perf_counter()
    results = []
    with executor:
        for number, result in enumerate(executor.map(written_down, (facts, pooled, begun), parts), start=1):
            results.append(result)
            if kill and number == int(len(parts) * KILLED_AT):
                kill()
    return pl.concat(results).sort("dealer", "sku"), time.perf_counter() - clock


def _facts(series: Path) -> Facts:
    """The network as a run would read it from the database: master data without exceptions, prices assumed."""
    listed = [
        {
            "sku": row["sku"],
            "product_id": number,
            "category": row["category"],
            "order_multiple_units": row["multiple"],
            "order_minimum_units": row["minimum"],
            "sale_price": row["unit_price"],
            "proposable": True,
        }
        for number, row in enumerate(products(NETWORK))
    ]
    dealers = [
        {
            "dealer": code,
            "dealer_id": number,
            "lead_days": 9,
            "lead_class": 0,
            "lead_variance": 0.0,
            "lead_assumed": True,
            "review_days": 7,
            "review_assumed": True,
        }
        for number, code in enumerate(NETWORK.dealer_codes())
    ]
    return Facts(
        as_of=AS_OF,
        scenario=Scenario(),
        series=str(series),
        products=pl.DataFrame(listed),
        dealers=pl.DataFrame(dealers),
        leads={},
        prices=pl.DataFrame(schema={"product_id": pl.Int64, "common": pl.Float64}),
    )


def _parts() -> list[Partition]:
    """A partition a bucket; nobody counts stock and nothing was ordered, so the scenario supplies all of it."""
    with tempfile.TemporaryDirectory() as empty:
        lake = Lake(empty)
        positions = series_store.positions(lake, as_of=AS_OF, versions={})
        arrivals = series_store.arrivals(lake, as_of=AS_OF, versions={})
    prices = pl.DataFrame(schema={"product_id": pl.Int64, "dealer_id": pl.Int64, "own": pl.Float64})
    taken = sorted({series_store.bucket_of(code, buckets=NETWORK.buckets) for code in NETWORK.dealer_codes()})
    return [Partition(buckets=(bucket,), prices=prices, positions=positions, arrivals=arrivals) for bucket in taken]
