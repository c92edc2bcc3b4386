"""Broken input: the person reads what was wrong, where, and what to do; the good rows are in."""

import io

import polars as pl
import pytest

from firstmove.domains.intake import operations, queries, words
from firstmove.domains.intake.refusal import LONGEST
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Invalid, NotFound
from firstmove.lake.feeds import FEEDS
from firstmove.lake.parse import REASONS
from tests.cast import NOW
from tests.intake.conftest import counts, fault, sales, sentences

SALES = "date,line,dealer,sku,quantity\n2026-02-01,1,D-1,077,2\n"


def test_a_text_in_a_number(take, lake):
    report = take("sales.csv", SALES + "2026-02-01,2,D-1,077,abc\n2026-02-01,3,D-1,077,4\n")
    assert counts(report) == (3, 2, 0, 0, 1)
    assert sentences(report) == ['Row 3: quantity "abc" is not a number. Write digits, such as 12 or 1,234.50.']
    assert sales(lake) == {"1": 2, "3": 4}


def test_a_date_in_the_future(take, lake):
    report = take("sales.csv", SALES + "2026-03-03,2,D-1,077,1\n")
    assert sentences(report) == ["Row 3: date 2026-03-03 lies in the future."]
    assert sales(lake) == {"1": 2}


def test_today_is_the_enterprises_day_not_the_servers(take, lake):
    from firstmove.domains.network.models import Enterprise

    with tenancy.scope(tenancy.SYSTEM):
        Enterprise.objects.update(time_zone="Pacific/Auckland")  # March 3rd there already, from 11:00 UTC on
    report = take("sales.csv", SALES + "2026-03-03,2,D-1,077,1\n", now=NOW.replace(hour=12))
    assert counts(report) == (2, 2, 0, 0, 0)


def test_an_unknown_dealer(take, lake):
    report = take("sales.csv", SALES + "2026-02-01,2,D-404,077,1\n")
    assert sentences(report) == ['Row 3: there is no dealer "D-404". Take in the dealers first, or correct the code.']
    assert sales(lake) == {"1": 2}


def test_a_negative_pack(take):
    report = take("products.csv", "sku,name,pack\n1,Tea,-6\n2,Cola,12\n")
    assert counts(report) == (2, 1, 0, 0, 1)
    assert sentences(report) == ["Row 2: pack -6 is too small. The least is 1."]


def test_an_unknown_product_in_a_price(take):
    report = take("prices.csv", "sku,price\n404,2.50\n")
    assert counts(report) == (1, 0, 0, 0, 1)
    assert sentences(report) == ['Row 2: there is no product "404". Take in the products first, or correct the code.']


def test_a_code_that_is_too_long_for_the_database(take, lake):
    sku = "9" * 61
    report = take("sales.csv", SALES + f"2026-02-01,2,D-1,{sku},1\n")
    assert sentences(report) == [f'Row 3: sku "{sku}" is too long. It may have 60 characters.']
    report = take("products.csv", f"sku,name\n1,{'很' * 300}\n2,{'很' * 301}\n")
    assert counts(report) == (2, 1, 0, 0, 1)


def test_a_life_cycle_that_nobody_knows(take):
    report = take("products.csv", "sku,name,life_cycle\n1,Tea,brewing\n2,Cola,停产\n")
    assert sentences(report) == [
        'Row 2: life_cycle "brewing" is not known. Write one of: active, new, phase_out, unlisted.'
    ]


def test_a_promotion_that_ends_before_it_starts(take):
    take("products.csv", "sku,name\n1,Tea\n")
    report = take("promotions.csv", "promotion,sku,starts_on,ends_on\nP,1,2026-02-10,2026-02-01\n")
    assert sentences(report) == ["Row 2: ends_on 2026-02-01 is before starts_on."]


def test_a_longest_lead_time_below_the_shortest(take):
    report = take("lead_times.csv", "dealer,minimum_days,maximum_days\nD-1,9,3\n")
    assert sentences(report) == ["Row 2: maximum_days 3 is less than minimum_days."]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("sales.csv", b"", "sales.csv: the file is empty (0 bytes). Export it again."),
        (
            "sales.csv",
            SALES.encode("utf-16"),
            "sales.csv: the text is neither UTF-8 nor GB18030. Save the file as CSV UTF-8 and send it again.",
        ),
        (
            "sales.csv",
            b"date,line,dealer,sku\n2026-02-01,1,D-1,077\n",
            "sales.csv: the column quantity is missing. Add it, or rename the column that is meant; "
            "these names are understood too: 数量, qty, units, 数量件数, 件数, 销售数量.",
        ),
        (
            "sales.parquet",
            b"PAR1 and then nothing",
            "sales.parquet: the file is damaged or incomplete. Export it again and send the new file.",
        ),
        (
            "sales.xlsx",
            b"PK and then nothing",
            "sales.xlsx: the file is damaged or incomplete. Export it again and send the new file.",
        ),
        ("sales.xls", b"old", "sales.xls: this kind of file is not read. Save it as CSV, XLSX or Parquet."),
        ("sales.csv", b"\n\n", "sales.csv: there is no header. Put the names of the columns in the first row."),
        (
            "numbers.csv",
            b"a,b\n1,2\n",
            "numbers.csv: neither the name nor the header tells what the file holds. Name it after its feed, "
            "such as sales.csv: dealers, suppliers, products, customers, prices, promotions, sales, orders, "
            "shipments, stock, warehouse, supply, capacity, lead_times, payments, production.",
        ),
    ],
)
def test_a_file_that_cannot_be_taken_says_why_and_what_to_do(take, name, content, sentence):
    report = take(name, content)
    assert fault(report) == sentence
    assert counts(report) == (0, 0, 0, 0, 0)


