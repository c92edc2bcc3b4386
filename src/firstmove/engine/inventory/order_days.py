"""When a dealer orders and the enterprise delivers: from weekdays and holidays to the days that an order has to last.

An order placed on an order day arrives on the first delivery day after its lead time. The next order is that of the
first later order day whose goods come with a later delivery: what is there has to last until those arrive.

Example: orders on Mondays and Thursdays, deliveries on Tuesdays, lead time 4 days, today Thursday 1 October, a holiday
week: not an order day. The next are Thursday 8 and Monday 12 October; goods of the 8th come on Tuesday 13, goods of
the 12th on Tuesday 20, so the order of the 8th has to serve the seven days between.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

_LOOK_AHEAD = 60


@dataclass(frozen=True)
class OrderDays:
    """ISO weekdays (1 is Monday); empty sets stand for every day. On `holidays` nobody orders or delivers."""

    order: frozenset[int] = frozenset()
    delivery: frozenset[int] = frozenset()
    holidays: frozenset[dt.date] = frozenset()

    @property
    def is_given(self) -> bool:
        """Whether weekdays are known at all; without them every day is an order and delivery day, holidays too."""
        return bool(self.order or self.delivery)


@dataclass(frozen=True)
class Cycle:
    """`order_on`, and when its goods come; the next chance to order, and when those would come."""

    order_on: dt.date
    arrives_on: dt.date
    next_order_on: dt.date
    next_arrives_on: dt.date

    @property
    def review_days(self) -> int:
        """Days that the goods of this order have to serve before those of the next arrive."""
        return (self.next_arrives_on - self.arrives_on).days


def cycle(days: OrderDays, *, today: dt.date, lead_days: int, review_days: int) -> Cycle:
    """The first order day from `today` on, the one after it, and when their goods come.

    Where no order weekdays are given, orders are placed today and `review_days` later. `lead_days` and `review_days`
    are at least 1.
    """
    if not days.is_given:
        arrives, following = today + dt.timedelta(days=lead_days), today + dt.timedelta(days=review_days)
        return Cycle(today, arrives, following, following + dt.timedelta(days=lead_days))
    order_on = first_order_day(days, since=today)
    arrives_on = arrival(days, order_on, lead_days)
    following = first_order_day(days, since=order_on + dt.timedelta(days=1 if days.order else review_days))
    while arrival(days, following, lead_days) <= arrives_on:  # the same delivery brings both
        following = first_order_day(days, since=following + dt.timedelta(days=1))
    return Cycle(order_on, arrives_on, following, arrival(days, following, lead_days))


def first_order_day(days: OrderDays, *, since: dt.date) -> dt.date:
    """The first day from `since` on that a dealer can order on."""
    return _next(since, days.order, days.holidays) if days.is_given else since


def arrival(days: OrderDays, order_on: dt.date, lead_days: int) -> dt.date:
    """The first delivery day at least `lead_days` after `order_on`."""
    return _next(order_on + dt.timedelta(days=lead_days), days.delivery, days.holidays)


def _next(since: dt.date, weekdays: Collection[int], holidays: Collection[dt.date]) -> dt.date:
    for ahead in range(_LOOK_AHEAD):
        day = since + dt.timedelta(days=ahead)
        if day not in holidays and (not weekdays or day.isoweekday() in weekdays):
            return day
    # Two months of holidays are no calendar: fall back to the day itself rather than to none.
    return since
