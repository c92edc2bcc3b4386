"""The course of an order as steps of a timeline."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from firstmove.domains.trade.queries import StepView
from firstmove.portals.design import figures
from firstmove.portals.design.templatetags.design import Step


def order_steps(steps: Iterable[StepView]) -> list[Step]:
    """Done, now and still to come; a step that nobody had to take says so."""
    return [_step(step) for step in steps]


def _step(step: StepView) -> Step:
    if step.at is None:
        return Step(title=step.name)
    state = "failed" if step.state == "cancelled" else "now" if step.current and step.state != "complete" else "done"
    return Step(
        title=step.name,
        state=state,
        when=figures.moment(step.at),
        text=_("by itself") if step.automatic else step.by,
    )
