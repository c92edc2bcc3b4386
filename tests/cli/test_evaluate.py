"""Figures that decide whether ordering may be automated: honest, complete, and from any folder of feeds."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from django.utils import translation

from firstmove import cli
from firstmove.cli.evaluation.folder import EvaluationError, open_network
from firstmove.cli.evaluation.measuring import scene_of
from firstmove.engine.twin.policies import POLICIES

FIRST, DAYS, TODAY = dt.date(2022, 1, 1), 800, dt.date(2026, 1, 1)
LAST_KNOWN = FIRST + dt.timedelta(days=DAYS - 211)


def write_network(folder: Path, *, future_seed: int = 1) -> Path:
    """Three dealers, forty products, lumpy sales; two networks differ only after LAST_KNOWN."""
    rows = []
    for seed, low, high in ((0, 0, DAYS - 210), (future_seed, DAYS - 210, DAYS)):
        draw = np.random.default_rng([9, seed])
        for dealer in ("007", "008", "009"):
            for item in range(40):
                days = np.flatnonzero(draw.random(high - low) < 0.03 + item / 150) + low
                units = np.ceil(draw.exponential(4, len(days)))
                dates = [FIRST + dt.timedelta(days=int(day)) for day in days]
                rows += [(dealer, f"{item:04d}", date, n) for date, n in zip(dates, units, strict=True)]
    sales = pl.DataFrame(rows, schema=["dealer", "sku", "date", "quantity"], orient="row").with_row_index("line")
    folder.mkdir(parents=True, exist_ok=True)
    sales.with_columns(customer=pl.lit("C1")).write_csv(folder / "sales.csv")
    skus = sorted(sales["sku"].unique())
    products = pl.DataFrame({"sku": skus, "name": skus, "category": "tea", "unit_price": 5.0, "multiple": 2})
    products.write_csv(folder / "products.csv")
    (folder / "notes.txt").write_text("not a feed\n")
    return folder


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    """English here; a command changes the language of its process, so the tests after these get theirs back."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_network(tmp_path_factory.mktemp("network"))


