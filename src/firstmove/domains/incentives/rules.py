"""What a version of a programme promises, and what that is worth for what a dealer did. No model is read here."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from firstmove.engine.incentives import basis as measured
from firstmove.engine.incentives import schedule as paid
from firstmove.engine.incentives.schedule import NextStep, Schedule, Step, next_step, reached

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Rules:
    """The rules of one version. Codes are those of `models.programmes`; empty tuples exclude nobody and nothing."""

    cadence: str
    basis: str
    effect: str
    mode: str
    steps: tuple[Step, ...]
    from_on: dt.date
    until_on: dt.date | None = None
    growth: bool = False
    new_within_days: int | None = None
    tiers: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    dealer_ids: tuple[int, ...] = ()
    categories: tuple[str, ...] = ()
    product_ids: tuple[int, ...] = ()

    @property
    def by_share(self) -> bool:
        """Whether steps are shares: of growth over the year before, or of the proposed lines that were taken."""
        return self.growth or self.basis == "proposals"

    def meant_for(self, *, dealer_id: int, tier: str, region: str) -> bool:
        """Whether a dealer takes part: it is named, or of a tier and a region that are, where any are."""
        return (
            (not self.dealer_ids or dealer_id in self.dealer_ids)
            and (not self.tiers or tier in self.tiers)
            and (not self.regions or region in self.regions)
        )

    def counts(self, *, product_id: int, category: str, listed_on: dt.date | None, on: dt.date) -> bool:
        """Whether a product counts on a day. One without a day of listing is new on none."""
        if self.product_ids and product_id not in self.product_ids:
            return False
        if self.categories and category not in self.categories:
            return False
        if self.new_within_days is None:
            return True
        return listed_on is not None and listed_on <= on < listed_on + dt.timedelta(days=self.new_within_days)


@dataclass(frozen=True)
class Standing:
    """What counts for a dealer in a period: `basis`, in the currency, and what its steps are measured against.

    `base` is the same period a year before, where growth counts; `proposed` and `taken` are lines of proposals.
    """

    basis: Decimal
    base: Decimal | None = None
    proposed: int = 0
    taken: int = 0

    @property
    def share_taken(self) -> Decimal | None:
        return measured.share_taken(proposed=self.proposed, taken=self.taken)


def schedule(rules: Rules, standing: Standing) -> Schedule | None:
    """The steps in terms of the basis; None where they have none: growth over nothing, or shares of proposals."""
    if rules.basis == "proposals" or (rules.growth and not standing.base):
        return None
    base = standing.base or NOTHING
    return Schedule(
        steps=tuple(
            Step(
                threshold=measured.growth_threshold(share=step.threshold, year_before=base)
                if rules.growth
                else step.threshold,
                rate=step.rate,
                amount=step.amount,
            )
            for step in rules.steps
        ),
        retroactive=rules.mode == "retroactive",
    )


def step_reached(rules: Rules, standing: Standing) -> int:
    """The number of the step that holds, from 1 on; 0: none."""
    if rules.basis == "proposals":
        shares = Schedule(rules.steps, retroactive=True)
        return 0 if standing.share_taken is None else reached(shares, basis=standing.share_taken)
    steps = schedule(rules, standing)
    return 0 if steps is None else reached(steps, basis=standing.basis)


def step_ahead(rules: Rules, standing: Standing) -> NextStep | None:
    """What the next step takes and pays, in terms of the basis; None where there is none or it is no amount."""
    steps = schedule(rules, standing)
    return None if steps is None else next_step(steps, basis=standing.basis)


def earned_up_to(rules: Rules, standing: Standing, *, counted: Decimal) -> Decimal:
    """What the first `counted` of the basis earn, unrounded: the parts add up to the whole at ``standing.basis``.

    Of a share of proposals everything earns at once, its fixed amount with the first.
    """
    if rules.effect == "priority":
        return NOTHING
    if rules.basis == "proposals":
        share, shares = standing.share_taken, Schedule(rules.steps, retroactive=True)
        return NOTHING if share is None else paid.value_of_share(shares, share=share, amount=counted)
    steps = schedule(rules, standing)
    return NOTHING if steps is None else paid.earned_up_to(steps, basis=standing.basis, counted=counted)


def priority_of(rules: Rules, standing: Standing) -> float:
    """By how much the dealer's claim to scarce goods weighs more: the rate of the step that holds, such as 0.2."""
    number = step_reached(rules, standing)
    return float(rules.steps[number - 1].rate) if number and rules.effect == "priority" else 0.0


def steps_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    """Steps as they are stored: ``[{"level": "100000", "rate": "0.02", "amount": "0"}]``."""
    return tuple(
        Step(threshold=Decimal(row["level"]), rate=Decimal(row["rate"]), amount=Decimal(row["amount"])) for row in rows
    )


def rows_of(steps: Sequence[Step]) -> list[dict[str, str]]:
    """As `steps_of` reads them."""
    return [{"level": str(s.threshold), "rate": str(s.rate), "amount": str(s.amount)} for s in steps]
