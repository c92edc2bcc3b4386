"""Dealers: all of them, one of them, and what is proposed to one."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.customers import queries as customers
from firstmove.domains.network import queries as network
from firstmove.domains.network.queries import DealerView
from firstmove.domains.planning import queries as planning
from firstmove.domains.planning.queries import DealerStanding, LineView, ProposalView
from firstmove.domains.trade import queries as trade
from firstmove.kernel.tenancy import Actor
from firstmove.portals.design import figures
from firstmove.portals.design.tables import sort_from_query
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.enterprise import words
from firstmove.portals.enterprise.tables import DEALERS, LINES, ORDERS_OF_DEALER, STOCK
from firstmove.portals.line_prices import line_prices
from firstmove.portals.pages import opens, reads, within
from firstmove.portals.paging import listed, page_of
from firstmove.portals.words import assumed_sentence, lead_time_sentence, reason_sentence

LINES_SHOWN = 8
ORDERS_SHOWN = 5
RISKS_SHOWN = 8
ACCEPTANCE_DAYS = 28

Row = tuple[DealerView, DealerStanding | None, int]


@reads("enterprise")
def dealers(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All dealers by what waits, by risk, or by any column; the search takes a name, a code or a city."""
    on = network.enterprise(now=timezone.now()).business_on
    standings, people = planning.standings(on=on), network.user_counts()
    found: list[Row] = [
        (dealer, standings.get(dealer.id), people.get(dealer.id, 0))
        for dealer in network.dealers(active_only=True, search=request.GET.get("q", "").strip())
    ]
    counts = Counter(_state(row) for row in found)
    state = request.GET.get("state", "")
    sort = sort_from_query(request.GET, columns=DEALERS, default="-risk")
    rows = sorted(
        (row for row in found if state in ("", _state(row))), key=partial(_key, sort.key), reverse=sort.descending
    )
    return TemplateResponse(
        request,
        "enterprise/dealers.html",
        {
            "columns": DEALERS,
            "may_invite": network.role_of(actor=actor) == "admin",
            "sort": sort,
            "page": page_of(listed([(*row, *words.proposal_state(row[1])) for row in rows]), query=request.GET),
            "chips": [
                Chip(value="", label=_("All"), count=len(found)),
                *(
                    Chip(value=value, label=label, count=counts[value])
                    for value, label in (
                        ("ready", _("Waits for the dealer")),
                        ("accepted", _("Confirmed")),
                        ("rejected", _("Rejected")),
                        ("none", _("Nothing to order")),
                    )
                ),
            ],
        },
    )


def _state(row: Row) -> str:
    return row[1].proposal_state if row[1] and row[1].proposal_state else "none"


def _key(sort: str, row: Row) -> tuple[object, ...]:
    dealer, standing, people = row
    values: dict[str, object] = {"name": dealer.name.casefold(), "people": people}
    if standing is not None:
        values |= {
            "lines": standing.lines,
            "amount": standing.amount,
            "profit": standing.profit,
            "risk": standing.lost_sales_at_risk,
            "stock": standing.stock_days or 0.0,
        }
    return values.get(sort, 0), dealer.id


@opens("enterprise")
def dealer(request: HttpRequest, actor: Actor, *, dealer_id: int) -> HttpResponse:
    # How many customers a dealer has is the enterprise's to know; who they are only with the dealer's consent.
    totals = customers.totals_by_kind(dealer_id=dealer_id)
    return within(actor, _dealer, request, dealer_id=dealer_id, customers_by_kind=totals)


