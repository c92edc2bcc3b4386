"""An intake that is stopped in the middle, and the next one: no row is lost, none doubled, and the counts are whole."""

import pytest

from firstmove.domains.intake import operations, queries, words
from firstmove.domains.intake.models import Batch
from firstmove.kernel import tenancy
from firstmove.lake.parse import read
from tests.intake.conftest import counts, sales

HEADER = "date,line,dealer,sku,quantity\n"
LINES = [f"2026-02-01,{number},D-1,077,{number}\n" for number in range(1, 10)]
FILE = HEADER + "".join(LINES)
WHOLE = {str(number): float(number) for number in range(1, 10)}


class KilledError(Exception):
    pass


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Three chunks of three rows."""
    monkeypatch.setattr(operations, "read", lambda *args, **options: read(*args, **options, chunk_rows=3))


def killed_after(rows: int):
    def progress(step):
        if step.kind == "rows" and step.rows >= rows:
            raise KilledError

    return progress


def test_the_same_file_goes_on_where_the_killed_reading_stood(take, lake):
    with pytest.raises(KilledError):
        take("sales.csv", FILE, progress=killed_after(6))
    assert len(sales(lake)) == 6
    report = take("sales.csv", FILE)
    assert report.continued
    assert counts(report) == (9, 9, 0, 0, 0)
    assert sales(lake) == WHOLE
    assert take("sales.csv", FILE).outcome == "skipped"


def test_killed_between_the_lake_and_its_record_the_chunk_is_counted_once(take, lake, monkeypatch):
    record = operations._Intake._record

    def dying(self, batch, chunk, taken, seen):
        if seen == 6:
            raise KilledError
        record(self, batch, chunk, taken, seen)

    monkeypatch.setattr(operations._Intake, "_record", dying)
    with pytest.raises(KilledError):
        take("sales.csv", FILE)
    assert len(sales(lake)) == 6
    monkeypatch.setattr(operations._Intake, "_record", record)
    assert counts(take("sales.csv", FILE)) == (9, 9, 0, 0, 0)
    assert sales(lake) == WHOLE


def test_an_interrupted_reading_is_shown_as_such_at_once(take):
    with pytest.raises(KilledError):
        take("sales.csv", FILE, progress=killed_after(3))
    with tenancy.scope(tenancy.SYSTEM):
        [batch], _ = queries.batches()
    assert (batch.state, batch.problem) == ("failed", {"code": "interrupted"})
    assert words.file_sentence(feed=batch.feed, file=batch.file_name, problem=batch.problem) == (
        "sales.csv: the reading was interrupted. Send the same file again; it goes on, and nothing is doubled."
    )


def test_another_file_does_not_take_the_interrupted_one_up(take, lake):
    with pytest.raises(KilledError):
        take("sales_a.csv", FILE, progress=killed_after(3))
    other = HEADER + "2026-02-01,1,D-1,077,100\n"
    take("sales_b.csv", other)
    with tenancy.scope(tenancy.SYSTEM):
        states = {batch.file_name: (batch.state, batch.problem) for batch in queries.batches()[0]}
    assert states == {"sales_a.csv": ("failed", {"code": "interrupted"}), "sales_b.csv": ("complete", None)}
    # It is newer now than sales_b.csv, so its line 1 wins although its first chunk had been written before.
    report = take("sales_a.csv", FILE)
    assert (report.continued, counts(report)) == (False, (9, 6, 1, 2, 0))
    assert sales(lake) == WHOLE


def test_rows_set_aside_before_the_kill_are_judged_again(take, lake):
    late = HEADER + "2026-02-01,1,D-3,077,1\n" + "".join(LINES[1:])
    with pytest.raises(KilledError):
        take("sales.csv", late, progress=killed_after(3))
    take("dealers.csv", "dealer,name\nD-3,Third\n")
    report = take("sales.csv", late)
    assert counts(report) == (9, 7, 0, 2, 0)
    assert sales(lake) == WHOLE


def test_a_master_file_that_was_killed_is_read_whole_the_next_time(take):
    dealers = "dealer,name\n" + "".join(f"D-{number},Dealer {number}\n" for number in range(10, 19))
    with pytest.raises(KilledError):
        take("dealers.csv", dealers, progress=killed_after(6))
    assert counts(take("dealers.csv", dealers)) == (9, 3, 0, 6, 0)


def test_every_batch_ends(take):
    with pytest.raises(KilledError):
        take("sales.csv", FILE, progress=killed_after(3))
    take("sales.csv", FILE)
    with tenancy.scope(tenancy.SYSTEM):
        assert not Batch.objects.filter(state="running").exists()
        assert not Batch.objects.filter(finished_at__isnull=True).exists()
