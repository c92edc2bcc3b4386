"""What a first plan is worth is measured on dealers and products that really began, with nothing known from later."""

import datetime as dt
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from firstmove import cli
from firstmove.cli.evaluation import cold_start
from firstmove.cli.evaluation.folder import Network, open_network

FIRST, DAYS, TODAY = dt.date(2022, 1, 1), 760, dt.date(2026, 1, 1)
AS_OF = FIRST + dt.timedelta(days=DAYS - 131)
OPENED = 500
OLD, LAUNCHES = 30, 17


def write(folder: Path) -> Path:
    """Six dealers in one mix by the size of their markets, one of whom opened late; launches all along."""
    draw = np.random.default_rng(3)
    customers = {"A": 100, "B": 200, "C": 300, "D": 400, "E": 150, "LATE": 250}
    starts = {f"{item:04d}": -1 for item in range(OLD)} | {f"9{n:03d}": 220 + 30 * n for n in range(LAUNCHES)}
    rows = []
    for dealer, reach in customers.items():
        for place, (sku, start) in enumerate(starts.items()):
            rate = reach / 100 * (0.2 + place % 7 / 5)
            units = draw.poisson(rate, DAYS)
            units[: max(start, OPENED if dealer == "LATE" else 0)] = 0
            days = np.flatnonzero(units)
            rows += [(dealer, sku, FIRST + dt.timedelta(int(day)), float(units[day])) for day in days]
    sales = pl.DataFrame(rows, schema=["dealer", "sku", "date", "quantity"], orient="row").with_row_index("line")
    sales.with_columns(customer=pl.lit("C1")).write_parquet(folder / "sales.parquet")
    told = [(sku, sku, "tea", 5.0, FIRST + dt.timedelta(max(start, 0))) for sku, start in starts.items()]
    products = pl.DataFrame(told, schema=["sku", "name", "category", "unit_price", "listed_on"], orient="row")
    products.write_csv(folder / "products.csv")
    dealers = pl.DataFrame({"dealer": list(customers), "name": list(customers), "customers": list(customers.values())})
    dealers.write_csv(folder / "dealers.csv")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("beginnings"))


@pytest.fixture(scope="module")
def opened(folder: Path) -> Network:
    return open_network(folder, as_of=AS_OF, sample=0, today=TODAY)


def test_a_first_plan_by_market_and_mix_misses_less_than_means_or_no_plan(opened: Network) -> None:
    found = cold_start.measured(opened)
    assert found["dealers"]["count"] == 1
    assert found["dealers_hidden"]["count"] == 5
    assert found["products"]["count"] == 3
    for part, mean in (("dealers", "product_mean"), ("dealers_hidden", "product_mean"), ("products", "category_mean")):
        methods = found[part]["weeks"]["4"]["methods"]
        assert set(methods) == {"firstmove", mean, "no_plan"}
        assert methods["firstmove"]["pinball"]["value"] < methods["no_plan"]["pinball"]["value"], part
        assert methods["firstmove"]["pinball_ratio"]["value"] == 1
    hidden = found["dealers_hidden"]["weeks"]["13"]["methods"]
    assert hidden["firstmove"]["total_error"]["high"] < hidden["product_mean"]["total_error"]["low"]
    # One beginning is a case, not a sample.
    assert found["dealers"]["weeks"]["4"]["methods"]["firstmove"]["pinball"]["low"] is None


def test_what_is_sold_later_changes_no_plan(opened: Network) -> None:
    """Sales of the window are ten times as large: the first week is planned as before."""
    daily = opened.lines.group_by("dealer", "sku", "day").agg(pl.col("quantity").sum())
    tenfold = daily.with_columns(
        quantity=pl.when(pl.col("day") >= opened.start).then(pl.col("quantity") * 10).otherwise(pl.col("quantity"))
    )
    nothing = np.zeros(OLD + LAUNCHES)
    for before, after in zip(cold_start._hidden(opened, daily), cold_start._hidden(opened, tenfold), strict=True):
        assert after.came.sum() == pytest.approx(10 * before.came.sum())
        sold = nothing[: before.came.shape[1]]
        for name, plan in before.believed.items():
            assert after.believed[name](0, sold).rate == pytest.approx(plan(0, sold).rate)
    for before, after in zip(cold_start._products(opened, daily), cold_start._products(opened, tenfold), strict=True):
        for name, plan in before.believed.items():
            assert after.believed[name](0, np.zeros(1)).rate == pytest.approx(plan(0, np.zeros(1)).rate)


def test_the_command_writes_the_figures_and_a_page(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    asked = ["evaluate", "--data", str(folder), "--as-of", AS_OF.isoformat(), "--only", "cold_start"]
    assert cli.main([*asked, "--json", str(out)]) == 0
    part = json.loads(out.read_text())["cold_start"]
    assert part["products"]["weeks"]["4"]["count"] == 3
    assert "category_mean" in out.with_suffix(".html").read_text()