def test_figures_of_every_part_are_written_and_drawn_without_a_database(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "figures.json"
    assert cli.main(["evaluate", "--data", str(folder), "--json", str(out)]) == 0
    figures = json.loads(out.read_text())
    assert figures["as_of"] == LAST_KNOWN.isoformat()
    assert figures["window_days"] == 210
    methods = figures["forecast"]["methods"]
    assert {"firstmove", "textbook", "moving_average", "seasonal_naive", "croston_sba", "tsb"} <= set(methods)
    for method in methods.values():
        assert {"rmsse", "pinball", "coverage_90", "coverage_95", "series_per_cpu_s"} <= set(method)
        assert 0 < method["rmsse"] < 2
        assert 0.5 < method["coverage_90"] <= method["coverage_95"] <= 1
    kinds = figures["forecast"]["segments"]
    assert set(kinds) == {"smooth", "erratic", "intermittent", "lumpy"}
    assert sum(kind["pairs"] for kind in kinds.values()) == figures["pairs"]
    assert any(kind["pairs"] and kind["methods"]["firstmove"]["pinball"] > 0 for kind in kinds.values())
    policies = figures["replay"]["policies"]
    assert {"reactive-18", "reactive", "textbook", "minmax", "clairvoyant", "firstmove"} <= set(policies)
    assert {"best-minmax", "reorder-point"} <= set(policies)
    for policy in policies.values():
        for point in policy["curve"]:
            assert {"fill", "empty", "stock_days", "turnover", "order_cycle_days", "cost"} <= set(point)
    equal = figures["replay"]["at_equal_fill"]
    assert equal["reactive"]["stock_ratio_to_reactive"] in (1, None)
    assert equal["firstmove"]["stock_ratio_to_reactive"] > 0
    sensing = figures["sensing"]
    planted = sensing["methods"]["firstmove"]["changes"]
    assert set(planted) == {"half", "double", "stop"}
    assert planted["stop"]["planted"] == 3
    ours, usual = sensing["methods"]["firstmove"], sensing["methods"]["four-weeks"]
    assert ours["false_alarms_per_1000_pair_weeks"] < usual["false_alarms_per_1000_pair_weeks"] / 5
    assert 0 <= sensing["alerts"]["precision"] <= 1
    assert sensing["alerts"]["base_rate"] > 0
    assert sensing["plan"]["pinball"] > 0
    page = out.with_suffix(".html").read_text()
    assert "<svg" in page
    assert "<script" not in page
    assert "http" not in page
    assert "croston_sba" in page
    assert "lumpy" in page
    assert "textbook" in capsys.readouterr().out


@pytest.mark.parametrize(("only", "left_out"), [("forecast", "replay"), ("replay", "sensing"), ("sensing", "forecast")])
def test_one_part_alone_can_be_asked_for(folder: Path, tmp_path: Path, only: str, left_out: str) -> None:
    out = tmp_path / "figures.json"
    assert cli.main(["evaluate", "--data", str(folder), "--only", only, "--json", str(out), "--pairs", "20"]) == 0
    figures = json.loads(out.read_text())
    assert only in figures
    assert left_out not in figures
    assert figures["pairs"] == 20


def test_prices_and_promotions_are_measured_beside_the_default_where_the_folder_tells_of_them(tmp_path: Path) -> None:
    folder = write_network(tmp_path / "network")
    sales = pl.read_csv(folder / "sales.csv", schema_overrides={"dealer": pl.String, "sku": pl.String})
    dearer = (pl.col("date") > "2023-03-01") & (pl.col("sku") < "0020")
    fair = pl.col("date").is_between(pl.lit("2023-01-09"), pl.lit("2023-01-22")) & (pl.col("sku") == "0030")
    units = pl.when(dearer).then((pl.col("quantity") / 3).ceil()).when(fair).then(pl.col("quantity") * 5)
    sales = sales.with_columns(quantity=units.otherwise(pl.col("quantity")))
    price = pl.when(dearer).then(8.0).otherwise(5.0)
    sales.with_columns(amount=pl.col("quantity") * price).write_csv(folder / "sales.csv")
    (folder / "promotions.csv").write_text(
        "promotion,sku,starts_on,ends_on\nP1,0030,2023-01-09,2023-01-22\nP2,0030,2023-09-04,2023-09-17\n"
    )
    out = tmp_path / "figures.json"
    assert (
        cli.main(["evaluate", "--data", str(folder), "--only", "forecast", "--json", str(out), "--pairs", "100"]) == 0
    )
    methods = json.loads(out.read_text())["forecast"]["methods"]
    assert methods["firstmove+prices"]["pinball"] != methods["firstmove"]["pinball"]
    assert methods["firstmove+promotions"]["pinball"] != methods["firstmove"]["pinball"]


def test_another_future_changes_no_choice_and_no_order_before_it(folder: Path, tmp_path: Path) -> None:
    other = write_network(tmp_path / "other", future_seed=2)
    one, two = (open_network(path, as_of=None, sample=40, today=TODAY) for path in (folder, other))
    assert one.as_of == LAST_KNOWN
    assert one.pairs.equals(two.pairs)
    assert (one.demand[:, : one.start] == two.demand[:, : two.start]).all()
    assert not np.array_equal(one.demand, two.demand)
    for (_, before), (_, after) in zip(
        POLICIES["firstmove"](scene_of(one)), POLICIES["firstmove"](scene_of(two)), strict=True
    ):
        assert (before.level[:, 0] == after.level[:, 0]).all()


def test_a_day_is_the_last_known_and_the_window_ends_after_210(folder: Path) -> None:
    network = open_network(folder, as_of=FIRST + dt.timedelta(days=449), sample=0, today=TODAY)
    assert network.start == 450
    assert network.window_days == 210


def test_too_little_to_go_by_is_said_with_what_to_do(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no feed of sales"):
        open_network(tmp_path, as_of=None, sample=0, today=TODAY)
    with pytest.raises(EvaluationError, match="choose another --as-of"):
        open_network(folder, as_of=FIRST + dt.timedelta(days=100), sample=0, today=TODAY)
    with pytest.raises(EvaluationError, match="choose another --as-of"):
        open_network(folder, as_of=FIRST + dt.timedelta(days=DAYS - 20), sample=0, today=TODAY)
    with pytest.raises(EvaluationError, match="is no folder"):
        open_network(folder / "nowhere", as_of=None, sample=0, today=TODAY)


def test_sales_under_other_names_are_told_which_column_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "holidays.csv").write_text("what,when\nrest,2024-10-01\n")
    (tmp_path / "sales.csv").write_text("dealer,sku,date,quantity\nA,1,2024-01-01,1\n")
    with pytest.raises(EvaluationError, match=r"sales\.csv cannot be read.*lacks line"):
        open_network(tmp_path, as_of=None, sample=0, today=TODAY)
    with pytest.raises(SystemExit):
        cli.main(["evaluate", "--data", str(tmp_path), "--as-of", "2024-13-01"])
    assert "'2024-13-01' is no day: write it as 2026-05-31" in capsys.readouterr().err


def test_one_dealer_with_chinese_headers_and_nothing_but_sales_is_evaluated(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    rows = [
        ("经销商一", f"茶{item}", FIRST + dt.timedelta(days=int(day)), int(draw.integers(1, 9)), "门店一")
        for item in range(6)
        for day in np.flatnonzero(draw.random(700) < 0.2)
    ]
    sales = pl.DataFrame(rows, schema=["经销商", "商品", "日期", "数量", "客户"], orient="row")
    sales.with_row_index("行号").write_csv(tmp_path / "销售.csv")
    out = tmp_path / "figures.json"
    assert cli.main(["evaluate", "--data", str(tmp_path), "--json", str(out)]) == 0
    figures = json.loads(out.read_text())
    assert figures["pairs"] == 6
    assert figures["replay"]["at_equal_fill"]["firstmove"]["stock_ratio_to_reactive"] > 0
