"""What the engine's forecasts and orders are worth on the real network, by `firstmove evaluate`.

Accuracy and speed of a configuration stand side by side, so that neither borrows from the other. Ratios are taken
within the run. Everything that a method rests on was chosen or learned before the window.
"""

import datetime as dt
import time
from pathlib import Path
from typing import Any

from benchmarks.engine import row
from firstmove.cli.evaluation import measuring
from firstmove.cli.evaluation.folder import open_network

PAIRS = 10_000
# What is reached for, by either: stock at 95 % fill over reactive and over textbook, lost sales at 25 stock days and
# pinball over textbook.
REACH = (0.60, 0.85, 0.70, 0.80)
CONFIGURATIONS = ("firstmove", measuring.CHALLENGER)
COVERAGE_TOLERANCE = 0.02


def run(real_data: Path) -> list[dict[str, Any]]:
    """Rows (name, figure, aim, met) for each configuration; `real_data` is the folder that holds `iowa/`."""
    network = open_network(real_data / "iowa", as_of=None, sample=PAIRS, today=dt.datetime.now(dt.UTC).date())
    started = time.process_time()
    measuring.challenger(network)
    trained = time.process_time() - started
    forecast, replay = measuring.forecast(network), measuring.replay(network)
    methods, textbook = forecast["methods"], forecast["methods"]["textbook"]
    rows = []
    of_reactive, of_textbook, lost, pinball = REACH
    for name in CONFIGURATIONS:
        if name not in methods:
            continue
        equal, stocked = replay["at_equal_fill"][name], replay["at_equal_stock"][name]
        rows += [
            row(
                f"{name}: stock at 95 % fill / reactive",
                equal["stock_ratio_to_reactive"],
                aim=of_reactive,
                better="less",
            ),
            row(
                f"{name}: stock at 95 % fill / textbook",
                equal["stock_ratio_to_textbook"],
                aim=of_textbook,
                better="less",
            ),
            row(
                f"{name}: lost sales at 25 stock days / textbook",
                stocked["lost_ratio_to_textbook"],
                aim=lost,
                better="less",
            ),
            row(
                f"{name}: pinball / textbook",
                methods[name]["pinball"] / textbook["pinball"],
                aim=pinball,
                better="less",
            ),
            row(
                f"{name}: coverage off .90",
                abs(methods[name]["coverage_90"] - 0.9),
                aim=COVERAGE_TOLERANCE,
                better="less",
            ),
            row(
                f"{name}: coverage off .95",
                abs(methods[name]["coverage_95"] - 0.95),
                aim=COVERAGE_TOLERANCE,
                better="less",
            ),
            row(f"{name}: RMSSE", methods[name]["rmsse"]),
            row(f"{name}: histories a CPU-second", methods[name]["series_per_cpu_s"]),
        ]
    return [*rows, row(f"{measuring.CHALLENGER}: growing the trees, CPU-seconds", trained)]
