"""The inbox of the first page: what happened or is about to, derived from what is stored; nothing to tick off."""

import datetime as dt
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.planning import queries as planning
from firstmove.domains.planning.queries import ProposalView
from firstmove.domains.trade import queries as trade
from firstmove.domains.trade.queries import OrderView
from firstmove.portals import shipment_sheet, words
from firstmove.portals.design import figures

LOOKS_BACK_DAYS = 7
LOOKS_AHEAD_DAYS = 14
MOST = 8
_MOST_SLIPS = 5


@dataclass(frozen=True)
class News:
    title: str
    text: str
    href: str


def news(
    *,
    dealer_id: int,
    on: dt.date,
    currency: str,
    proposal: ProposalView | None,
    recent_orders: list[OrderView],
    since: dt.datetime,
) -> list[News]:
    """Most pressing first: goods that should be here or slipped, proposal, order plan, orders on their way, prices.

    `since`: how far back a promise that slipped is news.
    """
    found = [
        *_late(recent_orders, on),
        *_slipped(dealer_id, since),
        *_automatic(dealer_id, on, currency),
        *_proposal(proposal),
        *_left_to_dealer(dealer_id, on),
        *_plan(dealer_id),
        *_orders(recent_orders, on),
    ]
    return [*found, *_prices(dealer_id, on, currency), *_promotions(dealer_id, on)][:MOST]


def _late(orders: list[OrderView], on: dt.date) -> list[News]:
    return [
        News(
            _("Order %(number)s should be here") % {"number": order.number},
            text,
            reverse("dealer:order", args=[order.id]),
        )
        for order in orders
        if order.is_open and order.expected_on is not None and order.expected_on <= on
        for text in (_late_words(order) % {"day": figures.weekday(order.expected_on)},)
    ]


def _slipped(dealer_id: int, since: dt.datetime) -> list[News]:
    """Back-orders that come later than was told and are still to come: of an order the latest, and of few orders."""
    found: dict[int, trade.MovedPromise] = {}
    for row in trade.moved_promises(dealer_id=dealer_id, since=since, open_only=True, limit=50):
        found.setdefault(row.order_id, row)
    return [
        News(
            _("Order %(number)s comes later than told") % {"number": one.order_number},
            _("%(product)s: now %(day)s, %(why)s.")
            % {
                "product": one.product_name,
                "day": figures.day(one.now_on) if one.now_on else _("not known"),
                "why": shipment_sheet.cause(one.cause),
            },
            reverse("dealer:order", args=[one.order_id]),
        )
        for one in list(found.values())[:_MOST_SLIPS]
    ]


def _left_to_dealer(dealer_id: int, on: dt.date) -> list[News]:
    """Products that would be proposed, were they not in the comparison group: somebody has to think of them."""
    count = planning.held_on(dealer_id=dealer_id, on=on)
    if not count:
        return []
    title = ngettext(
        "%(count)s product is left to you today", "%(count)s products are left to you today", count
    ) % {"count": figures.number(count)}  # fmt: skip
    text = _("They get no advice, for comparison. Look at their stock and order them yourself.")
    return [News(title, text, reverse("dealer:comparison"))]


def _late_words(order: OrderView) -> str:
    if order.can_be_received:
        return _("Expected on %(day)s. Confirm what came, so that tomorrow's plan counts with it.")
    return _("Expected on %(day)s. Its receipt comes with the files of the system that took it.")


def _proposal(proposal: ProposalView | None) -> list[News]:
    if proposal is None or not proposal.is_ready:
        return []
    return [
        News(
            _("Today's order is ready"),
            _("%(lines)s products for %(amount)s; it can be confirmed until %(day)s.")
            % {
                "lines": figures.number(proposal.totals.lines),
                "amount": figures.money(proposal.totals.amount, proposal.currency),
                "day": figures.weekday(proposal.expires_on),
            },
            reverse("dealer:proposal", args=[proposal.id]),
        )
    ]


