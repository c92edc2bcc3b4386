"""firstmove beside the field, in one run: forecasts beside statsforecast, reorder rules beside stockpyl.

The field lives in an environment of its own (`make bench-oracle` makes it; `FIRSTMOVE_ORACLE` names its Python), and
the two exchange files. Pairs are drawn by the rule of `firstmove evaluate`, before the window.

Every method is asked for the same mornings, every 28 days of the window, and knows at most 730 days before each. A
forecaster of the field tells days, not the distribution of a sum, so each is given two readings of its forecast, and
the better one ON THE WINDOW counts, which favours it:

- normal: the sum of its days, and the deviation of its own errors of such sums at the calibration mornings;
- pooled: the sum of its days, and the errors of all pairs there in units of each pair's own dispersion of sums.

The calibration mornings are every 16 days of the 208 before the window. What is learned on the eve (the pooled shape,
the trees, a fit of AutoETS or AutoCES) is not learned again in the window. Intervals are of the ratio or difference to
firstmove over the same pairs, by a bootstrap of dealers.

Speed is that of one morning with all that was learned for it (trees and pools shared by all pairs); the field's is one
fit and one forecast, its calibration left out.
"""

import datetime as dt
import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.engine import row
from firstmove.cli.evaluation import measuring
from firstmove.cli.evaluation.folder import Network, open_network
from firstmove.engine.demand.distribution import pool
from firstmove.engine.demand.season import weekday_profile
from firstmove.engine.inventory import textbook
from firstmove.engine.twin import accuracy
from firstmove.engine.twin.replay import Protocol

PAIRS = 2_000
PAIRS_OF_SLOW = int(os.environ.get("FIRSTMOVE_ORACLE_SLOW_PAIRS", "300"))
HISTORY_DAYS = 730
CALIBRATIONS = 13
RESAMPLES = 2_000
CASES = 60
HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent / "build" / "oracle"
GRID = np.array(accuracy.PROBABILITIES)


@dataclass(frozen=True, eq=False)
class Score:
    """What each pair added, [n]: pinball loss (units), units sold, RMSSE (nan where nothing varied)."""

    loss: np.ndarray
    units: np.ndarray
    rmsse: np.ndarray


def run(real_data: Path) -> list[dict[str, Any]]:
    """Rows (name, figure, aim, met); the same as a table of intervals in build/oracle/field.md and .json."""
    python = os.environ.get("FIRSTMOVE_ORACLE")
    if not python:
        return [row("field: left out; `make bench-oracle` sets up its environment", 0)]
    FOLDER.mkdir(parents=True, exist_ok=True)
    network = open_network(real_data / "iowa", as_of=None, sample=PAIRS, today=dt.datetime.now(dt.UTC).date())
    order = np.random.default_rng(2).permutation(len(network.pairs))
    mornings, calibrations = _mornings(network)
    cases = _cases()
    ask(network, order, mornings=[*calibrations, *mornings], cases=cases)
    subprocess.run([python, str(HERE / "field.py"), str(FOLDER)], check=True)
    answers = json.loads((FOLDER / "field.json").read_text())
    said = pl.read_parquet(FOLDER / "said.parquet")
    scores, speed = ours(network, order, mornings)
    readings = {}
    for name, pairs in answers["pairs"].items():
        scores[name], readings[name] = theirs(said.filter(method=name), network, order[:pairs], mornings, calibrations)
        speed[name] = answers["pairs_per_cpu_s"][name]
    dealers = network.pairs["dealer"].to_numpy()[order]
    table = compared(scores, speed, readings, dealers)
    _write(table, network)
    return [*_rows(table), *_agreement(cases, answers["stockpyl"])]


def _mornings(network: Network) -> tuple[list[int], list[int]]:
    horizon, span = accuracy.HORIZON_DAYS, Protocol().protection_days
    window = range(network.start, network.demand.shape[1] - horizon + 1, horizon)
    before = [network.start - span * back for back in range(CALIBRATIONS, 0, -1)]
    return list(window), before


def ask(network: Network, order: np.ndarray, *, mornings: list[int], cases: list[dict[str, float]]) -> None:
    """What the other environment reads."""
    pl.DataFrame({"quantity": network.demand[order].tolist()}).write_parquet(FOLDER / "histories.parquet")
    asked = {
        "eve": network.start,
        "mornings": mornings,
        "horizon": accuracy.HORIZON_DAYS,
        "history_days": HISTORY_DAYS,
        "pairs_of_slow": PAIRS_OF_SLOW,
        "cases": cases,
    }
    (FOLDER / "asked.json").write_text(json.dumps(asked))


