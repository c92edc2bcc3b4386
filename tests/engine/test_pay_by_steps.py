"""Steps of a programme: more never pays less, a marginal step has no jump, and no cent is lost on the way."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstmove.engine.incentives.basis import growth_threshold, share_taken
from firstmove.engine.incentives.schedule import (
    InvalidScheduleError,
    Schedule,
    Step,
    earned_up_to,
    next_step,
    reached,
    value,
    value_of_share,
)

CENT = Decimal("0.01")
ONE_AND_THREE = (Step(Decimal(100_000), Decimal("0.01")), Step(Decimal(200_000), Decimal("0.03")))
amounts = st.decimals(-1000, 500_000, places=2)


@st.composite
def schedules(draw: st.DrawFn, *, fixed: bool = True) -> Schedule:
    count = draw(st.integers(1, 4))
    thresholds = sorted(draw(st.sets(st.decimals(0, 400_000, places=2), min_size=count, max_size=count)))
    rates = sorted(draw(st.lists(st.decimals(0, 1, places=4), min_size=count, max_size=count)))
    extra = draw(st.lists(st.decimals(0, 5_000, places=2), min_size=count, max_size=count)) if fixed else [0] * count
    steps = zip(thresholds, rates, sorted(extra), strict=True)
    return Schedule(tuple(Step(t, r, Decimal(a)) for t, r, a in steps), retroactive=draw(st.booleans()))


def test_a_retroactive_step_pays_for_the_whole_and_a_marginal_one_for_its_part() -> None:
    whole, part = (Schedule(ONE_AND_THREE, retroactive=kind) for kind in (True, False))
    assert [value(whole, basis=Decimal(b)) for b in (99_999, 199_999, 200_000, 250_000)] == [
        0, Decimal("1999.99"), 6000, 7500,
    ]  # fmt: skip
    assert [value(part, basis=Decimal(b)) for b in (99_999, 199_999, 200_000, 250_000)] == [
        0, Decimal("999.99"), 1000, 2500,
    ]  # fmt: skip


@given(schedules(), amounts, amounts)
@settings(max_examples=60, deadline=None)
def test_more_never_pays_less(schedule: Schedule, one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))
    assert 0 <= value(schedule, basis=low) <= value(schedule, basis=high)


@given(schedules(fixed=False))
@settings(max_examples=60, deadline=None)
def test_only_a_retroactive_step_jumps_and_by_what_it_says(schedule: Schedule) -> None:
    before = Decimal(0)
    for step in schedule.steps:
        jump = value(schedule, basis=step.threshold) - value(schedule, basis=step.threshold - CENT)
        expected = (step.rate - before) * step.threshold if schedule.retroactive else Decimal(0)
        assert abs(jump - expected) <= CENT
        before = step.rate


@given(schedules(), st.lists(amounts, min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_what_parts_earn_one_after_the_other_is_what_the_whole_earns(schedule: Schedule, parts: list[Decimal]) -> None:
    whole = sum(parts, Decimal(0))
    if reached(schedule, basis=whole):
        assert earned_up_to(schedule, basis=whole, counted=whole) == value(schedule, basis=whole)
    for upto in range(len(parts)):
        counted = sum(parts[:upto], Decimal(0))
        assert earned_up_to(schedule, basis=whole, counted=counted) >= 0
        if not reached(schedule, basis=whole):
            assert earned_up_to(schedule, basis=whole, counted=counted) == 0


def test_a_step_once_reached_pays_for_what_came_before_it_and_its_amount_with_what_reached_it() -> None:
    steps = (Step(Decimal(100), Decimal("0.01")), Step(Decimal(200), Decimal("0.03"), Decimal(7)))
    whole, part = (Schedule(steps, retroactive=kind) for kind in (True, False))
    first = [100, 199, 200, 240]
    assert [earned_up_to(whole, basis=Decimal(240), counted=Decimal(x)) for x in first] == [
        3, Decimal("5.97"), 13, Decimal("14.2"),
    ]  # fmt: skip
    # A return from 240 to 180 loses the step for everything.
    assert earned_up_to(whole, basis=Decimal(180), counted=Decimal(100)) == 1
    assert [earned_up_to(part, basis=Decimal(240), counted=Decimal(x)) for x in first] == [
        0, Decimal("0.99"), 8, Decimal("9.2"),
    ]  # fmt: skip


@given(schedules(), amounts)
@settings(max_examples=60, deadline=None)
def test_the_next_step_is_just_reached_by_its_distance(schedule: Schedule, basis: Decimal) -> None:
    ahead = next_step(schedule, basis=basis)
    if ahead is None:
        assert reached(schedule, basis=basis) == len(schedule.steps)
        return
    assert ahead.distance > 0
    assert reached(schedule, basis=basis + ahead.distance) == ahead.number > reached(schedule, basis=basis)
    assert value(schedule, basis=basis + ahead.distance) - value(schedule, basis=basis) == ahead.gain >= 0


@pytest.mark.parametrize(
    ("steps", "retroactive", "words"),
    [
        ((), True, "at least one"),
        ((Step(Decimal(5)), Step(Decimal(5))), False, "not above"),
        ((Step(Decimal(5), Decimal("1.1")),), False, "between 0 and 1"),
        ((Step(Decimal(5), Decimal("0.3")), Step(Decimal(9), Decimal("0.2"))), True, "would lose"),
    ],
)
def test_steps_by_which_a_dealer_could_lose_are_refused(steps: tuple[Step, ...], retroactive: bool, words: str) -> None:
    with pytest.raises(InvalidScheduleError, match=words):
        Schedule(steps, retroactive=retroactive)


def test_steps_at_shares_pay_for_the_whole_amount() -> None:
    schedule = Schedule((Step(Decimal("0.1"), Decimal("0.02")), Step(Decimal("0.2"), Decimal("0.03"))), True)
    assert value_of_share(schedule, share=Decimal("0.15"), amount=Decimal(300_000)) == 6000
    assert value_of_share(schedule, share=Decimal("0.05"), amount=Decimal(300_000)) == 0
    assert (
        value_of_share(Schedule((Step(Decimal(0), amount=Decimal(9)),), True), share=Decimal(1), amount=Decimal(0)) == 0
    )
    with pytest.raises(InvalidScheduleError, match="retroactive"):
        value_of_share(Schedule(schedule.steps, retroactive=False), share=Decimal("0.15"), amount=Decimal(1))


def test_growth_and_advice_taken_up_are_measured_as_a_programme_says() -> None:
    assert growth_threshold(share=Decimal("0.1"), year_before=Decimal(100_000)) == 110_000
    assert growth_threshold(share=Decimal("0.1"), year_before=Decimal(-5)) == 0
    assert share_taken(proposed=50, taken=46) == Decimal("0.92")
    assert share_taken(proposed=0, taken=0) is None
    with pytest.raises(ValueError, match="3 of 2"):
        share_taken(proposed=2, taken=3)
