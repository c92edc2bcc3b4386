"""Codes and numbers that the system stores, as sentences in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from firstmove.domains.planning.queries import LineView
from firstmove.portals.design import figures


def assumed_sentence(names: Sequence[str], scenario: Mapping[str, Any]) -> str:
    """What rests on a scenario and not on a feed, in sentences. Empty where nothing does."""
    if not names:
        return ""
    sentences = {
        "stock": _("Stock is what a dealer that orders %(cover)s days of cover every %(review)s days would hold.")
        % {"cover": scenario.get("opening_cover_days"), "review": scenario.get("opening_review_days")},
        "price": _("Purchase prices leave the dealer %(margin)s of the customer's price.")
        % {"margin": figures.percent(scenario.get("dealer_margin"))},
        "lead_time": _("Goods take %(low)s to %(high)s days.")
        % {"low": scenario.get("lead_time_min_days"), "high": scenario.get("lead_time_max_days")},
        "order_days": _("Dealers order every %(days)s days.") % {"days": scenario.get("review_days")},
    }
    return " ".join(sentences[name] for name in names if name in sentences)


def reason_sentence(line: LineView) -> str:
    """Why a line is as it is: the stored reason code and numbers, in words."""
    unit = line.unit
    numbers = {
        "have": figures.quantity(line.on_hand + line.in_transit, unit),
        "hand": figures.quantity(line.on_hand, unit),
        "transit": figures.quantity(line.in_transit, unit),
        "month": figures.quantity(line.rate_per_day * 28, unit),
        "recent": figures.quantity(line.rate_recent_per_day * 28, unit),
        "chance": figures.percent(line.stockout_probability),
        "multiple": figures.quantity(line.order_multiple, unit),
        "minimum": figures.quantity(line.order_minimum, unit),
        "cover": figures.days(line.cover_after_days),
    }
    sentences = {
        "runs_out": _(
            "%(have)s on hand and on the way do not last until an order arrives; %(month)s sell in four weeks."
        ),
        "new": _("New here: %(recent)s sold in the last four weeks; %(have)s on hand and on the way."),
        "rising": _(
            "Sells faster: %(recent)s in the last four weeks, %(month)s is usual; %(have)s on hand and on the way."
        ),
        "falling": _("Sells slower: %(recent)s in the last four weeks, %(month)s is usual; the order is kept small."),
        "large": _("Large: lasts %(cover)s; it sells seldom and then much, %(month)s in four weeks on average."),
        "rounded": _("Rounded up to the order multiple of %(multiple)s; %(month)s sell in four weeks."),
        "steady": _("Tops up: %(month)s sell in four weeks, %(have)s on hand and on the way."),
    }
    return sentences.get(line.reason, "") % numbers
