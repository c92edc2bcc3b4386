"""`firstmove init` and `firstmove intake` as a person runs them, killed in the middle too."""

import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from firstmove.cli import language
from firstmove.kernel import postgres
from firstmove.lake.scope import LakeScope
from firstmove.lake.store import Lake

LINES = 1_200_000


INIT = ("init", "--currency", "usd", "--time-zone", "America/Chicago", "--name", "Spring Water Works")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """An initialised installation of its own, with its own database server, which is gone afterwards."""
    folder = tmp_path_factory.mktemp("installation") / "home"
    code, out, err = run(folder, *INIT)
    assert code == 0, err
    assert out.splitlines() == [
        f"{folder} is now the enterprise Spring Water Works, with amounts in USD and days in America/Chicago.",
        "Next: firstmove intake FOLDER",
    ]
    yield folder
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        # Its last user stops a server that a killed command left behind.
        with postgres.running(folder):
            pass


def started(home: Path, *words: str) -> subprocess.Popen:
    environment = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "FIRSTMOVE_LAKE", "TZ"}
    }
    environment |= {"FIRSTMOVE_HOME": str(home), "FIRSTMOVE_LANGUAGE": "en"}
    return subprocess.Popen(
        [sys.executable, "-m", "firstmove", *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(home: Path, *words: str) -> tuple[int, str, str]:
    process = started(home, *words)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def killed_after(home: Path, rows: int, *words: str) -> None:
    """Run a command and kill it, as a power cut would, once it has read so many rows."""
    process = started(home, *words)
    with process:
        for line in process.stderr:
            if f": {rows:,} rows" in line:
                process.send_signal(signal.SIGKILL)
                break
    assert process.returncode == -signal.SIGKILL


def test_a_home_is_initialised_once(home):
    code, _out, err = run(home, *INIT)
    assert code == 1
    assert err.strip() == (
        "firstmove init: This installation is already initialised. Use another FIRSTMOVE_HOME for another enterprise."
    )


def test_a_folder_is_reported_file_by_file_and_a_broken_one_ends_with_1(home, tmp_path):
    (tmp_path / "dealers.csv").write_text("dealer,name\nD-1,One\n")
    (tmp_path / "stock.csv").write_text("")
    (tmp_path / "sales.csv").write_text(
        "date,line,dealer,sku,quantity\n2026-01-05,1,D-1,077,2\n2026-01-05,2,D-1,077,abc\n"
    )
    code, out, err = run(home, "intake", str(tmp_path), "--source", "shop")
    assert code == 1, err
    assert [line.split() for line in out.splitlines()[:4]] == [
        ["file", "feed", "read", "added", "replaced", "unchanged", "set", "aside"],
        ["dealers.csv", "dealers", "1", "1", "0", "0", "0"],
        ["stock.csv", "stock", "0", "0", "0", "0", "0", "failed"],
        ["sales.csv", "sales", "2", "1", "0", "0", "1"],
    ]
    assert out.splitlines()[4:] == [
        "stock.csv: the file is empty (0 bytes). Export it again.",
        "sales.csv: rows set aside: 1",
        '  Row 3: quantity "abc" is not a number. Write digits, such as 12 or 1,234.50.',
        "1 product is known from history alone. It is kept as unlisted and never proposed.",
    ]
    (tmp_path / "stock.csv").unlink()
    code, out, _err = run(home, "intake", str(tmp_path / "dealers.csv"))
    assert code == 0


def test_a_killed_intake_run_again_has_every_row_once(home, tmp_path):
    (tmp_path / "dealers.csv").write_text("dealer,name\nD-1,One\n")
    number = pl.int_range(LINES, dtype=pl.Int64, eager=True)
    sales = pl.DataFrame({"line": number.cast(pl.String), "quantity": number % 7 + 1}).with_columns(
        pl.lit(dt.date(2026, 1, 5)).alias("date"), pl.lit("D-1").alias("dealer"), pl.lit("077").alias("sku")
    )
    sales.write_parquet(tmp_path / "sales.parquet")
    for rows in (250_000, 500_000):
        killed_after(home, rows, "intake", str(tmp_path), "--source", "erp")
    code, out, err = run(home, "intake", str(tmp_path), "--source", "erp")
    assert code == 0, err
    assert out.splitlines()[2].split() == [
        "sales.parquet",
        "sales",
        f"{LINES:,}",
        f"{LINES:,}",
        "0",
        "0",
        "0",
        "continued",
    ]
    rows = Lake(home / "lake").scan(table="sales", scope=LakeScope.system()).filter(pl.col("source") == "erp")
    facts = rows.select(pl.len(), pl.col("line").n_unique().alias("lines"), pl.col("quantity").sum()).collect()
    assert facts.rows() == [(LINES, LINES, sales["quantity"].sum())]


def test_the_language_is_that_of_the_terminal_unless_it_is_named(monkeypatch):
    for name in ("FIRSTMOVE_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert language.chosen() == "en"
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert language.chosen() == "zh-hans"
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert language.chosen() == "en"
    monkeypatch.setenv("FIRSTMOVE_LANGUAGE", "zh")
    assert language.chosen() == "zh-hans"
