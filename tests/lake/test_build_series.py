"""The series store: what the engine reads of a dealer's product, and nothing of tomorrow."""

import datetime as dt

import pytest

from firstmove.lake.series import SERIES_SCHEMA, bucket_of, build, load, save
from firstmove.lake.tables import LakeError
from tests.lake.rows import ANNA, RIVAL, count, sale, written

AS_OF = dt.date(2024, 3, 10)


def built(lake, **options):
    """The series of ten days up to AS_OF (days 0 to 9, from March 1st) as one dict a pair."""
    series = build(lake, **{"as_of": AS_OF, "versions": lake.versions(), "days": 10, "active_within_days": 5} | options)
    assert series.frame.schema == SERIES_SCHEMA
    return {(row["dealer"], row["sku"]): row for row in series.frame.to_dicts()}


def test_a_pair_has_its_net_units_a_day_and_its_first_and_last_sale(lake):
    written(
        lake,
        "sales",
        sale(1, on="2024-03-02", quantity=3),
        sale(2, on="2024-03-02", quantity=4),
        sale(3, on="2024-03-09", quantity=-2),
        sale(4, on="2024-03-08", quantity=5),
    )
    (row,) = built(lake).values()
    assert row["day"] == [1, 7, 8]
    assert row["quantity"] == [7.0, 5.0, -2.0]
    assert (row["first_sale_day"], row["last_sale_day"]) == (1, 7)
    assert row["out_day"] == []


def test_nothing_after_the_as_of_date_or_before_the_window_is_read(lake):
    written(lake, "sales", sale(1, on="2024-03-10"), sale(2, on="2024-03-11", quantity=99), sale(3, on="2024-02-29"))
    (row,) = built(lake).values()
    assert (row["day"], row["quantity"]) == ([9], [1.0])


def test_a_product_that_no_longer_sells_is_left_out_returns_do_not_count_as_sales(lake):
    written(
        lake,
        "sales",
        sale(1, on="2024-03-05", sku="old"),
        sale(2, on="2024-03-09", sku="old", quantity=-1),
        sale(3, on="2024-03-06", sku="live"),
    )
    assert set(built(lake)) == {(ANNA, "live")}


def test_days_that_ended_empty_without_a_sale_are_known_as_out_of_stock(lake):
    written(lake, "sales", sale(1, on="2024-03-06"), sale(2, on="2024-03-08", dealer=RIVAL))
    counts = [count(f"2024-03-{day:02}", stock) for day, stock in ((5, 0), (6, 0), (7, 3), (9, 0), (11, 0))]
    written(lake, "stock_daily", *counts)
    rows = built(lake)
    # On the 6th it sold its last pieces, the 11th is tomorrow.
    assert rows[ANNA, "001"]["out_day"] == [4, 8]
    assert rows[RIVAL, "001"]["out_day"] == []


def test_a_pinned_version_gives_the_same_series_after_history_was_corrected(lake):
    written(lake, "sales", sale(1, on="2024-03-09", quantity=3))
    pinned = lake.versions()
    before = build(lake, as_of=AS_OF, versions=pinned).frame
    written(lake, "sales", sale(1, on="2024-03-09", quantity=30), sale(2, on="2024-03-09", sku="new"))
    written(lake, "stock_daily", count("2024-03-08", 0))
    assert build(lake, as_of=AS_OF, versions=pinned).frame.equals(before)
    assert build(lake, as_of=AS_OF, versions=lake.versions()).frame.height == 2


def test_workers_that_read_their_buckets_read_everything_once(lake, tmp_path):
    dealers = [f"D-{number}" for number in range(40)]
    written(lake, "sales", *(sale(dealer, dealer=dealer, on="2024-03-09") for dealer in dealers))
    series = build(lake, as_of=AS_OF, versions=lake.versions(), buckets=4)
    save(series, tmp_path / "series")
    parts = [load(tmp_path / "series", bucket=bucket).frame for bucket in range(4)]
    assert sorted(dealer for part in parts for dealer in part["dealer"]) == sorted(dealers)
    assert all(part.height for part in parts)
    whole = load(tmp_path / "series")
    assert whole.frame.equals(series.frame)
    assert (whole.first_on, whole.days, whole.buckets) == (series.first_on, series.days, series.buckets)


def test_the_bucket_of_a_dealer_never_changes():
    # Worked by hand: CRC-32 of "123456789" is 0xCBF43926, the checksum's published check value.
    assert bucket_of("123456789", buckets=16) == 0xCBF43926 % 16


def test_a_series_store_that_is_not_whole_is_refused(lake, tmp_path):
    with pytest.raises(LakeError, match="no whole series store"):
        load(tmp_path)
    save(build(lake, as_of=AS_OF, versions={}, buckets=2), tmp_path)
    assert load(tmp_path).frame.is_empty()
    with pytest.raises(LakeError, match="no bucket 2"):
        load(tmp_path, bucket=2)