def ours(network: Network, order: np.ndarray, mornings: list[int]) -> tuple[dict[str, Score], dict[str, float]]:
    """Scores of the default and of the boosted champion, and pairs per CPU-second with what each learned."""
    span, start, demand = Protocol().protection_days, network.start, network.demand
    before = accuracy.known(demand, start)
    dealers = network.pairs["dealer"].rank("dense").to_numpy().astype(np.int64)
    clock = time.process_time()
    profile = weekday_profile(before, group=dealers, first_day=start - before.shape[1])
    default = accuracy.firstmove(span, pooled=pool(before, spans=[span]), profile=profile)
    default.sums(before, start)
    compiled = time.process_time() - clock
    clock = time.process_time()
    accuracy.firstmove(span, pooled=pool(before, spans=[span]), profile=profile)
    learned = {"firstmove": time.process_time() - clock}
    methods = {"firstmove": default}
    clock = time.process_time()
    trees = measuring.challenger(network)
    if trees is not None:
        learned[measuring.CHALLENGER] = time.process_time() - clock
        methods[measuring.CHALLENGER] = accuracy.boosted(trees[0], demand=demand, drivers=trees[1], profile=profile)
    print(f"kernels loaded or compiled with the first answer: {compiled:.1f} CPU-seconds")
    scores, speed = {}, {}
    for name, method in methods.items():
        daily = {day: method.daily(accuracy.known(demand, day), day)[order] for day in mornings}
        sums = {}
        for day in mornings:
            clock = time.process_time()
            sums[day] = method.sums(accuracy.known(demand, day), day)[order]
            spent = time.process_time() - clock
        scores[name] = scored(demand[order], daily, sums, mornings, start=start, span=span)
        speed[name] = len(order) / (learned[name] + spent)
    return scores, speed


def theirs(
    said: pl.DataFrame, network: Network, order: np.ndarray, mornings: list[int], calibrations: list[int]
) -> tuple[Score, str]:
    """Score of a forecaster of the field by the better of its two readings, and which that was."""
    span, start, demand = Protocol().protection_days, network.start, network.demand[order]
    daily = {
        int(day): np.nan_to_num(np.stack(frame.sort("pair")["daily"].to_list()))
        for (day,), frame in said.group_by("origin")
    }
    # AutoCES runs away on some pairs when carried on: its own fit of the eve stands in for a day above all days seen
    most = demand[:, :start].max(axis=1)
    for path in daily.values():
        away = np.abs(path).max(axis=1) > most
        path[away] = np.clip(daily[start][away], 0, most[away, None])
    ahead = {day: np.maximum(path[:, :span].sum(axis=1), 0) for day, path in daily.items()}
    errors = np.stack([demand[:, day : day + span].sum(axis=1) - ahead[day] for day in calibrations], axis=1)
    totals = np.cumsum(demand[:, start - 364 : start], axis=1, dtype=np.float64)
    own = np.maximum((totals[:, span:] - totals[:, :-span]).std(axis=1), 1e-6)[:, None]
    pooled = np.quantile(errors / own, GRID)
    normal = np.array([textbook.normal_level(np.zeros(1), np.ones(1), ratio=p)[0] for p in GRID])
    spread = np.sqrt(np.square(errors).mean(axis=1))[:, None]
    readings = {"normal": spread * normal, "pooled": own * pooled}
    scores = {
        name: scored(
            demand,
            daily,
            {day: np.maximum(ahead[day][:, None] + margin, 0) for day in mornings},
            mornings,
            start=start,
            span=span,
        )
        for name, margin in readings.items()
    }
    best = min(scores, key=lambda name: scores[name].loss.sum())
    return scores[best], best


def scored(
    demand: np.ndarray,
    daily: dict[int, np.ndarray],
    sums: dict[int, np.ndarray],
    mornings: list[int],
    *,
    start: int,
    span: int,
) -> Score:
    """The figures of `engine.twin.accuracy`, pair by pair."""
    loss, units, error = np.zeros(len(demand)), np.zeros(len(demand)), np.zeros(len(demand))
    for day in mornings:
        came = demand[:, day : day + span].sum(axis=1, dtype=np.float64)
        off = came[:, None] - sums[day]
        loss += np.maximum(GRID * off, (GRID - 1) * off).mean(axis=1)
        units += came
        missed = demand[:, day : day + accuracy.HORIZON_DAYS] - daily[day]
        error += np.square(missed).mean(axis=1) / len(mornings)
    naive = np.square(np.diff(demand[:, :start].astype(np.float64), axis=1)).mean(axis=1)
    return Score(loss, units, np.sqrt(error / np.where(naive > 0, naive, np.nan)))


def compared(
    scores: dict[str, Score], speed: dict[str, float], readings: dict[str, str], dealers: np.ndarray
) -> list[dict[str, Any]]:
    """Each method on its pairs beside firstmove on the same ones, with 95 % intervals from resampled dealers."""
    table = []
    for name, score in scores.items():
        n = len(score.loss)
        base = scores["firstmove"]
        codes = np.unique(dealers[:n], return_inverse=True)[1]
        weights = np.random.default_rng(3).multinomial(
            codes.max() + 1, np.full(codes.max() + 1, 1 / (codes.max() + 1)), size=RESAMPLES
        )[:, codes]
        varies = ~np.isnan(score.rmsse)
        worse = np.where(varies, score.rmsse - base.rmsse[:n], 0.0)
        ratios = (weights @ score.loss) / (weights @ base.loss[:n])
        gaps = (weights @ worse) / (weights @ varies)
        table.append(
            {
                "method": name,
                "pairs": n,
                "reading": readings.get(name, "own"),
                "pinball": float(score.loss.sum() / score.units.sum()),
                "pinball_firstmove": float(base.loss[:n].sum() / base.units[:n].sum()),
                "pinball_ratio": float(score.loss.sum() / base.loss[:n].sum()),
                "pinball_ratio_95": [float(q) for q in np.quantile(ratios, (0.025, 0.975))],
                "rmsse": float(np.nanmean(score.rmsse)),
                "rmsse_less_firstmove": float(worse.sum() / varies.sum()),
                "rmsse_less_firstmove_95": [float(q) for q in np.quantile(gaps, (0.025, 0.975))],
                "pairs_per_cpu_s": speed[name],
            }
        )
    return table


