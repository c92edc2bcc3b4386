"""What holds an order at a step, and how long it was there, in words; alike for every audience."""

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from firstmove.portals.design import figures

_MINUTE, _HOUR, _DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


def cause_names() -> dict[str, str]:
    """Causes as `trade.operations.steps` names them."""
    return {
        "by-hand": _("somebody is to look at it"),
        "credit": _("over the credit"),
        "stock": _("waits for goods"),
        "amount": _("over the amount that passes by itself"),
        "price": _("a price differs from its list"),
        "sent-back": _("sent back"),
        "supplier": _("the supplier is to confirm"),
    }


def why_held(causes: Iterable[str]) -> str:
    """Causes as one phrase."""
    names = cause_names()
    return _(", ").join(names.get(cause, cause) for cause in causes)


def duration(took: dt.timedelta) -> str:
    """``duration(timedelta(minutes=95))`` is "2 h"; from two days on it is days, with a decimal."""
    if took < _HOUR:
        minutes = max(round(took / _MINUTE), 1)
        return ngettext("%(n)s min", "%(n)s min", minutes) % {"n": minutes}
    if took < 2 * _DAY:
        hours = round(took / _HOUR)
        return ngettext("%(n)s h", "%(n)s h", hours) % {"n": hours}
    return figures.days(took / _DAY, 1)
