"""The same file, an overlapping file, an older file sent again: nothing doubles, and what was sent last wins."""

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.intake import operations, queries
from firstmove.kernel import tenancy
from tests.cast import NOW
from tests.intake.conftest import counts, sales

HEADER = "date,line,dealer,sku,quantity\n"
FIRST = HEADER + "2026-02-01,1,D-1,077,2\n2026-02-01,2,D-1,077,3\n"
# Line 2 is corrected, line 3 is new.
OVERLAP = HEADER + "2026-02-01,1,D-1,077,2\n2026-02-03,2,D-1,077,5\n2026-02-02,3,D-2,078,1\n"


def test_the_same_file_again_adds_nothing_and_is_not_even_read(take, lake):
    assert counts(take("sales.csv", FIRST)) == (2, 2, 0, 0, 0)
    version = lake.version("sales")
    again = take("sales.csv", FIRST)
    assert (again.outcome, counts(again)) == ("skipped", (2, 0, 0, 2, 0))
    assert lake.version("sales") == version
    assert sales(lake) == {"1": 2, "2": 3}


def test_the_same_content_under_another_name_is_the_same_file(take):
    take("sales.csv", FIRST)
    assert take("sales_february.csv", FIRST).outcome == "skipped"


def test_an_overlapping_file_adds_the_new_and_replaces_the_changed(take, lake):
    take("sales.csv", FIRST)
    assert counts(take("sales.csv", OVERLAP)) == (3, 1, 1, 1, 0)
    assert sales(lake) == {"1": 2, "2": 5, "3": 1}


def test_an_older_file_sent_again_wins_back_the_rows_that_another_replaced(take, lake):
    take("sales_a.csv", FIRST)
    take("sales_b.csv", OVERLAP)
    assert counts(take("sales_a.csv", FIRST)) == (2, 0, 1, 1, 0)
    assert sales(lake) == {"1": 2, "2": 3, "3": 1}
    assert counts(take("sales_b.csv", OVERLAP)) == (3, 0, 1, 2, 0)
    assert sales(lake) == {"1": 2, "2": 5, "3": 1}
    assert take("sales_b.csv", OVERLAP).outcome == "skipped"


def test_files_that_only_add_leave_the_earlier_ones_unread(take):
    take("sales_a.csv", FIRST)
    take("sales_b.csv", HEADER + "2026-02-05,9,D-1,077,2\n")
    assert take("sales_a.csv", FIRST).outcome == "skipped"


def test_the_same_line_number_of_another_system_is_another_row(take, lake):
    take("sales.csv", FIRST)
    assert counts(take("sales.csv", FIRST, source="shop")) == (2, 2, 0, 0, 0)


def test_rows_set_aside_for_an_unknown_dealer_come_in_once_the_dealer_is_known(take, lake):
    late = HEADER + "2026-02-01,1,D-1,077,2\n2026-02-01,2,D-3,077,3\n"
    assert counts(take("sales.csv", late)) == (2, 1, 0, 0, 1)
    take("dealers.csv", "dealer,name\nD-3,Third\n")
    assert counts(take("sales.csv", late)) == (2, 1, 0, 1, 0)
    assert sales(lake) == {"1": 2, "2": 3}


def test_a_master_file_again_changes_nothing_and_undoes_what_was_changed_since(take):
    products = "sku,name,unit_price,pack\n077,Tea,2.10,6\n078,Cola,3.3333,12\n"
    assert counts(take("products.csv", products)) == (2, 2, 0, 0, 0)
    assert counts(take("products.csv", products)) == (2, 0, 0, 2, 0)
    take("products_new.csv", "sku,name,unit_price,pack\n077,Tea,2.50,6\n")
    assert counts(take("products.csv", products)) == (2, 0, 1, 1, 0)
    with tenancy.scope(tenancy.SYSTEM):
        assert str(catalog.products(search="077")[0][0].unit_price) == "2.1000"


def test_every_master_feed_again_adds_and_changes_nothing(take):
    files = {
        "dealers.csv": "dealer,name,credit_limit,market_growth,lat\nD-1,One,1000.10,5%,42.03\n",
        "suppliers.csv": "supplier,name\nS-1,Bottle Maker\n",
        "products.csv": "sku,name,supplier,unit_cost,listed_on,barcode\n1,Tea,S-1,1.23,2024-01-31,0690\n2,Cola,,,,\n",
        "customers.csv": "customer,name,dealer,lat\nC-1,Store,D-1,42.5\n",
        "prices.csv": "sku,price,dealer,valid_from,valid_to\n1,2.05,,,\n1,1.99,D-1,2026-01-01,2026-12-31\n",
        "promotions.csv": "promotion,sku,starts_on,ends_on,discount\nP,1,2026-01-01,2026-01-31,0.1\n",
        "lead_times.csv": "dealer,minimum_days,maximum_days\nD-1,5,12\n",
    }
    first = {name: take(name, content) for name, content in files.items()}
    for name, content in files.items():
        again = take(name, content)
        assert counts(again) == (first[name].read, 0, 0, first[name].read, 0), name


def test_a_folder_again_adds_nothing(take, inbox):
    (inbox / "dealers.csv").write_text("dealer,name\nD-1,One\n")
    (inbox / "sales_1.csv").write_text(FIRST)
    (inbox / "sales_2.csv").write_text(OVERLAP)
    operations.take_in(path=inbox, now=NOW)
    for _ in range(2):
        again = operations.take_in(path=inbox, now=NOW)
        assert [file.added for file in again.files] == [0, 0, 0]


def test_sending_again_leaves_no_second_record_of_a_skipped_file(take):
    take("sales.csv", FIRST)
    take("sales.csv", FIRST)
    with tenancy.scope(tenancy.SYSTEM):
        assert queries.batches()[1] == 1


def test_a_lake_that_was_lost_is_filled_again(take, lake, settings, tmp_path):
    take("sales.csv", FIRST)
    settings.LAKE_ROOT = str(tmp_path / "new-lake")
    assert counts(take("sales.csv", FIRST)) == (2, 2, 0, 0, 0)
