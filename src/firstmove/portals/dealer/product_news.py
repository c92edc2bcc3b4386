"""News of products in words: what happens, on which day, and what it means for the dealer's own stock."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from firstmove.domains.planning.queries import NewsItem
from firstmove.portals.design import figures

NAMES = {
    "promise": gettext_lazy("Promised days"),
    "launch": gettext_lazy("New products"),
    "range": gettext_lazy("New in your range"),
    "promotion": gettext_lazy("Promotions"),
    "price": gettext_lazy("Prices"),
}
_MARKS = {
    "promise": gettext_lazy("Promised day moved"),
    "launch": gettext_lazy("New product"),
    "range": gettext_lazy("New in your range"),
    "promotion": gettext_lazy("Promotion"),
    "price": gettext_lazy("Price"),
}


@dataclass(frozen=True)
class Told:
    """A piece of news as a row of the page."""

    item: NewsItem
    mark: str
    tone: str
    what: str
    meaning: str


def told(item: NewsItem, *, on: dt.date, currency: str) -> Told:
    """The row of a piece of news."""
    tone = "warn" if item.meaning in ("ends_before", "ends_within") else "accent" if not item.read else "neutral"
    return Told(item, str(_MARKS[item.kind]), tone, _what(item, on, currency), _meaning(item, on))


def _what(item: NewsItem, on: dt.date, currency: str) -> str:
    begins = figures.day(item.starts_on)
    coming = item.starts_on > on
    if item.kind == "launch":
        return (_("Listed from %(day)s.") if coming else _("Listed since %(day)s.")) % {"day": begins}
    if item.kind == "promise":
        words = (
            _("Order %(order)s: promised for %(was)s, now for %(now)s.")
            if item.now_on is not None
            else _("Order %(order)s: promised for %(was)s, now no day is known.")
        )
        return words % {"order": item.name, "was": figures.day(item.was_on), "now": figures.day(item.now_on)}
    price = figures.price(item.price, currency)
    if item.kind == "range":
        words = _("You can order it from %(day)s, for %(price)s.") if coming else _(
            "You can order it since %(day)s, for %(price)s."
        )  # fmt: skip
        return words % {"day": begins, "price": price}
    if item.kind == "price":
        words = _("From %(day)s it costs you %(price)s instead of %(before)s.") if coming else _(
            "Since %(day)s it costs you %(price)s instead of %(before)s."
        )  # fmt: skip
        return words % {"day": begins, "price": price, "before": figures.price(item.before, currency)}
    return _("%(name)s: %(first)s to %(last)s.") % {
        "name": item.name,
        "first": begins,
        "last": figures.day(item.ends_on),
    }


def _begins(item: NewsItem, on: dt.date) -> str:
    """Of a promotion or a price: in how many days it begins, or for how many more a promotion runs."""
    days = item.days_until(on)
    if days > 0:
        words = (
            ngettext("the promotion begins in %(days)s day", "the promotion begins in %(days)s days", days)
            if item.kind == "promotion"
            else ngettext("the price changes in %(days)s day", "the price changes in %(days)s days", days)
        )
        return words % {"days": figures.number(days)}
    if item.kind == "promotion" and item.ends_on is not None:
        left = (item.ends_on - on).days + 1
        words = ngettext("the promotion runs for %(days)s more day", "the promotion runs for %(days)s more days", left)
        return words % {"days": figures.number(left)}
    return ""


def _meaning(item: NewsItem, on: dt.date) -> str:
    if item.meaning == "not_held":
        return _("You hold none of it.")
    begins = _begins(item, on)
    if item.cover_days is None or not item.cover_days:
        units = figures.quantity(item.on_hand, item.unit)
        return _("You hold %(units)s; it did not sell with you yet.") % {"units": units}
    holds = _("What you hold and what is on its way lasts %(days)s") % {"days": figures.days(min(item.cover_days, 999))}
    sentence = _("%(holds)s; %(begins)s.") % {"holds": holds, "begins": begins} if begins else _("%(holds)s.") % {
        "holds": holds
    }  # fmt: skip
    closing = {
        "ends_before": _("It ends before that: look at your order."),
        "ends_within": _("It ends while the promotion runs: look at your order."),
        "lasts": _("It lasts to the end of the promotion."),
        "dearer": _("Until then the old price holds."),
        "can_wait": _("What you order after that day costs less."),
    }.get(item.meaning, "")
    return " ".join(part for part in (sentence, closing) if part)
