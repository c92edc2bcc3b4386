"""Speed and accuracy of the engine on the real network in `iowa/`.

Speed is measured in CPU-seconds of one process after the kernels are compiled, from dense history to order lines, over
every dealer × product pair with a sale in the last 52 weeks. Accuracy comes from the reference replay, a program of its
own beside the data, which is run as it is.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from firstmove.engine.demand.distribution import pool
from firstmove.engine.demand.history import dense
from firstmove.engine.inventory.replenishment import propose, spans
from firstmove.engine.twin.opening import reactive_opening

HISTORY_DAYS = 730
ACTIVE_DAYS = 364
PAIRS_PER_CPU_SECOND = 40_000
POLICY = "firstmove.engine.twin.reference:order_up_to"


def run(real_data: Path) -> list[dict[str, Any]]:
    """Rows (name, figure, aim, met) of the engine's benchmarks; `real_data` is the folder that holds `iowa/`."""
    return [*speed(real_data / "iowa"), *replay(real_data)]


def iowa(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Series and pairs of the pairs with a sale in the last 52 weeks, row-aligned; dealer margin 20 %."""
    sales = pl.scan_parquet(sorted(folder.glob("sales_*.parquet"))).select("date", "dealer", "sku", "quantity")
    last = sales.select(pl.col("date").max()).collect().item()
    day = HISTORY_DAYS - 1 - (pl.lit(last) - pl.col("date")).dt.total_days()
    daily = (
        sales.with_columns(day=day.cast(pl.Int32))
        .group_by("dealer", "sku", "day")
        .agg(pl.col("quantity").sum().cast(pl.Float32))
        .sort("dealer", "sku", "day")
        .collect()
    )
    active = daily.filter(pl.col("day") >= HISTORY_DAYS - ACTIVE_DAYS).select("dealer", "sku").unique()
    series = (
        daily.join(active, on=["dealer", "sku"])
        .group_by("dealer", "sku", maintain_order=True)
        .agg(
            days_known=HISTORY_DAYS - pl.col("day").min().cast(pl.Int64),
            quantity=pl.col("quantity").filter(pl.col("day") >= 0),
            day=pl.col("day").filter(pl.col("day") >= 0),
        )
        .with_columns(out_day=pl.lit([], pl.List(pl.Int32)))
        .sort("dealer", "sku")
    )
    products = pl.read_csv(folder / "products.csv", schema_overrides={"sku": pl.String, "barcode": pl.String})
    pairs = series.select("dealer", "sku", "days_known").join(products, on="sku", how="left", maintain_order="left")
    return series, pairs.select(
        "dealer",
        "sku",
        "days_known",
        pl.col("category").fill_null("?"),
        order_multiple_units=pl.col("inner_pack").fill_null(1),
        order_minimum_units=pl.lit(0, pl.Int64),
        lead_days=pl.lit(9, pl.Int64),
        review_days=pl.lit(7, pl.Int64),
        purchase_price=pl.col("unit_price").fill_null(1.0) * 0.8,
        sale_price=pl.col("unit_price").fill_null(1.0),
        holding_rate_per_year=pl.lit(0.2),
        proposable=pl.col("unit_price").is_not_null(),
    )


def speed(folder: Path) -> list[dict[str, Any]]:
    series, pairs = iowa(folder)
    started = time.process_time()
    history = dense(series, days=HISTORY_DAYS)
    key = pairs.select(pl.concat_str("dealer", "sku", separator="\0").hash(seed=1)).to_series().to_numpy()
    on_hand, pipeline = reactive_opening(history, multiple=pairs["order_multiple_units"].to_numpy(), key=key)
    pairs = pairs.with_columns(
        on_hand_units=pl.Series(on_hand, dtype=pl.Float64), in_transit_units=pl.Series(pipeline.sum(axis=1))
    )
    prepared = time.process_time()
    pooled = pool(history, spans=spans(pairs))
    shaped = time.process_time()
    propose(pairs.head(2), history[:2], pooled, service_quantile=0.95)
    warm = time.process_time()
    lines = propose(pairs, history, pooled, service_quantile=0.95)
    spent = time.process_time() - warm
    rate = len(lines) / spent
    peak_gib = peak_memory_bytes() / 2**30
    return [
        row("engine: pairs per CPU-second, dense history to lines", rate, aim=PAIRS_PER_CPU_SECOND, better="more"),
        row("engine: pairs with a sale in 52 weeks", len(lines)),
        row("engine: lines ordered", int((lines["quantity_units"] > 0).sum())),
        row("engine: series to dense history and opening stock, CPU-seconds with loading kernels", prepared - started),
        row("engine: pooling, CPU-seconds with loading kernels", shaped - prepared),
        row("engine: loading or compiling the rest, CPU-seconds", warm - shaped),
        row("engine: peak memory, GiB", peak_gib, aim=1.5, better="less"),
    ]


def replay(real_data: Path) -> list[dict[str, Any]]:
    """The reference replay with the engine as its policy, each figure beside `studentised`."""
    program = real_data.parent / "bench" / "replay_reference.py"
    if not program.exists():
        return [row(f"engine: replay left out, there is no {program}", 0)]
    source = Path(__file__).parent.parent / "src"
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "replay.json"
        subprocess.run(
            [sys.executable, program, real_data / "iowa", "--policy", POLICY, "--json", result],
            check=True,
            stdout=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": str(source)},
        )
        curves = json.loads(result.read_text())
    ours, theirs = curves[POLICY], curves["studentised"]
    rows = [
        row(f"replay: stock days at fill {fill}", round(held, 1), aim=round(aim, 1), better="less")
        for fill, held in ours["stock_days_at_fill"].items()
        if (aim := theirs["stock_days_at_fill"].get(fill)) is not None
    ]
    fill, aim = ours["fill_at_25_stock_days"], theirs["fill_at_25_stock_days"]
    return [*rows, row("replay: fill at 25 stock days", round(fill, 3), aim=round(aim, 3), better="more")]


def row(name: str, figure: float, *, aim: float | None = None, better: str = "") -> dict[str, Any]:
    met = None if aim is None else (figure >= aim if better == "more" else figure <= aim)
    return {"name": name, "figure": figure, "aim": aim, "met": met}


def peak_memory_bytes() -> int:
    """The most memory that this process has held. Linux counts in KiB."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    data = Path(os.environ.get("FIRSTMOVE_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))
    for line in run(data):
        figure = np.format_float_positional(line["figure"], precision=3, trim="-")
        print(f"{line['name']:85s} {figure:>12} aim {line['aim']} met {line['met']}")