def _write(table: list[dict[str, Any]], network: Network) -> None:
    about = {"as_of": network.as_of.isoformat(), "pairs": len(network.pairs), "methods": table}
    (FOLDER / "against_the_field.json").write_text(json.dumps(about, indent=1) + "\n")
    lines = [
        "| method | pairs | reading | pinball | over firstmove on the same pairs (95 %) | RMSSE "
        "| less firstmove's (95 %) | pairs per CPU-second |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for entry in table:
        low, high = entry["pinball_ratio_95"]
        less, more = entry["rmsse_less_firstmove_95"]
        lines.append(
            f"| {entry['method']} | {entry['pairs']:,} | {entry['reading']} | {entry['pinball']:.4f} "
            f"| {entry['pinball_ratio']:.3f} ({low:.3f} to {high:.3f}) | {entry['rmsse']:.4f} "
            f"| {entry['rmsse_less_firstmove']:+.4f} ({less:+.4f} to {more:+.4f}) | {entry['pairs_per_cpu_s']:,.1f} |"
        )
    (FOLDER / "against_the_field.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def _rows(table: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for entry in table:
        name = f"field: {entry['method']}, {entry['pairs']:,} pairs"
        rows.append(row(f"{name}: pinball", entry["pinball"]))
        if entry["method"] != "firstmove":
            rows.append(row(f"{name}: pinball over firstmove on the same", entry["pinball_ratio"]))
            rows.append(row(f"{name}: the same, low end of 95 %", entry["pinball_ratio_95"][0]))
            rows.append(row(f"{name}: the same, high end of 95 %", entry["pinball_ratio_95"][1]))
        rows.append(row(f"{name}: RMSSE", entry["rmsse"]))
        rows.append(row(f"{name}: pairs per CPU-second", entry["pairs_per_cpu_s"]))
    return rows


def _cases() -> list[dict[str, float]]:
    """Costs and means drawn at random, of the size of a dealer's week."""
    draw = np.random.default_rng(4)
    return [
        {
            "holding": float(draw.uniform(0.1, 2)),
            "shortage": float(draw.uniform(2, 40)),
            "order_cost": float(draw.uniform(1, 60)),
            "mean": float(draw.uniform(0.5, 25)),
            "rate": float(draw.uniform(0.2, 5)),
        }
        for _ in range(CASES)
    ]


def _agreement(cases: list[dict[str, float]], answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How far the engine's rules are from stockpyl's: shares of equal rules, and the largest gap in cost."""
    gap, equal, ours_s, theirs_s = 0.0, 0, 0.0, 0.0
    textbook.min_max(textbook.count_distribution(6), holding=1, shortage=4, order_cost=5)
    for case, answer in zip(cases, answers, strict=True):
        costs = {key: case[key] for key in ("holding", "shortage")}
        demand = textbook.count_distribution(case["mean"])
        clock = time.process_time()
        best = textbook.min_max(demand, **costs, order_cost=case["order_cost"])
        ours_s += time.process_time() - clock
        theirs_s += answer["min_max_cpu_s"]
        lot = textbook.reorder_quantity(demand, rate=case["rate"], **costs, order_cost=case["order_cost"])
        level, cost = textbook.newsvendor(demand, **costs)
        normal = textbook.normal_level(
            np.array([case["mean"]]), np.array([case["mean"] / 3]), ratio=textbook.critical_ratio(**costs)
        )[0]
        pairs = [
            (best.cost, answer["min_max"][2]),
            (lot.cost, answer["reorder"][2]),
            (cost, answer["poisson"][1]),
            (normal, answer["normal"]),
        ]
        gap = max(gap, *(abs(one / other - 1) for one, other in pairs))
        rules = [best.point, best.level, lot.point, lot.quantity, level]
        equal += rules == [*answer["min_max"][:2], *answer["reorder"][:2], answer["poisson"][0]]
    return [
        row("field: stockpyl, share of random cases with the same (s,S), (r,Q) and newsvendor", equal / len(cases)),
        row("field: stockpyl, largest relative gap in cost", gap, aim=1e-6, better="less"),
        row("field: stockpyl, CPU-seconds of its (s,S) over ours", theirs_s / max(ours_s, 1e-9)),
    ]
