"""What the field's forecasters say, in an environment of their own: `python benchmarks/field.py FOLDER`.

Imports nothing of firstmove. Reads `histories.parquet` (quantity: a list of days for each pair, pairs in random order)
and `asked.json` from FOLDER, writes `said.parquet` (method, pair, origin, daily: units on each day of the horizon) and
`field.json` (pairs per CPU-second of one fit and one forecast; the checks against stockpyl). A forecast for the morning
of a day is made from the days before it. AutoETS and AutoCES are fitted once, on the eve of the window, and carried to
the other mornings by `forward`; CrostonSBA and TSB are fitted anew each morning. The slow two take the first pairs.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from statsforecast.models import TSB, AutoCES, AutoETS, CrostonSBA
from stockpyl.newsvendor import newsvendor_normal, newsvendor_poisson
from stockpyl.rq import r_q_poisson_exact
from stockpyl.ss import s_s_discrete_exact

WEEK = 7
METHODS = {
    "CrostonSBA": CrostonSBA,
    "TSB": lambda: TSB(alpha_d=0.1, alpha_p=0.1),
    "AutoCES": lambda: AutoCES(season_length=WEEK),
    "AutoETS": lambda: AutoETS(season_length=WEEK),
}
CARRIED = ("AutoETS", "AutoCES")


def main(folder: Path) -> None:
    warnings.simplefilter("ignore")
    asked = json.loads((folder / "asked.json").read_text())
    answers = {"stockpyl": [stockpyl(case) for case in asked["cases"]], "pairs_per_cpu_s": {}, "pairs": {}}
    history = np.stack(pd.read_parquet(folder / "histories.parquet")["quantity"].to_numpy()).astype(np.float64)
    frames = []
    for name, new in METHODS.items():
        pairs = min(asked["pairs_of_slow"] if name in CARRIED else len(history), len(history))
        frame, seconds = forecasts(name, new, history[:pairs], asked)
        frames.append(frame)
        answers["pairs_per_cpu_s"][name] = pairs / seconds
        answers["pairs"][name] = pairs
        print(name, pairs, round(pairs / seconds, 1), "pairs per CPU-second", flush=True)
    pd.concat(frames).to_parquet(folder / "said.parquet")
    (folder / "field.json").write_text(json.dumps(answers))


def forecasts(name, new, history, asked):
    """Daily forecasts of each pair and morning, and the CPU time of one fit and forecast a pair on the eve."""
    horizon, kept = asked["horizon"], asked["history_days"]
    eve, mornings = asked["eve"], sorted({asked["eve"], *asked["mornings"]})
    new().forecast(y=history[0, :eve][-kept:], h=horizon)  # compiled before the clock runs
    rows, seconds = [], 0.0
    for pair, days in enumerate(history):
        model = new()
        clock = time.process_time()
        if name in CARRIED:
            model.fit(y=days[:eve][-kept:])
            first = model.predict(h=horizon)["mean"]
        else:
            first = model.forecast(y=days[:eve][-kept:], h=horizon)["mean"]
        seconds += time.process_time() - clock
        for day in mornings:
            known = days[:day][-kept:]
            if day == eve:
                said = first
            elif name in CARRIED:
                said = model.forward(y=known, h=horizon)["mean"]
            else:
                said = model.forecast(y=known, h=horizon)["mean"]
            rows.append((name, pair, day, np.asarray(said, np.float64)))
    return pd.DataFrame(rows, columns=["method", "pair", "origin", "daily"]), seconds


def stockpyl(case):
    """stockpyl's optimum for the costs and the mean of one case."""
    holding, shortage, order, mean = (case[key] for key in ("holding", "shortage", "order_cost", "mean"))
    clock = time.process_time()
    s, top, cost = s_s_discrete_exact(holding, shortage, order, True, mean)
    seconds = time.process_time() - clock
    r, quantity, rq_cost = r_q_poisson_exact(holding, shortage, order, case["rate"], mean / case["rate"])
    return {
        "min_max": [s, top, cost],
        "min_max_cpu_s": seconds,
        "reorder": [r, quantity, rq_cost],
        "normal": newsvendor_normal(holding, shortage, mean, mean / 3)[0],
        "poisson": list(newsvendor_poisson(holding, shortage, mean)),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
