"""Alerts in words: what is the matter, what it costs, and the next act."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from firstmove.domains.planning.queries import AlertView
from firstmove.portals import words
from firstmove.portals.design import figures
from firstmove.portals.design.charts import Bars, Series

TONES = {
    "runs_out": "bad", "expiring": "bad", "stopped": "bad", "silent": "bad",
    "low": "warn", "fell": "warn", "rose": "warn",
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """An alert as a page shows it; `act` and `href` are the next act, both empty where it is outside of this page.

    `title` is its product, or the dealer's feed. `answers` are what the dealer can say of a change of demand: a verdict
    and its words; `given` is what was said.
    """

    alert: AlertView
    title: str
    tone: str
    sentence: str
    stake: str
    act: str
    href: str
    answers: Sequence[tuple[str, str]] = ()
    given: str = ""


@dataclass(frozen=True)
class Places:
    """Addresses for the next act: what the alert is about, open orders, today's order if it can be confirmed."""

    subject: str
    orders: str = ""
    order: str = ""


def told(alert: AlertView, *, currency: str, places: Places) -> Told:
    act, href = _act(alert, places)
    return Told(
        alert=alert,
        title=alert.product_name or _("Sales figures"),
        tone=TONES.get(alert.kind, "neutral"),
        sentence=_sentence(alert, currency),
        stake=_stake(alert),
        act=act,
        href=href,
        answers=answers(alert),
        given=answer_given(alert),
    )


def answers(alert: AlertView) -> list[tuple[str, str]]:
    """What a dealer can say of a change of demand: a verdict and its words. Nothing of other alerts."""
    lasts = {
        "stopped": _("Yes, customer lost"),
        "fell": _("Yes, customer lost"),
        "rose": _("Yes, it stays"),
        "spiked": _("Yes, it comes again"),
    }.get(alert.kind)
    return [] if lasts is None else [("lasts", lasts), ("one_off", _("No, one-off"))]


def answer_given(alert: AlertView) -> str:
    """What the dealer said of it, in the words that were there to choose; empty where nothing."""
    return dict(answers(alert)).get(alert.verdict, "")


def _sentence(alert: AlertView, currency: str) -> str:
    if alert.topic == "short":
        return _short(alert)
    return _excess(alert, currency) if alert.topic == "excess" else _demand(alert)


def _demand(alert: AlertView) -> str:
    facts = alert.facts
    numbers = {
        "since": figures.day(dt.date.fromisoformat(facts["since"])),
        "days": figures.days(facts["days"]),
        "before": _units(facts.get("before"), alert.unit),
        "now": _units(facts.get("now"), alert.unit),
        "plan": _units(facts.get("plan"), alert.unit),
        "sold": _units(facts.get("sold"), alert.unit),
        "products": figures.number(facts.get("products")),
    }
    return {
        "rose": _(
            "About %(before)s a week until %(since)s, about %(now)s since. Today's order counts on %(plan)s a week: if "
            "it stays so, order more."
        ),
        "fell": _(
            "About %(before)s a week until %(since)s, about %(now)s since. Today's order counts on %(plan)s a week: if "
            "a customer is lost, order less."
        ),
        "stopped": _(
            "None sold for %(days)s, since %(since)s; about %(before)s a week before. Today's order still counts on "
            "%(plan)s a week: if a customer is lost, order none."
        ),
        "spiked": _(
            "%(sold)s sold in seven days, about %(before)s a week is usual. Today's order counts on %(plan)s a week: "
            "if it comes again, order more."
        ),
        "silent": _(
            "No sale of any of %(products)s products has come in since %(since)s. Stock and orders rest on older "
            "figures: send the sales of these %(days)s."
        ),
    }[alert.kind] % numbers


def week_chart(days: Sequence[tuple[dt.date, int, float]], *, currency: str) -> Bars | None:
    """The margin at stake by the day on which goods run out; None where nothing does."""
    if not any(count for _day, count, _money in days):
        return None
    return Bars(
        categories=[day for day, _count, _money in days],
        series=[Series(name=_("Margin at stake"), values=[money for _day, _count, money in days])],
        format="money",
        currency=currency,
    )


def _units(value: float | None, unit: str) -> str:
    return figures.quantity(None if value is None else words.whole_units(value), unit)


def _short(alert: AlertView) -> str:
    facts, unit = alert.facts, alert.unit
    numbers = {
        "stock": _units(facts.get("on_hand"), unit),
        "safety": _units(facts.get("safety_stock"), unit),
        "day": figures.weekday(alert.run_out_on),
        "early": figures.weekday(alert.run_out_early_on),
        "comes": figures.weekday(alert.comes_on),
        "lost": _units(alert.lost_units, unit),
    }
    if alert.kind == "low":
        text = _("%(stock)s on hand and on the way, safety stock is %(safety)s.") % (
            numbers | {"stock": _units(facts.get("on_hand", 0) + facts.get("in_transit", 0), unit)}
        )
        if alert.run_out_early_on is not None:
            text += " " + _("At worst (one in ten) it runs out on %(early)s.") % numbers
    elif facts.get("on_hand") == 0:
        text = _("There is none left.")
    else:
        text = _("%(stock)s on hand last until %(day)s, at worst (one in ten) until %(early)s.") % numbers
    if facts.get("next_arrival"):
        coming = dt.date.fromisoformat(facts["next_arrival"])
        text += " " + _("%(quantity)s are on the way, due about %(day)s.") % {
            "quantity": _units(facts.get("in_transit"), unit), "day": figures.weekday(coming),
        }  # fmt: skip
    text += " " + _("What is ordered now comes about %(comes)s; until then about %(lost)s are lost.") % numbers
    return text


def _excess(alert: AlertView, currency: str) -> str:
    facts = alert.facts
    numbers = {
        "stock": _units(facts.get("on_hand"), alert.unit),
        "units": _units(facts.get("units"), alert.unit),
        "value": figures.money(facts.get("value"), currency),
        "days": figures.days(facts.get("cover_days")),
        "life": figures.days(facts.get("shelf_life")),
    }
    return {
        "dead": _("%(stock)s worth %(value)s, and none was sold in half a year."),
        "expiring": _("%(stock)s on hand; %(units)s of them, worth %(value)s, do not sell within %(life)s."),
        "overstock": _("Lasts %(days)s. %(units)s worth %(value)s are more than four months take."),
    }[alert.kind] % numbers


def _stake(alert: AlertView) -> str:
    """What the money is of."""
    return {
        "runs_out": _("margin lost by then"),
        "low": _("margin lost by then"),
        "expiring": _("written off within a week"),
        "dead": _("to hold it four weeks"),
        "overstock": _("to hold it four weeks"),
        "rose": _("margin of four weeks"),
        "fell": _("margin of four weeks"),
        "stopped": _("margin of four weeks"),
        "spiked": _("margin beyond the usual"),
        "silent": _("margin of sales not seen"),
    }[alert.kind]


def _act(alert: AlertView, places: Places) -> tuple[str, str]:
    """Order what is proposed, hurry what is on its way, or look at it."""
    if alert.topic == "short" and alert.facts.get("proposed") and places.order:
        return _("Order it today"), places.order
    if alert.topic == "short" and alert.facts.get("next_arrival") and places.orders:
        return _("Ask for it sooner"), places.orders
    if not places.subject:
        return "", ""
    return (_("See the product") if alert.product_id else _("See the dealer")), places.subject
