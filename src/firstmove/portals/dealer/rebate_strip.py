"""The next step of a rebate beside today's order."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse

from firstmove.domains.planning.queries import Pick, StepAhead
from firstmove.portals import rebate_words

NAMED = 6


@dataclass(frozen=True)
class Strip:
    """What is said of a step. `act_url` is empty where nothing is ordered for it today; `seen` is what was shown."""

    title: str
    text: str
    note: str
    assumed: str
    url: str
    act_url: str
    seen: Decimal
    picks: Sequence[Pick]
    more: int
    is_worth: bool


def strip(step: StepAhead, *, day_act: bool, currency: str) -> Strip:
    """`day_act`: whether it can be put into the order now, by whoever looks."""
    return Strip(
        title=rebate_words.step_title(step, currency=currency),
        text=rebate_words.step_text(step, currency=currency),
        note="" if step.silent or day_act or step.taken_at else rebate_words.wait_words(step),
        assumed="" if step.silent else rebate_words.costs_assumed(step),
        url=reverse("dealer:rebate", args=[step.part_id]),
        act_url=reverse("dealer:rebate-order", args=[step.part_id]) if day_act else "",
        seen=round(Decimal(str(step.amount)), 2),
        picks=step.picks[:NAMED],
        more=max(len(step.picks) - NAMED, 0),
        is_worth=not step.silent,
    )


def first_of(steps: Sequence[StepAhead]) -> StepAhead | None:
    """What belongs on the first page: a step that pays, else one that is reached anyway; no refusals."""
    open_steps = [step for step in steps if step.taken_at is None and step.silent in ("", "reached_anyway")]
    return open_steps[0] if open_steps else None
