"""What a programme pays: a basis under steps, retroactive or marginal, exact in decimals.

Steps lie at ascending thresholds t_1 < … < t_m of a *basis* b: money bought, units sold out, a share. Step k pays a
`rate` of money and a fixed `amount`. Below t_1 nothing is paid, and a basis below zero (more came back than was bought)
counts as zero.

- **Retroactive** (全额返利): the highest step that is reached pays for the whole, the others pay nothing:
  V(b) = rate_k × b + amount_k with t_k ≤ b < t_(k+1). It jumps at every step, by (rate_k - rate_(k-1)) × t_k +
  amount_k - amount_(k-1).
- **Marginal** (超额累进): every step pays for its own part: V(b) = Σ rate_j × (min(b, t_(j+1)) - t_j) + Σ amount_j
  over the steps reached. Without fixed amounts it is continuous.

These are the two kinds of an all-units and an incremental discount (Munson and Rosenblatt 1998, "Theories and realities
of quantity discounts", Production and Operations Management 7).

Example: steps 1 % from 100,000 and 3 % from 200,000. At 199,999 retroactive pays 1,999.99 and at 200,000 6,000.00;
marginal pays 999.99 and 1,000.00, as 1 % is for what lies between the two steps alone. At 250,000 they pay 7,500 and
1,000 + 1,500 = 2,500.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

_NOTHING = Decimal(0)


class InvalidScheduleError(ValueError):
    """Steps that nobody can mean: out of order, below zero, or such that more would earn less."""


@dataclass(frozen=True)
class Step:
    """From `threshold` of the basis on: `rate`, a share of 0 to 1, and a fixed `amount` of money."""

    threshold: Decimal
    rate: Decimal = _NOTHING
    amount: Decimal = _NOTHING


@dataclass(frozen=True)
class Schedule:
    """Steps in ascending order; at least one.

    Raises InvalidScheduleError where thresholds do not ascend, a number is below zero or a rate above 1, or where a
    later step of a retroactive schedule pays less than the one before: buying more would then lose money.
    """

    steps: tuple[Step, ...]
    retroactive: bool

    def __post_init__(self) -> None:
        if not self.steps:
            raise InvalidScheduleError("A schedule needs at least one step.")
        for number, step in enumerate(self.steps, start=1):
            if step.threshold < 0 or step.amount < 0 or not 0 <= step.rate <= 1:
                raise InvalidScheduleError(
                    f"Step {number} has threshold {step.threshold}, rate {step.rate} and amount {step.amount}: a rate "
                    "lies between 0 and 1, the others are not below 0."
                )
        for number, (before, step) in enumerate(pairwise(self.steps), start=2):
            if step.threshold <= before.threshold:
                raise InvalidScheduleError(
                    f"Step {number} begins at {step.threshold}, not above step {number - 1} at {before.threshold}."
                )
            if self.retroactive and (step.rate < before.rate or step.amount < before.amount):
                raise InvalidScheduleError(
                    f"Step {number} pays less than step {number - 1}: a dealer who buys more would lose."
                )


@dataclass(frozen=True)
class NextStep:
    """The step ahead. `distance` of the basis is missing; reaching it pays `gain` more than `value_now`, `value_then`
    in all."""

    number: int
    threshold: Decimal
    distance: Decimal
    value_now: Decimal
    value_then: Decimal

    @property
    def gain(self) -> Decimal:
        return self.value_then - self.value_now


def reached(schedule: Schedule, *, basis: Decimal) -> int:
    """The number of the highest step whose threshold the basis has, counted from 1; 0 for none."""
    return sum(1 for step in schedule.steps if max(basis, _NOTHING) >= step.threshold)


def value(schedule: Schedule, *, basis: Decimal) -> Decimal:
    """What the schedule pays for a basis, unrounded: never less for more."""
    return _paid(schedule, max(basis, _NOTHING), reached(schedule, basis=basis))


def value_of_share(schedule: Schedule, *, share: Decimal, amount: Decimal) -> Decimal:
    """What is paid on `amount` where the steps lie at shares: growth over last year, proposals taken up.

    The highest step reached by `share` pays its rate of the whole amount, and its fixed amount as soon as there is any.
    Raises InvalidScheduleError for a marginal schedule: a part of a share is no amount of money.

    Example: 2 % from a growth of .1, 3 % from .2; a growth of .15 on purchases of 300,000 pays 6,000.
    """
    if not schedule.retroactive:
        raise InvalidScheduleError("Steps at shares pay for the whole amount: such a schedule is retroactive.")
    step = reached(schedule, basis=share)
    if not step or amount <= 0:
        return _NOTHING
    return schedule.steps[step - 1].rate * amount + schedule.steps[step - 1].amount


def next_step(schedule: Schedule, *, basis: Decimal) -> NextStep | None:
    """What the step ahead takes and pays; None where the last one is reached."""
    number = reached(schedule, basis=basis) + 1
    if number > len(schedule.steps):
        return None
    threshold = schedule.steps[number - 1].threshold
    return NextStep(
        number=number,
        threshold=threshold,
        distance=threshold - basis,
        value_now=value(schedule, basis=basis),
        value_then=value(schedule, basis=threshold),
    )


def earned_up_to(schedule: Schedule, *, basis: Decimal, counted: Decimal) -> Decimal:
    """What the first `counted` of the basis earn, unrounded; the first `basis` of it earn `value`.

    Of a retroactive schedule everything earns the rate of the step that holds in the end, and its fixed amount stands
    with what reached the step; so what one part earns changes only where it or that step does. Parts may come back:
    `counted` may lie above `basis`, and where no step is held in the end nothing is earned on the way.

    Example: 1 % from 100, 3 % from 200, retroactive, a basis of 240: the first 100 earn 3, the first 240 7.20.
    """
    held = reached(schedule, basis=basis)
    if not held:
        return _NOTHING
    if not schedule.retroactive:
        return value(schedule, basis=counted)
    step = schedule.steps[held - 1]
    return step.rate * max(counted, _NOTHING) + (step.amount if counted >= step.threshold else _NOTHING)


def _paid(schedule: Schedule, basis: Decimal, held: int) -> Decimal:
    if not held:
        return _NOTHING
    if schedule.retroactive:
        return schedule.steps[held - 1].rate * basis + schedule.steps[held - 1].amount
    return sum((_part(schedule.steps, j, basis) for j in range(held)), _NOTHING)


def _part(steps: Sequence[Step], j: int, basis: Decimal) -> Decimal:
    """What step j of a marginal schedule pays for what lies between its threshold and the next one."""
    until = min(basis, steps[j + 1].threshold) if j + 1 < len(steps) else basis
    return steps[j].rate * (until - steps[j].threshold) + steps[j].amount
