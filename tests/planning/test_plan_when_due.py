"""The nightly run: after the feeds close, patient with late ones, once, and never on a day that is replayed."""

import datetime as dt
import uuid

import pytest

from firstmove.domains.intake.models import Batch, BatchState
from firstmove.domains.network import operations as network
from firstmove.domains.planning import operations, queries
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
from tests.cast import TODAY
from tests.scene import YESTERDAY

NIGHT = dt.datetime.combine(TODAY + dt.timedelta(days=1), dt.time(0), dt.UTC)


@pytest.fixture
def due(scene):
    """``due(2.5)`` is half past two in the night after the scene's day. The clock runs, nothing is replayed."""
    network.set_business_date(day=None)
    return lambda hour: operations.plan_if_due(now=NIGHT + dt.timedelta(hours=hour))


@pytest.fixture
def feeds():
    """Say up to which day a feed told: ``feeds(sales=TODAY)``."""

    def tell(**last):
        with tenancy.scope(SYSTEM):
            for feed, day in last.items():
                Batch.objects.create(
                    key=uuid.uuid4(), source="files", feed=feed, file_name=f"{feed}.csv", content_hash="0",
                    state=BatchState.COMPLETE, first_on=day, last_on=day, started_at=NIGHT,
                )  # fmt: skip

    return tell


def test_fresh_feeds_are_planned_once_they_closed_and_once_a_night(due, feeds):
    feeds(sales=TODAY, stock=TODAY)
    assert due(1.99) is None
    summary = due(2)
    assert (summary.as_of, summary.for_on, summary.stale) == (TODAY, TODAY + dt.timedelta(days=1), ())
    assert [due(hour) for hour in (2.25, 6, 23.75)] == [None, None, None]


def test_late_feeds_are_waited_for_until_six_and_then_named(due, feeds, caplog):
    feeds(sales=TODAY, stock=YESTERDAY)
    assert [due(hour) for hour in (2, 4, 5.99)] == [None, None, None]
    assert "stock" in caplog.text
    summary = due(6)
    assert summary.stale == ("stock",)
    with tenancy.scope(SYSTEM):
        assert queries.latest_run().stale == ("stock",)


def test_a_late_feed_that_comes_in_the_night_ends_the_wait(due, feeds):
    feeds(sales=YESTERDAY)
    assert due(3) is None
    feeds(sales=TODAY)
    assert due(3.25).stale == ()


def test_a_feed_that_never_came_is_not_waited_for(due, feeds):
    feeds(sales=TODAY)
    assert due(2).stale == ()


def test_an_installation_without_sales_plans_nothing(due):
    assert due(3) is None


def test_a_replayed_installation_is_never_planned_by_night(due, feeds):
    feeds(sales=TODAY)
    network.set_business_date(day=TODAY)
    assert due(7) is None


def test_the_night_is_the_installations_own(due, feeds):
    from firstmove.domains.network.models import Enterprise

    feeds(sales=TODAY)
    with tenancy.scope(SYSTEM):
        Enterprise.objects.update(time_zone="Asia/Shanghai")
    # 16:00 UTC of the scene's day is midnight there, 18:00 is two.
    assert due(-6.01) is None
    assert due(-6).as_of == TODAY


@pytest.mark.django_db
def test_an_empty_installation_is_left_alone():
    assert operations.plan_if_due(now=NIGHT) is None
    assert operations.expire(now=NIGHT) == 0