def _dealer(request: HttpRequest, actor: Actor, *, dealer_id: int, customers_by_kind: dict[str, int]) -> HttpResponse:
    view = network.dealer(dealer_id=dealer_id)
    installation = network.enterprise(now=timezone.now())
    on = installation.business_on
    proposal = planning.todays_proposal(dealer_id=dealer_id, on=on)
    lines = planning.proposal_lines(proposal_id=proposal.id, limit=LINES_SHOWN)[0] if proposal else []
    at_risk, risk_count = planning.stock_at_risk(dealer_id=dealer_id, limit=RISKS_SHOWN)
    orders, order_count = trade.orders(dealer_id=dealer_id, limit=ORDERS_SHOWN)
    people = network.users(dealer_id=dealer_id)
    own = planning.network(dealer_id=dealer_id)
    resting = planning.assumptions(dealer_id=dealer_id)
    return TemplateResponse(
        request,
        "enterprise/dealer.html",
        {
            "dealer": view,
            "may_invite": network.role_of(actor=actor) == "admin",
            "place": " · ".join(part for part in (view.code, view.city, view.region) if part),
            "finding": _finding(proposal, at_risk=risk_count, installation_currency=installation.currency),
            "currency": installation.currency,
            "proposal": proposal,
            "lines": _explained(lines, proposal),
            "line_columns": LINES,
            "price_note": assumed_sentence(["price"], resting.scenario),
            "at_risk": at_risk,
            "risk_count": risk_count,
            "stock_columns": STOCK,
            "orders": orders,
            "order_count": order_count,
            "order_columns": ORDERS_OF_DEALER,
            "open_orders": trade.open_count(dealer_id=dealer_id),
            "own": own,
            "stock_note": assumed_sentence(["stock"], resting.scenario) if own.stock_assumed else "",
            "acceptance": planning.acceptance(
                since=on - dt.timedelta(days=ACCEPTANCE_DAYS - 1), until=on, dealer_id=dealer_id
            ),
            "people": [person for person in people if person.left_at is None],
            "credit": trade.credit(dealer_id=dealer_id, on=on),
            "lead_time": lead_time_sentence(planning.lead_time(dealer_id=dealer_id)),
            "customers_by_kind": customers_by_kind,
            "customer_count": sum(customers_by_kind.values()),
            "shares_customers": network.shares_customers(dealer_id=dealer_id),
        },
    )


def _explained(lines: Sequence[LineView], proposal: ProposalView | None) -> list[tuple[LineView, str, str]]:
    """Lines with their reason and why they cost what they cost; that is empty where the price is assumed."""
    if proposal is None:
        return []
    whys = line_prices(lines, dealer_id=proposal.dealer_id, on=proposal.for_on, currency=proposal.currency)
    return [
        (line, reason_sentence(line), whys[line.product_id].why if line.product_id in whys else "") for line in lines
    ]


def _finding(proposal: ProposalView | None, *, at_risk: int, installation_currency: str) -> str:
    if proposal is None:
        return _("No order was proposed for today; %(count)s products are at risk of running out") % {
            "count": figures.number(at_risk)
        }
    amount = figures.money(proposal.totals.amount, proposal.currency or installation_currency)
    sentences = {
        "ready": _("The order of %(amount)s waits for the dealer"),
        "accepted": _("The order of %(amount)s is confirmed"),
        "rejected": _("The order of %(amount)s was rejected"),
        "expired": _("The order of %(amount)s expired"),
    }
    return sentences.get(proposal.state, "%(amount)s") % {"amount": amount}


@reads("enterprise")
def proposal(request: HttpRequest, _actor: Actor, *, dealer_id: int, proposal_id: int) -> HttpResponse:
    """Every line of a proposal, to read: only the dealer decides."""
    view = planning.proposal(proposal_id=proposal_id, dealer_id=dealer_id)
    page = page_of(partial(planning.proposal_lines, proposal_id=proposal_id), query=request.GET)
    page.object_list = _explained(page.object_list, view)
    return TemplateResponse(
        request,
        "enterprise/proposal.html",
        {
            "proposal": view,
            "currency": view.currency,
            "finding": _finding(view, at_risk=0, installation_currency=view.currency),
            "columns": LINES,
            "price_note": assumed_sentence(["price"], view.assumptions),
            "page": page,
            "assumed": assumed_sentence(view.assumed, view.assumptions),
        },
    )