def test_one_broken_file_stops_none_of_the_others(take, inbox, lake):
    (inbox / "dealers.csv").write_bytes(b"")
    (inbox / "sales.csv").write_text(SALES)
    (inbox / "stock.csv").write_bytes(b"")
    report = operations.take_in(path=inbox, now=NOW)
    assert report.failed
    assert [(file.file, file.outcome) for file in report.files] == [
        ("dealers.csv", "failed"),
        ("stock.csv", "failed"),
        ("sales.csv", "complete"),
    ]
    assert sales(lake) == {"1": 2}


def test_a_file_that_breaks_in_the_middle_keeps_its_good_beginning(take, lake, monkeypatch):
    from firstmove.lake.contract import FeedError
    from firstmove.lake.parse import read

    def breaking(*args, **options):
        yield from read(*args, **options)
        raise FeedError("broken_file", "sales.csv: after row 2 a quote is opened and not closed in its place.")

    monkeypatch.setattr(operations, "read", breaking)
    report = take("sales.csv", SALES)
    assert fault(report) == "sales.csv: the file is damaged or incomplete. Export it again and send the new file."
    assert (report.added, sales(lake)) == (1, {"1": 2})
    monkeypatch.setattr(operations, "read", read)
    report = take("sales.csv", SALES)
    assert (report.outcome, counts(report)) == ("complete", (1, 1, 0, 0, 0))


def test_a_repaired_file_of_the_same_name_is_taken(take, lake):
    assert take("sales.csv", b"").outcome == "failed"
    assert take("sales.csv", b"").outcome == "failed"
    assert counts(take("sales.csv", SALES)) == (1, 1, 0, 0, 0)
    with tenancy.scope(tenancy.SYSTEM):
        assert queries.batches()[1] == 2


def test_rows_without_end_are_kept_up_to_a_bound_and_counted_beyond(take, monkeypatch):
    monkeypatch.setattr(operations, "KEPT_SET_ASIDE", 3)
    report = take("sales.csv", SALES + "".join(f"2026-02-01,b{i},D-1,077,x\n" for i in range(7)))
    assert report.set_aside == 7
    with tenancy.scope(tenancy.SYSTEM):
        kept, count = queries.set_aside(batch_id=report.batch_id)
        assert [row.row for row in kept] == [3, 4, 5]
        assert count == 3


def test_a_zero_character_is_set_aside_and_never_reaches_the_database(take):
    content = io.BytesIO()
    pl.DataFrame({"dealer": ["D-8", "D-9"], "name": ["Eight", "Ni\0ne"]}).write_parquet(content)
    report = take("dealers.parquet", content.getvalue())
    assert counts(report) == (2, 1, 0, 0, 1)
    assert sentences(report) == ['Row 2: name "Nine" holds bytes that are not text. Save the file as CSV UTF-8 again.']


def test_a_path_that_is_not_there_and_a_folder_without_feeds_are_refused(cast, lake, inbox):
    with pytest.raises(NotFound, match="There is no file or folder"):
        operations.take_in(path=inbox / "nothing", now=NOW)
    with pytest.raises(Invalid, match="holds no file that could be read"):
        operations.take_in(path=inbox, now=NOW)


@pytest.mark.parametrize("source", ["", " ", "x" * 61])
def test_a_source_without_a_proper_name_is_refused(take, source):
    with pytest.raises(Invalid, match="A source needs a name of 1 to 60 characters"):
        take("sales.csv", SALES, source=source)


def test_every_reason_and_column_has_words():
    own = {"too_long", "unknown_product"}
    for reason in REASONS.keys() | own:
        said = words.row_sentence(feed="sales", row=17, reason=reason, column="quantity", value="abc")
        assert said.startswith("Row 17")
        assert "%" not in said
    columns = {column.name for feed in FEEDS.values() for column in feed.columns}
    assert columns <= words.COLUMN_NAMES.keys()
    assert FEEDS.keys() == words.FEED_NAMES.keys()
    assert LONGEST.keys() <= columns
