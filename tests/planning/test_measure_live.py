"""What really changed is measured against the past and against pairs without advice, from what happened alone."""

import datetime as dt

import polars as pl
import pytest
from django.conf import settings

from firstmove.domains.planning import operations, queries
from firstmove.domains.planning.models import HoldOut, LiveMeasure
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
from firstmove.lake.store import Lake
from tests.cast import NOW, TODAY
from tests.planning.mornings import DAY, plan

AGO = 56 * DAY


def measure(until: dt.date = TODAY - DAY) -> int | None:
    return operations.measure(now=NOW, until=until)


def measures(dealer_id: int | None = None) -> dict[tuple[str, str], queries.MeasureView]:
    with tenancy.scope(SYSTEM):
        return {(one.comparison, one.metric): one for one in queries.measures(dealer_id=dealer_id)}


def figures(one: queries.MeasureView) -> object:
    """What was measured, without the last digits that the order of a sum decides."""
    known = [one.base, one.difference, one.low or 0.0, one.high or 0.0]
    return one.verdict, one.clusters, [round(value, 6) for value in known]


@pytest.fixture
def advised(scene):
    """Advice since eight weeks, three in ten pairs left without since then."""
    operations.set_hold_out(actor=SYSTEM, share=0.2, from_on=TODAY - AGO, now=NOW, salt="live", redraw=True)
    plan(TODAY - AGO)
    plan()
    return scene


def sell(rows: list[dict[str, object]]) -> None:
    Lake(settings.LAKE_ROOT).write(table="sales", rows=pl.DataFrame(rows), source="more", batch_id=f"more/{len(rows)}")


def extra(dealer: str, sku: str, first: dt.date, *, days: int, quantity: float) -> list[dict[str, object]]:
    return [
        {
            "date": first + day * DAY, "line": f"m-{dealer}-{sku}-{first}-{day}", "dealer": dealer, "customer": "C-1",
            "sku": sku, "quantity": quantity, "amount": quantity * 30.0,
        }
        for day in range(days)
    ]  # fmt: skip


def test_nothing_is_measured_before_four_weeks_of_advice(scene):
    plan(TODAY + DAY)
    assert measure() is None


def test_two_dealers_give_figures_and_no_verdict(advised):
    measure()
    found = measures()
    margin = found["hold_out", "margin"]
    assert (margin.verdict, margin.low, margin.clusters) == ("too_few", None, 2)
    assert margin.advised + margin.held == 2 * 29  # one product is new
    assert measures(advised.cast.dealer_id)["before", "margin"].clusters == 8


def test_more_sold_than_before_shows_as_margin_of_that_dealer_alone(advised):
    measure()
    before = measures(advised.cast.dealer_id)["before", "margin"], measures(advised.cast.rival_id)["before", "margin"]
    sell(extra("D-1", "000010", TODAY - AGO, days=56, quantity=20.0))
    measure()
    own, rival = (measures(one)["before", "margin"] for one in (advised.cast.dealer_id, advised.cast.rival_id))
    assert own.difference > before[0].difference
    assert own.base == pytest.approx(before[0].base)
    assert own.verdict == "gain"
    assert figures(rival) == figures(before[1])


def test_what_happens_after_the_day_that_is_known_changes_no_measure(advised):
    measure()
    first = measures()
    sell(extra("D-1", "000010", TODAY, days=30, quantity=500.0))
    measure()
    assert {key: figures(one) for key, one in measures().items()} == {key: figures(one) for key, one in first.items()}


def test_a_dealer_that_left_is_in_neither_group(advised):
    operations.take_part(actor=advised.cast.rival.actor, takes_part=False, now=NOW)
    measure()
    margin = measures()["hold_out", "margin"]
    assert (margin.clusters, margin.advised + margin.held) == (1, 29)
    # One that comes back later was without comparison for a part of the time.
    operations.take_part(actor=advised.cast.rival.actor, takes_part=True, now=NOW)
    measure()
    assert measures()["hold_out", "margin"].clusters == 1


def test_pairs_held_out_for_a_part_of_the_time_are_in_neither_group(advised):
    measure()
    whole = measures()["hold_out", "margin"]
    operations.set_hold_out(actor=SYSTEM, share=0.1, from_on=TODAY - 28 * DAY, now=NOW)
    measure()
    part = measures()["hold_out", "margin"]
    assert part.advised == whole.advised
    assert part.held < whole.held


def test_measuring_again_replaces_what_was_measured(advised):
    count = measure()
    assert measure() == count
    with tenancy.scope(SYSTEM):
        assert LiveMeasure.objects.count() == count
        assert HoldOut.objects.count() == 2
