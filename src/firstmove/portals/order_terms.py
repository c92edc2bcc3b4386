"""The terms of an order in the reader's words: where it stands, what they changed, and why nothing is ordered today."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from firstmove.domains.planning.queries import LineView, Load, OrderTerms, ProposalView, Waiting
from firstmove.portals.design import figures
from firstmove.portals.words import next_order_on


@dataclass(frozen=True)
class Standing:
    """One figure of the strip above an order: its name, its value, and what it is measured against."""

    label: str
    value: str
    note: str
    is_broken: bool = False


def standings(proposal: ProposalView, *, load: Load, credit_left: Decimal | None) -> list[Standing]:
    """How the order as it now stands keeps its terms; only what was agreed is shown."""
    terms, currency = proposal.terms, proposal.currency
    if not terms.is_given:
        return []
    found = [*_least(terms, load, currency), *_most(terms, load, credit_left, currency), *_carriers(terms, load)]
    return [
        *found,
        Standing(
            _("Next order day"),
            figures.weekday(next_order_on(proposal)),
            _("this one arrives %(day)s") % {"day": figures.weekday(proposal.expected_on)},
        ),
    ]


def _least(terms: OrderTerms, load: Load, currency: str) -> list[Standing]:
    found = []
    if terms.least_amount:
        missing = Decimal(str(terms.least_amount)) - load.amount
        found.append(
            Standing(
                _("Minimum order"),
                _("reached") if missing <= 0 else _("%(amount)s short") % {"amount": figures.money(missing, currency)},
                _("from %(amount)s") % {"amount": figures.money(terms.least_amount, currency)},
                is_broken=missing > 0,
            )
        )
    if terms.least_kg:
        short = terms.least_kg - load.kg
        found.append(
            Standing(
                _("Minimum weight"),
                _("reached") if short <= 0 else _("%(weight)s kg short") % {"weight": figures.number(short)},
                _("from %(weight)s kg") % {"weight": figures.number(terms.least_kg)},
                is_broken=short > 0,
            )
        )
    return found


def _most(terms: OrderTerms, load: Load, credit_left: Decimal | None, currency: str) -> list[Standing]:
    found = []
    for label, most in ((_("Budget used"), terms.budget), (_("Credit used"), credit_left)):
        if most is not None:
            limit = Decimal(str(most))
            found.append(
                Standing(
                    label,
                    figures.percent(float(load.amount / limit)) if limit > 0 else "–",
                    _("of %(amount)s") % {"amount": figures.money(max(limit, Decimal(0)), currency)},
                    is_broken=load.amount > limit,
                )
            )
    return found


def _carriers(terms: OrderTerms, load: Load) -> list[Standing]:
    if not terms.carrier:
        return []
    note = _("of %(count)s begun") % {"count": figures.number(load.carriers)}
    if load.unknown:
        note = ngettext(
            "without %(count)s product of unknown size", "without %(count)s products of unknown size", load.unknown
        ) % {"count": load.unknown}
    label = _("Trucks filled") if terms.carrier == "truck" else _("Pallets filled")
    return [Standing(label, figures.number(load.carriers_filled, 1), note)]


def bound_sentences(proposal: ProposalView) -> list[str]:
    """What the terms changed in the order that was proposed, and at what price."""
    terms, currency = proposal.terms, proposal.currency
    sentences = []
    numbers = {
        "wished": figures.money(terms.amount_wished, currency),
        "more": figures.money(terms.more_amount, currency),
        "earns": figures.money(terms.more_profit, currency),
        "cost": figures.money(terms.top_up_cost, currency),
        "waiting": figures.money(terms.wait_cost, currency),
        "least": figures.money(terms.least_amount, currency),
    }
    money = {
        "budget": _("Wanted were %(wished)s; the budget cut what earns least."),
        "credit": _("Wanted were %(wished)s; the credit that is left cut what earns least."),
    }
    sentences += [sentence % numbers for code, sentence in money.items() if code in terms.bound]
    if terms.more_profit >= 1:
        more = _("%(more)s more credit would earn about %(earns)s.")
        if "budget" in terms.bound:
            more = _("%(more)s more budget would earn about %(earns)s.")
        sentences.append(more % numbers)
    if "minimum" in terms.bound and terms.top_up_cost is not None:
        sentences.append(
            _(
                "Topped up to the minimum order with what still sells: that costs about %(cost)s of profit, "
                "waiting would cost about %(waiting)s."
            )
            % numbers
            if terms.top_up_cost >= 1
            else _("Topped up to the minimum order with what still sells; waiting would cost about %(waiting)s.")
            % numbers
        )
    others = {
        "truck": _("Quantities were moved a little so that trucks travel full."),
        "pallet": _("Quantities were moved a little so that pallets are full."),
        "shelf_life": _("Perishable goods are ordered only as far as they sell before they expire."),
    }
    sentences += [sentence for code, sentence in others.items() if code in terms.bound]
    if terms.left_out_count:
        sentences.append(
            ngettext(
                "%(count)s product was left out and is looked at again next time.",
                "%(count)s products were left out and are looked at again next time.",
                terms.left_out_count,
            )
            % {"count": figures.number(terms.left_out_count)}
        )
    return sentences


def cause_sentence(line: LineView) -> str:
    """Which term changed a line, from what to what; empty where none did."""
    if not line.cause or line.wished_quantity is None or line.wished_quantity == line.proposed_quantity:
        return ""
    numbers = {
        "wished": figures.quantity(line.wished_quantity, line.unit),
        "proposed": figures.quantity(line.proposed_quantity, line.unit),
        "added": figures.quantity(line.proposed_quantity - line.wished_quantity, line.unit),
    }
    if line.proposed_quantity > line.wished_quantity:
        sentences = {
            "minimum": _("Added %(added)s to reach the minimum order."),
            "truck": _("Added %(added)s to fill the truck."),
            "pallet": _("Added %(added)s to fill the pallet."),
        }
    else:
        sentences = {
            "budget": _("Cut from %(wished)s to %(proposed)s by the budget."),
            "credit": _("Cut from %(wished)s to %(proposed)s by the credit that is left."),
            "truck": _("Cut from %(wished)s to %(proposed)s: what is left would not fill another truck."),
            "pallet": _("Cut from %(wished)s to %(proposed)s: what is left would not fill another pallet."),
            "shelf_life": _("Cut from %(wished)s to %(proposed)s so that it sells before it expires."),
        }
    return sentences[line.cause] % numbers if line.cause in sentences else ""


def waiting_words(waiting: Waiting, *, currency: str) -> tuple[str, str]:
    """Why nothing is ordered today although something is to be ordered: a title and a sentence."""
    terms = waiting.terms
    day = figures.weekday(waiting.until_on)
    if "order_day" in terms.bound:
        return (
            _("Your next order day is %(day)s") % {"day": day},
            _("The order is made ready that morning, with what was sold until then."),
        )
    numbers: dict[str, str] = {
        "wished": figures.money(terms.amount_wished, currency),
        "least": figures.money(terms.least_amount, currency),
        "cost": figures.money(terms.top_up_cost, currency),
        "waiting": figures.money(terms.wait_cost, currency),
        "day": day,
        "left": figures.money(max(terms.credit_left or 0.0, 0.0), currency),
        "budget": figures.money(terms.budget, currency),
    }
    sentences = {
        "credit": _("%(wished)s are wanted, and %(left)s of your credit are left. Ask for a higher limit, or wait."),
        "budget": _("%(wished)s are wanted; no order fits a budget of %(budget)s."),
    }
    for code in terms.bound:
        if code in sentences:
            return _("No order fits its terms today"), sentences[code] % numbers
    title = _("It pays to wait with the order until about %(day)s") % {"day": day}
    if terms.least_amount and terms.amount_wished >= terms.least_amount:
        return title, _("What is wanted stays under the minimum weight; what sells until then fills the order.")
    text = _("%(wished)s are wanted, the minimum order is %(least)s. What sells until then fills it.") % numbers
    if terms.top_up_cost is not None:
        compared = _("Topping up now would cost about %(cost)s of profit, waiting costs about %(waiting)s.")
        return title, f"{text} {compared % numbers}"
    return title, text
