"""How fast history comes in: the real network's 2.85 million sales lines, parsed, checked and written."""

import datetime as dt
import tempfile
import time
from pathlib import Path
from typing import Any

from firstmove.lake.parse import Known, read
from firstmove.lake.scope import LakeScope
from firstmove.lake.series import build
from firstmove.lake.store import Lake

AS_OF = dt.date(2022, 6, 30)


def run(real_data: Path) -> list[dict[str, Any]]:
    """Measure on `real_data/iowa`; each result has name, figure, aim and whether it is met."""
    folder = Path(real_data) / "iowa"
    paths = sorted(folder.glob("sales_*.parquet"))
    dealers = next(read(folder / "dealers.csv", today=AS_OF, known=Known())).good["dealer"]
    known = Known(dealers=frozenset(dealers))
    with tempfile.TemporaryDirectory(prefix="firstmove-bench-") as home:
        lake = Lake(home)
        first, rows = _taken_in(lake, paths, known, "first")
        again, _ = _taken_in(lake, paths, known, "again")
        start = time.perf_counter()
        series = build(lake, as_of=AS_OF, versions=lake.versions())
        built = time.perf_counter() - start
        stored = lake.read(table="sales", scope=LakeScope.system(), columns=["line"]).height
    return [
        _result(f"intake of {rows:,} Parquet lines, s", first, 20),
        _result("intake of the same lines again, s", again, 20),
        {"name": "lines stored after both", "figure": stored, "aim": f"= {rows}", "met": stored == rows},
        _result(f"series of {series.frame.height:,} pairs from the lake, s", built, 3),
    ]


def _taken_in(lake: Lake, paths: list[Path], known: Known, batch: str) -> tuple[float, int]:
    start, rows = time.perf_counter(), 0
    for path in paths:
        for number, chunk in enumerate(read(path, today=AS_OF, known=known)):
            lake.write(table="sales", rows=chunk.good, source="iowa", batch_id=f"{batch}/{path.name}/{number}")
            rows += chunk.good.height
    return time.perf_counter() - start, rows


def _result(name: str, seconds: float, aim: float) -> dict[str, Any]:
    return {"name": name, "figure": round(seconds, 2), "aim": f"≤ {aim:g}", "met": seconds <= aim}
