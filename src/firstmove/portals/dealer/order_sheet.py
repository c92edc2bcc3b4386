"""A proposal as a page shows it: rows that know their addresses and sentences, and the words of its head."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from firstmove.domains.network.queries import ORDERING_ROLES, EnterpriseView
from firstmove.domains.planning import queries as planning
from firstmove.domains.planning.queries import Group, LineView, ProposalView
from firstmove.domains.trade import queries as trade
from firstmove.portals import words
from firstmove.portals.dealer.tables import LINES
from firstmove.portals.line_prices import line_prices
from firstmove.portals.order_terms import Standing, bound_sentences, cause_sentence, standings

# Days that a bar of cover stands for; what lasts longer fills it.
COVER_SCALE_DAYS = 60
_TONES = {"stockout": "bad", "new": "accent", "unusual": "warn", "large": "neutral"}


@dataclass(frozen=True)
class LineRow:
    """A line in a table; `editable` where its quantity can still be changed."""

    line: LineView
    html_id: str
    url: str
    quantity_url: str
    reason: str
    tone: str
    rule: str
    editable: bool
    price_note: str
    # The list that says the price, and the quantity from which a unit is cheaper; empty where it is assumed.
    price_why: str
    price_step: str


@dataclass(frozen=True)
class GroupRow:
    """The sums of a category; `lines` once they were asked for, and `is_open` while they stand below it."""

    group: Group
    html_id: str
    url: str
    is_open: bool
    lines: Sequence[LineRow]


def line_rows(lines: Sequence[LineView], *, proposal: ProposalView, editable: bool) -> list[LineRow]:
    price_note = words.assumed_sentence(["price"], proposal.assumptions)
    listed = line_prices(lines, dealer_id=proposal.dealer_id, on=proposal.for_on, currency=proposal.currency)
    return [
        LineRow(
            line=line,
            html_id=f"line-{line.number}",
            url=reverse("dealer:line", args=[proposal.id, line.number]),
            quantity_url=reverse("dealer:quantity", args=[proposal.id, line.number]),
            reason=" ".join(filter(None, (words.reason_sentence(line), cause_sentence(line)))),
            tone=_TONES.get(line.attention, "neutral"),
            rule=words.order_rule(line),
            editable=editable,
            price_note=price_note if line.price_assumed else "",
            price_why=listed[line.product_id].why if line.product_id in listed else "",
            price_step=listed[line.product_id].step if line.product_id in listed else "",
        )
        for line in lines
    ]


def group_row(
    group: Group, *, proposal: ProposalView, is_open: bool = False, lines: Sequence[LineRow] = ()
) -> GroupRow:
    return GroupRow(
        group=group,
        html_id=group_id(group.category),
        url=f"{reverse('dealer:group', args=[proposal.id])}?{urlencode({'category': group.category})}",
        is_open=is_open or bool(lines),
        lines=lines,
    )


def group_id(category: str) -> str:
    """A name for HTML that any text of a category has: ``group-1a2b3c4d``."""
    return f"group-{zlib.crc32(category.encode()):08x}"


def head(proposal: ProposalView, *, credit: trade.Credit) -> dict[str, Any]:
    """What the head and the foot of an order say; all of it changes with every edited line."""
    over = credit.left is not None and proposal.is_ready and proposal.totals.amount > credit.left
    return {
        "proposal": proposal,
        "headline": words.order_headline(proposal),
        "title": format_html('<span id="order-title">{}</span>', words.order_headline(proposal)),
        "lead": words.order_lead(proposal),
        "credit_note": words.credit_sentence(credit.left, proposal.currency),
        "over_credit": words.over_credit_sentence(proposal.totals.amount, credit.left, proposal.currency)
        if over
        else "",
        "order_terms": _order_terms(proposal, credit),
        "bound": bound_sentences(proposal),
    }


def _order_terms(proposal: ProposalView, credit: trade.Credit) -> list[Standing]:
    if not proposal.terms.is_given:
        return []
    load = planning.load_of(proposal_id=proposal.id, terms=proposal.terms)
    return standings(proposal, load=load, credit_left=credit.left)


def whole(
    proposal: ProposalView, *, installation: EnterpriseView, role: str, groups: int | None = None
) -> dict[str, Any]:
    """Everything that the card of an order needs. `groups` limits how many categories stand in it."""
    credit = trade.credit(dealer_id=proposal.dealer_id, on=installation.business_on)
    editable = proposal.is_ready and role in ORDERING_ROLES and proposal.expires_on >= installation.business_on
    found = planning.groups(proposal_id=proposal.id)
    shown, rest = (found, []) if groups is None or len(found) <= groups + 1 else (found[:groups], found[groups:])
    return {
        **head(proposal, credit=credit),
        "columns": LINES,
        "scale": COVER_SCALE_DAYS,
        "editable": editable,
        "lines": line_rows(planning.attention_lines(proposal_id=proposal.id), proposal=proposal, editable=editable),
        "groups": [group_row(group, proposal=proposal) for group in shown],
        "rest": _rest(rest),
        "protection_days": protection_days(proposal),
    }


def protection_days(proposal: ProposalView) -> int:
    """What is there now has to last until an order of the next order day arrives."""
    return (proposal.expected_on - proposal.for_on).days + proposal.review_days


def _rest(groups: Sequence[Group]) -> dict[str, Any] | None:
    if not groups:
        return None
    return {
        "categories": len(groups),
        "lines": sum(group.lines for group in groups),
        "amount": sum(group.amount for group in groups),
        "profit": sum(group.profit for group in groups),
        "title": _("%(count)s more categories") % {"count": len(groups)},
    }
