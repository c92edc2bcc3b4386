"""Writing history: nothing is lost and nothing doubled, however files overlap, repeat or are cut off."""

import datetime as dt
import subprocess
import sys
import textwrap

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstmove.lake import store
from firstmove.lake.scope import LakeScope
from firstmove.lake.store import Lake
from firstmove.lake.tables import TABLES, LakeError
from tests.lake.rows import count, made, order, sale, shipment, written

SYSTEM = LakeScope.system()

a_sale = st.builds(
    sale,
    st.sampled_from(["1", "2", "3", "é|4", "05"]),
    on=st.sampled_from(["2024-01-31", "2024-02-01", "2024-02-29", "2024-04-30"]),
    quantity=st.sampled_from([-2.0, 1.0, 2.5]),
    amount=st.sampled_from([None, 10.0, 12.5]),
)
a_file = st.tuples(st.sampled_from(["crm", "erp"]), st.lists(a_sale, max_size=6), st.integers(0, 3))


def _as_model(lake, version=None):
    rows = lake.read(table="sales", scope=SYSTEM, version=version).drop("batch", "month").to_dicts()
    found = {(row.pop("source"), row["line"]): row for row in rows}
    assert len(found) == len(rows), "a row is there twice"
    return found


@given(files=st.lists(a_file, min_size=1, max_size=7))
@settings(max_examples=40, deadline=None)
def test_any_sequence_of_overlapping_repeated_and_changed_files_equals_a_plain_dictionary(tmp_path_factory, files):
    lake = Lake(tmp_path_factory.mktemp("lake"))
    model, batches, versions = {}, {}, []
    for *content, name in files:
        # A batch keeps its rows: the same id again is the same chunk sent again.
        repeated = name in batches
        source, rows = batches.setdefault(name, content)
        frame = pl.DataFrame(rows, schema=TABLES["sales"].feed.schema)
        result = lake.write(table="sales", rows=frame, source=source, batch_id=f"batch/{name}")
        expected = dict(model)
        if not repeated:
            expected.update({(source, row["line"]): row for row in rows})
        changed = {key for key in model if model[key] != expected[key]}
        assert result.repeated == repeated
        assert (result.added, result.replaced) == (len(expected) - len(model), len(changed))
        assert result.added + result.replaced + result.unchanged == len(rows)
        model = expected
        versions.append((result.version, model))
    for version, then in versions:
        assert _as_model(lake, version) == then, "an older version stays readable as it was"


def test_a_line_whose_date_moves_to_another_month_is_not_left_behind(lake):
    written(lake, "sales", sale(1, on="2024-01-31"), sale(2, on="2024-01-31"))
    result = written(lake, "sales", sale(1, on="2024-02-01"))
    assert (result.added, result.replaced) == (0, 1)
    rows = lake.read(table="sales", scope=SYSTEM, columns=["line", "month"]).sort("line")
    assert rows.rows() == [("1", "2024-02"), ("2", "2024-01")]


def test_a_repeated_batch_does_not_bring_back_what_was_corrected_since(lake):
    written(lake, "sales", sale(1, quantity=1), batch="monday")
    written(lake, "sales", sale(1, quantity=2), batch="tuesday")
    result = written(lake, "sales", sale(1, quantity=1), batch="monday")
    assert result.repeated
    assert lake.read(table="sales", scope=SYSTEM)["quantity"].to_list() == [2.0]


def test_the_same_line_number_of_two_sources_is_two_rows(lake):
    written(lake, "sales", sale(1), source="crm")
    written(lake, "sales", sale(1), source="erp")
    assert lake.read(table="sales", scope=SYSTEM).height == 2


