"""The first page: today's order, and what else a dealer wants to know in the morning."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.network import queries as network
from firstmove.domains.planning import queries as planning
from firstmove.domains.planning.queries import ProposalView
from firstmove.domains.trade import queries as trade
from firstmove.kernel.tenancy import Actor
from firstmove.portals import words
from firstmove.portals.dealer import order_sheet
from firstmove.portals.dealer.history import history_chart
from firstmove.portals.dealer.news import LOOKS_BACK_DAYS, news
from firstmove.portals.dealer.rebate_strip import first_of, strip
from firstmove.portals.design import figures
from firstmove.portals.order_terms import waiting_words
from firstmove.portals.pages import reads

# Categories that stand on the first page; the proposal shows all.
GROUPS = 5
ACCEPTANCE_DAYS = 28
FOUND = 8
LAST_ORDERS = 5


@reads("dealer")
def today(request: HttpRequest, actor: Actor) -> HttpResponse:
    search = request.GET.get("q", "").strip()
    found = _found(search, dealer_id=actor.dealer_id) if search else {}  # type: ignore[arg-type]
    if request.htmx and "q" in request.GET:  # type: ignore[attr-defined]
        return TemplateResponse(request, "dealer/_found.html", found)
    installation = request.installation  # type: ignore[attr-defined]
    dealer_id, on = actor.dealer_id, installation.business_on
    assert dealer_id is not None  # noqa: S101 - a dealer's actor names its dealer
    proposal = planning.todays_proposal(dealer_id=dealer_id, on=on)
    recent_orders = list(trade.order_slice(dealer_id=dealer_id, limit=20).items)
    at_risk, at_risk_count = planning.stock_at_risk(dealer_id=dealer_id, limit=5)
    own = planning.network(dealer_id=dealer_id)
    ordered = trade.ordered_after(dealer_id=dealer_id, day=own.as_of) if own.as_of else {}
    context: dict[str, Any] = {
        **found,
        "search": search,
        "on": on,
        "currency": installation.currency,
        "open_orders": [order for order in recent_orders if order.is_open][:5],
        "last_orders": recent_orders[:LAST_ORDERS],
        "may_order": request.user.role in network.ORDERING_ROLES,  # type: ignore[union-attr]
        "open_count": trade.open_count(dealer_id=dealer_id),
        "at_risk": [(item, ordered.get(item.product_id)) for item in at_risk],
        "at_risk_count": at_risk_count,
        "own": own,
        "taken": planning.acceptance(since=on - dt.timedelta(days=ACCEPTANCE_DAYS - 1), until=on, dealer_id=dealer_id),
        "news": news(
            dealer_id=dealer_id,
            on=on,
            currency=installation.currency,
            proposal=proposal,
            recent_orders=recent_orders,
            since=timezone.now() - dt.timedelta(days=LOOKS_BACK_DAYS),
        ),
        "proposal": proposal,
    }
    step = first_of(planning.steps_ahead(dealer_id=dealer_id, on=on))
    if step is not None:
        day_act = bool(context["may_order"]) and step.is_for(on)
        context["strip"] = strip(step, day_act=day_act, currency=installation.currency)
    resting = planning.assumptions(dealer_id=dealer_id)
    context["stock_assumed"] = words.assumed_sentence(["stock"] if own.stock_assumed else [], resting.scenario)
    if proposal is None:
        context |= _nothing(dealer_id, on, looked_at=own.pairs, currency=installation.currency)
    elif proposal.is_ready:
        role = request.user.role  # type: ignore[union-attr]
        context |= order_sheet.whole(proposal, installation=installation, role=role, groups=GROUPS)
        context |= _in_focus(context["lines"], dealer_id)
        context["resting"] = words.resting_sentence(planning.resting_lines(proposal_id=proposal.id))
    else:
        context |= _decided(proposal)
    return TemplateResponse(request, "dealer/today.html", context)


def _found(search: str, *, dealer_id: int) -> dict[str, Any]:
    products, product_count = catalog.products(search=search, limit=FOUND)
    orders, order_count = trade.orders(dealer_id=dealer_id, search=search, limit=FOUND)
    return {
        "search": search,
        "products": products,
        "product_count": product_count,
        "orders": orders,
        "order_count": order_count,
    }


def _in_focus(lines: list[order_sheet.LineRow], dealer_id: int) -> dict[str, Any]:
    """The product that loses most if skipped, with its history."""
    if not lines:
        return {}
    line = lines[0].line
    history = planning.product_history(dealer_id=dealer_id, product_id=line.product_id, sku=line.sku)
    return {"focus": lines[0], "chart": history_chart(history, unit=line.unit)}


def _decided(proposal: ProposalView) -> dict[str, Any]:
    """The head of a day on which the dealer has decided already."""
    if proposal.order_id is not None:
        order = trade.order(order_id=proposal.order_id, dealer_id=proposal.dealer_id).order
        return {
            "quiet_title": _("Order %(number)s is placed") % {"number": order.number},
            "quiet_text": _("%(lines)s lines for %(amount)s; it arrives %(day)s.")
            % {
                "lines": figures.number(order.line_count),
                "amount": figures.money(order.amount, order.currency),
                "day": figures.weekday(order.expected_on),
            },
            "quiet_action": _("See the order"),
            "quiet_href": reverse("dealer:order", args=[order.id]),
        }
    texts = {
        "rejected": _("You rejected today's order: %(cause)s. The next plan proposes anew.")
        % {"cause": proposal.reject_cause_name},
    }
    return {
        "quiet_title": _("Nothing is ordered today"),
        "quiet_text": texts.get(proposal.state, _("The proposal expired. The next plan proposes anew.")),
        "quiet_action": _("See what was proposed"),
        "quiet_href": reverse("dealer:proposal", args=[proposal.id]),
    }


def _nothing(dealer_id: int, on: dt.date, *, looked_at: int, currency: str) -> dict[str, Any]:
    """The head of a day without a proposal, and why there is none."""
    last = next(iter(planning.proposals(dealer_id=dealer_id, limit=1)[0]), None)
    if last is not None and last.expires_on < on and last.order_id is None and not last.reject_cause:
        return {
            "quiet_title": _("The proposal of %(day)s expired") % {"day": figures.weekday(last.for_on)},
            "quiet_text": _("Nobody confirmed it in time. The next plan proposes anew, with what was sold since."),
            "quiet_action": _("See what was proposed"),
            "quiet_href": reverse("dealer:proposal", args=[last.id]),
        }
    held = planning.waiting(dealer_id=dealer_id)
    if held is not None and held.until_on > on:
        title, text = waiting_words(held, currency=currency)
        return {
            "quiet_title": title,
            "quiet_text": text,
            "quiet_action": _("See your stock"),
            "quiet_href": reverse("dealer:stock"),
        }
    if looked_at:
        return {
            "quiet_title": _("Nothing needs to be ordered today"),
            "quiet_text": _("What is on hand and on the way lasts until the next order day."),
            "quiet_action": _("See your stock"),
            "quiet_href": reverse("dealer:stock"),
        }
    return {
        "quiet_title": _("Your first proposal is still to come"),
        "quiet_text": _("As soon as your sales are taken in, an order stands here every morning, ready to confirm."),
        "quiet_action": _("Look through the catalogue"),
        "quiet_href": reverse("dealer:catalogue"),
    }
