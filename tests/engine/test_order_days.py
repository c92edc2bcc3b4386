"""Order and delivery weekdays and holidays: what is there lasts until the goods of the next real order day come."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from firstmove.engine.inventory.order_days import OrderDays, cycle

THURSDAY = dt.date(2026, 10, 1)
GOLDEN_WEEK = frozenset(THURSDAY + dt.timedelta(days=k) for k in range(7))


def test_the_worked_example_of_a_holiday_week() -> None:
    days = OrderDays(order=frozenset({1, 4}), delivery=frozenset({2}), holidays=GOLDEN_WEEK)
    found = cycle(days, today=THURSDAY, lead_days=4, review_days=7)
    assert found.order_on == dt.date(2026, 10, 8)
    assert found.arrives_on == dt.date(2026, 10, 13)
    assert found.next_order_on == dt.date(2026, 10, 12)
    assert found.next_arrives_on == dt.date(2026, 10, 20)
    assert found.review_days == 7


def test_without_weekdays_every_day_is_an_order_day() -> None:
    found = cycle(OrderDays(holidays=GOLDEN_WEEK), today=THURSDAY, lead_days=4, review_days=7)
    assert (found.order_on, found.arrives_on) == (THURSDAY, THURSDAY + dt.timedelta(days=4))
    assert found.review_days == 7


def test_two_order_days_of_one_delivery_count_as_one() -> None:
    days = OrderDays(order=frozenset({1, 2, 3}), delivery=frozenset({5}))
    found = cycle(days, today=dt.date(2026, 3, 2), lead_days=2, review_days=7)
    assert found.arrives_on == dt.date(2026, 3, 6)
    assert found.next_arrives_on == dt.date(2026, 3, 13)
    assert found.next_order_on == dt.date(2026, 3, 9)


_weekdays = st.frozensets(st.integers(1, 7), max_size=4)


@given(_weekdays, _weekdays, st.dates(dt.date(2025, 1, 1), dt.date(2027, 1, 1)), st.integers(1, 20), st.integers(1, 28))
def test_goods_never_come_before_their_time_nor_on_a_day_without_delivery(
    order: frozenset[int], delivery: frozenset[int], today: dt.date, lead: int, review: int
) -> None:
    days = OrderDays(order=order, delivery=delivery, holidays=GOLDEN_WEEK)
    found = cycle(days, today=today, lead_days=lead, review_days=review)
    assert today <= found.order_on < found.next_order_on
    assert (found.arrives_on - found.order_on).days >= lead
    assert found.review_days >= 1
    if days.is_given:
        assert not GOLDEN_WEEK & {found.order_on, found.arrives_on, found.next_order_on, found.next_arrives_on}
        assert not order or found.order_on.isoweekday() in order
        assert not delivery or found.arrives_on.isoweekday() in delivery