@pytest.mark.parametrize(
    ("table", "rows", "key"),
    [
        ("orders", (order("A"), order("A", quantity=24), order("A", "2")), "D-anna|A|1"),
        (
            "shipments",
            (shipment("A"), shipment("A", quantity=6), shipment("A", on="2024-03-07")),
            "D-anna|A|1|2024-03-06",
        ),
        (
            "stock_daily",
            (count("2024-03-05", 3), count("2024-03-05", 4), count("2024-03-06", 3)),
            "2024-03-05|D-anna|001",
        ),
        ("production", (made("2024-03-05"), made("2024-03-05", 90.0), made("2024-03-06")), "2024-03-05|001|actual"),
    ],
)
def test_every_table_knows_a_row_by_its_business_key(lake, table, rows, key):
    first, again, other = rows
    written(lake, table, first)
    result = written(lake, table, again, other)
    assert (result.added, result.replaced) == (1, 1)
    assert key in lake.read(table=table, scope=SYSTEM)["line"].to_list()


def test_codes_that_hold_the_separator_are_not_confused(lake):
    written(lake, "orders", order("A|1", "2"), order("A", "1|2"), order("A\\", "1|2"))
    rows = lake.read(table="orders", scope=SYSTEM)
    assert rows["line"].n_unique() == 3
    assert set(rows["order_line"]) == {"2", "1|2"}


def test_rows_without_what_they_need_are_refused_in_words(lake):
    with pytest.raises(LakeError, match="lack quantity"):
        lake.write(table="sales", rows=pl.DataFrame([sale(1)]).drop("quantity"), source="erp", batch_id="1")
    with pytest.raises(LakeError, match="in every row"):
        written(lake, "sales", {**sale(1), "line": None})
    with pytest.raises(LakeError, match="no table 'sale'"):
        lake.write(table="sale", rows=pl.DataFrame([sale(1)]), source="erp", batch_id="1")
    with pytest.raises(LakeError, match="batch id"):
        lake.write(table="sales", rows=pl.DataFrame([sale(1)]), source="erp", batch_id="")
    assert lake.versions() == {}


_WRITER = """
    import os, signal, sys, threading
    import polars as pl
    from firstmove.lake import store

    root, moment = sys.argv[1:]
    real = store.write_deltalake

    def killed(*args, **kwargs):
        if moment == "before the commit":
            os.kill(os.getpid(), signal.SIGKILL)
        if moment == "after the commit":
            real(*args, **kwargs)
            os.kill(os.getpid(), signal.SIGKILL)
        files = lambda: {name for _, _, names in os.walk(root) for name in names if name.endswith(".parquet")}
        before = files()
        threading.Thread(target=real, args=args, kwargs=kwargs).start()
        while files() == before:
            pass
        os.kill(os.getpid(), signal.SIGKILL)

    def rows(chunk, quantity):
        number = pl.int_range(chunk * 50_000, chunk * 50_000 + 100_000, eager=True)
        return pl.DataFrame({"line": number.cast(pl.String)}).with_columns(
            (pl.date(2024, 1, 1) + pl.duration(days=number % 300)).alias("date"), dealer=pl.lit("D-anna"),
            sku=pl.lit("001"), quantity=pl.lit(quantity),
        )

    lake = store.Lake(root)
    if moment != "never":
        lake.write(table="sales", rows=rows(0, 1.0), source="erp", batch_id="file/0")
        store.write_deltalake = killed
    for chunk, quantity in ((0, 1.0), (1, 2.0), (2, 2.0)):
        lake.write(table="sales", rows=rows(chunk, quantity), source="erp", batch_id=f"file/{chunk}")
"""


def _run(script, *arguments):
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)])


@pytest.mark.parametrize("moment", ["before the commit", "while files are written", "after the commit"])
def test_a_write_killed_at_any_moment_leaves_the_table_whole_and_is_completed_by_running_again(tmp_path, moment):
    lake = Lake(tmp_path)
    assert _run(_WRITER, tmp_path, moment).wait(timeout=120) == -9
    left = lake.read(table="sales", scope=SYSTEM)
    # Chunk 1 replaces half of chunk 0: the table is as before or as after it, never between.
    assert (left.height, left["quantity"].sum()) in {(100_000, 100_000.0), (150_000, 250_000.0)}
    assert _run(_WRITER, tmp_path, "never").wait(timeout=120) == 0
    done = lake.read(table="sales", scope=SYSTEM)
    assert done["line"].n_unique() == done.height == 200_000
    assert done["quantity"].sum() == 50_000 + 2 * 150_000