def _automatic(dealer_id: int, on: dt.date, currency: str) -> list[News]:
    """What was ordered by itself, or why it was not, and that automatic ordering was closed."""
    found = []
    consent = planning.automatic(dealer_id=dealer_id)
    if consent is None:
        return []
    if consent.was_closed and (on - consent.changed_at.date()).days <= LOOKS_BACK_DAYS:
        found.append(News(_("Automatic ordering was closed"), consent.closed_name, reverse("dealer:automatic")))
    attempts, _count = planning.attempts(dealer_id=dealer_id, limit=1)
    if attempts and attempts[0].for_on == on:
        latest = attempts[0]
        title = _("Today's order was placed by itself") if latest.order_id else _("Today's order waits for you")
        href = reverse("dealer:order", args=[latest.order_id]) if latest.order_id else reverse("dealer:automatic")
        found.append(News(title, words.attempt_sentence(latest, currency), href))
    return found


def _plan(dealer_id: int) -> list[News]:
    plan = planning.order_plan(dealer_id=dealer_id)
    if plan is None or plan.waits_for != "dealer":
        return []
    weeks = {"first": figures.day(plan.first_week_on), "last": figures.day(plan.last_week_on)}
    if plan.state == "countered":
        title, text = _("The enterprise answered your order plan"), plan.enterprise_note or _("With other figures.")
    else:
        title, text = _("Your order plan waits for your answer"), _("Weeks from %(first)s to %(last)s.") % weeks
    return [News(title, text, reverse("dealer:plan"))]


def _orders(orders: list[OrderView], on: dt.date) -> list[News]:
    since = on - dt.timedelta(days=LOOKS_BACK_DAYS)
    found = []
    for order in orders:
        if order.is_open and order.expected_on is not None and order.expected_on > on:
            text = _("%(state)s; arrives %(day)s") % {
                "state": order.state_name,
                "day": figures.weekday(order.expected_on),
            }
        elif order.received_on is not None and order.received_on >= since:
            text = _("Received on %(day)s") % {"day": figures.weekday(order.received_on)}
        else:
            continue
        title = _("Order %(number)s, %(amount)s") % {
            "number": order.number,
            "amount": figures.money(order.amount, order.currency),
        }
        found.append(News(title, text, reverse("dealer:order", args=[order.id])))
    return found


def _prices(dealer_id: int, on: dt.date, currency: str) -> list[News]:
    changes = catalog.price_changes(
        dealer_id=dealer_id,
        since=on - dt.timedelta(days=LOOKS_BACK_DAYS),
        until=on + dt.timedelta(days=LOOKS_AHEAD_DAYS),
    )
    return [
        News(
            _("New price: %(product)s") % {"product": change.product_name},
            _("From %(day)s: %(price)s instead of %(before)s")
            % {
                "day": figures.day(change.starts_on),
                "price": figures.price(change.price, currency),
                "before": figures.price(change.before, currency),
            },
            reverse("dealer:product", args=[change.product_id]),
        )
        for change in changes
        if change.before is not None
    ]


def _promotions(dealer_id: int, on: dt.date) -> list[News]:
    """One piece of news a promotion, however many products it holds."""
    by_code: dict[str, list[catalog.PromotionView]] = {}
    for row in catalog.promotions(on=on, dealer_id=dealer_id, horizon_days=LOOKS_AHEAD_DAYS):
        by_code.setdefault(row.code, []).append(row)
    found = []
    for rows in by_code.values():
        first = rows[0]
        title = _("Promotion: %(name)s") % {"name": first.name or first.code}
        days = _("%(first)s to %(last)s") % {
            "first": figures.day(first.starts_on),
            "last": figures.day(first.ends_on),
        }
        goods = ngettext("%(count)s product", "%(count)s products", len(rows)) % {"count": len(rows)}
        link = reverse("dealer:product", args=[first.product_id]) if len(rows) == 1 else reverse("dealer:catalogue")
        found.append(News(title, f"{days} · {goods}", link))
    return found
