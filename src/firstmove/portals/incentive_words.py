"""Programmes in words: what counts, what a step gives, for whom and for what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from firstmove.domains.incentives import queries
from firstmove.domains.incentives.rules import Rules
from firstmove.engine.incentives.schedule import Step
from firstmove.portals.design import figures


@dataclass(frozen=True)
class StepWords:
    """A step: from where on, and what it gives."""

    number: int
    level: str
    gives: str


def steps(rules: Rules, *, currency: str, terms: Sequence[Step] | None = None) -> list[StepWords]:
    """The steps of rules, or those of `terms`, in which growth is told as an amount already."""
    by_share = rules.by_share and terms is None
    return [
        StepWords(
            number,
            figures.percent(float(step.threshold)) if by_share else figures.money(step.threshold, currency),
            gives(rules, step, currency=currency),
        )
        for number, step in enumerate(terms or rules.steps, start=1)
    ]


def gives(rules: Rules, step: Step, *, currency: str) -> str:
    """What a step gives: 3%, ¥500, 3% and ¥500, 10% more weight, 1 point for 100."""
    if rules.effect == "priority":
        return _("%(share)s more weight when goods are scarce") % {"share": figures.percent(float(step.rate))}
    parts = []
    if step.rate:
        parts.append(figures.percent(float(step.rate), 2 if (step.rate * 1000) % 1 else 1))
    if step.amount:
        parts.append(amount(rules.effect, step.amount, currency=currency))
    return _(" and ").join(parts)


def amount(effect: str, value: Decimal | None, *, currency: str) -> str:
    """Money, or points."""
    if value is None or effect != "points":
        return figures.money(value, currency)
    return _("%(n)s points") % {"n": figures.number(value)}


def basis(rules: Rules) -> str:
    """What counts: orders placed, growth of sell-out over a year before."""
    name = dict(queries.choices("basis"))[rules.basis]
    if rules.growth:
        return _("Growth over a year before: %(basis)s") % {"basis": name.lower()}
    return name


def goods(rules: Rules, *, names: Mapping[int, str] | None = None) -> str:
    """For what: all products, or those of categories, or new ones."""
    parts = [*rules.categories, *((names or {}).get(one, f"#{one}") for one in rules.product_ids[:5])]
    if len(rules.product_ids) > 5:
        parts.append(_("and %(n)s more") % {"n": len(rules.product_ids) - 5})
    if rules.new_within_days is not None:
        parts.append(_("products in their first %(n)s days") % {"n": rules.new_within_days})
    return ", ".join(parts) or _("all products")


def dealers(rules: Rules) -> str:
    """For whom, without naming anybody."""
    parts = [*(_("tier %(name)s") % {"name": one} for one in rules.tiers)]
    parts += [_("region %(name)s") % {"name": one} for one in rules.regions]
    if rules.dealer_ids:
        parts.append(_("%(n)s named dealers") % {"n": len(rules.dealer_ids)})
    return ", ".join(parts) or _("all dealers")


def name_of(kind: str, code: str) -> str:
    """The name of a basis, cadence, effect or mode."""
    return dict(queries.choices(kind)).get(code, code)
