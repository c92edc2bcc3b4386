"""The first page: which dealers need help today, and what stands in the way of good advice."""

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.intake import queries as intake
from firstmove.domains.intake.words import feed_name
from firstmove.domains.network import queries as network
from firstmove.domains.planning import queries as planning
from firstmove.domains.trade import queries as trade
from firstmove.domains.trade.queries import DayOfOrders
from firstmove.kernel.tenancy import Actor
from firstmove.portals.design.charts import Bars, Series
from firstmove.portals.enterprise import words
from firstmove.portals.enterprise.tables import HELP
from firstmove.portals.pages import reads
from firstmove.portals.words import assumed_sentence

DEALERS_SHOWN = 8
CHART_DAYS = 28
ACCEPTANCE_DAYS = 28


@reads("enterprise")
def overview(request: HttpRequest, actor: Actor) -> HttpResponse:
    installation = network.enterprise(now=timezone.now())
    on, currency = installation.business_on, installation.currency
    recent, _count = planning.runs(limit=1)
    latest = planning.latest_run()
    feeds = intake.feeds_status()
    if latest is None:
        return TemplateResponse(
            request,
            "enterprise/begin.html",
            {"has_data": any(feed.last for feed in feeds), "runs_url": reverse("enterprise:runs")},
        )
    standings = planning.standings(on=on)
    names = {dealer.id: dealer for dealer in network.dealers(active_only=True)}
    people = network.user_counts()
    whole = planning.network()
    may_invite = network.role_of(actor=actor) == "admin"
    days = trade.by_day(since=on - dt.timedelta(days=CHART_DAYS - 1), until=on)
    needy = sorted(
        (standing for standing in standings.values() if standing.at_risk and standing.dealer_id in names),
        key=lambda standing: (-standing.lost_sales_at_risk, standing.dealer_id),
    )
    with_order = [standing for standing in standings.values() if standing.proposal_id]
    return TemplateResponse(
        request,
        "enterprise/overview.html",
        {
            "on": on,
            "currency": currency,
            "headline": words.headline(standings.values(), currency=currency),
            "eyebrow": _("%(decided)s of %(orders)s orders of today are decided")
            % {
                "decided": sum(standing.proposal_state != "ready" for standing in with_order),
                "orders": len(with_order),
            },
            "network": whole,
            "assumed": assumed_sentence(latest.assumed, latest.scenario),
            "stock_note": assumed_sentence(["stock"], latest.scenario) if whole.stock_assumed else "",
            "acceptance": planning.acceptance(since=on - dt.timedelta(days=ACCEPTANCE_DAYS - 1), until=on),
            "today": _sum(days, since=on),
            "week": _sum(days, since=on - dt.timedelta(days=6)),
            "open_orders": trade.open_count(),
            "columns": HELP,
            "needy": [
                (
                    names[standing.dealer_id],
                    standing,
                    words.next_act(
                        standing, people=people.get(standing.dealer_id, 0), may_invite=may_invite, currency=currency
                    ),
                )
                for standing in needy[:DEALERS_SHOWN]
            ],
            "needy_count": len(needy),
            "alerts": words.alerts(
                feeds=feeds,
                runs=recent,
                without_people=sum(standing.dealer_id not in people for standing in with_order),
                plans_waiting=planning.plans_waiting(),
                on=on,
            ),
            "chart": _orders_by_day(days, on=on, currency=currency),
            "feeds": [
                (feed_name(feed.feed), feed, words.is_stale(feed, on=on)) for feed in feeds if feed.last_on is not None
            ],
            "run": latest,
            "run_sentence": words.run_sentence(latest),
        },
    )


def _sum(days: list[DayOfOrders], *, since: dt.date) -> tuple[int, float]:
    """(orders, amount) from a day on."""
    found = [day for day in days if day.day >= since]
    return sum(day.orders for day in found), sum(float(day.amount) for day in found)


def _orders_by_day(days: list[DayOfOrders], *, on: dt.date, currency: str) -> Bars | None:
    if not days:
        return None
    amounts = {day.day: float(day.amount) for day in days}
    dates = [on - dt.timedelta(days=back) for back in reversed(range(CHART_DAYS))]
    return Bars(
        categories=dates,
        series=[Series(name=_("Ordered"), values=[amounts.get(day, 0.0) for day in dates])],
        format="money",
        currency=currency,
    )
