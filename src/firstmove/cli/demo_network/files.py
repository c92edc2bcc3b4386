"""Writing a folder that the intake reads, and refusing one that holds something else."""

import json
from fnmatch import fnmatch
from pathlib import Path

import polars as pl

from firstmove.kernel.errors import Conflict

NETWORK_FILE = "network.json"  # written last: a folder with it is complete
OWN_FILES = (
    NETWORK_FILE,
    "dealers.csv",
    "suppliers.csv",
    "products.csv",
    "customers.csv",
    "prices.csv",
    "promotions.csv",
    "lead_times.csv",
    "production.csv",
    "supply.csv",
    "capacity.csv",
    "warehouse.csv",
    "sales_*.parquet",
    "stock.parquet",
    "orders.parquet",
    "shipments.parquet",
)


class FolderInUseError(Conflict):
    """The folder holds files that the demo network did not write."""

    code = "folder-in-use"


def prepare(folder: Path) -> None:
    """Make ``folder`` if need be and remove an earlier demo network from it.

    Raises `FolderInUseError` where anything else lies in it, and then removes nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = sorted(folder.iterdir())
    foreign = [path.name for path in found if not any(fnmatch(path.name, pattern) for pattern in OWN_FILES)]
    network = folder / NETWORK_FILE
    if not foreign and network.exists() and not _is_demo(network):
        foreign = [NETWORK_FILE]
    if foreign:
        raise FolderInUseError(
            f"{folder} holds {foreign[0]}, which the demo network did not write.",
            "Name an empty folder, or move what is there.",
        )
    for path in found:
        path.unlink()


def write_table(folder: Path, name: str, frame: pl.DataFrame) -> None:
    """Write ``frame`` as CSV or Parquet, as ``name`` ends. The same rows give the same bytes."""
    path = folder / name
    if path.suffix == ".csv":
        frame.write_csv(path)
    else:
        frame.write_parquet(path, compression="zstd", compression_level=1, row_group_size=250_000)


def write_network(folder: Path, facts: dict[str, object]) -> None:
    (folder / NETWORK_FILE).write_text(json.dumps(facts, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _is_demo(path: Path) -> bool:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(facts, dict) and facts.get("demo") is True
