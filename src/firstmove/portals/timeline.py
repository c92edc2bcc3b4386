"""The course of an order as steps of a timeline."""

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext as _

from firstmove.domains.trade.queries import StepView
from firstmove.portals import step_words
from firstmove.portals.design import figures
from firstmove.portals.design.templatetags.design import Step

_WORTH_SAYING = dt.timedelta(minutes=1)


def order_steps(steps: Iterable[StepView]) -> list[Step]:
    """Done, now and still to come; a step that nobody had to take says so, one that took time says how long."""
    return [_step(step) for step in steps]


def _step(step: StepView) -> Step:
    if step.at is None:
        return Step(title=step.name)
    state = "failed" if step.state == "cancelled" else "now" if step.current and step.state != "complete" else "done"
    said = [_("by itself") if step.automatic else step.by]
    if step.took is not None and step.took >= _WORTH_SAYING:
        said.append(_("took %(time)s") % {"time": step_words.duration(step.took)})
    if step.current and step.held_by:
        said.append(step_words.why_held(step.held_by))
    if step.note:
        said.append(_("“%(note)s”") % {"note": step.note})
    return Step(title=step.name, state=state, when=figures.moment(step.at), text=" · ".join(filter(None, said)))
