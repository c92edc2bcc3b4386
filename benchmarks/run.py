"""Every benchmark as one table: `make bench`. Times are of this machine today; ratios hold longer."""

import importlib
import itertools
import os
import platform
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent
PARTS = ("lake", "engine", "replay", "installation", "prices", "ordering", "scale", "cluster", "oracle")
# These make what they measure.
GENERATED = {"prices", "ordering", "scale", "cluster"}


def main() -> int:
    data = Path(os.environ.get("FIRSTMOVE_REAL_DATA", HERE.parents[1] / "shared" / "data"))
    asked = sys.argv[1:] or PARTS
    if not (data / "iowa").is_dir() and set(asked) - GENERATED:
        print("These benchmarks read real data: set FIRSTMOVE_REAL_DATA to the folder that holds iowa/.")
        return 1
    sys.path.insert(0, str(HERE.parent))
    return shown(f"{data.name}/iowa", (importlib.import_module(f"benchmarks.{part}").run(data) for part in asked))


def shown(title: str, parts: Iterable[list[dict[str, Any]]]) -> int:
    """Print the rows of all parts as one table; returns 0. `benchmarks.<part>.run` says what a row is."""
    table = Table(title=f"{os.cpu_count()} cores, Python {platform.python_version()}, {title}")
    for column, justify in (("what", "left"), ("figure", "right"), ("aim", "right"), ("", "left")):
        table.add_column(column, justify=justify)
    missed = 0
    for row in itertools.chain.from_iterable(parts):
        verdict = {True: "met", False: "MISSED", None: ""}[row["met"]]
        missed += row["met"] is False
        table.add_row(row["name"], _figure(row["figure"]), _figure(row["aim"]), verdict)
    console = Console(width=130)
    console.print(table)
    console.print(f"{missed} aims missed" if missed else "every aim met")
    return 0


def _figure(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    sys.exit(main())
