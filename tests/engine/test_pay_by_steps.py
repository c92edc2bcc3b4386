"""Steps of a programme: more never pays less, a marginal step has no jump, and no cent is lost on the way."""

from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from firstmove.engine.incentives.basis import growth_amount, growth_share, growth_threshold, points, share_taken
from firstmove.engine.incentives.schedule import (
    InvalidScheduleError,
    Schedule,
    Step,
    earned,
    next_step,
    reached,
    value,
    value_of_share,
)
from firstmove.engine.incentives.spread import UnspreadableError, rounded, spread

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
def test_what_changes_earn_one_after_the_other_is_what_the_whole_earns(
    schedule: Schedule, bases: list[Decimal]
) -> None:
    parts = [
        earned(schedule, before=before, after=after) for before, after in zip([Decimal(0), *bases], bases, strict=False)
    ]
    assert value(schedule, basis=Decimal(0)) + sum(part.total for part in parts) == value(schedule, basis=bases[-1])
    assert parts[-1].step == reached(schedule, basis=bases[-1])


def test_a_step_that_a_return_loses_takes_back_what_it_paid_on_everything() -> None:
    schedule = Schedule((Step(Decimal(100), Decimal("0.01")), Step(Decimal(200), Decimal("0.03"))), retroactive=True)
    won = earned(schedule, before=Decimal(180), after=Decimal(220))
    lost = earned(schedule, before=Decimal(220), after=Decimal(180))
    assert (won.by_change, won.by_step) == (Decimal("0.40"), Decimal("4.40"))
    assert (lost.by_change, lost.by_step) == (Decimal("-1.20"), Decimal("-3.60"))


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
    with pytest.raises(InvalidScheduleError, match="retroactive"):
        value_of_share(Schedule(schedule.steps, retroactive=False), share=Decimal("0.15"), amount=Decimal(1))


def test_growth_advice_and_points_are_counted_as_a_programme_says() -> None:
    now, before = Decimal(130_000), Decimal(100_000)
    assert growth_share(now=now, year_before=before) == Decimal("0.3")
    assert growth_share(now=now, year_before=Decimal(0)) is None
    assert growth_amount(now=now, year_before=before, wanted=Decimal("0.1")) == 20_000
    assert growth_amount(now=Decimal(5), year_before=before) == 0
    assert growth_threshold(share=Decimal("0.1"), year_before=before) == 110_000
    assert share_taken(proposed=50, taken=46) == Decimal("0.92")
    assert share_taken(proposed=0, taken=0) is None
    assert points(amount=Decimal(1290), money_a_point=Decimal(100)) == 12
    assert points(amount=Decimal(-5), money_a_point=Decimal(100)) == 0
    with pytest.raises(ValueError, match="3 of 2"):
        share_taken(proposed=2, taken=3)
    with pytest.raises(ValueError, match="above zero"):
        points(amount=Decimal(1), money_a_point=Decimal(0))


@given(st.integers(-10_000, 10_000), st.lists(st.decimals(-50, 500, places=2), min_size=1, max_size=9))
@settings(max_examples=80, deadline=None)
def test_no_cent_is_lost_between_an_amount_and_its_evidence(cents: int, weights: list[Decimal]) -> None:
    whole = sum(weights)
    assume(whole != 0)
    amount = cents * CENT
    shares = spread(amount, weights=weights, unit=CENT)
    assert sum(shares) == amount
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - amount * weight / whole) < CENT
        assert share % CENT == 0


def test_equal_evidence_gets_equal_shares_but_for_the_last_cents() -> None:
    assert spread(Decimal(10), weights=[Decimal(1)] * 3, unit=CENT) == [
        Decimal("3.34"), Decimal("3.33"), Decimal("3.33"),
    ]  # fmt: skip
    assert spread(Decimal(7), weights=[Decimal(1)] * 2, unit=Decimal(1)) == [4, 3]
    assert spread(Decimal(0), weights=[Decimal(1), Decimal(-1)], unit=CENT) == [0, 0]
    assert rounded(Decimal("1.005"), unit=CENT) == Decimal("1.01")
    with pytest.raises(UnspreadableError, match="no evidence"):
        spread(Decimal(1), weights=[Decimal(1), Decimal(-1)], unit=CENT)
    with pytest.raises(UnspreadableError, match="round it first"):
        spread(Decimal("0.005"), weights=[Decimal(1)], unit=CENT)
