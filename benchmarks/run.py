"""Every benchmark on real data, as one table: `make bench`. Times are of this machine today; ratios hold longer."""

import importlib
import os
import platform
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent
PARTS = ("lake", "engine", "replay", "installation", "prices", "scale", "cluster", "oracle")


def main() -> int:
    data = Path(os.environ.get("FIRSTMOVE_REAL_DATA", HERE.parents[1] / "shared" / "data"))
    console = Console(width=130)
    if not (data / "iowa").is_dir():
        console.print("The benchmarks read real data: set FIRSTMOVE_REAL_DATA to the folder that holds iowa/.")
        return 1
    sys.path.insert(0, str(HERE.parent))
    table = Table(title=f"{os.cpu_count()} cores, Python {platform.python_version()}, {data.name}/iowa")
    for column, justify in (("what", "left"), ("figure", "right"), ("aim", "right"), ("", "left")):
        table.add_column(column, justify=justify)
    asked = sys.argv[1:] or PARTS
    missed = 0
    for part in asked:
        for row in importlib.import_module(f"benchmarks.{part}").run(data):
            verdict = {True: "met", False: "MISSED", None: ""}[row["met"]]
            missed += row["met"] is False
            table.add_row(row["name"], _figure(row["figure"]), _figure(row["aim"]), verdict)
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
