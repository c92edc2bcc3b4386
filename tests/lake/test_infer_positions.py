"""Stock on hand and in transit, inferred from counts, sales, orders and receipts as they were known that day."""

import datetime as dt

from firstmove.lake.series import arrivals, positions
from tests.lake.rows import ANNA, RIVAL, count, order, sale, shipment, written

AS_OF = dt.date(2024, 3, 10)


def position(lake, *, dealer=ANNA, as_of=AS_OF, versions=None):
    """The position of one dealer's product 001."""
    frame = positions(lake, as_of=as_of, versions=lake.versions() if versions is None else versions)
    rows = [row for row in frame.to_dicts() if (row["dealer"], row["sku"]) == (dealer, "001")]
    return rows[0] if rows else None


def test_stock_is_the_last_count_less_sales_plus_receipts_since(lake):
    written(lake, "stock_daily", count("2024-03-01", 50), count("2024-03-05", 10), count("2024-03-11", 99))
    written(
        lake,
        "sales",
        sale(1, on="2024-03-05", quantity=8),
        sale(2, on="2024-03-06", quantity=4),
        sale(3, on="2024-03-07", quantity=-1),
        sale(4, on="2024-03-11", quantity=3),
        sale(5, on="2024-03-07", quantity=6, dealer=RIVAL),
    )
    written(
        lake,
        "shipments",
        shipment("A", received="2024-03-05", quantity=20),
        shipment("B", received="2024-03-08", quantity=6),
        shipment("C", received="2024-03-11", quantity=40),
        shipment("D", quantity=80),
    )
    row = position(lake)
    assert (row["on_hand_units"], row["counted_on"]) == (10 - 4 + 1 + 6, dt.date(2024, 3, 5))


def test_stock_is_never_below_zero(lake):
    written(lake, "stock_daily", count("2024-03-05", 2))
    written(lake, "sales", sale(1, on="2024-03-06", quantity=9))
    assert position(lake)["on_hand_units"] == 0.0


def test_a_pair_that_was_never_counted_has_no_stock_rather_than_none(lake):
    written(lake, "orders", order("A"))
    row = position(lake)
    assert (row["on_hand_units"], row["counted_on"], row["in_transit_units"]) == (None, None, 12.0)
    assert position(lake, dealer=RIVAL) is None


def test_what_was_ordered_and_not_received_is_in_transit(lake):
    written(
        lake,
        "orders",
        order("A", quantity=12),
        order("A", "2", quantity=6),
        order("B", quantity=24),
        order("cancelled", quantity=0),
        order("tomorrow", on="2024-03-11"),
        order("forgotten", on="2023-11-01"),
        order("theirs", dealer=RIVAL),
    )
    written(
        lake,
        "shipments",
        shipment("A", received="2024-03-08", quantity=8),
        shipment("A", on="2024-03-07", received="2024-03-09", quantity=1),
        shipment("A", "2", received="2024-03-09", quantity=10),
        shipment("B", received="2024-03-12", quantity=24),
        source="warehouse",
    )
    # A/1 lacks 3; A/2 came with 4 too many, which does not shorten A/1; B comes later.
    assert position(lake)["in_transit_units"] == 3 + 24
    assert position(lake, dealer=RIVAL)["in_transit_units"] == 12


def test_an_order_accepted_today_is_in_transit_in_tomorrows_plan(lake):
    written(lake, "orders", order("A", on="2024-03-09"))
    pinned = lake.versions()
    written(lake, "orders", order("B", on="2024-03-10", quantity=24), source="firstmove")
    assert position(lake, versions=pinned)["in_transit_units"] == 12
    assert position(lake)["in_transit_units"] == 36


def test_counts_of_two_sources_on_one_day_are_not_added(lake):
    written(lake, "stock_daily", count("2024-03-05", 7), source="wms")
    written(lake, "stock_daily", count("2024-03-05", 5), source="erp")
    assert position(lake)["on_hand_units"] == 5


def test_arrivals_list_open_and_received_order_lines(lake):
    written(lake, "orders", order("A"), order("B", on="2024-03-07"), order("C", on="2024-03-11"))
    written(lake, "shipments", shipment("A", received="2024-03-08", quantity=12))
    rows = arrivals(lake, as_of=AS_OF, versions=lake.versions())
    assert rows.select("order", "ordered_on", "quantity_units", "received_units", "received_on").rows() == [
        ("A", dt.date(2024, 3, 5), 12.0, 12.0, dt.date(2024, 3, 8)),
        ("B", dt.date(2024, 3, 7), 12.0, 0.0, None),
    ]


def test_an_empty_lake_has_no_positions(lake):
    assert positions(lake, as_of=AS_OF, versions={}).is_empty()
