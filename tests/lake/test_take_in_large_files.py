"""Large files: the real network to the last row, and a 200 MB file in bounded memory."""

import datetime as dt
import subprocess
import sys
import textwrap

import polars as pl
import pytest

from firstmove.lake.parse import Known, read
from firstmove.lake.scope import LakeScope
from firstmove.lake.series import build
from firstmove.lake.store import Lake

_PARSE = """
    import datetime as dt, re, sys
    from pathlib import Path
    from firstmove.lake.parse import Known, read

    known = Known(dealers=frozenset({"D-anna"}))
    chunks = read(sys.argv[1], today=dt.date(2024, 6, 1), known=known)
    good = bad = 0
    for chunk in chunks:
        good, bad = good + chunk.good.height, bad + chunk.bad.height
    # The peak of this program alone; what getrusage says begins with the size of the process that started it.
    peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
    print(good, bad, int(peak[1]) // 1024)
"""


def test_a_200_mb_file_is_read_in_one_and_a_half_gigabytes(tmp_path):
    path = tmp_path / "sales.csv"
    block = 100_000
    with path.open("wb") as file:
        file.write("日期,明细号,经销商,客户,商品编码,数量,金额\n".encode())
        written = 0
        while file.tell() < 200_000_000:
            lines = range(written, written + block)
            file.write(b"".join(b"2024-03-04,INV-%010d,D-anna,C00017,000123,12,144.50\n" % line for line in lines))
            written += block
        file.write(b"2024-03-04,last,D-bert,C00017,000123,12,144.50\n")
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(_PARSE), str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    good, bad, peak_mib = map(int, run.stdout.split())
    assert (good, bad) == (written, 1)
    assert peak_mib <= 1536


@pytest.fixture(scope="module")
def iowa(real_data, tmp_path_factory):
    """The real network in a lake, and how its rows came in."""
    folder = real_data / "iowa"
    lake = Lake(tmp_path_factory.mktemp("iowa"))
    (dealers,) = read(folder / "dealers.csv", today=dt.date(2022, 7, 1), known=Known())
    known = Known(dealers=frozenset(dealers.good["dealer"]))
    for path in sorted(folder.glob("sales_*.parquet")):
        for number, chunk in enumerate(read(path, today=dt.date(2022, 7, 1), known=known)):
            assert chunk.bad.is_empty()
            lake.write(table="sales", rows=chunk.good, source="iowa", batch_id=f"{path.name}/{number}")
    return lake


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "rows"), [("dealers", 49), ("customers", 634), ("products", 6482), ("suppliers", 284)]
)
def test_real_master_data_loads_to_the_last_row(real_data, name, rows):
    path = real_data / "iowa" / f"{name}.csv"
    (chunk,) = read(path, today=dt.date(2022, 7, 1), known=Known())
    assert (chunk.feed, chunk.good.height, chunk.bad.height) == (name, rows, 0)
    raw = pl.read_csv(path, infer_schema=False)
    assert chunk.good[chunk.good.columns[1]].to_list() == raw[raw.columns[0]].to_list(), "codes keep their zeros"


@pytest.mark.real
def test_real_history_loads_to_the_last_line_and_again_doubles_nothing(iowa, real_data):
    paths = sorted((real_data / "iowa").glob("sales_*.parquet"))
    raw = pl.scan_parquet(paths).select(pl.len(), pl.col("quantity").sum(), pl.col("amount").sum()).collect().row(0)
    rows = iowa.scan(table="sales", scope=LakeScope.system())
    for _ in range(2):
        assert rows.select(pl.len(), pl.col("quantity").sum()).collect().row(0) == (2_854_510, raw[1])
        assert rows.select(pl.col("amount").sum()).collect().item() == pytest.approx(raw[2])
        (*_, chunk) = read(paths[-1], today=dt.date(2022, 7, 1), known=Known())
        again = iowa.write(table="sales", rows=chunk.good, source="iowa", batch_id="again")
        assert (again.added, again.replaced) == (0, 0)
        rows = iowa.scan(table="sales", scope=LakeScope.system())


@pytest.mark.real
def test_the_real_series_hold_every_pair_sold_in_the_last_year_and_all_of_its_units(iowa, real_data):
    as_of = dt.date(2022, 6, 30)
    series = build(iowa, as_of=as_of, versions=iowa.versions())
    raw = pl.scan_parquet(real_data / "iowa" / "sales_*.parquet")
    recent = raw.filter(pl.col("date") > as_of - dt.timedelta(days=364)).select("dealer", "sku").unique()
    window = raw.filter(pl.col("date") >= series.first_on).join(recent, on=["dealer", "sku"], how="semi")
    assert series.frame.height == recent.select(pl.len()).collect().item()
    total = series.frame.select(pl.col("quantity").explode().cast(pl.Float64).sum()).item()
    assert total == window.select(pl.col("quantity").sum()).collect().item()