_RIVAL_WRITERS = """
    import sys
    import polars as pl, datetime as dt
    from firstmove.lake.store import Lake

    root, name = sys.argv[1:]
    for chunk in range(8):
        lines = [str(number) for number in range(chunk * 5, chunk * 5 + 10)]
        rows = pl.DataFrame({"line": lines}).with_columns(
            date=pl.lit(dt.date(2024, 1, 1)), dealer=pl.lit("D-anna"), sku=pl.lit("1"), quantity=pl.lit(float(name)),
        )
        Lake(root).write(table="sales", rows=rows, source="erp", batch_id=f"{name}/{chunk}")
"""


@pytest.mark.parametrize("scheme", ["", "file://"], ids=["local folder with a lock", "object store, optimistic"])
def test_two_processes_that_write_the_same_source_at_once_double_nothing(tmp_path, scheme):
    root = f"{scheme}{tmp_path}/lake"
    writers = [_run(_RIVAL_WRITERS, root, name) for name in (1, 2)]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    rows = Lake(root).read(table="sales", scope=SYSTEM)
    assert sorted(map(int, rows["line"])) == list(range(45))


def test_a_rival_commit_between_looking_and_writing_is_noticed(tmp_path, monkeypatch):
    lake = Lake(f"file://{tmp_path}/lake")
    written(lake, "sales", sale(0), batch="0")
    looked = store._present

    def overtaken(*args):
        present = looked(*args)
        monkeypatch.setattr(store, "_present", looked)
        written(lake, "sales", sale(1), batch="rival")
        return present

    monkeypatch.setattr(store, "_present", overtaken)
    result = written(lake, "sales", sale(1), sale(2), batch="mine")
    assert (result.added, result.unchanged) == (1, 1)
    assert lake.read(table="sales", scope=SYSTEM).height == 3


def test_compaction_merges_small_files_and_old_versions_stay_readable(lake):
    for number in range(5):
        written(lake, "sales", sale(number))
    then = lake.version("sales")
    result = lake.compact("sales")
    assert (result.files_before, result.files_after) == (5, 1)
    assert lake.read(table="sales", scope=SYSTEM).height == 5
    assert lake.read(table="sales", scope=SYSTEM, version=then - 2).height == 3
    assert lake.compact("orders").files_before == 0


def test_files_that_no_kept_version_reads_are_removed(lake):
    for number in range(3):
        written(lake, "sales", sale(number))
    for _ in range(2):
        lake.compact("sales", kept_days=0)
    assert lake.read(table="sales", scope=SYSTEM).height == 3
    with pytest.raises(LakeError, match="cannot be read"):
        lake.read(table="sales", scope=SYSTEM, version=1)


def test_history_is_read_between_two_days_both_included(lake):
    written(lake, "sales", *(sale(day, on=f"2024-03-{day:02}") for day in range(1, 10)))
    rows = lake.read(
        table="sales", scope=SYSTEM, since=dt.date(2024, 3, 3), until=dt.date(2024, 3, 5), columns=["line"]
    )  # fmt: skip
    assert sorted(rows["line"]) == ["3", "4", "5"]


def test_a_table_that_was_never_written_reads_as_empty_with_its_columns(lake):
    rows = lake.read(table="stock_daily", scope=SYSTEM)
    assert rows.is_empty()
    assert rows.schema == TABLES["stock_daily"].schema
    assert lake.version("stock_daily") is None


def test_a_version_or_column_that_is_not_there_is_refused_in_words(lake):
    with pytest.raises(LakeError, match="no version 3"):
        lake.read(table="sales", scope=SYSTEM, version=3)
    written(lake, "sales", sale(1))
    with pytest.raises(LakeError, match="version 99 of sales cannot be read"):
        lake.read(table="sales", scope=SYSTEM, version=99)
    with pytest.raises(LakeError, match="no column colour"):
        lake.read(table="sales", scope=SYSTEM, columns=["colour"])
