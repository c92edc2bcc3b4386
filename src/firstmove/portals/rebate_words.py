"""Programmes, their steps and what is said about the next one, in the reader's language."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from firstmove.domains.incentives import queries as incentives
from firstmove.domains.incentives.queries import PartView
from firstmove.domains.planning.queries import StepAhead
from firstmove.portals.design import figures


def worth(amount: Decimal | float, *, effect: str, currency: str) -> str:
    """An amount of a programme: money, or points."""
    if effect == "points":
        return ngettext("%(points)s point", "%(points)s points", int(amount)) % {"points": figures.number(amount)}
    return figures.price(amount, currency)


def counts_words(part: PartView) -> str:
    """What counts for a programme, and of what."""
    rules = part.rules
    basis = dict(incentives.choices("basis"))[rules.basis]
    said = [_("%(basis)s, growth over a year before") % {"basis": basis} if rules.growth else basis]
    if rules.new_within_days:
        said.append(_("products within %(days)s of their launch") % {"days": figures.days(rules.new_within_days)})
    if rules.categories:
        said.append(", ".join(rules.categories))
    if rules.product_ids:
        said.append(
            ngettext("%(count)s product", "%(count)s products", len(rules.product_ids))
            % {"count": len(rules.product_ids)}
        )
    return " · ".join(said)


def step_rows(part: PartView, *, currency: str) -> list[tuple[str, str, bool]]:
    """(from where on, what it gives, whether it holds) of each step, the first one first."""
    schedule, held = part.schedule, part.step
    steps = part.rules.steps if schedule is None else schedule.steps
    whole = part.rules.mode == "retroactive"
    rows = []
    for number, (step, ruled) in enumerate(zip(steps, part.rules.steps, strict=True), start=1):
        level = figures.percent(step.threshold) if schedule is None else figures.money(step.threshold, currency)
        if part.rules.growth and schedule is not None:
            level = f"{level} ({figures.percent_change(ruled.threshold)})"
        gives = []
        if step.rate:
            share = figures.percent(step.rate, 1)
            gives.append(
                _("weighs %(share)s more where goods are scarce") % {"share": share}
                if part.rules.effect == "priority"
                else _("%(share)s of all that counts") % {"share": share}
                if whole
                else _("%(share)s of what lies beyond") % {"share": share}
            )
        if step.amount:
            gives.append(worth(step.amount, effect=part.rules.effect, currency=currency))
        rows.append((level, " + ".join(gives), number == held))
    return rows


def progress_of(part: PartView, *, currency: str) -> tuple[float, float, str]:
    """(how far, of how much, in words) towards the next step, or the last one where none is ahead."""
    if part.schedule is None:
        share = float(part.standing.share_taken or 0)
        levels = [float(step.threshold) for step in part.rules.steps]
        goal = next((level for level in levels if level > share), levels[-1])
        return share, goal, _("%(now)s of %(goal)s") % {"now": figures.percent(share), "goal": figures.percent(goal)}
    ahead, basis = part.ahead, part.standing.basis
    goal = ahead.threshold if ahead else part.schedule.steps[-1].threshold
    words = _("%(now)s of %(goal)s") % {
        "now": figures.money(basis, currency),
        "goal": figures.money(goal, currency),
    }
    return float(max(basis, Decimal(0))), float(max(goal, Decimal(1))), words


def step_title(step: StepAhead, *, currency: str) -> str:
    """What a dealer can do for the next step, or how it stands, in a line."""
    numbers = _numbers(step, currency)
    if step.silent == "reached_anyway":
        return _("%(programme)s: your orders are expected to reach step %(step)s by %(until)s") % numbers
    if step.silent:
        return _("%(programme)s: nothing to order for step %(step)s") % numbers
    return _("Order %(amount)s more on %(day)s: +%(gain)s rebate, %(costs)s costs, net +%(net)s") % numbers


def step_text(step: StepAhead, *, currency: str) -> str:
    """Why: what is missing, what it costs, or why nothing is advised."""
    numbers = _numbers(step, currency)
    reasons = {
        "reached_anyway": _beyond_words(step.beyond),
        "not_supported": _(
            "%(short)s would be missing by %(until)s, more than your sell-out supports: we do not advise it."
        ),
        "credit": _("%(short)s would be missing by %(until)s, more than your credit leaves."),
        "no_gain": _("Holding what is missing would cost more than it pays."),
        "too_late": _("An order of today no longer counts before %(until)s."),
        "no_money": _("It pays no money, so no order pays for itself by it."),
        "not_by_ordering": _("Orders do not count for it."),
        "last_step": _("The last step is reached."),
        "not_planned": _("The next plan looks at it."),
    }
    if step.silent:
        return reasons[step.silent] % numbers
    return (
        _(
            "%(programme)s, until %(until)s: orders to be expected bring %(ordinary)s more, %(short)s are missing for "
            "step %(step)s. %(amount)s more stay within what you sell; holding them costs %(holding)s, and "
            "%(overstock)s may be lost on what does not sell."
        )
        % numbers
    )


def _beyond_words(beyond: str) -> str:
    """What the orders to be expected bring, and why none is for the step after the one that they reach."""
    return {
        "": _("By then they are expected to bring %(ordinary)s. No step lies beyond it."),
        "not_supported": _(
            "By then they are expected to bring %(ordinary)s. The step after it takes more than your sell-out "
            "supports: we do not advise it."
        ),
        "credit": _(
            "By then they are expected to bring %(ordinary)s. The step after it takes more than your credit leaves."
        ),
        "no_gain": _(
            "By then they are expected to bring %(ordinary)s. Holding what the step after it takes would cost more "
            "than it pays."
        ),
    }[beyond]


def wait_words(step: StepAhead) -> str:
    """Why not today."""
    return _("Wait until %(day)s, the last order day that counts: what is ordered earlier is missing later.") % {
        "day": figures.weekday(step.order_on)
    }


def costs_assumed(step: StepAhead) -> str:
    """What the costs rest on."""
    return _("Of what a quarter does not sell, %(share)s of the price is taken to be lost.") % {
        "share": figures.percent(step.overstock_share)
    }


def _numbers(step: StepAhead, currency: str) -> dict[str, str]:
    amounts = {
        name: figures.money(getattr(step, name), currency)
        for name in ("ordinary", "short", "amount", "gain", "holding", "overstock", "net")
    }
    return amounts | {
        "costs": figures.money(step.holding + step.overstock, currency),
        "programme": step.programme,
        "step": figures.number(step.step),
        "until": figures.day(step.until_on),
        "day": figures.day(step.order_on),
    }
