"""How long orders take is learned from their dates: open ones count, old ones fade, few ones lean on what is given."""

import datetime as dt
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstmove.engine.frames import InvalidFrameError
from firstmove.engine.inventory.lead_times import LeadTime, classes, learn

AS_OF = dt.date(2026, 3, 1)
DAY = dt.timedelta(days=1)


def orders(*rows: tuple[str, int, int | None]) -> pl.DataFrame:
    """(dealer, days ago ordered, days taken or None) as order lines."""
    return pl.DataFrame(
        [
            {
                "dealer": dealer,
                "order": f"{dealer}-{number}",
                "ordered_on": AS_OF - ago * DAY,
                "received_on": None if taken is None else AS_OF + (taken - ago) * DAY,
            }
            for number, (dealer, ago, taken) in enumerate(rows)
        ],
        schema={"dealer": pl.String, "order": pl.String, "ordered_on": pl.Date, "received_on": pl.Date},
    )


def one(frame: pl.DataFrame, *, given: tuple[int, int] | None = None, assumed: tuple[int, int] = (5, 12)) -> LeadTime:
    return learn(frame, as_of=AS_OF, dealers={"D-1": given}, assumed=assumed)["D-1"]


def test_without_an_order_the_range_is_given_or_assumed_and_says_so() -> None:
    known, unknown = one(orders(), given=(2, 3)), one(orders())
    assert (known.low, known.median, known.high, known.source, known.orders) == (2, 3, 3, "given", 0)
    assert (unknown.low, unknown.median, unknown.high, unknown.source) == (5, 9, 12, "assumed")
    assert unknown.days == (5, 6, 7, 8, 9, 10, 11, 12)


def test_the_worked_example_of_the_module() -> None:
    found = one(orders(*[("D-1", 0, 5)] * 8).with_columns(pl.lit(AS_OF - 5 * DAY).alias("ordered_on")).with_columns(
        received_on=pl.lit(AS_OF)), given=(2, 3))  # fmt: skip
    # a quarter 2 days, a quarter 3, half 5; the age of five days takes a hair of the orders' weight
    assert found.days in {(2, 2, 3, 3, 5, 5, 5, 5), (2, 2, 3, 3, 3, 5, 5, 5)}
    assert found.source == "learned"


def test_a_dealer_whose_orders_take_twenty_days_is_no_longer_said_to_take_nine() -> None:
    found = one(orders(*[("D-1", 30 + k, 20) for k in range(100)]), given=(5, 12))
    assert (found.source, found.orders) == ("learned", 100)
    assert found.low == found.median == found.high == 20


def test_orders_still_on_their_way_make_the_dealer_slower_not_invisible() -> None:
    quick = [("D-1", 60 + k, 5) for k in range(20)]
    stuck = [("D-1", 40, None)] * 20
    came_only, honest = one(orders(*quick)), one(orders(*quick, *stuck))
    assert came_only.high <= 12
    assert honest.high >= 40


def test_an_order_of_yesterday_that_has_not_come_says_next_to_nothing() -> None:
    settled = [("D-1", 60 + k, 7) for k in range(40)]
    assert one(orders(*settled, *[("D-1", 1, None)] * 40)).days == one(orders(*settled)).days


def test_last_months_orders_say_more_than_last_years() -> None:
    found = one(orders(*[("D-1", 400 + k, 4) for k in range(60)], *[("D-1", 30 + k, 14) for k in range(60)]))
    assert found.median == 14


def test_few_orders_lean_on_the_network_where_nothing_is_given() -> None:
    frame = orders(*[("D-2", 30 + k, 20) for k in range(200)], ("D-1", 30, 20))
    found = learn(frame, as_of=AS_OF, dealers={"D-1": None, "D-2": None, "D-3": (3, 3)}, assumed=(5, 12))
    assert (found["D-1"].source, found["D-1"].median, found["D-1"].orders) == ("network", 20, 201)
    assert (found["D-3"].source, found["D-3"].median) == ("given", 3)


def test_an_order_of_a_hundred_lines_counts_once() -> None:
    lines = orders(("D-1", 30, 20)).select(pl.all().repeat_by(100).explode())
    assert one(pl.concat([lines, orders(*[("D-2", 30, 9)])])).median == one(orders(("D-1", 30, 20))).median
    assert one(lines).orders == 1 or one(lines).source == "assumed"


def test_what_comes_after_the_day_changes_nothing() -> None:
    past = orders(*[("D-1", 30 + k, 8) for k in range(30)], ("D-1", 10, None))
    future = orders(("D-1", -1, 3)).with_columns(order=pl.lit("late"))
    told_later = past.with_columns(received_on=pl.coalesce("received_on", pl.lit(AS_OF + DAY)))
    assert one(pl.concat([told_later, future])) == one(past)


def test_goods_that_never_come_on_a_weekend_are_not_promised_for_one() -> None:
    mondays = AS_OF - (AS_OF.weekday() + 7) * DAY  # a Monday
    rows = []
    for week in range(20):
        for weekday in range(5):
            received = mondays - 7 * week * DAY + weekday * DAY
            rows.append(("D-1", (AS_OF - received).days + 6, 6))
    found = one(orders(*rows))
    assert found.weekdays == frozenset(range(5))
    sunday_due = next(mondays + k * DAY for k in range(7) if (mondays + (k + found.median) * DAY).weekday() == 6)
    assert found.arrives_on(sunday_due).weekday() == 0
    assert one(orders(*rows[:20])).weekdays == frozenset(range(7))


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_the_order_of_rows_and_dealers_plays_no_part(seed: int) -> None:
    draw = np.random.default_rng(seed)
    frame = orders(*[
        (f"D-{dealer}", int(ago), None if taken > 24 else int(taken))
        for dealer, ago, taken in draw.integers((1, 0, 0), (5, 200, 30), (80, 3))
    ])  # fmt: skip
    dealers: dict[str, tuple[int, int] | None] = {"D-1": None, "D-2": (3, 9), "D-3": None, "D-4": (1, 1)}
    found = learn(frame, as_of=AS_OF, dealers=dealers, assumed=(5, 12))
    again = learn(frame.sample(fraction=1, shuffle=True, seed=seed), as_of=AS_OF,
                  dealers=dict(reversed(dealers.items())), assumed=(5, 12))  # fmt: skip
    assert found == again
    for lead in found.values():
        assert all(a <= b for a, b in pairwise(lead.days))
        assert 1 <= lead.low <= lead.high


@given(
    st.lists(st.lists(st.integers(1, 40), min_size=8, max_size=8).map(lambda days: tuple(sorted(days))), max_size=30)
)
@settings(max_examples=50, deadline=None)
def test_dealers_share_few_classes_whose_mean_is_theirs(lengths: list[tuple[int, ...]]) -> None:
    found = classes(lengths, most=4)
    assert set(found) == set(lengths)
    assert len(set(found.values())) <= 4
    if len(set(lengths)) <= 4:
        assert all(own == shared for own, shared in found.items())
    elif lengths:
        own, shared = (np.mean([np.mean(days) for days in part]) for part in (lengths, [found[x] for x in lengths]))
        assert shared == pytest.approx(own, abs=0.5)


def test_a_range_that_runs_backwards_is_refused() -> None:
    with pytest.raises(InvalidFrameError, match="from 9 to 3"):
        one(orders(), given=(9, 3))
